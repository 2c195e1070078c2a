"""`make chaos`: thirteen faults, each with its counts; written to bench/results.json.

FAULTS=R1,R4 runs some of them, SHARE=0.1 a tenth of each, PLANT=name puts a fault into the code.
"""

import importlib
import json
import os
import pkgutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from chaos import faults, plants
from chaos.faults import r08_disk_full as small
from chaos.ledger import Findings
from chaos.place import ROOT, Place
from chaos.size import Size

RESULTS = ROOT / "bench" / "results.json"
HARMED = 3
"""How the process ends where a fault did harm: Python itself ends with 1 when a program breaks."""


def main() -> None:
    """Run every fault, print a table, write the sums."""
    wanted = set(filter(None, os.environ.get("FAULTS", "").split(",")))
    size, planted = Size(float(os.environ.get("SHARE", "1"))), os.environ.get("PLANT", "")
    if planted:
        # Some faults run the rules in this very process.
        plants.plant(planted)
    modules = [each for each in every_fault() if not wanted or each.NAME in wanted]
    found: dict[str, Findings] = {}
    for number, module in enumerate(modules, 1):
        print(f"[{number}/{len(modules)}] {module.NAME}: {module.WHAT} ...", flush=True)
        began = time.monotonic()
        found[module.NAME] = run(module, size, planted)
        print(f"      {in_words(found[module.NAME])}; {time.monotonic() - began:.0f} s", flush=True)
    sums = summary(found)
    for name, value in sums.items():
        print(f"  {name:<24} {value}")
    # The sums of a few faults, or of planted ones, must not pass for those of all.
    if not planted and not wanted:
        kept = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
        RESULTS.write_text(json.dumps(kept | sums, indent=2, sort_keys=True) + "\n", "utf-8")
    sys.exit(ends_with(list(found.values())))


def ends_with(found: list[Findings]) -> int:
    """Return 0 where all was survived, HARMED where harm was seen, and 1 where a fault broke off.

    A planted fault is noticed by the harm that it does, not by a machine too slow to start.
    """
    if all(each.survived for each in found):
        return 0
    return 1 if any(each.broke_off or each.skipped for each in found) else HARMED


def every_fault() -> list[ModuleType]:
    """Return the faults in their order."""
    names = sorted(each.name for each in pkgutil.iter_modules(faults.__path__))
    return [importlib.import_module(f"chaos.faults.{name}") for name in names]


def run(module: ModuleType, size: Size, plant: str = "") -> Findings:
    """Let one fault happen at a place of its own."""
    with _folder(small_disk=getattr(module, "NEEDS_SMALL_DISK", False)) as folder:
        if folder is None:
            return Findings(skipped="this user may not mount a small disk")
        place = Place(folder, plant)
        try:
            found: Findings = module.run(place, size)
        except Exception as error:  # noqa: BLE001 - one fault must not keep the others from us
            found = Findings(stranded=1, broke_off=True)
            found.notes.append(f"{type(error).__name__}: {error}")
        finally:
            place.close()
        return found


def summary(found: dict[str, Findings]) -> dict[str, int]:
    """Return the sums by the names of the issue."""
    each = list(found.values())
    return {
        "chaos_lost": sum(one.lost for one in each),
        "chaos_doubled": sum(one.doubled for one in each),
        "chaos_stranded": sum(one.stranded for one in each),
        "chaos_kills": sum(one.kills for one in each),
        "chaos_contacts": sum(one.contacts for one in each),
        "chaos_faults_survived": sum(one.survived for one in each),
    }


def in_words(found: Findings) -> str:
    """Return one line for one fault."""
    if found.skipped:
        return f"NOT RUN: {found.skipped}"
    words = "survived" if found.survived else "NOT SURVIVED"
    counts = f"{found.contacts} contacts, {found.kills} kills, lost {found.lost}"
    more = f"doubled {found.doubled}, stranded {found.stranded}, gave up {found.gave_up}"
    return "; ".join([words, f"{counts}, {more}", *found.notes])


@contextmanager
def _folder(*, small_disk: bool) -> Iterator[Path | None]:
    with tempfile.TemporaryDirectory(prefix="helpline-chaos-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        if not small_disk:
            yield folder
        elif not small.small_disk(folder):
            yield None
        else:
            try:
                folder.chmod(0o755)
                yield folder
            finally:
                small.take_away(folder)


if __name__ == "__main__":
    main()
