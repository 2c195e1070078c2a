"""The record of who did what: who may read it, what it tells, and that reading it is in it."""

import csv
import io
import uuid

import pytest
import sqlalchemy as sa

from helpline import audit, encryption
from helpline.accounts.models import Role
from helpline.audit import Act, AuditEntry
from helpline.clock import now
from helpline.contacts.models import Contact
from helpline.record import entries
from helpline.record.pages import READERS
from tests.system import Console, System

SECRET = "the mill by the weir"


@pytest.fixture
def officer(system: System) -> Console:
    return system.call_taker("Dee", None, Role.data_protection_officer)


@pytest.fixture
def contact(system: System) -> Contact:
    system.handset("07700 900123").text(SECRET)
    with system.transaction() as session:
        return session.scalars(sa.select(Contact)).one()


def acts(system: System) -> list[Act]:
    with system.transaction() as session:
        return list(session.scalars(sa.select(AuditEntry.act).order_by(AuditEntry.id)))


def rows(page: object) -> list[list[str]]:
    return [
        [cell.get_text(" ", strip=True) for cell in row.find_all("td")]
        for row in page.select("tbody tr")  # type: ignore[attr-defined]
    ]


@pytest.mark.parametrize("role", list(Role))
def test_only_those_whom_the_matrix_lets_read_it_do(system: System, role: Role) -> None:
    reader = system.call_taker("Sam", None, role)
    may = role in {Role.supervisor, Role.safeguarding_lead, Role.data_protection_officer}
    assert reader.get("/audit").status_code == (200 if may else 403)
    assert reader.post("/audit/export").status_code == (200 if may else 403)
    assert (role in READERS) is may


def test_it_tells_who_did_what_about_whom_and_never_what_was_said(
    system: System, officer: Console, contact: Contact
) -> None:
    priya = system.call_taker("Priya", "020 7946 0101").ready()
    priya.take(contact.id)
    priya.get(f"/console/contacts/{contact.id}")
    page = officer.page("/audit")
    assert ["Priya", "Contact seen", f"A contact of caller {contact.caller.reference}"] in [
        row[1:] for row in rows(page)
    ]
    assert "The system" in page.text
    assert SECRET not in page.text
    assert "7700" not in page.text


def test_reading_it_is_recorded(system: System, officer: Console) -> None:
    officer.page("/audit")
    assert acts(system)[-1] is Act.audit_read
    officer.post("/audit/export")
    assert acts(system)[-1] is Act.audit_exported


def test_a_caller_is_asked_for_by_reference_which_stands_in_no_address(
    system: System, officer: Console, contact: Contact
) -> None:
    system.handset("07700 900124").text("hello")
    reference = contact.caller.reference
    answer = officer.post("/audit", reference=reference.lower().replace("-", " "))
    assert answer.status_code == 303
    assert reference not in answer.headers["Location"]
    about = {row[3] for row in rows(officer.page(answer.headers["Location"]))}
    assert about == {f"A contact of caller {reference}"}
    with system.transaction() as session:
        searched = session.scalars(sa.select(AuditEntry).where(AuditEntry.act == Act.searched))
        assert [each.mark for each in searched] == [
            encryption.blind_index(reference, encryption.index_key())
        ]


def test_a_reference_that_nobody_has_is_said_so(officer: Console) -> None:
    answer = officer.post("/audit", reference="K7F-2QX")
    assert answer.status_code == 422
    assert "Nobody has this reference now" in answer.text


def test_it_is_filtered_by_person_act_and_day(
    system: System, officer: Console, contact: Contact
) -> None:
    priya = system.call_taker("Priya", "020 7946 0101").ready()
    priya.take(contact.id)
    chosen = officer.post("/audit", who=str(priya.staff_id), act="contact_taken")
    assert [row[1:3] for row in rows(officer.page(chosen.headers["Location"]))] == [
        ["Priya", "Contact taken"]
    ]
    chosen = officer.post("/audit", first_day="2020-01-01", last_day="2020-01-31")
    assert rows(officer.page(chosen.headers["Location"])) == []


@pytest.mark.parametrize(
    "spoilt", ["who=x", "act=x", "before=x", "first_day=x", "caller_id=x", f"before={9**40}"]
)
def test_an_address_that_was_spoilt_asks_for_everything(officer: Console, spoilt: str) -> None:
    assert officer.get(f"/audit?{spoilt}").status_code == 200


def test_pages_follow_one_another_without_loss_or_repetition(
    system: System, officer: Console
) -> None:
    with system.transaction() as session:
        for _ in range(entries.PAGE * 2 + 10):
            audit.note(session, Act.note_written, at=now())
    address, seen = "/audit?act=note_written", 0
    while address:
        page = officer.page(address)
        seen += len(rows(page))
        older = page.find("a", string="Older")
        address = str(older["href"]) if older is not None else ""
    assert seen == entries.PAGE * 2 + 10


def test_the_table_for_a_spreadsheet_has_the_same_rows_and_no_formulas(
    system: System, officer: Console, contact: Contact
) -> None:
    formula = system.call_taker("=1+1", None)
    formula.get("/console")
    answer = officer.post(f"/audit/export?who={formula.staff_id}")
    written = list(csv.reader(io.StringIO(answer.text)))
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert {row[2] for row in written[1:]} == {"'=1+1"}


def test_a_page_that_stays_open_is_one_look_and_the_page_itself_always_counts(
    system: System, officer: Console, contact: Contact
) -> None:
    priya = system.call_taker("Priya", "020 7946 0101").ready()
    priya.take(contact.id)

    def looks() -> int:
        return acts(system).count(Act.contact_seen)

    priya.get(f"/console/contacts/{contact.id}")
    assert looks() == 1
    for part in ("talk", "about", "actions", "talk"):
        priya.get(f"/console/contacts/{contact.id}/parts/{part}")
    assert looks() == 1
    priya.get(f"/console/contacts/{contact.id}")
    assert looks() == 2


def test_a_part_fetched_without_its_page_is_recorded(
    system: System, officer: Console, contact: Contact
) -> None:
    priya = system.call_taker("Priya", "020 7946 0101").ready()
    priya.take(contact.id)
    priya.get(f"/console/contacts/{contact.id}/parts/talk")
    assert acts(system).count(Act.contact_seen) == 1


def test_a_look_is_recorded_again_after_a_quarter_of_an_hour(system: System) -> None:
    who, about, first = uuid.uuid4(), uuid.uuid4(), now()
    with system.transaction() as session:
        for at in (first, first + audit.ONE_LOOK / 2, first + audit.ONE_LOOK):
            audit.note_look(session, Act.contact_seen, at=at, who=who, about=about)
        audit.note_look(session, Act.contact_seen, at=first, who=uuid.uuid4(), about=about)
    assert len(acts(system)) == 3
