"""The figures that `make bench` measures: each is one module in bench/figures.

A module says in `TITLE` what it measures and gives, from `measure(place)`, one or more figures. To
add one, add a module; nothing else knows them by name.
"""

import importlib
import pkgutil
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from bench import figures
from bench.workplace import Workplace


@dataclass(frozen=True)
class Figure:
    """One number, and what stands beside it in the table."""

    name: str
    value: float
    ours: str = ""
    floor: str = ""
    spread: str = ""
    goal: str = ""
    """Such as "<= 2.0"; empty where there is none."""

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        if not self.goal:
            return None
        sign, bound = self.goal.split()
        return self.value <= float(bound) if sign == "<=" else self.value >= float(bound)


class Measure(Protocol):
    TITLE: str

    def measure(self, place: Workplace) -> Sequence[Figure]:
        """Measure, within a few minutes at the very most."""
        ...


def every(wanted: Iterable[str] = ()) -> list[Measure]:
    """Return the measures, in the order of their modules' names, or those that are named."""
    names = sorted(module.name for module in pkgutil.iter_modules(figures.__path__))
    chosen = [name for name in names if not wanted or name in set(wanted)]
    return [cast("Measure", importlib.import_module(f"bench.figures.{name}")) for name in chosen]


def ratio(  # noqa: PLR0913 - each is a fact of the figure
    name: str,
    ours: Callable[[], float],
    floor: Callable[[], float],
    *,
    pairs: int,
    unit: str,
    goal: str = "",
) -> Figure:
    """Measure both in turns and return the median of the ratios of ours to the floor."""
    mine, bare = [], []
    for _ in range(pairs):
        bare.append(floor())
        mine.append(ours())
    return from_pairs(name, mine, bare, unit=unit, goal=goal)


def from_pairs(
    name: str, ours: Sequence[float], floor: Sequence[float], *, unit: str, goal: str = ""
) -> Figure:
    """Return the median of the ratios of pairs that were measured in turns."""
    ratios = sorted(mine / bare for mine, bare in zip(ours, floor, strict=True))
    return Figure(
        name,
        statistics.median(ratios),
        ours=f"{statistics.median(ours):.2f} {unit}",
        floor=f"{statistics.median(floor):.2f} {unit}",
        spread=f"{ratios[0]:.2f} to {ratios[-1]:.2f}",
        goal=goal,
    )
