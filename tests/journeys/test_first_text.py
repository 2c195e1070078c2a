"""A text, from the handset to the wrap-up, and what may come between."""

import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import sqlalchemy as sa

from helpline import outbox
from helpline.contacts.models import Contact, ContactState, WrapUp
from helpline.sms.models import Direction, Text, TextState
from tests.system import ROOT, Console, Handset, System

SAM = "07700 900123"

OnlyContact = Callable[[], Contact]
Newest = Callable[[uuid.UUID], int]


@pytest.fixture
def priya(system: System) -> Console:
    return system.call_taker("Priya", "020 7946 0101").ready()


@pytest.fixture
def sam(system: System) -> Handset:
    return system.handset(SAM)


def test_a_text_is_taken_answered_delivered_and_wrapped_up(
    system: System, priya: Console, sam: Handset, only_contact: OnlyContact, newest: Newest
) -> None:
    sam.text("hi is this confidential")

    contact = only_contact()
    assert contact.state is ContactState.waiting
    assert contact.caller.reference in priya.waiting().text
    assert "confidential" not in priya.waiting().text

    assert priya.take(contact.id).status_code == 204
    assert "hi is this confidential" in priya.page(f"/console/contacts/{contact.id}").text

    answer = priya.reply(contact.id, "Yes. Are you safe?", last_seen=newest(contact.id))
    assert answer.status_code == 204, answer.text
    system.settle()
    system.advance(30)
    assert sam.received == ["Yes. Are you safe?"]
    assert "delivered" in priya.page(f"/console/contacts/{contact.id}/parts/talk").text

    assert priya.end(contact.id).status_code == 204
    assert priya.wrap_up(contact.id).status_code == 204
    assert only_contact().state is ContactState.closed
    with system.transaction() as session:
        coded = session.scalars(sa.select(WrapUp)).one()
        assert (coded.contact_type, coded.reasons) == ("young_person_away", ["family_conflict"])


def test_a_text_after_the_wrap_up_reopens_the_conversation(
    system: System, priya: Console, sam: Handset, only_contact: OnlyContact
) -> None:
    sam.text("hello")
    contact = only_contact()
    priya.take(contact.id)
    priya.end(contact.id)
    priya.wrap_up(contact.id)

    sam.text("stop")

    assert only_contact().state is ContactState.waiting
    assert contact.caller.reference in priya.waiting().text


def test_two_call_takers_who_take_a_text_at_once_are_one_owner_and_one_told_so(
    system: System, priya: Console, sam: Handset, only_contact: OnlyContact
) -> None:
    tom = system.call_taker("Tom", None)
    sam.text("anyone there")
    contact = only_contact()

    with ThreadPoolExecutor(2) as both:
        path = f"/console/contacts/{contact.id}/take"
        answers = list(both.map(lambda console: console.post(path), (priya, tom)))

    assert sorted(answer.status_code for answer in answers) == [204, 409]
    loser = next(answer for answer in answers if answer.status_code == 409)
    assert "A colleague has taken this one" in loser.text


def test_a_reply_is_refused_when_the_caller_wrote_again_meanwhile(
    system: System, priya: Console, sam: Handset, only_contact: OnlyContact, newest: Newest
) -> None:
    sam.text("can you ring my mum")
    contact = only_contact()
    priya.take(contact.id)
    seen = newest(contact.id)
    sam.text("no wait dont")

    answer = priya.reply(contact.id, "Yes, we will ring her", last_seen=seen)

    assert answer.status_code == 409
    assert "A new text came in" in answer.text
    system.settle()
    assert sam.received == []


def test_a_reply_posted_twice_is_sent_once(
    system: System, priya: Console, sam: Handset, only_contact: OnlyContact, newest: Newest
) -> None:
    sam.text("hi")
    contact = only_contact()
    priya.take(contact.id)
    key, seen = uuid.uuid4(), newest(contact.id)

    with ThreadPoolExecutor(2) as both:
        answers = list(
            both.map(lambda _: priya.reply(contact.id, "Hello", last_seen=seen, key=key), range(2))
        )

    assert [answer.status_code for answer in answers] == [204, 204]
    system.settle()
    system.advance(30)
    assert sam.received == ["Hello"]


def test_the_same_webhook_three_times_is_one_text(
    system: System, priya: Console, sam: Handset, only_contact: OnlyContact
) -> None:
    system.carrier_fails({"webhooks": {"match": "/tw/sms/", "kind": "duplicate", "times": 2}})
    sam.text("only once please")

    only_contact()
    with system.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Text)) == 1


