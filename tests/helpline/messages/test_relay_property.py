"""Whatever people and the carrier do, in whatever order: only agreed words pass, and nothing else.

`RELAY_RUNS=2000` tries as many stories (make relay); the suite tries fewer.
"""

import os
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from helpline import outbox
from helpline.carrier import Accepted, Outcome, Refused, TextToSend, Unavailable, Unsure
from helpline.carrier.twilio_carrier import TwilioCarrier
from helpline.clock import now
from helpline.confidentiality import consent, vault
from helpline.confidentiality.consent import ConsentRefusedError, NoSuchConsentError
from helpline.contacts import contacts
from helpline.messages import (
    approvals,
    checks,
    collection,
    delivery,
    drafting,
    leaving,
    links,
    nudges,
    proving,
    replies,
    safety,
    sendings,
    steps,
    texts,
    threads,
    wishes,
)
from helpline.messages import happenings as had
from helpline.messages.approvals import Approver, Decision
from helpline.messages.delivery import Tried
from helpline.messages.models import Harm, Message, Order, Party, Thread, Way, Wish, YesNo
from helpline.messages.states import OVER, MessageState, ReplyState, StepNotAllowedError
from helpline.worker import Worker
from tests.helpline import making
from tests.helpline.messages import relaying
from tests.system import System

RUNS = int(os.environ.get("RELAY_RUNS", "40"))
REFUSALS = (
    approvals.NotApprovedError,
    collection.NotGivenError,
    consent.ConsentRefusedError,
    contacts.NotYoursError,
    ConsentRefusedError,
    NoSuchConsentError,
    delivery.TaskRefusedError,
    drafting.MessageRefusedError,
    leaving.MayNotLeaveError,
    links.LinkDeadError,
    links.WrongAnswerError,
    nudges.NeverPushedError,
    replies.ReplyRefusedError,
    safety.NotDecidedError,
    StepNotAllowedError,
)
BORN = "3 February 1992"
HARMLESS = (
    "I am safe and well. I love you.",
    "Tell Karen not to worry.",
    "Dw i'n iawn. Caru ti.",
    "Please look after the dog.\nSorry for everything",
)
ANSWERS = ("We both love and miss you", "Come home when you can", "Take care, love Mum")
WAYS = (Way.call, Way.text, Way.page)

SEEN: Counter[str] = Counter()
"""What came to pass in all stories: a test that never sees anything leave shows nothing."""

a_party = st.integers(0, 2)
a_message = st.integers(0, 4)
a_reply = st.integers(0, 3)


class Post(TwilioCarrier):
    """A carrier that answers as it is told, and shows everything that was handed to it."""

    def __init__(self, relay: "Relay") -> None:
        super().__init__(relay.system.settings)
        self.relay = relay
        self.answer: Callable[[], Outcome] = lambda: Accepted(making.sid())

    def send_text(self, text: TextToSend) -> Outcome:
        outcome = self.answer()
        if not isinstance(outcome, Refused | Unavailable):
            self.relay.left(text.to.e164, text.words)
        return outcome


