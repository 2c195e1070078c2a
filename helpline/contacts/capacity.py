"""How much one call-taker can have at once: one call, and a few conversations by text."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.accounts.models import Availability, StaffMember
from helpline.contacts.models import Channel, Contact, ContactState

_NO_CALL = frozenset({Availability.busy, Availability.wrapping_up})


def has_room_for_call() -> sa.ColumnElement[bool]:
    """Write the condition that the texts of a row of `StaffMember` leave room for a call."""
    return _texts() <= StaffMember.texts_beside_call


def room_for(session: Session, staff_id: uuid.UUID, channel: Channel) -> bool:
    """Whether a call-taker has room for one more of a channel.

    A call fills a call-taker: meanwhile no text is offered, though they may take one by hand.
    Texts are counted while they go on, not while they are wrapped up. The row of the call-taker is
    held until the transaction ends: two at the same instant are counted one after the other.
    """
    session.execute(sa.select(StaffMember.id).where(StaffMember.id == staff_id).with_for_update())
    row = session.execute(
        sa.select(
            StaffMember.availability,
            _texts() < StaffMember.text_capacity,
            has_room_for_call(),
        ).where(StaffMember.id == staff_id)
    ).one()
    for_text, for_call = bool(row[1]), bool(row[2])
    if channel is Channel.voice:
        return row.availability not in _NO_CALL and for_call
    return row.availability is not Availability.busy and for_text


def _texts() -> sa.ScalarSelect[int]:
    theirs = sa.orm.aliased(Contact)
    return (
        sa.select(sa.func.count())
        .select_from(theirs)
        .where(
            theirs.owner_id == StaffMember.id,
            theirs.channel == Channel.sms,
            theirs.state == ContactState.with_call_taker,
        )
        .correlate(StaffMember)
        .scalar_subquery()
    )
