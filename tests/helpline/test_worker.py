"""A worker that meets what it can't read goes on with everything else."""

import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Event, Semaphore

import psycopg
import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.dialects.postgresql import JSONB

from helpline import outbox, worker
from helpline.carrier import Accepted, Outcome, TextToSend
from helpline.clock import now
from helpline.confidentiality import safe_contact
from helpline.outbox import Promise
from helpline.sms import conversations
from helpline.sms.conversations import Reply
from helpline.sms.models import Text, TextState
from helpline.worker import Worker
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


def spoil(system: System, text: Text, column: str = "direction") -> None:
    """Write a word that this version of the program does not know."""
    unknown = sa.update(Text).where(Text.id == text.id)
    with system.transaction() as session:
        session.execute(unknown.values({column: sa.literal_column("'of_tomorrow'")}))


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
    about = end_a_call(system)
    text_to(system, "+447700900123", "for sam")
    with pytest.raises(sa.exc.DBAPIError):
        system.worker.work_off()
    with system.transaction() as session:
        ended = session.scalars(sa.select(Promise).where(Promise.about == about)).one()
        assert (ended.state, ended.attempts) == (outbox.State.waiting, 0)


@pytest.mark.parametrize("column", ["direction", "state"])
def test_a_text_that_this_program_cannot_read_stops_nobody_elses(
    system: System, column: str
) -> None:
    sam, kim = system.handset("07700 900123"), system.handset("07700 900199")
    spoil(system, text_to(system, kim.number, "never"), column)
    text_to(system, sam.number, "for sam")
    system.settle()
    system.advance(60)
    assert sam.received == ["for sam"]
    assert kim.received == []


@pytest.mark.parametrize("column", ["kind", "basis"])
def test_a_promise_that_only_a_newer_worker_knows_waits_for_it(system: System, column: str) -> None:
    sam = system.handset("07700 900123")
    later_kind = text_to(system, "+447700900199", "never")
    with system.transaction() as session:
        session.execute(
            sa.text(f"UPDATE promise SET {column} = 'of_tomorrow' WHERE about = :id"),  # noqa: S608 - ours
            {"id": later_kind.id},
        )
    text_to(system, "+447700900123", "for sam")
    system.settle()
    system.advance(60)
    assert sam.received == ["for sam"]
    with system.transaction() as session:
        state = sa.select(Promise.state).where(Promise.about == later_kind.id)
        assert session.scalar(state) is outbox.State.waiting
        # Its newer worker dies with it, and this one ends leases.
        died = {"state": outbox.State.claimed, "lease_until": now() - outbox.LEASE}
        session.execute(sa.update(Promise).where(Promise.about == later_kind.id).values(died))
    system.worker.look_after_waiting()
    with system.transaction() as session:
        session.execute(sa.delete(Promise).where(Promise.about == later_kind.id))


def test_somebody_who_holds_a_text_for_long_keeps_no_telephone_from_ringing(
    system: System,
) -> None:
    """Texts are settled together by the one thread that claims everything else."""
    text = text_to(system, "+447700900123", "for sam")
    promises = system.worker.promises
    answered = Semaphore(0)
    promises.on_answer = answered.release
    with psycopg.connect(system.listening_address) as other:
        other.execute("SELECT 1 FROM text WHERE id = %s FOR UPDATE", (text.id,))
        assert promises.go_on() == 1
        assert answered.acquire(timeout=10)
        about = end_a_call(system)
        began = time.monotonic()
        promises.go_on()
        assert time.monotonic() - began < 3, "a lock is waited for five seconds"
        with system.transaction() as session:
            ended = session.scalars(sa.select(Promise).where(Promise.about == about)).one()
            assert ended.attempts == 1
    promises.on_answer = lambda: None
    system.worker.work_off()
    with system.transaction() as session:
        assert session.get_one(Text, text.id).state is not TextState.waiting


def test_a_plan_that_changes_right_after_a_claim_is_kept_to(system: System) -> None:
    sam = system.handset("07700 900123")
    allowed = kept_back_until_allowed(system, sam.number)
    with making.in_between(system, "FROM safe_contact_plan", allowed):
        system.worker.work_off()
    system.advance(60)
    assert sam.received == ["for sam"]


def test_a_text_whose_lease_ended_before_it_was_kept_back_stays_unsure(system: System) -> None:
    """Somebody was told that nobody knows, and may have sent it again."""
    sam = system.handset("07700 900123")
    allowed = kept_back_until_allowed(system, sam.number)
    ended = "UPDATE promise SET state = 'unsure', lease_until = NULL"
    with making.in_between(system, "hashtextextended", f"{allowed}; {ended}"):
        system.worker.work_off()
    system.advance(60)
    assert sam.received == []
    with system.transaction() as session:
        assert session.scalars(sa.select(Promise.state)).all() == [outbox.State.unsure]


def kept_back_until_allowed(system: System, number: str) -> str:
    """Promise a text that its plan keeps back; gives the change after which it may leave."""
    text = text_to(system, number, "for sam")
    with system.transaction() as session:
        caller_id = session.get_one(making.Contact, text.contact_id).caller_id
        never = safe_contact.Wishes(uuid.uuid4(), may_text=False, may_call=False)
        plan = safe_contact.agree(session, caller_id, never, by=text.staff_id, at=now())  # type: ignore[arg-type]
        columns = {each.name: each.name for each in plan.__table__.columns}
    columns |= {"id": "gen_random_uuid()", "form_key": "gen_random_uuid()"}
    columns |= {"version": "version + 1", "may_text": "true"}
    names, values = ", ".join(columns), ", ".join(columns.values())
    return f"INSERT INTO safe_contact_plan ({names}) SELECT {values} FROM safe_contact_plan"  # noqa: S608 - ours


