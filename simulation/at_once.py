"""Several weeks at once, each in a process of its own with a database of its own.

A process that plays a week keeps one core busy, by turns with its database: as many as there are
cores take all of them.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from helpline.planning import demand
from simulation import year
from simulation.season import Outcome
from simulation.year import Week

_ROOT = Path(__file__).parents[1]


class WeekFailedError(RuntimeError):
    """A week could not be played to its end; what went wrong was said above."""


@dataclass
class AtOnce:
    """Processes that play weeks, no more than so many at a time."""

    processes: int
    days: int = 7
    calls_a_year: float = demand.CALLS_A_YEAR
    _running: set[subprocess.Popen[str]] = field(default_factory=set)
    _is_over: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def play(self, weeks: Sequence[Week]) -> Generator[tuple[Week, Outcome], None, None]:
        """Play weeks; each is given when it is over, in whatever order that is.

        Whatever ends this early ends the weeks that are being played, with their databases.

        Raises:
            WeekFailedError: one of them could not be played.

        """
        with ThreadPoolExecutor(self.processes) as pool:
            begun = {pool.submit(self._play, each): each for each in weeks}
            try:
                for each in as_completed(begun):
                    yield begun[each], each.result()
            finally:
                self._stop()
                pool.shutdown(cancel_futures=True)

    def _play(self, week: Week) -> Outcome:
        size = (str(self.days), str(self.calls_a_year))
        command = [sys.executable, "-m", "simulation", str(week.number), *size]
        with self._lock:
            if self._is_over:
                raise WeekFailedError(f"Week {week.number} was not begun")
            # In a group of its own: Ctrl-C reaches us, and we end it in good order.
            process = subprocess.Popen(  # noqa: S603 - ourselves
                command, cwd=_ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
            )
            self._running.add(process)
        said, _ = process.communicate()
        with self._lock:
            self._running.discard(process)
        if process.returncode:
            raise WeekFailedError(f"Week {week.number} was not played to its end")
        return year.from_json(said.splitlines()[-1])

    def _stop(self) -> None:
        with self._lock:
            self._is_over = True
            for each in self._running:
                each.terminate()


def end_in_good_order() -> None:
    """Let a request to end stop the databases too, as Ctrl-C does."""

    def end(number: int, frame: FrameType | None) -> None:
        del frame
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, end)


def cores() -> int:
    """Return how many cores are ours."""
    return len(os.sched_getaffinity(0))
