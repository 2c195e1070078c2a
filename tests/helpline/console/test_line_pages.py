"""The supervisor's pages on who takes what, and the pauses that a call-taker can take."""

from datetime import timedelta

import pytest

from helpline.accounts import availability, breaks
from helpline.accounts.models import Availability, Because, Role, StaffMember
from helpline.clock import now
from helpline.contacts import skills
from helpline.contacts.models import Stream
from helpline.voice import wait_rules
from tests.helpline import making
from tests.system import Console, System

NOTHING = {stream.value: "" for stream in Stream if stream is not Stream.not_chosen}


@pytest.fixture
def morgan(system: System) -> Console:
    return system.call_taker("Morgan", None, Role.supervisor)


@pytest.fixture
def priya(system: System) -> Console:
    return system.call_taker("Priya", "020 7946 0101")


def who(system: System, console: Console) -> StaffMember:
    with system.transaction() as session:
        return session.get_one(StaffMember, console.staff_id)


def save(morgan: Console, about: Console, **fields: object) -> int:
    sent = NOTHING | {"languages": "en", "most_texts": "3", "texts_beside_call": "2"} | fields
    return morgan.post(f"/shift/skills/{about.staff_id}", **sent).status_code


def test_a_supervisor_sets_what_somebody_takes(
    system: System, morgan: Console, priya: Console
) -> None:
    assert "Every kind of call" in morgan.page("/shift/skills").text
    answer = save(
        morgan, priya, family="1", sighting="3", languages=["en", "cy"], texts_beside_call="0"
    )
    assert answer == 303
    with system.transaction() as session:
        assert skills.of(session, priya.staff_id) == {Stream.family: 1, Stream.sighting: 3}
    assert who(system, priya).languages == ["cy", "en"]
    assert who(system, priya).texts_beside_call == 0
    page = morgan.page("/shift/skills").text
    assert "Families (first choice), Sightings (third choice)" in page
    assert "Welsh" in page
    form = morgan.page(f"/shift/skills/{priya.staff_id}")
    chosen = form.select_one("#family option[selected]")
    assert chosen is not None
    assert chosen["value"] == "1"


@pytest.mark.parametrize(
    "wrong", [{"languages": []}, {"most_texts": "-1"}, {"most_texts": "x"}, {"family": "4"}]
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    system: System, morgan: Console, priya: Console, wrong: dict[str, object]
) -> None:
    assert save(morgan, priya, **wrong) == 422
    assert who(system, priya).text_capacity == 3


def test_figures_of_a_wait_are_entered_and_made_sound(system: System, morgan: Console) -> None:
    assert morgan.post("/shift/waits/family", anybody_after="3000", choice_after="30").ok
    with system.transaction() as session:
        rule = wait_rules.every(session)[Stream.family]
    assert (rule.anybody_after, rule.choice_after) == (300, 30)
    assert "everybody after 300" in morgan.page("/shift/waits").text
    assert morgan.page("/shift/waits/family").select_one("#choice_after")["value"] == "30"
    assert morgan.get("/shift/waits/nonsense").status_code == 404


@pytest.mark.parametrize("path", ["/shift/skills", "/shift/waits", "/shift/waits/family"])
def test_call_takers_do_not_set_the_line(priya: Console, path: str) -> None:
    assert priya.get(path).status_code == 403


def test_whoever_needs_longer_to_wrap_up_says_so_and_the_supervisor_sees_it(
    system: System, morgan: Console, priya: Console
) -> None:
    with system.transaction() as session:
        staff = availability.locked(session, priya.staff_id)
        availability.become(session, staff, Availability.wrapping_up, at=now())
    assert priya.page("/console/parts/me").select_one("time[data-until]") is not None
    assert priya.post("/console/more-time").status_code == 204
    assert "as long as you need" in priya.page("/console/parts/me").text
    assert "needs more time to wrap up" in morgan.page("/shift").text


def test_more_time_is_only_for_those_who_wrap_up(priya: Console) -> None:
    assert priya.ready().post("/console/more-time").status_code == 422


def a_hard_contact(system: System, console: Console, **coding: str) -> None:
    with system.transaction() as session:
        staff = session.get_one(StaffMember, console.staff_id)
        contact_id = making.conversation(session, staff).id
    assert console.end(contact_id).status_code == 204
    assert console.wrap_up(contact_id, **coding).status_code == 204


def test_after_a_hard_contact_a_break_is_offered_and_taken(
    system: System, morgan: Console, priya: Console
) -> None:
    priya.ready()
    a_hard_contact(system, priya, risk="immediate_danger")
    assert who(system, priya).because is Because.break_offered
    assert "break offered" in morgan.page("/shift").text

    assert priya.post("/console/break").status_code == 204
    staff = who(system, priya)
    assert (staff.availability, staff.because) == (Availability.away, Because.on_break)
    assert staff.away_until is not None
    assert timedelta(minutes=9) < staff.away_until - now() <= breaks.LENGTH


def test_the_offer_of_a_break_can_be_declined_or_left_alone(system: System, priya: Console) -> None:
    priya.ready()
    a_hard_contact(system, priya, risk="significant_harm_likely")
    priya.ready()
    assert who(system, priya).because is None
    assert priya.post("/console/break").status_code == 422

    a_hard_contact(system, priya, risk="significant_harm_likely")
    with system.transaction() as session:
        later = now() + breaks.OFFER_STANDS
        availability.end_what_is_over(session, at=later, wrap_up=timedelta(minutes=5))
    assert who(system, priya).availability is Availability.ready


def test_no_break_is_offered_after_an_ordinary_contact(system: System, priya: Console) -> None:
    priya.ready()
    a_hard_contact(system, priya, risk="concern")
    assert who(system, priya).availability is Availability.ready
