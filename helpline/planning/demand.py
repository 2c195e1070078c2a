"""When people call: the shape of a day, a week and a year, as data.

The yearly sum is the line's own (114,000 calls, ../shared/performance.md 1). How it spreads is an
assumption, from what is known of lines for people in distress: quiet before dawn, most in the
evening, a little more on Sundays and in summer. A line's own figures are better, once it has them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from helpline.clock import in_london

CALLS_A_YEAR = 114_000
_WEEKS_A_YEAR = 365.25 / 7

# Shares of a day, from midnight on, by a UK clock.
_DAY = (
    *(3.2, 2.4, 1.8, 1.4, 1.2, 1.2, 1.6, 2.4),
    *(3.4, 4.2, 4.6, 4.8, 4.8, 4.8, 4.8, 5.0),
    *(5.4, 5.8, 6.2, 6.6, 6.8, 6.6, 6.0, 5.0),
)
# Monday to Sunday, and January to December, around 1.
_WEEK = (1.04, 0.99, 0.97, 0.97, 0.98, 1.00, 1.05)
_YEAR = (0.96, 0.95, 0.98, 1.00, 1.02, 1.04, 1.06, 1.05, 1.00, 0.99, 0.98, 0.97)


@dataclass(frozen=True)
class Hour:
    """One hour of the week: Monday is 0, by a UK clock."""

    weekday: int
    hour: int


def week(calls_a_year: float = CALLS_A_YEAR) -> Mapping[Hour, float]:
    """Return the calls to expect in each hour of an ordinary week."""
    a_day = calls_a_year / _WEEKS_A_YEAR / 7
    whole_day, whole_week = sum(_DAY), sum(_WEEK) / 7
    return {
        Hour(weekday, hour): a_day * (_WEEK[weekday] / whole_week) * (share / whole_day)
        for weekday in range(7)
        for hour, share in enumerate(_DAY)
    }


def rate(at: datetime, calls_a_year: float = CALLS_A_YEAR) -> float:
    """Return the calls an hour to expect at an instant, with the season in it."""
    local = in_london(at)
    season = _YEAR[local.month - 1] / (sum(_YEAR) / 12)
    return week(calls_a_year)[Hour(local.weekday(), local.hour)] * season
