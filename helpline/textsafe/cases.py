"""The reminder of 72 hours: police tell the national experts of every case within three days.

It is the force's duty; the helpline reminds (domain.md 1b, paragraph 4.21, and 9, rule 18). It
closes only when the case is referred or the person found.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpline import audit
from helpline.textsafe.models import PoliceCase, TextSafeRequest

WITHIN = timedelta(hours=72)


def linked(session: Session, request: TextSafeRequest, *, at: datetime) -> None:
    """Open the case that a request belongs to; one that is there stays as it is."""
    reported = request.reported_at or at
    row = insert(PoliceCase).values(
        id=uuid.uuid4(),
        organisation_id=request.organisation_id,
        reference_mark=request.reference_mark,
        force_reference=request.force_reference,
        reported_at=reported,
        due_at=reported + WITHIN,
    )
    session.execute(row.on_conflict_do_nothing())


def to_remind(session: Session, *, most: int = 100) -> Sequence[PoliceCase]:
    """List the cases that are neither referred nor found, the soonest due first."""
    return session.scalars(
        sa.select(PoliceCase)
        .where(PoliceCase.referred_at.is_(None), PoliceCase.found_at.is_(None))
        .order_by(PoliceCase.due_at, PoliceCase.id)
        .limit(most)
    ).all()


def referred(session: Session, case_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """Note that the force referred the case: the reminder is over."""
    case = session.get_one(PoliceCase, case_id, with_for_update=True, populate_existing=True)
    if case.referred_at is None:
        case.referred_at, case.referred_by = at, by
        audit.note(session, audit.Act.textsafe_case_referred, at=at, who=by, about=case_id)


def found(session: Session, request: TextSafeRequest, *, at: datetime) -> None:
    """Note that the person of a case is found."""
    session.execute(
        sa.update(PoliceCase)
        .where(
            PoliceCase.organisation_id == request.organisation_id,
            PoliceCase.reference_mark == request.reference_mark,
            PoliceCase.found_at.is_(None),
        )
        .values(found_at=at)
    )
