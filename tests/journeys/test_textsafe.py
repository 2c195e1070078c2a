"""A force asks, one text goes, and what comes of it stays here: by form and by API."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import requests
import sqlalchemy as sa
import time_machine

from helpline.accounts import api_keys
from helpline.accounts.api_keys import Scope
from helpline.accounts.models import Role
from helpline.clock import now
from helpline.contacts.models import Contact, ContactState, Need
from helpline.textsafe.models import Course, Ending, TextSafeRequest
from tests.helpline import making
from tests.helpline.textsafe import asking
from tests.system import Console, Handset, System

SAM = "07700 900123"
AGREED = "2026-11-24T18:30"


@pytest.fixture
def priya(system: System) -> Console:
    return system.call_taker("Priya", None).ready()


@pytest.fixture
def lee(system: System) -> Console:
    return system.call_taker("Lee", None, Role.partner_liaison)


@pytest.fixture
def alex(system: System) -> Console:
    """Be an officer of a force that is live."""
    alex = system.call_taker("Alex", None, Role.call_taker)
    with system.transaction() as session:
        force = asking.force(session, "Westmoor")
        person = session.get_one(making.StaffMember, alex.staff_id)
        person.role, person.organisation_id = Role.police_partner, force.id
        person.email = f"alex@{asking.DOMAIN}"
    return alex


@pytest.fixture
def sam(system: System) -> Handset:
    return system.handset(SAM)


def fields(**changed: str) -> dict[str, str]:
    return {
        "form_key": str(uuid.uuid4()),
        "force_reference": "WM-2026-1187",
        "officer": "PC 4471",
        "mobile": SAM,
        "mobile_again": SAM,
        "age_band": "adult",
        "language": "en",
        "risk": "medium",
        "suicide_risk": "not_high",
        "basis": "consent",
        "given_by": "partner",
        "given_at": AGREED,
        "given_how": "by_telephone",
        "in_other_hands": "no",
        "repeat_wanted": "no",
    } | changed


def ask(system: System, alex: Console, **changed: str) -> str:
    """Fill in the form; give the address of the request."""
    answer = alex.post("/police/requests/new", **fields(**changed))
    assert answer.status_code == 303, answer.text
    system.settle()
    system.advance(5)
    return answer.headers["Location"]


def told(alex: Console, address: str) -> str:
    return alex.page(address).main.get_text(" ", strip=True)  # type: ignore[union-attr]


def request(system: System) -> TextSafeRequest:
    with system.transaction() as session:
        newest = sa.select(TextSafeRequest).order_by(TextSafeRequest.number.desc()).limit(1)
        return session.scalars(newest).one()


def ending(system: System) -> Ending | None:
    with system.transaction() as session:
        return session.scalars(sa.select(Course.ending)).one()


def test_an_officer_asks_and_one_text_goes_which_offers_a_message_home(
    system: System, alex: Console, sam: Handset
) -> None:
    address = ask(system, alex)
    assert len(sam.received) == 1
    assert "message home" in sam.received[0]
    assert "/why" in sam.received[0]
    assert "Sent" in told(alex, address)
    system.advance(60)
    assert len(sam.received) == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"force_reference": ""}, "Enter your reference"),
        ({"officer": ""}, "Enter rank and collar number"),
        ({"mobile": "020 7946 0101", "mobile_again": "020 7946 0101"}, "Enter a UK mobile number"),
        ({"mobile_again": "07700 900124"}, "The two numbers differ"),
        ({"age_band": ""}, "Choose how old they are"),
        ({"risk": ""}, "Choose the risk level"),
        ({"basis": ""}, "Choose on what the request rests"),
        ({"given_by": ""}, "Choose who agreed"),
        ({"given_at": ""}, "Enter when they agreed"),
        ({"given_at": "yesterday"}, "Enter the day and the time"),
        ({"given_how": ""}, "Choose how they agreed"),
        ({"basis": "safeguarding", "why": ""}, "Write why this basis holds"),
        ({"in_other_hands": ""}, "Choose whether somebody else could have the phone"),
    ],
)
def test_a_form_with_an_error_says_what_to_do_and_keeps_the_rest(
    system: System, alex: Console, changed: dict[str, str], sentence: str
) -> None:
    answer = alex.post("/police/requests/new", **fields(**changed))
    assert answer.status_code == 422
    assert answer.text.count(sentence) >= 2, "in the summary and at the field"
    assert "WM-2026-1187" in answer.text or "force_reference" in changed
    with system.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(TextSafeRequest)) == 0


def test_a_program_asks_the_same_and_sees_the_same(
    system: System, alex: Console, sam: Handset
) -> None:
    with system.transaction() as session:
        force_id = session.get_one(making.StaffMember, alex.staff_id).organisation_id
        assert force_id is not None
        by = making.staff_member(session, role=Role.administrator)
        scopes = (Scope.textsafe_request, Scope.textsafe_read)
        wanted = api_keys.Wanted(scopes, 30, uuid.uuid4())
        key = api_keys.make(session, force_id, wanted, by=by.id, at=now())
    root = f"{system.web}/api/v1/textsafe/requests"
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "our-case-1187"}
    body = {
        "force_reference": "WM-2026-1187",
        "officer": "PC 4471",
        "officer_email": f"pc.4471@{asking.DOMAIN}",
        "mobile": SAM,
        "age_band": "under_18",
        "risk": "medium",
        "basis": "consent",
        "given_by": "parent",
        "given_at": f"{AGREED}:00Z",
        "given_how": "by_telephone",
    }
    asked = requests.post(root, json=body, headers=headers, timeout=20).json()
    assert asked["status"] == "accepted"
    lee = system.call_taker("Lee", None, Role.partner_liaison)
    assert lee.post(f"/textsafe/{asked['id']}/approve").status_code == 303
    system.settle()
    system.advance(5)
    assert "message home" not in sam.received[0]
    shown = requests.get(f"{root}/{asked['id']}", headers=headers, timeout=20).json()
    assert shown["status"] == "sent"
    assert "Sent" in told(alex, f"/police/requests/{asked['id']}")


def test_a_child_waits_for_a_second_person(
    system: System, alex: Console, lee: Console, sam: Handset
) -> None:
    address = ask(system, alex, age_band="under_18", given_by="parent")
    assert sam.received == []
    assert "Accepted" in told(alex, address)
    listed = lee.page("/textsafe").get_text(" ", strip=True)
    assert "under 18" in listed
    morgan = system.call_taker("Morgan", None, Role.supervisor)
    assert "TextSafe to approve 1" in morgan.page("/shift").get_text(" ", strip=True)
    lee.post(f"/textsafe/{request(system).id}/approve")
    system.settle()
    system.advance(5)
    assert len(sam.received) == 1
    assert "Are you OK?" in sam.received[0]


def test_a_second_person_rejects_and_the_force_reads_why(
    system: System, alex: Console, lee: Console, sam: Handset
) -> None:
    address = ask(system, alex, in_other_hands="yes")
    path = f"/textsafe/{request(system).id}/reject"
    assert lee.post(path).status_code == 422
    assert lee.post(path, refusal="may_do_harm").status_code == 303
    system.settle()
    assert sam.received == []
    assert "a text could do harm" in told(alex, address)


def test_an_answer_is_a_conversation_that_only_says_it_followed_a_textsafe(
    system: System, alex: Console, priya: Console, sam: Handset
) -> None:
    address = ask(system, alex, repeat_wanted="yes")
    before = told(alex, address)
    sam.text("who is this")
    waiting = priya.waiting().get_text(" ", strip=True)
    assert "Followed a TextSafe" in waiting
    assert re.search(r"Answer until \d\d:\d\d", waiting)
    assert "WM-2026-1187" not in waiting
    with system.transaction() as session:
        contact = session.scalars(sa.select(Contact)).one()
    priya.take(contact.id)
    page = priya.page(f"/console/contacts/{contact.id}").get_text(" ", strip=True)
    assert "Followed a TextSafe" in page
    assert "WM-2026-1187" not in page
    assert "Westmoor" not in page
    system.worker.end_textsafe()
    assert ending(system) is Ending.in_touch
    assert told(alex, address) == before


def test_after_an_hour_the_console_says_that_the_answer_is_overdue(
    system: System, alex: Console, priya: Console, sam: Handset
) -> None:
    ask(system, alex)
    sam.text("who is this")
    with system.transaction() as session:
        contact = session.scalars(sa.select(Contact)).one()
        contact.follows_outreach_at = now() - timedelta(minutes=61)
    assert "Answer overdue" in priya.waiting().get_text(" ", strip=True)


def test_words_of_danger_go_first(
    system: System, alex: Console, priya: Console, sam: Handset
) -> None:
    other = system.handset("07700 900124")
    other.text("hello")
    ask(system, alex)
    sam.text("i want to kill myself")
    first = priya.waiting().select_one(".card")
    assert first is not None
    assert "Followed a TextSafe" in first.get_text(" ", strip=True)
    with system.transaction() as session:
        found = session.scalars(sa.select(Contact).order_by(Contact.need.desc())).first()
        assert found is not None
        assert Need.danger.value in found.need_because


def test_stop_ends_it_in_silence_and_a_later_cry_for_help_is_heard(
    system: System, alex: Console, priya: Console, sam: Handset
) -> None:
    address = ask(system, alex, repeat_wanted="yes")
    before = told(alex, address)
    sam.text("STOP", to="01632 960117")
    system.worker.end_textsafe()
    assert ending(system) is not None
    assert told(alex, address) == before
    assert "Nobody is waiting" in priya.waiting().get_text(" ", strip=True)
    sam.text("please help me")
    assert "Followed a TextSafe" in priya.waiting().get_text(" ", strip=True)


def test_found_is_one_button_and_nothing_more_goes(
    system: System, alex: Console, sam: Handset
) -> None:
    address = ask(system, alex, repeat_wanted="yes")
    alex.post(f"{address}/found")
    assert "Found You told us" in told(alex, address)
    with time_machine.travel(now() + timedelta(hours=25), tick=False):
        system.settle()
    assert len(sam.received) == 1
    assert ending(system) is Ending.found


def test_found_while_it_waits_for_the_second_person_sends_nothing(
    system: System, alex: Console, sam: Handset
) -> None:
    address = ask(system, alex, risk="high")
    alex.post(f"{address}/found")
    system.settle()
    assert sam.received == []


def test_at_night_low_risk_waits_for_the_morning_and_a_repeat_comes_a_day_later(
    system: System, alex: Console, sam: Handset
) -> None:
    night = datetime(2026, 12, 2, 2, 30, tzinfo=UTC)
    with time_machine.travel(night, tick=False) as clock:
        alex.http.cookies.clear()
        alex.sign_in(f"alex@{asking.DOMAIN}")
        address = ask(system, alex, risk="low", repeat_wanted="yes")
        assert sam.received == []
        assert "Accepted" in told(alex, address)
        clock.move_to(night.replace(hour=7, minute=1))
        alex.sign_in(f"alex@{asking.DOMAIN}")
        system.settle()
        system.advance(5)
        assert len(sam.received) == 1
        for hours, texts in ((20, 1), (25, 2)):
            clock.move_to(night.replace(hour=7, minute=1) + timedelta(hours=hours))
            system.settle()
            system.advance(5)
            assert len(sam.received) == texts


def test_a_number_is_given_to_samaritans_by_two_people_and_shown_once(
    system: System, alex: Console, lee: Console
) -> None:
    address = ask(system, alex, suicide_risk="high", risk="high")
    morgan = system.call_taker("Morgan", None, Role.supervisor)
    before = told(alex, address)
    path = f"/textsafe/{request(system).id}"
    assert lee.post(f"{path}/samaritans/propose").status_code == 303
    assert lee.post(f"{path}/samaritans/approve").status_code == 403
    assert "7700" not in lee.post(f"{path}/samaritans/give").text
    assert morgan.post(f"{path}/samaritans/approve").status_code == 303
    given = lee.post(f"{path}/samaritans/give")
    assert "+447700900123" in given.text
    assert "no-store" in given.headers["Cache-Control"]
    assert "+447700900123" not in lee.post(f"{path}/samaritans/give").text
    assert "7700" not in lee.page(path).get_text()
    assert told(alex, address) == before


def test_a_misdirected_number_is_noted_and_listed(
    system: System, alex: Console, lee: Console, sam: Handset
) -> None:
    address = ask(system, alex, repeat_wanted="yes")
    before = told(alex, address)
    path = f"/textsafe/{request(system).id}/misdirected"
    empty = lee.post(path, showed="they_told_us", done="   ", form_key=str(uuid.uuid4()))
    assert empty.status_code == 422
    assert "Write what was done about it" in empty.text
    answer = lee.post(
        path, form_key=str(uuid.uuid4()), showed="they_told_us", done="Said sorry, and deleted it."
    )
    assert answer.status_code == 303
    assert "Said sorry" in lee.page("/textsafe/misdirected").get_text()
    assert ending(system) is Ending.wrong_number
    assert told(alex, address) == before


def test_the_reminder_is_shown_and_closed(system: System, alex: Console, lee: Console) -> None:
    ask(system, alex, reported_at=(now() - timedelta(hours=73)).strftime("%Y-%m-%dT%H:%M"))
    page = lee.page("/textsafe/cases")
    assert "Over for" in page.get_text(" ", strip=True)
    form = page.find("form", action=re.compile("/referred$"))
    assert form is not None
    lee.post(str(form["action"]))
    assert "Nothing is due" in lee.page("/textsafe/cases").get_text(" ", strip=True)


def test_figures_and_lists_open_for_partner_liaison(
    system: System, alex: Console, lee: Console
) -> None:
    ask(system, alex)
    assert "fewer than 5" in lee.page("/textsafe/figures").get_text(" ", strip=True)
    found = lee.http.post(
        f"{system.web}/textsafe",
        data={"asked": "wm-2026-1187", "csrf_token": lee.token},
        timeout=20,
    )
    assert "Found" in found.text


def test_whoever_got_a_text_reads_why(system: System) -> None:
    for path, words in (
        ("/why", "Why have I received this message?"),
        ("/pam", "Pam ges i'r neges hon?"),
    ):
        page = requests.get(system.web + path, timeout=20)
        assert words.replace("'", "&#39;") in page.text or words in page.text
        assert "Leave this page now" in page.text
        assert page.headers.get("Set-Cookie") is None


def test_staff_without_the_right_see_no_request(system: System, alex: Console) -> None:
    ask(system, alex)
    for role in (Role.call_taker, Role.administrator, Role.data_protection_officer):
        console = system.call_taker(role.value, None, role)
        for path in ("/textsafe", f"/textsafe/{request(system).id}", "/textsafe/figures"):
            assert console.get(path).status_code == 403


def test_a_waiting_contact_is_there(system: System, alex: Console, sam: Handset) -> None:
    ask(system, alex)
    sam.dial()
    system.advance(30)
    with system.transaction() as session:
        contact = session.scalars(sa.select(Contact)).one()
        assert contact.follows_outreach_at is not None
        assert contact.state is not ContactState.closed
