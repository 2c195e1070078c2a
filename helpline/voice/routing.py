"""Ringing call-takers for those who wait, one at a time, until somebody answers.

Whom, `candidates.py` says. Locks are always taken in one order, contact before staff, and staff
only where nobody else holds them, so that two offers never wait for each other.
"""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live, outbox
from helpline.accounts.models import Availability, StaffMember
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState
from helpline.voice import call_backs, candidates, diverts, overflow, softphones
from helpline.voice.models import Leg, LegRole, LegState

RING_AGAIN_AFTER = candidates.RING_AGAIN_AFTER
# Somebody found free may have been rung by another process at the same instant.
_TRIES = 3


class CannotRingError(Exception):
    """The phone can't be rung; the words say why."""


def offer(
    session: Session, contact: Contact, *, at: datetime, first: uuid.UUID | None = None
) -> Leg | None:
    """Ring the next call-taker for a waiting contact; None if nobody is free.

    The contact's row must be locked. `first` is tried before anybody else.
    """
    if contact.state is not ContactState.waiting or live_offer(session, contact.id) is not None:
        return None
    if overflow.chooses_now(session, contact.id, at=at) or diverts.is_ringing(session, contact.id):
        return None
    if call_backs.is_resting(session, contact.id, at=at):
        return None
    return _ring_next(session, contact, at, first)


def offer_waiting(session: Session, *, at: datetime) -> int:
    """Offer waiting calls for which somebody is free; returns how many phones were rung."""
    if not _anybody_ready(session):
        return 0
    offers = [_ring_next(session, each, at) for each in candidates.waiting(session, at=at)]
    return sum(each is not None for each in offers)


def take(session: Session, contact_id: uuid.UUID, staff_id: uuid.UUID, *, at: datetime) -> Leg:
    """Ring one's own phone for a waiting call. Asked twice, it rings once.

    Raises:
        contacts.TakenAlreadyError: the call isn't waiting, or another phone rings for it.
        CannotRingError: this person has no phone, or it is in use.

    """
    contact = contacts.locked(session, contact_id)
    if contact is None or contact.state is not ContactState.waiting:
        raise contacts.TakenAlreadyError
    ringing = live_offer(session, contact.id)
    if ringing is not None:
        if ringing.staff_id == staff_id:
            return ringing
        raise contacts.TakenAlreadyError
    if overflow.chooses_now(session, contact_id, at=at):
        raise CannotRingError("The caller hears a choice at the moment. Try again in a minute")
    return ring_own_phone(session, contact, staff_id, at=at)


def ring_own_phone(session: Session, contact: Contact, staff_id: uuid.UUID, *, at: datetime) -> Leg:
    """Ring a call-taker's own phone for a contact whose row is locked.

    Raises:
        CannotRingError: this person has no phone, or it is in use.

    """
    staff = session.scalars(
        sa.select(StaffMember)
        .where(StaffMember.id == staff_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if staff.phone_token is None and softphones.phone_of(session, staff_id, at=at) is None:
        raise CannotRingError("You have no phone yet. Turn on your browser phone")
    if staff.availability is Availability.busy or candidates.is_in_use(session, staff_id):
        raise CannotRingError("Your phone is in use. End that call first")
    return _ring(session, contact, staff, at)


def tell_changed(session: Session, contact: Contact, leg: Leg) -> None:
    """Tell consoles that a call changed, and whoever's phone it is about."""
    contacts.tell_changed(session, contact)
    if leg.staff_id is not None:
        live.tell(session, f"staff:{leg.staff_id}")


def live_offer(session: Session, contact_id: uuid.UUID) -> Leg | None:
    """Return the leg by which a call-taker is being rung or talks, if there is one."""
    return session.scalars(
        sa.select(Leg).where(
            Leg.contact_id == contact_id,
            Leg.role == LegRole.call_taker,
            Leg.state != LegState.ended,
        )
    ).first()


def _ring(session: Session, contact: Contact, staff: StaffMember, at: datetime) -> Leg:
    leg = Leg(
        id=uuid.uuid4(),
        contact_id=contact.id,
        role=LegRole.call_taker,
        staff_id=staff.id,
        state=LegState.promised,
        made_at=at,
    )
    session.add(leg)
    session.flush()
    outbox.promise(session, outbox.Kind.ring_call_taker, about=leg.id, lane=leg.id, at=at)
    audit.note(session, audit.Act.call_offered, at=at, who=staff.id, about=contact.id)
    tell_changed(session, contact, leg)
    return leg


def _ring_next(
    session: Session, contact: Contact, at: datetime, first: uuid.UUID | None = None
) -> Leg | None:
    for _ in range(_TRIES):
        found = candidates.best(session, contact, at, first)
        if found is None:
            return None
        staff, times = found
        if times and overflow.is_due(session, contact, at=at):
            # Nobody new to try: the caller is asked first how they want to go on.
            return None
        # Their row is ours now, so what is read from here on can't change any more.
        if not candidates.is_in_use(session, staff.id):
            return _ring(session, contact, staff, at)
    return None


def _anybody_ready(session: Session) -> bool:
    ready = sa.exists().where(StaffMember.availability == Availability.ready, StaffMember.is_active)
    return bool(session.scalar(sa.select(ready)))
