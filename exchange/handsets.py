"""Telephones people hold: one for each number that was opened, mobile or desk."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from exchange.calls import WENT_DEAD, Call, Ear
from exchange.clock import iso
from exchange.identifiers import new_handset_name
from exchange.office import Office
from exchange.records import CallRecord, HandsetRecord, MessageRecord
from exchange.telephone_numbers import WITHHELD, e164, formatted

MOST_SHOWN = 50
_READABLE = frozenset({"sent", "delivered", "received"})


class Handset:
    """One telephone. It can be in one call at a time."""

    def __init__(self, office: Office, record: HandsetRecord) -> None:
        self._office, self.record = office, record
        self.call: Call | None = None
        self.ear: Ear | None = None
        self._watchers: set[asyncio.Event] = set()

    def is_busy(self) -> bool:
        return self.call is not None and not self.call.record.over

    def is_reachable(self) -> bool:
        return self.record.reachable

    def switch(self, *, on: bool) -> None:
        """Switch it on, or off: a call on it dies, and neither calls nor texts get through."""
        self.record.reachable = on
        self._office.store.save(self.record)
        if not on and self.call is not None:
            self.call.hang_up(WENT_DEAD)
        self.changed()

    def lose(self) -> None:
        self.switch(on=False)

    def ring(self, call: Call) -> None:
        self.take(call)

    def take(self, call: Call) -> None:
        """Let this be the call on this telephone, ringing in or dialled from here."""
        self.call = call
        call.phone, call.ear = self, self.ear
        if self.ear is not None:
            self.ear.serve(call)
        call.record.handset = self.record.sid
        self.changed()

    def use(self, ear: Ear | None) -> None:
        """Hear and be heard from now on, also in the call that is going on; or no longer."""
        self.ear = ear
        if self.call is not None and self.is_busy():
            self.call.ear = ear
        if ear is not None:
            ear.serve(self.call)
        self.changed()

    def changed(self) -> None:
        for watcher in self._watchers:
            watcher.set()

    @contextmanager
    def watched(self) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever something about this telephone changes."""
        watcher = asyncio.Event()
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    def state(self) -> dict[str, object]:
        """Everything its screen shows."""
        return {
            "handset": self.record.sid,
            "number": self.record.number,
            "name": self.record.name,
            "reachable": self.record.reachable,
            "call": None if self.call is None else self._live(self.call),
            "recent_calls": self._recent_calls(),
            "texts": self._texts(),
        }

    def _live(self, call: Call) -> dict[str, object]:
        record = call.record
        return {
            "sid": record.sid,
            "direction": _direction(record),
            "state": _stage(call),
            "from": self._shown(record.from_),
            "to": self._shown(record.to),
            "muted": call.muted,
            "on_hold": call.on_hold,
            "sound": call.ear is not None,
            "wants_keys": call.keys is not None,
            "answered_at": None if record.answered is None else iso(record.answered),
            "captions": [
                {"at": iso(one.at), "who": one.who, "words": one.words} for one in call.captions
            ],
            "ended_because": record.because if record.over else "",
        }

    def _shown(self, address: str) -> str:
        settings = self._office.settings
        if address == WITHHELD:
            return "Withheld"
        return settings.short_code if address == settings.number else formatted(address)

    def _recent_calls(self) -> list[dict[str, object]]:
        mine = [
            record
            for record in self._office.store.calls.values()
            if record.handset == self.record.sid and record.over
        ]
        return [self._past(record) for record in reversed(mine[-MOST_SHOWN:])]

    def _past(self, record: CallRecord) -> dict[str, object]:
        outward = _direction(record) == "out"
        return {
            "sid": record.sid,
            "direction": _direction(record),
            "other": self._shown(record.to if outward else record.from_),
            "at": iso(record.created),
            "answered": record.answered is not None,
            "ended_because": record.because,
        }

    def _texts(self) -> list[dict[str, object]]:
        number = self.record.number
        shown = [
            message
            for message in self._office.store.messages.values()
            if message.from_ == number or (message.to == number and message.status in _READABLE)
        ]
        return [self._text(message) for message in shown[-4 * MOST_SHOWN :]]

    def _text(self, message: MessageRecord) -> dict[str, object]:
        outward = message.from_ == self.record.number
        return {
            "sid": message.sid,
            "at": iso(message.created if outward else message.sent or message.created),
            "direction": "out" if outward else "in",
            "other": self._shown(message.to if outward else message.from_),
            "body": message.body,
            "state": "sent" if outward else "received",
        }


def _direction(record: CallRecord) -> str:
    return "out" if record.direction == "inbound" else "in"


def _stage(call: Call) -> str:
    if call.record.over:
        return "ended"
    if call.record.answered is not None:
        return "in-progress"
    return "dialling" if _direction(call.record) == "out" else "ringing"


class Handsets:
    """All of them, by their opaque name and by number."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.by_sid: dict[str, Handset] = {}
        self._by_number: dict[str, Handset] = {}
        for record in office.store.handsets.values():
            self._keep(Handset(office, record))

    def _keep(self, handset: Handset) -> Handset:
        self.by_sid[handset.record.sid] = handset
        self._by_number[handset.record.number] = handset
        return handset

    def open(self, number: str, name: str = "") -> Handset:
        """Open the telephone of this number, the same one each time. Raises NotANumberError."""
        number = e164(number)
        handset = self._by_number.get(number)
        if handset is None:
            record = HandsetRecord(new_handset_name(), number, self._office.clock.now(), name)
            handset = self._keep(Handset(self._office, record))
        elif name:
            handset.record.name = name
        self._office.store.save(handset.record)
        return handset

    def of(self, number: str) -> Handset | None:
        return self._by_number.get(number)

    def forget_everything(self) -> None:
        self.by_sid.clear()
        self._by_number.clear()
