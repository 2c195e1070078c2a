"""Hours of the week by a clock in the UK: "weekdays from 18:00 to 07:00". Right when clocks change.

A window is what the clock on somebody's wall says, so an hour that comes twice in October is open
twice, and one that is left out in March simply isn't there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from helpline.clock import LONDON, in_london

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHORT = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEK = frozenset(range(7))
# A weekly window opens at most a week and a day ahead, whatever the clocks do.
_LOOK_AHEAD_DAYS = 9
_DAY = timedelta(days=1)
# UK clocks change at 01:00 UTC, both ways (Summer Time Order 2002): what the missing or repeated
# hour would have opened opens then.
_CLOCKS_CHANGE = time(1, tzinfo=UTC)


@dataclass(frozen=True)
class Window:
    """Hours on some days. Ends after midnight where `end` is not after `start`."""

    days: frozenset[int]
    """0 is Monday; the day on which the window begins."""
    start: time
    end: time

    def holds(self, at: datetime) -> bool:
        """Whether a UK clock shows a time inside the window. Its end is outside."""
        there = in_london(at).replace(tzinfo=None)
        for began in (there.date(), there.date() - _DAY):
            start = datetime.combine(began, self.start)
            end = datetime.combine(began, self.end)
            if self.end <= self.start:
                end += _DAY
            if began.weekday() in self.days and start <= there < end:
                return True
        return False

    def in_words(self) -> str:
        """Say it: "Monday to Friday, 18:00 to 07:00 the next morning"."""
        if self.start == self.end == time(0):
            return f"{days_in_words(self.days)}, at any hour"
        over_midnight = " the next morning" if self.end <= self.start else ""
        return f"{days_in_words(self.days)}, {self.start:%H:%M} to {self.end:%H:%M}{over_midnight}"

    def stored(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "days": sorted(self.days),
            "start": self.start.strftime("%H:%M"),
            "end": self.end.strftime("%H:%M"),
        }


def from_stored(rows: Iterable[Mapping[str, Any]]) -> tuple[Window, ...]:
    """Read windows from plain data."""
    return tuple(
        Window(
            frozenset(int(day) for day in row["days"]),
            time.fromisoformat(row["start"]),
            time.fromisoformat(row["end"]),
        )
        for row in rows
    )


def read(written: str) -> tuple[Window, ...]:
    """Read `Mon-Sun 09:00-23:00, Sat 10:00-12:00`; the settings made sure of its form."""
    return tuple(_window(each.strip()) for each in written.split(",") if each.strip())


def is_open(windows: Sequence[Window], at: datetime) -> bool:
    """Whether any window holds; no window at all means any time."""
    return not windows or any(window.holds(at) for window in windows)


def next_open(windows: Sequence[Window], at: datetime) -> datetime | None:
    """Return the first instant from `at` on that a window holds; None if there is none."""
    if is_open(windows, at):
        return at
    today = in_london(at).date()
    candidates = [
        moment.astimezone(UTC)
        for ahead in range(_LOOK_AHEAD_DAYS)
        for window in windows
        for moment in _openings(window, today + ahead * _DAY)
    ]
    return min((each for each in candidates if each > at and is_open(windows, each)), default=None)


def days_in_words(days: frozenset[int]) -> str:
    """Say some days: "every day", "Monday to Friday", "Tuesday and Sunday"."""
    chosen = sorted(days)
    if days == _WEEK:
        return "every day"
    if len(chosen) > 2 and chosen == list(range(chosen[0], chosen[-1] + 1)):  # noqa: PLR2004 - "to" joins three or more
        return f"{DAYS[chosen[0]]} to {DAYS[chosen[-1]]}"
    names = [DAYS[day] for day in chosen]
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else "no day"


def _window(written: str) -> Window:
    days, times = written.split(" ")
    first, _, last = days.partition("-")
    begin, end = _SHORT.index(first), _SHORT.index(last or first)
    covered = frozenset((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    opens, closes = times.split("-")
    return Window(covered, time.fromisoformat(opens), time.fromisoformat(closes))


def _openings(window: Window, day: date) -> tuple[datetime, ...]:
    start = datetime.combine(day, window.start, LONDON)
    return start, start.replace(fold=1), datetime.combine(day, _CLOCKS_CHANGE)
