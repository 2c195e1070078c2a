"""How people behave: when they ring, how long they wait, how long they talk."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Habits:
    """Means, in seconds; each is drawn at random around it, as in Erlang-A."""

    handling: float = 900.0
    talking_share: float = 0.8
    """Of handling; the rest is wrapping up."""
    patience: float = 120.0
    pick_up: float = 4.0
    """A call-taker's phone rings so long and a key is pressed: alike for all."""
    greeting: float = 8.0
    missed: float = 0.0
    """Share of rings that nobody answers."""
    back_after_choice: float = 12.0
    """A caller hears the choice, presses 1 and is back in the waiting room."""


@dataclass(frozen=True)
class Surge:
    """For some time there are several times as many: an appeal on television."""

    begins: datetime
    lasts: timedelta
    times: float


class Chance:
    """Draws, always the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - not a secret

    def around(self, mean: float) -> float:
        """Draw a time with this mean, exponentially spread."""
        return self._random.expovariate(1 / mean)

    def happens(self, share: float) -> bool:
        """Draw whether something happens that happens in so many of all cases."""
        return self._random.random() < share

    def arrivals(
        self, begins: datetime, ends: datetime, rate: Callable[[datetime], float], most: float
    ) -> Iterator[datetime]:
        """Draw arrivals at random at a rate per hour that changes, never above `most`."""
        at = begins
        while True:
            at += timedelta(hours=self._random.expovariate(most))
            if at >= ends:
                return
            if self._random.random() * most < rate(at):
                yield at


def with_surges(
    rate: Callable[[datetime], float], surges: list[Surge]
) -> Callable[[datetime], float]:
    """Return the same rate with surges on top."""

    def surging(at: datetime) -> float:
        times = [each.times for each in surges if each.begins <= at < each.begins + each.lasts]
        return rate(at) * max(times, default=1.0)

    return surging
