"""What docs/security.md calls as its witness is there: each file, and each test by its name."""

import re

from tests.house_rules.tree import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")


def test_every_file_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`((?:helpline|docs|static)/[\w/.-]+)`", PAGE))
    assert len(named) > 10
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_every_test_that_the_page_names_is_there() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 40
    missing = [
        f"{file}::{name}"
        for file, name in named
        if f"\ndef {name}(" not in (ROOT / "tests" / file).read_text("utf-8")
    ]
    assert missing == []
