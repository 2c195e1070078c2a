"""What became of a text: news in any order, however often, ends in the right state."""

import itertools
import uuid
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from helpline import outbox
from helpline.accounts.models import StaffMember
from helpline.carrier import Accepted, Outcome, Refused, TextSeen, Unavailable, Unsure
from helpline.clock import now
from helpline.confidentiality.safe_contact import KeptBack
from helpline.contacts.models import Happening, TimelineEntry
from helpline.outbox import Promise
from helpline.sms import conversations, delivery
from helpline.sms.conversations import Reply
from helpline.sms.models import RANK, Text, TextState
from tests.helpline import making
from tests.system import System

HERE = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def promised_text(system: System, words: str = "Are you safe?") -> Text:
    with system.transaction() as session:
        staff = making.staff_member(session)
        contact = making.conversation(session, staff)
        seen = conversations.newest_incoming(session, contact.id)
        answer = Reply(words, seen, uuid.uuid4())
        text = conversations.reply(session, contact, staff.id, answer, at=now())
        session.flush()
        return text


def promise_of(system: System, text: Text) -> Promise:
    with system.transaction() as session:
        return session.scalars(sa.select(Promise).where(Promise.about == text.id)).one()


def attempt(system: System, text: Text, outcome: Outcome) -> None:
    """Do what a worker does with one answer of the carrier."""
    with system.transaction() as session:
        promise = session.scalars(sa.select(Promise).where(Promise.about == text.id)).one()
        promise.state, promise.attempts = outbox.State.claimed, promise.attempts + 1
        promise.claimed_at = now()
        outbox.settle(session, promise, outcome, at=now())
        delivery.settled(session, promise, outcome, at=now())


def tell(system: System, text: Text, status: str, code: int | None = None) -> None:
    with system.transaction() as session:
        delivery.status_changed(session, text.id, "SM1", status, code, at=now())


def read(system: System, text: Text) -> Text:
    with system.transaction() as session:
        return session.get_one(Text, text.id)


@HERE
@given(news=st.lists(st.sampled_from([*delivery.STATES, "nonsense", ""]), max_size=8))
def test_news_in_any_order_never_moves_a_text_back(system: System, news: list[str]) -> None:
    text = promised_text(system)
    attempt(system, text, Accepted("SM1"))
    states = [TextState.accepted]
    for status in news:
        tell(system, text, status)
        states.append(read(system, text).state)
    ranks = [RANK[state] for state in states]
    assert ranks == sorted(ranks)
    known = [delivery.STATES[status] for status in news if status in delivery.STATES]
    assert states[-1] is max([TextState.accepted, *known], key=RANK.__getitem__)


@HERE
@given(news=st.permutations(["sending", "sent", "delivered"]), before=st.integers(0, 3))
def test_the_carriers_answer_may_come_after_its_news(
    system: System, news: list[str], before: int
) -> None:
    text = promised_text(system)
    for status in news[:before]:
        tell(system, text, status)
    attempt(system, text, Accepted("SM1"))
    for status in news[before:]:
        tell(system, text, status)
    assert read(system, text).state is TextState.delivered
    assert promise_of(system, text).state is outbox.State.accepted


def test_a_text_that_failed_keeps_the_carriers_reason(system: System) -> None:
    text = promised_text(system)
    attempt(system, text, Accepted("SM1"))
    tell(system, text, "undelivered", 30003)
    failed = read(system, text)
    assert (failed.state, failed.code) == (TextState.failed, 30003)


def test_a_phone_switched_on_later_makes_a_failed_text_delivered(system: System) -> None:
    text = promised_text(system)
    attempt(system, text, Accepted("SM1"))
    tell(system, text, "undelivered", 30003)
    tell(system, text, "delivered")
    delivered = read(system, text)
    assert (delivered.state, delivered.code) == (TextState.delivered, None)


@pytest.mark.parametrize(
    ("outcome", "state", "code"),
    [
        (Accepted("SM1"), TextState.accepted, None),
        (Refused(21610, ""), TextState.failed, 21610),
        (Unavailable(""), TextState.waiting, None),
        (Unsure(""), TextState.not_confirmed, None),
    ],
)
def test_the_carriers_answer_is_shown_on_the_text(
    system: System, outcome: Outcome, state: TextState, code: int | None
) -> None:
    text = promised_text(system)
    attempt(system, text, outcome)
    shown = read(system, text)
    assert (shown.state, shown.code) == (state, code)
    assert shown.carrier_sid == ("SM1" if isinstance(outcome, Accepted) else None)


def test_a_text_that_was_tried_too_often_is_shown_as_failed(system: System) -> None:
    text = promised_text(system)
    for _ in range(outbox.MOST_ATTEMPTS):
        assert read(system, text).state is TextState.waiting
        attempt(system, text, Unavailable("429"))
    assert read(system, text).state is TextState.failed
    assert promise_of(system, text).state is outbox.State.given_up


def test_news_of_an_unsure_text_proves_that_it_was_sent(system: System) -> None:
    text = promised_text(system)
    attempt(system, text, Unsure("hung"))
    tell(system, text, "sent")
    assert read(system, text).state is TextState.sent
    assert promise_of(system, text).state is outbox.State.accepted


