"""`make bench`: measure, print a table, write bench/results.json. ONLY=a_inbound measures a part.

A goal that is missed is said in the table and in docs/performance.md; it stops nothing, since a
busy machine would stop it as well.
"""

import json
import resource
import subprocess
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path

from bench import registry
from bench.registry import Figure
from bench.workplace import workplace

RESULTS = Path(__file__).with_name("results.json")
_SIGNS = {True: "met", False: "MISSED", None: ""}


def main() -> int:
    """Run every measure that is wanted, one after the other; says 1 where one of them failed."""
    # A thousand consoles are a thousand open files, here and in the live process.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    measures = registry.every(sys.argv[1:])
    found: list[Figure] = []
    failed = 0
    began = time.monotonic()
    with workplace() as place:
        for number, each in enumerate(measures, 1):
            print(f"[{number}/{len(measures)}] {each.TITLE} ...", flush=True)
            try:
                found += each.measure(place)
            except Exception:  # noqa: BLE001 - the others are measured all the same
                failed += 1
                traceback.print_exc()
            keep(found)
            print(f"      {time.monotonic() - began:.0f} s so far", flush=True)
    show(found)
    print(f"Written to {RESULTS.name}" + (f"; {failed} could not be measured" if failed else ""))
    return 1 if failed else 0


def keep(found: list[Figure]) -> None:
    """Write what was measured so far; what another run measured stays."""
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    known |= {each.name: round(each.value, 4) for each in found}
    known |= {"measured_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}", "measured_commit": _commit()}  # noqa: TID251 - when it was measured
    RESULTS.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")


def _commit() -> str:
    command = ["git", "-C", str(RESULTS.parent), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()


def show(found: list[Figure]) -> None:
    """Print the table."""
    print(f"\n{'figure':<40}{'value':>9}  {'goal':<9}{'':<8}{'ours':<22}{'floor':<22}spread")
    for each in found:
        print(
            f"{each.name:<40}{each.value:>9.3f}  {each.goal:<9}{_SIGNS[each.is_met]:<8}"
            f"{each.ours:<22}{each.floor:<22}{each.spread}"
        )


if __name__ == "__main__":
    sys.exit(main())
