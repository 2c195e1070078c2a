"""Make a fresh machine ready: the Python environment, then the front-end files.

Runs on the machine's own Python with nothing but the standard library. What is already in place
is recognised in milliseconds by the hash of the lock file it was made from.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
LOCKS = {
    "run": ROOT / "requirements" / "run.txt",
    "test": ROOT / "requirements" / "dev.txt",
}
NO_VENV = """\
This Python cannot make environments: its venv module is not installed.
On Debian or Ubuntu:  sudo apt-get install python3-venv
Then type the same command again."""


class SetUpError(RuntimeError):
    """The machine could not be made ready; the message says what to do about it."""


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let a second set-up in the same folder wait until the first has ended."""
    folder = os.open(ROOT / "requirements", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def can_make_environments() -> bool:
    return all(importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip"))


def ensure_venv_module() -> None:
    """Install Debian's venv package where we may; raises SetUpError where we may not."""
    if can_make_environments():
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SetUpError(NO_VENV)
    print("Installing python3-venv", flush=True)
    own = f"python3.{sys.version_info.minor}-venv"
    subprocess.run(["apt-get", "-qq", "update"], check=False)
    for package in ("python3-venv", own):
        subprocess.run(["apt-get", "-qq", "-y", "install", package], check=False)
        importlib.invalidate_caches()
        if can_make_environments():
            return
    raise SetUpError(NO_VENV)


def environment_works() -> bool:
    if not PYTHON.exists():
        return False
    probe = [str(PYTHON), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def installed_as(purpose: str) -> Path:
    """Return the file that remembers which lock the environment holds for `purpose`."""
    return ENVIRONMENT / f"installed-{purpose}"


def is_installed(purpose: str) -> bool:
    """Say whether the environment already holds the packages of `purpose` as locked today.

    What tests need includes what running needs, in the same versions.
    """
    held = (stamp for stamp in {purpose, "test"} if installed_as(stamp).is_file())
    return PYTHON.exists() and any(
        installed_as(stamp).read_text("ascii") == lock_hash(stamp) for stamp in held
    )


def lock_hash(purpose: str) -> str:
    return hashlib.sha256(LOCKS[purpose].read_bytes()).hexdigest()


def install(purpose: str) -> None:
    """Install the locked packages of `purpose`; raises SetUpError when that fails."""
    if not environment_works():
        ensure_venv_module()
        print("Making the Python environment in .venv", flush=True)
        make = [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)]
        if subprocess.run(make, check=False).returncode != 0:
            raise SetUpError(NO_VENV)
    print("Installing Python packages by lock file (a minute or so, once)", flush=True)
    pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    pip += ["--require-hashes", "-r", str(LOCKS[purpose])]
    if subprocess.run(pip, check=False).returncode != 0:
        raise SetUpError("The Python packages could not be installed; pip's words are above.")
    installed_as(purpose).write_text(lock_hash(purpose), "ascii")


def set_up(purpose: str) -> None:
    """Make everything ready for `purpose`: "run" or "test".

    Raises SetUpError when something is missing that only the person at the keys can supply.
    """
    with one_at_a_time():
        if not is_installed(purpose):
            install(purpose)
        if subprocess.run([str(PYTHON), "-m", "tools.assets"], cwd=ROOT, check=False).returncode:
            raise SetUpError("The front-end files are missing.")


def main() -> int:
    purpose = sys.argv[1] if len(sys.argv) > 1 else "run"
    try:
        set_up(purpose)
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
