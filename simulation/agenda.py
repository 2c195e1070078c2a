"""What is to happen when, on a clock that only moves from one happening to the next."""

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta


class Agenda:
    """Happenings by their time; those of one instant in the order in which they were planned."""

    def __init__(self, begins: datetime) -> None:
        self.now = begins
        self._planned: list[tuple[datetime, int, Callable[[], object]]] = []
        self._count = itertools.count()

    def at(self, when: datetime, what: Callable[[], object]) -> None:
        """Plan something; what is planned for the past happens now."""
        heapq.heappush(self._planned, (max(when, self.now), next(self._count), what))

    def after(self, seconds: float, what: Callable[[], object]) -> None:
        """Plan something for so many seconds from now."""
        self.at(self.now + timedelta(seconds=seconds), what)

    def run(self, until: datetime) -> None:
        """Let everything happen that is planned before an instant."""
        while self._planned and self._planned[0][0] < until:
            self.now, _, what = heapq.heappop(self._planned)
            what()
        self.now = max(self.now, until)
