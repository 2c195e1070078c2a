"""Figures for each force, without small numbers (domain.md 9, rule 17)."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.accounts.models import Organisation
from helpline.textsafe.models import (
    Counted,
    Course,
    Decision,
    Ending,
    ForgottenCount,
    TextSafeRequest,
)

LEAST = 5
"""Fewer than this could point at a person."""
SHOWN = (Counted.asked, Counted.rejected, Counted.sent)
"""What is counted for each force; who got in touch is counted over all forces together only."""


@dataclass(frozen=True)
class OfForce:
    """What one force asked for; None where the number is too small to be shown."""

    organisation: str
    asked: int | None
    rejected: int | None
    sent: int | None


@dataclass(frozen=True)
class Figures:
    forces: Sequence[OfForce]
    in_touch: int | None
    """People who wrote or rang after a request, over all forces together."""

    @property
    def most(self) -> int:
        """The greatest number shown: how long the longest bar is."""
        return max((each.asked or 0 for each in self.forces), default=0)


def figures(session: Session, *, since: datetime | None = None) -> Figures:
    """Count requests by force; those of training mode are left out."""
    counts = _forgotten(session, since) + _kept(session, since)
    rows = session.execute(sa.select(Organisation.id, Organisation.name))
    names = {row.id: row.name for row in rows}
    of_forces = {each for each, _ in counts}
    lines = [
        OfForce(names.get(each, ""), *(big(counts[each, what]) for what in SHOWN))
        for each in of_forces
    ]
    in_touch = sum(number for (_, what), number in counts.items() if what is Counted.in_touch)
    return Figures(
        sorted(lines, key=lambda line: (-(line.asked or 0), line.organisation)), big(in_touch)
    )


def big(number: int) -> int | None:
    """Return a number that may be shown: nought, or five and more."""
    return number if number == 0 or number >= LEAST else None


def of_request(request: TextSafeRequest, course: Course | None) -> list[Counted]:
    """Say under what a request counts."""
    counted = [Counted.asked]
    if request.decision is Decision.rejected:
        counted.append(Counted.rejected)
    elif request.dealt_with_at is not None:
        counted.append(Counted.sent)
    if course is not None and course.ending is Ending.in_touch:
        counted.append(Counted.in_touch)
    return counted


def _kept(session: Session, since: datetime | None) -> Counter[tuple[uuid.UUID, Counted]]:
    counted = sa.func.count()
    conditions = {
        Counted.asked: sa.true(),
        Counted.rejected: TextSafeRequest.decision == Decision.rejected,
        Counted.sent: sa.and_(
            TextSafeRequest.decision != Decision.rejected,
            TextSafeRequest.dealt_with_at.is_not(None),
        ),
        Counted.in_touch: Course.ending == Ending.in_touch,
    }
    wanted = (
        sa.select(
            TextSafeRequest.organisation_id,
            *(counted.filter(each).label(what.value) for what, each in conditions.items()),
        )
        .outerjoin(Course, Course.request_id == TextSafeRequest.id)
        .where(~TextSafeRequest.is_training)
        .group_by(TextSafeRequest.organisation_id)
    )
    if since is not None:
        wanted = wanted.where(TextSafeRequest.asked_at >= since)
    found: Counter[tuple[uuid.UUID, Counted]] = Counter()
    for row in session.execute(wanted):
        for what in conditions:
            found[row.organisation_id, what] = getattr(row, what.value)
    return found


def _forgotten(session: Session, since: datetime | None) -> Counter[tuple[uuid.UUID, Counted]]:
    wanted = sa.select(
        ForgottenCount.organisation_id, ForgottenCount.what, sa.func.sum(ForgottenCount.how_many)
    ).group_by(ForgottenCount.organisation_id, ForgottenCount.what)
    if since is not None:
        wanted = wanted.where(ForgottenCount.month >= since.strftime("%Y-%m"))
    return Counter({(each, what): int(number) for each, what, number in session.execute(wanted)})