class Relay(RuleBasedStateMachine):
    """One author, three recipients, a call-taker, a supervisor, and a carrier in every mood."""

    system: System

    @initialize(is_shy=st.booleans(), digits=st.integers(0, 999))
    def begin(self, is_shy: bool, digits: int) -> None:
        self.at = now()
        self.post = Post(self)
        self.worker = Worker(self.system.app, self.system.settings, self.post)
        self.received: list[tuple[str, str]] = []
        self.passed: set[uuid.UUID] = set()
        # Made-up numbers come round again after a thousand: each story has the house to itself.
        self.system.reset()
        with self.system.transaction() as session:
            staff = relaying.call_taker(session)
            self.boss = relaying.supervisor(session).id
            self.staff = staff.id
            contact = relaying.author(session, staff)
            self.contact = contact.id
            safe = None if is_shy else making.PhoneNumber(f"+447700901{digits:03}")
            thread = relaying.thread(
                session, contact, staff, name="Luke", born=BORN, safe_number=safe
            )
            self.thread, self.reference = thread.id, thread.reference
            self.numbers = [making.number() for _ in WAYS]
            self.parties = [
                relaying.party(session, thread, staff, number=number, way=way).id
                for number, way in zip(self.numbers, WAYS, strict=True)
            ]
            token = contact.caller.number_token
            assert token is not None
            self.author = vault.number_for_carrier(session, token).e164
            self.locked_up = (self.author.removeprefix("+44"), self.reference, "February")
            if safe is not None:
                self.locked_up = (*self.locked_up, safe.e164.removeprefix("+44"))

    def do(self, what: Callable[[Session], Any]) -> None:
        self.at += timedelta(seconds=1)
        try:
            with self.system.transaction() as session:
                what(session)
        except REFUSALS:
            pass

    # --- taking -------------------------------------------------------------------------------

    @rule(party=a_party, words=st.sampled_from(HARMLESS), leak=st.integers(0, 5))
    def take_down(self, party: int, words: str, leak: int) -> None:
        said = words if leak >= len(self.locked_up) else f"{words} {self.leaked(leak)}"

        def what(session: Session) -> None:
            contact = session.get_one(relaying.Contact, self.contact)
            made = drafting.write(
                session,
                contact,
                session.get_one(Party, self.parties[party]),
                relaying.words(said),
                by=self.staff,
                at=self.at,
            )
            drafting.agree(session, made, contact, by=self.staff, at=self.at)

        self.do(what)

    def leaked(self, which: int) -> str:
        """Say something of the author's vault, in clear or spelt out."""
        number = self.author.removeprefix("+44")
        return (f"0{number}", " ".join(f"0{number}"), f"+44{number}", self.reference)[which % 4]

    @rule(party=a_party, words=st.sampled_from(HARMLESS), leak=st.integers(0, 5), n=a_message)
    def all_goes_well(self, party: int, words: str, leak: int, n: int) -> None:
        """Bring a message as far as it gets, so that much of what happens happens to it."""
        self.take_down(party, words, leak)
        newest = self.how_many() - 1
        self.approve(newest, passes=n == 0, by_writer=False)
        if WAYS[party] is Way.call:
            self.ring(newest, had.Outcome.given)
            return
        self.send(newest)
        self.work("accepted")
        self.carrier_reports(newest, "delivered")
        if WAYS[party] is Way.page:
            self.open_a_page(right=True)

    def how_many(self) -> int:
        with self.system.transaction() as session:
            counted = sa.select(sa.func.count()).where(Message.party_id.in_(self.parties))
            return int(session.scalar(counted) or 0)

    @rule(n=a_message, words=st.sampled_from(HARMLESS))
    def edit(self, n: int, words: str) -> None:
        self.with_message(
            n,
            lambda session, message: drafting.change(
                session, message, relaying.words(words), by=self.staff, at=self.at
            ),
        )

    @rule(n=a_message)
    def agree(self, n: int) -> None:
        self.with_message(
            n,
            lambda session, message: drafting.agree(
                session,
                message,
                session.get_one(relaying.Contact, self.contact),
                by=self.staff,
                at=self.at,
            ),
        )

    @rule(n=a_message, passes=st.booleans(), by_writer=st.booleans())
    def approve(self, n: int, passes: bool, by_writer: bool) -> None:
        def what(session: Session, message: Message) -> None:
            who = Approver(self.staff if by_writer else self.boss, "supervisor")
            seen = Decision(checks.words_mark(message), passes, "Read it twice with him")
            approvals.approve(session, message, seen, by=who, at=self.at)
            assert message.written_by != who.staff_id
            if passes:
                self.passed.add(message.id)

        self.with_message(n, what)

    # --- giving -------------------------------------------------------------------------------

    @rule(n=a_message, outcome=st.sampled_from(sorted(delivery.BY_CALL)))
    def ring(self, n: int, outcome: had.Outcome) -> None:
        def what(session: Session, message: Message) -> None:
            delivery.begin(session, message, by=self.staff, at=self.at)
            if outcome is had.Outcome.given:
                self.may_be_told(session, message)
            tried = Tried(outcome, uuid.uuid4(), Order.protects_recipient)
            delivery.tried(session, message, tried, by=self.staff, at=self.at)

        self.with_message(n, what)

    @rule(n=a_message)
    def send(self, n: int) -> None:
        def what(session: Session, message: Message) -> None:
            texts.confirm_owner(session, message.party, by=self.staff, at=self.at)
            rule_ = links.send if message.party.way is Way.page else texts.send
            rule_(session, message, uuid.uuid4(), by=self.staff, at=self.at)

        self.with_message(n, what)

    @rule(right=st.booleans())
    def open_a_page(self, right: bool) -> None:
        def what(session: Session) -> None:
            link = session.scalars(sa.select(had.Link).order_by(had.Link.made_at.desc())).first()
            if link is None:
                return
            answer = "Biscuit" if right else "Rex"
            message = session.get_one(Message, link.message_id, populate_existing=True)
            try:
                opened = links.open_link(session, links.token(link), answer, at=self.at)
            except links.WrongAnswerError:
                assert not right
                return
            assert right
            self.may_be_told(session, message)
            assert opened.words == message.words
            self.tells_nothing_locked(message.id, opened.words)
            words = ANSWERS[0]
            links.answer_from_page(session, opened.answer_token, words, uuid.uuid4(), at=self.at)

        self.do(what)

    @rule(mood=st.sampled_from(["accepted", "refused", "unavailable", "unsure"]))
    def work(self, mood: str) -> None:
        answers: dict[str, Callable[[], Outcome]] = {
            "accepted": lambda: Accepted(making.sid()),
            "refused": lambda: Refused(21211, ""),
            "unavailable": lambda: Unavailable(""),
            "unsure": lambda: Unsure(""),
        }
        self.post.answer = answers[mood]
        self.at += timedelta(seconds=1)
        with time_machine.travel(self.at, tick=False):
            self.worker.work_off()

    @rule(n=a_message, status=st.sampled_from(["sent", "delivered", "failed", "undelivered"]))
    def carrier_reports(self, n: int, status: str) -> None:
        def what(session: Session, message: Message) -> None:
            made = outbox.of(session, message.id, outbox.Kind.deliver_message)
            if made is not None and made.carrier_sid:
                sid = made.carrier_sid
                texts.status_changed(session, message.id, sid, status, at=self.at)

        self.with_message(n, what)

    # --- changes of mind ----------------------------------------------------------------------

    @rule(n=a_message)
    def take_back(self, n: int) -> None:
        self.with_message(
            n, lambda session, m: wishes.take_back(session, m, by=self.staff, at=self.at)
        )

    @rule(wish=st.sampled_from([*[Wish.open] * 6, *Wish]), party=a_party)
    def wish(self, wish: Wish, party: int) -> None:
        self.with_thread(
            lambda session, thread: wishes.wish(
                session, thread, wish, {self.parties[party]}, by=self.staff, at=self.at
            )
        )

    @rule(party=a_party, order=st.sampled_from([*[Order.none] * 9, *Order]))
    def order_is_known(self, party: int, order: Order) -> None:
        self.do(
            lambda session: safety.answer(
                session.get_one(Party, self.parties[party], populate_existing=True),
                harm=Harm.none,
                order=order if order is not Order.not_asked else Order.none,
                is_monitored=YesNo.no,
                unsafe_others="",
                at=self.at,
            )
        )

    @rule(go_on=st.sampled_from([True, True, True, False]))
    def stop(self, go_on: bool) -> None:
        self.with_thread(
            lambda session, thread: (
                threads.go_on(session, thread, by=self.boss, at=self.at)
                if go_on
                else threads.stop(session, thread, "a doubt", by=self.boss, at=self.at)
            )
        )

    @rule()
    def collect_only(self) -> None:
        self.with_thread(
            lambda session, thread: nudges.collect_only(session, thread, by=self.staff, at=self.at)
        )

    @rule(hours=st.sampled_from([1, 3, 30]))
    def time_passes(self, hours: int) -> None:
        self.at += timedelta(hours=hours)

    # --- what comes back ----------------------------------------------------------------------

    @rule(party=a_party, words=st.sampled_from(ANSWERS), leak=st.booleans())
    def answer(self, party: int, words: str, leak: bool) -> None:
        number = self.numbers[party].e164.replace("+44", "0")
        said = f"{words} ring {number}" if leak else words

        def what(session: Session) -> None:
            to = session.get_one(Party, self.parties[party])
            kept = replies.take(session, to, said, uuid.uuid4(), by=self.staff, at=self.at)
            assert kept.state is (ReplyState.screened if leak else ReplyState.waiting_collection)

        self.do(what)

    @rule(n=a_reply, word=st.sampled_from([relaying.WORD, relaying.DURESS, "magpie"]),
          by_text=st.booleans())  # fmt: skip
    def ask_for_it(self, n: int, word: str, by_text: bool) -> None:
        def what(session: Session) -> None:
            staff = session.get_one(relaying.StaffMember, self.staff)
            contact = relaying.author(session, staff)
            proof = threads.prove(session, contact, self.reference, word, by=self.staff, at=self.at)
            stranger = relaying.author(session, staff)
            nobody = threads.prove(session, stranger, "ZZZ-ZZZ", word, by=self.staff, at=self.at)
            assert nobody is None
            assert proof is None or word != "magpie"
            if proof is None:
                assert threads.wrong_tries(session, contact) == threads.wrong_tries(
                    session, stranger
                )
            waiting = session.scalars(
                sa.select(had.Reply)
                .where(had.Reply.party_id.in_(self.parties))
                .order_by(had.Reply.number)
                .offset(n)
                .limit(1)
                .execution_options(populate_existing=True)
            ).first()
            if waiting is None or waiting.state is ReplyState.given:
                return
            rule_ = collection.give_by_text if by_text else collection.give
            rule_(session, waiting, contact, by=self.staff, at=self.at)
            assert proof is not None, "given to somebody who proved nothing"
            assert waiting.state in {ReplyState.given, ReplyState.waiting_collection}

        self.do(what)

    @rule(party=a_party, words=st.sampled_from(ANSWERS), by_text=st.booleans())
    def an_answer_comes_and_is_asked_for(self, party: int, words: str, by_text: bool) -> None:
        self.answer(party, words, leak=False)
        for n in range(4):
            self.ask_for_it(n, relaying.WORD, by_text)
        self.work("accepted")

    @rule()
    def nudge(self) -> None:
        def what(session: Session, thread: Thread) -> None:
            nudges.send(session, thread, uuid.uuid4(), by=self.boss, at=self.at)

        self.with_thread(what)

    # --- what must hold -----------------------------------------------------------------------

    def left(self, number: str, words: str) -> None:
        """Look at a text at the moment in which it leaves."""
        self.received.append((number, words))
        to = [n.e164 for n in self.numbers]
        if number not in to:
            assert words in (*ANSWERS, nudges.WORDS), "the author gets answers and nothing else"
            return
        if words.startswith(links.WORDS.split("{", 1)[0]):
            return
        party_id = self.parties[to.index(number)]
        with self.system.transaction() as session:
            found = session.scalars(
                sa.select(Message)
                .where(Message.party_id == party_id, Message.state == MessageState.attempting)
                .execution_options(populate_existing=True)
            ).all()
            same = [each for each in found if each.words == words]
            assert same, "words left that are no message's"
            for message in same[:1]:
                self.may_be_told(session, message)

    def may_be_told(self, session: Session, message: Message) -> None:
        """Look whether a message may be told at this moment, without the gate that it passed."""
        session.refresh(message)
        approval = session.get(had.Approval, message.approval_id) if message.approval_id else None
        assert approval is not None
        assert approval.words_mark == checks.words_mark(message)
        assert message.consent_id is not None
        assert consent.holds(session, message.consent_id, at=self.at)
        thread, party = message.party.thread, message.party
        assert party.order is not Order.protects_recipient
        assert thread.wish is not Wish.none
        assert not party.is_unwanted
        assert thread.stopped_at is None
        assert message.state not in OVER - {MessageState.delivered}
        self.tells_nothing_locked(message.id, message.words or "")

    def tells_nothing_locked(self, message_id: uuid.UUID, words: str) -> None:
        """Let what is locked up for the author pass only if a second person passed it by hand."""
        if message_id in self.passed:
            return
        plain = "".join(each for each in words if each.isalnum())
        for secret in self.locked_up:
            assert secret.replace("-", "") not in plain

    @invariant()
    def nothing_is_on_its_way_without_an_approval(self) -> None:
        if not hasattr(self, "thread"):
            return
        with self.system.transaction() as session:
            going = session.scalars(
                sa.select(Message).where(
                    Message.party_id.in_(self.parties),
                    Message.state.in_((MessageState.approved, MessageState.attempting)),
                )
            ).all()
            for message in going:
                assert approvals.in_force(session, message) is not None

    def teardown(self) -> None:
        """Let all that waits happen; then the proof must hold."""
        if not hasattr(self, "thread"):
            return
        self.work("accepted")
        SEEN["stories"] += 1
        with self.system.transaction() as session:
            thread = session.get_one(Thread, self.thread, populate_existing=True)
            assert [each.what for each in proving.check(session, thread)] == []
            for sending in sendings.of_thread(session, thread):
                SEEN[f"{sending.told} {'by text' if sending.by_text else ''}".strip()] += 1

    def with_message(self, n: int, rule_: Callable[[Session, Message], Any]) -> None:
        def what(session: Session) -> None:
            ids = session.scalars(
                sa.select(Message.id)
                .where(Message.party_id.in_(self.parties))
                .order_by(Message.number)
            ).all()
            if n < len(ids):
                message = steps.locked(session, ids[n])
                assert message is not None
                rule_(session, message)

        self.do(what)

    def with_thread(self, rule_: Callable[[Session, Thread], Any]) -> None:
        def what(session: Session) -> None:
            thread = threads.locked(session, self.thread)
            assert thread is not None
            rule_(session, thread)

        self.do(what)


@pytest.mark.timeout(3600)
def test_only_agreed_words_pass_and_nothing_of_one_side_reaches_the_other(
    system: System,
) -> None:
    class HereRelay(Relay):
        pass

    HereRelay.system = system
    run_state_machine_as_test(
        HereRelay,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=20,
            deadline=None,
            # To explain a fault takes longer than to read it.
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_story_in_which_all_goes_well_comes_to_its_end(system: System) -> None:
    """The stories above would hold for a relay that lets nothing pass."""

    class HereRelay(Relay):
        pass

    HereRelay.system = system
    SEEN.clear()
    story = HereRelay()
    story.begin(is_shy=True, digits=7)
    for party in range(len(WAYS)):
        story.all_goes_well(party, HARMLESS[party], leak=5, n=1)
    story.an_answer_comes_and_is_asked_for(0, ANSWERS[1], by_text=True)
    story.an_answer_comes_and_is_asked_for(1, ANSWERS[2], by_text=False)
    story.teardown()
    assert SEEN == {
        "stories": 1,
        "message": 2,
        "message by text": 1,
        "link by text": 1,
        "reply": 1,
        "reply by text": 2,
    }
