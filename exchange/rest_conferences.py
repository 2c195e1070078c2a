"""The Conferences and Participants resources."""

import dataclasses

from aiohttp import web

from exchange import representations
from exchange.entries import MOST_PEOPLE, Entry, Told
from exchange.identifiers import new_sid
from exchange.paging import PAGING, in_time, page
from exchange.records import ConferenceRecord
from exchange.rest_calls import order_from, parties
from exchange.rest_desk import Desk
from exchange.rest_parameters import PARTICIPANT_CREATE, PARTICIPANT_UPDATE
from exchange.rest_rules import Given, RefusedError
from exchange.rooms import Room, Seat
from exchange.spoken import play_on

KNOWN_LIST = (
    "FriendlyName",
    "Status",
    *(f"{name}{suffix}" for name in ("DateCreated", "DateUpdated") for suffix in ("", "<", ">")),
    *PAGING,
)
KNOWN_UPDATE = ("Status", "AnnounceUrl", "AnnounceMethod")
KNOWN_SEAT_LIST = ("Muted", "Hold", "Coaching", *PAGING)


class ConferencesResource:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self, base: str) -> list[web.RouteDef]:
        one = f"{base}/Conferences/{{sid}}"
        seat = f"{one}/Participants/{{call}}.json"
        return [
            web.get(f"{base}/Conferences.json", self.several),
            web.get(f"{one}.json", self.fetch),
            web.post(f"{one}.json", self.update),
            web.get(f"{one}/Participants.json", self.seats),
            web.post(f"{one}/Participants.json", self.create_seat),
            web.get(seat, self.fetch_seat),
            web.post(seat, self.update_seat),
            web.delete(seat, self.delete_seat),
        ]

    def _shown(self, record: ConferenceRecord) -> dict[str, object]:
        return representations.conference(self._desk.settings, record)

    def _seat_shown(self, seat: Seat) -> dict[str, object]:
        return representations.participant(self._desk.settings, seat)

    async def several(self, request: web.Request) -> web.Response:
        given = Given(request.query, KNOWN_LIST)
        found = [
            record
            for record in self._desk.listed(self._desk.store.conferences.values())
            if given.text("FriendlyName", record.name) == record.name
            and given.text("Status", record.status) == record.status
            and in_time(given, "DateCreated", record.created)
            and in_time(given, "DateUpdated", record.updated)
        ]
        return web.json_response(page(request.rel_url, given, "conferences", found, self._shown))

    def _record(self, request: web.Request) -> ConferenceRecord:
        record = self._desk.store.conferences.get(request.match_info["sid"])
        if record is None:
            raise RefusedError(20404)
        return record

    def _room(self, request: web.Request) -> Room:
        """Find the live room. Raises RefusedError 20404 when it is over or never was."""
        record = self._record(request)
        room = self._desk.switchboard.rooms.by_sid.get(record.sid)
        if room is None or record.status == "completed":
            raise RefusedError(20404)
        return room

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._shown(self._record(request)))

    async def update(self, request: web.Request) -> web.Response:
        record = self._record(request)
        given = Given(await self._desk.form(request), KNOWN_UPDATE)
        if given.text("Status") not in {"", "completed"}:
            raise RefusedError(20001, "Status")
        if record.status != "completed":
            room = self._room(request)
            if given.text("Status") == "completed":
                room.end("conference-ended-via-api")
            elif given.url("AnnounceUrl", 21205):
                self._announce(room.seats, given)
        return web.json_response(self._shown(record))

    def _announce(self, seats: list[Seat], given: Given) -> None:
        """Let people in a room hear a document, over whatever they hear now."""
        where = (given.text("AnnounceUrl"), given.method("AnnounceMethod"))
        for seat in seats:
            extra = {"ConferenceSid": seat.room.record.sid, "FriendlyName": seat.room.record.name}
            self._desk.office.spawn(play_on(self._desk.office, seat.call, where, extra))

    # Participants

    async def seats(self, request: web.Request) -> web.Response:
        record = self._record(request)
        given = Given(request.query, KNOWN_SEAT_LIST)
        room = self._desk.switchboard.rooms.by_sid.get(record.sid)
        found = [seat for seat in (room.seats if room is not None else []) if _wanted(seat, given)]
        listed = page(request.rel_url, given, "participants", found, self._seat_shown)
        return web.json_response(listed)

    def _seat(self, request: web.Request) -> Seat:
        seat = self._room(request).seat_of(request.match_info["call"])
        if seat is None:
            raise RefusedError(20404)
        return seat

    async def fetch_seat(self, request: web.Request) -> web.Response:
        return web.json_response(self._seat_shown(self._seat(request)))

    async def update_seat(self, request: web.Request) -> web.Response:
        seat = self._seat(request)
        given = Given(await self._desk.form(request), PARTICIPANT_UPDATE)
        room, entry = seat.room, seat.entry
        # Whom they coach first: what is refused changes nothing.
        coached = _coach(seat, given)
        _change_hold(seat, given)
        room.mute(seat, muted=given.flag("Muted", default=entry.muted))
        before = (entry.coach, entry.end_on_exit)
        entry.coach = coached
        entry.end_on_exit = given.flag("EndConferenceOnExit", default=entry.end_on_exit)
        if before != (entry.coach, entry.end_on_exit):
            room.modify(seat)
        if given.url("AnnounceUrl", 21205):
            self._announce([seat], given)
        return web.json_response(self._seat_shown(seat))

    async def delete_seat(self, request: web.Request) -> web.Response:
        seat = self._seat(request)
        seat.room.remove(seat, "participant_updated_via_api")
        return web.Response(status=204)

    async def create_seat(self, request: web.Request) -> web.Response:
        """Ring somebody who enters the room on answering. The room may be a sid or a name."""
        given = Given(await self._desk.form(request), PARTICIPANT_CREATE)
        name = request.match_info["sid"]
        record = self._desk.store.conferences.get(name)
        if record is not None:
            name = self._room(request).record.name
        elif name.startswith("CF"):
            raise RefusedError(20404)
        to, from_ = parties(self._desk, given)
        order = dataclasses.replace(
            order_from(given, to, from_), room=name, entry=_entry_from(given)
        )
        room = self._desk.switchboard.rooms.live(name)
        if room is not None and given.text("Label") and room.seat_of(given.text("Label")):
            raise RefusedError(16025)
        call = self._desk.switchboard.place(order)
        sid = room.record.sid if room is not None else new_sid("CF")
        view = representations.expected_participant(
            self._desk.settings, sid, call.record, given.text("Label")
        )
        return web.json_response(view, status=201)


