"""Phones that we ring: answered, accepted with a key, or given up.

A call-taker's first of all; whoever else is to join a call plays the part that `roles.py` names.
"""

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, outbox
from helpline.accounts import availability
from helpline.accounts.models import Availability
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState, Happening
from helpline.statements import Written
from helpline.voice import call_plan, calling_out, calls, legs, roles, routing
from helpline.voice.call_plan import Plan
from helpline.voice.models import PARTIES, RANK, Leg, LegEnding, LegRole, LegState

TAKE_IT = "1"
_NOT_YET_TAKEN = (LegState.promised, LegState.ringing, LegState.answered)
# The carrier rings up to 5 s longer than asked (twilio.md 2.4), then asks for a key three times.
_SLACK = timedelta(seconds=45)
_SILENT = Written(
    lambda: (
        sa.select(Leg.id)
        .where(
            Leg.state.in_(_NOT_YET_TAKEN),
            Leg.role != LegRole.caller,
            Leg.made_at < sa.bindparam("since", type_=sa.DateTime(timezone=True)),
        )
        .limit(50)
    )
)
_CONTACT_OF = Written(
    lambda: sa.select(Leg.contact_id).where(Leg.id == sa.bindparam("id", type_=sa.Uuid))
)


def leg_changed(
    session: Session, leg_id: uuid.UUID, call_sid: str, status: str, *, at: datetime
) -> None:
    """Hear from the carrier how a phone stands that we rang."""
    found = _locked(session, leg_id)
    if found is None:
        return
    contact, leg = found
    leg.call_sid = leg.call_sid or call_sid
    if status in calls.ENDINGS:
        calls.leg_ended(session, leg, calls.ENDINGS[status], at=at)
    elif status == "ringing" and leg.state is LegState.promised:
        leg.state = LegState.ringing
        if leg.role is LegRole.call_taker:
            contacts.happened(session, contact, Happening.phone_rang, at=at, staff_id=leg.staff_id)
        routing.tell_changed(session, contact, leg)


def phone_answered(
    session: Session, leg_id: uuid.UUID, call_sid: str, *, at: datetime, in_browser: bool = False
) -> Plan:
    """Ask for a key: whoever or whatever answered has not taken the call yet.

    In a browser nobody but the call-taker can have answered, and the call is theirs at once.
    """
    found = _locked(session, leg_id)
    if found is None:
        return call_plan.too_late()
    contact, leg = found
    leg.call_sid = leg.call_sid or call_sid
    if leg.role is LegRole.caller:
        return (call_plan.caller_joins(contact),)
    if not _is_wanted(session, contact, leg):
        return _too_late(leg)
    if RANK[leg.state] < RANK[LegState.answered]:
        leg.state = LegState.answered
        routing.tell_changed(session, contact, leg)
    return _accept(session, contact, leg, at) if in_browser else _question(leg)


def key_pressed(session: Session, leg_id: uuid.UUID, digits: str, *, at: datetime) -> Plan:
    """Let in whoever pressed 1: the call-taker if nobody else has the caller, or a party."""
    found = _locked(session, leg_id)
    if found is None:
        return call_plan.too_late()
    contact, leg = found
    if leg.state in (LegState.accepted, LegState.joined):
        return _comes_in(session, contact, leg, at)
    if not _is_wanted(session, contact, leg):
        return _too_late(leg)
    if digits != TAKE_IT and not (digits and leg.role in PARTIES and _part(leg).any_key):
        return _question(leg)
    return _accept(session, contact, leg, at)


def enter(session: Session, leg_id: uuid.UUID, turn: int, *, at: datetime) -> Plan:
    """Let somebody in who has pressed 1 and waits at the door, as soon as it may be."""
    found = _locked(session, leg_id)
    if found is None:
        return call_plan.too_late()
    contact, leg = found
    if leg.state not in (LegState.accepted, LegState.joined):
        return _too_late(leg)
    plan = _comes_in(session, contact, leg, at)
    return call_plan.one_moment(leg, turn) if plan == call_plan.one_moment(leg) else plan


def give_up_on_silent_legs(session: Session, *, at: datetime, ring_seconds: int) -> int:
    """End offers of which nothing was heard for too long, so that no call-taker stays stuck."""
    since = at - timedelta(seconds=ring_seconds) - _SLACK
    silent = _SILENT.rows(session, since=since)
    return sum(_give_up(session, leg_id, at) for (leg_id,) in silent)


