"""`make chaos-plants`: each planted fault must be noticed by the fault of the line meant for it."""

import os
import subprocess
import sys

from chaos.__main__ import HARMED
from chaos.place import ROOT
from chaos.plants import NOTICED_BY

_SHARES = {"R8": "1", "R13": "1"}
"""R13 runs only as a whole, and it takes R8 a while to fill what PostgreSQL has set aside; of the
others a little is enough."""


def main() -> None:
    """Run each pair in a process of its own; fail if any goes unnoticed."""
    wanted = set(filter(None, os.environ.get("FAULTS", "").split(",")))
    pairs = [(each.__name__, name) for each, name in NOTICED_BY.items()]
    unnoticed = [
        (plant, name)
        for plant, name in pairs
        if (not wanted or name in wanted) and not _is_noticed(plant, name)
    ]
    for plant, name in unnoticed:
        print(f"NOT NOTICED: {plant} by {name}")
    sys.exit(1 if unnoticed else 0)


def _is_noticed(plant: str, name: str) -> bool:
    print(f"Planting {plant}; {name} must notice it", flush=True)
    wish = {"PLANT": plant, "FAULTS": name, "SHARE": _SHARES.get(name, "0.05")}
    done = subprocess.run(
        [sys.executable, "-m", "chaos"], cwd=ROOT, env=os.environ | wish, check=False
    )
    return done.returncode == HARMED


if __name__ == "__main__":
    main()
