"""Who may import whom (pyproject.toml, tool.importlinter) is kept, and can be broken."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.house_rules.tree import ROOT

LINT = Path(sys.executable).parent / "lint-imports"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(LINT), "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_every_import_rule_is_kept():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_import_against_the_rules_is_seen(tmp_path: Path):
    for package in ("helpline", "exchange"):
        left_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=left_out)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "exchange" / "__init__.py").open("a", encoding="utf-8") as module:
        module.write("import helpline.settings\n")
    done = lint(tmp_path)
    assert done.returncode != 0
    assert "exchange is not allowed to import helpline" in " ".join(done.stdout.split())