def rung(session: Session, leg_id: uuid.UUID, call_sid: str, *, at: datetime) -> None:
    """Note the carrier's id of a phone that is being rung; stop it if it is no longer wanted."""
    found = _locked(session, leg_id)
    if found is None or not call_sid:
        return
    contact, leg = found
    leg.call_sid = leg.call_sid or call_sid
    is_taken = RANK[leg.state] >= RANK[LegState.accepted]
    if leg.state is LegState.ended or not (is_taken or _is_wanted(session, contact, leg)):
        outbox.promise(
            session,
            outbox.Kind.end_call,
            about=leg.id,
            lane=leg.id,
            at=at,
            details={"call_sid": call_sid},
        )


def could_not_ring(session: Session, leg_id: uuid.UUID, *, at: datetime) -> None:
    """Go on without this phone, which the carrier would not ring: to the next call-taker's."""
    found = _locked(session, leg_id)
    if found is not None:
        calls.leg_ended(session, found[1], LegEnding.failed, at=at)


def lock(session: Session, leg_id: uuid.UUID) -> None:
    """Hold the contact of a leg until the transaction ends; always before the promise."""
    _locked(session, leg_id)


def is_still_wanted(session: Session, leg_id: uuid.UUID) -> bool:
    """Whether this phone should still be rung: nobody rang it yet, and it is wanted."""
    leg = legs.read(session, leg_id)
    if leg is None or leg.state is not LegState.promised:
        return False
    contact = session.get(Contact, leg.contact_id, populate_existing=True)
    return contact is not None and _is_wanted(session, contact, leg)


def _is_wanted(session: Session, contact: Contact, leg: Leg) -> bool:
    if leg.state is LegState.ended:
        return False
    if leg.role in PARTIES:
        return _part(leg).is_wanted(session, contact, leg)
    is_waiting = contact.state is ContactState.waiting
    return is_waiting or calling_out.goes_on(session, contact, leg)


def _part(leg: Leg) -> roles.Part:
    return roles.PARTS[leg.role]


def _question(leg: Leg) -> Plan:
    if leg.role in PARTIES:
        part = _part(leg)
        return call_plan.screening(leg, part.question, part.not_taken)
    return call_plan.screening(leg)


def _too_late(leg: Leg) -> Plan:
    return call_plan.too_late(_part(leg).too_late if leg.role in PARTIES else "too_late")


def _comes_in(session: Session, contact: Contact, leg: Leg, at: datetime) -> Plan:
    if leg.role is LegRole.caller:
        return (call_plan.caller_joins(contact),)
    if leg.role in PARTIES:
        return _part(leg).accepted(session, contact, leg, at)
    return call_plan.call_taker_joins(contact, leg)


def _accept(session: Session, contact: Contact, leg: Leg, at: datetime) -> Plan:
    if leg.role in PARTIES:
        leg.state = LegState.accepted
        routing.tell_changed(session, contact, leg)
        return _comes_in(session, contact, leg, at)
    if leg.staff_id is None:
        return call_plan.too_late()
    if (plan := calling_out.taker_accepted(session, contact, leg, at=at)) is not None:
        return plan
    staff = availability.locked(session, leg.staff_id)
    contacts.take(session, contact, staff.id, at=at)
    leg.state = LegState.accepted
    availability.become(session, staff, Availability.busy, at=at)
    audit.note(session, audit.Act.call_taken, at=at, who=staff.id, about=contact.id)
    return call_plan.call_taker_joins(contact, leg)


def _give_up(session: Session, leg_id: uuid.UUID, at: datetime) -> bool:
    found = _locked(session, leg_id)
    if found is None or found[1].state not in _NOT_YET_TAKEN:
        return False
    _, leg = found
    outbox.cancel(session, leg.id, legs.how_rung(leg), at=at)
    if leg.call_sid is not None:
        rung_sid = {"call_sid": leg.call_sid}
        outbox.promise(
            session, outbox.Kind.end_call, about=leg.id, lane=leg.id, at=at, details=rung_sid
        )
    calls.leg_ended(session, leg, LegEnding.lost, at=at)
    return True


def _locked(session: Session, leg_id: uuid.UUID) -> tuple[Contact, Leg] | None:
    """Lock the contact of a leg, then read the leg as it is now."""
    contact_id = _CONTACT_OF.value(session, id=leg_id)
    contact = contacts.locked(session, contact_id) if contact_id is not None else None
    leg = legs.read(session, leg_id)
    return None if contact is None or leg is None else (contact, leg)
