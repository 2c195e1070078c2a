"""A day on the line, by the real rules and the real database, against the textbook.

Two steps, as a day has too few callers to show two points by itself: the very same callers served
by a textbook queue get what the real line gives them, and the textbook queue gives a great many
callers what Erlang-A says.
"""

import math
from datetime import UTC, datetime, timedelta

from simulation import figures
from simulation.line import Call
from simulation.people import Chance, Habits
from simulation.season import Season, play
from tests.system import System

BEGINS = datetime(2026, 3, 2, tzinfo=UTC)
POINTS = 0.02


def test_a_day_is_answered_as_the_textbook_says_and_nobody_is_forgotten(system: System) -> None:
    day = play(system.app, Season(BEGINS, days=1, calls_a_year=30_000))
    assert day.real.calls > 70
    assert abs(day.real.answered_within - day.ideal.answered_within) <= POINTS
    assert abs(day.real.left - day.ideal.left) <= POINTS
    chance = math.sqrt(day.erlang_answered * (1 - day.erlang_answered) / day.real.calls)
    assert abs(day.real.answered_within - day.erlang_answered) <= POINTS + 2 * chance
    assert day.real.unheard == 0
    assert day.texts_unheard == 0
    assert day.real.longest_until_answered < 600


def test_the_textbook_queue_gives_many_callers_what_erlang_a_says() -> None:
    habits, people, rate = Habits(), 6, 16.0
    chance, calls = Chance(116), []
    for at in chance.arrivals(BEGINS, BEGINS + timedelta(days=250), lambda _: rate, rate):
        call = Call(at, "", waits_since=at)
        call.talks = chance.around(habits.handling)
        call.patience = chance.around(habits.patience)
        calls.append(call)
    got = figures.ideal(calls, lambda _: people, habits)
    answered, left = figures.with_ringing(rate, people, habits)
    assert len(calls) > 90_000
    assert abs(got.answered_within - answered) <= POINTS / 4
    assert abs(got.left - left) <= POINTS / 4
