"""What callers got, beside what Erlang-A says of the same arrivals and the same staff."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from helpline.planning.erlang import Load, service
from simulation.line import Call
from simulation.people import Habits

WITHIN = 20.0


@dataclass(frozen=True)
class Figures:
    """Shares of all who came as far as waiting, and seconds."""

    calls: int
    answered_within: float
    left: float
    longest_wait: float
    longest_until_answered: float
    unheard: int
    """Those who neither were answered nor left: nobody may be forgotten."""


def of(calls: Sequence[Call]) -> Figures:
    """Return what these callers got."""
    came = [each for each in calls if each.waits_since is not None]
    waited = [(each, each.waited) for each in came]
    known = [(each, seconds) for each, seconds in waited if seconds is not None]
    quick = [seconds for each, seconds in known if each.answered and seconds <= WITHIN]
    answered = [seconds for each, seconds in known if each.answered]
    number = max(len(came), 1)
    return Figures(
        calls=len(came),
        answered_within=len(quick) / number,
        left=sum(each.left is not None for each in came) / number,
        longest_wait=max((seconds for _, seconds in known), default=0.0),
        longest_until_answered=max(answered, default=0.0),
        unheard=len(came) - len(known),
    )


def erlang(
    rates: Mapping[datetime, float], people: Callable[[datetime], int], habits: Habits
) -> tuple[float, float]:
    """Return the shares that Erlang-A expects to be answered within 20 s, and to leave.

    Hour by hour, weighed by what arrives.
    """
    answered = left = total = 0.0
    for hour, rate in rates.items():
        got = with_ringing(rate, people(hour), habits)
        answered += rate * got[0]
        left += rate * got[1]
        total += rate
    return answered / total, left / total


def with_ringing(rate: float, people: int, habits: Habits) -> tuple[float, float]:
    """Return what Erlang-A says of one hour, with the seconds that a phone rings put into it.

    The model knows no ringing. While a phone rings the call-taker is one caller's already, so it is
    part of the handling; whoever is to be answered within 20 s must be offered that much earlier;
    and a few give up while it rings.
    """
    stays = math.exp(-habits.pick_up / habits.patience)
    handling = stays * habits.handling + habits.patience * (1 - stays)
    load = Load(rate, handling, habits.patience)
    got = service(load, people, WITHIN - habits.pick_up)
    return got.answered_within * stays, 1 - (1 - got.left) * stays


def hours(begins: datetime, ends: datetime) -> Sequence[datetime]:
    """List the hours from one instant to another."""
    number = int((ends - begins) / timedelta(hours=1))
    return [begins + timedelta(hours=each) for each in range(number)]


def ideal(calls: Sequence[Call], people: Callable[[datetime], int], habits: Habits) -> Figures:
    """Serve the very same callers by the textbook: first come, first served, nobody idle.

    What the real line loses against this is lost by its routing, not by chance.
    """
    copies = [
        Call(
            each.arrived,
            each.sid,
            waits_since=each.waits_since,
            patience=each.patience,
            talks=each.talks,
            wraps=each.wraps,
        )
        for each in calls
        if each.waits_since is not None
    ]
    busy: list[datetime] = []
    for copy in copies:
        _serve(copy, busy, people, timedelta(seconds=habits.pick_up))
    return of(copies)


def _serve(
    copy: Call, busy: list[datetime], people: Callable[[datetime], int], pick_up: timedelta
) -> None:
    """Give one caller the first free call-taker, if they wait long enough.

    `busy` says when each call-taker is free again.
    """
    came = copy.waits_since or copy.arrived
    busy[:] = [each for each in busy if each > came]
    free = came
    while sum(each > free for each in busy) >= people(free):
        free = min(each for each in busy if each > free)
    gives_up = came + timedelta(seconds=copy.patience)
    if free + pick_up <= gives_up:
        copy.answered = free + pick_up
        busy.append(copy.answered + timedelta(seconds=copy.talks + copy.wraps))
        return
    copy.left = gives_up
    if free < gives_up:
        # Rung for in vain: the call-taker is free again when the caller gives up.
        busy.append(gives_up)
