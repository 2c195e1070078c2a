"""CPU seconds of programs and of the database, the steadiest figure on a machine that is shared."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def of_programs(pids: Iterable[int]) -> float:
    """Return the CPU seconds that some programs and the processes under them have used so far."""
    parents = _parents()
    wanted = set(pids)
    while more := {each for each, parent in parents.items() if parent in wanted} - wanted:
        wanted |= more
    return sum(_seconds(each) for each in wanted)


def spent(work: Callable[[], object], data_dir: Path) -> float:
    """Return the CPU seconds that some work took in this process and in the database."""
    here, there = time.process_time(), of_database(data_dir)
    work()
    return time.process_time() - here + of_database(data_dir) - there


def of_database(data_dir: Path) -> float:
    """Return the CPU seconds of all processes of one PostgreSQL, ended ones as well."""
    pid = postmaster(data_dir)
    return of_programs([pid]) + _of_ended(pid)


def postmaster(data_dir: Path) -> int:
    """Return the process that all others of a PostgreSQL come from."""
    return int((data_dir / "postgres/cluster/postmaster.pid").read_text().split("\n")[0])


def megabytes(pid: int) -> float:
    """Return the memory of a program and those under it that they share with nobody."""
    parents = _parents()
    wanted = {pid}
    while more := {each for each, parent in parents.items() if parent in wanted} - wanted:
        wanted |= more
    return sum(_own_kilobytes(each) for each in wanted) / 1024


def _own_kilobytes(pid: int) -> int:
    """Read the proportional set size: what is shared counts once for all who share it."""
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _parents() -> dict[int, int]:
    return dict(_each_parent())


def _each_parent() -> Iterator[tuple[int, int]]:
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(") ")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            yield int(folder.name), int(fields[1])


def _seconds(pid: int) -> float:
    """Add up the threads of one process, by the nanosecond."""
    total = 0
    try:
        for thread in (_PROC / str(pid) / "task").iterdir():
            total += int((thread / "schedstat").read_text().split()[0])
    except (FileNotFoundError, ProcessLookupError):
        pass
    return total / 1e9


def _of_ended(pid: int) -> float:
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(") ")[2].split()
    return (int(fields[13]) + int(fields[14])) / _TICK
