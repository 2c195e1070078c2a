"""See to it that the browser tests have a Chromium, from the distribution's own package."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

LISTS = Path("/var/lib/apt/lists")
SHELL = "chromium-headless-shell"
"""The same engine without windows: a page costs a third, and one at rest costs nothing."""
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome")
HOW_TO_GET_IT = """\
No Chromium here, so the browser tests are skipped. To get it:
  Debian          sudo apt-get install chromium-headless-shell
  Ubuntu          sudo apt-get install chromium
  Fedora          sudo dnf install chromium
  macOS           brew install chromium"""


def find() -> str | None:
    """Return the path of the Chromium tests are to drive, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def main() -> int:
    if shutil.which(SHELL):
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _install()
    if find() is None:
        print(HOW_TO_GET_IT, file=sys.stderr)
        # On the build machine a skipped browser test would look like a passed one.
        return 1 if os.environ.get("CI") else 0
    return 0


def _install() -> None:
    # A new machine knows of no package yet, and what an older one knows may be gone.
    if not any(LISTS.glob("*_Packages*")) or _is_known(SHELL) or find() is None:
        _apt_get("update")
    # Not every distribution has it: then a whole Chromium will do.
    if _is_known(SHELL):
        _apt_get("install", SHELL)
    if find() is None:
        _apt_get("install", "chromium")


def _is_known(package: str) -> bool:
    shown = subprocess.run(["apt-cache", "show", package], capture_output=True, check=False)
    return bool(shown.stdout)


def _apt_get(what: str, *packages: str) -> None:
    if packages:
        print("Installing Chromium for the browser tests", flush=True)
        # What it merely recommends is a hundred packages of a desktop; it needs one font.
        packages = ("-y", "--no-install-recommends", *packages, "fonts-liberation")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "-qq", what, *packages], env=quiet, check=False)


if __name__ == "__main__":
    sys.exit(main())
