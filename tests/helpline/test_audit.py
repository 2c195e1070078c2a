"""The record of who did what can be added to, and nothing else."""

import psycopg
import pytest
import sqlalchemy as sa

from helpline import audit
from helpline.clock import now
from tests.helpline import making
from tests.system import System


@pytest.fixture
def one_entry(system: System) -> None:
    with system.transaction() as session:
        staff = making.staff_member(session)
        audit.note(session, audit.Act.signed_in, at=now(), who=staff.id, about=staff.id)


@pytest.mark.usefixtures("one_entry")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entry SET act = 'note_written'",
        "UPDATE audit_entry SET act = 'note_written' WHERE false",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE false",
        "TRUNCATE audit_entry",
        (
            "INSERT INTO audit_entry (id, at, act) OVERRIDING SYSTEM VALUE "
            "SELECT id, at, 'note_written' FROM audit_entry "
            "ON CONFLICT (id) DO UPDATE SET act = 'note_written'"
        ),
    ],
)
def test_the_record_refuses_to_be_changed(system: System, change: str) -> None:
    with (
        psycopg.connect(system.listening_address) as connection,
        pytest.raises(psycopg.errors.RaiseException, match="append-only"),
    ):
        connection.execute(change.encode())
    with system.transaction() as session:
        entry = session.scalars(sa.select(audit.AuditEntry)).one()
    assert entry.act is audit.Act.signed_in


def test_an_act_that_was_undone_was_never_recorded(system: System) -> None:
    with making.undone(system) as session:
        audit.note(session, audit.Act.signed_in, at=now())
    with system.transaction() as session:
        assert session.scalars(sa.select(audit.AuditEntry)).all() == []


def test_the_record_holds_ids_and_no_words() -> None:
    kinds = {str(column.type) for column in audit.AuditEntry.__table__.columns}
    assert "TEXT" not in kinds
    assert "JSONB" not in kinds
