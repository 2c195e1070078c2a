"""Mending what we know of calls that go on: news gets lost, processes die in the middle of calls.

The carrier is asked about every call that goes on, and what it says goes through the same rules as
if it had told us in time. Asked again, nothing changes; nothing ever moves back (twilio.md 2.3, 7).
"""

import enum
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import outbox
from helpline.carrier import CallSeen, Carrier, PartySeen
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState
from helpline.phone_numbers import from_carrier as number_from_carrier
from helpline.voice import call_outs, calls, legs, overflow, repair_seats, routing
from helpline.voice.calls import ConferenceEvent
from helpline.voice.models import RANK, Leg, LegState

ASK_AFTER = timedelta(seconds=20)
"""News takes a second or two: whatever is younger than this is not asked about yet."""
MOST_AT_ONCE = 200
_GOES_ON = (ContactState.waiting, ContactState.with_call_taker)


class Mended(enum.StrEnum):
    """What was put right."""

    ended = "ended"
    """A call was over."""
    found = "found"
    """Somebody was in the room."""
    closed_room = "closed_room"
    """A second room of the same call, without the caller."""
    put_out = "put_out"
    """Somebody was in the room whose part in the call is over."""
    brought_back = "brought_back"
    """A caller was on the line and in no room."""
    taken_in = "taken_in"
    """A caller was on the line of whom we knew nothing at all."""
    set_right = "set_right"
    """Somebody was held, or heard, otherwise than they should be."""


@dataclass(frozen=True)
class Question:
    """One call that goes on, as we know it."""

    contact_id: uuid.UUID
    room: str | None
    name: str
    call_sids: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """What the carrier says of it."""

    question: Question
    statuses: Mapping[str, str] = field(default_factory=dict)
    rooms: Mapping[str, Sequence[PartySeen]] = field(default_factory=dict)
    """Who is in which of its rooms."""

    def room_of(self, call_sid: str | None) -> str | None:
        """Return the room in which a call is."""
        for room, parties in self.rooms.items():
            if any(party.call_sid == call_sid for party in parties):
                return room
        return None


def questions(session: Session, *, at: datetime) -> list[Question]:
    """List the calls that have gone on for a while; where there are too many, some of them."""
    rows = session.execute(
        sa.select(
            Contact.id,
            Contact.conference_sid,
            Contact.conference_name,
            sa.func.array_agg(Leg.call_sid).filter(Leg.call_sid.is_not(None)),
        )
        .join(Leg, Leg.contact_id == Contact.id)
        .where(Leg.state != LegState.ended)
        .group_by(Contact.id)
        .having(sa.func.min(Leg.made_at) < at - ASK_AFTER)
        .order_by(sa.func.random())
        .limit(MOST_AT_ONCE)
    ).all()
    return [
        Question(each[0], each[1], str(each[2]), tuple(filter(None, each[3] or ())))
        for each in rows
    ]


def ask(carrier: Carrier, question: Question) -> Seen:
    """Ask the carrier about one call.

    Raises:
        CarrierSilentError: it did not answer.

    """
    # The rooms first: whoever leaves between the two questions then shows in their status.
    rooms = set(carrier.conferences_named(question.name))
    rooms |= {question.room} if question.room else set()
    seen = {room: carrier.parties(room) for room in sorted(rooms)}
    statuses = {sid: carrier.call_status(sid) for sid in question.call_sids}
    return Seen(question, statuses, seen)


def mend(session: Session, seen: Seen, *, at: datetime) -> Counter[Mended]:
    """Put right what we know of one call; says what had to be."""
    done: Counter[Mended] = Counter()
    contact = contacts.locked(session, seen.question.contact_id)
    if contact is None:
        return done
    _end_what_is_over(session, contact, seen, at, done)
    _find_the_caller(session, contact, seen, at, done)
    _find_whoever_rings_out(session, contact, seen, at, done)
    if contact.conference_sid != seen.question.room and contact.conference_sid not in seen.rooms:
        # They moved on while we asked: the next round sees how it is.
        return done
    _find_the_others(session, contact, seen, at, done)
    inside = seen.rooms.get(str(contact.conference_sid), ())
    if wrong := repair_seats.set_right(session, contact, inside, at=at):
        done[Mended.set_right] += wrong
    _close_other_rooms(session, contact, seen, at, done)
    _bring_back(session, contact, seen, at, done)
    return done


def known(session: Session, call_sids: Sequence[str]) -> frozenset[str]:
    """Say of which of these calls we know."""
    found = session.scalars(sa.select(Leg.call_sid).where(Leg.call_sid.in_(call_sids)))
    return frozenset(filter(None, found))


def take_in(session: Session, seen: CallSeen, *, at: datetime) -> bool:
    """Take in a caller who is on the line and of whom we know nothing: the first news was lost.

    They hear the greeting, as if they had rung just now. Known, or only just come: nothing is done.
    """
    if seen.began_at > at - ASK_AFTER or legs.by_sid(session, seen.sid) is not None:
        return False
    calls.call_arrived(session, seen.sid, number_from_carrier(seen.sender), at=at)
    session.flush()
    leg = legs.caller_by_sid(session, seen.sid)
    if leg is None or leg.state is LegState.ended:
        return False
    overflow.lead_to(session, legs.lock_contact(session, leg), leg, "/tw/voice/inbound", at=at)
    return True


