"""How well and how fast services are found by what callers say."""

from collections.abc import Sequence

from bench import directory
from bench.registry import Figure
from bench.workplace import Workplace

TITLE = "finding services by what callers say"
_GOALS = {"directory_hit_at_5": ">= 0.9", "directory_search_ms_50000": "<= 50"}


def measure(place: Workplace) -> Sequence[Figure]:
    """Give the share found among the first five, and milliseconds at each size."""
    found = directory.figures(place)
    return [Figure(name, value, goal=_GOALS.get(name, "")) for name, value in found.items()]
