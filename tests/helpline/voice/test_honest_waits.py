"""What is told of a wait is so: counted, or what was so for others, or nothing."""

from datetime import datetime, timedelta

import pytest

from helpline.clock import now
from helpline.contacts import need
from helpline.contacts.models import Contact, ContactState, Language, Need
from helpline.voice import choices, honest_waits
from helpline.voice.call_plan import Ask
from tests.helpline import making
from tests.system import System


class Line:
    def __init__(self, system: System) -> None:
        self.system, self.at = system, now()

    def waits(self, *, since: float = 0, **of: object) -> Contact:
        with self.system.transaction() as session:
            contact = making.waiting_call(session, at=self.at - timedelta(seconds=since))
            for name, value in of.items():
                setattr(contact, name, value)
            return contact

    def were_answered(self, *after: float, ago: timedelta = timedelta(minutes=5)) -> None:
        for seconds in after:
            with self.system.transaction() as session:
                contact = making.waiting_call(session, at=self.at)
                taken: datetime = self.at - ago
                contact.taken_at, contact.state = taken, ContactState.closed
                contact.waiting_since = taken - timedelta(seconds=seconds)

    def told(self, contact: Contact) -> list[str]:
        with self.system.transaction() as session:
            found = session.get_one(Contact, contact.id)
            return [each.wording for each in honest_waits.told(session, found, at=self.at)]


@pytest.fixture
def line(system: System) -> Line:
    return Line(system)


def test_how_many_wait_before_is_counted(line: Line) -> None:
    first, second, third = (line.waits(since=each) for each in (30, 20, 10))
    assert line.told(first) == ["nobody_before_you"]
    assert line.told(second) == ["one_before_you"]
    assert line.told(third) == ["some_before_you"]
    with line.system.transaction() as session:
        assert honest_waits.ahead_of(session, session.get_one(Contact, third.id)) == 2


def test_whoever_is_served_first_counts_as_before(line: Line) -> None:
    mine = line.waits(since=30)
    other = line.waits(since=1)
    with line.system.transaction() as session:
        need.add(session.get_one(Contact, other.id), Need.danger)
    assert line.told(mine) == ["one_before_you"]


def test_with_too_few_answered_nothing_is_said_of_time(line: Line) -> None:
    line.were_answered(100, 100, 100, 100)
    assert line.told(line.waits()) == ["nobody_before_you"]


def test_what_was_so_for_most_is_said(line: Line) -> None:
    line.were_answered(30, 40, 50, 100, 900)
    with line.system.transaction() as session:
        assert honest_waits.usual_minutes(session, at=line.at) == 2
    contact = line.waits()
    assert line.told(contact) == ["nobody_before_you", "others_waited"]


def test_it_is_not_said_to_somebody_who_has_waited_longer(line: Line) -> None:
    line.were_answered(30, 40, 50, 60, 60)
    assert line.told(line.waits(since=59)) == ["nobody_before_you", "others_waited_a_minute"]
    assert line.told(line.waits(since=61)) == ["nobody_before_you"]


def test_what_is_long_ago_says_nothing_of_now(line: Line) -> None:
    line.were_answered(30, 30, 30, 30, 30, ago=timedelta(minutes=31))
    assert line.told(line.waits()) == ["nobody_before_you"]


def test_a_child_and_somebody_in_danger_are_told_no_figures(line: Line) -> None:
    line.were_answered(30, 30, 30, 30, 30)
    child = line.waits(is_child=True)
    in_danger = line.waits()
    with line.system.transaction() as session:
        need.add(session.get_one(Contact, in_danger.id), Need.danger)
    assert line.told(child) == []
    assert line.told(in_danger) == []


def test_it_is_told_with_the_choice_and_a_key_counts_meanwhile(line: Line) -> None:
    contact = line.waits(language=Language.cy)
    with line.system.transaction() as session:
        plan = choices.asked(session, contact.id, at=line.at)
    first, second = (step for step in plan if isinstance(step, Ask))
    assert first.before[0].wording == "nobody_before_you"
    assert first.before[0].language is Language.cy
    assert "nobody_before_you" not in {each.wording for each in second.before}, "once is enough"
