"""Proof for a thread: what each side was sent, when, on what it rests; and that nothing else was.

The record of sendings is compared with everything else that knows: the promises of the outbox, the
approvals, the ledger of consents, the record of who did what, and how messages and replies stand.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.audit import Act, AuditEntry
from helpline.confidentiality import consent
from helpline.confidentiality.consent import ConsentEntry
from helpline.messages import checks, sendings
from helpline.messages.happenings import (
    Approval,
    Link,
    Nudge,
    Proof,
    Reply,
    Sending,
    Side,
    Told,
)
from helpline.messages.models import Message, Thread
from helpline.messages.states import MessageState, ReplyState
from helpline.outbox import Kind, Promise, State

CARRIED = (Kind.deliver_message, Kind.send_link, Kind.give_reply, Kind.nudge_author)
_LEFT = (State.accepted, State.unsure)


@dataclass(frozen=True)
class Fault:
    """One thing that does not fit, in plain words: ids, never words or numbers."""

    thread: str
    what: str


@dataclass(frozen=True)
class _Case:
    """All that is known of one thread."""

    thread: Thread
    sent: Sequence[Sending]
    messages: dict[uuid.UUID, Message]
    replies: dict[uuid.UUID, Reply]
    about: frozenset[uuid.UUID]
    """Everything in it that a promise can be about."""


def export(session: Session, thread: Thread, *, at: datetime) -> dict[str, Any]:
    """Say what each side was sent, when and on what it rests: no words, no names, no numbers."""
    case = _gather(session, thread)
    people = {each.id: f"recipient {place}" for place, each in enumerate(thread.parties, 1)}
    return {
        "thread": thread.reference,
        "made": at.isoformat(),
        "wish": thread.wish.value,
        "return_path": thread.return_path.value,
        "sent": [_line(session, each, people) for each in case.sent],
        "faults": [each.what for each in check(session, thread)],
    }


def check(session: Session, thread: Thread) -> list[Fault]:
    """List what does not fit in one thread; nothing where all that left was agreed and noted."""
    case = _gather(session, thread)
    found = [fault for question in _QUESTIONS for fault in question(session, case)]
    return [Fault(thread.reference, what) for what in found]


def check_all(session: Session) -> Iterator[tuple[Thread, list[Fault]]]:
    """Check every thread, one after the other."""
    for thread_id in session.scalars(sa.select(Thread.id).order_by(Thread.began_at)).all():
        thread = session.get_one(Thread, thread_id, populate_existing=True)
        yield thread, check(session, thread)


def _gather(session: Session, thread: Thread) -> _Case:
    party_ids = [each.id for each in thread.parties]
    messages = session.scalars(sa.select(Message).where(Message.party_id.in_(party_ids))).all()
    replies = session.scalars(sa.select(Reply).where(Reply.party_id.in_(party_ids))).all()
    message_ids = [each.id for each in messages]
    links = session.scalars(sa.select(Link.id).where(Link.message_id.in_(message_ids))).all()
    nudges = session.scalars(sa.select(Nudge.id).where(Nudge.thread_id == thread.id)).all()
    return _Case(
        thread,
        sendings.of_thread(session, thread),
        {each.id: each for each in messages},
        {each.id: each for each in replies},
        frozenset([*message_ids, *(each.id for each in replies), *links, *nudges]),
    )


def _rests_on_something(session: Session, case: _Case) -> Iterator[str]:
    for each in case.sent:
        if each.consent_id is not None:
            entry = session.get(ConsentEntry, each.consent_id)
            if entry is None or entry.caller_id != case.thread.caller_id or entry.at > each.at:
                yield f"Sending {each.number} rests on no agreement of the author"
            elif _withdrawn_before(session, entry, each):
                yield f"Sending {each.number} left after the author took the agreement back"
        else:
            proof = session.get(Proof, each.proof_id)
            if proof is None or proof.thread_id != case.thread.id or proof.at > each.at:
                yield f"Sending {each.number} was given to somebody who proved nothing"


def _withdrawn_before(session: Session, entry: ConsentEntry, sending: Sending) -> bool:
    gone = session.scalar(sa.select(ConsentEntry.at).where(ConsentEntry.withdraws == entry.id))
    made = session.scalar(sa.select(Promise.claimed_at).where(Promise.id == sending.promise_id))
    # What a worker had begun when they took it back may still have left.
    return gone is not None and gone < (made or sending.at)


def _is_what_was_approved(session: Session, case: _Case) -> Iterator[str]:
    for each in case.sent:
        message = case.messages.get(each.about)
        if each.told is not Told.message or message is None or message.words is None:
            continue
        if each.words_mark != sendings.mark(message.words):
            yield f"Sending {each.number} has other words than the message"
        approved = sa.exists().where(
            Approval.message_id == message.id,
            Approval.words_mark == checks.words_mark(message),
            Approval.at <= each.at,
        )
        if not session.scalar(sa.select(approved)):
            yield f"Sending {each.number} left without an approval of its words"


def _is_what_was_answered(session: Session, case: _Case) -> Iterator[str]:
    del session
    for each in case.sent:
        reply = case.replies.get(each.about)
        if each.told is Told.reply and (reply is None or each.words_mark != reply.words_mark):
            yield f"Sending {each.number} has other words than the answer"


def _sides_are_kept_apart(session: Session, case: _Case) -> Iterator[str]:
    reached = {each.id: each.caller_id for each in case.thread.parties}
    for each in case.sent:
        promise = session.get(Promise, each.promise_id) if each.promise_id else None
        if promise is None:
            continue
        if promise.about != each.about:
            yield f"Sending {each.number} names another promise than its own"
        if each.side is Side.recipient and promise.reaches not in {
            reached.get(each.party_id) if each.party_id else None,
            None,
        }:
            yield f"Sending {each.number} reached somebody else than its recipient"


def _every_promise_is_recorded(session: Session, case: _Case) -> Iterator[str]:
    recorded = {each.promise_id for each in case.sent}
    promises = session.scalars(
        sa.select(Promise).where(
            Promise.about.in_(case.about), Promise.kind.in_(CARRIED), Promise.state.in_(_LEFT)
        )
    ).all()
    for promise in promises:
        if promise.id not in recorded:
            yield f"Promise {promise.number} left and stands in no record"


def _nothing_else_leans_on_it(session: Session, case: _Case) -> Iterator[str]:
    """Find what went to a recipient on the author's word and is none of the relay's."""
    entries = sa.select(ConsentEntry.id).where(ConsentEntry.caller_id == case.thread.caller_id)
    reached = [each.caller_id for each in case.thread.parties if each.caller_id]
    others = session.scalars(
        sa.select(Promise).where(
            Promise.reaches.in_(reached),
            Promise.relies_on.in_(entries),
            Promise.about.not_in(case.about),
            Promise.state.in_(_LEFT),
        )
    )
    for promise in others:
        yield f"Promise {promise.number} reached a recipient and belongs to no message"


def _states_tell_the_truth(session: Session, case: _Case) -> Iterator[str]:
    del session
    told = {(each.told, each.about) for each in case.sent}
    for message in case.messages.values():
        was_sent = (Told.message, message.id) in told
        if message.state is MessageState.delivered and not was_sent:
            yield f"Message {message.number} counts as delivered and was never sent"
    for reply in case.replies.values():
        if (reply.state is ReplyState.given) != ((Told.reply, reply.id) in told):
            yield f"Answer {reply.number} does not stand as it was given"


def _who_did_it_is_on_record(session: Session, case: _Case) -> Iterator[str]:
    acts = session.execute(
        sa.select(AuditEntry.about, AuditEntry.act).where(
            AuditEntry.about.in_([*case.messages, *case.replies]),
            AuditEntry.act.in_((Act.message_delivered, Act.reply_given)),
        )
    ).all()
    told = {each.about for each in case.sent if each.told in {Told.message, Told.reply}}
    for about in {each.about for each in acts} - told:
        kind = "Answer" if about in case.replies else "Message"
        number = (case.replies.get(about) or case.messages[about]).number
        yield f"{kind} {number} was given by the record of who did what, and by no other"


def _ledger_is_whole(session: Session, case: _Case) -> Iterator[str]:
    fault = consent.verify_chain(session, case.thread.caller_id)
    if fault is not None:
        yield f"Entry {fault.number} of the author's consents: {fault.what}"


_QUESTIONS: tuple[Callable[[Session, _Case], Iterator[str]], ...] = (
    _rests_on_something,
    _is_what_was_approved,
    _is_what_was_answered,
    _sides_are_kept_apart,
    _every_promise_is_recorded,
    _nothing_else_leans_on_it,
    _states_tell_the_truth,
    _who_did_it_is_on_record,
    _ledger_is_whole,
)


def _line(session: Session, sending: Sending, people: dict[uuid.UUID, str]) -> dict[str, Any]:
    entry = session.get(ConsentEntry, sending.consent_id) if sending.consent_id else None
    whose = people.get(sending.party_id) if sending.party_id else None
    return {
        "number": sending.number,
        "at": sending.at.isoformat(),
        "to": (whose or sending.side.value) if sending.side is Side.recipient else sending.side,
        "what": sending.told.value,
        "how": "text" if sending.by_text else "said or shown",
        "rests_on": f"entry {entry.number} of the author's consents, {entry.at.isoformat()}"
        if entry is not None
        else "the author asked for it with reference and word",
        "agreed_to_tell": list(entry.scopes) if entry is not None else [],
        "fingerprint_of_words": sending.words_mark.hex(),
    }
