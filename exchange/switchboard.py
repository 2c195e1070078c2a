"""The switchboard: places calls, takes calls from telephones, and ends what must end."""

from dataclasses import dataclass

from exchange.calls import Call, Phone, Source
from exchange.dialling import sit
from exchange.entries import Entry, RoomRefusedError
from exchange.handsets import Handset, Handsets
from exchange.identifiers import new_sid
from exchange.office import Office
from exchange.performance import PartyWanted, Performance
from exchange.records import CallRecord
from exchange.rooms import Room, Rooms
from exchange.script import follow
from exchange.telephone_numbers import WITHHELD

NOWHERE = Source()
HIDDEN_SECONDS = 5
DEFAULT_TIMEOUT = 60
DEFAULT_TIME_LIMIT = 14400
# Numbers that always end the same way, for demonstrations and tests.
ALWAYS: dict[str, tuple[str, int]] = {
    "+447700900980": ("busy", 486),
    "+447700900982": ("failed", 404),
}


@dataclass(frozen=True, slots=True)
class CallOrder:
    """A call the customer asks us to place."""

    to: str
    from_: str
    source: Source
    fallback: Source = NOWHERE
    status_url: str = ""
    status_method: str = "POST"
    status_events: tuple[str, ...] = ("completed",)
    timeout: int = DEFAULT_TIMEOUT
    time_limit: int = DEFAULT_TIME_LIMIT
    room: str = ""
    entry: Entry | None = None


def _is_out_of_reach(phone: Phone | None, to: str) -> bool:
    """Tell whether it can't even ring: switched off, or a softphone nobody signed in to."""
    return to.startswith("client:") if phone is None else not phone.is_reachable()


