"""A stretch of a year on the line: its shifts, its arrivals, its surges."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Flask

from helpline.planning import demand
from simulation import figures
from simulation.agenda import Agenda
from simulation.line import Line
from simulation.people import Chance, Habits, Surge, with_surges
from simulation.writers import Writing

SHIFT = timedelta(hours=8)
AIM = 0.8
_TEXT_TAKERS = 3


@dataclass
class Season:
    """What is simulated. Staff are on for shifts of eight hours, as many as the shift needs."""

    begins: datetime
    days: int
    calls_a_year: float = demand.CALLS_A_YEAR
    habits: Habits = field(default_factory=Habits)
    surges: list[Surge] = field(default_factory=list)
    seed: int = 116_000
    texts: bool = True
    _planned: dict[datetime, int] = field(default_factory=dict)

    @property
    def ends(self) -> datetime:
        """When it is over."""
        return self.begins + timedelta(days=self.days)

    def rate(self, at: datetime) -> float:
        """Return the calls an hour at an instant, surges included."""
        return with_surges(self._plain, self.surges)(at)

    def _plain(self, at: datetime) -> float:
        return demand.rate(at, self.calls_a_year)

    def people(self, at: datetime) -> int:
        """Return who is on shift at an instant: planned for its mean, surges not foreseen."""
        shift = self.begins + SHIFT * int((at - self.begins) / SHIFT)
        if shift not in self._planned:
            rates = [self._plain(each) for each in figures.hours(shift, shift + SHIFT)]
            mean = sum(rates) / len(rates)
            people = 1
            while figures.with_ringing(mean, people, self.habits)[0] < AIM:
                people += 1
            self._planned[shift] = people
        return self._planned[shift]


@dataclass(frozen=True)
class Outcome:
    """What came of a season."""

    real: figures.Figures
    ideal: figures.Figures
    erlang_answered: float
    erlang_left: float
    texts: int
    conversations: int
    longest_text_wait: float
    texts_unheard: int


def play(app: Flask, season: Season, show: Callable[[int], None] = lambda _: None) -> Outcome:
    """Let a season happen; `show` is called with the number of each day that is over."""
    agenda, chance = Agenda(season.begins), Chance(season.seed)
    line = Line(app, agenda, chance, season.habits)
    writing = Writing(line)
    _plan(season, line, writing)
    for day in range(season.days):
        agenda.run(season.begins + timedelta(days=day + 1))
        show(day + 1)
    # Whoever is on the line at midnight is heard to the end.
    agenda.run(season.ends + timedelta(hours=3))
    rates = {each: season.rate(each) for each in figures.hours(season.begins, season.ends)}
    answered, left = figures.erlang(rates, season.people, season.habits)
    waits = [each.waited for each in writing.writers]
    return Outcome(
        real=figures.of(line.calls),
        ideal=figures.ideal(line.calls, season.people, season.habits),
        erlang_answered=answered,
        erlang_left=left,
        texts=writing.arrived,
        conversations=len(waits),
        longest_text_wait=max((each for each in waits if each is not None), default=0.0),
        texts_unheard=sum(each is None for each in waits),
    )


def _plan(season: Season, line: Line, writing: Writing) -> None:
    """Put shifts and arrivals on the agenda."""
    shifts = [season.begins + SHIFT * each for each in range(3 * season.days)]
    line.hire(max(season.people(each) for each in shifts))
    for shift in shifts:
        number = season.people(shift)
        line.agenda.at(shift, lambda number=number: line.on_shift(number))  # type: ignore[misc]
    most = max(season.rate(each) for each in figures.hours(season.begins, season.ends))
    for at in line.chance.arrivals(season.begins, season.ends, season.rate, most):
        line.agenda.at(at, line.rings)
    if season.texts:
        writing.hire(_TEXT_TAKERS)
        # As many texts as calls; so many of them are one conversation.
        each = writing.texts
        written = line.chance.arrivals(
            season.begins, season.ends, lambda at: season.rate(at) / each, most / each
        )
        for at in written:
            line.agenda.at(at, writing.writes)
