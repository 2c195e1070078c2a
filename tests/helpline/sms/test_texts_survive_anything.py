"""Whatever the carrier and the machines do: every text in is seen once, every text out leaves once.

Runs the real worker, the real rules and the real database against a carrier that keeps no order,
answers too late, loses its own news, and is asked by workers who die between any two steps.
`make storm` tries it ten thousand times; the suite a few dozen.
"""

import os
import uuid
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from helpline.carrier import (
    Accepted,
    Carrier,
    CarrierSilentError,
    Outcome,
    Refused,
    TextSeen,
    TextToSend,
    Unavailable,
    Unsure,
)
from helpline.clock import now
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState
from helpline.outbox import Kind, Promise
from helpline.phone_numbers import PhoneNumber
from helpline.sms import conversations, delivery, inbox, jobs
from helpline.sms.models import Direction, Text, TextState
from helpline.web.events import Answers, answer_once
from helpline.worker import Worker
from tests.helpline import making
from tests.system import System

if TYPE_CHECKING:
    from helpline.carrying_out import Claimed

RUNS = int(os.environ.get("RUNS", "40"))
SAID = ("hello", "hello", "are you there", "stop", "")
NEWS = ("queued", "sending", "sent", "delivered", "undelivered")

answers = st.sampled_from(["accepted", "429", "refused", "lost before", "lost after", "lost after"])


@dataclass
class Sent:
    """A text that the carrier took."""

    text_id: uuid.UUID
    sid: str
    words: str
    at: datetime
    status: str = "queued"


