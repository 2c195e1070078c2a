"""Giving a message by telephone: who takes the task, what came of each try, and when it is over."""

import uuid
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit
from helpline.database import one_at_a_time
from helpline.messages import leaving, sendings, steps, threads
from helpline.messages.happenings import AlertKind, Attempt, Outcome, Side, Told
from helpline.messages.models import Level, Message, Order, Way
from helpline.messages.sendings import Ground, Leaving
from helpline.messages.states import MESSAGE_STEPS, MessageState

VOICEMAIL_WORDS = (
    "Hello. This is a message for {name}. Please ring 116 000 when it suits you. "
    "It is free, at any hour. Thank you."
)
"""All that may ever be said to a machine."""


class TaskRefusedError(Exception):
    """The task can't be done so; the words say why."""


@dataclass(frozen=True)
class Tried:
    """What came of one try, as the call-taker says."""

    outcome: Outcome
    form_key: uuid.UUID
    order: Order | None = None
    """With `order_disclosed`: whom the order protects."""


BY_CALL = frozenset(
    {
        Outcome.no_answer,
        Outcome.voicemail,
        Outcome.somebody_else,
        Outcome.not_verified,
        Outcome.not_taken,
        Outcome.given,
        Outcome.refused,
        Outcome.order_disclosed,
    }
)


def begin(session: Session, message: Message, *, by: uuid.UUID, at: datetime) -> None:
    """Take the task of giving a message by call. Its row must be locked; begun by me: no change.

    Everything is checked again: nothing is approved once and for all.

    Raises:
        MayNotLeaveError: it may not leave, or not at this time.
        TaskRefusedError: a colleague is at it, or it does not go by call.

    """
    if message.with_id == by:
        return
    if message.with_id is not None:
        raise TaskRefusedError("A colleague is giving this message at this moment")
    if message.party.way is not Way.call:
        raise TaskRefusedError("This message does not go by call")
    leaving.check(session, message, at=at)
    leaving.check_now(session, message, at=at)
    if message.state is MessageState.approved:
        steps.move(session, message, MessageState.attempting, at=at)
    message.with_id = message.last_with_id = by
    audit.note(session, audit.Act.message_task_taken, at=at, who=by, about=message.id)
    session.flush()


def put_back(session: Session, message: Message, *, by: uuid.UUID, at: datetime) -> None:
    """Put a task back that one has taken, without a try. Somebody else's stays with them."""
    if message.with_id == by:
        message.with_id = None
        audit.note(session, audit.Act.message_task_put_back, at=at, who=by, about=message.id)


def tried(
    session: Session, message: Message, what: Tried, *, by: uuid.UUID, at: datetime
) -> Attempt:
    """Enter what came of a try. Its row must be locked; the same form again changes nothing.

    What happened is never refused: where the message was stopped meanwhile, it says so all the
    same, and the state tells the truth.

    Raises:
        TaskRefusedError: this person has not taken the task, or the outcome is none of a call.

    """
    one_at_a_time(session, what.form_key)
    known = session.scalar(sa.select(Attempt).where(Attempt.form_key == what.form_key))
    if known is not None:
        return known
    if what.outcome not in BY_CALL:
        raise TaskRefusedError("Choose what happened on the call")
    if by not in {message.with_id, message.last_with_id}:
        raise TaskRefusedError("Take the task first")
    if what.outcome is Outcome.voicemail and not message.party.may_leave_voicemail:
        raise TaskRefusedError("Voicemail was not agreed. Tell a supervisor what was said")
    attempt = note_try(session, message, what.outcome, what.form_key, by=by, at=at)
    message.with_id = None
    _AFTER[what.outcome](session, message, what, by, at)
    return attempt


def note_try(  # noqa: PLR0913 - each is a fact of the try
    session: Session,
    message: Message,
    outcome: Outcome,
    form_key: uuid.UUID,
    *,
    by: uuid.UUID | None,
    at: datetime,
) -> Attempt:
    """Write down one try."""
    attempt = Attempt(
        id=uuid.uuid4(),
        message_id=message.id,
        at=at,
        staff_id=by,
        outcome=outcome,
        form_key=form_key,
    )
    session.add(attempt)
    audit.note(session, audit.Act.message_tried, at=at, who=by, about=message.id)
    session.flush()
    return attempt


