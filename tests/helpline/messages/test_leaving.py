"""What stops a message: state, approval, marks, consent, wishes, abuse, orders, age, hours."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.accounts.models import Role
from helpline.clock import now
from helpline.confidentiality import consent
from helpline.confidentiality.consent import Heard, Scope
from helpline.messages import (
    approvals,
    checks,
    delivery,
    drafting,
    leaving,
    safety,
    texts,
    threads,
    wishes,
)
from helpline.messages.approvals import Approver, Decision, NotApprovedError
from helpline.messages.happenings import Alert, Outcome
from helpline.messages.leaving import MayNotLeaveError, Stop
from helpline.messages.models import Age, Harm, Message, Order, Relation, Way, Wish, YesNo
from helpline.messages.safety import NotDecidedError
from helpline.messages.states import MESSAGE_STEPS, OVER, REPLY_STEPS, MessageState, ReplyState
from tests.helpline.messages import relaying
from tests.system import System

FLAGGED = "I am safe. I work at the Tesco on Mill Road in Hull, ring me on 07700 900123."


def ready(session: Session, **changed: object) -> Message:
    """Bring a message as far as being approved."""
    staff = relaying.call_taker(session)
    contact = relaying.author(session, staff)
    party = relaying.party(session, relaying.thread(session, contact, staff), staff, **changed)
    return relaying.approved(session, contact, party, staff)


def why(session: Session, message: Message) -> Stop | None:
    try:
        leaving.check(session, message, at=now())
    except MayNotLeaveError as error:
        return error.why
    return None


def _take_consent_back(session: Session, message: Message) -> None:
    assert message.consent_id is not None
    said = consent.TakenBack(message.consent_id, "no", Heard.text, uuid.uuid4())
    thread = message.party.thread
    consent.withdraw(session, thread.caller_id, said, by=thread.staff_id, at=now())


def _change_words_behind_their_backs(session: Session, message: Message) -> None:
    message.words = "Tell Karen I hate her."


def _put_number_into_the_words(session: Session, message: Message) -> None:
    message.words = FLAGGED
    approval = approvals.in_force(session, message)
    assert approval is None
    new = approvals.Approval(
        message_id=message.id,
        at=now(),
        staff_id=message.written_by,
        ground=approvals.Ground.second_person,
        words_mark=checks.words_mark(message),
        passed_flags=[],
    )
    session.add(new)
    session.flush()
    message.approval_id = new.id


@pytest.mark.parametrize(
    ("spoil", "stop"),
    [
        (_take_consent_back, Stop.consent_ended),
        (_change_words_behind_their_backs, Stop.words_changed),
        (_put_number_into_the_words, Stop.flags_open),
        (lambda _, m: setattr(m.party.thread, "wish", Wish.none), Stop.author_wish),
        (lambda _, m: setattr(m.party, "is_unwanted", True), Stop.author_wish),
        (lambda _, m: setattr(m.party, "wants_no_more_at", now()), Stop.recipient_wish),
        (lambda _, m: setattr(m.party, "order", Order.protects_recipient), Stop.unsafe),
        (lambda _, m: setattr(m.party, "harm", Harm.not_sure), Stop.unsafe),
        (lambda _, m: setattr(m.party.thread, "age", Age.child), Stop.unsafe),
        (lambda _, m: setattr(m.party.thread, "stopped_at", now()), Stop.thread_stopped),
        (lambda _, m: setattr(m, "state", MessageState.draft), Stop.not_approved),
    ],
)
def test_each_of_these_stops_an_approved_message(
    system: System, spoil: Callable[[Session, Message], None], stop: Stop
) -> None:
    with system.transaction() as session:
        message = ready(session)
        assert why(session, message) is None
        spoil(session, message)
        assert why(session, message) is stop


def test_an_edit_cancels_agreement_and_approval(system: System) -> None:
    with system.transaction() as session:
        message = ready(session)
        staff = relaying.call_taker(session)
        old = message.consent_id
        assert old is not None
        drafting.change(
            session, message, relaying.words("Tell Karen I am well."), by=staff.id, at=now()
        )
        assert (message.state, message.approval_id) == (MessageState.draft, None)
        assert message.consent_id is None
        assert not consent.holds(session, old, at=now())


def test_the_database_itself_keeps_what_has_no_approval_from_going(system: System) -> None:
    with system.transaction() as session:
        message = ready(session)
        ids = message.id
    with pytest.raises(sa.exc.IntegrityError), system.transaction() as session:
        session.execute(sa.update(Message).where(Message.id == ids).values(approval_id=None))


def test_whoever_wrote_it_can_not_approve_it_except_in_training(system: System) -> None:
    with system.transaction() as session:
        writer = relaying.supervisor(session)
        contact = relaying.author(session, writer)
        party = relaying.party(session, relaying.thread(session, contact, writer), writer)
        message = relaying.agreed(session, contact, party, writer)
        seen = Decision(checks.words_mark(message))
        with pytest.raises(NotApprovedError, match="other than the one who wrote it"):
            approvals.approve(session, message, seen, by=Approver(writer.id, writer.role), at=now())
        trainee = Approver(writer.id, writer.role, in_training=True)
        approvals.approve(session, message, seen, by=trainee, at=now())
        assert message.state is MessageState.approved


def test_a_call_taker_can_not_approve(system: System) -> None:
    with system.transaction() as session:
        writer, other = relaying.call_taker(session), relaying.call_taker(session)
        contact = relaying.author(session, writer)
        party = relaying.party(session, relaying.thread(session, contact, writer), writer)
        message = relaying.agreed(session, contact, party, writer)
        with pytest.raises(NotApprovedError, match="Only a supervisor"):
            approvals.approve(
                session,
                message,
                relaying.decision(message),
                by=Approver(other.id, other.role),
                at=now(),
            )


def test_what_is_marked_needs_a_second_person_with_a_reason(system: System) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        contact = relaying.author(session, staff)
        party = relaying.party(session, relaying.thread(session, contact, staff), staff)
        message = relaying.agreed(session, contact, party, staff, relaying.words(FLAGGED))
        assert checks.flags(session, message)
        for changed in ({}, {"passes_flags": True}, {"why": "It is his own wish to say so"}):
            with pytest.raises(NotApprovedError, match="marked in the words"):
                relaying.approve(session, message, **changed)
        relaying.approve(session, message, passes_flags=True, why="It is his own wish to say so")
        assert why(session, message) is None


def test_words_that_changed_on_the_way_to_the_second_person_are_not_approved(
    system: System,
) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        contact = relaying.author(session, staff)
        party = relaying.party(session, relaying.thread(session, contact, staff), staff)
        message = relaying.agreed(session, contact, party, staff)
        with pytest.raises(NotApprovedError, match="changed meanwhile"):
            relaying.approve(session, message, seen_words=b"other words")


def test_a_clean_message_to_somebody_known_needs_no_second_person_and_a_marked_one_does(
    system: System,
) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        contact, first = relaying.delivered(session, staff)
        clean = relaying.agreed(session, contact, first.party, staff)
        marked = relaying.agreed(session, contact, first.party, staff, relaying.words(FLAGGED))
        assert clean.state is MessageState.approved
        assert marked.state is MessageState.awaiting_approval


# --- domain.md 3.2, "Domestic abuse and court orders" and "Children" ---------------------------

ADULT, CHILD = {"age": Age.adult}, {"age": Age.child}


@pytest.mark.parametrize(
    ("author", "recipient", "state", "deciders"),
    [
        (ADULT, {}, MessageState.awaiting_approval, ()),
        (
            ADULT,
            {"order": Order.protects_author},
            MessageState.awaiting_approval,
            (Role.supervisor, Role.safeguarding_lead),
        ),
        (ADULT, {"order": Order.protects_recipient}, MessageState.blocked_safeguarding, ()),
        (
            ADULT,
            {"harm": Harm.recipient_harmed_author},
            MessageState.awaiting_approval,
            (Role.supervisor, Role.safeguarding_lead),
        ),
        (
            ADULT,
            {"is_monitored": YesNo.yes},
            MessageState.awaiting_approval,
            (Role.supervisor, Role.safeguarding_lead),
        ),
        (
            {"is_detained": YesNo.yes},
            {},
            MessageState.awaiting_approval,
            (Role.supervisor, Role.safeguarding_lead),
        ),
        (
            CHILD,
            {"relation": Relation.sibling},
            MessageState.blocked_safeguarding,
            (Role.safeguarding_lead,),
        ),
        (
            CHILD,
            {"relation": Relation.parent},
            MessageState.blocked_safeguarding,
            (Role.safeguarding_lead,),
        ),
        (
            CHILD,
            {"relation": Relation.parent, "harm": Harm.recipient_harmed_author},
            MessageState.blocked_safeguarding,
            (),
        ),
        (
            {"age": Age.not_known},
            {},
            MessageState.blocked_safeguarding,
            (Role.safeguarding_lead,),
        ),
    ],
)
def test_who_decides_what_stands_against_a_message(
    system: System,
    author: dict[str, object],
    recipient: dict[str, object],
    state: MessageState,
    deciders: tuple[Role, ...],
) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        contact = relaying.author(session, staff)
        thread = relaying.thread(session, contact, staff, **author)
        party = relaying.party(session, thread, staff, **recipient)
        message = relaying.agreed(session, contact, party, staff)
        assert message.state is state
        assert len(session.scalars(sa.select(Alert)).all()) == (
            state is MessageState.blocked_safeguarding
        )
        if safety.is_resolved(thread, party):
            return
        if state is MessageState.awaiting_approval:
            with pytest.raises(NotApprovedError, match="stands against it"):
                relaying.approve(session, message)
        for role in (Role.call_taker, Role.supervisor, Role.safeguarding_lead):
            party.cleared_at = None
            decision = {"by": staff.id, "role": role, "why": "Talked it through", "at": now()}
            if role in deciders:
                drafting.clear(session, party, **decision)  # type: ignore[arg-type]
                assert message.state is MessageState.awaiting_approval
            else:
                with pytest.raises(NotDecidedError):
                    drafting.clear(session, party, **decision)  # type: ignore[arg-type]


def test_a_changed_answer_needs_a_new_decision(system: System) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        contact = relaying.author(session, staff)
        thread = relaying.thread(session, contact, staff)
        party = relaying.party(session, thread, staff, harm=Harm.not_sure)
        lead = Role.safeguarding_lead
        safety.clear(session, party, by=staff.id, role=lead, why="Talked it through", at=now())
        assert safety.is_resolved(thread, party)
        safety.answer(
            party,
            harm=Harm.recipient_harmed_author,
            order=Order.none,
            is_monitored=YesNo.no,
            unsafe_others="",
            at=now(),
        )
        assert not safety.is_resolved(thread, party)


def test_with_abuse_no_place_and_no_number_can_be_told(system: System) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        contact = relaying.author(session, staff)
        thread = relaying.thread(session, contact, staff)
        party = relaying.party(session, thread, staff, harm=Harm.recipient_harmed_author)
        for scope in (Scope.area, Scope.reply_address, Scope.channel, Scope.date):
            given = relaying.words("I am safe.", scope, area="the north", reply_to="x")
            with pytest.raises(drafting.MessageRefusedError, match="abuse or a court order"):
                relaying.draft(session, contact, party, staff, given)


# --- tries ------------------------------------------------------------------------------------


def test_after_tries_at_different_times_of_day_it_counts_as_undeliverable(
    system: System,
) -> None:
    morning = now().replace(hour=9, minute=0) + timedelta(days=1)
    with system.transaction() as session:
        message = ready(session)
        staff = relaying.call_taker(session)
        for day in range(3):
            for hours in (0, 5):
                at = morning + timedelta(days=day, hours=hours)
                assert message.state in {MessageState.approved, MessageState.attempting}
                relaying.tried(session, message, staff, Outcome.no_answer, at=at)
        assert message.state is MessageState.attempting, "never tried in the evening"
        relaying.tried(
            session, message, staff, Outcome.no_answer, at=morning + timedelta(days=3, hours=11)
        )
        assert message.state is MessageState.undeliverable


def test_nobody_is_rung_twice_within_two_hours(system: System) -> None:
    with system.transaction() as session:
        message = ready(session)
        staff = relaying.call_taker(session)
        relaying.tried(session, message, staff, Outcome.no_answer)
        with pytest.raises(MayNotLeaveError, match="less than two hours"):
            delivery.begin(session, message, by=staff.id, at=now() + timedelta(minutes=119))
        delivery.begin(session, message, by=staff.id, at=now() + timedelta(minutes=121))


def test_two_do_not_give_the_same_message(system: System) -> None:
    with system.transaction() as session:
        message = ready(session)
        one, other = relaying.call_taker(session), relaying.call_taker(session)
        delivery.begin(session, message, by=one.id, at=now())
        with pytest.raises(delivery.TaskRefusedError, match="A colleague"):
            delivery.begin(session, message, by=other.id, at=now())


def test_voicemail_is_left_only_where_it_was_agreed_and_names_nobody_who_is_away(
    system: System,
) -> None:
    with system.transaction() as session:
        message = ready(session, may_leave_voicemail=False)
        staff = relaying.call_taker(session)
        with pytest.raises(delivery.TaskRefusedError, match="not agreed"):
            relaying.tried(session, message, staff, Outcome.voicemail)
        agreed = ready(session, may_leave_voicemail=True)
        relaying.tried(session, agreed, staff, Outcome.voicemail)
        assert "Luke" not in delivery.voicemail_words(agreed)


def test_a_text_goes_only_to_a_number_that_is_surely_theirs_and_from_somebody_known(
    system: System,
) -> None:
    with system.transaction() as session:
        message = ready(session, way=Way.text)
        staff = relaying.call_taker(session)
        with pytest.raises(MayNotLeaveError, match="By text only"):
            texts.send(session, message, uuid.uuid4(), by=staff.id, at=now())
        texts.confirm_owner(session, message.party, by=staff.id, at=now())
        texts.check(session, message, at=now())
        message.level = relaying.Level.L0
        with pytest.raises(MayNotLeaveError):
            texts.check(session, message, at=now())


def test_a_wish_takes_back_what_would_break_it(system: System) -> None:
    with system.transaction() as session:
        message = ready(session)
        staff = relaying.call_taker(session)
        thread = message.party.thread
        wishes.wish(session, thread, Wish.none, (), by=staff.id, at=now())
        assert message.state is MessageState.withdrawn
        wishes.wish(session, thread, Wish.open, (), by=staff.id, at=now())
        assert message.state is MessageState.withdrawn, "what was taken back stays so"


def test_the_tables_of_steps_know_every_state_and_what_is_over_never_goes_back() -> None:
    assert set(MESSAGE_STEPS) == set(MessageState)
    assert set(REPLY_STEPS) == set(ReplyState)
    for state in OVER:
        assert MESSAGE_STEPS[state] <= {MessageState.delivered}


def test_a_thread_that_is_stopped_gives_nothing_either_way(system: System) -> None:
    with system.transaction() as session:
        message = ready(session)
        boss = relaying.supervisor(session)
        thread = message.party.thread
        threads.stop(session, thread, "Police say that he died", by=boss.id, at=now())
        assert why(session, message) is Stop.thread_stopped
        threads.go_on(session, thread, by=boss.id, at=now())
        assert why(session, message) is None
