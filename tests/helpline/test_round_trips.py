"""Questions asked together and rows written together change nothing of what a rule can rely on."""

import threading
import uuid
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from helpline import audit, outbox, round_trips
from helpline.audit import AuditEntry
from helpline.clock import now
from helpline.contacts.models import Contact
from helpline.outbox import Kind, Promise
from helpline.round_trips import Question
from helpline.web.events import CarrierEvent
from tests.helpline import making
from tests.system import System


def promise(session: Any) -> Promise:
    return outbox.promise(session, Kind.end_call, about=uuid.uuid4(), lane=uuid.uuid4(), at=now())


def test_whoever_asks_afterwards_sees_the_rows_that_were_handed_over(system: System) -> None:
    with system.transaction() as session:
        audit.note(session, audit.Act.signed_in, at=now())
        made = promise(session)
        assert session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 1
        assert session.get(Promise, made.id) is made
        assert made.number > 0


def test_a_row_goes_on_as_one_that_was_read_and_can_be_changed(system: System) -> None:
    with system.transaction() as session:
        made = promise(session)
        made.attempts = 3
        session.flush()
        made.attempts = 4
    with system.transaction() as session:
        assert session.get_one(Promise, made.id).attempts == 4


def test_rows_leave_in_the_order_in_which_they_were_handed_over(system: System) -> None:
    with system.transaction() as session:
        made = [promise(session) for _ in range(3)]
    with system.transaction() as session:
        in_order = session.scalars(sa.select(Promise.id).order_by(Promise.number)).all()
    assert list(in_order) == [each.id for each in made]


def test_changes_and_notices_leave_with_many_rows_each_with_its_own_values(system: System) -> None:
    with system.transaction() as session:
        made = [promise(session) for _ in range(30)]
    with system.transaction() as session:
        for number, each in enumerate(made):
            # What stands in a value is never taken for a place in the statement.
            round_trips.write(session, CarrierEvent, key=f"%s ${number}", at=now())
            round_trips.change(
                session,
                "UPDATE promise SET carrier_sid = %s WHERE id = %s",
                f"$1 {number}",
                each.id,
            )
        round_trips.notify(session, "nobody", "%s $1")
    with system.transaction() as session:
        sids = session.scalars(sa.select(Promise.carrier_sid).order_by(Promise.number)).all()
        keys = session.scalars(sa.select(CarrierEvent.key)).all()
    assert list(sids) == [f"$1 {number}" for number in range(30)]
    assert set(keys) >= {f"%s ${number}" for number in range(30)}


def test_more_rows_than_one_statement_takes_all_leave(system: System) -> None:
    with system.transaction() as session:
        for _ in range(14_000):
            audit.note(session, audit.Act.signed_in, at=now())
        made = [promise(session) for _ in range(1001)]
        made[0].attempts = made[-1].attempts = 7
    with system.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 14_000
        in_order = session.scalars(sa.select(Promise).order_by(Promise.number)).all()
        assert [each.id for each in in_order] == [each.id for each in made]
        assert (in_order[0].attempts, in_order[-1].attempts) == (7, 7)


def test_nothing_is_left_of_rows_whose_unit_of_work_was_undone(system: System) -> None:
    with making.undone(system) as session:
        audit.note(session, audit.Act.signed_in, at=now())
        promise(session)
    with system.transaction() as session:
        assert session.scalars(sa.select(Promise.id)).all() == []


def test_a_row_that_a_question_read_is_the_one_that_the_session_has(system: System) -> None:
    with system.transaction() as session:
        text = making.inbox.text_arrived(session, making.incoming(), at=now())
        contact = making.contact_of(session, text)
        sql = f"SELECT {round_trips.column_names(Contact)} FROM contact WHERE id = %(id)s"  # noqa: S608 - our own names
        ((values,),) = round_trips.ask(session, Question(sql, {"id": contact.id}))
        assert round_trips.known(session, Contact, values) is contact
        assert contact.state == "waiting"


def test_what_the_database_refuses_is_said_as_by_any_statement(system: System) -> None:
    with making.undone(system) as session:
        with pytest.raises(sa.exc.ProgrammingError):
            round_trips.ask(session, Question("SELECT 1"), Question("SELECT * FROM nowhere"))
        raise making.UndoneError


def test_a_later_question_sees_what_an_earlier_one_waited_for(system: System) -> None:
    with system.transaction() as session:
        caller = making.contact_of(
            session, making.inbox.text_arrived(session, making.incoming(), at=now())
        ).caller
    with psycopg.connect(system.listening_address) as other, system.transaction() as session:
        other.execute("SELECT id FROM caller WHERE id = %s FOR UPDATE", (caller.id,))
        other.execute("UPDATE contact SET is_flagged = true")
        commits = threading.Timer(0.3, other.commit)
        commits.start()
        _, flagged = round_trips.ask(
            session,
            Question("SELECT id FROM caller WHERE id = %(id)s FOR UPDATE", {"id": caller.id}),
            Question("SELECT is_flagged FROM contact"),
        )
        commits.join()
    assert flagged == [(True,)]
