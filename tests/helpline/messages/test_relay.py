"""A message goes out, an answer comes back, and each step needs the one before it."""

import uuid

import pytest
import sqlalchemy as sa

from helpline import outbox
from helpline.carrier import Accepted
from helpline.clock import now
from helpline.contacts.models import Caller
from helpline.messages import collection, replies, texts, threads
from helpline.messages.happenings import Sending, Side, Told
from helpline.messages.models import Level, Way
from helpline.messages.states import MessageState, ReplyState
from helpline.outbox import Promise, State
from tests.helpline import making
from tests.helpline.messages import relaying
from tests.system import System


def test_word_goes_home_by_text_and_the_answer_waits_until_it_is_asked_for(
    system: System,
) -> None:
    luke, karen = system.handset("07700 900811"), system.handset("07700 900812")
    luke.text("i feel alone and unable to cope")
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        contact = making.contact_of(session, session.scalars(sa.select(making.Text)).one())
        making.contacts.take(session, contact, staff.id, at=now())
        thread = relaying.thread(session, contact, staff)
        number = making.PhoneNumber(karen.number)
        party = relaying.party(session, thread, staff, number=number, way=Way.text)
        message = relaying.approved(session, contact, party, staff)
        texts.confirm_owner(session, party, by=staff.id, at=now())
        texts.send(session, message, uuid.uuid4(), by=staff.id, at=now())
        ids = message.id, contact.id, staff.id, thread.id
    system.settle()
    system.advance(30)

    assert karen.received == [relaying.SAFE]
    with system.transaction() as session:
        message = session.get_one(relaying.Message, ids[0])
        assert message.state is MessageState.delivered
        reply = replies.take(
            session, message.party, relaying.ANSWER, uuid.uuid4(), by=ids[2], at=now()
        )
        assert reply.state is ReplyState.waiting_collection
        contact = session.get_one(relaying.Contact, ids[1])
        reference = message.party.thread.reference
        said = reference.lower().replace("-", " ")
        proof = threads.prove(session, contact, said, "Blue Bird!", by=ids[2], at=now())
        assert proof is not None
        collection.give_by_text(session, reply, contact, by=ids[2], at=now())
    system.settle()
    system.advance(30)

    assert luke.received == [relaying.ANSWER]
    with system.transaction() as session:
        assert session.scalars(sa.select(relaying.Message)).one().level is Level.L1
        sent = session.scalars(sa.select(Sending).order_by(Sending.number)).all()
        assert [(each.side, each.told) for each in sent] == [
            (Side.recipient, Told.message),
            (Side.author, Told.reply),
        ]
        assert all(each.by_text for each in sent)
        assert len(session.scalars(sa.select(Caller)).all()) == 2


@pytest.mark.usefixtures("system")
def test_by_call(system: System) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        _, message = relaying.delivered(session, staff)
        assert message.state is MessageState.delivered


def test_a_text_that_never_left_or_did_not_arrive_can_be_sent_again(system: System) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        contact = relaying.author(session, staff)
        party = relaying.party(
            session, relaying.thread(session, contact, staff), staff, way=Way.text
        )
        message = relaying.approved(session, contact, party, staff)
        texts.confirm_owner(session, party, by=staff.id, at=now())

        def send() -> Promise:
            return texts.send(session, message, uuid.uuid4(), by=staff.id, at=now())

        def told(sid: str, status: str) -> None:
            texts.status_changed(session, message.id, sid, status, at=now())

        first = send()
        first.state = State.given_up
        texts.settled(session, first, at=now())
        second = send()
        assert second.id != first.id
        outbox.settle(session, second, Accepted("SMsecond"), at=now())
        texts.settled(session, second, at=now())
        assert send().id == second.id, "on its way, it goes once"
        told("SMsecond", "undelivered")
        third = send()
        assert third.id != second.id
        told("SMsecond", "failed")
        assert message.state is MessageState.attempting, "old news is of the text before"
        assert third.state is State.waiting
        assert send().id == third.id


def test_an_answer_that_the_carrier_never_took_can_be_texted_again(system: System) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        contact, message = relaying.delivered(session, staff)
        reply = replies.take(
            session, message.party, relaying.ANSWER, uuid.uuid4(), by=staff.id, at=now()
        )
        made = collection.give_by_text(session, reply, contact, by=staff.id, at=now())
        made.state = State.given_up
        again = collection.give_by_text(session, reply, contact, by=staff.id, at=now())
        assert again.id != made.id
