"""What docs/architecture.md points at is there, and every package stands on its map."""

import re

from tests.house_rules.tree import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def test_every_file_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`((?:tests|helpline|docs)/[\w/.]+)`", PAGE))
    assert len(named) > 10
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_every_package_stands_on_the_map() -> None:
    drawn = PAGE.split("## A map of the house")[1].split("```")[1]
    packages = {path.parent.name for path in (ROOT / "helpline").glob("*/__init__.py")}
    assert {name for name in packages if f"{name}/" not in drawn} == set()
