"""Sending through the worker and the real exchange, with everything that may go wrong."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from helpline import encryption, outbox
from helpline.carrier import TextSeen
from helpline.carrier.twilio_carrier import TwilioCarrier
from helpline.clock import now
from helpline.confidentiality import vault
from helpline.contacts import contacts
from helpline.outbox import Promise
from helpline.sms import conversations, delivery
from helpline.sms import jobs as sms_jobs
from helpline.sms.conversations import Reply
from helpline.sms.models import Direction, Text, TextState
from helpline.worker import Worker
from tests.helpline import making
from tests.system import Handset, System, free_port


@pytest.fixture
def sam(system: System) -> Handset:
    return system.handset("07700 900123")


@pytest.fixture
def texts_get_lost(system: System) -> None:
    """Let the carrier lose the next incoming text."""
    system.may_lose_webhooks = True
    drop = {"webhooks": {"match": "/tw/sms/inbound", "kind": "drop", "times": 1}}
    system.exchange("POST", "/control/faults", drop)


@contextmanager
def later(seconds: float) -> Iterator[None]:
    with time_machine.travel(now() + timedelta(seconds=seconds)):
        yield


def promise_a_text(system: System, words: str = "Are you safe?", to: str = "+447700900123") -> Text:
    with system.transaction() as session:
        staff = making.staff_member(session)
        incoming = making.incoming("hello", making.PhoneNumber(to))
        contact = making.contact_of(session, making.inbox.text_arrived(session, incoming, at=now()))
        contacts.take(session, contact, staff.id, at=now())
        seen = conversations.newest_incoming(session, contact.id)
        return conversations.reply(
            session, contact, staff.id, Reply(words, seen, uuid.uuid4()), at=now()
        )


def read(system: System, text: Text) -> Text:
    with system.transaction() as session:
        return session.get_one(Text, text.id)


def fault(system: System, kind: str, times: int = 1) -> None:
    wish = {"rest": {"path": "Messages", "kind": kind, "times": times, "method": "POST"}}
    system.exchange("POST", "/control/faults", wish)


def test_a_promised_text_reaches_the_phone_once_and_its_delivery_is_told(
    system: System, sam: Handset
) -> None:
    text = promise_a_text(system)
    system.settle()
    system.advance(60)
    assert sam.received == ["Are you safe?"]
    sent = read(system, text)
    assert sent.state is TextState.delivered
    assert sent.carrier_sid is not None
    assert sent.carrier_sid.startswith("SM")


def test_texts_to_one_caller_arrive_in_the_order_in_which_they_were_written(
    system: System, sam: Handset
) -> None:
    text = promise_a_text(system, "one")
    with system.transaction() as session:
        contact = contacts.locked(session, text.contact_id)
        assert contact is not None
        assert text.staff_id is not None
        for words in ("two", "three", "four"):
            answer = Reply(words, 10**9, uuid.uuid4())
            conversations.reply(session, contact, text.staff_id, answer, at=now())
    system.settle()
    system.advance(60)
    assert sam.received == ["one", "two", "three", "four"]


def test_a_carrier_that_is_too_busy_is_asked_again_later_and_sends_once(
    system: System, sam: Handset
) -> None:
    fault(system, "429", times=2)
    text = promise_a_text(system)
    system.settle()
    assert read(system, text).state is TextState.waiting
    assert sam.received == []
    with later(10):
        system.settle()
    with later(60):
        system.settle()
    system.advance(60)
    assert sam.received == ["Are you safe?"]
    assert read(system, text).state is TextState.delivered


def test_a_fault_before_the_carrier_accepted_is_not_sent_blindly_again(
    system: System, sam: Handset
) -> None:
    fault(system, "500-before")
    text = promise_a_text(system)
    system.settle()
    with later(120):
        system.settle()
        system.worker.look_for_unsure()
    assert sam.received == []
    assert read(system, text).state is TextState.not_confirmed


@pytest.mark.parametrize("kind", ["500-after", "drop-after", "hang-after"])
def test_a_text_whose_acceptance_nobody_heard_is_looked_up_and_was_sent_once(
    system: System, sam: Handset, kind: str
) -> None:
    drop_news = {"webhooks": {"match": "/tw/sms/status", "kind": "drop", "times": 9}}
    system.exchange("POST", "/control/faults", drop_news)
    fault(system, kind)
    text = promise_a_text(system)
    system.settle()
    assert read(system, text).state is TextState.not_confirmed
    system.worker.look_for_unsure()
    assert read(system, text).state is TextState.not_confirmed, "lists lag: it is too soon"
    with later(40):
        system.worker.look_for_unsure()
        system.settle()
    assert read(system, text).state in {TextState.accepted, TextState.sent, TextState.delivered}
    system.advance(60)
    assert sam.received == ["Are you safe?"]


def test_news_of_its_delivery_proves_that_an_unsure_text_was_sent(
    system: System, sam: Handset
) -> None:
    fault(system, "500-after")
    text = promise_a_text(system)
    system.settle()
    system.advance(60)
    assert sam.received == ["Are you safe?"]
    assert read(system, text).state is TextState.delivered
    with system.transaction() as session:
        promise = session.scalars(sa.select(Promise)).one()
        assert promise.state is outbox.State.accepted


def test_while_the_list_lags_an_unsure_text_stays_not_confirmed(
    system: System, sam: Handset
) -> None:
    wish = {
        "lists": {"lag_seconds": 600},
        "webhooks": {"match": "/tw/sms/status", "kind": "drop", "times": 9},
    }
    system.exchange("POST", "/control/faults", wish)
    fault(system, "500-after")
    text = promise_a_text(system)
    system.settle()
    with later(40):
        system.worker.look_for_unsure()
    assert read(system, text).state is TextState.not_confirmed
    system.advance(60)
    assert sam.received == ["Are you safe?"]


def test_a_carrier_that_cannot_be_reached_gets_the_text_when_it_is_back(
    system: System, sam: Handset
) -> None:
    text = promise_a_text(system)
    nowhere = system.settings.model_copy(
        update={"carrier_base_url": f"http://127.0.0.1:{free_port()}"}
    )
    cut_off = Worker(system.app, nowhere, TwilioCarrier(nowhere))
    assert cut_off.work_off() == 1
    cut_off.close()
    assert read(system, text).state is TextState.waiting
    with later(10):
        system.settle()
    system.advance(60)
    assert sam.received == ["Are you safe?"]


@pytest.mark.parametrize("code", [30003, 30005, 30007])
def test_a_text_that_is_not_delivered_says_so_with_its_code(
    system: System, sam: Handset, code: int
) -> None:
    system.exchange("POST", "/control/faults", {"delivery": {"code": code, "times": 1}})
    text = promise_a_text(system)
    system.settle()
    system.advance(60)
    failed = read(system, text)
    assert (failed.state, failed.code) == (TextState.failed, code)
    assert sam.received == []


def test_a_training_system_never_texts_a_real_number(system: System) -> None:
    # The words of a number are built, so that no number of a living person stands here.
    text = promise_a_text(system, to=f"+44{7400_000_000}")
    system.settle()
    assert read(system, text).state is TextState.failed
    sent = [each for each in system.webhooks() if "/tw/sms/status" in each["url"]]
    assert sent == []


def unsure_text(system: System, words: str, to: str) -> Text:
    fault(system, "500-after")
    text = promise_a_text(system, words, to)
    system.settle()
    return text


def spoil_number(system: System, number: str) -> None:
    index = encryption.blind_index(number, encryption.index_key())
    with system.transaction() as session:
        session.execute(
            sa.update(vault.VaultEntry)
            .where(vault.VaultEntry.blind_index == index)
            .values(locked_number="v1:c3BvaWx0")
        )


@pytest.fixture
def no_news_of_texts(system: System) -> None:
    drop_news = {"webhooks": {"match": "/tw/sms/status", "kind": "drop", "times": 99}}
    system.exchange("POST", "/control/faults", drop_news)


@pytest.mark.usefixtures("sam", "no_news_of_texts")
def test_one_number_that_does_not_open_keeps_no_other_text_from_being_looked_up(
    system: System,
) -> None:
    system.handset("07700 900199")
    broken = unsure_text(system, "never", "+447700900199")
    text = unsure_text(system, "for sam", "+447700900123")
    spoil_number(system, "+447700900199")
    with later(40):
        system.worker.look_for_unsure()
    assert read(system, broken).state is TextState.not_confirmed
    assert read(system, text).state is not TextState.not_confirmed


@pytest.mark.usefixtures("sam", "no_news_of_texts")
def test_texts_that_stay_unsure_for_ever_do_not_hide_a_new_one(system: System) -> None:
    text = unsure_text(system, "for sam", "+447700900123")
    long_ago = now() - timedelta(days=3)
    with system.transaction() as session:
        staff = making.staff_member(session)
        contact = making.conversation(session, staff)
        for n in range(60):
            answer = Reply(f"text {n}", 10**9, uuid.uuid4())
            old = conversations.reply(session, contact, staff.id, answer, at=long_ago)
            outbox.cancel(session, old.id, outbox.Kind.send_text, at=long_ago)
        session.execute(
            sa.update(Promise)
            .where(Promise.state == outbox.State.cancelled)
            .values(state=outbox.State.unsure, claimed_at=long_ago)
        )
    with later(40):
        system.worker.look_for_unsure()
    assert read(system, text).state is not TextState.not_confirmed


def test_one_number_that_does_not_open_stops_nobody_elses_text(
    system: System, sam: Handset
) -> None:
    """A damaged row is one caller's trouble, shown on the text; the others are served."""
    broken = promise_a_text(system, "never", to="+447700900199")
    spoil_number(system, "+447700900199")
    promise_a_text(system, "for sam")
    system.settle()
    system.advance(60)
    assert sam.received == ["for sam"]
    assert read(system, broken).state is TextState.waiting, "the key may be put back"
    for hours in range(1, outbox.MOST_ATTEMPTS + 1):
        with later(3600.0 * hours):
            system.worker.work_off()
    assert read(system, broken).state is TextState.failed


