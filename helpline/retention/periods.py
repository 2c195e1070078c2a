"""How long each kind of record is kept: `periods.json`, from domain.md 7.12."""

import calendar
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources

_MONTHS = 12


@dataclass(frozen=True)
class Period:
    """How long, from when, and who says so."""

    name: str
    what: str
    counts_from: str
    source: str
    months: int
    days: int
    waits_for: str
    """The part of the system that will keep such records; empty where they exist."""

    def over_before(self, at: datetime) -> datetime:
        """Return the instant before which something must have ended to be forgotten at `at`."""
        return earlier(at, self.months) - timedelta(days=self.days)

    def __str__(self) -> str:
        """Say how long in words."""
        if self.days:
            return "1 day" if self.days == 1 else f"{self.days} days"
        return f"{self.months // _MONTHS} years" if self.months > _MONTHS else "12 months"


@cache
def periods() -> Mapping[str, Period]:
    """Read the periods."""
    stored = json.loads(resources.files(__package__).joinpath("periods.json").read_text("utf-8"))
    return {
        name: Period(
            name=name,
            what=each["what"],
            counts_from=each["from"],
            source=each["source"],
            months=each.get("years", 0) * _MONTHS + each.get("months", 0),
            days=each.get("days", 0),
            waits_for=each.get("waits_for", ""),
        )
        for name, each in stored["periods"].items()
    }


def over_before(name: str, at: datetime) -> datetime:
    """Return the instant before which a record of this kind must have ended to be forgotten."""
    return periods()[name].over_before(at)


def earlier(at: datetime, months: int) -> datetime:
    """Go back by calendar months; the 31st becomes the last day of a shorter month."""
    return _move(at, -months)


def later(at: datetime, months: int) -> datetime:
    """Go on by calendar months; the 31st becomes the last day of a shorter month."""
    return _move(at, months)


def _move(at: datetime, months: int) -> datetime:
    year, month = divmod(at.year * _MONTHS + at.month - 1 + months, _MONTHS)
    last = calendar.monthrange(year, month + 1)[1]
    return at.replace(year=year, month=month + 1, day=min(at.day, last))