def test_a_worker_that_stumbles_over_a_promise_goes_on_when_it_is_mended(system: System) -> None:
    """One that ended would leave all that it has in hand unsure, and stumble again."""
    about = end_a_call(system)
    whole = {"call_sid": making.sid("CA")}
    spoilt = sa.update(Promise).where(Promise.about == about)
    with system.transaction() as session:
        session.execute(spoilt.values(kind=outbox.Kind.send_text, details=JSONB.NULL))
    stop = Event()
    with ThreadPoolExecutor(1) as pool:
        works = pool.submit(worker._listen, system.worker, system.listening_address, stop)
        with suppress(TimeoutError):
            works.result(0.5)
        with system.transaction() as session:
            session.execute(spoilt.values(kind=outbox.Kind.end_call, details=whole))
        with suppress(TimeoutError):
            works.result(2.5)
        stop.set()
        works.result(10)
    assert states(system, about) == [outbox.State.accepted]


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


def test_a_text_whose_worker_died_is_shown_so_although_who_shows_it_dies_as_well(
    system: System,
) -> None:
    """Between the two it would be unsure, and its text would look as if it still waited."""
    text = text_to(system, "+447700900123", "for sam")
    with system.transaction() as session:
        assert len(outbox.claim(session, at=now(), most=1)) == 1
    with time_machine.travel(now() + outbox.LEASE + timedelta(seconds=5)):
        with table_away(system, "text"):
            system.worker.look_after_waiting()
        system.worker.look_after_waiting()
        with system.transaction() as session:
            state = sa.select(Text.state).where(Text.id == text.id)
            assert session.scalar(state) is TextState.not_confirmed
            promise = session.scalars(sa.select(Promise).where(Promise.about == text.id)).one()
            assert promise.state is outbox.State.unsure


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


class Held:
    """A carrier that takes its time with every text until it is let go, and with nothing else."""

    def __init__(self, texts: int) -> None:
        self.asked, self.let_go = Semaphore(0), Event()
        self.texts, self.ended = texts, Event()
        self.held_in_vain = False

    def send_text(self, text: TextToSend) -> Outcome:
        assert text.words
        self.asked.release()
        self.held_in_vain |= not self.let_go.wait(20)
        return Accepted(f"SM{uuid.uuid4().hex}")

    def end_call(self, call_sid: str) -> Outcome:
        self.ended.set()
        return Accepted(call_sid)

    def all_asked(self) -> None:
        for _ in range(self.texts):
            assert self.asked.acquire(timeout=30)


@contextmanager
def worker_of(system: System, carrier: object) -> Iterator[Worker]:
    worker = Worker(system.app, system.settings, carrier)  # type: ignore[arg-type]
    yield worker
    worker.close()


def end_a_call(system: System) -> uuid.UUID:
    about = uuid.uuid4()
    with system.transaction() as session:
        details = {"call_sid": making.sid("CA")}
        outbox.promise(
            session, outbox.Kind.end_call, about=about, lane=about, at=now(), details=details
        )
    return about


def states(system: System, about: uuid.UUID) -> list[outbox.State]:
    with system.transaction() as session:
        wanted = sa.select(Promise.state).where(Promise.about == about)
        return list(session.scalars(wanted))


def test_texts_with_which_the_carrier_takes_its_time_hold_up_no_call(system: System) -> None:
    text_to(system, "+447700900123", "slow")
    text_to(system, "+447700900124", "slow")
    carrier = Held(texts=2)
    with worker_of(system, carrier) as worker:
        assert worker.promises.go_on() == 2
        carrier.all_asked()
        call = end_a_call(system)
        assert worker.promises.go_on() == 1
        assert carrier.ended.wait(30)
        assert not carrier.held_in_vain, "the call waited until nobody held the texts any more"
        carrier.let_go.set()
        worker.work_off()
        assert states(system, call) == [outbox.State.accepted]


def test_texts_that_must_wait_for_their_pace_hold_up_no_call(system: System) -> None:
    """They are more than a worker claims at once, and older than the promise for the call."""
    for number in range(20):
        text_to(system, f"+4477009001{number:02}", "one of many")
    call = end_a_call(system)
    slow = system.settings.model_copy(update={"texts_per_second": 1.0})
    carrier = Held(texts=0)
    carrier.let_go.set()
    worker = Worker(system.app, slow, carrier)  # type: ignore[arg-type]
    with time_machine.travel(now(), tick=False):
        assert worker.work_off() == 2
    worker.close()
    assert states(system, call) == [outbox.State.accepted]


def test_one_text_that_cannot_be_settled_keeps_none_from_being_settled_with_it(
    system: System,
) -> None:
    broken = text_to(system, "+447700900199", "left, and then spoilt")
    text = text_to(system, "+447700900123", "for sam")
    carrier = Held(texts=2)
    with worker_of(system, carrier) as worker:
        worker.promises.go_on()
        carrier.all_asked()
        spoil(system, broken, "state")
        carrier.let_go.set()
        worker.work_off()
    assert states(system, text.id) == [outbox.State.accepted]
    assert states(system, broken.id) == [outbox.State.claimed]
