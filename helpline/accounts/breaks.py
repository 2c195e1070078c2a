"""A break after a hard contact: offered, never forced, and supervisors see it."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from helpline.accounts import availability
from helpline.accounts.models import Availability, Because

LENGTH = timedelta(minutes=10)
OFFER_STANDS = timedelta(minutes=3)
"""Whoever says neither yes nor no goes on working."""
_CAN_REST = frozenset({Availability.ready, Availability.wrapping_up})


def offer(session: Session, staff_id: uuid.UUID, *, at: datetime) -> None:
    """Ask somebody whether they want a break; until they answer nothing is sent to them.

    Nothing happens to somebody who is on another call, or away already.
    """
    staff = availability.locked(session, staff_id)
    if staff.availability in _CAN_REST:
        availability.become(
            session,
            staff,
            Availability.away,
            at=at,
            because=Because.break_offered,
            until=at + OFFER_STANDS,
        )


def take(session: Session, staff_id: uuid.UUID, *, at: datetime) -> None:
    """Take the break that was offered. Taken already, it lasts no longer.

    Raises:
        CannotChooseError: none is offered any more.

    """
    staff = availability.locked(session, staff_id)
    if staff.because is Because.on_break:
        return
    if staff.because is not Because.break_offered:
        raise availability.CannotChooseError("The offer is over. Choose Away to rest")
    availability.become(
        session, staff, Availability.away, at=at, because=Because.on_break, until=at + LENGTH
    )
