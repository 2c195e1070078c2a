"""The pages of consents, plans and disclosures, as the people who use them meet them."""

import re
import uuid
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import requests
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup

from helpline.accounts.models import Role
from helpline.clock import LONDON, now
from helpline.confidentiality import consent, disclosures, safe_contact
from helpline.confidentiality.hours import Window
from helpline.contacts.models import Contact
from helpline.outbox import Promise
from helpline.sms import conversations
from helpline.sms.models import Text, TextState
from tests.system import Console, Handset, System

CONSENT = {
    "scopes": ["safe_and_well", "text_back"],
    "towards": "family",
    "about": "themselves",
    "recipient": "his sister",
    "words": "tell my sister im ok",
    "heard": "text",
}
PLAN = {
    "ways": ["text"],
    "when": "hours",
    "days": ["0", "1", "2", "3", "4", "5", "6"],
    "start": "18:00",
    "end": "22:00",
    "is_shared_phone": "yes",
    "may_leave_voicemail": "no",
    "words_first": "Ask for Jo",
}
DISCLOSURE = {
    "threshold": "significant_harm",
    "age_band": "13_15",
    "reason": "a man will pick her up",
    "recipient": "police",
    "recipient_name": "Kent Police control room",
    "facts": "she is at the station\nshe expects him at nine",
    "person_told": "told_first",
    "why_not_told": "",
}


@pytest.fixture
def sam(system: System) -> Handset:
    return system.handset("07700 900123")


@pytest.fixture
def priya(system: System) -> Console:
    return system.call_taker("Priya", "020 7946 0101").ready()


@pytest.fixture
def morgan(system: System) -> Console:
    return system.call_taker("Morgan", None, Role.supervisor)


@pytest.fixture
def contact(system: System, priya: Console, sam: Handset) -> Contact:
    """Let Sam write, and Priya take it."""
    sam.text("hello")
    with system.transaction() as session:
        found = session.scalars(sa.select(Contact)).one()
    priya.take(found.id)
    return found


def send(console: Console, path: str, **fields: Any) -> requests.Response:
    """Post a form as a browser without scripts does."""
    given = {"csrf_token": console.token, "form_key": str(uuid.uuid4())} | fields
    return console.http.post(
        console.system.web + path, data=given, timeout=20, allow_redirects=False
    )


def words_of(console: Console, path: str) -> str:
    return " ".join(console.page(path).get_text(" ").split())


def errors(answer: requests.Response) -> list[str]:
    page = BeautifulSoup(answer.text, "html5lib")
    return [each.get_text(strip=True) for each in page.select(".govuk-error-summary li")]


# --- consents ------------------------------------------------------------------------------


def test_a_consent_is_entered_shown_and_taken_back(
    system: System, priya: Console, contact: Contact
) -> None:
    ledger = f"/console/contacts/{contact.id}/consents"
    assert send(priya, ledger, **CONSENT).status_code == 303
    shown = words_of(priya, ledger)
    assert "Say that they are safe and well" in shown
    assert "“tell my sister im ok”" in shown
    about = words_of(priya, f"/console/contacts/{contact.id}/parts/about")
    assert "Say that they are safe and well: Family (his sister)" in about
    with system.transaction() as session:
        entry = consent.ledger(session, contact.caller_id)[0]

    said = {"words": "no dont", "heard": "text"}
    answer = send(priya, f"{ledger}/{entry.id}/withdraw", **said)
    assert answer.status_code == 303
    assert "Taken back" in words_of(priya, ledger)
    about = words_of(priya, f"/console/contacts/{contact.id}/parts/about")
    assert "his sister" not in about


def test_an_empty_consent_says_what_is_missing(priya: Console, contact: Contact) -> None:
    answer = send(priya, f"/console/contacts/{contact.id}/consents")
    assert answer.status_code == 422
    assert errors(answer) == [
        "Choose what they agree to",
        "Choose towards whom",
        "Write down what they said, as nearly as you can",
        "Choose how they said it",
    ]


@pytest.mark.parametrize("last_day", ["9999-12-31", "0001-01-01", "2019-01-01", "x"])
def test_a_last_day_that_nobody_can_mean_is_refused(
    priya: Console, contact: Contact, last_day: str
) -> None:
    fields = CONSENT | {"last_day": last_day}
    answer = send(priya, f"/console/contacts/{contact.id}/consents", **fields)
    assert answer.status_code == 422
    assert len(errors(answer)) == 1


def test_a_consent_holds_to_the_end_of_its_last_day_in_london(
    system: System, priya: Console, contact: Contact
) -> None:
    today = now().astimezone(LONDON).date()
    fields = CONSENT | {"last_day": today.isoformat()}
    assert send(priya, f"/console/contacts/{contact.id}/consents", **fields).status_code == 303
    with system.transaction() as session:
        entry = consent.ledger(session, contact.caller_id)[0]
    midnight = datetime.combine(today + timedelta(days=1), time(0), LONDON)
    assert entry.valid_until == midnight
    assert f"Last day: {today.day} " in words_of(priya, f"/console/contacts/{contact.id}/consents")


