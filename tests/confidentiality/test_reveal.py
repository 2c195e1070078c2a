"""Breaking the glass: for whom, how long, and who looks at it afterwards."""

import re
import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from helpline import audit
from helpline.accounts.models import Role
from helpline.clock import now
from helpline.confidentiality.reveal import Reveal
from helpline.contacts.models import Contact
from tests.system import Console, System

REASON = "Ambulance control needs the number: overdose"
NUMBER = "+447700900123"


@pytest.fixture
def contact_id(system: System) -> uuid.UUID:
    system.handset("07700 900123").text("i have taken something")
    with system.transaction() as session:
        return session.scalars(sa.select(Contact.id)).one()


@pytest.fixture
def morgan(system: System) -> Console:
    return system.call_taker("Morgan", None, Role.supervisor)


def reveal(console: Console, contact_id: uuid.UUID, reason: str = REASON) -> int:
    fields = {"purpose": "emergency_999", "reason": reason}
    return console.post(f"/console/contacts/{contact_id}/reveal", **fields).status_code


def test_a_supervisor_sees_the_number_for_five_minutes_and_then_not_any_more(
    system: System, morgan: Console, contact_id: uuid.UUID
) -> None:
    path = f"/console/contacts/{contact_id}/reveal"
    assert NUMBER not in morgan.get(path).text

    assert reveal(morgan, contact_id) == 303

    assert NUMBER in morgan.get(path).text
    with time_machine.travel(now() + timedelta(minutes=6), tick=False):
        assert NUMBER not in morgan.get(path).text


def test_nobody_else_sees_what_one_person_revealed(
    system: System, morgan: Console, contact_id: uuid.UUID
) -> None:
    alex = system.call_taker("Alex", None, Role.supervisor)
    reveal(morgan, contact_id)
    assert NUMBER not in alex.get(f"/console/contacts/{contact_id}/reveal").text


@pytest.mark.parametrize(
    "role", [each for each in Role if each not in (Role.supervisor, Role.safeguarding_lead)]
)
def test_no_other_role_can_reveal_a_number(
    system: System, contact_id: uuid.UUID, role: Role
) -> None:
    somebody = system.call_taker("Somebody", None, role)
    assert reveal(somebody, contact_id) == 403
    with system.transaction() as session:
        assert session.scalars(sa.select(Reveal)).all() == []


@pytest.mark.parametrize("reason", ["", "because", " " * 40])
def test_without_a_reason_nothing_is_revealed(
    system: System, morgan: Console, contact_id: uuid.UUID, reason: str
) -> None:
    assert reveal(morgan, contact_id, reason) == 422
    assert NUMBER not in morgan.get(f"/console/contacts/{contact_id}/reveal").text


def test_a_reveal_waits_until_another_supervisor_has_looked_at_it(
    system: System, morgan: Console, contact_id: uuid.UUID
) -> None:
    alex = system.call_taker("Alex", None, Role.supervisor)
    reveal(morgan, contact_id)
    page = alex.get("/reveals").text
    assert REASON in page
    assert "700900" not in re.sub(r"\D", "", page.split("<main")[1].split("</main>")[0])
    with system.transaction() as session:
        reveal_id = session.scalars(sa.select(Reveal.id)).one()

    morgan.post(f"/reveals/{reveal_id}/review")
    assert REASON in alex.get("/reveals").text
    alex.post(f"/reveals/{reveal_id}/review")
    assert REASON not in alex.get("/reveals").text


def test_every_reveal_is_audited(system: System, morgan: Console, contact_id: uuid.UUID) -> None:
    reveal(morgan, contact_id)
    with system.transaction() as session:
        entry = session.scalars(
            sa.select(audit.AuditEntry).where(audit.AuditEntry.act == audit.Act.number_revealed)
        ).one()
    assert (entry.who, entry.about) == (morgan.staff_id, contact_id)