def last_outcome(session: Session, message: Message, *of: Outcome) -> Outcome | None:
    """Return which of some outcomes came last; None where none of them ever did."""
    return session.scalar(
        sa.select(Attempt.outcome)
        .where(Attempt.message_id == message.id, Attempt.outcome.in_(of))
        .order_by(Attempt.at.desc())
        .limit(1)
    )


def framing(message: Message) -> str:
    """Say in whose name the words are given (domain.md 3.2: at level 0 nobody is vouched for)."""
    name = message.party.thread.name
    return f"someone saying they are {name}" if message.level is Level.L0 else name


def voicemail_words(message: Message) -> str:
    """Return the neutral words for a machine: no name of the author, no reason."""
    return VOICEMAIL_WORDS.format(name=message.party.name)


def came_to(session: Session, message: Message, state: MessageState, *, at: datetime) -> None:
    """Move a message as far as the table allows; news that comes too late changes nothing."""
    if state in MESSAGE_STEPS[message.state]:
        steps.move(session, message, state, at=at)


def _given(session: Session, message: Message, what: Tried, by: uuid.UUID, at: datetime) -> None:
    del what
    _record(session, message, Told.message, message.words or "", by, at)
    came_to(session, message, MessageState.delivered, at=at)
    audit.note(session, audit.Act.message_delivered, at=at, who=by, about=message.id)


def _not_reached(
    session: Session, message: Message, what: Tried, by: uuid.UUID, at: datetime
) -> None:
    if what.outcome is Outcome.voicemail:
        _record(session, message, Told.voicemail, voicemail_words(message), by, at)
    message.next_try_at = at + leaving.LEAST_BETWEEN
    if leaving.was_tried_enough(session, message):
        came_to(session, message, MessageState.undeliverable, at=at)


def _refused(session: Session, message: Message, what: Tried, by: uuid.UUID, at: datetime) -> None:
    """Keep the fact, never the reasons (domain.md 3.2, "Refused messages")."""
    del what, by
    came_to(session, message, MessageState.refused, at=at)


def _order_disclosed(
    session: Session, message: Message, what: Tried, by: uuid.UUID, at: datetime
) -> None:
    """Stop all messages to somebody who told us of a court order, until it is decided."""
    party = message.party
    party.order = what.order or Order.not_sure
    party.cleared_at = party.cleared_by = party.why_cleared = None
    still_going = session.scalars(
        sa.select(Message)
        .where(
            Message.party_id == party.id,
            Message.state.in_(
                (
                    MessageState.draft,
                    MessageState.awaiting_approval,
                    MessageState.approved,
                    MessageState.attempting,
                )
            ),
        )
        .with_for_update(of=Message)
    ).all()
    for each in still_going:
        steps.move(session, each, MessageState.blocked_safeguarding, at=at)
    threads.alert(session, party.thread, AlertKind.unsafe, at=at)
    audit.note(session, audit.Act.message_blocked, at=at, who=by, about=message.id)


def _record(  # noqa: PLR0913, PLR0917 - each is a fact of what was said
    session: Session, message: Message, told: Told, words: str, by: uuid.UUID, at: datetime
) -> None:
    sendings.record(
        session,
        message.party.thread_id,
        Leaving(
            Side.recipient,
            told,
            message.id,
            words,
            Ground(consent_id=message.consent_id),
            party_id=message.party_id,
            staff_id=by,
        ),
        at=at,
    )


_AFTER = {
    Outcome.no_answer: _not_reached,
    Outcome.voicemail: _not_reached,
    Outcome.somebody_else: _not_reached,
    Outcome.not_verified: _not_reached,
    Outcome.not_taken: _not_reached,
    Outcome.given: _given,
    Outcome.refused: _refused,
    Outcome.order_disclosed: _order_disclosed,
}