def test_a_text_whose_worker_died_is_shown_as_not_confirmed_and_never_sent_blindly(
    system: System, sam: Handset
) -> None:
    text = promise_a_text(system)
    with system.transaction() as session:
        assert len(outbox.claim(session, at=now(), most=1)) == 1
    with later(outbox.LEASE.total_seconds() + 5):
        system.settle()
        assert read(system, text).state is TextState.not_confirmed
        system.worker.look_for_unsure()
        system.settle()
    assert sam.received == []


@pytest.mark.usefixtures("texts_get_lost")
def test_a_dropped_text_is_collected_once_with_its_words_and_its_caller(
    system: System, sam: Handset
) -> None:
    sam.text("did you get this")
    assert texts(system) == []
    for _ in range(2):
        system.worker.collect_missed()
    assert texts(system) == ["did you get this"]
    sam.text("and this")
    system.worker.collect_missed()
    assert texts(system) == ["did you get this", "and this"]
    with system.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(making.Contact)) == 1


def texts(system: System) -> list[str]:
    with system.transaction() as session:
        incoming = sa.select(Text.words).where(Text.direction == Direction.inbound)
        return list(session.scalars(incoming.order_by(Text.number)))


@pytest.mark.usefixtures("texts_get_lost")
def test_a_long_outage_with_many_texts_loses_none(system: System, sam: Handset) -> None:
    """More texts than the carrier shows on one page of its list."""
    drop = {"webhooks": {"match": "/tw/sms/inbound", "kind": "drop", "times": 129}}
    system.exchange("POST", "/control/faults", drop)
    for n in range(130):
        sam.do_without_settling("text", to="116000", body=f"text {n}")
    system.exchange("POST", "/control/settle")
    system.worker.collect_missed()
    assert texts(system) == [f"text {n}" for n in range(130)]


