"""Whether a call-taker is free: set by hand for ready and away, by the work for the rest."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa
from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from helpline import audit, live, round_trips
from helpline.accounts.models import Availability, AvailabilityChange, Because, StaffMember
from helpline.database import AT
from helpline.round_trips import Question
from helpline.statements import Written, WrittenFor

BY_HAND = frozenset({Availability.off_shift, Availability.ready, Availability.away})
"""What a person may choose; busy and wrapping up follow from the work."""

MOST_MISSED = 2
"""Rings in a row that nobody answers: then somebody is away, whatever they had said."""
_MOST_AT_ONCE = 100
_LOCKED = WrittenFor(
    StaffMember,
    lambda staff: (
        sa.select(*staff)
        .where(StaffMember.id == sa.bindparam("id", type_=sa.Uuid))
        .with_for_update()
    ),
)
_AFRESH = frozenset({Availability.busy, Availability.off_shift})


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
    staff.missed_rings = 0
    become(session, staff, availability, at=at, by_hand=True)
    return staff


def take_more_time(session: Session, staff_id: uuid.UUID) -> None:
    """Stay out until the wrap-up is done, however long it takes. Supervisors see it.

    Raises:
        CannotChooseError: they are not wrapping up.

    """
    staff = locked(session, staff_id)
    if staff.availability is not Availability.wrapping_up:
        raise CannotChooseError("You are not wrapping up any more")
    staff.because = Because.more_time
    live.tell(session, "shift", f"staff:{staff.id}")


def rang_unanswered(session: Session, staff_id: uuid.UUID, *, at: datetime) -> None:
    """Count a ring that nobody answered; after two in a row they are away."""
    staff = locked(session, staff_id)
    staff.missed_rings += 1
    if staff.availability is Availability.ready and staff.missed_rings >= MOST_MISSED:
        become(session, staff, Availability.away, at=at, because=Because.missed_rings)


_OVER = (
    sa.select(StaffMember)
    .where(
        sa.or_(
            sa.and_(
                StaffMember.availability == Availability.wrapping_up,
                StaffMember.because.is_(None),
                StaffMember.availability_since
                <= sa.bindparam("wraps_up_since", type_=sa.DateTime(timezone=True)),
            ),
            sa.and_(StaffMember.availability == Availability.away, StaffMember.away_until <= AT),
        )
    )
    .limit(_MOST_AT_ONCE)
    .with_for_update(skip_locked=True)
    .execution_options(populate_existing=True)
)


def end_what_is_over(
    session: Session, *, at: datetime, wrap_up: timedelta
) -> Sequence[StaffMember]:
    """Make those ready whose time to wrap up, or whose break, is over. Returns whom."""
    over = session.scalars(_OVER, {"at": at, "wraps_up_since": at - wrap_up}).all()
    for staff in over:
        become(session, staff, Availability.ready, at=at)
    return over


def become(  # noqa: PLR0913 - each is a fact of the change
    session: Session,
    staff: StaffMember,
    availability: Availability,
    *,
    at: datetime,
    by_hand: bool = False,
    because: Because | None = None,
    until: datetime | None = None,
) -> None:
    """Change availability and keep its history. The same again adds nothing to it."""
    if availability in _AFRESH:
        staff.missed_rings = 0
    changes = (staff.because, staff.away_until) != (because, until)
    staff.because, staff.away_until = because, until
    if staff.availability is availability:
        if changes:
            live.tell(session, "shift", f"staff:{staff.id}")
        return
    staff.availability = availability
    staff.availability_since = at
    staff.ready_since = at if availability is Availability.ready else None
    round_trips.write(
        session,
        AvailabilityChange,
        staff_id=staff.id,
        at=at,
        availability=availability,
        by_hand=by_hand,
    )
    audit.note(session, audit.Act.availability_changed, at=at, who=staff.id, about=staff.id)
    live.tell(session, "shift", f"staff:{staff.id}")


def locked(session: Session, staff_id: uuid.UUID) -> StaffMember:
    """Read one member of staff and hold the row until the transaction ends."""
    found = _LOCKED.one(session, id=staff_id)
    if found is None:
        raise sa.exc.NoResultFound("Nobody of the staff has this id")
    return found


_WHO_SPEAKS = (
    "SELECT EXISTS (SELECT FROM staff_member WHERE is_active "
    "AND availability <> 'off_shift' AND languages @> %(languages)s)"
)


def somebody_on_shift(speaks: str | None = None) -> sa.ColumnElement[bool]:
    """Write the condition that any active member of staff is on shift, free or not."""
    here = [StaffMember.is_active, StaffMember.availability != Availability.off_shift]
    if speaks is not None:
        here.append(StaffMember.languages.contains([speaks]))
    return sa.exists().where(*here)


def anybody_who_speaks(language: str) -> Question:
    """Ask whether anybody on shift speaks a language, as `anybody_on_shift` does."""
    return Question(_WHO_SPEAKS, {"languages": Jsonb([language])})


@cache
def _anybody(speaks: str | None) -> Written:
    return Written(lambda: sa.select(somebody_on_shift(speaks)))


def anybody_on_shift(session: Session, *, speaks: str | None = None) -> bool:
    """Whether any active member of staff is on shift, free or not; one who speaks a language."""
    return bool(_anybody(speaks).value(session))
