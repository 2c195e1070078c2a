"""Erlang-A against what is known of it, and whatever figures are asked for."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpline.planning.erlang import Load, people_needed, service

loads = st.builds(
    Load,
    st.floats(0.1, 400),
    st.floats(60, 3600),
    st.floats(10, 3600),
)


@pytest.mark.parametrize(
    ("calls", "people", "left", "wait"),
    # Computed apart from this program (../shared/performance.md 1), 10 minutes, patience 120 s.
    [(13, 5, 0.031, 3.7), (52, 12, 0.047, 5.7), (520, 96, 0.017, 2.1)],
)
def test_the_figures_that_are_known_come_out(
    calls: float, people: int, left: float, wait: float
) -> None:
    got = service(Load(calls, 600, 120), people, 20)
    assert got.left == pytest.approx(left, abs=0.0006)
    assert got.mean_wait_seconds == pytest.approx(wait, abs=0.06)


def test_without_patience_to_lose_it_is_erlang_c() -> None:
    calls, handling, people, within = 52.0, 600.0, 12, 20.0
    erlangs = calls * handling / 3600
    busy = erlangs**people / math.factorial(people) * people / (people - erlangs)
    all_ = sum(erlangs**each / math.factorial(each) for each in range(people)) + busy
    late = busy / all_ * math.exp(-(people - erlangs) * within / handling)
    got = service(Load(calls, handling, 1e9), people, within)
    assert got.waits == pytest.approx(busy / all_, abs=1e-4)
    assert got.answered_within == pytest.approx(1 - late, abs=1e-4)


@given(load=loads, people=st.integers(0, 120), within=st.floats(0, 300))
def test_shares_are_shares_and_everybody_is_somewhere(
    load: Load, people: int, within: float
) -> None:
    got = service(load, people, within)
    assert -1e-9 <= got.left <= 1 + 1e-6
    assert 0 <= got.answered_within <= 1
    # Whoever was answered in time did not leave.
    assert got.answered_within + got.left <= 1 + 1e-6


@given(load=loads, people=st.integers(1, 100))
def test_one_more_person_never_makes_it_worse(load: Load, people: int) -> None:
    fewer, more = service(load, people, 20), service(load, people + 1, 20)
    assert more.answered_within >= fewer.answered_within - 1e-9
    assert more.left <= fewer.left + 1e-9


@given(load=loads, share=st.floats(0.5, 0.99))
def test_as_many_as_are_needed_are_enough_and_one_fewer_is_not(load: Load, share: float) -> None:
    needed = people_needed(load, share, 20)
    assert service(load, needed, 20).answered_within >= share
    assert needed == 1 or service(load, needed - 1, 20).answered_within < share


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(ValueError, match="2,000 people"):
        people_needed(Load(100_000, 3600, 60), 0.8, 20)
    with pytest.raises(ValueError, match="between 0 and 1"):
        people_needed(Load(10, 600, 60), 1.0, 20)
    with pytest.raises(ValueError, match="Give nobody"):
        service(Load(10, 0, 60), 3, 20)
    assert people_needed(Load(0, 600, 60), 0.8, 20) == 0
