"""The parts every telephone in the exchange shares."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from exchange.callbacks import Callbacks
from exchange.clock import Clock, DrivenClock, RealClock
from exchange.faults import Faults
from exchange.incidents import Incidents
from exchange.settings import Settings
from exchange.sound_archive import SoundArchive
from exchange.store import Store

LOG = logging.getLogger("exchange")


class Office:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock: Clock = DrivenClock() if settings.driven else RealClock()
        self.faults = Faults()
        self.incidents = Incidents()
        self.store = Store(settings.data_dir)
        self.archive = SoundArchive(settings.data_dir)
        self.callbacks = Callbacks(settings, self.clock, self.faults, self.incidents)
        self.own_url = f"http://{settings.host}:{settings.port}"
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run something on its own; a fault in it is written down, never swallowed."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            LOG.error("a task of the exchange failed", exc_info=task.exception())
            self.incidents.note("exchange fault", type(task.exception()).__name__)

    async def stop_everything(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
