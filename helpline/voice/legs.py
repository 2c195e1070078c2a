"""Legs: found, raised, ended, hung up. Every rule about calls is made of these."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import outbox, round_trips
from helpline.contacts import contacts
from helpline.contacts.models import Contact
from helpline.round_trips import Question, column_names
from helpline.statements import WrittenFor
from helpline.voice.models import PARTIES, RANK, Leg, LegEnding, LegRole, LegState

RUNG_BY_CALL_OUT = frozenset({LegRole.called, LegRole.invited})
"""People, not staff or partners: their plan and their wish are read before their phone rings."""


_CONTACT_ID = sa.bindparam("contact_id", type_=sa.Uuid)
_BY_ID = WrittenFor(
    Leg, lambda leg: sa.select(*leg).where(Leg.id == sa.bindparam("id", type_=sa.Uuid))
)
_LIVE = WrittenFor(
    Leg,
    lambda leg: (
        sa.select(*leg)
        .where(Leg.contact_id == _CONTACT_ID, Leg.state != LegState.ended)
        .order_by(Leg.made_at)
    ),
)
_LIVE_CALLER = WrittenFor(
    Leg,
    lambda leg: (
        sa.select(*leg)
        .where(
            Leg.contact_id == _CONTACT_ID,
            Leg.role == LegRole.caller,
            Leg.state != LegState.ended,
        )
        .limit(1)
    ),
)


def live(session: Session, contact_id: uuid.UUID) -> list[Leg]:
    """Return the telephones that are still in a call or being rung."""
    return _LIVE.all(session, contact_id=contact_id)


def read(session: Session, leg_id: uuid.UUID) -> Leg | None:
    """Read one leg as it is now."""
    return _BY_ID.one(session, id=leg_id)


def hang_up(session: Session, leg: Leg, at: datetime) -> None:
    """Stop ringing, or hang up. A leg that no worker has rung yet is simply taken back."""
    if outbox.cancel(session, leg.id, how_rung(leg), at=at):
        end(leg, LegEnding.cancelled, at)
    elif leg.call_sid is not None:
        outbox.promise(
            session,
            outbox.Kind.end_call,
            about=leg.id,
            lane=leg.id,
            at=at,
            details={"call_sid": leg.call_sid},
        )


def how_rung(leg: Leg) -> outbox.Kind:
    """Return the kind of promise by which a leg is rung."""
    if leg.role in RUNG_BY_CALL_OUT:
        return outbox.Kind.ring_person
    return outbox.Kind.ring_party if leg.role in PARTIES else outbox.Kind.ring_call_taker


def end(leg: Leg, because: LegEnding, at: datetime) -> bool:
    """End a leg; False if it was over already."""
    if leg.state is LegState.ended:
        return False
    leg.state, leg.ended_at, leg.ended_because = LegState.ended, at, because
    return True


def rise(leg: Leg, state: LegState, at: datetime) -> None:
    if RANK[state] > RANK[leg.state]:
        leg.state = state
        if state is LegState.joined:
            leg.joined_at = at


def lock_contact(session: Session, leg: Leg) -> Contact:
    """Lock the contact, then read the leg afresh: it may have changed while we waited."""
    contact = contacts.locked(session, leg.contact_id)
    if contact is None or read(session, leg.id) is None:
        raise LookupError("A leg without its contact")
    return contact


def caller_by_sid(session: Session, call_sid: str) -> Leg | None:
    leg = by_sid(session, call_sid)
    return leg if leg is not None and leg.role is LegRole.caller else None


_BY_SID = f"SELECT {column_names(Leg)} FROM leg WHERE call_sid = %(sid)s"  # noqa: S608 - our names


def with_sid(call_sid: str) -> Question:
    """Ask for the leg that the carrier knows by an id."""
    return Question(_BY_SID, {"sid": call_sid})


def by_sid(session: Session, call_sid: str) -> Leg | None:
    (found,) = round_trips.ask(session, with_sid(call_sid))
    return round_trips.known(session, Leg, found[0]) if found else None


def live_caller(session: Session, contact_id: uuid.UUID) -> Leg | None:
    return _LIVE_CALLER.one(session, contact_id=contact_id)


def had_a_caller(session: Session, contact_id: uuid.UUID) -> bool:
    """Whether anybody ever rang in a contact, or took our call."""
    had = sa.exists().where(Leg.contact_id == contact_id, Leg.role == LegRole.caller)
    return bool(session.scalar(sa.select(had)))


def staff_of(leg: Leg) -> uuid.UUID:
    if leg.staff_id is None:
        raise LookupError("A call-taker's leg without a call-taker")
    return leg.staff_id
