"""What the house rules look at: the files in git, and the Python among them, parsed."""

import ast
import functools
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# Folders that hold what others made, or what is made anew on every machine.
NOT_OURS = {".venv", ".git", "data", "vendor", "node_modules", "__pycache__", ".artifacts"}


@functools.cache
def tracked_files() -> tuple[Path, ...]:
    """Return the files git keeps; where there is no git (an unpacked archive), all of ours."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        return tuple(
            path
            for path in sorted(ROOT.rglob("*"))
            if path.is_file() and not NOT_OURS & set(path.relative_to(ROOT).parts)
        )
    names = listed.stdout.decode("utf-8").split("\0")
    return tuple(path for path in map(ROOT.joinpath, filter(None, names)) if path.is_file())


def files_under(*folders: str, ending: str) -> list[Path]:
    """Return our files below `folders`, in git or about to be, whose names end in `ending`."""
    return [
        path
        for folder in folders
        for path in sorted((ROOT / folder).rglob(f"*{ending}"))
        if not NOT_OURS & set(path.relative_to(ROOT).parts)
    ]


def shown(path: Path) -> str:
    """Return a path as a person in the project would write it."""
    return path.relative_to(ROOT).as_posix()


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))
