"""What an operator types about the record, holds, forgetting and people's rights."""

import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from helpline.accounts.models import Role, StaffMember
from helpline.clock import now
from helpline.commands import main
from helpline.contacts.models import Caller
from helpline.phone_numbers import PhoneNumber
from helpline.retention import jobs
from helpline.retention.models import LegalHold, RequestState, RightsRequest
from helpline.sms import inbox
from tests.helpline import making
from tests.system import System

SAM = PhoneNumber("+447700900123")
OFFICER = "dee@example.org"


@pytest.fixture(autouse=True)
def officer(system: System) -> None:
    with system.transaction() as session:
        added = making.staff_member(session, role=Role.data_protection_officer)
        added.email = OFFICER


@pytest.fixture
def reference(system: System) -> str:
    """Somebody who texted three days ago and was wrapped up; gives their reference."""
    return contacted(system, now() - timedelta(days=3))


def contacted(system: System, at: datetime) -> str:
    with system.transaction() as session:
        text = inbox.text_arrived(session, making.incoming("a secret", SAM), at=at)
        contact = making.contact_of(session, text)
        session.execute(sa.update(type(contact)).values(state="closed", closed_at=at, ended_at=at))
        return str(contact.caller.reference)


def run(system: System, *words: str) -> Result:
    return CliRunner().invoke(main, list(words), env=system.environment)


def callers(system: System) -> int:
    with system.transaction() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(Caller)) or 0)


@contextmanager
def as_intruder(system: System) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(system.listening_address) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.mark.usefixtures("reference")
def test_a_whole_record_is_said_to_be_whole_and_a_changed_one_names_the_row(
    system: System,
) -> None:
    with system.app.app_context():
        jobs.seal_audit(at=now())
    whole = run(system, "audit-verify")
    assert whole.exit_code == 0, whole.output
    assert "The record is whole" in whole.output

    noted = re.search(r"noted elsewhere: (\S+)", whole.output)
    assert noted is not None
    assert run(system, "audit-verify", "--noted", noted[1]).exit_code == 0

    with as_intruder(system) as connection:
        changed = connection.execute(
            "UPDATE audit_entry SET who = NULL, about = NULL "
            "WHERE id = (SELECT max(id) FROM audit_entry) RETURNING id"
        ).fetchone()
    assert changed is not None
    broken = run(system, "audit-verify")
    assert broken.exit_code == 1
    assert f"Row {changed[0]} was changed." in broken.output
    assert "1 faults" in broken.output


def test_an_end_that_was_noted_wrongly_is_said_so(system: System) -> None:
    assert "1234:<hash>" in run(system, "audit-verify", "--noted", "nonsense").output


def test_erasing_says_first_what_would_go(system: System, reference: str) -> None:
    words = ("erase", reference, "--as", OFFICER, "--verified", "reference_and_word")
    dry = run(system, *words)
    assert dry.exit_code == 0, dry.output
    assert "text: 1" in dry.output
    assert "Nothing was changed" in dry.output
    assert callers(system) == 1

    done = run(system, *words, "--do-it")
    assert done.exit_code == 0, done.output
    assert callers(system) == 0
    with system.transaction() as session:
        assert session.scalars(sa.select(RightsRequest)).one().state is RequestState.done


def test_only_an_officer_decides(system: System, reference: str) -> None:
    with system.transaction() as session:
        session.scalars(
            sa.select(StaffMember).where(StaffMember.email == OFFICER)
        ).one().role = Role.supervisor
    refused = run(
        system, "erase", reference, "--as", OFFICER, "--verified", "known_facts", "--do-it"
    )
    assert refused.exit_code == 1
    assert "No data-protection officer" in refused.output
    assert callers(system) == 1


def test_a_hold_is_placed_and_lifted(system: System, reference: str) -> None:
    held = run(system, "legal-hold", reference, "--as", OFFICER, "--why", "a claim")
    assert held.exit_code == 0, held.output
    refused = run(
        system, "erase", reference, "--as", OFFICER, "--verified", "known_facts", "--do-it"
    )
    assert "legal hold" in refused.output
    assert refused.exit_code == 1
    run(system, "legal-hold", reference, "--as", OFFICER, "--lift")
    with system.transaction() as session:
        assert session.scalars(sa.select(LegalHold)).one().lifted_at is not None


def test_what_we_hold_is_written_into_a_file_for_its_owner_only(
    system: System, reference: str, tmp_path: Path
) -> None:
    to = tmp_path / "pack.zip"
    words = ("--as", OFFICER, "--verified", "known_facts", "--to", str(to))
    done = run(system, "subject-access", reference, *words)
    assert done.exit_code == 0, done.output
    assert to.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(to) as pack:
        held = json.loads(pack.read("to-hand-over/what_we_hold.json"))
    assert held["contacts"][0]["texts"][0]["words"] == "a secret"


def test_without_a_file_nothing_counts_as_handed_over(
    system: System, reference: str, tmp_path: Path
) -> None:
    to = tmp_path / "pack.zip"
    to.write_text("somebody else's, open to all")
    words = ("--as", OFFICER, "--verified", "reference_and_word", "--to", str(to))
    refused = run(system, "subject-access", reference, *words)
    assert refused.exit_code == 1
    assert "File exists" in refused.output
    assert to.read_text() == "somebody else's, open to all"
    with system.transaction() as session:
        assert session.scalars(sa.select(RightsRequest)).all() == []


def test_forgetting_says_what_is_due_and_then_forgets_it(system: System) -> None:
    contacted(system, now() - timedelta(days=800))
    due = run(system, "forget", "--dry-run")
    assert "unidentified_person (2 years): 1 due" in due.output
    assert callers(system) == 1
    done = run(system, "forget")
    assert done.exit_code == 0, done.output
    assert "unidentified_person" in done.output
    assert callers(system) == 0


def test_nobody_has_a_reference_that_was_never_given(system: System) -> None:
    answer = run(system, "legal-hold", "K7F-2QX", "--as", OFFICER, "--why", "a claim")
    assert answer.exit_code == 1
    assert "Nobody has this reference" in answer.output


def test_the_rights_of_the_applications_role_are_printed(system: System) -> None:
    printed = run(system, "database-role", "helpline_app").output
    assert 'GRANT SELECT, INSERT ON "audit_entry" TO helpline_app;' in printed
    assert run(system, "database-role", "x; drop").exit_code == 1
