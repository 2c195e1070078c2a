"""What every verb needs while a call follows its instructions."""

from dataclasses import dataclass
from typing import Protocol

from exchange.calls import Call, Source
from exchange.fetching import fetch_document
from exchange.office import Office
from exchange.rooms import Rooms
from exchange.twiml import Document, TwimlError, parse


class CallOverError(Exception):
    """The instructions say to hang up."""


class ApplicationFailedError(Exception):
    """No usable instructions came, not even from the fallback URL."""


@dataclass(frozen=True, slots=True)
class PartyWanted:
    """Somebody to ring on behalf of a call: an address, as whom, for how many seconds."""

    to: str
    from_: str
    timeout: int
    status_url: str = ""
    status_events: tuple[str, ...] = ()


class Lines(Protocol):
    """Whoever can ring a second person for a call."""

    async def ring_party(self, parent: Call, wanted: PartyWanted) -> Call: ...


@dataclass(slots=True)
class Performance:
    office: Office
    rooms: Rooms
    lines: Lines
    call: Call

    async def obtain(self, source: Source) -> Document:
        """Get the next document, or the fallback's. Raises ApplicationFailedError."""
        if source.twiml is not None:
            try:
                return parse(source.twiml)
            except TwimlError as error:
                return await self._fall_back(error.code, "")
        return await self.request(source.url, source.method, dict(source.extra))

    async def request(self, url: str, method: str, extra: dict[str, str]) -> Document:
        try:
            return await fetch_document(self.office, self.call, (url, method), extra)
        except TwimlError as error:
            return await self._fall_back(error.code, url.partition("#")[0])

    async def _fall_back(self, code: int, url: str) -> Document:
        self.office.incidents.note("instructions failed", f"code {code}")
        fallback = self.call.fallback
        if not fallback.url:
            raise ApplicationFailedError
        extra = {"ErrorCode": str(code), "ErrorUrl": url}
        self.office.incidents.note("fallback used", f"code {code}")
        where = (fallback.url, fallback.method)
        try:
            return await fetch_document(self.office, self.call, where, extra)
        except TwimlError as error:
            raise ApplicationFailedError from error
