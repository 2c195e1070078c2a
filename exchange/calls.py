"""One call: its states, what is told about it, and what the person on it hears."""

import asyncio
import math
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Protocol

from exchange.callbacks import Webhook
from exchange.clock import rfc2822
from exchange.office import Office
from exchange.records import CallRecord
from exchange.telephone_numbers import WITHHELD, country
from exchange.twiml import Verb

API_VERSION = "2010-04-01"
MOST_CAPTIONS = 1000
WENT_DEAD = "The line went dead."
_PLACES = ("City", "State", "Zip", "Country")


@dataclass(frozen=True, slots=True)
class Caption:
    """Something heard ("line") or noticed ("note"), at a time in seconds."""

    at: float
    who: str
    words: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where the next instructions for a call come from: a URL, or TwiML given directly."""

    url: str = ""
    method: str = "POST"
    twiml: str | None = None
    extra: tuple[tuple[str, str], ...] = ()


class Phone(Protocol):
    """What a person holds: a handset page, later a softphone."""

    def is_busy(self) -> bool: ...

    def is_reachable(self) -> bool: ...

    def ring(self, call: "Call") -> None: ...

    def lose(self) -> None:
        """Drop out of the network, as with an empty battery; a call on it dies."""
        ...

    def changed(self) -> None: ...


class Ear(Protocol):
    """What lets the person on a call hear and be heard; a call without one has captions only."""

    def serve(self, call: "Call | None") -> None:
        """Carry the sound of this call from now on, or of none."""
        ...

    async def hear(self, verb: Verb) -> bool:
        """Let one Say or Play sound to its end; False, at once, when there is no sound for it."""
        ...

    def record(self) -> None: ...

    def recorded(self) -> bytes:
        """End the recording and give it: 16-bit samples, 8,000 a second."""
        ...

    def silent_for(self) -> float:
        """Give the seconds since the person last said something."""
        ...


class Company(Protocol):
    """Those somebody is on the line with: a conference, or one other person."""

    def heard_by(self, call: "Call") -> "list[Call]": ...


class Call:
    """A live leg. Its record outlives it."""

    def __init__(self, office: Office, record: CallRecord, phone: Phone | None = None) -> None:
        self.office, self.record, self.phone = office, record, phone
        loop = asyncio.get_running_loop()
        self.decision: asyncio.Future[str] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        self.keys: asyncio.Queue[str] | None = None
        self.captions: list[Caption] = []
        self.ear: Ear | None = None
        self.company: Company | None = None
        self.muted = self.on_hold = self.ending = self.ended_by_program = False
        self.refused_as = ""
        self.fallback = Source()
        self._redirect: Source | None = None
        self._script: asyncio.Task[None] | None = None

    # What the person on this call perceives

    def hear(self, words: str, who: str = "line") -> None:
        if words and len(self.captions) < MOST_CAPTIONS:
            self.captions.append(Caption(self.office.clock.now(), who, words))
            self.changed()

    def note(self, words: str) -> None:
        self.hear(words, "note")

    def changed(self) -> None:
        if self.phone is not None:
            self.phone.changed()

    def listen_for_keys(self) -> asyncio.Queue[str]:
        self.keys = asyncio.Queue()
        self.changed()
        return self.keys

    def stop_listening(self) -> None:
        self.keys = None
        self.changed()

    # What people and programs do to it

    def press(self, digits: str) -> None:
        """Press keys. Outside a Gather nobody is listening, and nothing happens."""
        for digit in digits:
            if self.keys is not None:
                self.keys.put_nowait(digit)

    def decide(self, outcome: str) -> None:
        """Settle a ringing call: answered, declined or canceled. Later words don't count."""
        if not self.decision.done():
            self.decision.set_result(outcome)

    def redirect(self, source: Source) -> None:
        """Leave whatever is going on, at once, for other instructions."""
        self._redirect = source
        if self._script is not None:
            self._script.cancel()

    @property
    def is_redirected(self) -> bool:
        return self._redirect is not None

    def hang_up(self, because: str, *, by_program: bool = False) -> None:
        """End the call, whoever asks; `because` is what the person on it is told."""
        if self.record.over or self.ending:
            return
        self.record.because, self.ended_by_program = because, by_program
        self.ending = True
        self.decide("canceled")
        if not self.gone.done():
            self.gone.set_result(None)
        if self._script is not None:
            self._script.cancel()

    # Its life

    async def converse(
        self, source: Source, perform: Callable[[Source], Coroutine[None, None, None]]
    ) -> None:
        """Follow instructions, and whatever replaces them, until nothing is left."""
        following: Source | None = source
        while following is not None and not self.ending:
            self._redirect = None
            self._script = asyncio.ensure_future(perform(following))
            following = None
            try:
                await self._script
            except asyncio.CancelledError:
                following = self._redirect
                if following is None and not self.ending:
                    self._script.cancel()
                    raise
        self._script = None
        self.finish(self._how_it_ended())

    def _how_it_ended(self) -> str:
        if self.refused_as:
            return self.refused_as
        return "completed" if self.record.answered is not None else "no-answer"

    def begin(self, status: str) -> None:
        """Say that the network is trying ("initiated") or the telephone rings ("ringing")."""
        if status == "ringing":
            self.record.status = "ringing"
        self.record.started = self.record.started or self.office.clock.now()
        self._save()
        self._tell(status, {"CallStatus": status})

    def answer(self) -> None:
        if self.record.answered is not None or self.record.over:
            return
        self.record.answered = self.office.clock.now()
        self.record.status = "in-progress"
        self._save()
        self._tell("answered", {"CallStatus": "in-progress"})
        seconds = self.office.faults.for_leg(self.address)
        if seconds is not None:
            self.office.spawn(self._lose_after(seconds))

    @property
    def address(self) -> str:
        """Where the person on this leg is, also when the network doesn't show it."""
        handset = self.office.store.handsets.get(self.record.handset)
        if handset is not None:
            return handset.number
        return self.record.from_ if self.record.direction == "inbound" else self.record.to

    def lose(self) -> None:
        """Let the phone of this leg drop out of the network."""
        if self.phone is not None:
            self.phone.lose()
        self.hang_up(WENT_DEAD)

    async def _lose_after(self, seconds: float) -> None:
        if not await self.office.clock.within(self.gone, seconds):
            self.lose()

    def finish(self, status: str, sip: int | None = None) -> None:
        """End it for good; saying so twice does nothing."""
        if self.record.over:
            return
        self.record.status, self.record.ended = status, self.office.clock.now()
        self.decide("canceled")
        if not self.gone.done():
            self.gone.set_result(None)
        self._save()
        extra = {"CallStatus": status, **durations(self.record)}
        if sip is not None:
            extra["SipResponseCode"] = str(sip)
        self._tell("completed", extra)

    def _save(self) -> None:
        self.record.updated = self.office.clock.now()
        self.office.store.save(self.record)
        self.changed()

    def _tell(self, event: str, extra: dict[str, str]) -> None:
        """Send the status callback, if this event was asked for."""
        if not self.record.status_url or event not in self.record.status_events:
            return
        params = self.params() | extra
        params["CallbackSource"] = "call-progress-events"
        params["SequenceNumber"] = str(self.record.sequence)
        params["Timestamp"] = rfc2822(self.office.clock.now()) or ""
        self.record.sequence += 1
        webhook = Webhook(self.record.status_url, params, self.record.status_method)
        self.office.callbacks.tell(self.record.sid, webhook)

    def params(self) -> dict[str, str]:
        """Give the fields every voice webhook carries (Twilio: TwiML request parameters)."""
        record = self.record
        fields = {
            "CallSid": record.sid,
            "AccountSid": self.office.settings.account_sid,
            "ApiVersion": API_VERSION,
            "CallStatus": record.status,
            "Direction": record.direction,
            "From": record.from_,
            "To": record.to,
            "Caller": record.from_,
            "Called": record.to,
        }
        if record.parent is not None:
            fields["ParentCallSid"] = record.parent
        for side in ("From", "To", "Caller", "Called"):
            fields |= places(side, fields[side])
        return fields


def places(side: str, address: str) -> dict[str, str]:
    """Give the place fields of a number; blank when the network doesn't know them."""
    if address.startswith("client:"):
        return {}
    known = {"Country": "" if address == WITHHELD else country(address)}
    return {f"{side}{place}": known.get(place, "") for place in _PLACES}


def seconds_talked(record: CallRecord) -> int:
    if record.answered is None or record.ended is None:
        return 0
    return max(0, round(record.ended - record.answered))


def durations(record: CallRecord) -> dict[str, str]:
    """Give seconds as CallDuration and billed minutes as Duration, as Twilio names them."""
    seconds = seconds_talked(record)
    minutes = max(1, math.ceil(seconds / 60)) if record.answered is not None else 0
    return {"CallDuration": str(seconds), "Duration": str(minutes)}
