"""What is agreed for tonight, and that somebody makes sure of it."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpline.contacts import contacts, night_plans
from helpline.contacts.alarms import Alarm, AlarmKind
from helpline.contacts.night_plans import Agreed, Arrival, CannotAgreeError, NightPlan, SafeToWait
from tests.helpline.voice.test_calls import Line
from tests.system import System


@pytest.fixture
def line(system: System) -> Line:
    made = Line(system)
    made.talk()
    return made


def agree(line: Line, **changes) -> NightPlan:
    wish = {
        "form_key": uuid.uuid4(),
        "tonight": "Back at the home",
        "collected_by": "Ann Hill",
        "safe_to_wait": SafeToWait.yes,
        "arrives_by": line.at + timedelta(hours=1),
    }
    with line.system.transaction() as session:
        contact = contacts.locked(session, line.contact_id)
        return night_plans.agree(
            session, contact, Agreed(**wish | changes), by=line.staff_id, at=line.later()
        )


def confirm(line: Line, plan: NightPlan, arrival: Arrival) -> None:
    with line.system.transaction() as session:
        night_plans.confirm(session, plan.id, arrival, "", by=line.staff_id, at=line.later())


def late_alarms(line: Line, after: timedelta) -> list[AlarmKind]:
    with line.system.transaction() as session:
        night_plans.sound_what_is_late(session, at=line.at + after)
        session.flush()
        return list(session.scalars(sa.select(Alarm.kind)))


def test_a_plan_is_kept_locked_and_the_same_form_is_one_plan(line: Line) -> None:
    key = uuid.uuid4()
    assert agree(line, form_key=key).id == agree(line, form_key=key).id
    with line.system.transaction() as session:
        stored = session.execute(sa.text("SELECT tonight FROM night_plan")).scalar_one()
    assert "home" not in stored


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [
        ({"tonight": " "}, "where they are tonight"),
        ({"safe_to_wait": None}, "safe to wait"),
        ({"arrives_by": None, "tonight": "x" * 1001}, "Shorten"),
    ],
)
def test_what_is_missing_is_asked_for(line: Line, spoilt: dict, says: str) -> None:
    with pytest.raises(CannotAgreeError, match=says):
        agree(line, **spoilt)


def test_that_no_plan_is_needed_needs_its_reason(line: Line) -> None:
    with pytest.raises(CannotAgreeError):
        agree(line, tonight="", why_none="")
    assert agree(line, tonight="", why_none="At home and safe").arrives_by is None


def test_an_arrival_nobody_made_sure_of_alarms_supervisors_once(line: Line) -> None:
    agree(line)
    assert late_alarms(line, timedelta(hours=1, minutes=10)) == []
    assert late_alarms(line, timedelta(hours=1, minutes=16)) == [AlarmKind.not_arrived]
    assert late_alarms(line, timedelta(hours=3)) == [AlarmKind.not_arrived]


def test_whoever_arrived_is_nobodys_task_any_more(line: Line) -> None:
    plan = agree(line)
    confirm(line, plan, Arrival.arrived)
    assert late_alarms(line, timedelta(hours=3)) == []
    with line.system.transaction() as session:
        assert night_plans.to_confirm(session) == []


def test_whoever_did_not_arrive_is_a_supervisors_matter_at_once(line: Line) -> None:
    confirm(line, agree(line), Arrival.not_arrived)
    assert late_alarms(line, timedelta(0)) == [AlarmKind.not_arrived]


def test_a_newer_plan_takes_the_place_of_the_one_before(line: Line) -> None:
    agree(line)
    newer = agree(line, tonight="With her aunt")
    with line.system.transaction() as session:
        assert [each.id for each in night_plans.to_confirm(session)] == [newer.id]
        assert night_plans.latest(session, line.contact_id).tonight == "With her aunt"
