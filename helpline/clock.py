"""The time of day, in one place, so that rules can be given it as an argument."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """Return the current instant, always with its zone (UTC)."""
    return datetime.now(UTC)


def in_london(at: datetime) -> datetime:
    """Return the same instant as people in the UK read it from a clock."""
    return at.astimezone(LONDON)