def test_a_ledger_that_was_tampered_with_warns(
    system: System, priya: Console, contact: Contact
) -> None:
    ledger = f"/console/contacts/{contact.id}/consents"
    send(priya, ledger, **CONSENT)
    with system.transaction() as session:
        session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        session.execute(sa.text("UPDATE consent_entry SET towards = 'police'"))
    assert "Entry 1 is not as it was written" in words_of(priya, ledger)


# --- the plan ------------------------------------------------------------------------------


def test_a_plan_is_kept_shown_as_sentences_and_filled_in_again(
    priya: Console, contact: Contact
) -> None:
    path = f"/console/contacts/{contact.id}/safe-to-contact"
    assert send(priya, path, **PLAN).status_code == 303
    about = words_of(priya, f"/console/contacts/{contact.id}/parts/about")
    assert "Text only. Never phone." in about
    assert "Only every day, 18:00 to 22:00, UK time." in about
    assert "First say: “Ask for Jo”" in about
    page = priya.page(path)
    assert page.find("input", {"name": "start"})["value"] == "18:00"
    assert len(page.select("input[name=days][checked]")) == 7
    assert page.find("input", {"name": "ways", "value": "text"}).has_attr("checked")


def test_hours_without_days_or_times_are_asked_for(priya: Console, contact: Contact) -> None:
    path = f"/console/contacts/{contact.id}/safe-to-contact"
    for missing in ("days", "start", "end"):
        fields = {name: value for name, value in PLAN.items() if name != missing}
        answer = send(priya, path, **fields)
        assert answer.status_code == 422
        assert errors(answer) == ["Choose the days, and the time from and to"]
    answer = send(priya, path, **(PLAN | {"more_days": ["6"]}))
    assert errors(answer) == ["Choose the days, and the time from and to, or none"]


def test_other_hours_on_other_days_count_too(
    system: System, priya: Console, contact: Contact
) -> None:
    more = {"more_days": ["5", "6"], "more_start": "23:00", "more_end": "01:00"}
    path = f"/console/contacts/{contact.id}/safe-to-contact"
    assert send(priya, path, **(PLAN | more)).status_code == 303
    with system.transaction() as session:
        plan = safe_contact.current(session, contact.caller_id)
    assert plan is not None
    assert plan.windows[1] == Window(frozenset({5, 6}), time(23), time(1))


NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_held_text_says_until_when_and_can_be_taken_back(
    system: System, priya: Console, sam: Handset, contact: Contact
) -> None:
    send(priya, f"/console/contacts/{contact.id}/safe-to-contact", **PLAN)
    with system.transaction() as session:
        session.execute(sa.update(Text).values(at=NOON - timedelta(hours=2)))
        seen = conversations.newest_incoming(session, contact.id)
    with time_machine.travel(NOON, tick=False):
        priya.sign_in("priya@example.org")
        talk = f"/console/contacts/{contact.id}/parts/talk"
        assert "A text written now is held until then" in words_of(priya, talk)
        assert priya.reply(contact.id, "are you all right", last_seen=seen).status_code == 204
        system.worker.work_off()
        assert "Held until 18:00: their plan says not before." in words_of(priya, talk)
        with system.transaction() as session:
            text = session.scalars(sa.select(Text).where(Text.state == TextState.held)).one()
        path = f"/console/contacts/{contact.id}/texts/{text.id}/take-back"
        assert send(priya, path).status_code == 303
        assert "taken back, not sent" in words_of(priya, talk)
    assert sam.received == []


def test_a_plan_that_says_never_text_is_told_beside_the_reply(
    system: System, priya: Console, contact: Contact
) -> None:
    send(priya, f"/console/contacts/{contact.id}/safe-to-contact", **(PLAN | {"ways": ["call"]}))
    talk = f"/console/contacts/{contact.id}/parts/talk"
    assert "Their plan says never to text. A text written now is not sent." in words_of(priya, talk)
    with system.transaction() as session:
        seen = conversations.newest_incoming(session, contact.id)
    priya.reply(contact.id, "hello", last_seen=seen)
    system.settle()
    shown = words_of(priya, talk)
    assert "not sent" in shown
    assert "The carrier gave no reason" not in shown


def test_what_waits_on_a_consent_shows_why_it_was_stopped(
    system: System, priya: Console, contact: Contact
) -> None:
    ledger = f"/console/contacts/{contact.id}/consents"
    send(priya, ledger, **CONSENT)
    with system.transaction() as session:
        entry = consent.ledger(session, contact.caller_id)[0]
        seen = conversations.newest_incoming(session, contact.id)
    assert priya.reply(contact.id, "as you asked", last_seen=seen).status_code == 204
    with system.transaction() as session:
        leaning = {"relies_on": entry.id, "basis": "consent"}
        session.execute(sa.update(Promise).values(leaning | {"due_at": now() + timedelta(1)}))
    send(priya, f"{ledger}/{entry.id}/withdraw", words="no", heard="text")
    shown = words_of(priya, f"/console/contacts/{contact.id}/parts/talk")
    assert "The consent that it relied on was withdrawn or has ended" in shown


