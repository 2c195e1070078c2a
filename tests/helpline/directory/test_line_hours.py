"""When the helpline itself answers: by hours of the week, bank holidays and closed days."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpline.clock import LONDON, now
from helpline.confidentiality.hours import Window
from helpline.contacts.models import Stream
from helpline.directory import line_hours
from helpline.directory.line_hours import Door, Hours, HoursError
from helpline.directory.models import OnBankHolidays
from tests.helpline import making
from tests.system import System

EVERY_DAY = frozenset(range(7))
DAYTIME = (Window(EVERY_DAY, time(9), time(23)),)
OFFICE = (Window(frozenset(range(5)), time(9), time(17)),)
CHRISTMAS = date(2026, 12, 25)

windows = st.lists(
    st.builds(
        Window,
        st.frozensets(st.integers(0, 6), min_size=1),
        st.times().map(lambda each: each.replace(second=0, microsecond=0)),
        st.times().map(lambda each: each.replace(second=0, microsecond=0)),
    ),
    max_size=3,
).map(tuple)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def london(day: int, hour: int, minute: int = 0) -> datetime:
    """Give a moment in November 2026; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=LONDON)


@pytest.fixture
def by(system: System) -> making.StaffMember:
    with system.transaction() as session:
        return making.staff_member(session)


def test_without_a_row_every_door_is_open_at_any_hour(system: System) -> None:
    with system.transaction() as session:
        for door in Door:
            assert line_hours.is_open(session, door, at=london(23, 3)), door


def test_a_kind_of_call_follows_every_call_until_it_has_hours_of_its_own(
    system: System, by: making.StaffMember
) -> None:
    with system.transaction() as session:
        line_hours.change(session, Door.every_call, Hours(DAYTIME), by=by.id, at=now())
    with system.transaction() as session:
        assert not line_hours.is_open(session, Door.family, at=london(23, 3))
        line_hours.change(session, Door.family, Hours(), by=by.id, at=now())
    with system.transaction() as session:
        assert line_hours.is_open(session, Door.family, at=london(23, 3))
        assert not line_hours.is_open(session, Door.sighting, at=london(23, 3))
        line_hours.forget(session, Door.family, by=by.id, at=now())
    with system.transaction() as session:
        assert not line_hours.is_open(session, Door.family, at=london(23, 3))


def test_texts_have_hours_of_their_own(system: System, by: making.StaffMember) -> None:
    with system.transaction() as session:
        line_hours.change(session, Door.every_call, Hours(DAYTIME), by=by.id, at=now())
    with system.transaction() as session:
        assert line_hours.is_open(session, Door.texts, at=london(23, 3))


def test_every_kind_of_call_has_a_door() -> None:
    for stream in Stream:
        assert line_hours.door_of(stream) is not Door.texts
    assert line_hours.door_of(Stream.not_chosen) is Door.every_call


def test_bank_holidays_and_closed_days_close(system: System) -> None:
    at_noon = datetime(2026, 12, 25, 12, tzinfo=LONDON)
    assert Hours().is_open(at_noon)
    assert not Hours(on_bank_holidays=OnBankHolidays.closed).is_open(at_noon)
    for held in OnBankHolidays:
        assert not Hours(DAYTIME, held, frozenset({CHRISTMAS})).is_open(at_noon)


def test_it_is_said_when_it_opens_again() -> None:
    assert Hours(DAYTIME).next_open(london(23, 7)) == london(23, 9)
    assert Hours(DAYTIME).next_open(london(23, 23)) == london(24, 9)
    assert Hours(OFFICE).next_open(london(27, 18)) == london(30, 9)
    closed = frozenset({date(2026, 11, 30)})
    assert Hours(OFFICE, closed_days=closed).next_open(london(27, 18)) == datetime(
        2026, 12, 1, 9, tzinfo=LONDON
    )


def test_a_long_closure_is_not_given_a_day() -> None:
    days = frozenset(date(2026, 11, 23) + timedelta(days=each) for each in range(40))
    assert Hours(closed_days=days).next_open(london(23, 7)) is None


def test_hours_without_days_are_refused_with_what_to_do(
    system: System, by: making.StaffMember
) -> None:
    never = Hours((Window(frozenset(), time(9), time(17)),))
    with system.transaction() as session, pytest.raises(HoursError, match="Choose the days"):
        line_hours.change(session, Door.family, never, by=by.id, at=now())


@given(windows=windows, at=moments, held=st.sampled_from(OnBankHolidays))
def test_whatever_is_said_of_the_next_opening_is_true(
    windows: tuple[Window, ...], at: datetime, held: OnBankHolidays
) -> None:
    hours = Hours(windows, held)
    opens = hours.next_open(at)
    if opens is not None:
        assert opens >= at
        assert hours.is_open(opens)