class OddList(TwilioCarrier):
    """The carrier, whose list of texts holds one that can't be kept."""

    def texts_received(self, since: datetime) -> Sequence[TextSeen]:
        half_a_sign = "\ud800"
        odd = TextSeen(making.sid(), "+447700900198", "", half_a_sign, since, "received")
        return [*super().texts_received(since), odd]


@pytest.mark.usefixtures("texts_get_lost")
def test_a_text_that_cannot_be_kept_keeps_no_other_one_from_us(
    system: System, sam: Handset
) -> None:
    sam.text("hello")
    odd = OddList(system.worker.settings)
    with system.app.app_context():
        assert sms_jobs.collect_missed_texts(odd, at=now()) == 1
    assert texts(system) == ["hello"]


@pytest.mark.usefixtures("texts_get_lost")
def test_collecting_waits_for_a_carrier_that_does_not_answer(system: System, sam: Handset) -> None:
    sam.text("hello")
    silent = {"rest": {"path": "Messages", "kind": "500-before", "times": 1, "method": "GET"}}
    system.exchange("POST", "/control/faults", silent)
    system.worker.collect_missed()
    assert texts(system) == []
    system.worker.collect_missed()
    assert texts(system) == ["hello"]


def test_states_of_the_carrier_are_all_known() -> None:
    assert {"queued", "sending", "sent", "delivered", "undelivered", "failed"} <= set(
        delivery.STATES
    )
