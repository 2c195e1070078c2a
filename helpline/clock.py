"""The time of day, in one place, so that rules can be given it as an argument."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

LONDON = ZoneInfo("Europe/London")
Instant = datetime | sa.ColumnElement[datetime]
"""An instant, or what stands for it in a condition that is written once and asked often."""


def now() -> datetime:
    """Return the current instant, always with its zone (UTC)."""
    return datetime.now(UTC)


def in_london(at: datetime) -> datetime:
    """Return the same instant as people in the UK read it from a clock."""
    return at.astimezone(LONDON)
