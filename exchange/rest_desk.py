"""What every REST resource works with."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import web
from multidict import MultiDict, MultiDictProxy

from exchange.clock import DrivenClock
from exchange.handsets import Handsets
from exchange.office import Office
from exchange.records import CallRecord, ConferenceRecord, MessageRecord, RecordingRecord
from exchange.rest_rules import RefusedError
from exchange.settings import Settings
from exchange.store import Store
from exchange.switchboard import Switchboard
from exchange.texts import Texts

Listed = TypeVar("Listed", CallRecord, ConferenceRecord, MessageRecord, RecordingRecord)


@dataclass(frozen=True, slots=True)
class Desk:
    office: Office
    switchboard: Switchboard
    texts: Texts
    handsets: Handsets
    opened: float

    @property
    def settings(self) -> Settings:
        return self.office.settings

    @property
    def store(self) -> Store:
        return self.office.store

    async def form(self, request: web.Request) -> "MultiDictProxy[str]":
        """Read a form; blank values count. Raises RefusedError for a file or other content."""
        fields = await request.post()
        if any(not isinstance(value, str) for value in fields.values()):
            raise RefusedError(20001, "file")
        return MultiDictProxy(MultiDict((name, str(value)) for name, value in fields.items()))

    async def forget_everything(self) -> None:
        """Start afresh, without telling the customer of calls and texts that vanish."""
        office = self.office
        office.callbacks.silent = True
        await office.stop_everything()
        self.switchboard.forget_everything()
        self.handsets.forget_everything()
        self.store.forget_everything()
        office.archive.forget_everything()
        await office.callbacks.forget_everything()
        office.faults.clear()
        office.incidents.clear()
        if isinstance(office.clock, DrivenClock):
            office.clock.restart()

    def listed(self, records: Iterable[Listed]) -> list[Listed]:
        """Give them newest first, without those too new for a list that lags."""
        limit = self.office.clock.now() - self.office.faults.lag_seconds
        lagging = self.office.faults.lag_seconds > 0
        seen = [one for one in records if not lagging or one.created <= limit]
        seen.reverse()
        return seen
