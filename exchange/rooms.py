"""Conferences: who is in the room, who hears whom, and what is told about it."""

import asyncio

from exchange.callbacks import Webhook
from exchange.calls import Call
from exchange.clock import rfc2822
from exchange.entries import Entry, RoomRefusedError
from exchange.identifiers import new_sid
from exchange.office import Office
from exchange.records import ConferenceRecord
from exchange.spoken import hold_music, play_on

_GROUP = {
    "conference-start": "start",
    "conference-end": "end",
    "participant-join": "join",
    "participant-leave": "leave",
    "participant-mute": "mute",
    "participant-unmute": "mute",
    "participant-hold": "hold",
    "participant-unhold": "hold",
    "participant-modify": "modify",
    "announcement-end": "announcement",
}


class Seat:
    """One call's place in a room."""

    def __init__(self, call: Call, entry: Entry, room: "Room") -> None:
        self.call, self.entry, self.room = call, entry, room
        self.joined = self.changed = call.office.clock.now()
        self.released: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._sound: asyncio.Task[None] | None = None

    def listen_to(self, url: str, method: str) -> None:
        self.silence()
        office, room = self.call.office, self.room.record
        extra = {"ConferenceSid": room.sid, "FriendlyName": room.name}
        self._sound = office.spawn(play_on(office, self.call, (url, method), extra))

    def listen_to_music(self) -> None:
        self.silence()
        self._sound = self.call.office.spawn(hold_music(self.call))

    def silence(self) -> None:
        if self._sound is not None:
            self._sound.cancel()
            self._sound = None

    def wait(self) -> None:
        """Hear the waiting document until the room starts."""
        if self.entry.wait_url is None:
            self.listen_to_music()
        elif self.entry.wait_url:
            self.listen_to(self.entry.wait_url, self.entry.wait_method)

    @property
    def is_unheard(self) -> bool:
        """Whether this is somebody the others should not notice: muted or whispering."""
        return self.entry.muted or bool(self.entry.coach)

    def params(self) -> dict[str, str]:
        entry = self.entry
        fields = {
            "CallSid": self.call.record.sid,
            "Muted": _word(entry.muted),
            "Hold": _word(entry.held),
            "Coaching": _word(bool(entry.coach)),
            "EndConferenceOnExit": _word(entry.end_on_exit),
            "StartConferenceOnEnter": _word(entry.start),
        }
        if entry.label:
            fields["ParticipantLabel"] = entry.label
        if entry.coach:
            fields["CallSidToCoach"] = entry.coach
        return fields


def _word(flag: bool) -> str:  # noqa: FBT001 - it turns a flag into a word
    return "true" if flag else "false"


