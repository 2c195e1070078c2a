"""`make year`: weeks of a year on the line, spread over its seasons, beside Erlang-A.

A whole year takes some hours; four weeks tell the same within a point, so WEEKS=52 is for those who
want it all. Each week is a season of its own, with its surges, on a database of its own.
"""

import os
import sys
import time
from datetime import UTC, datetime, timedelta

from simulation.people import Surge
from simulation.place import place
from simulation.season import Outcome, Season, play

_YEAR = datetime(2026, 1, 5, tzinfo=UTC)
_WEEKS_A_YEAR = 52


def main() -> None:
    """Play WEEKS weeks (4), with one television appeal in each, and print what callers got."""
    weeks = int(os.environ.get("WEEKS", "4"))
    played = []
    for number in range(weeks):
        season = _week(number * _WEEKS_A_YEAR // weeks, number)
        began = time.monotonic()

        def show(day: int, began: float = began, begins: datetime = season.begins) -> None:
            seconds = time.monotonic() - began
            print(f"  week of {begins:%d %B}: day {day} of 7, {seconds:.0f} s", flush=True)

        with place() as app:
            played.append((season, play(app, season, show)))
        _print(*played[-1])
    _sum_up([outcome for _, outcome in played])


def _week(number: int, seed: int) -> Season:
    begins = _YEAR + timedelta(weeks=number)
    appeal = Surge(begins + timedelta(days=2, hours=20), timedelta(hours=1), 3.0)
    return Season(begins, days=7, seed=116_000 + seed, surges=[appeal])


def _print(season: Season, outcome: Outcome) -> None:
    real, ideal = outcome.real, outcome.ideal
    print(
        f"Week of {season.begins:%d %B %Y}: {real.calls} calls, {outcome.texts} by text\n"
        f"  answered within 20 s  {real.answered_within:6.1%}   Erlang-A "
        f"{outcome.erlang_answered:6.1%}   textbook queue {ideal.answered_within:6.1%}\n"
        f"  left while waiting    {real.left:6.1%}   Erlang-A {outcome.erlang_left:6.1%}   "
        f"textbook queue {ideal.left:6.1%}\n"
        f"  longest wait {real.longest_wait:.0f} s (answered: {real.longest_until_answered:.0f} s),"
        f" by text {outcome.longest_text_wait:.0f} s; "
        f"unheard {real.unheard + outcome.texts_unheard}",
        flush=True,
    )


def _sum_up(outcomes: list[Outcome]) -> None:
    calls = sum(each.real.calls for each in outcomes)
    real = sum(each.real.answered_within * each.real.calls for each in outcomes) / calls
    erlang = sum(each.erlang_answered * each.real.calls for each in outcomes) / calls
    unheard = sum(each.real.unheard + each.texts_unheard for each in outcomes)
    print(
        f"All: {calls} calls, {real:.1%} answered within 20 s, Erlang-A {erlang:.1%}, "
        f"difference {100 * (real - erlang):+.1f} points, {unheard} unheard"
    )
    sys.exit(1 if unheard else 0)


if __name__ == "__main__":
    main()
