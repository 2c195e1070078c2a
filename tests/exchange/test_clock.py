"""The driven clock: in order, exact, and back at the real time after a reset."""

import asyncio
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from exchange.clock import DrivenClock
from tests.exchange.conftest import Line


def told(story: Coroutine[Any, Any, Any]) -> Any:
    """Run a story in a thread: a browser's own loop may be going on in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, story).result(30)


def test_sleepers_wake_in_the_order_of_their_time():
    async def story() -> list[str]:
        clock, woken = DrivenClock(), []

        async def sleeper(name: str, seconds: float) -> None:
            await clock.sleep(seconds)
            woken.append(name)

        tasks = [
            asyncio.ensure_future(sleeper(name, seconds))
            for name, seconds in (("late", 9), ("early", 1), ("same", 1), ("never", 99))
        ]
        await asyncio.sleep(0)
        start = clock.now()
        tasks[3].cancel()
        while clock.next_due() is not None:
            clock.wake_next()
            await asyncio.sleep(0)
        await asyncio.gather(*tasks, return_exceptions=True)
        assert clock.now() == start + 9
        return woken

    assert told(story()) == ["early", "same", "late"]


def test_waiting_for_something_gives_up_in_time_and_does_not_cancel_it():
    async def story() -> None:
        clock = DrivenClock()
        wanted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = asyncio.ensure_future(clock.within(wanted, 5))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        clock.wake_next()
        assert await waiting is False
        assert not wanted.cancelled()
        wanted.set_result(None)
        assert await clock.within(wanted, 5) is True

    told(story())


def test_a_reset_brings_the_clock_back_to_the_real_time(line: Line):
    line.advance(3600)
    line.post("/control/reset")
    assert abs(line.get("/control/clock")["seconds"] - time.time()) < 5
