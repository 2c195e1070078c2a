"""What comes between a promise and the carrier stops it: the worker asks once more."""

import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.clock import now
from helpline.confidentiality import consent
from helpline.messages import collection, links, nudges, replies, texts, threads
from helpline.messages.happenings import Sending
from helpline.messages.models import Age, Message, Order, Way, Wish
from helpline.messages.states import MessageState
from tests.helpline import making
from tests.helpline.messages import relaying
from tests.system import System

BETWEEN: dict[str, Callable[[Message], None]] = {
    "an order is known": lambda m: setattr(m.party, "order", Order.protects_recipient),
    "the author is a child": lambda m: setattr(m.party.thread, "age", Age.child),
    "everything is stopped": lambda m: setattr(m.party.thread, "stopped_at", now()),
    "the author wants none": lambda m: setattr(m.party.thread, "wish", Wish.none),
    "the author names them": lambda m: setattr(m.party, "is_unwanted", True),
    "the recipient wants no more": lambda m: setattr(m.party, "wants_no_more_at", now()),
    "the words are others": lambda m: setattr(m, "words", "I am in Hull"),
    "the number is others'": lambda m: setattr(m.party, "caller_id", m.party.thread.caller_id),
}


@pytest.mark.parametrize("way", [Way.text, Way.page])
@pytest.mark.parametrize("between", BETWEEN)
def test_whatever_comes_between_keeps_it_from_leaving(
    system: System, way: Way, between: str
) -> None:
    karen = system.handset(f"07700 900{uuid.uuid4().int % 100 + 800}")
    with system.transaction() as session:
        message = _promised(session, way, making.PhoneNumber(karen.number))
        BETWEEN[between](message)
        message_id = message.id
    system.settle()
    system.advance(30)

    assert karen.received == []
    with system.transaction() as session:
        assert session.get_one(Message, message_id).state is MessageState.approved
        assert session.scalars(sa.select(Sending)).all() == []


def _promised(session: Session, way: Way, number: making.PhoneNumber) -> Message:
    staff = relaying.call_taker(session)
    contact = relaying.author(session, staff)
    thread = relaying.thread(session, contact, staff)
    party = relaying.party(session, thread, staff, number=number, way=way)
    message = relaying.approved(session, contact, party, staff)
    texts.confirm_owner(session, party, by=staff.id, at=now())
    send = links.send if way is Way.page else texts.send
    send(session, message, uuid.uuid4(), by=staff.id, at=now())
    return message


def test_a_reply_on_its_way_is_kept_when_its_author_wants_to_hear_nothing(
    system: System,
) -> None:
    luke = system.handset("07700 900871")
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        _, message = relaying.delivered(session, staff)
        said = making.incoming("any news", making.PhoneNumber(luke.number))
        contact = making.contact_of(session, making.inbox.text_arrived(session, said, at=now()))
        making.contacts.take(session, contact, staff.id, at=now())
        thread = message.party.thread
        threads.prove(session, contact, thread.reference, relaying.WORD, by=staff.id, at=now())
        reply = replies.take(
            session, message.party, relaying.ANSWER, uuid.uuid4(), by=staff.id, at=now()
        )
        collection.give_by_text(session, reply, contact, by=staff.id, at=now())
        thread.wish = Wish.out_only
    system.settle()
    system.advance(30)
    assert luke.received == []


def test_a_sign_is_sent_to_a_safe_number_that_agreed_and_kept_once_it_is_let_go(
    system: System,
) -> None:
    safe = system.handset("07700 900872")
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        contact = relaying.author(session, staff)
        number = making.PhoneNumber(safe.number)
        thread = relaying.thread(session, contact, staff, safe_number=number)
        with pytest.raises(nudges.NeverPushedError):
            nudges.send(session, thread, uuid.uuid4(), by=staff.id, at=now())
        agreed = consent.Agreed(
            frozenset({consent.Scope.text_back}),
            consent.Towards.themselves,
            "yes, a sign is fine",
            consent.Heard.text,
            uuid.uuid4(),
        )
        consent.record(session, thread.caller_id, agreed, by=staff.id, at=now())
        nudges.send(session, thread, uuid.uuid4(), by=staff.id, at=now())
        ids = thread.id, staff.id
    system.settle()
    system.advance(30)
    assert safe.received == [nudges.WORDS]

    with system.transaction() as session:
        thread = session.get_one(relaying.Thread, ids[0])
        nudges.send(session, thread, uuid.uuid4(), by=ids[1], at=now())
        nudges.collect_only(session, thread, by=ids[1], at=now())
    system.settle()
    system.advance(30)
    assert safe.received == [nudges.WORDS]
