"""A fresh machine: what is missing is said in words that help, what is there is not done again."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import migration, set_up

WITHOUT_VENV = (
    "import sys; sys.modules['ensurepip'] = None\n"
    "from tools import set_up\n"
    "try: set_up.ensure_venv_module()\n"
    "except set_up.SetUpError as error: sys.exit(str(error))"
)


def test_without_the_venv_module_the_package_to_install_is_named():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_VENV],
        env={"PATH": "/nonexistent"},
        cwd=set_up.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "sudo apt-get install python3-venv" in done.stderr


def test_set_up_needs_nothing_but_the_standard_library():
    """It runs on the machine's own Python before anything is installed."""
    imports = "import tools.set_up, tools.assets, tools.chromium"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, '.'); {imports}"],
        cwd=set_up.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_an_environment_made_from_another_lock_is_not_taken_for_todays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(set_up, "ENVIRONMENT", tmp_path)
    monkeypatch.setattr(set_up, "PYTHON", Path(sys.executable))
    assert not set_up.is_installed("run")
    set_up.installed_as("run").write_text(set_up.lock_hash("run"), "ascii")
    assert set_up.is_installed("run")
    assert not set_up.is_installed("test")
    set_up.installed_as("run").write_text("another lock", "ascii")
    assert not set_up.is_installed("run")


def test_what_the_tests_need_is_enough_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(set_up, "ENVIRONMENT", tmp_path)
    monkeypatch.setattr(set_up, "PYTHON", Path(sys.executable))
    set_up.installed_as("test").write_text(set_up.lock_hash("test"), "ascii")
    assert set_up.is_installed("run")


def test_the_next_migration_follows_the_highest_number(tmp_path: Path):
    assert migration.next_number(tmp_path) == "0001"
    for name in ("0001_first.py", "0009_later.py", "notes.py"):
        (tmp_path / name).touch()
    assert migration.next_number(tmp_path) == "0010"
