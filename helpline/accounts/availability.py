"""Whether a call-taker is free: set by hand for ready and away, by the work for the rest."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live
from helpline.accounts.models import Availability, AvailabilityChange, StaffMember

BY_HAND = frozenset({Availability.off_shift, Availability.ready, Availability.away})
"""What a person may choose; busy and wrapping up follow from the work."""


class CannotChooseError(ValueError):
    """An availability that can't be chosen now; the words say why."""


def choose(
    session: Session, staff_id: uuid.UUID, availability: Availability, *, at: datetime
) -> StaffMember:
    """Set one's own availability by hand.

    Raises:
        CannotChooseError: it is not a choice, or a call is going on.

    """
    staff = locked(session, staff_id)
    if availability not in BY_HAND:
        raise CannotChooseError("Choose ready, away or end shift")
    if staff.availability is Availability.busy:
        raise CannotChooseError("You are on a call. End the call first")
    become(session, staff, availability, at=at, by_hand=True)
    return staff


def become(
    session: Session,
    staff: StaffMember,
    availability: Availability,
    *,
    at: datetime,
    by_hand: bool = False,
) -> None:
    """Change availability and keep its history. The same again changes nothing."""
    if staff.availability is availability:
        return
    staff.availability = availability
    staff.availability_since = at
    staff.ready_since = at if availability is Availability.ready else None
    session.add(
        AvailabilityChange(staff_id=staff.id, at=at, availability=availability, by_hand=by_hand)
    )
    audit.note(session, audit.Act.availability_changed, at=at, who=staff.id, about=staff.id)
    live.tell(session, "shift", f"staff:{staff.id}")


def locked(session: Session, staff_id: uuid.UUID) -> StaffMember:
    """Read one member of staff and hold the row until the transaction ends."""
    return session.scalars(
        sa.select(StaffMember)
        .where(StaffMember.id == staff_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def anybody_on_shift(session: Session) -> bool:
    """Whether any active member of staff is on shift, free or not."""
    return bool(
        session.scalar(
            sa.select(
                sa.exists().where(
                    StaffMember.is_active, StaffMember.availability != Availability.off_shift
                )
            )
        )
    )
