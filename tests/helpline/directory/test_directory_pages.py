"""The pages of the directory: who keeps it, who only looks, and that numbers stay hidden."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from bs4 import BeautifulSoup

from helpline import audit
from helpline.accounts.models import Role
from helpline.clock import now
from helpline.directory import faults, ladder, sample
from helpline.directory.models import (
    FaultKind,
    Partner,
    PartnerFault,
    PartnerNumber,
    RungKind,
)
from helpline.retention import forgetting
from tests.system import Console, System

PARTNER = {
    "name": "Northmoor Council",
    "kind": "council_childrens_services",
    "nation": "england",
    "area": "Northmoor, Thornbeck",
}
NUMBER = {
    "rung": "duty_team",
    "name": "Emergency duty team",
    "number": "020 7946 0402",
    "when": "any",
    "on_bank_holidays": "as_usual",
    "minutes_before_next": "4",
}
DIGITS = re.compile(r"7946\s?0\d{3}")


@pytest.fixture
def priya(system: System) -> Console:
    return system.call_taker("Priya", "020 7946 0101")


@pytest.fixture
def lena(system: System) -> Console:
    return system.call_taker("Lena", None, Role.partner_liaison)


@pytest.fixture
def loaded(system: System, lena: Console) -> None:
    with system.transaction() as session:
        sample.load(session, by=lena.staff_id, at=now())


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


def only(system: System, table: type) -> Any:
    with system.transaction() as session:
        return session.scalars(sa.select(table)).one()


def acts(system: System) -> list[audit.Act]:
    with system.transaction() as session:
        rows = session.scalars(sa.select(audit.AuditEntry.act).order_by(audit.AuditEntry.id))
        return [act for act in rows if act.value.startswith("partner_")]


def test_a_partner_its_number_and_its_check_are_entered_and_then_it_is_rung(
    system: System, lena: Console, priya: Console
) -> None:
    assert send(lena, "/directory/partners/new", **PARTNER).status_code == 303
    partner = only(system, Partner)
    page = f"/directory/partners/{partner.id}"
    answer = send(lena, f"{page}/numbers/new", **NUMBER)
    number = only(system, PartnerNumber)
    assert answer.headers["Location"] == f"/directory/numbers/{number.id}/check"
    assert "Not rung: never checked" in words_of(priya, page)

    assert "7946" in words_of(lena, f"/directory/numbers/{number.id}/check")
    checked = send(lena, f"/directory/numbers/{number.id}/check", how="Rang it")
    assert checked.headers["Location"] == page
    assert "Duty team: Emergency duty team (4 minutes, then the next)" in words_of(priya, page)
    with system.transaction() as session:
        first, last = ladder.ladder(session, partner.id, at=now())
        assert (first.kind, last.kind) == (RungKind.duty_team, RungKind.by_hand)
    assert acts(system) == [
        audit.Act.partner_added,
        audit.Act.partner_number_added,
        audit.Act.partner_number_seen,
        audit.Act.partner_number_checked,
    ]


@pytest.mark.usefixtures("loaded")
def test_no_page_but_the_check_shows_a_number(
    system: System, lena: Console, priya: Console
) -> None:
    with system.transaction() as session:
        partners = session.scalars(sa.select(Partner.id)).all()
        number = session.scalars(sa.select(PartnerNumber.id).limit(1)).one()
    pages = ["/directory/partners"] + [f"/directory/partners/{each}" for each in partners]
    pages += [f"/directory/partners/{each}/faults/new" for each in partners]
    for console in (priya, lena):
        for page in pages:
            assert not DIGITS.search(console.get(page).text), page
    assert not DIGITS.search(lena.get(f"/directory/numbers/{number}/change").text)
    assert DIGITS.search(lena.get(f"/directory/numbers/{number}/check").text)


@pytest.mark.usefixtures("loaded")
def test_call_takers_look_and_report_and_change_nothing(system: System, priya: Console) -> None:
    with system.transaction() as session:
        number = session.scalars(sa.select(PartnerNumber).limit(1)).one()
    for path in (
        "/directory/partners/new",
        f"/directory/partners/{number.partner_id}/change",
        f"/directory/partners/{number.partner_id}/stop",
        f"/directory/partners/{number.partner_id}/numbers/new",
        f"/directory/numbers/{number.id}/change",
        f"/directory/numbers/{number.id}/check",
        f"/directory/numbers/{number.id}/retire",
    ):
        assert send(priya, path, **PARTNER).status_code == 403, path
    assert "To check" not in words_of(priya, "/directory/partners")


@pytest.mark.usefixtures("loaded")
def test_a_partner_is_found_by_a_place_that_is_misspelt(priya: Console) -> None:
    found = send(priya, "/directory/partners", asked="thornbek")
    listed = BeautifulSoup(found.text, "html5lib").find("h2", string="Found")
    assert listed is not None
    assert "Northmoor Council" in str(listed.find_next("ul"))
    nothing = send(priya, "/directory/partners", asked="Nowhereton")
    assert "None found" in nothing.text
    assert "999 in danger" in nothing.text


@pytest.mark.usefixtures("loaded")
def test_a_fault_becomes_a_task_and_a_wrong_number_is_not_rung(
    system: System, priya: Console, lena: Console
) -> None:
    with system.transaction() as session:
        number = session.scalars(
            sa.select(PartnerNumber).where(PartnerNumber.name == "Control room")
        ).one()
    page = f"/directory/partners/{number.partner_id}"
    wrong = {"kind": "somebody_else_answers", "words": "A garage"}
    answer = send(priya, f"{page}/faults/new", **wrong, number_id="")
    assert errors(answer) == ["Choose the number at which somebody else answered"]
    assert send(priya, f"{page}/faults/new", **wrong, number_id=str(number.id)).status_code == 303
    tasks = words_of(lena, "/directory/partners")
    assert "Somebody else answers" in tasks
    assert "A garage" in tasks
    assert "Not rung: somebody else answered" in tasks
    with system.transaction() as session:
        assert len(ladder.ladder(session, number.partner_id, at=now())) == 1
    # The wrong number, the fault about it, and one in the made-up data that nobody has checked.
    assert "3 to do" in words_of(lena, "/directory/services")
    assert "to do" not in words_of(priya, "/directory/services")
    fault = only(system, PartnerFault)
    assert fault.kind is FaultKind.somebody_else_answers
    assert send(lena, f"/directory/faults/{fault.id}/mended").status_code == 303
    assert "A garage" not in words_of(lena, "/directory/partners")


def test_a_fault_is_forgotten_a_year_after_it_was_mended_and_not_before(
    system: System, lena: Console
) -> None:
    send(lena, "/directory/partners/new", **PARTNER)
    partner = only(system, Partner)
    wrong = {"kind": "other", "words": "moved", "number_id": ""}
    for _ in range(2):
        send(lena, f"/directory/partners/{partner.id}/faults/new", **wrong)
    with system.transaction() as session:
        first, second = session.scalars(sa.select(PartnerFault))
        faults.mend(session, first, by=lena.staff_id, at=now())
        left = second.id
    for days, gone in ((360, 0), (370, 1)):
        with system.transaction() as session:
            at = now() + timedelta(days=days)
            assert sum(forgetting.forget(session, "partner_fault", at=at).values()) == gone
    assert only(system, PartnerFault).id == left


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"number": "12"}, "There is no such telephone number. Check the digits"),
        ({"number": "999"}, "There is no such telephone number. Check the digits"),
        ({"number": ""}, "Write the telephone number"),
        ({"minutes_before_next": "31"}, "Write 1 to 30 minutes"),
        ({"rung": "by_hand"}, "Not a valid choice."),
        ({"when": "hours"}, "Choose the days, and the time from and to"),
        ({"when": "hours", "days": ["0"], "start": "09:00"}, "Choose the days, and the time from"),
    ],
)
def test_a_number_that_cannot_be_is_refused_in_words(
    system: System, lena: Console, changed: dict[str, Any], sentence: str
) -> None:
    send(lena, "/directory/partners/new", **PARTNER)
    partner = only(system, Partner)
    answer = send(lena, f"/directory/partners/{partner.id}/numbers/new", **(NUMBER | changed))
    assert answer.status_code == 422
    assert any(sentence in each for each in errors(answer)), errors(answer)
    with system.transaction() as session:
        assert session.scalars(sa.select(PartnerNumber)).all() == []


def test_hours_of_two_kinds_come_back_on_the_form_and_in_words(
    system: System, lena: Console
) -> None:
    send(lena, "/directory/partners/new", **PARTNER)
    partner = only(system, Partner)
    hours = {
        "when": "hours",
        "days": ["0", "1", "2", "3", "4"],
        "start": "17:00",
        "end": "09:00",
        "more_days": ["5", "6"],
        "more_start": "00:00",
        "more_end": "00:00",
        "on_bank_holidays": "all_day",
    }
    assert (
        send(lena, f"/directory/partners/{partner.id}/numbers/new", **(NUMBER | hours)).status_code
        == 303
    )
    number = only(system, PartnerNumber)
    shown = words_of(lena, f"/directory/partners/{partner.id}")
    assert "Monday to Friday, 17:00 to 09:00 the next morning" in shown
    assert "Saturday and Sunday, at any hour; and all day on bank holidays" in shown
    form = lena.page(f"/directory/numbers/{number.id}/change")
    ticked = {each["value"] for each in form.select("input[name=more_days][checked]")}
    assert ticked == {"5", "6"}