def test_delivery_news_in_the_wrong_order_never_goes_back(
    system: System, priya: Console, sam: Handset, only_contact: OnlyContact, newest: Newest
) -> None:
    sam.text("hi")
    contact = only_contact()
    priya.take(contact.id)
    priya.reply(contact.id, "Hello", last_seen=newest(contact.id))
    system.settle()
    system.advance(30)
    with system.transaction() as session:
        text = session.scalars(sa.select(Text).where(Text.direction == Direction.outbound)).one()
    assert text.state is TextState.delivered

    for status in ("sent", "sending", "queued"):
        fields = {"MessageSid": str(text.carrier_sid), "MessageStatus": status}
        assert system.webhook(f"/tw/sms/status/{text.id}", **fields).status_code == 204

    with system.transaction() as session:
        assert session.get_one(Text, text.id).state is TextState.delivered


def test_with_nobody_on_shift_a_text_waits_and_is_there_when_somebody_comes(
    system: System, sam: Handset, only_contact: OnlyContact
) -> None:
    sam.text("is anyone awake")

    tom = system.call_taker("Tom", None).ready()

    assert only_contact().caller.reference in tom.waiting().text


def test_a_text_dropped_by_the_carrier_is_collected_from_its_list(
    system: System, priya: Console, sam: Handset, only_contact: OnlyContact
) -> None:
    system.carrier_fails({"webhooks": {"match": "/tw/sms/", "kind": "drop", "times": 1}})
    system.may_lose_webhooks = True
    sam.text("did you get this")
    with system.transaction() as session:
        assert session.scalars(sa.select(Contact)).all() == []

    system.worker.collect_missed()

    assert only_contact().state is ContactState.waiting


@pytest.fixture
def doomed_worker(system: System) -> Iterator[subprocess.Popen[bytes]]:
    """Start a worker process of its own, as in real life, to be killed."""
    environment = os.environ | system.environment | {"LOG_LEVEL": "WARNING"}
    worker = subprocess.Popen(
        [sys.executable, "-m", "helpline.worker"],
        env=environment,
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    yield worker
    worker.kill()
    worker.wait(10)


def test_a_text_whose_worker_is_killed_while_sending_is_shown_as_not_confirmed_then_found(
    system: System,
    priya: Console,
    sam: Handset,
    only_contact: OnlyContact,
    newest: Newest,
    doomed_worker: subprocess.Popen[bytes],
) -> None:
    sam.text("hi")
    contact = only_contact()
    priya.take(contact.id)
    system.carrier_fails({"rest": {"path": "Messages", "kind": "hang-after", "times": 1}})

    priya.reply(contact.id, "Hello from us", last_seen=newest(contact.id))
    _wait_until_the_carrier_has_it(system)
    doomed_worker.send_signal(signal.SIGKILL)
    doomed_worker.wait(10)
    _let_the_lease_end(system)
    system.settle()

    shown = priya.page(f"/console/contacts/{contact.id}/parts/talk").text
    assert "not confirmed" in shown
    system.worker.look_for_unsure()
    system.settle()
    system.advance(30)
    assert sam.received == ["Hello from us"]
    assert "not confirmed" not in priya.page(f"/console/contacts/{contact.id}/parts/talk").text


def _wait_until_the_carrier_has_it(system: System) -> None:
    """Wait for the worker's own process: the fault is used up when the request has arrived."""
    pause = threading.Event()
    for _ in range(400):
        if not system.exchange("GET", "/control/faults").get("rest"):
            return
        pause.wait(0.05)
    raise AssertionError("No worker sent the text")


def _let_the_lease_end(system: System) -> None:
    """Move the promise into the past, as if its lease had run out."""
    with system.transaction() as session:
        promise = session.scalars(sa.select(outbox.Promise)).one()
        assert promise.lease_until is not None
        assert promise.claimed_at is not None
        promise.lease_until -= outbox.LEASE * 2
        promise.claimed_at -= outbox.LEASE * 2


def test_a_form_without_its_token_is_refused(system: System, priya: Console) -> None:
    answer = requests.post(
        f"{system.web}/console/availability",
        data={"availability": "away"},
        cookies=priya.http.cookies,
        timeout=10,
    )
    assert answer.status_code == 400


def test_a_conversation_handed_back_waits_for_a_colleague(
    system: System, priya: Console, sam: Handset, only_contact: OnlyContact
) -> None:
    tom = system.call_taker("Tom", None)
    sam.text("hi")
    contact = only_contact()
    priya.take(contact.id)
    assert "Hand back" in priya.page(f"/console/contacts/{contact.id}").text

    assert priya.post(f"/console/contacts/{contact.id}/hand-back").status_code == 204

    assert contact.caller.reference in tom.waiting().text
    assert tom.take(contact.id).status_code == 204
    assert priya.post(f"/console/contacts/{contact.id}/hand-back").status_code == 409


def test_nobody_ends_their_shift_with_somebody_left_waiting_for_them(
    system: System, priya: Console, sam: Handset, only_contact: OnlyContact
) -> None:
    sam.text("hi")
    contact = only_contact()
    priya.take(contact.id)

    refused = priya.post("/console/availability", availability="off_shift")

    assert refused.status_code == 422
    assert "hand back" in refused.text
    priya.end(contact.id)
    priya.wrap_up(contact.id)
    assert priya.post("/console/availability", availability="off_shift").status_code == 204
