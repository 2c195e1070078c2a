"""What `make bench` measures: each figure is a module that anybody can add."""

import pytest

from bench import registry
from bench.registry import Figure, from_pairs


def test_every_measure_says_what_it_measures() -> None:
    measures = registry.every()
    assert len(measures) > 5
    assert all(each.TITLE and callable(each.measure) for each in measures)


def test_one_measure_can_be_chosen() -> None:
    (chosen,) = registry.every(["e_console_page"])
    assert "console" in chosen.TITLE


def test_a_ratio_is_the_median_of_pairs_so_that_one_bad_moment_counts_for_little() -> None:
    figure = from_pairs("it", [2.0, 9.0, 2.2], [1.0, 1.0, 1.0], unit="ms", goal="<= 2.5")
    assert figure.value == pytest.approx(2.2)
    assert figure.is_met is True
    assert figure.spread == "2.00 to 9.00"


@pytest.mark.parametrize(("goal", "met"), [("<= 1.0", False), (">= 1.0", True), ("", None)])
def test_a_goal_is_met_or_missed_or_not_there(goal: str, met: bool | None) -> None:
    assert Figure("it", 1.5, goal=goal).is_met is met
