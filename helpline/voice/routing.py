"""Ringing call-takers for those who wait, one at a time, until somebody answers.

Whom, `pairing.py` says. Locks are always taken in one order, contact before staff, and staff
only where nobody else holds them, so that two offers never wait for each other.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live, outbox, round_trips
from helpline.accounts.models import Availability, StaffMember
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState
from helpline.statements import Written, WrittenFor
from helpline.voice import call_backs, candidates, diverts, overflow, pairing, softphones
from helpline.voice.models import Leg, LegRole, LegState

RING_AGAIN_AFTER = candidates.RING_AGAIN_AFTER
# Somebody found free may have been rung by another process at the same instant.
_TRIES = 3
_LIVE_OFFER = WrittenFor(
    Leg,
    lambda leg: (
        sa.select(*leg)
        .where(
            Leg.contact_id == sa.bindparam("contact_id", type_=sa.Uuid),
            Leg.role == LegRole.call_taker,
            Leg.state != LegState.ended,
        )
        .limit(1)
    ),
)
_ANYBODY_READY = Written(
    lambda: sa.select(
        sa.exists().where(StaffMember.availability == Availability.ready, StaffMember.is_active)
    )
)


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
    return next(iter(_ring_for(session, [contact], at, first)), None)


def offer_waiting(session: Session, *, at: datetime) -> int:
    """Offer waiting calls for which somebody is free; returns how many phones were rung."""
    if not _anybody_ready(session):
        return 0
    return len(_ring_for(session, candidates.waiting(session, at=at), at))


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
    return _ring(session, contact, staff_id, at)


def tell_changed(session: Session, contact: Contact, leg: Leg) -> None:
    """Tell consoles that a call changed, and whoever's phone it is about."""
    contacts.tell_changed(session, contact)
    if leg.staff_id is not None:
        live.tell(session, f"staff:{leg.staff_id}")


def live_offer(session: Session, contact_id: uuid.UUID) -> Leg | None:
    """Return the leg by which a call-taker is being rung or talks, if there is one."""
    return _LIVE_OFFER.one(session, contact_id=contact_id)


def _ring(session: Session, contact: Contact, staff_id: uuid.UUID, at: datetime) -> Leg:
    leg = Leg(
        id=uuid.uuid4(),
        contact_id=contact.id,
        role=LegRole.call_taker,
        staff_id=staff_id,
        state=LegState.promised,
        made_at=at,
    )
    round_trips.keep(session, leg)
    outbox.promise(session, outbox.Kind.ring_call_taker, about=leg.id, lane=leg.id, at=at)
    audit.note(session, audit.Act.call_offered, at=at, who=staff_id, about=contact.id)
    tell_changed(session, contact, leg)
    return leg


def _ring_for(
    session: Session, line: Sequence[Contact], at: datetime, first: uuid.UUID | None = None
) -> list[Leg]:
    """Ring whoever is next for each of these contacts, whose rows are locked, in this order."""
    busy = set[uuid.UUID]()
    for _ in range(_TRIES):
        found = pairing.pairs(session, line, at, first=first, without=busy) if line else []
        chosen = {each.staff_id for each in found}
        free = pairing.held(session, chosen, at) if chosen else chosen
        busy |= chosen - free
        if free == chosen:
            break
    return [
        _ring(session, each.contact, each.staff_id, at) for each in found if each.staff_id in free
    ]


def _anybody_ready(session: Session) -> bool:
    return bool(_ANYBODY_READY.value(session))
