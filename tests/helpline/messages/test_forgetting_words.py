"""Words go a year after a message is over; that it was sent stays, and a person goes whole."""

from datetime import timedelta
from uuid import uuid4

import sqlalchemy as sa

from helpline.clock import now
from helpline.contacts.models import Caller
from helpline.messages import collection, jobs, nudges, proving, replies
from helpline.messages.happenings import Reply, Sending
from helpline.messages.models import Message, ReturnPath, Thread
from helpline.messages.states import MessageState, ReplyState
from helpline.retention import forgetting, subject_access, traces
from tests.helpline import making
from tests.helpline.messages import relaying
from tests.system import System

YEAR = timedelta(days=367)


def test_words_go_after_a_year_and_the_proof_still_holds(system: System) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        contact, message = relaying.delivered(session, staff)
        reply = replies.take(
            session, message.party, relaying.ANSWER, uuid4(), by=staff.id, at=now()
        )
        collection.give(session, reply, contact, by=staff.id, at=now())
    with system.transaction() as session:
        assert not any(forgetting.forget(session, "message_words", at=now()).values())
    with system.transaction() as session:
        gone = forgetting.forget(session, "message_words", at=now() + YEAR)
        assert gone == {"message.words": 1, "message_reply.words": 1}
    with system.transaction() as session:
        assert session.scalars(sa.select(Message)).one().words is None
        assert session.scalars(sa.select(Reply)).one().words is None
        thread = session.scalars(sa.select(Thread)).one()
        assert [each.what for each in proving.check(session, thread)] == []
        assert len(session.scalars(sa.select(Sending)).all()) == 2


def test_what_is_not_over_keeps_its_words_until_it_expires(system: System) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        contact = relaying.author(session, staff)
        party = relaying.party(session, relaying.thread(session, contact, staff), staff)
        message = relaying.approved(session, contact, party, staff)
        assert jobs.expire(session, at=now() + timedelta(days=89)) == 0
        assert jobs.expire(session, at=now() + timedelta(days=91)) == 1
        assert message.state is MessageState.expired


def test_an_answer_that_nobody_asks_for_expires(system: System) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        _, message = relaying.delivered(session, staff)
        reply = replies.take(
            session, message.party, relaying.ANSWER, uuid4(), by=staff.id, at=now()
        )
        jobs.expire(session, at=now() + YEAR)
        assert reply.state is ReplyState.expired


def test_an_author_who_is_forgotten_takes_the_whole_thread_along(system: System) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        contact, message = relaying.delivered(session, staff)
        replies.take(session, message.party, relaying.ANSWER, uuid4(), by=staff.id, at=now())
        caller = session.get_one(Caller, contact.caller_id)
        gone = traces.remove(session, traces.find(session, caller, at=now()))
        assert gone["message_thread"] == gone["message_sending"] == gone["message_reply"] == 1
        for table in ("message", "message_party", "message_approval", "message_proof"):
            left = session.scalar(sa.text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - our own
            assert left == 0, table


def test_somebody_at_home_who_is_forgotten_leaves_the_thread_and_no_number(
    system: System,
) -> None:
    number = making.number()
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        contact = relaying.author(session, staff)
        thread = relaying.thread(session, contact, staff, safe_number=making.number())
        party = relaying.party(session, thread, staff, number=number)
        ids = thread.id, party.id
        for caller_id in (party.caller_id, thread.safe_caller_id):
            caller = session.get_one(Caller, caller_id)
            traces.remove(session, traces.find(session, caller, at=now()))
    with system.transaction() as session:
        thread = session.get_one(Thread, ids[0])
        assert thread.return_path is ReturnPath.collect_only
        assert thread.parties[0].caller_id is None
        assert not nudges.may_push(thread)


def test_what_we_hold_gives_an_author_their_own_words_and_nobody_elses(system: System) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        contact, message = relaying.delivered(session, staff)
        replies.take(session, message.party, relaying.ANSWER, uuid4(), by=staff.id, at=now())
        caller = session.get_one(Caller, contact.caller_id)
        mine = subject_access.pack(session, caller, by=staff.id, at=now()).to_hand_over
        assert message.party.caller_id is not None
        other = session.get_one(Caller, message.party.caller_id)
        theirs = subject_access.pack(session, other, by=staff.id, at=now()).to_hand_over
    assert [each["words"] for each in mine["messages_home"]] == [relaying.SAFE]
    assert relaying.ANSWER not in str(mine)
    assert theirs["messages_home"] == []
    assert "message_thread" not in theirs["rows_by_kind"]