def _entry_from(given: Given) -> Entry:
    return Entry(
        label=given.text("Label"),
        start=given.flag("StartConferenceOnEnter", default=True),
        end_on_exit=given.flag("EndConferenceOnExit", default=False),
        muted=given.flag("Muted", default=False),
        coach=given.text("CallSidToCoach"),
        wait_url=given.text("WaitUrl") if "WaitUrl" in given else None,
        wait_method=given.method("WaitMethod"),
        most=given.whole("MaxParticipants", MOST_PEOPLE, 2, MOST_PEOPLE),
        told=Told(
            url=given.url("ConferenceStatusCallback", 21609),
            method=given.method("ConferenceStatusCallbackMethod"),
            events=given.several("ConferenceStatusCallbackEvent") or ("start", "end"),
        ),
    )


def _change_hold(seat: Seat, given: Given) -> None:
    entry = seat.entry
    if "HoldUrl" in given:
        entry.hold_url = given.url("HoldUrl", 21205)
        entry.hold_method = given.method("HoldMethod", "GET")
    seat.room.hold(seat, held=given.flag("Hold", default=entry.held))


def _coach(seat: Seat, given: Given) -> str:
    """Decide whom this participant coaches now. Raises RefusedError when that is nobody.

    Not asked about, it stays: somebody may be muted whose pupil has gone.
    """
    if "Coaching" not in given and "CallSidToCoach" not in given:
        return seat.entry.coach
    if not given.flag("Coaching", default=bool(seat.entry.coach or given.text("CallSidToCoach"))):
        return ""
    coached = given.text("CallSidToCoach", seat.entry.coach)
    if seat.room.seat_of(coached) is None or coached == seat.call.record.sid:
        raise RefusedError(20001, "CallSidToCoach")
    return coached


def _wanted(seat: Seat, given: Given) -> bool:
    entry = seat.entry
    return (
        entry.muted == given.flag("Muted", default=entry.muted)
        and entry.held == given.flag("Hold", default=entry.held)
        and bool(entry.coach) == given.flag("Coaching", default=bool(entry.coach))
    )
