"""A statement that is written once answers as it would if it were written anew each time."""

import uuid
from datetime import UTC, timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from helpline import outbox
from helpline.accounts.models import StaffMember
from helpline.clock import now
from helpline.contacts.models import Caller, Contact, ContactState
from helpline.outbox import Kind, Promise, State
from helpline.statements import Written, WrittenFor, WrittenForSeveral
from tests.helpline import making
from tests.system import System

_ID = sa.bindparam("id", type_=sa.Uuid)
BY_ID = WrittenFor(Promise, lambda promise: sa.select(*promise).where(Promise.id == _ID))


def promise(session: Any, **more: Any) -> Promise:
    return outbox.promise(
        session, Kind.end_call, about=uuid.uuid4(), lane=uuid.uuid4(), at=now(), **more
    )


def test_values_are_understood_as_ever(system: System) -> None:
    asked = Written(lambda: sa.select(Promise.state, Promise.due_at, Promise.details))
    with system.transaction() as session:
        made = promise(session, details={"call_sid": "CA1"})
        # It sees what was handed over before.
        ((state, due_at, details),) = asked.rows(session)
        assert state is State.waiting
        assert due_at == made.due_at
        assert due_at.tzinfo is UTC
        assert details == {"call_sid": "CA1"}
        assert asked.first(session) == [state, due_at, details]


def test_each_asking_has_its_own_values(system: System) -> None:
    asked = Written(
        lambda: (
            sa.select(Promise.id)
            .where(Promise.due_at > sa.bindparam("since", type_=sa.DateTime(timezone=True)))
            .where(Promise.state.in_((State.waiting, State.claimed)))
            .where(Promise.carrier_sid.like("%x") | Promise.carrier_sid.is_(None))
        )
    )
    with system.transaction() as session:
        made = promise(session)
        assert asked.value(session, since=now() - timedelta(hours=1)) == made.id
        assert asked.value(session, since=now() + timedelta(hours=1)) is None
        made.state = State.accepted
        assert asked.value(session, since=now() - timedelta(hours=1)) is None


def test_a_row_is_the_one_that_the_session_has_as_it_is_now(system: System) -> None:
    with system.transaction() as session:
        promise_id = promise(session).id
    with system.transaction() as session:
        made = session.get_one(Promise, promise_id)
        with psycopg.connect(system.listening_address) as other:
            other.execute("UPDATE promise SET code = 7")
        assert BY_ID.one(session, id=promise_id) is made
        assert made.code == 7
        made.code = 8
        assert BY_ID.all(session, id=promise_id) == [made]
        assert made.code == 8
        assert BY_ID.one(session, id=uuid.uuid4()) is None


def test_a_table_that_has_no_row_gives_none(system: System) -> None:
    asked = WrittenForSeveral(
        (Contact, Caller, StaffMember),
        lambda columns: (
            sa.select(*columns)
            .join_from(Contact, Caller, Caller.id == Contact.caller_id)
            .outerjoin(StaffMember, StaffMember.id == Contact.owner_id)
        ),
    )
    with system.transaction() as session:
        text = making.inbox.text_arrived(session, making.incoming(), at=now())
        contact = making.contact_of(session, text)
        assert asked.all(session) == [[contact, contact.caller, None]]
        assert contact.state is ContactState.waiting


def test_what_the_database_refuses_is_said_as_by_any_statement(system: System) -> None:
    asked = Written(lambda: sa.select(sa.literal_column("1")).select_from(sa.table("nowhere")))
    with making.undone(system) as session:
        with pytest.raises(sa.exc.ProgrammingError):
            asked.rows(session)
        raise making.UndoneError
