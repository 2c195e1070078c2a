"""What is installed is exactly what was chosen: pinned, locked with hashes, the same everywhere."""

import ast
import importlib.metadata
import json
import re
import sys

import pytest

from tests.house_rules.tree import ROOT, files_under, parsed, shown

FOLDER = ROOT / "requirements"
CHOSEN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;]+)", re.MULTILINE)
HASHED = re.compile(r"^(\S+?)==(\S+)(?: ;.*)? \\\n    --hash=sha256:[0-9a-f]{64}", re.MULTILINE)


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(text: str, pattern: re.Pattern[str]) -> dict[str, str]:
    return {plain(name): version for name, version in pattern.findall(text)}


def read(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


@pytest.mark.parametrize("name", ["run.in", "dev.in", "node.in"])
def test_every_package_is_chosen_with_its_version(name: str):
    lines = [line for line in read(name).splitlines() if line and line[0] not in "#-"]
    assert [line for line in lines if not CHOSEN.match(line)] == []


@pytest.mark.parametrize(("chosen", "lock"), [("run", "run"), ("dev", "dev"), ("node", "node")])
def test_the_lock_holds_what_was_chosen(chosen: str, lock: str):
    wanted = pins(read(f"{chosen}.in"), CHOSEN)
    locked = pins(read(f"{lock}.txt"), HASHED)
    assert wanted
    missing = {name: version for name, version in wanted.items() if locked.get(name) != version}
    assert missing == {}, "run: make lock"


@pytest.mark.parametrize("lock", ["run.txt", "dev.txt", "node.txt"])
def test_every_locked_package_has_a_hash(lock: str):
    named = [line for line in read(lock).splitlines() if re.match(r"^[A-Za-z0-9]", line)]
    assert len(HASHED.findall(read(lock))) == len(named)


def test_tests_run_with_the_versions_that_people_run():
    running = pins(read("run.txt"), HASHED)
    tested = pins(read("dev.txt"), HASHED)
    assert {name: tested.get(name) for name in running} == running


def test_front_end_packages_are_locked_by_content_and_name_no_address():
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    for name, version in wanted.items():
        assert lock[f"node_modules/{name}"]["version"] == version
    for path, package in lock.items():
        assert "resolved" not in package
        assert path == "" or package["integrity"].startswith("sha512-")


def imported(*folders: str) -> dict[str, str]:
    """Return each module of others that our code imports, with one file that does."""
    found: dict[str, str] = {}
    for path in files_under(*folders, ending=".py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            found |= {name.partition(".")[0]: shown(path) for name in names}
    ours = {
        "helpline",
        "exchange",
        "tools",
        "tests",
        "bench",
        "simulation",
        "chaos",
        "wsgi",
        *sys.stdlib_module_names,
    }
    return {name: path for name, path in found.items() if name not in ours}


@pytest.mark.parametrize(
    ("folders", "lock"),
    [
        (("helpline", "exchange", "migrations"), "run.txt"),
        (("tests", "tools", "bench", "simulation", "chaos"), "dev.txt"),
    ],
)
def test_what_is_imported_is_locked(folders: tuple[str, ...], lock: str):
    """Installed by hand on one machine, it would be missing on the next."""
    locked = pins(read(lock), HASHED)
    packages = importlib.metadata.packages_distributions()
    missing = {
        name: path
        for name, path in imported(*folders).items()
        if not any(plain(package) in locked for package in packages.get(name, [name]))
    }
    assert missing == {}, "name it in requirements/*.in and run: make lock"
