"""How many people are needed in each hour of a week, so that callers are answered in time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from helpline.planning.demand import Hour
from helpline.planning.erlang import Load, Service, people_needed, service

CONVENTION = 0.8, 20.0
"""80 % answered within 20 seconds, the usual aim (../shared/performance.md 1)."""


@dataclass(frozen=True)
class Aim:
    """What callers should get, and how long things take."""

    handling_minutes: float = 15.0
    patience_seconds: float = 120.0
    share: float = CONVENTION[0]
    within_seconds: float = CONVENTION[1]


@dataclass(frozen=True)
class Need:
    """One hour: what arrives, who is needed, and what one person fewer would mean."""

    hour: Hour
    calls: float
    people: int
    gets: Service
    gets_with_one_fewer: Service


def plan(calls: Mapping[Hour, float], aim: Aim) -> Sequence[Need]:
    """Return the need of each hour, Monday midnight first.

    Raises:
        ValueError: the aim can't be reached, or needs more than 2,000 people.

    """
    return [_need(hour, calls[hour], aim) for hour in sorted(calls, key=_in_order)]


def load(calls_per_hour: float, aim: Aim) -> Load:
    """Return an hour as the model takes it."""
    return Load(calls_per_hour, aim.handling_minutes * 60, aim.patience_seconds)


def _need(hour: Hour, calls: float, aim: Aim) -> Need:
    this = load(calls, aim)
    people = people_needed(this, aim.share, aim.within_seconds)
    fewer = max(people - 1, 0)
    return Need(
        hour,
        calls,
        people,
        service(this, people, aim.within_seconds),
        service(this, fewer, aim.within_seconds),
    )


def _in_order(hour: Hour) -> tuple[int, int]:
    return hour.weekday, hour.hour
