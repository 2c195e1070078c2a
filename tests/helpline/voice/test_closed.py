"""While a kind of call is closed: told so, given a choice, and never just hung up on."""

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpline.clock import LONDON
from helpline.confidentiality.hours import Window
from helpline.contacts import need
from helpline.contacts.models import Contact, ContactState, Language, Need
from helpline.directory import line_hours
from helpline.directory.line_hours import Door, Hours
from helpline.voice import closed, menu
from helpline.voice.call_plan import Ask, HangUp, Join, Plan, Record, Say
from tests.helpline import making
from tests.helpline.voice.test_menu import Caller
from tests.system import System

AT = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
NEVER_NOW = Hours((Window(frozenset(range(7)), time(9), time(17)),))


def shut(system: System, *doors: Door, staffed: bool = True) -> None:
    with system.transaction() as session:
        staff = making.staff_member(session)
        for door in doors or (Door.every_call,):
            line_hours.change(session, door, NEVER_NOW, by=staff.id, at=AT)
        if not staffed:
            session.delete(staff)


class LateCaller(Caller):
    """A caller half an hour before midnight, who can press keys in every question."""

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.at = AT

    def press(self, key: str = "") -> Plan:
        ask = next(step for step in self.hears if isinstance(step, Ask))
        path, _, asked = ask.answer_path.rpartition("?asked=")
        rule = closed.chosen if "/closed/" in path else menu.pressed
        with self.system.transaction() as session:
            self.hears = rule(session, self.contact_id, key, int(asked), self.at)
        return self.hears

    @property
    def says(self) -> set[str]:
        asks = [step for step in self.hears if isinstance(step, Ask)]
        said = [step for step in self.hears if isinstance(step, Say)]
        return {step.wording for step in [*said, *(each for ask in asks for each in ask.before)]}


def test_they_are_told_when_it_opens_again_and_given_a_choice(system: System) -> None:
    shut(system)
    caller = LateCaller(system)
    hears = caller.press("3")
    (ask,) = [step for step in hears if isinstance(step, Ask)]
    assert ask.before == (Say("closed", values=(("when", "tomorrow at 9 in the morning"),)),)
    assert ask.wording == "closed_choice"


def test_key_1_leaves_a_voicemail(system: System) -> None:
    shut(system)
    caller = LateCaller(system)
    caller.press("3")
    assert any(isinstance(step, Record) for step in caller.press("1"))
    assert caller.contact.state is ContactState.arriving


def test_key_2_tells_other_ways_and_asks_again(system: System) -> None:
    shut(system)
    caller = LateCaller(system)
    caller.press("3")
    caller.press("2")
    assert caller.says == {"other_ways"}
    assert caller.is_asked("closed_choice")


def test_whoever_is_in_danger_is_put_through_and_goes_first(system: System) -> None:
    shut(system)
    caller = LateCaller(system)
    caller.press("3")
    caller.press("3")
    assert caller.waits
    assert caller.says == {"put_through"}
    assert Need.danger in need.reasons(caller.contact)


def test_a_young_person_does_not_even_hear_that_anything_is_closed(system: System) -> None:
    shut(system, Door.every_call, Door.young_person)
    caller = LateCaller(system)
    caller.press("1")
    assert caller.waits
    assert caller.says == {"put_through"}


def test_whoever_presses_nothing_is_put_through_too(system: System) -> None:
    shut(system)
    caller = LateCaller(system)
    for _ in range(4):
        caller.press()
    assert caller.waits


def test_one_kind_of_call_may_be_closed_while_others_are_open(system: System) -> None:
    shut(system, Door.sighting)
    caller = LateCaller(system)
    caller.press("3")
    assert caller.says == {"put_through"}
    other = LateCaller(system)
    other.press("4")
    assert "closed" in other.says


@pytest.mark.parametrize(
    ("when", "english", "welsh"),
    [
        ((25, 23, 45), "today at 11 45 in the evening", "heddiw am 11 45 gyda'r nos"),
        ((26, 9, 0), "tomorrow at 9 in the morning", "yfory am 9 y bore"),
        ((28, 13, 30), "on Saturday at 1 30 in the afternoon", "ddydd Sadwrn am 1 30 y prynhawn"),
        ((26, 12, 0), "tomorrow at 12 in the afternoon", "yfory am 12 y prynhawn"),
        ((27, 0, 0), "on Friday at midnight", "ddydd Gwener am hanner nos"),
    ],
)
def test_a_time_is_said_as_people_say_it(
    when: tuple[int, int, int], english: str, welsh: str
) -> None:
    day, hour, minute = when
    moment = datetime(2026, 11, day, hour, minute, tzinfo=LONDON)
    assert closed.spoken_moment(moment, Language.en, at=AT) == english
    assert closed.spoken_moment(moment, Language.cy, at=AT) == welsh


hours = st.builds(
    Hours,
    st.lists(
        st.builds(
            Window,
            st.frozensets(st.integers(0, 6), min_size=1),
            st.sampled_from([time(0), time(9), time(23)]),
            st.sampled_from([time(0), time(9), time(17)]),
        ),
        max_size=2,
    ).map(tuple),
    closed_days=st.frozensets(st.just(date(2026, 11, 25))),
)


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    hours=hours,
    door=st.sampled_from(Door),
    staffed=st.booleans(),
    keys=st.lists(st.sampled_from(["", *"0123456789*#"]), max_size=10),
)
def test_no_hours_and_no_keys_leave_a_caller_with_nobody_and_no_choice(
    system: System, hours: Hours, door: Door, staffed: bool, keys: list[str]
) -> None:
    """Whatever they press, or don't, they are asked, they wait, or they can leave words."""
    system.reset()
    with system.transaction() as session:
        staff = making.staff_member(session)
        line_hours.change(session, door, hours, by=staff.id, at=AT)
        session.flush()
        if not staffed:
            staff.is_active = False
    caller = LateCaller(system)
    for key in [*keys, "", "", "", ""]:
        if not any(isinstance(step, Ask) for step in caller.hears):
            break
        caller.press(key)
        assert not any(isinstance(step, HangUp) for step in caller.hears)
    assert any(isinstance(step, Join | Record) for step in caller.hears)
    contact: Contact = caller.contact
    assert contact.state is ContactState.arriving