# --- disclosures ---------------------------------------------------------------------------


@pytest.fixture
def raised(system: System, priya: Console, contact: Contact) -> str:
    """Let Priya raise a disclosure; gives the address of its page."""
    review = (now() + timedelta(days=7)).date().isoformat()
    path = f"/console/contacts/{contact.id}/disclosures/new"
    answer = send(priya, path, review_on=review, **DISCLOSURE)
    assert answer.status_code == 303, errors(answer)
    return answer.headers["Location"]


def decide(console: Console, raised: str, agrees: str) -> requests.Response:
    fields = {"decide-agrees": agrees, "decide-words": "", "decide-form_key": str(uuid.uuid4())}
    return send(console, f"{raised}/decide", **fields)


def told(console: Console, raised: str, at: str | None = None) -> requests.Response:
    at = at or now().astimezone(LONDON).strftime("%Y-%m-%dT%H:%M")
    fields = {
        "told-told_at": at,
        "told-incident_number": "KP-118",
        "told-words": "",
        "told-form_key": str(uuid.uuid4()),
    }
    return send(console, f"{raised}/told", **fields)


def test_a_disclosure_is_raised_agreed_told_and_printed(
    priya: Console, morgan: Console, raised: str
) -> None:
    assert "Waits for a second person" in words_of(priya, raised)
    assert "Waits for a second person" in words_of(morgan, "/disclosures")
    assert decide(morgan, raised, "yes").status_code == 303
    assert told(priya, raised).status_code == 303
    pack = words_of(morgan, f"{raised}/pack")
    assert "Each fact that was told she is at the station she expects him at nine" in pack
    for part in ("Kent Police control room", "KP-118", "Morgan", "Priya", "Nothing beyond these"):
        assert part in pack


def test_telling_before_the_second_person_is_refused_in_words(priya: Console, raised: str) -> None:
    answer = told(priya, raised)
    assert answer.status_code == 422
    assert "A second person must agree before anything is told." in answer.text


@pytest.mark.parametrize("at", ["0001-01-01T00:00", "9999-12-31T23:59", "", "yesterday"])
def test_a_time_of_telling_that_nobody_can_mean_is_refused(
    priya: Console, morgan: Console, raised: str, at: str
) -> None:
    decide(morgan, raised, "yes")
    fields = {"told-told_at": at, "told-form_key": str(uuid.uuid4())}
    assert send(priya, f"{raised}/told", **fields).status_code == 422


def test_a_call_taker_cannot_be_the_second_person(
    system: System, priya: Console, raised: str
) -> None:
    assert decide(priya, raised, "yes").status_code == 403
    with system.transaction() as session:
        assert disclosures.listed(session)[0].decision is None


READS: dict[Role, tuple[int, int]] = {
    Role.call_taker: (404, 403),
    Role.supervisor: (200, 200),
    Role.safeguarding_lead: (200, 200),
    Role.partner_liaison: (403, 403),
    Role.administrator: (403, 403),
    Role.data_protection_officer: (200, 200),
}


def test_the_log_is_for_whom_the_matrix_names(system: System, raised: str) -> None:
    for role, (one, every) in READS.items():
        somebody = system.call_taker(f"Sky {role.value}".replace(" ", "-"), None, role)
        answers = [somebody.get(path).status_code for path in (raised, f"{raised}/pack")]
        assert answers == [one, one], role
        assert somebody.get("/disclosures").status_code == every, role


@pytest.mark.parametrize(
    "path", ["consents", "safe-to-contact", "disclosures/new", "consents/{}/withdraw"]
)
def test_a_colleagues_contact_is_as_good_as_none(
    system: System, contact: Contact, path: str
) -> None:
    tom = system.call_taker("Tom", None)
    path = path.format(uuid.uuid4())
    assert tom.get(f"/console/contacts/{contact.id}/{path}").status_code == 404
    assert tom.get(f"/console/contacts/{uuid.uuid4()}/{path}").status_code == 404


# --- every page ----------------------------------------------------------------------------


def test_every_field_has_a_label_and_every_id_is_there_once(
    priya: Console, morgan: Console, contact: Contact, raised: str
) -> None:
    base = f"/console/contacts/{contact.id}"
    pages: list[tuple[Console, str]] = [
        (priya, f"{base}/consents"),
        (priya, f"{base}/safe-to-contact"),
        (priya, f"{base}/disclosures/new"),
        (morgan, raised),
    ]
    for console, path in pages:
        page = console.page(path)
        ids = [each["id"] for each in page.select("[id]")]
        assert len(ids) == len(set(ids)), path
        labelled = {each["for"] for each in page.select("label[for]")}
        for each in page.select("main input:not([type=hidden]), main select, main textarea"):
            assert each["id"] in labelled, (path, each)
        assert len(page.select("h1")) == 1


def test_no_page_says_a_number(
    priya: Console, morgan: Console, contact: Contact, raised: str
) -> None:
    base = f"/console/contacts/{contact.id}"
    for console, path in ((priya, f"{base}/consents"), (priya, base), (morgan, raised)):
        assert not re.search(r"900\s?123", console.get(path).text)
