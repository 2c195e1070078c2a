"""Erlang-A: what becomes of callers when so many people answer and callers give up at some point.

The model M/M/n+M: calls arrive at random at a steady rate, each takes a random (exponential) time,
each caller waits a random (exponential) time before giving up, whoever came first goes first.

Sources: C. Palm, "Research on telephone traffic carried by full availability groups", Tele 1957;
O. Garnett, A. Mandelbaum, M. Reiman, "Designing a call center with impatient customers",
Manufacturing & Service Operations Management 4(3), 2002. Written from the definition rather than
from the closed forms: the steady state of the birth-death chain, and for whoever has to wait the
way of one caller to the front of the queue.
"""

import math
from dataclasses import dataclass

# States rarer than this change no figure that anybody reads.
_NEGLIGIBLE = 1e-10
MOST_PEOPLE = 2_000


@dataclass(frozen=True)
class Load:
    """What arrives in an hour that stays the same: seconds, and calls per hour."""

    calls_per_hour: float
    handling_seconds: float
    """Talking and wrapping up together."""
    patience_seconds: float
    """How long somebody waits on average before they give up."""

    @property
    def erlangs(self) -> float:
        """How many people would talk at once if nobody ever had to wait."""
        return self.calls_per_hour * self.handling_seconds / 3600


@dataclass(frozen=True)
class Service:
    """What callers get, as shares of all who called."""

    answered_within: float
    left: float
    waits: float
    """Those who are not answered at once."""
    mean_wait_seconds: float
    """Over all who called, whether they were answered in the end or not."""


def service(load: Load, people: int, within_seconds: float) -> Service:
    """Return what callers get from so many people.

    Raises:
        ValueError: fewer than nobody, or a load that isn't one.

    """
    if people < 0 or min(load.handling_seconds, load.patience_seconds) <= 0:
        raise ValueError("Give nobody or more people, and times longer than nothing")
    if load.calls_per_hour <= 0:
        return Service(1.0 if people else 0.0, 0.0, 0.0, 0.0)
    shares = _steady_state(load, people)
    waiting = shares[people:]
    ahead = sum(share * place for place, share in enumerate(waiting))
    arrivals = load.calls_per_hour / 3600
    answered = sum(shares[:people]) + _answered_later(load, people, waiting, within_seconds)
    return Service(
        answered_within=min(answered, 1.0),
        left=ahead / load.patience_seconds / arrivals,
        waits=sum(waiting),
        mean_wait_seconds=ahead / arrivals,
    )


def people_needed(load: Load, share: float, within_seconds: float) -> int:
    """Return the fewest people with whom `share` of all callers are answered in time.

    Raises:
        ValueError: a share that can't be reached, or a load beyond 2,000 people.

    """
    if not 0 < share < 1:
        raise ValueError("The share to be answered lies between 0 and 1")
    if load.calls_per_hour <= 0:
        return 0
    most = MOST_PEOPLE
    least = 1
    if load.erlangs > most or service(load, most, within_seconds).answered_within < share:
        raise ValueError(f"That would need more than {most:,} people")
    while least < most:
        middle = (least + most) // 2
        if service(load, middle, within_seconds).answered_within >= share:
            most = middle
        else:
            least = middle + 1
    return least


def _steady_state(load: Load, people: int) -> list[float]:
    """Return how likely it is that 0, 1, 2 ... are in the system, talking or waiting."""
    arrivals, ends = load.calls_per_hour / 3600, 1 / load.handling_seconds
    # Logarithms: with two hundred people the plain products leave the range of a float.
    logs, number = [0.0], 0
    highest = 0.0
    while True:
        number += 1
        talking = min(number, people)
        away = talking * ends + (number - talking) / load.patience_seconds
        logs.append(logs[-1] + math.log(arrivals / away))
        highest = max(highest, logs[-1])
        if number > people and logs[-1] < highest + math.log(_NEGLIGIBLE):
            break
    raw = [math.exp(each - highest) for each in logs]
    total = sum(raw)
    return [each / total for each in raw]


def _answered_later(load: Load, people: int, waiting: list[float], within: float) -> float:
    """Return the share that waits and is answered within so many seconds.

    `waiting` holds how likely a new caller finds 0, 1, 2 ... others waiting. Such a caller moves up
    whenever somebody is free or somebody before them gives up, and may give up themselves. Their
    way is followed step by step (uniformisation), with all steps made equally frequent.
    """
    ends, gives_up = people / load.handling_seconds, 1 / load.patience_seconds
    fastest = ends + len(waiting) * gives_up
    if within <= 0 or fastest <= 0:
        return 0.0
    place, answered, total = list(waiting), 0.0, 0.0
    steps, likely, seen = 0, math.exp(-fastest * within), 0.0
    while seen < 1 - _NEGLIGIBLE:
        total += likely * answered
        seen += likely
        answered += place[0] * ends / fastest
        place = _one_step(place, ends / fastest, gives_up / fastest)
        steps += 1
        likely *= fastest * within / steps
        if steps > fastest * within and likely < _NEGLIGIBLE**2:
            break
    return total


def _one_step(place: list[float], end: float, give_up: float) -> list[float]:
    """Move a waiting caller on: up one place, away for good, or (mostly) nowhere."""
    moved = [share * (1 - end - (ahead + 1) * give_up) for ahead, share in enumerate(place)]
    for ahead in range(1, len(place)):
        moved[ahead - 1] += place[ahead] * (end + ahead * give_up)
    return moved
