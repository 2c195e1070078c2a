"""Those who wait: who is tried for them, how that widens, and when they get a choice."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from helpline.accounts import availability
from helpline.accounts.models import Availability, Because, StaffMember
from helpline.clock import now
from helpline.contacts import need, skills
from helpline.contacts.models import Contact, Language, Need, Stream
from helpline.voice import overflow, routing, wait_rules
from helpline.voice.models import Leg, LegRole, LegState
from helpline.voice.wait_rules import FIELDS
from tests.helpline import making
from tests.system import System

entered = st.dictionaries(
    st.sampled_from(FIELDS), st.one_of(st.none(), st.integers(-(10**9), 10**9)), max_size=6
)


class Line:
    """A caller who waits, and call-takers who are free."""

    def __init__(self, system: System) -> None:
        self.system, self.at = system, now()

    def free(self, *, takes: dict[Stream, int] | None = None, speaks: str = "en") -> StaffMember:
        self.at += timedelta(milliseconds=1)
        with self.system.transaction() as session:
            staff = making.staff_member(session, since=self.at)
            languages = [Language(each) for each in speaks.split()]
            skills.change(
                session, staff.id, takes or {}, languages, (3, 2), by=staff.id, at=self.at
            )
            return staff

    def waits(self, stream: Stream = Stream.family, **of_contact: object) -> Contact:
        with self.system.transaction() as session:
            contact = making.waiting_call(session, at=self.at)
            contact.stream = stream
            for name, value in of_contact.items():
                setattr(contact, name, value)
            return contact

    def rung_after(self, seconds: float) -> list[object]:
        with self.system.transaction() as session:
            routing.offer_waiting(session, at=self.at + timedelta(seconds=seconds))
            return [
                leg.staff_id
                for leg in session.scalars(sa.select(Leg).where(Leg.role == LegRole.call_taker))
            ]


@pytest.fixture
def line(system: System) -> Line:
    return Line(system)


def test_the_first_choice_for_a_kind_of_call_is_rung_before_whoever_is_longer_free(
    line: Line,
) -> None:
    contact = line.waits()
    line.free(takes={Stream.family: 2})
    first = line.free(takes={Stream.family: 1})
    assert line.rung_after(1) == [first.id]
    assert contact.stream is Stream.family


def test_a_second_choice_is_rung_only_when_the_wait_has_grown(line: Line) -> None:
    line.waits()
    second = line.free(takes={Stream.family: 2})
    assert line.rung_after(19) == []
    assert line.rung_after(21) == [second.id]


def test_in_the_end_anybody_is_rung(line: Line) -> None:
    line.waits()
    other = line.free(takes={Stream.sighting: 1}, speaks="cy")
    assert line.rung_after(59) == []
    assert line.rung_after(61) == [other.id]


def test_for_a_child_anybody_is_rung_at_once(line: Line) -> None:
    line.waits(Stream.young_person, is_child=True)
    other = line.free(takes={Stream.sighting: 1})
    assert line.rung_after(0) == [other.id]


def test_whoever_speaks_the_language_is_rung_before_others(line: Line) -> None:
    line.waits(language=Language.cy)
    line.free(speaks="en")
    welsh = line.free(speaks="cy en")
    assert line.rung_after(1) == [welsh.id]


def test_somebody_without_any_skill_entered_takes_everything(line: Line) -> None:
    line.waits()
    anybody = line.free()
    assert line.rung_after(0) == [anybody.id]


def test_two_unanswered_rings_in_a_row_make_somebody_away_and_ready_again_by_hand(
    line: Line,
) -> None:
    staff = line.free()
    for _ in range(2):
        with line.system.transaction() as session:
            availability.rang_unanswered(session, staff.id, at=line.at)
    with line.system.transaction() as session:
        there = session.get_one(StaffMember, staff.id)
        assert (there.availability, there.because) == (Availability.away, Because.missed_rings)
        availability.choose(session, staff.id, Availability.ready, at=line.at)
        assert (there.missed_rings, there.because) == (0, None)


def test_an_overrun_wrap_up_ends_by_itself_unless_more_time_was_asked_for(line: Line) -> None:
    with line.system.transaction() as session:
        slow, careful = (
            making.staff_member(session, Availability.wrapping_up, since=line.at) for _ in range(2)
        )
        session.flush()
        availability.take_more_time(session, careful.id)
        later = line.at + timedelta(seconds=300)
        wrap_up = timedelta(seconds=300)
        over = availability.end_what_is_over(session, at=later, wrap_up=wrap_up)
        assert [each.id for each in over] == [slow.id]
        assert careful.availability is Availability.wrapping_up


@given(entered)
def test_no_figures_whatever_leave_a_caller_with_nobody_and_no_choice(
    figures: dict[str, int | None],
) -> None:
    rule = wait_rules.sound(figures)
    assert 0 <= rule.second_after <= rule.third_after <= rule.anybody_after <= 300
    assert 20 <= rule.choice_after <= 600
    assert 60 <= rule.choice_every <= 600
    assert 2 <= rule.choice_after_rings <= 20


def test_whoever_waits_unanswered_gets_a_choice_and_again_later(line: Line) -> None:
    contact = line.waits()
    line.free(takes={Stream.sighting: 1})
    with line.system.transaction() as session:
        assert overflow.give_choices(session, at=line.at + timedelta(seconds=30)) == 0
        assert overflow.give_choices(session, at=line.at + timedelta(seconds=91)) == 1
        leg = making.caller_leg(session, contact)
        assert leg.is_in_menu
        overflow.is_over(session, contact, leg)
        session.flush()
        assert overflow.give_choices(session, at=line.at + timedelta(seconds=120)) == 0
        assert overflow.give_choices(session, at=line.at + timedelta(seconds=300)) == 1


def test_no_phone_rings_for_somebody_who_hears_the_choice(line: Line) -> None:
    line.waits()
    with line.system.transaction() as session:
        overflow.give_choices(session, at=line.at + timedelta(seconds=91))
    line.free()
    assert line.rung_after(92) == []


def test_nobody_is_taken_to_a_choice_for_whom_a_phone_begins_to_ring_meanwhile(line: Line) -> None:
    """Whose turn it is was read before their row was held, and the row does not show a phone."""
    contact, staff = line.waits(), line.free()
    with line.system.transaction() as session:
        rang = Leg(contact_id=contact.id, staff_id=staff.id, role=LegRole.call_taker)
        rang.state, rang.made_at, rang.ended_at = LegState.ended, line.at, line.at
        session.add(rang)
    begins = f"UPDATE leg SET state = 'promised', ended_at = NULL WHERE id = '{rang.id}'"  # noqa: S608 - ours
    with (
        making.in_between(line.system, "SKIP LOCKED", begins),
        line.system.transaction() as session,
    ):
        assert overflow.give_choices(session, at=line.at + timedelta(seconds=91)) == 0


def test_with_nobody_here_at_all_the_choice_comes_at_once(line: Line) -> None:
    line.waits()
    with line.system.transaction() as session:
        assert overflow.give_choices(session, at=line.at) == 1


@given(st.lists(st.tuples(st.integers(0, 100), st.floats(0, 10_000)), min_size=2, max_size=20))
def test_nobody_is_passed_for_ever_by_others_of_greater_need(
    waiting: list[tuple[int, float]],
) -> None:
    worth = need.WORTH.total_seconds()
    order = sorted(waiting, key=lambda each: each[1] - each[0] * worth)
    longest = worth * max(need.WEIGHTS.values())
    for place, (_, since) in enumerate(order):
        before = [other for _, other in order[:place]]
        assert all(other - since <= longest for other in before)


def test_those_of_greater_need_go_first_among_those_who_came_together(line: Line) -> None:
    with line.system.transaction() as session:
        plain = making.waiting_call(session, at=line.at)
        child = making.waiting_call(session, at=line.at + timedelta(seconds=5))
        need.add(child, Need.child)
        session.flush()
        ids = session.scalars(sa.select(Contact.id).order_by(*need.in_line())).all()
        assert ids == [child.id, plain.id]
