"""Dial: into a conference, or to one other person."""

import asyncio
from dataclasses import dataclass

from exchange.callbacks import Webhook
from exchange.calls import Call, seconds_talked
from exchange.entries import MOST_PEOPLE, Entry, RoomRefusedError, Told
from exchange.performance import PartyWanted, Performance
from exchange.rooms import Seat
from exchange.twiml import Document, Verb

DEFAULT_RING = 30


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people on the line with each other and nobody else."""

    first: Call
    second: Call

    def heard_by(self, call: Call) -> list[Call]:
        return [self.second if call is self.first else self.first]


async def dial(performance: Performance, verb: Verb, document: Document) -> Document | None:
    """Connect the call; afterwards ask the action URL, if there is one."""
    action = document.resolve(verb.get("action")) if verb.get("action") else ""
    method = verb.get("method", "POST")
    try:
        outcome = await _connect(performance, verb, document)
    except asyncio.CancelledError:
        call = performance.call
        if action and call.ending:
            extra = {"CallStatus": "completed", "DialCallStatus": "completed"}
            webhook = Webhook(action, call.params() | extra, method)
            performance.office.callbacks.tell(call.record.sid, webhook)
        raise
    if action:
        return await performance.request(action, method, outcome)
    return None


async def _connect(performance: Performance, verb: Verb, document: Document) -> dict[str, str]:
    for noun in verb.children:
        if noun.name == "Conference":
            return await _confer(performance, noun, document)
        if noun.name in {"Number", "Client"}:
            return await _talk(performance, verb, noun, document)
        performance.office.incidents.note("noun not known", noun.name)
    if verb.text:
        return await _talk(performance, verb, Verb("Number", text=verb.text), document)
    return {"DialCallStatus": "failed"}


def _entry(noun: Verb, document: Document) -> Entry:
    callback = noun.get("statusCallback")
    wait = noun.attributes.get("waitUrl")
    return Entry(
        label=noun.get("participantLabel"),
        start=noun.flag("startConferenceOnEnter", default=True),
        end_on_exit=noun.flag("endConferenceOnExit", default=False),
        muted=noun.flag("muted", default=False),
        coach=noun.get("coach"),
        wait_url=document.resolve(wait) if wait else wait,
        wait_method=noun.get("waitMethod", "POST"),
        most=noun.whole("maxParticipants", MOST_PEOPLE),
        told=Told(
            url=document.resolve(callback) if callback else "",
            method=noun.get("statusCallbackMethod", "POST"),
            events=tuple(noun.get("statusCallbackEvent", "start end").split()),
        ),
    )


async def _confer(performance: Performance, noun: Verb, document: Document) -> dict[str, str]:
    try:
        seat = performance.rooms.enter(noun.text, performance.call, _entry(noun, document))
    except RoomRefusedError as error:
        performance.office.incidents.note("conference refused a call", f"code {error.code}")
        return {"DialCallStatus": "failed"}
    await sit(performance.call, seat)
    return {"DialCallStatus": "answered", "DialBridged": "true"}


async def sit(call: Call, seat: Seat) -> None:
    """Stay in a room until put out of it, hung up or sent elsewhere."""
    try:
        await seat.released
    finally:
        updated = call.is_redirected or (call.ending and call.ended_by_program)
        reason = "participant_updated_via_api" if updated else "participant_hung_up"
        seat.room.remove(seat, reason)


async def _talk(
    performance: Performance, verb: Verb, noun: Verb, document: Document
) -> dict[str, str]:
    call = performance.call
    callback = noun.get("statusCallback")
    to = noun.text if noun.name == "Number" else f"client:{noun.text}"
    wanted = PartyWanted(
        to=to,
        from_=verb.get("callerId") or call.record.from_,
        timeout=verb.whole("timeout", DEFAULT_RING),
        status_url=document.resolve(callback) if callback else "",
        status_events=tuple(noun.get("statusCallbackEvent", "completed").split()),
    )
    call.note("(ringing)")
    other = await performance.lines.ring_party(call, wanted)
    if other.record.status != "in-progress":
        return {"DialCallStatus": other.record.status, "DialCallSid": other.record.sid}
    call.note("You are connected.")
    other.note("You are connected.")
    call.company = other.company = Pair(call, other)
    try:
        await asyncio.shield(other.gone)
        other.finish("completed")
    finally:
        call.company = None
        other.hang_up("The other person ended the call.")
        other.finish("completed")
    return {
        "DialCallStatus": "completed",
        "DialCallSid": other.record.sid,
        "DialCallDuration": str(seconds_talked(other.record)),
        "DialBridged": "true",
    }
