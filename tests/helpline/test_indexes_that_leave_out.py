"""Indexes that hold less than every row serve the questions they are there for.

One that leaves out rows without a value is used only where the database can tell from the question
that none of those is asked for; and what alembic's own comparison overlooks is compared here.
"""

import re
import uuid
from collections.abc import Callable

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.accounts.models import Role
from helpline.clock import now
from helpline.console import contact_view
from helpline.contacts import finding
from helpline.database import Base
from helpline.record import entries
from helpline.sms import conversations, inbox
from helpline.sms.models import Text
from tests.helpline import making
from tests.helpline.test_growing_tables import plans, seen, whole_tables
from tests.system import System

Question = Callable[[Session], object]


def _finds(role: Role) -> Question:
    def ask(session: Session) -> object:
        staff = making.staff_member(session, role=role)
        place = finding.Place(now(), uuid.uuid4())
        return finding.find(session, staff, finding.Wanted(after=place), at=now())

    return ask


def _timeline(session: Session) -> object:
    contact = making.waiting_call(session, at=now())
    return contact_view.read(session, contact, at=now())


def _what_somebody_did(session: Session) -> object:
    # Among a few rows the database may as well read the record from its end.
    session.execute(
        sa.text(
            "INSERT INTO audit_entry (at, act) "
            "SELECT now(), 'text_received' FROM generate_series(1, 3000)"
        )
    )
    session.execute(sa.text("ANALYZE audit_entry"))
    return entries.page(session, entries.Wanted(who=uuid.uuid4()))


QUESTIONS: dict[str, tuple[str, Question]] = {
    "one's own contacts": ("ix_contact_owned", _finds(Role.call_taker)),
    "all contacts, newest first": ("ix_contact_opened_at", _finds(Role.supervisor)),
    "what somebody did": ("ix_audit_entry_acted", _what_somebody_did),
    "a text by the carrier's id": ("ix_text_sid", lambda session: inbox.is_known(session, "SM1")),
    "a form that came before": (
        "uq_text_form",
        lambda session: session.scalar(sa.select(Text).where(Text.form_key == uuid.uuid4())),
    ),
    "a contact's timeline": ("pk_timeline_entry", _timeline),
    "a conversation": (
        "ix_text_of_contact",
        lambda session: conversations.thread(session, uuid.uuid4()),
    ),
    "what somebody wrote in": (
        "ix_contact_of_caller",
        lambda session: inbox.text_arrived(session, making.incoming(), at=now()),
    ),
}


@pytest.mark.parametrize("what", QUESTIONS)
def test_a_question_is_served_by_its_index(
    system: System, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    index, ask = QUESTIONS[what]
    with seen(monkeypatch) as statements, system.transaction() as session:
        ask(session)
    assert any(index in plan for _, plan in plans(system, statements))
    assert whole_tables(system, statements) == []


def test_the_database_has_the_indexes_as_the_models_say_them(system: System) -> None:
    with psycopg.connect(system.listening_address) as connection:
        rows = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        ).fetchall()
    there = {str(name): _form(str(form)) for name, form in rows}
    dialect = sa.dialects.postgresql.dialect()  # type: ignore[no-untyped-call]
    said = {
        str(index.name): _form(str(sa.schema.CreateIndex(index).compile(dialect=dialect)))
        for table in Base.metadata.tables.values()
        for index in table.indexes
    }
    assert {name: there.get(name) for name in said} == said


def _form(statement: str) -> tuple[str, bool]:
    """Return how an index is kept and whether it leaves rows out."""
    kept = re.search(r"USING (\w+)", statement)
    return kept.group(1) if kept else "btree", " WHERE " in statement