class Switchboard:
    def __init__(self, office: Office, rooms: Rooms, handsets: Handsets) -> None:
        self.office, self.rooms, self._handsets = office, rooms, handsets
        self.live: dict[str, Call] = {}
        self.softphones: dict[str, Phone] = {}

    def end_what_was_cut_off(self) -> None:
        """End, and tell of, calls and rooms that were alive when the exchange last stopped."""
        for record in list(self.office.store.calls.values()):
            if not record.over:
                record.because = "The line went dead."
                call = Call(self.office, record)
                call.finish("completed" if record.answered is not None else "failed")
        for room in list(self.office.store.conferences.values()):
            Room(self.office, room).end("last-participant-left")

    def _phone(self, address: str) -> Phone | None:
        if address.startswith("client:"):
            return self.softphones.get(address.removeprefix("client:"))
        return self._handsets.of(address)

    def _keep(self, record: CallRecord) -> Call:
        call = Call(self.office, record)
        record.updated = record.created
        for sid in [sid for sid, other in self.live.items() if other.record.over]:
            del self.live[sid]
        self.live[record.sid] = call
        self.office.store.save(record)
        return call

    async def _perform(self, call: Call, source: Source) -> None:
        await follow(Performance(self.office, self.rooms, self, call), source)

    # Calls the customer places

    def place(self, order: CallOrder) -> Call:
        """Accept an order and begin to carry it out."""
        record = CallRecord(
            sid=new_sid("CA"),
            direction="outbound-api",
            from_=order.from_,
            to=order.to,
            created=self.office.clock.now(),
            status_url=order.status_url,
            status_method=order.status_method,
            status_events=list(order.status_events),
        )
        call = self._keep(record)
        call.fallback = order.fallback
        self.office.spawn(self._carry_out(call, order))
        return call

    async def _carry_out(self, call: Call, order: CallOrder) -> None:
        if not await self._ring(call, order.timeout):
            return
        limit = self.office.spawn(self._end_after(call, order.time_limit))
        if order.entry is not None:
            entry, name = order.entry, order.room
            await call.converse(order.source, lambda source: self._join(call, source, name, entry))
        else:
            await call.converse(order.source, lambda source: self._perform(call, source))
        limit.cancel()

    async def _join(self, call: Call, source: Source, name: str, entry: Entry) -> None:
        """Go straight into a room, as participants.create does; a redirect leads elsewhere."""
        if source.url or source.twiml is not None:
            await self._perform(call, source)
            return
        try:
            seat = self.rooms.enter(name, call, entry)
        except RoomRefusedError as error:
            self.office.incidents.note("conference refused a call", f"code {error.code}")
            return
        await sit(call, seat)

    async def _end_after(self, call: Call, seconds: int) -> None:
        await self.office.clock.sleep(seconds)
        call.hang_up("The call reached its time limit.", by_program=True)

    async def _ring(self, call: Call, seconds: int) -> bool:
        """Ring whoever is called; True when they answered, else the call is finished."""
        call.begin("initiated")
        to = call.record.to
        phone = self._phone(to)
        if to in ALWAYS:
            call.finish(*ALWAYS[to])
        elif _is_out_of_reach(phone, to):
            call.finish("no-answer", 480)
        elif phone is not None and phone.is_busy():
            call.finish("busy", 486)
        else:
            return await self._ring_out(call, phone, seconds)
        return False

    async def _ring_out(self, call: Call, phone: Phone | None, seconds: int) -> bool:
        if phone is not None:
            phone.ring(call)
        call.begin("ringing")
        if not await self.office.clock.within(call.decision, seconds + HIDDEN_SECONDS):
            call.record.because = "Nobody answered."
            call.finish("no-answer", 487)
            return False
        outcome = call.decision.result()
        if outcome == "answered":
            call.answer()
            return True
        if outcome == "declined":
            call.record.because = "You declined the call."
            call.finish("busy", 486)
        else:
            call.finish("canceled", 487)
        return False

    async def ring_party(self, parent: Call, wanted: PartyWanted) -> Call:
        """Ring somebody for a call that is under way; gives that leg, answered or over."""
        record = CallRecord(
            sid=new_sid("CA"),
            direction="outbound-dial",
            from_=wanted.from_,
            to=wanted.to,
            created=self.office.clock.now(),
            parent=parent.record.sid,
            status_url=wanted.status_url,
            status_events=list(wanted.status_events),
        )
        call = self._keep(record)
        try:
            await self._ring(call, wanted.timeout)
        finally:
            if call.record.answered is None:
                call.hang_up("The caller rang off.")
                call.finish("canceled", 487)
        return call

    # Calls from telephones

    def dial(self, handset: Handset, *, withheld: bool) -> Call:
        """Dial the helpline from a handset."""
        settings = self.office.settings
        now = self.office.clock.now()
        record = CallRecord(
            sid=new_sid("CA"),
            direction="inbound",
            from_=WITHHELD if withheld else handset.record.number,
            to=settings.number,
            created=now,
            status="ringing",
            started=now,
            status_url=settings.voice_status_url,
            status_events=["completed"],
        )
        call = self._keep(record)
        call.fallback = Source(settings.voice_fallback_url)
        handset.take(call)
        source = Source(settings.voice_url)
        self.office.spawn(call.converse(source, lambda following: self._perform(call, following)))
        return call

    def dial_from_softphone(self, identity: str, params: tuple[tuple[str, str], ...]) -> Call:
        """Begin a call from a browser. Its own parameters never stand in for the network's."""
        now = self.office.clock.now()
        record = CallRecord(
            sid=new_sid("CA"),
            direction="inbound",
            from_=f"client:{identity}",
            to=dict(params).get("To", ""),
            created=now,
            status="ringing",
            started=now,
        )
        call = self._keep(record)
        call.fallback = Source(self.office.settings.voice_fallback_url)
        known = call.params()
        extra = tuple((name, value) for name, value in params if name not in known)
        source = Source(self.office.settings.voice_client_url, extra=extra)
        self.office.spawn(call.converse(source, lambda following: self._perform(call, following)))
        return call

    def forget_everything(self) -> None:
        for call in self.live.values():
            if not call.record.over:
                call.record.status = "canceled"
                call.changed()
        self.live.clear()
        self.rooms.forget_everything()
