"""How much may leave: to one person in an hour, from one number in a second, in a day."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpline import outbox
from helpline.carrier import Sender
from helpline.clock import in_london, now
from helpline.contacts import contacts
from helpline.outbox import Promise, State
from helpline.sms import conversations, limits
from helpline.sms.conversations import CannotSendError, Reply
from helpline.sms.limits import Pace, TooManyTextsError
from helpline.sms.models import TextState
from tests.helpline import making
from tests.system import System


def claimed(system: System, number: int) -> list[Promise]:
    """Leave some texts and claim them."""
    with system.transaction() as session:
        contact = making.conversation(session, making.staff_member(session))
        for _ in range(number):
            outbox.promise(
                session,
                outbox.Kind.send_text,
                about=uuid.uuid4(),
                lane=uuid.uuid4(),
                reaches=contact.caller_id,
                at=now(),
            )
    with system.transaction() as session:
        return list(outbox.claim(session, at=now(), most=number))


def test_texts_beyond_the_pace_go_back_and_count_as_never_tried(system: System) -> None:
    texts = claimed(system, 8)
    with system.transaction() as session:
        mine = [session.merge(each, load=False) for each in texts]
        go_on = limits.keep_to_pace(session, mine, per_second=5, at=now())
        assert len(go_on) == 5
    with system.transaction() as session:
        waiting = session.scalars(sa.select(Promise).where(Promise.state == State.waiting)).all()
        assert len(waiting) == 3
        assert all(each.attempts == 0 and each.due_at > now() for each in waiting)


def test_what_rings_or_ends_a_call_knows_no_pace(system: System) -> None:
    with system.transaction() as session:
        for _ in range(4):
            leg = uuid.uuid4()
            outbox.promise(session, outbox.Kind.end_call, about=leg, lane=leg, at=now())
    with system.transaction() as session:
        calls = outbox.claim(session, at=now(), most=4)
        assert len(limits.keep_to_pace(session, calls, per_second=1, at=now())) == 4


def test_a_text_from_a_number_that_only_a_newer_program_knows_is_not_passed_over(
    system: System,
) -> None:
    (text,) = claimed(system, 1)
    with system.transaction() as session:
        mine = session.merge(text, load=False)
        mine.details = {"sender": "of_tomorrow"}
        assert limits.keep_to_pace(session, [mine], per_second=5, at=now()) == [mine]


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.floats(-1, 3), st.integers(0, 20)), min_size=1, max_size=12))
def test_whatever_workers_ask_and_whatever_clocks_do_the_pace_is_kept(
    system: System, asks: list[tuple[float, int]]
) -> None:
    began = at = now()
    oldest, newest, taken = began + timedelta(seconds=min(asks[0][0], 0)), began, 0
    with system.transaction() as session:
        session.execute(sa.delete(Pace))
        for seconds, wanted in asks:
            at += timedelta(seconds=seconds)
            newest = max(newest, at)
            taken += limits.take_from(session, Sender.outreach, wanted, per_second=4, at=at)
    assert taken <= 4 + 4 * (newest - oldest).total_seconds() + 1e-6


@pytest.mark.parametrize("ahead", [timedelta(minutes=1), timedelta(hours=1), timedelta(days=400)])
def test_a_clock_that_was_far_ahead_keeps_no_text_back(system: System, ahead: timedelta) -> None:
    at = now()
    with system.transaction() as session:
        limits.take_from(session, Sender.outreach, 9, per_second=3, at=at + ahead)
        limits.take_from(session, Sender.outreach, 9, per_second=3, at=at)
        taken = [
            limits.take_from(session, Sender.outreach, 9, per_second=3, at=at + seconds)
            for seconds in (timedelta(seconds=1), timedelta(seconds=2))
        ]
    assert taken == [3, 3]


def test_one_number_does_not_use_up_what_the_other_may_send(system: System) -> None:
    with system.transaction() as session:
        assert limits.take_from(session, Sender.outreach, 9, per_second=3, at=now()) == 3
        assert limits.take_from(session, Sender.conversation, 9, per_second=3, at=now()) == 3


def test_a_day_that_is_full_is_known_and_the_next_begins_empty(system: System) -> None:
    at = now()
    today = in_london(at).date()
    with system.transaction() as session:
        limits.take_from(session, Sender.outreach, 3, per_second=10, at=at)
        for day, sent in ((today, 3), (today + timedelta(days=1), 0)):
            assert session.scalar(sa.select(limits.sent_on(sa.literal(day)))) == sent


def test_a_call_taker_is_told_when_one_person_has_had_very_many(system: System) -> None:
    with system.transaction() as session:
        staff = making.staff_member(session)
        contact = making.conversation(session, staff)
        seen = conversations.newest_incoming(session, contact.id)

    def send(at_most: int) -> None:
        with system.transaction() as session:
            locked = contacts.locked(session, contact.id)
            assert locked is not None
            answer = Reply("hello", seen, uuid.uuid4())
            conversations.reply(session, locked, staff.id, answer, at=now(), most_an_hour=at_most)

    send(2)
    send(2)
    with pytest.raises(TooManyTextsError, match="2 texts within an hour"):
        send(2)
    send(3)


def test_a_landline_is_refused_with_the_reason(system: System) -> None:
    with system.transaction() as session:
        staff = making.staff_member(session)
        contact = making.conversation(session, staff)
        contact.caller.is_mobile = False
        answer = Reply("hello", conversations.newest_incoming(session, contact.id), uuid.uuid4())
        with pytest.raises(CannotSendError, match="read the text aloud"):
            conversations.reply(session, contact, staff.id, answer, at=now())


def test_somebody_whom_the_carrier_blocks_is_refused_with_the_way_back(system: System) -> None:
    with system.transaction() as session:
        staff = making.staff_member(session)
        contact = making.conversation(session, staff)
        contact.caller.blocked_since = now()
        answer = Reply("hello", conversations.newest_incoming(session, contact.id), uuid.uuid4())
        with pytest.raises(CannotSendError, match="by texting START"):
            conversations.reply(session, contact, staff.id, answer, at=now())


def test_sending_a_failed_text_again_counts_as_well(system: System) -> None:
    with system.transaction() as session:
        staff = making.staff_member(session)
        contact = making.conversation(session, staff)
        seen = conversations.newest_incoming(session, contact.id)
        answer = Reply("are you there", seen, uuid.uuid4())
        text = conversations.reply(session, contact, staff.id, answer, at=now(), most_an_hour=1)
        text.state = TextState.failed
        session.flush()
        with pytest.raises(TooManyTextsError):
            conversations.send_again(
                session, contact, staff.id, text.id, uuid.uuid4(), at=now(), most_an_hour=1
            )
