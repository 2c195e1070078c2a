"""The menu: any key at any time, nothing pressed is fine, and every way leads to a person."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpline.accounts.models import StaffMember
from helpline.clock import now
from helpline.contacts import contacts, need, skills
from helpline.contacts.models import Contact, Happening, Language, Need, Stream, TimelineEntry
from helpline.voice import calls, menu
from helpline.voice.call_plan import Ask, GoTo, Join, Plan, Say
from helpline.voice.models import Leg
from tests.helpline import making
from tests.system import System


class Caller:
    """A caller with a finger on the keys."""

    def __init__(self, system: System, *, sender: making.PhoneNumber | None = None) -> None:
        self.system, self.at, self.sid = system, now(), making.sid("CA")
        with system.transaction() as session:
            self.hears: Plan = calls.call_arrived(session, self.sid, sender, at=self.at)
            leg = session.scalars(sa.select(Leg).where(Leg.call_sid == self.sid)).one()
            self.contact_id = leg.contact_id

    def press(self, key: str = "") -> Plan:
        """Press one key, or none, at the question that is being asked."""
        ask = next(step for step in self.hears if isinstance(step, Ask))
        asked = int(ask.answer_path.rpartition("=")[2])
        with self.system.transaction() as session:
            self.hears = menu.pressed(session, self.contact_id, key, asked, self.at)
        return self.hears

    @property
    def contact(self) -> Contact:
        with self.system.transaction() as session:
            return session.get_one(Contact, self.contact_id)

    @property
    def waits(self) -> bool:
        return isinstance(self.hears[-1], Join)

    def is_asked(self, words: str) -> bool:
        return any(isinstance(step, Ask) and step.wording == words for step in self.hears)


@pytest.fixture
def caller(system: System) -> Caller:
    with system.transaction() as session:
        making.staff_member(session)
    return Caller(system)


def welsh_speaker(system: System) -> StaffMember:
    with system.transaction() as session:
        staff = making.staff_member(session)
        both = [Language.cy, Language.en]
        skills.change(session, staff.id, {}, both, (3, 2), by=staff.id, at=now())
        return staff


@pytest.mark.parametrize(("key", "stream"), menu.KEYS.items())
def test_one_key_says_what_it_is_about_and_leads_to_a_person(
    caller: Caller, key: str, stream: Stream
) -> None:
    assert caller.press(key)[0] == Say("put_through")
    assert caller.waits
    assert caller.contact.stream is stream
    assert caller.contact.is_child is (stream is Stream.young_person)


def test_a_young_person_goes_before_others(caller: Caller) -> None:
    caller.press("1")
    assert need.reasons(caller.contact) == {Need.child}


def test_nothing_pressed_twice_leads_to_a_person_as_well(caller: Caller) -> None:
    caller.press()
    assert caller.is_asked("menu_again")
    caller.press()
    assert caller.waits
    assert caller.contact.stream is Stream.not_chosen


def test_a_slow_key_still_counts_at_the_second_asking(caller: Caller) -> None:
    caller.press()
    caller.press("3")
    assert caller.contact.stream is Stream.family


def test_a_wrong_key_is_told_and_a_second_one_leads_on(caller: Caller) -> None:
    hears = caller.press("9")
    (ask,) = [step for step in hears if isinstance(step, Ask)]
    assert ask.before == (Say("no_such_key"),)
    assert ask.wording == "menu"
    caller.press("*")
    assert caller.waits
    assert caller.contact.stream is Stream.not_chosen


def test_with_nobody_on_shift_the_caller_is_told_so_and_still_waits(system: System) -> None:
    caller = Caller(system)
    assert caller.press("2")[0] == Say("nobody_here")
    assert caller.waits


def test_welsh_is_offered_while_somebody_on_shift_speaks_it(system: System) -> None:
    welsh_speaker(system)
    caller = Caller(system)
    (ask,) = [step for step in caller.hears if isinstance(step, Ask)]
    assert ask.before == (Say("greeting"), Say("in_this_language", Language.cy))
    hears = caller.press("0")
    (ask,) = [step for step in hears if isinstance(step, Ask)]
    assert ask.language is Language.cy
    assert ask.before == (Say("in_this_language", Language.en),)
    assert caller.contact.language is Language.cy
    assert caller.press("3")[0] == Say("put_through", Language.cy)
    assert caller.contact.stream is Stream.family


def test_there_is_a_way_back_to_english_even_when_the_welsh_speaker_has_gone(
    system: System,
) -> None:
    staff = welsh_speaker(system)
    caller = Caller(system)
    caller.press("0")
    with system.transaction() as session:
        session.get_one(StaffMember, staff.id).is_active = False
    caller.press("0")
    assert caller.contact.language is Language.en


def test_welsh_is_not_offered_where_nobody_could_answer_in_it(caller: Caller) -> None:
    (ask,) = [step for step in caller.hears if isinstance(step, Ask)]
    assert ask.before == (Say("greeting"),)
    caller.press("0")
    assert caller.contact.language is Language.en
    assert not caller.waits


def test_the_same_key_told_twice_counts_once(system: System, caller: Caller) -> None:
    caller.press("3")
    with system.transaction() as session:
        contact = contacts.locked(session, caller.contact_id)
        assert contact is not None
        again = menu.pressed(session, contact.id, "3", 1, caller.at)
        assert isinstance(again[-1], Join)
        chosen = session.scalar(
            sa.select(sa.func.count()).where(
                TimelineEntry.contact_id == contact.id, TimelineEntry.what == Happening.kind_chosen
            )
        )
    assert chosen == 1


def test_a_key_told_late_does_not_change_what_a_call_taker_sees(
    system: System, caller: Caller
) -> None:
    with system.transaction() as session:
        leg = session.scalars(sa.select(Leg).where(Leg.call_sid == caller.sid)).one()
        joined = calls.ConferenceEvent("participant-join", making.sid("CF"), caller.sid, "")
        calls.conference_changed(session, leg.contact_id, joined, at=caller.at)
    with system.transaction() as session:
        plan = menu.pressed(session, caller.contact_id, "1", 1, caller.at)
    assert isinstance(plan[-1], Join)
    assert caller.contact.stream is Stream.not_chosen


def test_a_child_who_rings_again_goes_to_the_front(system: System) -> None:
    sender = making.number()
    first = Caller(system, sender=sender)
    first.press("1")
    with system.transaction() as session:
        leg = session.scalars(sa.select(Leg).where(Leg.call_sid == first.sid)).one()
        calls.caller_left(session, leg, at=first.at)
    again = Caller(system, sender=sender)
    assert need.reasons(again.contact) == {Need.child, Need.returning}
    assert again.contact.need == need.weigh(frozenset({Need.child, Need.returning})) == 95


def test_somebody_who_rings_the_next_day_is_not_put_before_others(system: System) -> None:
    sender = making.number()
    with system.transaction() as session:
        making.arriving_call(session, at=now() - timedelta(hours=20), sender=sender)
    assert Caller(system, sender=sender).contact.need == 0


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(keys=st.lists(st.sampled_from(["", *"0123456789*#"]), max_size=8))
def test_whatever_is_pressed_or_not_the_caller_is_asked_again_or_comes_to_a_person(
    system: System, keys: list[str]
) -> None:
    caller = Caller(system)
    for key in keys:
        if caller.waits:
            break
        caller.press(key)
        assert isinstance(caller.hears[-1], Join | GoTo)
    for _ in range(menu.TIMES_ASKED):
        if not caller.waits:
            caller.press()
    assert caller.waits