class Network:
    """The carrier, as far as texts go: what it took, what reached it, and whether it answers."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.received: list[TextSeen] = []
        self.answers: list[str] = []
        self.lists = True

    def send_text(self, text: TextToSend) -> Outcome:
        answer = self.answers.pop(0) if self.answers else "accepted"
        if answer == "429":
            return Unavailable("429")
        if answer == "refused":
            return Refused(30007, "filtered")
        if answer == "lost before":
            return Unsure("nobody knows")
        text_id = uuid.UUID(text.status_url.split("/")[-1].split("#")[0])
        self.sent.append(Sent(text_id, making.sid(), text.words, now()))
        return Accepted(self.sent[-1].sid) if answer == "accepted" else Unsure("nobody knows")

    def texts_sent_to(self, to: PhoneNumber, since: datetime) -> Sequence[TextSeen]:
        del to
        if not self.lists:
            raise CarrierSilentError
        seen = [
            TextSeen(one.sid, "", "", one.words, one.at, one.status)
            for one in self.sent
            if one.at >= since
        ]
        return seen[::-1]

    def texts_received(self, since: datetime) -> Sequence[TextSeen]:
        if not self.lists:
            raise CarrierSilentError
        return [one for one in self.received if one.created_at >= since][::-1]


class Line(RuleBasedStateMachine):
    """Sam, a call-taker, two workers, and a network that can be trusted with nothing."""

    system: System
    began: datetime
    """Each run begins a day after the one before, so that none sees another's texts."""

    @initialize()
    def begin(self) -> None:
        type(self).began += timedelta(days=1)
        self.moment, self.sam = type(self).began, making.number()
        self.clock = time_machine.travel(self.moment, tick=False)
        self.travel = self.clock.start()
        self.network = Network()
        carrier: Carrier = self.network  # type: ignore[assignment]
        self.worker = Worker(self.system.app, self.system.settings, carrier)
        self.in_hand: list[Claimed] = []
        self.heard: list[tuple[Claimed, Outcome]] = []
        self.unheard_webhooks: list[TextSeen] = []
        with self.system.transaction() as session:
            # What a run leaves must not make the thousandth after it slower.
            session.execute(sa.delete(Promise))
            session.execute(sa.delete(Text))
            session.execute(
                sa.update(Contact)
                .where(Contact.state != ContactState.closed)
                .values(state=ContactState.closed, closed_at=now())
            )
            self.staff_id = making.staff_member(session, has_phone=False).id

    def pass_time(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        self.travel.move_to(self.moment, tick=False)

    # --- texts in ------------------------------------------------------------------------------

    @rule(words=st.sampled_from(SAID))
    def sam_texts(self, words: str) -> None:
        self.pass_time(0.01)
        seen = TextSeen(making.sid(), self.sam.e164, "", words, now(), "received")
        self.network.received.append(seen)
        self.unheard_webhooks.append(seen)

    @precondition(lambda self: self.unheard_webhooks)
    @rule(which=st.integers(0, 3), deaths=st.lists(st.booleans(), min_size=1, max_size=3))
    def a_webhook_comes(self, which: int, deaths: list[bool]) -> None:
        """Late, more than once, or to a process that dies in the middle."""
        seen = self.unheard_webhooks.pop(which % len(self.unheard_webhooks))
        for dies in deaths:
            self.hear(seen, dies=dies)

    def hear(self, seen: TextSeen, *, dies: bool) -> None:
        incoming = inbox.IncomingText(seen.sid, self.sam, seen.words)

        def listen(session: sa.orm.Session) -> None:
            def rule(answers: Answers) -> None:
                inbox.text_arrived(session, incoming, at=now(), answers=answers)

            asked = inbox.questions(incoming, at=now())
            answer_once(session, inbox.event_key(incoming), asked, rule, at=now())

        if dies:
            with making.undone(self.system) as session:
                listen(session)
        else:
            with self.system.transaction() as session:
                listen(session)

    @precondition(lambda self: self.unheard_webhooks)
    @rule()
    def a_webhook_is_lost(self) -> None:
        self.unheard_webhooks.pop(0)

    @rule()
    def missed_texts_are_collected(self) -> None:
        with self.system.app.app_context():
            jobs.collect_missed_texts(self.worker.carrier, at=now())

    # --- texts out -----------------------------------------------------------------------------

    @rule(posts=st.integers(1, 2))
    def the_call_taker_answers(self, posts: int) -> None:
        """Take what waits and answer it; the form may be posted twice."""
        with self.system.transaction() as session:
            found = session.scalars(
                sa.select(Contact.id).where(Contact.state != ContactState.closed)
            ).first()
        if found is None:
            return
        key = uuid.uuid4()
        for _ in range(posts):
            with suppress(conversations.CannotSendError), self.system.transaction() as session:
                contact = contacts.locked(session, found)
                assert contact is not None
                if contact.state is ContactState.waiting:
                    contacts.take(session, contact, self.staff_id, at=now())
                seen = conversations.newest_incoming(session, contact.id)
                answer = conversations.Reply("we are here", seen, key)
                conversations.reply(
                    session, contact, self.staff_id, answer, at=now(), most_an_hour=1000
                )

    @rule()
    def a_worker_claims(self) -> None:
        self.in_hand += self.worker.promises._claim(8, frozenset(Kind)).calls

    @precondition(lambda self: self.in_hand)
    @rule(answer=answers)
    def the_carrier_is_asked(self, answer: str) -> None:
        claimed = self.in_hand.pop(0)
        self.network.answers = [answer]
        self.heard.append((claimed, claimed.call(self.worker.carrier)))

    @precondition(lambda self: self.heard)
    @rule(together=st.integers(1, 4))
    def its_answer_is_settled(self, together: int = 1) -> None:
        """Alone, or in one unit of work with those that came meanwhile."""
        answers, self.heard = self.heard[:together], self.heard[together:]
        promises = self.worker.promises
        for claimed, outcome in answers:
            if not isinstance(outcome, Accepted):
                promises._settle_alone(claimed, outcome)
        promises._settle_answers([(one, ok) for one, ok in answers if isinstance(ok, Accepted)])

    @rule(answer=answers, dies=st.sampled_from(["", "", "before asking", "before settling"]))
    def a_worker_does_all_it_can(self, answer: str, dies: str) -> None:
        self.a_worker_claims()
        if dies == "before asking":
            return self.the_worker_is_killed()
        while self.in_hand:
            self.the_carrier_is_asked(answer)
        if dies == "before settling":
            return self.the_worker_is_killed()
        while self.heard:
            self.its_answer_is_settled()
        return None

    @rule()
    def the_worker_is_killed(self) -> None:
        self.in_hand, self.heard = [], []

    @precondition(lambda self: self.network.sent)
    @rule(which=st.integers(0, 5), status=st.sampled_from(NEWS), dies=st.booleans())
    def news_of_a_text_comes(self, which: int, status: str, dies: bool) -> None:
        """In any order and as often as it likes, before the worker has settled or after."""
        sent = self.network.sent[which % len(self.network.sent)]
        sent.status = status
        if dies:
            with making.undone(self.system) as session:
                delivery.status_changed(session, sent.text_id, sent.sid, status, None, at=now())
        else:
            with self.system.transaction() as session:
                delivery.status_changed(session, sent.text_id, sent.sid, status, None, at=now())

    # --- the clock -----------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([1, 35, 70, 700]))
    def time_passes(self, seconds: int) -> None:
        self.pass_time(seconds)
        self.worker.look_after_waiting()

    @rule(lists=st.booleans())
    def unsure_texts_are_looked_for(self, lists: bool) -> None:
        self.network.lists = lists
        self.worker.look_for_unsure()
        self.network.lists = True

    # --- what must always hold -----------------------------------------------------------------

    def texts(self, direction: Direction) -> list[Text]:
        with self.system.transaction() as session:
            mine = sa.select(Text).where(Text.direction == direction, Text.at >= self.began)
            return list(session.scalars(mine))

    @invariant()
    def no_text_in_is_seen_twice(self) -> None:
        if not hasattr(self, "network"):
            return
        seen = Counter(each.carrier_sid for each in self.texts(Direction.inbound))
        assert all(times == 1 for times in seen.values())

    @invariant()
    def no_text_out_leaves_twice(self) -> None:
        if not hasattr(self, "network"):
            return
        left = Counter(sent.text_id for sent in self.network.sent)
        assert all(times == 1 for times in left.values())
        for text in self.texts(Direction.outbound):
            if text.state in {TextState.accepted, TextState.sent, TextState.delivered}:
                assert left[text.id] == 1, f"shown as {text.state}, and it never left"

    def teardown(self) -> None:
        """When the storm is over, nothing is missing and nothing is left half-done."""
        if not hasattr(self, "network"):
            return
        try:
            self._come_to_rest()
            self._nothing_is_missing()
            self.no_text_in_is_seen_twice()
            self.no_text_out_leaves_twice()
        finally:
            self.clock.stop()
            self.worker.close()

    def _come_to_rest(self) -> None:
        self.the_worker_is_killed()
        self.missed_texts_are_collected()
        for _ in range(12):
            self.pass_time(700)
            self.worker.look_after_waiting()
            self.a_worker_claims()
            while self.in_hand:
                self.the_carrier_is_asked("accepted")
            while self.heard:
                self.its_answer_is_settled()
            if not self.open_promises():
                return

    def open_promises(self) -> list[Promise]:
        with self.system.transaction() as session:
            open_ = sa.select(Promise).where(Promise.state.in_(("waiting", "claimed")))
            return list(session.scalars(open_))

    def _nothing_is_missing(self) -> None:
        inbound = {each.carrier_sid for each in self.texts(Direction.inbound)}
        lately = now() - jobs.LOOK_BACK
        assert inbound >= {one.sid for one in self.network.received if one.created_at >= lately} | (
            inbound & {one.sid for one in self.network.received}
        )
        left = {sent.text_id for sent in self.network.sent}
        for text in self.texts(Direction.outbound):
            assert text.state is not TextState.waiting, "a text is still waiting"
            if text.state is TextState.failed and text.code == 30007:
                assert text.id not in left, "shown as refused, and it left"
            if text.id not in left:
                assert text.state in {TextState.failed, TextState.not_confirmed}
        assert self.open_promises() == []


def test_every_text_in_is_seen_once_and_every_text_out_leaves_once_or_says_so(
    system: System,
) -> None:
    class HereLine(Line):
        pass

    HereLine.system, HereLine.began = system, now()
    run_state_machine_as_test(
        HereLine,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=18,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
