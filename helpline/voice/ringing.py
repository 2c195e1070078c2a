"""The call-taker's phone: rung, answered, accepted with a key, or given up."""

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, outbox
from helpline.accounts import availability
from helpline.accounts.models import Availability
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState, Happening
from helpline.voice import call_plan, calls, routing
from helpline.voice.call_plan import Plan
from helpline.voice.models import RANK, Leg, LegEnding, LegState

TAKE_IT = "1"
_NOT_YET_TAKEN = (LegState.promised, LegState.ringing, LegState.answered)
# The carrier rings up to 5 s longer than asked (twilio.md 2.4), then asks for a key three times.
_SLACK = timedelta(seconds=45)


def leg_changed(
    session: Session, leg_id: uuid.UUID, call_sid: str, status: str, *, at: datetime
) -> None:
    """Hear from the carrier how a call-taker's phone stands."""
    found = _locked(session, leg_id)
    if found is None:
        return
    contact, leg = found
    leg.call_sid = leg.call_sid or call_sid
    if status in calls.ENDINGS:
        calls.call_taker_leg_ended(session, leg, calls.ENDINGS[status], at=at)
    elif status == "ringing" and leg.state is LegState.promised:
        leg.state = LegState.ringing
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
    if leg.state is LegState.ended or contact.state is not ContactState.waiting:
        return call_plan.too_late()
    if RANK[leg.state] < RANK[LegState.answered]:
        leg.state = LegState.answered
        routing.tell_changed(session, contact, leg)
    return _accept(session, contact, leg, at) if in_browser else call_plan.screening(leg)


def key_pressed(session: Session, leg_id: uuid.UUID, digits: str, *, at: datetime) -> Plan:
    """Give the caller to the call-taker who pressed 1, if nobody else has."""
    found = _locked(session, leg_id)
    if found is None:
        return call_plan.too_late()
    contact, leg = found
    if leg.state in (LegState.accepted, LegState.joined):
        return call_plan.call_taker_joins(contact, leg)
    if leg.state is LegState.ended or contact.state is not ContactState.waiting:
        return call_plan.too_late()
    if digits != TAKE_IT:
        return call_plan.screening(leg)
    return _accept(session, contact, leg, at)


def give_up_on_silent_legs(session: Session, *, at: datetime, ring_seconds: int) -> int:
    """End offers of which nothing was heard for too long, so that no call-taker stays stuck."""
    silent = session.scalars(
        sa.select(Leg.id)
        .where(
            Leg.state.in_(_NOT_YET_TAKEN),
            Leg.staff_id.is_not(None),
            Leg.made_at < at - timedelta(seconds=ring_seconds) - _SLACK,
        )
        .limit(50)
    ).all()
    return sum(_give_up(session, leg_id, at) for leg_id in silent)


def rung(session: Session, leg_id: uuid.UUID, call_sid: str, *, at: datetime) -> None:
    """Note the carrier's id of a phone that is being rung; stop it if it is no longer wanted."""
    found = _locked(session, leg_id)
    if found is None or not call_sid:
        return
    contact, leg = found
    leg.call_sid = leg.call_sid or call_sid
    is_taken = RANK[leg.state] >= RANK[LegState.accepted]
    if leg.state is LegState.ended or (contact.state is not ContactState.waiting and not is_taken):
        outbox.promise(
            session,
            outbox.Kind.end_call,
            about=leg.id,
            lane=leg.id,
            at=at,
            details={"call_sid": call_sid},
        )


def could_not_ring(session: Session, leg_id: uuid.UUID, *, at: datetime) -> None:
    """Go on to the next call-taker: the carrier would not ring this phone."""
    found = _locked(session, leg_id)
    if found is not None:
        calls.call_taker_leg_ended(session, found[1], LegEnding.failed, at=at)


def lock(session: Session, leg_id: uuid.UUID) -> None:
    """Hold the contact of a leg until the transaction ends; always before the promise."""
    _locked(session, leg_id)


def is_still_wanted(session: Session, leg_id: uuid.UUID) -> bool:
    """Whether this phone should still be rung: the caller waits and the offer stands."""
    return bool(
        session.scalar(
            sa.select(
                sa.exists().where(
                    Leg.id == leg_id,
                    Leg.state == LegState.promised,
                    Contact.id == Leg.contact_id,
                    Contact.state == ContactState.waiting,
                )
            )
        )
    )


def _accept(session: Session, contact: Contact, leg: Leg, at: datetime) -> Plan:
    if leg.staff_id is None:
        return call_plan.too_late()
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
    outbox.cancel(session, leg.id, outbox.Kind.ring_call_taker, at=at)
    if leg.call_sid is not None:
        rung_sid = {"call_sid": leg.call_sid}
        outbox.promise(
            session, outbox.Kind.end_call, about=leg.id, lane=leg.id, at=at, details=rung_sid
        )
    calls.call_taker_leg_ended(session, leg, LegEnding.lost, at=at)
    return True


def _locked(session: Session, leg_id: uuid.UUID) -> tuple[Contact, Leg] | None:
    """Lock the contact of a leg, then read the leg as it is now."""
    contact_id = session.scalar(sa.select(Leg.contact_id).where(Leg.id == leg_id))
    contact = contacts.locked(session, contact_id) if contact_id is not None else None
    leg = session.get(Leg, leg_id, populate_existing=True)
    return None if contact is None or leg is None else (contact, leg)
