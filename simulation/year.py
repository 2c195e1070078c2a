"""Weeks of a year: which there are, what came of each, and what is kept of a run that stops.

What is kept counts only for the very program that played it: a file of ours that changed since
means that its weeks are played anew.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from helpline.planning import demand
from simulation.figures import Figures
from simulation.people import Surge
from simulation.season import Outcome, Season

WEEKS_A_YEAR = 52
_QUARTERS = 4
_BEGINS = datetime(2026, 1, 5, tzinfo=UTC)
_ROOT = Path(__file__).parents[1]
_PROGRAM = ("helpline", "simulation", "migrations")


@dataclass(frozen=True)
class Week:
    """One week of the year, by its number from 0."""

    number: int

    @property
    def begins(self) -> datetime:
        return _BEGINS + timedelta(weeks=self.number)

    @property
    def quarter(self) -> int:
        """Which quarter of the year it is in, from 1."""
        return self.number * _QUARTERS // WEEKS_A_YEAR + 1

    def season(self, days: int = 7, calls_a_year: float = demand.CALLS_A_YEAR) -> Season:
        """Return what is simulated: seven days, with one television appeal on the third evening."""
        appeal = Surge(self.begins + timedelta(days=2, hours=20), timedelta(hours=1), 3.0)
        seed = 116_000 + self.number
        return Season(self.begins, days, calls_a_year, surges=[appeal], seed=seed)


def spread(weeks: int) -> list[Week]:
    """Return so many weeks, spread over the year."""
    return [Week(each * WEEKS_A_YEAR // weeks) for each in range(weeks)]


class Kept:
    """The outcomes of weeks in a file, as they come."""

    def __init__(self, path: Path, program: str) -> None:
        self._path = path
        self._program = program

    def read(self) -> dict[Week, Outcome]:
        """Return what this same program has played so far."""
        known = self._known()
        return {Week(int(number)): _outcome(each) for number, each in known.items()}

    def add(self, week: Week, outcome: Outcome) -> None:
        """Keep a week. The old file stays whole until there is a new one."""
        weeks = self._known() | {str(week.number): asdict(outcome)}
        whole = {"program": self._program, "weeks": weeks}
        written = self._path.with_suffix(".new")
        written.write_text(json.dumps(whole, indent=1) + "\n")
        written.replace(self._path)

    def _known(self) -> dict[str, Any]:
        if not self._path.exists():
            return {}
        whole: dict[str, Any] = json.loads(self._path.read_text())
        found: dict[str, Any] = whole["weeks"] if whole["program"] == self._program else {}
        return found


def program(root: Path = _ROOT) -> str:
    """Return a fingerprint of all files that say how a week goes."""
    whole = sha256()
    for folder in _PROGRAM:
        for each in sorted((root / folder).rglob("*.py")):
            whole.update(f"{each.relative_to(root)}\n".encode() + each.read_bytes())
    return whole.hexdigest()[:16]


def as_json(outcome: Outcome) -> str:
    """Write an outcome as one line, for `from_json`."""
    return json.dumps(asdict(outcome))


def from_json(line: str) -> Outcome:
    """Read an outcome back."""
    return _outcome(json.loads(line))


def _outcome(values: Mapping[str, Any]) -> Outcome:
    both = {name: Figures(**values[name]) for name in ("real", "ideal")}
    return Outcome(**{**values, **both})


@dataclass(frozen=True)
class Sum:
    """What came of several weeks; shares weigh as much as there were callers."""

    calls: int
    texts: int
    conversations: int
    answered: float
    erlang_answered: float
    ideal_answered: float
    left: float
    erlang_left: float
    ideal_left: float
    longest_wait: float
    longest_until_answered: float
    longest_text_wait: float
    unheard: int

    @property
    def points(self) -> float:
        """By how many points more, or fewer, were answered within 20 s than Erlang-A says."""
        return 100 * (self.answered - self.erlang_answered)


def sum_up(outcomes: Sequence[Outcome]) -> Sum:
    """Sum weeks up."""
    calls = sum(each.real.calls for each in outcomes)

    def mean(shares: Iterable[float]) -> float:
        weighed = zip(shares, outcomes, strict=True)
        return sum(share * each.real.calls for share, each in weighed) / max(calls, 1)

    return Sum(
        calls=calls,
        texts=sum(each.texts for each in outcomes),
        conversations=sum(each.conversations for each in outcomes),
        answered=mean(each.real.answered_within for each in outcomes),
        erlang_answered=mean(each.erlang_answered for each in outcomes),
        ideal_answered=mean(each.ideal.answered_within for each in outcomes),
        left=mean(each.real.left for each in outcomes),
        erlang_left=mean(each.erlang_left for each in outcomes),
        ideal_left=mean(each.ideal.left for each in outcomes),
        longest_wait=max(each.real.longest_wait for each in outcomes),
        longest_until_answered=max(each.real.longest_until_answered for each in outcomes),
        longest_text_wait=max(each.longest_text_wait for each in outcomes),
        unheard=sum(each.real.unheard + each.texts_unheard for each in outcomes),
    )


def by_quarter(played: Mapping[Week, Outcome]) -> dict[int, Sum]:
    """Sum up each quarter of which there is a week."""
    quarters: dict[int, list[Outcome]] = {}
    for week in sorted(played, key=lambda each: each.number):
        quarters.setdefault(week.quarter, []).append(played[week])
    return {quarter: sum_up(outcomes) for quarter, outcomes in quarters.items()}