def _live(session: Session, contact: Contact) -> list[Leg]:
    session.flush()
    found = legs.live(session, contact.id)
    for leg in found:
        session.refresh(leg)
    return [leg for leg in found if leg.state is not LegState.ended]


def _end_what_is_over(
    session: Session, contact: Contact, seen: Seen, at: datetime, done: Counter[Mended]
) -> None:
    for leg in _live(session, contact):
        status = seen.statuses.get(str(leg.call_sid), "")
        if status in calls.ENDINGS:
            calls.leg_is_over(session, leg.id, status, at=at)
            done[Mended.ended] += 1
    session.flush()


def _find_the_caller(
    session: Session, contact: Contact, seen: Seen, at: datetime, done: Counter[Mended]
) -> None:
    caller = legs.live_caller(session, contact.id)
    room = seen.room_of(caller.call_sid) if caller is not None else None
    if caller is None or room is None:
        return
    if caller.state is LegState.joined and contact.conference_sid == room:
        return
    _comes_in(session, contact, str(caller.call_sid), room, at)
    done[Mended.found] += 1


def _find_whoever_rings_out(
    session: Session, contact: Contact, seen: Seen, at: datetime, done: Counter[Mended]
) -> None:
    """Find a call-taker who is in the room first, before the person whom they ring."""
    taker = routing.live_offer(session, contact.id)
    out = call_outs.under_way(session, contact.id)
    if taker is None or out is None or contact.conference_sid is not None:
        return
    for room, parties in seen.rooms.items():
        for party in parties:
            if party.call_sid == taker.call_sid or _leg_id(party) == taker.id.hex:
                taker.call_sid = taker.call_sid or party.call_sid
                session.flush()
                _comes_in(session, contact, party.call_sid, room, at)
                done[Mended.found] += 1
                return


def _find_the_others(
    session: Session, contact: Contact, seen: Seen, at: datetime, done: Counter[Mended]
) -> None:
    everybody = session.scalars(sa.select(Leg).where(Leg.contact_id == contact.id)).all()
    by_sid = {leg.call_sid: leg for leg in everybody if leg.call_sid}
    by_id = {leg.id.hex: leg for leg in everybody}
    for party in seen.rooms.get(str(contact.conference_sid), ()):
        leg = by_sid.get(party.call_sid) or by_id.get(_leg_id(party))
        if leg is None or leg.state is LegState.ended:
            _put_out(session, contact, party.call_sid, at)
            done[Mended.put_out] += 1
        elif RANK[leg.state] < RANK[LegState.joined]:
            leg.call_sid = leg.call_sid or party.call_sid
            session.flush()
            _comes_in(session, contact, party.call_sid, str(contact.conference_sid), at)
            done[Mended.found] += 1


def _close_other_rooms(
    session: Session, contact: Contact, seen: Seen, at: datetime, done: Counter[Mended]
) -> None:
    for room, parties in seen.rooms.items():
        if contact.conference_sid is not None and room != contact.conference_sid and parties:
            outbox.promise(
                session,
                outbox.Kind.end_conference,
                about=contact.id,
                lane=contact.id,
                at=at,
                details={"conference_sid": room},
            )
            done[Mended.closed_room] += 1


def _bring_back(
    session: Session, contact: Contact, seen: Seen, at: datetime, done: Counter[Mended]
) -> None:
    """Give a caller who is on the line and in no room the way back to it."""
    caller = legs.live_caller(session, contact.id)
    if caller is None or contact.state not in _GOES_ON or contact.conference_sid not in seen.rooms:
        return
    is_lost = (
        caller.state is LegState.joined
        and caller.joined_at is not None
        and caller.joined_at < at - ASK_AFTER
        and seen.statuses.get(str(caller.call_sid)) == "in-progress"
        and seen.room_of(caller.call_sid) is None
        and not overflow.chooses_now(session, contact.id, at=at)
    )
    if is_lost:
        overflow.bring_back(session, contact, caller, at=at)
        done[Mended.brought_back] += 1


def _leg_id(party: PartySeen) -> str:
    """Return the id of a leg from its label, for a call whose id was never stored."""
    return party.label.rpartition("-")[2]


def _comes_in(session: Session, contact: Contact, call_sid: str, room: str, at: datetime) -> None:
    event = ConferenceEvent("participant-join", room, call_sid, "in-progress")
    calls.conference_changed(session, contact.id, event, at=at)
    session.flush()


def _put_out(session: Session, contact: Contact, call_sid: str, at: datetime) -> None:
    outbox.promise(
        session,
        outbox.Kind.end_call,
        about=contact.id,
        lane=contact.id,
        at=at,
        details={"call_sid": call_sid},
    )
