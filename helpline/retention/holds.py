"""Legal holds: what a court or a claim may need is neither forgotten nor erased meanwhile."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit
from helpline.clock import in_london
from helpline.contacts.models import Caller
from helpline.database import one_at_a_time
from helpline.retention.models import LegalHold

MOST_LETTERS = 1_000


class HoldRefusedError(ValueError):
    """The hold can't be placed as given; the words say what to do."""


@dataclass(frozen=True)
class Wanted:
    """A hold as it was asked for."""

    why: str = field(repr=False)
    until: date | None
    form_key: uuid.UUID


def place(
    session: Session, caller: Caller, wanted: Wanted, *, by: uuid.UUID, at: datetime
) -> LegalHold:
    """Hold all that is kept about a caller. The same form again changes nothing.

    Raises:
        HoldRefusedError: no reason, too long a one, or a last day that is over.

    """
    one_at_a_time(session, wanted.form_key)
    known = session.scalar(sa.select(LegalHold).where(LegalHold.form_key == wanted.form_key))
    if known is not None:
        return known
    why = wanted.why.replace("\x00", "").strip()
    if not why:
        raise HoldRefusedError("Write why it has to be kept")
    if len(why) > MOST_LETTERS:
        raise HoldRefusedError("Shorten the reason to 1,000 characters or fewer")
    if wanted.until is not None and wanted.until < in_london(at).date():
        raise HoldRefusedError("Choose a last day that is today or later")
    hold = LegalHold(
        id=uuid.uuid4(),
        caller_id=caller.id,
        placed_by=by,
        placed_at=at,
        why=why,
        until=wanted.until,
        form_key=wanted.form_key,
    )
    session.add(hold)
    session.flush()
    audit.note(session, audit.Act.hold_placed, at=at, who=by, about=caller.id)
    return hold


def lift(session: Session, hold: LegalHold, *, by: uuid.UUID, at: datetime) -> None:
    """Lift a hold. Lifted already changes nothing."""
    if hold.lifted_at is None:
        hold.lifted_at, hold.lifted_by = at, by
        audit.note(session, audit.Act.hold_lifted, at=at, who=by, about=hold.caller_id)


def in_force(session: Session, caller_id: uuid.UUID, *, at: datetime) -> Sequence[LegalHold]:
    """List the holds on a caller, oldest first."""
    return session.scalars(
        sa.select(LegalHold)
        .where(LegalHold.caller_id == caller_id, holds(at))
        .order_by(LegalHold.placed_at)
    ).all()


def all_in_force(session: Session, *, at: datetime) -> Sequence[tuple[LegalHold, str]]:
    """List every hold, oldest first, with the caller's reference."""
    rows = session.execute(
        sa.select(LegalHold, Caller.reference)
        .join(Caller, Caller.id == LegalHold.caller_id)
        .where(holds(at))
        .order_by(LegalHold.placed_at)
        .limit(200)
    )
    return [(hold, reference) for hold, reference in rows]


def holds(at: datetime) -> sa.ColumnElement[bool]:
    """Return the condition under which a hold is in force."""
    return sa.and_(
        LegalHold.lifted_at.is_(None),
        sa.or_(LegalHold.until.is_(None), LegalHold.until >= in_london(at).date()),
    )