def test_what_nobody_confirmed_and_what_failed_is_on_the_timeline(system: System) -> None:
    text = promised_text(system)
    attempt(system, text, Unsure("hung"))
    tell(system, text, "failed", 30007)
    with system.transaction() as session:
        happened = session.scalars(
            sa.select(TimelineEntry.what).where(TimelineEntry.contact_id == text.contact_id)
        ).all()
    assert happened.count(Happening.text_not_confirmed) == 1
    assert happened.count(Happening.text_refused) == 1


def seen(text: Text, *, words: str | None = None, sid: str = "SM1", minutes: float = 0) -> TextSeen:
    created = now() + timedelta(minutes=minutes)
    return TextSeen(sid, "", "", words or text.words, created, "sent")


def look(system: System, text: Text, *listed: TextSeen) -> bool:
    with system.transaction() as session:
        promise = session.scalars(sa.select(Promise).where(Promise.about == text.id)).one()
        return delivery.found_at_carrier(session, promise, listed, at=now())


def test_an_unsure_text_that_the_carrier_lists_was_sent(system: System) -> None:
    text = promised_text(system)
    attempt(system, text, Unsure("hung"))
    assert look(system, text, seen(text, words="another one", sid="SM0"), seen(text))
    found = read(system, text)
    assert (found.state, found.carrier_sid) == (TextState.sent, "SM1")
    assert promise_of(system, text).state is outbox.State.accepted


def test_an_unsure_text_stays_so_while_the_list_does_not_show_it(system: System) -> None:
    text = promised_text(system)
    attempt(system, text, Unsure("hung"))
    assert not look(system, text)
    assert not look(system, text, seen(text, words="other words"))
    assert not look(system, text, seen(text, minutes=-3)), "an older text with the same words"
    assert read(system, text).state is TextState.not_confirmed


def test_one_text_at_the_carrier_never_proves_two_of_ours(system: System) -> None:
    first, second = promised_text(system), promised_text(system)
    attempt(system, first, Accepted("SM1"))
    attempt(system, second, Unsure("hung"))
    assert not look(system, second, seen(second, sid="SM1"))
    assert look(system, second, seen(second, sid="SM1"), seen(second, sid="SM2"))
    assert read(system, second).carrier_sid == "SM2"


def test_news_of_a_text_that_is_not_ours_changes_nothing(system: System) -> None:
    text = promised_text(system)
    with system.transaction() as session:
        incoming = session.scalars(sa.select(Text).where(Text.state == TextState.received)).one()
    tell(system, incoming, "delivered")
    assert read(system, incoming).state is TextState.received
    with system.transaction() as session:
        delivery.status_changed(session, uuid.uuid4(), "SM1", "delivered", None, at=now())
    assert read(system, text).state is TextState.waiting


def test_settled_together_texts_and_promises_end_as_settled_alone(system: System) -> None:
    """Whatever became of either of them while the carrier was asked."""
    at = now()
    cases = list(
        itertools.product(
            sorted(RANK),
            (outbox.State.claimed, outbox.State.unsure, outbox.State.cancelled),
            (None, "SM of earlier news"),
        )
    )
    with system.transaction() as session:
        staff = making.staff_member(session)
        alone, together = (
            [_stands(session, staff, *case, at=at) for case in cases] for _ in range(2)
        )
    with system.transaction() as session:
        for number, (_, promise_id) in enumerate(alone):
            promise = session.get_one(Promise, promise_id)
            answer = Accepted(f"SM{number}")
            if promise.state not in outbox.SETTLED:
                outbox.settle(session, promise, answer, at=at)
                delivery.settled(session, promise, answer, at=at)
        told_alone = list(session.info["live_topics"])
    with system.transaction() as session:
        taken = [
            outbox.Taken(promise_id, text_id, f"SM{number}")
            for number, (text_id, promise_id) in enumerate(together)
        ]
        delivery.accepted_together(session, taken, at=at)
        told_together = list(session.info["live_topics"])
    assert len(told_together) == len(told_alone)
    assert _ends(system, together) == _ends(system, alone)


def _stands(
    session: Session,
    staff: StaffMember,
    state: TextState,
    promise_state: outbox.State,
    sid: str | None,
    *,
    at: datetime,
) -> tuple[uuid.UUID, uuid.UUID]:
    contact = making.conversation(session, staff)
    answer = Reply("hello", conversations.newest_incoming(session, contact.id), uuid.uuid4())
    text = conversations.reply(session, contact, staff.id, answer, at=at - timedelta(minutes=1))
    session.flush()
    text.state, text.carrier_sid = state, sid
    text.held_until, text.kept_back = at, KeptBack.outside_hours
    promise = session.scalars(sa.select(Promise).where(Promise.about == text.id)).one()
    promise.state, promise.lease_until = promise_state, at
    return text.id, promise.id


def _ends(system: System, those: list[tuple[uuid.UUID, uuid.UUID]]) -> list[object]:
    with system.transaction() as session:
        found = []
        for text_id, promise_id in those:
            text, promise = session.get_one(Text, text_id), session.get_one(Promise, promise_id)
            found.append(
                (
                    (text.state, text.state_since == promise.settled_at, text.carrier_sid),
                    (text.code, text.held_until, text.kept_back),
                    (promise.state, promise.carrier_sid, promise.settled_at, promise.lease_until),
                )
            )
        return found


def test_every_state_of_an_outbound_text_has_its_rank() -> None:
    assert set(RANK) | {TextState.received} == set(TextState)
    assert set(delivery.STATES.values()) <= set(RANK)
