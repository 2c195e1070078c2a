"""`make year`: weeks of a year on the line, spread over its seasons, beside Erlang-A.

`WEEKS=52` is a whole year. `PROCESSES=1` leaves the other cores alone. What was played is kept in
`simulation/year.json`, so that a run that is stopped goes on where it was; without that file it
begins anew.
"""

import os
import sys
import time
from contextlib import closing
from pathlib import Path

from simulation import at_once, year
from simulation.at_once import AtOnce
from simulation.place import place
from simulation.season import Outcome, Season, play
from simulation.year import Kept, Sum, Week

KEPT = Path(__file__).with_name("year.json")


def main() -> int:
    """Play WEEKS weeks (4) and print what callers got; 1 where anybody was forgotten."""
    at_once.end_in_good_order()
    if len(sys.argv) > 1:
        which, days, calls_a_year = sys.argv[1:]
        return _play_one(Week(int(which)).season(int(days), float(calls_a_year)))
    weeks = year.spread(int(os.environ.get("WEEKS") or "4"))
    kept = Kept(KEPT, year.program())
    known = kept.read()
    played = {each: known[each] for each in weeks if each in known}
    if played:
        print(f"{len(played)} of {len(weeks)} weeks were played before (simulation/year.json)")
    left = [each for each in weeks if each not in played]
    processes = int(os.environ.get("PROCESSES") or at_once.cores())
    began = time.monotonic()
    with closing(AtOnce(processes).play(left)) as coming:
        for number, (week, outcome) in enumerate(coming, 1):
            played[week] = outcome
            kept.add(week, outcome)
            _say(f"Week of {week.begins:%d %B %Y}", year.sum_up([outcome]))
            minutes = (time.monotonic() - began) / 60
            print(
                f"  {len(played)} of {len(weeks)} weeks after {minutes:.0f} minutes; "
                f"about {minutes / number * (len(left) - number):.0f} minutes to go",
                flush=True,
            )
    return _sum_up(played)


def _play_one(season: Season) -> int:
    """Play one week, and say what came of it in one line to whoever started this process."""
    began = time.monotonic()

    def show(day: int) -> None:
        seconds = time.monotonic() - began
        print(
            f"  week of {season.begins:%d %B}: day {day} of {season.days}, {seconds:.0f} s",
            file=sys.stderr,
            flush=True,
        )

    with place() as app:
        print(year.as_json(play(app, season, show)), flush=True)
    return 0


def _say(what: str, got: Sum) -> None:
    print(
        f"{what}: {got.calls} calls, {got.texts} texts in {got.conversations} conversations\n"
        f"  answered within 20 s  {got.answered:6.1%}   Erlang-A {got.erlang_answered:6.1%} "
        f"({got.points:+.1f} points)   textbook queue {got.ideal_answered:6.1%}\n"
        f"  left while waiting    {got.left:6.1%}   Erlang-A {got.erlang_left:6.1%}   "
        f"textbook queue {got.ideal_left:6.1%}\n"
        f"  longest wait {got.longest_wait:.0f} s (answered: {got.longest_until_answered:.0f} s), "
        f"by text {got.longest_text_wait:.0f} s; unheard {got.unheard}",
        flush=True,
    )


def _sum_up(played: dict[Week, Outcome]) -> int:
    print()
    quarters = year.by_quarter(played)
    for quarter, got in quarters.items():
        _say(f"Quarter {quarter}", got)
    whole = year.sum_up(list(played.values()))
    _say(f"All {len(played)} weeks", whole)
    return 1 if whole.unheard else 0


if __name__ == "__main__":
    sys.exit(main())
