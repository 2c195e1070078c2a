"""What the worker carries out for the relay: texts with words, with a link, with a sign."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import outbox
from helpline.carrier import TRY_AGAIN, Carrier, Outcome, TextToSend
from helpline.confidentiality import vault
from helpline.confidentiality.safe_contact import MAY_LEAVE, KeptBack, Verdict
from helpline.contacts.models import Caller
from helpline.messages import collection, links, nudges, steps, texts
from helpline.messages.happenings import Link, Nudge, Reply
from helpline.messages.leaving import MayNotLeaveError
from helpline.messages.models import Message, Thread
from helpline.messages.states import REPLY_OVER, MessageState, ReplyState
from helpline.outbox import Kind, Promise
from helpline.phone_numbers import PhoneNumber

LIVES = timedelta(days=90)
"""How long a message that can't be given is kept on trying: then a person looks at it."""
REPLIES_WAIT = timedelta(days=365)
_STOPPED = Verdict(KeptBack.message_stopped)

Call = Callable[[Carrier], Outcome]


def verdict(session: Session, promise: Promise, at: datetime) -> Verdict:
    """Say, right before it leaves, whether the message itself may still go."""
    try:
        may_go = _MAY_GO[promise.kind](session, promise, at)
    except MayNotLeaveError:
        may_go = False
    return MAY_LEAVE if may_go else _STOPPED


def prepare(session: Session, promise: Promise, base_url: str) -> Call | None:
    """Read words and number at the last moment; None if there is nothing to send."""
    words = _words(session, promise, base_url)
    number = _number(session, promise)
    if words is None or number is None:
        return None
    status = f"{base_url}/tw/messages/status/{promise.about}{TRY_AGAIN}"
    to_send = TextToSend(to=number, words=words, status_url=status)
    return lambda carrier: carrier.send_text(to_send)


def lock(session: Session, promise: Promise) -> None:
    """Hold the row that a promise concerns until the transaction ends; before the promise."""
    match promise.kind:
        case Kind.deliver_message:
            steps.locked(session, promise.about)
        case Kind.give_reply:
            steps.locked_reply(session, promise.about)
        case Kind.send_link:
            link = session.get(Link, promise.about)
            if link is not None:
                steps.locked(session, link.message_id)
        case _:
            session.get(Nudge, promise.about, with_for_update=True, populate_existing=True)


def settled(session: Session, promise: Promise, outcome: Outcome, at: datetime) -> None:
    """Show what came of a promise on whatever it concerns."""
    del outcome
    _SETTLED[promise.kind](session, promise, at=at)


def kept_back(session: Session, promise: Promise, why: Verdict, at: datetime) -> None:
    """Show that it may not leave: until a time, or not at all."""
    if why.until is not None:
        return
    if promise.kind is Kind.deliver_message:
        message = steps.locked(session, promise.about)
        if message is not None:
            texts.did_not_leave(session, message, at=at)
        return
    _SETTLED[promise.kind](session, promise, at=at)


def left_unsure(session: Session, promise: Promise, *, at: datetime) -> None:
    """Show that a worker died in the middle of sending."""
    lock(session, promise)
    _SETTLED[promise.kind](session, promise, at=at)


def contact_of(promise: Promise) -> uuid.UUID | None:
    """Return the conversation that a promised reply answers."""
    said = promise.details.get("contact")
    return uuid.UUID(said) if said else None


def expire(session: Session, *, at: datetime, most: int = 100) -> int:
    """Let expire what could not be given for three months, or was not asked for in a year.

    Says how many that were. Words stay for a year after that (`ties.forget_words`).
    """
    due = session.scalars(
        sa.select(Message)
        .where(
            Message.state.in_(
                (
                    MessageState.draft,
                    MessageState.awaiting_approval,
                    MessageState.approved,
                    MessageState.attempting,
                    MessageState.blocked_safeguarding,
                )
            ),
            Message.written_at < at - LIVES,
            Message.with_id.is_(None),
        )
        .limit(most)
        .with_for_update(of=Message, skip_locked=True)
    ).all()
    for message in due:
        outbox.cancel(session, message.id, Kind.deliver_message, at=at)
        steps.move(session, message, MessageState.expired, at=at)
    unheard = session.scalars(
        sa.select(Reply)
        .where(Reply.state.not_in(REPLY_OVER), Reply.at < at - REPLIES_WAIT)
        .limit(most)
        .with_for_update(of=Reply, skip_locked=True)
    ).all()
    for reply in unheard:
        steps.move_reply(session, reply, ReplyState.expired, at=at)
    return len(due) + len(unheard)


def _words(session: Session, promise: Promise, base_url: str) -> str | None:
    match promise.kind:
        case Kind.deliver_message:
            message = session.get(Message, promise.about, populate_existing=True)
            return message.words if message is not None else None
        case Kind.give_reply:
            found = collection.may_text_now(session, promise)
            return found[0].words if found is not None else None
        case Kind.send_link:
            link = session.get(Link, promise.about, populate_existing=True)
            address = f"{base_url}{links.PATH}/{links.token(link)}" if link is not None else ""
            return links.WORDS.format(address=address) if link is not None else None
        case _:
            return nudges.WORDS


def _number(session: Session, promise: Promise) -> PhoneNumber | None:
    reached = session.get(Caller, promise.reaches) if promise.reaches is not None else None
    if reached is None or reached.number_token is None:
        return None
    return vault.number_for_carrier(session, reached.number_token)


def _message_may_go(session: Session, promise: Promise, at: datetime) -> bool:
    message = session.get(Message, promise.about, populate_existing=True)
    if message is None or message.party.caller_id != promise.reaches:
        return False
    texts.check(session, message, at=at)
    return message.consent_id == promise.relies_on


def _link_may_go(session: Session, promise: Promise, at: datetime) -> bool:
    link = session.get(Link, promise.about, populate_existing=True)
    message = session.get(Message, link.message_id, populate_existing=True) if link else None
    if link is None or message is None or message.party.caller_id != promise.reaches:
        return False
    links.check(session, message, at=at)
    return link.ended_at is None and link.opened_at is None and link.until > at


def _reply_may_go(session: Session, promise: Promise, at: datetime) -> bool:
    del at
    return collection.may_text_now(session, promise) is not None


def _nudge_may_go(session: Session, promise: Promise, at: datetime) -> bool:
    del at
    nudge = session.get(Nudge, promise.about, populate_existing=True)
    thread = session.get(Thread, nudge.thread_id, populate_existing=True) if nudge else None
    if nudge is None or thread is None or nudge.over_at is not None:
        return False
    return nudges.may_push(thread) and thread.safe_caller_id == promise.reaches


_MAY_GO: dict[Kind, Callable[[Session, Promise, datetime], bool]] = {
    Kind.deliver_message: _message_may_go,
    Kind.send_link: _link_may_go,
    Kind.give_reply: _reply_may_go,
    Kind.nudge_author: _nudge_may_go,
}
_SETTLED: dict[Kind, Callable[..., None]] = {
    Kind.deliver_message: texts.settled,
    Kind.send_link: links.settled,
    Kind.give_reply: collection.text_settled,
    Kind.nudge_author: nudges.settled,
}
CARRIED = frozenset(_MAY_GO)
"""The kinds of promise that belong to the relay."""
