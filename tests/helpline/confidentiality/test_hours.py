"""Hours of the week, as a clock on a wall in the UK shows them."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpline.clock import LONDON
from helpline.confidentiality import hours
from helpline.confidentiality.hours import Window

EVERY_DAY = frozenset(range(7))
WEEKDAYS = frozenset(range(5))
# Weeks with and without a change of the clocks: 29 March and 25 October 2026.
STARTS = st.sampled_from(
    [
        datetime(2026, 3, 27, tzinfo=UTC),
        datetime(2026, 7, 1, tzinfo=UTC),
        datetime(2026, 10, 23, tzinfo=UTC),
    ]
)
CLOCK_TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
WINDOWS = st.builds(
    Window, st.frozensets(st.integers(0, 6), min_size=1), start=CLOCK_TIMES, end=CLOCK_TIMES
)
MOMENTS = st.builds(
    lambda start, minutes: start + timedelta(minutes=minutes),
    STARTS,
    st.integers(0, 4 * 24 * 60),
)


def shown(window: Window, at: datetime) -> bool:
    """Say by the face of the clock alone whether a window is open."""
    there = at.astimezone(LONDON)
    clock, today, yesterday = there.time(), there.weekday(), (there.weekday() - 1) % 7
    if window.end > window.start:
        return today in window.days and window.start <= clock < window.end
    return (today in window.days and clock >= window.start) or (
        yesterday in window.days and clock < window.end
    )


@given(WINDOWS, MOMENTS)
def test_a_window_is_open_when_the_clock_on_the_wall_says_so(window: Window, at: datetime) -> None:
    assert window.holds(at) is shown(window, at)


@given(st.lists(WINDOWS, max_size=3), MOMENTS)
def test_the_next_opening_is_the_first_minute_that_is_open(
    windows: list[Window], at: datetime
) -> None:
    opens = hours.next_open(windows, at)

    assert opens is not None
    assert opens >= at
    assert hours.is_open(windows, opens)
    minute = at
    while minute < opens:
        assert not hours.is_open(windows, minute), minute
        minute += timedelta(minutes=1)


def test_no_window_means_any_time() -> None:
    at = datetime(2026, 11, 22, 3, tzinfo=UTC)
    assert hours.is_open((), at)
    assert hours.next_open((), at) == at


def test_the_hour_that_comes_twice_in_october_is_open_twice() -> None:
    window = Window(EVERY_DAY, time(1), time(1, 30))
    for moment in (
        datetime(2026, 10, 25, 0, 10, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 10, tzinfo=UTC),
    ):
        assert window.holds(moment)
    between = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    assert hours.next_open([window], between) == datetime(2026, 10, 25, 1, tzinfo=UTC)


def test_an_hour_left_out_in_march_opens_when_the_clock_has_jumped_past_its_start() -> None:
    window = Window(EVERY_DAY, time(1, 30), time(4))
    before = datetime(2026, 3, 29, 0, 50, tzinfo=UTC)
    assert hours.next_open([window], before) == datetime(2026, 3, 29, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "said"),
    [
        (Window(WEEKDAYS, time(9), time(17)), "Monday to Friday, 09:00 to 17:00"),
        (Window(EVERY_DAY, time(22), time(6)), "every day, 22:00 to 06:00 the next morning"),
        (Window(frozenset({5, 6}), time(0), time(0)), "Saturday and Sunday, at any hour"),
        (
            Window(frozenset({0, 2, 4}), time(8), time(9)),
            "Monday, Wednesday and Friday, 08:00 to 09:00",
        ),
    ],
)
def test_hours_are_said_as_people_say_them(window: Window, said: str) -> None:
    assert window.in_words() == said


@given(WINDOWS)
def test_hours_come_back_as_they_were_stored(window: Window) -> None:
    assert hours.from_stored([window.stored()]) == (window,)
