"""Front-end files: changed as we need them, named by their content, made once."""

import hashlib
import json
from pathlib import Path

import pytest

from tools import assets

SHEET = (
    '@font-face{font-family:GDS Transport;src:url(/assets/fonts/a.woff2) format("woff2")}'
    ".govuk-body{font-family:GDS Transport,arial,sans-serif;color:red}"
    ".logo{background-image:url(/assets/images/govuk-crest.svg)}"
    "\n/*# sourceMappingURL=govuk-frontend.min.css.map */\n"
)


def node_modules(folder: Path, sheet: str = SHEET) -> Path:
    for source, _ in assets.ASSETS.values():
        file = folder / source
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(sheet if source.endswith(".css") else f"run();//{source}\n", "utf-8")
    return folder


def test_the_sheet_loses_the_reserved_typeface_and_crest_and_keeps_the_rest():
    css = assets.our_own_look(SHEET)
    assert "GDS Transport" not in css
    assert "url(" not in css
    assert "sourceMappingURL" not in css
    assert "color:red" in css
    assert assets.FONT_STACK in css


def test_a_sheet_that_asks_for_something_unknown_is_refused():
    with pytest.raises(assets.AssetsError, match=r"url\(/"):
        assets.our_own_look(".new{background:url(/assets/images/other.svg)}")


def test_each_file_is_named_by_a_hash_of_what_it_holds(tmp_path: Path):
    assets.place(node_modules(tmp_path / "from"), tmp_path / "to")
    manifest = json.loads((tmp_path / "to" / "manifest.json").read_text("utf-8"))
    assert set(manifest) == set(assets.ASSETS)
    for name in manifest.values():
        content = (tmp_path / "to" / name).read_bytes()
        assert name.split(".")[1] == hashlib.sha256(content).hexdigest()[:12]


def test_a_file_of_an_earlier_version_is_cleared_away(tmp_path: Path):
    assets.place(node_modules(tmp_path / "from"), tmp_path / "to")
    before = set((tmp_path / "to").iterdir())
    assets.place(node_modules(tmp_path / "from", SHEET + ".more{}"), tmp_path / "to")
    after = set((tmp_path / "to").iterdir())
    assert len(after) == len(before)
    assert len(after - before) == 1


def test_files_in_place_are_made_again_when_one_is_missing(tmp_path: Path):
    assert not assets.up_to_date(tmp_path / "to")
    assets.place(node_modules(tmp_path / "from"), tmp_path / "to")
    assert assets.up_to_date(tmp_path / "to")
    next((tmp_path / "to").glob("htmx.*")).unlink()
    assert not assets.up_to_date(tmp_path / "to")


def test_files_in_place_are_made_again_when_the_lock_changes(tmp_path: Path):
    assets.place(node_modules(tmp_path / "from"), tmp_path / "to")
    (tmp_path / "to" / assets.STAMP).write_text("made from another lock", "utf-8")
    assert not assets.up_to_date(tmp_path / "to")


def test_the_real_files_are_there_and_ask_nothing_of_another_address():
    assert assets.up_to_date(), "run: make assets"
    manifest = json.loads((assets.VENDOR / assets.MANIFEST).read_text("utf-8"))
    sheet = (assets.VENDOR / manifest["govuk.css"]).read_text("utf-8")
    assert "url(" not in sheet
    assert "@import" not in sheet
