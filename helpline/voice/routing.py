"""Who is rung for whom: the longest-free ready call-taker, one at a time, until somebody answers.

Locks are always taken in one order, contact before staff, and staff only where nobody else holds
them, so that two offers never wait for each other.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live, outbox
from helpline.accounts.models import Availability, StaffMember
from helpline.contacts import contacts
from helpline.contacts.models import Channel, Contact, ContactState
from helpline.voice import softphones
from helpline.voice.models import Leg, LegRole, LegState

# A phone that was not answered is not rung again for the same caller at once.
RING_AGAIN_AFTER = timedelta(seconds=10)
_MOST_AT_ONCE = 50


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
    staff = _next_call_taker(session, contact, at, first)
    return None if staff is None else _ring(session, contact, staff, at)


def offer_waiting(session: Session, *, at: datetime) -> int:
    """Offer every waiting call for which somebody is free; returns how many phones were rung."""
    if not _anybody_ready(session):
        return 0
    offers = [offer(session, contact, at=at) for contact in _waiting_without_offer(session)]
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
    staff = session.scalars(
        sa.select(StaffMember).where(StaffMember.id == staff_id).with_for_update()
    ).one()
    if staff.phone_token is None and softphones.phone_of(session, staff_id, at=at) is None:
        raise CannotRingError("You have no phone yet. Turn on your browser phone")
    if staff.availability is Availability.busy or _has_live_leg(session, staff_id):
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


def _next_call_taker(
    session: Session, contact: Contact, at: datetime, first: uuid.UUID | None
) -> StaffMember | None:
    """Whoever was rung least for this wait, then the longest free."""
    rung = (
        sa.select(sa.func.count())
        .where(
            Leg.contact_id == contact.id,
            Leg.staff_id == StaffMember.id,
            Leg.made_at >= contact.waiting_since,
        )
        .scalar_subquery()
    )
    just_rung = sa.exists().where(
        Leg.contact_id == contact.id,
        Leg.staff_id == StaffMember.id,
        Leg.made_at >= contact.waiting_since,
        Leg.ended_at > at - RING_AGAIN_AFTER,
    )
    in_use = sa.exists().where(Leg.staff_id == StaffMember.id, Leg.state != LegState.ended)
    return session.scalars(
        sa.select(StaffMember)
        .where(
            StaffMember.availability == Availability.ready,
            StaffMember.is_active,
            sa.or_(StaffMember.phone_token.is_not(None), softphones.is_on(at)),
            ~in_use,
            ~just_rung,
        )
        .order_by((StaffMember.id == first).desc(), rung, StaffMember.ready_since)
        .limit(1)
        .with_for_update(skip_locked=True, of=StaffMember)
        .execution_options(populate_existing=True)
    ).first()


def _waiting_without_offer(session: Session) -> Sequence[Contact]:
    offered = sa.exists().where(
        Leg.contact_id == Contact.id, Leg.role == LegRole.call_taker, Leg.state != LegState.ended
    )
    return session.scalars(
        sa.select(Contact)
        .where(Contact.state == ContactState.waiting, Contact.channel == Channel.voice, ~offered)
        .order_by(Contact.need.desc(), Contact.waiting_since)
        .limit(_MOST_AT_ONCE)
        .with_for_update(skip_locked=True, of=Contact)
        .execution_options(populate_existing=True)
    ).all()


def _anybody_ready(session: Session) -> bool:
    ready = sa.exists().where(StaffMember.availability == Availability.ready, StaffMember.is_active)
    return bool(session.scalar(sa.select(ready)))


def _has_live_leg(session: Session, staff_id: uuid.UUID) -> bool:
    return bool(
        session.scalar(
            sa.select(sa.exists().where(Leg.staff_id == staff_id, Leg.state != LegState.ended))
        )
    )
