"""What is kept in git is ours, runs anywhere, and gives nothing away."""

import re
from pathlib import Path

import pytest

from tests.house_rules.tree import ROOT, shown, tracked_files

TEXT = {"", ".py", ".md", ".txt", ".in", ".toml", ".json", ".html", ".css", ".js", ".yaml", ".yml"}
TEXT |= {".cfg", ".ini", ".mako", ".sh", ".svg", ".csv", ".jinja"}
# Put together from parts, so that this file does not name what it forbids.
REGISTRIES = ["pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org", "npmjs" + ".com"]
THIS_MACHINE = ["/" + "work/", "/" + "root/", "/" + "opt/"]
VENDORED = re.compile(r"\.min\.(js|css)$|(^|/)node_modules/|\.(woff2?|ttf|otf)$|^static/vendor/")
TELEPHONE = re.compile(r"(?<![\w.+-])(?:\+44 ?|0044 ?|0)(?:\d[ -]?){9}\d(?![\w-])")
DRAMA = re.compile(r"(?:44|0)(?:7700900\d{3}|2079460\d{3}|1632960\d{3})")
# Locks, and the test of the very rule, which needs the numbers next to the allowed ones.
NO_NUMBERS_TO_RING = {f"requirements/{name}.txt" for name in ("run", "dev", "node")}
NO_NUMBERS_TO_RING.add("tests/helpline/test_phone_numbers.py")
BIGGEST = 500_000  # bytes


def digits(number: str) -> str:
    return re.sub(r"\D", "", number).removeprefix("00")


def texts() -> list[tuple[Path, str]]:
    return [
        (path, path.read_text("utf-8", errors="replace"))
        for path in tracked_files()
        if path.suffix in TEXT
    ]


@pytest.mark.parametrize("host", REGISTRIES)
def test_no_registry_is_named(host: str):
    assert [shown(path) for path, text in texts() if host in text] == []


@pytest.mark.parametrize("folder", THIS_MACHINE)
def test_no_folder_of_one_machine_is_named(folder: str):
    absolute = re.compile(rf"(?<![\w.}}~-]){re.escape(folder)}")
    assert [shown(path) for path, text in texts() if absolute.search(text)] == []


def test_nothing_made_by_others_is_kept():
    assert [shown(path) for path in tracked_files() if VENDORED.search(shown(path))] == []


def test_no_file_is_big():
    big = {shown(path): path.stat().st_size for path in tracked_files()}
    assert {name: size for name, size in big.items() if size > BIGGEST} == {}


def test_every_telephone_number_is_one_that_nobody_has():
    """Ofcom keeps these ranges for drama; a made-up number may belong to a living person."""
    wrong = [
        f"{shown(path)}: {match.group()}"
        for path, text in texts()
        if path.suffix != ".json" and shown(path) not in NO_NUMBERS_TO_RING
        for match in TELEPHONE.finditer(text)
        if not DRAMA.fullmatch(digits(match.group()))
    ]
    assert wrong == []


def test_a_real_looking_number_would_be_seen():
    assert TELEPHONE.search("ring 020 7" + "123 4567 now")
    assert not DRAMA.fullmatch("0207" + "1234567")


def test_no_secret_is_kept():
    keys = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
    named = [shown(path) for path, text in texts() if keys.search(text)]
    named += [shown(path) for path in tracked_files() if path.suffix in {".env", ".pem", ".key"}]
    assert named == []


def test_the_data_folder_and_fetched_files_stay_out_of_git():
    ignored = (ROOT / ".gitignore").read_text("utf-8").split()
    assert {"/data/", "/static/vendor/", ".venv/"} <= set(ignored)
