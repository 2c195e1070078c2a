"""What the data-protection officer does for people, and nobody else may."""

import io
import json
import re
import uuid
import zipfile
from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpline.accounts.models import Role
from helpline.audit import Act, AuditEntry
from helpline.clock import now
from helpline.contacts.models import Caller
from helpline.retention import requests
from helpline.retention.models import LegalHold, Refusal, RequestState, RightsRequest
from tests.helpline.retention.conftest import SECRETS, Life, Live
from tests.system import Console, System

DAYS_AGO = timedelta(days=3)


@pytest.fixture
def dee(system: System) -> Console:
    return system.call_taker("Dee", None, Role.data_protection_officer)


@pytest.fixture
def life(live_fully: Live) -> Life:
    return live_fully(now() - DAYS_AGO)


def log(console: Console, reference: str, **changed: str) -> str:
    """Log a request; gives the address of its page."""
    fields = {
        "kind": "erasure",
        "asked_by": "themselves",
        "verified": "known_facts",
        "reference": reference,
        "form_key": str(uuid.uuid4()),
    }
    answer = console.post("/rights/new", **(fields | changed))
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def the_request(system: System) -> RightsRequest:
    with system.transaction() as session:
        return session.scalars(sa.select(RightsRequest)).one()


def callers(system: System) -> int:
    with system.transaction() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(Caller)) or 0)


def acts(system: System) -> list[Act]:
    with system.transaction() as session:
        return list(session.scalars(sa.select(AuditEntry.act).order_by(AuditEntry.id)))


@pytest.mark.parametrize("role", [each for each in Role if each != "data_protection_officer"])
@pytest.mark.parametrize("page", ["/rights", "/rights/new", "/rights/holds", "/rights/periods"])
def test_nobody_else_may(system: System, role: Role, page: str) -> None:
    assert system.call_taker("Sam", None, role).get(page).status_code == 403


def test_somebody_is_erased_by_their_own_wish(system: System, dee: Console, life: Life) -> None:
    page = log(dee, life.reference.lower().replace("-", ""))
    assert "What would go" in dee.page(page).text
    assert dee.post(f"{page}/erase", reference=life.reference).status_code == 303
    assert callers(system) == 0
    assert the_request(system).state is RequestState.done
    assert "Answered" in dee.page("/rights").text
    assert {Act.request_logged, Act.request_seen, Act.caller_seen, Act.person_erased} <= set(
        acts(system)
    )


def test_another_reference_erases_nobody(system: System, dee: Console, life: Life) -> None:
    page = log(dee, life.reference)
    answer = dee.post(f"{page}/erase", reference="K7F-2QX")
    assert answer.status_code == 422
    assert "the reference of the request" in answer.text
    assert callers(system) == 1


def test_nothing_leaves_before_somebody_made_sure_who_asks(
    system: System, dee: Console, life: Life
) -> None:
    page = log(dee, life.reference, verified="not_verified")
    assert "First make sure that it is them" in dee.page(page).text
    dee.post(f"{page}/erase", reference=life.reference)
    assert callers(system) == 1
    dee.post(f"{page}/verify", verified="reference_and_word")
    dee.post(f"{page}/erase", reference=life.reference)
    assert callers(system) == 0


@pytest.mark.parametrize("asked_by", ["relative", "somebody_else"])
def test_anybody_else_gets_the_same_answer_whether_or_not_there_is_somebody(
    system: System, dee: Console, life: Life, asked_by: str
) -> None:
    pages = []
    for reference in (life.reference, "K7F-2QX"):
        address = log(dee, reference, asked_by=asked_by, kind="subject_access")
        shown = dee.page(address).find("main")
        assert shown is not None
        text = shown.get_text(" ", strip=True)
        assert requests.THE_REFUSAL in text
        pages.append(re.sub(r"\d\d:\d\d", "", text))
        assert dee.post(f"{address}/pack").status_code == 303
        assert "Only the person themselves is answered" in dee.page(address).text
    assert pages[0] == pages[1]
    assert life.reference not in pages[0]
    assert Act.searched not in acts(system), "nothing is looked up"
    assert Act.pack_made not in acts(system)


def test_a_request_about_a_reference_that_nobody_has_says_so(dee: Console) -> None:
    answer = dee.post(
        "/rights/new",
        kind="erasure",
        asked_by="themselves",
        verified="known_facts",
        reference="K7F-2QX",
        form_key=str(uuid.uuid4()),
    )
    assert answer.status_code == 422
    assert "Nobody has this reference" in answer.text


