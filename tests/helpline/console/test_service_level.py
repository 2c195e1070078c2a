"""How well today's calls were answered: within 20 seconds, later, or not at all."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.clock import LONDON
from helpline.console import service_level
from helpline.console.service_level import Counts
from helpline.contacts import contacts
from helpline.contacts.models import Contact, Ending, Stream
from tests.helpline import making
from tests.system import System

NOON = datetime(2026, 7, 14, 12, 30, tzinfo=LONDON)
SECOND = timedelta(seconds=1)


@pytest.fixture
def session(system: System):
    with system.transaction() as opened:
        yield opened
        opened.rollback()


def call(session: Session, at: datetime = NOON, stream: Stream = Stream.family) -> Contact:
    contact = making.waiting_call(session, at=at)
    contact.stream = stream
    return contact


def answered(session: Session, after: int, **facts: object) -> Contact:
    contact = call(session, **facts)
    staff = making.staff_member(session, has_phone=False)
    contacts.take(session, contact, staff.id, at=contact.waiting_since + after * SECOND)
    return contact


def hung_up(session: Session, after: int) -> None:
    contact = call(session)
    at = contact.waiting_since + after * SECOND
    contacts.close(session, contact, Ending.left_while_waiting, at=at)


def today(session: Session, at: datetime = NOON + timedelta(minutes=20)) -> service_level.Today:
    session.flush()
    return service_level.today(session, at=at)


def test_twenty_seconds_are_quick_and_twenty_one_are_not(session: Session) -> None:
    answered(session, 20)
    answered(session, 21)
    counts = today(session).all
    assert (counts.quickly, counts.later, counts.level) == (1, 1, 50)


def test_whoever_hangs_up_within_five_seconds_has_not_waited(session: Session) -> None:
    hung_up(session, 5)
    hung_up(session, 6)
    assert today(session).all == Counts(gave_up=1)


def test_whoever_waits_still_is_neither_answered_nor_gone(session: Session) -> None:
    call(session)
    counts = today(session).all
    assert counts == Counts(still_waiting=1)
    assert counts.level is None, "nothing is said before it is known"


def test_somebody_who_was_cut_off_counts_by_their_first_wait(session: Session) -> None:
    contact = answered(session, 10)
    contacts.start_waiting(session, contact, at=NOON + timedelta(minutes=5))
    staff = making.staff_member(session, has_phone=False)
    contacts.take(session, contact, staff.id, at=NOON + timedelta(minutes=9))
    assert today(session).all == Counts(quickly=1)


def test_a_call_counts_in_the_hour_of_london_in_which_it_came(session: Session) -> None:
    answered(session, 1, at=NOON - timedelta(hours=2))
    answered(session, 1)
    found = today(session)
    hours = {hour: counts.quickly for hour, counts in found.by_hour}
    assert hours == {10: 1, 11: 0, 12: 1}
    assert found.busiest[0] == 12


def test_yesterday_is_over_at_midnight_in_london(session: Session) -> None:
    midnight = NOON.replace(hour=0, minute=0)
    answered(session, 1, at=midnight - 2 * SECOND)
    answered(session, 1, at=midnight + 2 * SECOND)
    assert today(session).all == Counts(quickly=1)


def test_each_kind_of_call_has_its_own_figures(session: Session) -> None:
    answered(session, 1, stream=Stream.young_person)
    answered(session, 60, stream=Stream.family)
    found = dict(today(session).by_stream)
    assert found == {Stream.young_person: Counts(quickly=1), Stream.family: Counts(later=1)}


def test_the_day_is_counted_by_an_index_and_not_over_every_contact(session: Session) -> None:
    session.execute(sa.text("SET LOCAL enable_seqscan = off"))
    asked = service_level._counted(NOON).compile(
        dialect=session.get_bind().dialect, compile_kwargs={"literal_binds": True}
    )
    plan = session.execute(sa.text(f"EXPLAIN {asked}".replace("%%", "%"))).scalars().all()
    assert "ix_contact_calls" in "\n".join(plan)
