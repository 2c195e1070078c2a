"""Time as the exchange sees it: real, or driven by whoever tests.

Everything that takes time on a telephone (ringing, speaking, waiting for a key) sleeps on this
clock, so a test can live through minutes of it without waiting.
"""

import asyncio
import heapq
import itertools
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from datetime import UTC, datetime
from email.utils import format_datetime


class Clock(ABC):
    """Seconds since 1970, and sleeping until later."""

    driven: bool

    @abstractmethod
    def now(self) -> float: ...

    @abstractmethod
    async def sleep(self, seconds: float) -> None: ...

    async def within(self, awaited: Awaitable[object], seconds: float) -> bool:
        """Wait for something, `seconds` at most; True when it came. It is never cancelled."""
        future = asyncio.ensure_future(awaited)
        timer = asyncio.ensure_future(self.sleep(seconds))
        try:
            await asyncio.wait({future, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
        return future.done()


class RealClock(Clock):
    driven = False

    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class DrivenClock(Clock):
    """Stands still until it is told to go on."""

    driven = True

    def __init__(self) -> None:
        self._now = float(int(time.time()))
        self._order = itertools.count()
        self._due: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._due, (self._now + seconds, next(self._order), future))
        await future

    def next_due(self) -> float | None:
        """When the next sleeper wakes, or None when nobody sleeps."""
        while self._due and self._due[0][2].done():
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def wake_next(self) -> None:
        """Move to the next sleeper's time and wake it alone."""
        when, _, future = heapq.heappop(self._due)
        self._now = max(self._now, when)
        if not future.done():
            future.set_result(None)

    def move_to(self, when: float) -> None:
        self._now = max(self._now, when)

    def restart(self) -> None:
        """Start afresh at the real time, so that it agrees with whoever keeps real time."""
        self._due.clear()
        self._now = float(int(time.time()))


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def rfc2822(seconds: float | None) -> str | None:
    """Give the date form of Twilio's 2010 API, whole seconds, always +0000."""
    return None if seconds is None else format_datetime(moment(seconds).replace(microsecond=0))


def iso(seconds: float) -> str:
    return moment(seconds).isoformat(timespec="milliseconds")
