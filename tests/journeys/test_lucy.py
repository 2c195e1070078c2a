"""Lucy, 14, in a phone box: her story row by row, and all that must not happen (domain.md 1g)."""

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from helpline.clock import now
from helpline.contacts import contacts, need, night_plans
from helpline.contacts.alarms import Alarm, AlarmKind
from helpline.contacts.models import ContactState, Happening, Need
from helpline.directory import faults
from helpline.directory.models import FaultKind, RungKind
from helpline.voice import first_minute
from tests.journeys.lucy import ALL_NUMBERS, SHE_AGREES, Story
from tests.journeys.telephones import TOMS_DESK, in_a_call, is_ringing, pick_up
from tests.system import System

ADDRESS = "Station Road"


@pytest.fixture
def story(system: System) -> Iterator[Story]:
    told = Story(system)
    yield told
    told.close()


@pytest.fixture
def without_a_duty_team(system: System) -> Iterator[Story]:
    told = Story(system, with_duty_team=False)
    yield told
    told.close()


def alarms(system: System) -> list[AlarmKind]:
    with system.transaction() as session:
        return list(session.scalars(sa.select(Alarm.kind).order_by(Alarm.raised_at)))


def send_message(story: Story, minutes: int = 10) -> str:
    """C4: let Priya write the message to the council; gives its page."""
    answer = story.priya.post(
        story.path(f"/professional/{story.partner_id}"),
        words="Please ring Lucy back. She is 14, ran from her placement, and wants to talk.",
        call_back="020 7946 0801",
        minutes=str(minutes),
        ground="agreed",
        agreed_words=SHE_AGREES,
        form_key=str(uuid.uuid4()),
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


# --- the story --------------------------------------------------------------------------------


def test_c1_a_child_rings_from_a_phone_box_and_goes_first(story: Story) -> None:
    story.lucy_rings()
    contact = story.contact
    assert contact.is_child
    assert Need.child in need.reasons(contact)
    assert in_a_call(story.desk)
    assert in_a_call(story.lucy)
    story.first_minute()
    with story.system.transaction() as session:
        locked = contacts.locked(session, contact.id)
        assert first_minute.number_to_ring_back(session, locked) is not None


def test_c2_a_safeguarding_concern_goes_out_in_the_background(story: Story) -> None:
    story.lucy_rings()
    answer = story.priya.post(
        story.path("/concern"),
        words="14, looked after, nowhere to sleep tonight",
        form_key=str(uuid.uuid4()),
    )
    assert answer.status_code == 303, answer.text
    assert story.contact.is_flagged
    assert in_a_call(story.lucy)


def test_c3_what_lucy_agrees_to_is_kept_with_its_conditions(story: Story) -> None:
    story.lucy_rings()
    story.asks_for_the_bridge()
    assert "Not which phone box" in story.priya.page(story.path("/consents")).text


def test_c3_without_lucys_yes_or_a_decision_nobody_is_rung(story: Story) -> None:
    story.lucy_rings()
    for fields in (
        {"ground": "agreed", "agreed_words": ""},
        {"ground": "not_agreed", "disclosure": ""},
        {"ground": "not_agreed", "disclosure": str(uuid.uuid4())},
        {},
    ):
        answer = story.priya.post(
            story.path(f"/bridge/{story.partner_id}"), **fields, form_key=str(uuid.uuid4())
        )
        assert answer.status_code == 422
    story.system.settle()
    assert not is_ringing(story.duty)


def test_c4_in_the_evening_the_duty_team_is_asked_and_somebody_owns_it(story: Story) -> None:
    story.lucy_rings()
    page = story.priya.page(send_message(story))
    assert "Emergency duty team" in page.text
    assert "Message to Northmoor Council" in story.priya.page("/console/parts/tasks").text
    assert "with Priya" in story.morgan.page("/console/parts/tasks").text


def test_c4_nobody_confirms_it_so_it_climbs_and_alarms_long_before_half_an_hour(
    story: Story,
) -> None:
    story.lucy_rings()
    message = send_message(story)
    story.minutes_pass(11)
    assert "Manager on call" in story.priya.page(message).text
    assert alarms(story.system) == []
    story.minutes_pass(4)
    assert AlarmKind.not_confirmed in alarms(story.system)
    assert "Late" in story.priya.page("/console/parts/tasks").text
    steps = story.timeline()
    assert steps.index(Happening.professional_next_rung) < steps.index(
        Happening.professional_no_rung_left
    )


def test_c4_whoever_has_it_is_chased_until_they_have_rung_back(story: Story) -> None:
    story.lucy_rings()
    message = send_message(story)
    story.priya.post(f"{message}/confirmed", who="Ann Hill, duty social worker")
    assert "Ann Hill" in story.priya.page(message).text
    story.minutes_pass(11)
    assert alarms(story.system) == [AlarmKind.not_rung_back]
    story.priya.post(f"{message}/rang_back", words="Ann rang at nine")
    assert "They rang back" in story.priya.page(message).text
    assert "Message to" not in story.priya.page("/console/parts/tasks").text


def test_c5_lucy_rings_again_goes_to_the_front_and_reaches_priya(story: Story) -> None:
    story.lucy_rings()
    story.first_minute()
    story.agrees_a_plan()
    story.priya.end(story.contact.id)
    story.priya.wrap_up(story.contact.id)
    story.minutes_pass(30)
    story.system.call_taker("Tom", TOMS_DESK).ready()
    story.lucy_rings()
    assert {Need.child, Need.returning} <= need.reasons(story.contact)
    assert story.contact.owner_id == story.priya.staff_id


def test_c5_a_stranger_at_the_box_is_a_supervisors_matter_at_once(story: Story) -> None:
    story.lucy_rings()
    with story.system.transaction() as session:
        contact = contacts.locked(session, story.contact.id)
        danger = first_minute.Answers(in_danger=first_minute.Answer.yes, where=ADDRESS)
        first_minute.note(session, contact, story.priya.staff_id, danger, at=now())
    assert alarms(story.system) == [AlarmKind.danger]


def test_c6_lucy_is_kept_company_while_the_duty_team_is_rung(story: Story) -> None:
    story.lucy_rings()
    story.asks_for_the_bridge()
    assert is_ringing(story.duty)
    assert not is_ringing(story.manager)
    assert "Their phone rings" in story.page()
    story.duty.answer()
    assert "missing people helpline" in story.duty.heard
    assert "Lucy" not in story.duty.heard
    story.duty.press("1")
    story.system.advance(10)
    assert "private" in story.page()
    assert "still here" in story.lucy.heard, "the caller hears words, not silence"


def test_c6_when_nobody_answers_the_next_rung_is_offered(story: Story) -> None:
    story.lucy_rings()
    story.asks_for_the_bridge()
    story.duty.decline()
    page = story.priya.page(story.path())
    assert "Nobody answered" in page.text
    assert page.find("button", string="Ring Manager on call")
    assert page.select_one(".bridge__next time[data-until]") is not None
    story.ring(RungKind.team_manager)
    assert is_ringing(story.manager)


def test_c7_three_on_the_line_and_a_plan_before_anybody_leaves(story: Story) -> None:
    story.lucy_rings()
    story.all_together()
    assert "In the call, with the caller" in story.page()
    refused = story.priya.end(story.contact.id)
    assert refused.status_code == 422
    assert "what is agreed for tonight" in refused.text
    assert in_a_call(story.lucy)
    story.agrees_a_plan()
    assert "Back at the home" in story.page()
    assert story.priya.end(story.contact.id).status_code == 204
    assert not in_a_call(story.lucy)
    assert not in_a_call(story.duty)


def test_c7_somebody_makes_sure_that_she_arrived(story: Story) -> None:
    story.lucy_rings()
    story.all_together()
    story.agrees_a_plan()
    assert "arrive?" in story.priya.page("/console/parts/tasks").text
    story.minutes_pass(95)
    assert AlarmKind.not_arrived in alarms(story.system)
    with story.system.transaction() as session:
        plan = night_plans.latest(session, story.contact.id)
    story.priya.sign_in("priya@example.org")
    done = story.priya.post(f"/console/plans/{plan.id}", arrival="arrived", words="The home says")
    assert done.status_code == 303
    assert "arrive?" not in story.priya.page("/console/parts/tasks").text
    assert Happening.arrived in story.timeline()


def test_c7_neither_sees_the_others_number_and_no_page_shows_one(story: Story) -> None:
    story.lucy_rings()
    story.all_together()
    assert "2079460801" not in str(story.duty.call)
    assert "2079460402" not in str(story.lucy.call)
    for path in (
        story.path(),
        story.path("/bridge"),
        story.path(f"/bridge/{story.partner_id}"),
        "/console/parts/tasks",
    ):
        shown = story.priya.get(path).text.replace(" ", "")
        assert not [each for each in ALL_NUMBERS if each in shown], path


def test_c7_lucys_line_drops_and_call_taker_and_social_worker_talk_on(story: Story) -> None:
    story.lucy_rings()
    story.all_together()
    story.lucy.hang_up()
    assert in_a_call(story.desk)
    assert in_a_call(story.duty)
    assert alarms(story.system) == [AlarmKind.gone]
    story.duty.hang_up()
    assert not in_a_call(story.desk)
    assert story.contact.state is ContactState.wrapping_up


def test_c7_priyas_line_drops_and_lucy_is_not_stranded(story: Story) -> None:
    story.lucy_rings()
    story.all_together()
    story.desk.hang_up()
    assert in_a_call(story.lucy)
    assert in_a_call(story.duty)
    assert alarms(story.system) == [AlarmKind.cut_off]
    story.system.advance(1)
    assert is_ringing(story.desk)
    pick_up(story.desk)
    assert story.contact.state is ContactState.with_call_taker
    assert "In the call, with the caller" in story.page()


def test_c7_the_social_worker_leaves_and_lucy_talks_on_with_priya(story: Story) -> None:
    story.lucy_rings()
    story.all_together()
    story.duty.hang_up()
    assert in_a_call(story.lucy)
    assert in_a_call(story.desk)
    assert "They have left the call" in story.page()


def test_c7_the_call_goes_over_to_tom_with_three_on_the_line(story: Story) -> None:
    tom = story.system.call_taker("Tom", TOMS_DESK)
    tom.ready()
    story.lucy_rings()
    story.all_together()
    answer = story.priya.post(
        story.path("/transfer"), colleague=str(tom.staff_id), how="first_alone"
    )
    assert answer.status_code == 204, answer.text
    story.system.settle()
    early = story.priya.post(story.path("/transfer/move"))
    assert early.status_code == 422, "nobody is between two"
    pick_up(story.toms_desk)
    story.system.advance(10)
    assert story.contact.owner_id == story.priya.staff_id
    assert story.priya.post(story.path("/transfer/move")).status_code == 204
    story.system.settle()
    assert story.contact.owner_id == tom.staff_id
    assert story.priya.post(story.path("/leave")).status_code == 204
    story.system.settle()
    assert not in_a_call(story.desk)
    assert in_a_call(story.toms_desk)
    assert in_a_call(story.lucy)
    assert in_a_call(story.duty)


def test_c8_the_next_day_she_is_known_again_and_what_came_of_it_is_kept(story: Story) -> None:
    story.lucy_rings()
    story.first_minute()
    story.agrees_a_plan()
    story.priya.end(story.contact.id)
    story.priya.wrap_up(story.contact.id, outcome="three_way_social_worker")
    story.minutes_pass(16 * 60)
    story.priya.sign_in("priya@example.org").ready()
    story.lucy_rings()
    assert "Earlier contacts" in story.page()
    assert "wrapped up" in story.page()


# --- what must not happen ---------------------------------------------------------------------


def test_a_missing_duty_number_leads_to_the_police_by_hand_and_a_task_for_the_directory(
    without_a_duty_team: Story,
) -> None:
    story = without_a_duty_team
    story.lucy_rings()
    story.asks_for_the_bridge()
    page = story.page()
    assert "999 if there is danger now, otherwise 101" in page
    assert in_a_call(story.lucy)
    with story.system.transaction() as session:
        (fault,) = faults.to_mend(session, story.partner_id)
        assert fault.kind is FaultKind.number_missing


def test_a_social_worker_who_demands_the_address_gets_what_the_threshold_allows(
    story: Story,
) -> None:
    story.lucy_rings()
    story.first_minute()
    story.all_together()
    page = story.page()
    assert "They ask where the caller is" in page
    assert "Not which phone box" in page, "what Lucy agreed to stands beside it"
    assert "a supervisor or safeguarding lead agrees first" in page
    assert ADDRESS not in story.duty.heard


def test_lucy_who_hangs_up_at_c5_alarms_with_what_is_known_and_is_rung_back_as_agreed(
    story: Story,
) -> None:
    story.lucy_rings()
    story.first_minute()
    story.lucy.hang_up()
    assert alarms(story.system) == [AlarmKind.gone]
    with story.system.transaction() as session:
        contact = contacts.locked(session, story.contact.id)
        noted = first_minute.read(session, contact.id)
        assert ADDRESS in noted.where
        assert first_minute.number_to_ring_back(session, contact) == noted.number_token


def asks_for_lucy(story: Story) -> str:
    answer = story.morgan.post(
        "/enquiries/new",
        asked_by="family_or_friend",
        asker="Says she is Lucy's carer",
        about="Lucy, 14",
        message="",
        form_key=str(uuid.uuid4()),
    )
    assert answer.status_code == 303, answer.text
    return story.morgan.page(str(answer.headers["Location"])).find("main").get_text(" ", strip=True)


def test_an_adult_who_claims_to_be_her_carer_learns_nothing(story: Story) -> None:
    before = asks_for_lucy(story)
    story.lucy_rings()
    story.all_together()
    assert asks_for_lucy(story) == before, "the answer is the same whatever the truth"
    assert "We never say whether somebody has been in touch" in before


def test_a_silent_child_is_a_contact_and_can_be_ended_with_the_reason(story: Story) -> None:
    story.lucy_rings()
    answer = story.priya.post(
        story.path("/plan"), why_none="Nobody spoke for five minutes", form_key=str(uuid.uuid4())
    )
    assert answer.status_code == 303
    assert story.priya.end(story.contact.id).status_code == 204
    assert story.contact.state is ContactState.wrapping_up
