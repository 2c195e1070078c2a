"""`make migration NAME=…`: write the next migration as the difference of models and tables.

The tables come from a database of its own that is made, brought to the last migration and thrown
away, so the outcome does not depend on what somebody's data folder happens to hold.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from helpline import embedded_postgres
from tools import demo_settings

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ROOT / "migrations" / "versions"
NUMBERED = re.compile(r"(\d{4})_")


def next_number(versions: Path = VERSIONS) -> str:
    """Return the number of the next migration in four digits."""
    taken = [
        int(match[1]) for file in versions.glob("*.py") if (match := NUMBERED.match(file.name))
    ]
    return f"{max(taken, default=0) + 1:04d}"


def write(name: str, data_dir: Path) -> int:
    """Write the migration called `name`, comparing in `data_dir`; return an exit code."""
    spot = demo_settings.Place(demo_settings.FIRST_PORT, data_dir)
    settings = demo_settings.child_settings(spot, {**os.environ, "DATABASE_URL": ""})
    settings["DATABASE_URL"] = embedded_postgres.start(data_dir, durable=False)
    steps = [
        [sys.executable, "-m", "helpline.commands", "migrate"],
        [sys.executable, "-m", "flask", "--app", "wsgi", "db", "migrate"],
    ]
    steps[1] += ["--rev-id", next_number(), "-m", name]
    try:
        for step in steps:
            code = subprocess.run(step, cwd=ROOT, env=settings, check=False).returncode
            if code != 0:
                return code
    finally:
        embedded_postgres.stop(data_dir)
    return 0


def main() -> int:
    name = " ".join(sys.argv[1:]).strip()
    if not re.fullmatch(r"[a-z][a-z0-9_ ]{2,60}", name):
        print("NAME says in small letters what the migration adds or changes.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="helpline-migration-") as folder:
        return write(name, Path(folder) / "data")


if __name__ == "__main__":
    sys.exit(main())