class Room:
    def __init__(self, office: Office, record: ConferenceRecord) -> None:
        self.office, self.record = office, record
        self.seats: list[Seat] = []
        self.started = False

    def seat_of(self, call_or_label: str) -> Seat | None:
        for seat in self.seats:
            if call_or_label in {seat.call.record.sid, seat.entry.label}:
                return seat
        return None

    def heard_by(self, call: Call) -> list[Call]:
        """Say whom a call hears: those not muted, not held, and whispering to nobody else."""
        seat = self.seat_of(call.record.sid)
        if seat is None or not self.started or seat.entry.held:
            return []
        return [
            other.call
            for other in self._others(seat)
            if not (other.entry.muted or other.entry.held)
            and other.entry.coach in {"", call.record.sid}
        ]

    def admit(self, call: Call, entry: Entry) -> Seat:
        """Let a call in. Raises RoomRefusedError."""
        if entry.label and any(seat.entry.label == entry.label for seat in self.seats):
            raise RoomRefusedError(16025, "The participant label is already in use.")
        if len(self.seats) >= entry.most:
            raise RoomRefusedError(16020, "The conference is full.")
        seat = Seat(call, entry, self)
        self.seats.append(seat)
        call.muted, call.company = entry.muted, self
        self.tell("participant-join", seat.params())
        self._settle_in(seat)
        return seat

    def _settle_in(self, seat: Seat) -> None:
        if self.started:
            _welcome(seat)
            if not seat.is_unheard:
                for other in self._others(seat):
                    other.call.note("Someone joined the call.")
        elif len(self.seats) > 1 and any(one.entry.start for one in self.seats):
            self._start()
        else:
            seat.wait()

    def _start(self) -> None:
        self.started = True
        self.tell("conference-start", {})
        for seat in self.seats:
            if not seat.entry.held:
                seat.silence()
            _welcome(seat)

    def _others(self, seat: Seat) -> list[Seat]:
        return [other for other in self.seats if other is not seat]

    def remove(self, seat: Seat, reason: str) -> None:
        """Take a call out, for a reason in Twilio's words; the room may end by it."""
        if seat not in self.seats:
            return
        self._take_out(seat, reason)
        if seat.entry.end_on_exit:
            self.end("participant-with-end-conference-on-exit-left", seat)
        elif not self.seats:
            self.end("last-participant-left", seat)
        elif not seat.is_unheard:
            for other in self.seats:
                other.call.note("Someone left the call.")

    def _take_out(self, seat: Seat, reason: str) -> None:
        self.seats.remove(seat)
        seat.silence()
        seat.call.muted = seat.call.on_hold = False
        seat.call.company = None
        status = "completed" if seat.call.ending else seat.call.record.status
        told = {"ParticipantCallStatus": status, "ReasonParticipantLeft": reason}
        self.tell("participant-leave", seat.params() | told)
        if not seat.released.done():
            seat.released.set_result(reason)

    def end(self, reason: str, by: Seat | None = None) -> None:
        """Close the room; everyone still in it goes on with their next instruction."""
        if self.record.status == "completed":
            return
        self.record.status, self.record.reason = "completed", reason
        self.record.ended_by = by.call.record.sid if by is not None else None
        why = "conference_ended_via_api" if by is None else "moderator_ended_conference"
        for seat in list(self.seats):
            self._take_out(seat, why)
        told = {"ReasonConferenceEnded": reason, "Reason": _sentence(reason, by)}
        if by is not None:
            told["CallSidEndingConference"] = by.call.record.sid
            if by.entry.label:
                told["ParticipantLabelEndingConference"] = by.entry.label
        self.tell("conference-end", told)

    def mute(self, seat: Seat, *, muted: bool) -> None:
        if seat.entry.muted == muted:
            return
        seat.entry.muted = seat.call.muted = muted
        seat.changed = self.office.clock.now()
        self.tell("participant-mute" if muted else "participant-unmute", seat.params())
        seat.call.changed()

    def hold(self, seat: Seat, *, held: bool) -> None:
        """Hold somebody (they hear the hold document only) or take them back."""
        if seat.entry.held == held:
            return
        seat.entry.held = seat.call.on_hold = held
        seat.changed = self.office.clock.now()
        seat.silence()
        self.tell("participant-hold" if held else "participant-unhold", seat.params())
        if not held:
            seat.call.note("(You are back on the call.)")
            if not self.started:
                seat.wait()
            return
        seat.call.note("(You are on hold.)")
        if seat.entry.hold_url:
            seat.listen_to(seat.entry.hold_url, seat.entry.hold_method)
        else:
            seat.listen_to_music()

    def modify(self, seat: Seat) -> None:
        seat.changed = self.office.clock.now()
        self.tell("participant-modify", seat.params())

    def tell(self, event: str, extra: dict[str, str]) -> None:
        """Write the next event of this room and send it, if asked for."""
        record = self.record
        record.updated = self.office.clock.now()
        if record.status_url and _GROUP[event] in record.status_events:
            record.sequence += 1
            params = {
                "AccountSid": self.office.settings.account_sid,
                "ConferenceSid": record.sid,
                "FriendlyName": record.name,
                "SequenceNumber": str(record.sequence),
                "Timestamp": rfc2822(record.updated) or "",
                "StatusCallbackEvent": event,
                **extra,
            }
            webhook = Webhook(record.status_url, params, record.status_method)
            self.office.callbacks.tell(record.sid, webhook)
        self.office.store.save(record)


def _sentence(reason: str, by: Seat | None) -> str:
    if by is None:
        return f"Conference ended ({reason})"
    label = f" with label {by.entry.label}" if by.entry.label else ""
    return f"Participant {by.call.record.sid}{label} left ({reason})"


def _welcome(seat: Seat) -> None:
    inbound = seat.call.record.direction == "inbound"
    seat.call.note("You are through to the helpline." if inbound else "You are connected.")


class Rooms:
    """Every room by sid, and the one live room of each name."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.by_sid: dict[str, Room] = {}
        self._by_name: dict[str, Room] = {}

    def live(self, name: str) -> Room | None:
        room = self._by_name.get(name)
        return room if room is not None and room.record.status == "in-progress" else None

    def enter(self, name: str, call: Call, entry: Entry) -> Seat:
        """Enter the live room of that name, or make it. Raises RoomRefusedError."""
        room = self.live(name)
        if room is None:
            now = self._office.clock.now()
            record = ConferenceRecord(new_sid("CF"), name, now, updated=now)
            record.status_url, record.status_method = entry.told.url, entry.told.method
            record.status_events = list(entry.told.events)
            room = Room(self._office, record)
            self.by_sid[record.sid] = self._by_name[name] = room
        return room.admit(call, entry)

    def forget_everything(self) -> None:
        self.by_sid.clear()
        self._by_name.clear()
