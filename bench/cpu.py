"""CPU seconds of this process and of the database's backends, the steadiest figure there is."""

import os
import time
from collections.abc import Callable
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def database_seconds(data_dir: Path) -> float:
    """Return the CPU seconds that all processes of one PostgreSQL have used so far."""
    postmaster = int((data_dir / "postgres/cluster/postmaster.pid").read_text().split("\n")[0])
    total = 0.0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (stat := _stat(folder)) is not None:
            parent, seconds = stat
            if postmaster in (parent, int(folder.name)):
                total += seconds
    return total


def spent(work: Callable[[], None], data_dir: Path) -> float:
    """Return the CPU seconds that some work took here and in the database."""
    here, there = time.process_time(), database_seconds(data_dir)
    work()
    return time.process_time() - here + database_seconds(data_dir) - there


def _stat(folder: Path) -> tuple[int, float] | None:
    """Read parent and CPU seconds; its ended children count as well."""
    try:
        fields = (folder / "stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(fields[1]), sum(int(each) for each in fields[11:15]) / _TICK
