"""How well the list of risk words does: whom it put first for nothing, and whom it missed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.contacts.models import (
    Channel,
    Contact,
    ContactState,
    Happening,
    Need,
    TimelineEntry,
    WrapUp,
)

LOOK_BACK = timedelta(weeks=4)
_NONE, _GRAVE = "none", ("significant_harm_likely", "immediate_danger")


@dataclass(frozen=True)
class Marks:
    """Conversations by text that were wrapped up lately. Counts only."""

    wrapped_up: int
    marked: int
    false_alarms: int
    """Marked, and the call-taker saw no risk, or said so with a button."""
    misses: int
    """Not marked, and the call-taker saw serious harm or danger."""


def count(session: Session, *, at: datetime) -> Marks:
    """Compare the marks of the last four weeks with what call-takers saw."""
    latest = (
        sa.select(WrapUp.risk)
        .where(WrapUp.contact_id == Contact.id)
        .order_by(WrapUp.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    taken_back = sa.exists().where(
        TimelineEntry.contact_id == Contact.id, TimelineEntry.what == Happening.no_danger
    )
    marked = sa.literal(Need.danger.value) == sa.any_(Contact.need_because)
    seen = (
        sa.select(
            sa.or_(marked, taken_back).label("is_marked"),
            sa.and_(taken_back, ~marked).label("is_taken_back"),
            latest.label("risk"),
        )
        .where(
            Contact.state == ContactState.closed,
            Contact.closed_at > at - LOOK_BACK,
            Contact.channel == Channel.sms,
        )
        .subquery()
    )
    coded = seen.c.risk.is_not(None)
    row = session.execute(
        sa.select(
            sa.func.count().filter(coded),
            sa.func.count().filter(coded, seen.c.is_marked),
            sa.func.count().filter(
                coded, seen.c.is_marked, sa.or_(seen.c.risk == _NONE, seen.c.is_taken_back)
            ),
            sa.func.count().filter(~seen.c.is_marked, seen.c.risk.in_(_GRAVE)),
        )
    ).one()
    return Marks(*(int(each) for each in row))
