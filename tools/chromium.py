"""See to it that the browser tests have a Chromium, from the distribution's own package."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
HOW_TO_GET_IT = """\
No Chromium here, so the browser tests are skipped. To get it:
  Debian, Ubuntu  sudo apt-get install chromium
  Fedora          sudo dnf install chromium
  macOS           brew install chromium"""


def find() -> str | None:
    """Return the path of the Chromium tests are to drive, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def main() -> int:
    if find():
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium for the browser tests", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "-qq", "update"], env=quiet, check=False)
        # What it merely recommends is a hundred packages of a desktop; it needs one font.
        wanted = ["--no-install-recommends", "chromium", "fonts-liberation"]
        subprocess.run(["apt-get", "-qq", "-y", "install", *wanted], env=quiet, check=False)
    if find() is None:
        print(HOW_TO_GET_IT, file=sys.stderr)
        # On the build machine a skipped browser test would look like a passed one.
        return 1 if os.environ.get("CI") else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
