"""A year is played week by week: what was played is kept, goes on, and is summed up fairly."""

import dataclasses
import subprocess
from pathlib import Path

import pytest

from simulation import year
from simulation.at_once import AtOnce, WeekFailedError
from simulation.figures import Figures
from simulation.season import Outcome
from simulation.year import Kept, Week


def outcome(calls: int, answered: float, longest: float = 60.0, unheard: int = 0) -> Outcome:
    real = Figures(calls, answered, 0.1, longest, longest, unheard)
    return Outcome(real, dataclasses.replace(real, unheard=0), 0.8, 0.1, 30, 10, 30.0, 0)


def test_a_whole_year_has_all_weeks_and_fewer_are_some_of_them() -> None:
    whole = year.spread(52)
    assert [each.number for each in whole] == list(range(52))
    assert (whole[-1].begins - whole[0].begins).days == 51 * 7
    few = year.spread(4)
    assert set(few) <= set(whole)
    assert [each.quarter for each in few] == [1, 2, 3, 4]
    # Each week has chances of its own, the same ones whenever it is played.
    assert len({each.season().seed for each in whole}) == 52


def test_a_run_that_was_stopped_goes_on_with_what_was_played(tmp_path: Path) -> None:
    file = tmp_path / "year.json"
    assert Kept(file, "ours").read() == {}
    Kept(file, "ours").add(Week(3), outcome(300, 0.8))
    Kept(file, "ours").add(Week(7), outcome(200, 0.9))
    assert Kept(file, "ours").read() == {Week(3): outcome(300, 0.8), Week(7): outcome(200, 0.9)}


def test_what_another_program_played_counts_for_nothing(tmp_path: Path) -> None:
    file = tmp_path / "year.json"
    Kept(file, "before a rule was changed").add(Week(3), outcome(300, 0.8))
    assert Kept(file, "ours").read() == {}
    Kept(file, "ours").add(Week(7), outcome(200, 0.9))
    assert set(Kept(file, "ours").read()) == {Week(7)}


def test_a_rule_that_changes_makes_another_program(tmp_path: Path) -> None:
    rule = tmp_path / "helpline" / "voice" / "rule.py"
    rule.parent.mkdir(parents=True)
    rule.write_text("RINGS = 2\n")
    before = year.program(tmp_path)
    assert year.program(tmp_path) == before
    rule.write_text("RINGS = 3\n")
    assert year.program(tmp_path) != before


def test_a_sum_weighs_each_week_by_its_callers() -> None:
    whole = year.sum_up([outcome(300, 0.9, longest=50), outcome(100, 0.5, longest=90, unheard=1)])
    assert whole.calls == 400
    assert whole.answered == pytest.approx(0.8)
    assert whole.points == pytest.approx(0)
    assert (whole.longest_wait, whole.unheard) == (90, 1)


def test_each_quarter_is_summed_up_by_itself() -> None:
    played = {Week(51): outcome(10, 0.7), Week(0): outcome(20, 0.8), Week(12): outcome(20, 0.6)}
    quarters = year.by_quarter(played)
    assert {number: got.calls for number, got in quarters.items()} == {1: 40, 4: 10}
    assert quarters[1].answered == pytest.approx(0.7)


def test_weeks_played_at_once_give_each_its_own_outcome() -> None:
    weeks = [Week(0), Week(26)]
    played = dict(AtOnce(2, days=1, calls_a_year=3_000).play(weeks))
    assert set(played) == set(weeks)
    assert all(each.real.calls > 0 and each.real.unheard == 0 for each in played.values())
    assert played[weeks[0]] != played[weeks[1]]


def test_a_week_that_can_not_be_played_is_said() -> None:
    at_once = AtOnce(2, days=0)
    with pytest.raises(WeekFailedError):
        list(at_once.play([Week(0)]))
    assert at_once._running == set()


def test_whoever_stops_early_ends_what_is_being_played(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[subprocess.Popen[str]] = []
    real = subprocess.Popen

    def remember(*command, **how):
        begun.append(real(*command, **how))
        return begun[-1]

    monkeypatch.setattr("simulation.at_once.subprocess.Popen", remember)
    coming = AtOnce(1, days=1, calls_a_year=3_000).play([Week(0), Week(1)])
    next(coming)
    coming.close()
    assert all(each.poll() is not None for each in begun)
