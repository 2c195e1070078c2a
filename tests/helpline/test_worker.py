"""A worker that meets what it can't read goes on with everything else."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from helpline import outbox
from helpline.clock import now
from helpline.outbox import Promise
from helpline.sms import conversations
from helpline.sms.conversations import Reply
from helpline.sms.models import Text, TextState
from tests.helpline import making
from tests.system import System


def text_to(system: System, number: str, words: str) -> Text:
    with system.transaction() as session:
        staff = making.staff_member(session)
        incoming = making.incoming("hello", making.PhoneNumber(number))
        contact = making.contact_of(session, making.inbox.text_arrived(session, incoming, at=now()))
        making.contacts.take(session, contact, staff.id, at=now())
        seen = conversations.newest_incoming(session, contact.id)
        answer = Reply(words, seen, uuid.uuid4())
        return conversations.reply(session, contact, staff.id, answer, at=now())


def spoil(system: System, text: Text) -> None:
    """Write a word that this version of the program does not know."""
    changed = sa.text("UPDATE text SET direction = 'of_tomorrow' WHERE id = :id")
    with system.transaction() as session:
        session.execute(changed, {"id": text.id})


@contextmanager
def table_away(system: System, name: str) -> Iterator[None]:
    """Make every rule fail that reads this table."""
    with system.transaction() as session:
        session.execute(sa.text(f"ALTER TABLE {name} RENAME TO away"))
    yield
    with system.transaction() as session:
        session.execute(sa.text(f"ALTER TABLE away RENAME TO {name}"))


@pytest.fixture
def no_plan_can_be_read(system: System) -> Iterator[None]:
    with table_away(system, "safe_contact_plan"):
        yield


@pytest.fixture
def no_call_back_can_be_read(system: System) -> Iterator[None]:
    with table_away(system, "call_back"):
        yield


@pytest.mark.usefixtures("no_plan_can_be_read")
def test_when_the_database_fails_in_the_middle_of_a_claim_nothing_is_carried_out(
    system: System,
) -> None:
    """The claim is undone with it, so another worker may claim the same at this moment."""
    about = uuid.uuid4()
    with system.transaction() as session:
        details = {"call_sid": making.sid("CA")}
        outbox.promise(
            session, outbox.Kind.end_call, about=about, lane=about, at=now(), details=details
        )
    text_to(system, "+447700900123", "for sam")
    with pytest.raises(sa.exc.DBAPIError):
        system.worker.work_off()
    with system.transaction() as session:
        ended = session.scalars(sa.select(Promise).where(Promise.about == about)).one()
        assert (ended.state, ended.attempts) == (outbox.State.waiting, 0)


def test_a_text_that_this_program_cannot_read_stops_nobody_elses(system: System) -> None:
    sam = system.handset("07700 900123")
    spoil(system, text_to(system, "+447700900199", "never"))
    text_to(system, "+447700900123", "for sam")
    system.settle()
    system.advance(60)
    assert sam.received == ["for sam"]


def test_a_kind_of_promise_that_only_a_newer_worker_knows_waits_for_it(system: System) -> None:
    sam = system.handset("07700 900123")
    later_kind = text_to(system, "+447700900199", "never")
    with system.transaction() as session:
        session.execute(
            sa.text("UPDATE promise SET kind = 'of_tomorrow' WHERE about = :id"),
            {"id": later_kind.id},
        )
    text_to(system, "+447700900123", "for sam")
    system.settle()
    system.advance(60)
    assert sam.received == ["for sam"]
    with system.transaction() as session:
        state = sa.select(Promise.state).where(Promise.about == later_kind.id)
        assert session.scalar(state) is outbox.State.waiting


def test_a_text_that_cannot_be_read_hides_no_other_one_whose_worker_died(system: System) -> None:
    broken = text_to(system, "+447700900199", "never")
    text = text_to(system, "+447700900123", "for sam")
    with system.transaction() as session:
        assert len(outbox.claim(session, at=now(), most=2)) == 2
    spoil(system, broken)
    with time_machine.travel(now() + outbox.LEASE + timedelta(seconds=5)):
        system.worker.look_after_waiting()
        with system.transaction() as session:
            state = sa.select(Text.state).where(Text.id == text.id)
            assert session.scalar(state) is TextState.not_confirmed


@pytest.mark.usefixtures("no_call_back_can_be_read")
def test_a_rule_that_fails_every_second_keeps_no_other_from_its_turn(system: System) -> None:
    text = text_to(system, "+447700900123", "for sam")
    with system.transaction() as session:
        assert len(outbox.claim(session, at=now(), most=1)) == 1
    with time_machine.travel(now() + outbox.LEASE + timedelta(seconds=5)):
        with pytest.raises(ExceptionGroup):
            system.worker.look_after_waiting()
        with system.transaction() as session:
            state = sa.select(Text.state).where(Text.id == text.id)
            assert session.scalar(state) is TextState.not_confirmed