def test_what_we_hold_is_downloaded_and_then_handed_over(
    system: System, dee: Console, life: Life
) -> None:
    page = log(dee, life.reference, kind="subject_access")
    for _ in range(2):  # a download may fail, and is asked for again
        answer = dee.post(f"{page}/pack")
        assert life.reference not in answer.headers["Content-Disposition"]
        with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
            held = json.loads(pack.read("to-hand-over/what_we_hold.json"))
        assert held["reference"] == life.reference
    assert the_request(system).state is RequestState.open
    dee.post(f"{page}/handed-over")
    assert the_request(system).state is RequestState.done
    assert dee.post(f"{page}/pack").status_code == 303
    assert acts(system).count(Act.pack_made) == 2


def test_the_officer_reads_a_contact_only_while_its_person_asks_for_their_data(
    system: System, dee: Console, life: Life
) -> None:
    contact = f"/console/contacts/{life.contact_id}"
    assert SECRETS[0] not in dee.page(contact).text
    page = log(dee, life.reference, kind="subject_access")
    assert contact in str(dee.page(page))
    assert SECRETS[0] in dee.page(contact).text
    dee.post(f"{page}/handed-over")
    assert SECRETS[0] not in dee.page(contact).text


def test_a_refusal_is_kept_with_its_reason(system: System, dee: Console, life: Life) -> None:
    page = log(dee, life.reference)
    dee.post(f"{page}/refuse", refusal="serious_harm")
    assert the_request(system).refusal is Refusal.serious_harm
    dee.post(f"{page}/erase", reference=life.reference)
    assert callers(system) == 1
    assert "likely to cause somebody serious harm" in dee.page(page).text


def test_the_same_form_twice_is_one_request(system: System, dee: Console, life: Life) -> None:
    key = str(uuid.uuid4())
    assert log(dee, life.reference, form_key=key) == log(dee, life.reference, form_key=key)


def test_a_request_is_due_a_month_later(system: System, dee: Console, life: Life) -> None:
    log(dee, life.reference)
    request = the_request(system)
    assert 28 <= (request.due_on - request.received_at.date()).days <= 31


def test_a_hold_is_placed_seen_and_lifted(system: System, dee: Console, life: Life) -> None:
    fields = {"reference": life.reference, "why": "the claim of last May", "until": ""}
    assert dee.post("/rights/holds", **fields, form_key=str(uuid.uuid4())).status_code == 303
    page = dee.page("/rights/holds")
    assert "the claim of last May" in page.text
    asked = log(dee, life.reference)
    assert "A legal hold is on this caller" in dee.page(asked).text
    dee.post(f"{asked}/erase", reference=life.reference)
    assert callers(system) == 1
    with system.transaction() as session:
        hold = session.scalars(sa.select(LegalHold).where(LegalHold.lifted_at.is_(None))).one()
    dee.post(f"/rights/holds/{hold.id}/lift")
    assert "There are none now" in dee.page("/rights/holds").text


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"reference": "", "why": "x"}, "Write the reference"),
        ({"reference": "K7F-2QX", "why": "x"}, "Nobody has this reference"),
        ({"reference": "K7F-2QX", "why": ""}, "Write why it has to be kept"),
    ],
)
def test_a_hold_that_lacks_something_is_refused_in_words(
    dee: Console, fields: dict[str, str], says: str
) -> None:
    answer = dee.post("/rights/holds", **fields, form_key=str(uuid.uuid4()))
    assert answer.status_code == 422
    assert says in answer.text


def test_the_periods_are_shown_with_what_was_forgotten(dee: Console) -> None:
    shown = dee.page("/rights/periods").text
    assert "6 years" in shown
    assert "30 days" in shown
    assert "Nothing was over yet" in shown


@pytest.mark.usefixtures("life")
def test_no_page_of_rights_shows_what_somebody_said(dee: Console, life: Life) -> None:
    pages = [log(dee, life.reference), "/rights", "/rights/periods", "/rights/new", "/audit"]
    for page in pages:
        text = dee.page(page).text
        assert not [secret for secret in SECRETS if secret in text]


def test_a_request_that_is_not_there_is_not_found(dee: Console) -> None:
    assert dee.get(f"/rights/{uuid.uuid4()}").status_code == 404
    assert dee.post(f"/rights/{uuid.uuid4()}/pack").status_code == 404
