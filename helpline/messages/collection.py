"""Giving the author what came back: only to whoever proved it in this very contact."""

import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, outbox
from helpline.contacts import contacts
from helpline.contacts.models import Channel, Contact, ContactState
from helpline.messages import sendings, steps
from helpline.messages.happenings import Proof, Reply, Side, Told
from helpline.messages.models import Party, Thread, Wish
from helpline.messages.sendings import Ground, Leaving
from helpline.messages.states import REPLY_OVER, ReplyState
from helpline.outbox import Promise


class NotGivenError(Exception):
    """The reply can't be given so; the words say why."""


def waiting(session: Session, thread: Thread) -> Sequence[Reply]:
    """List what waits for an author and may be given to them now, oldest first."""
    if thread.stopped_at is not None or thread.wish in {Wish.none, Wish.out_only}:
        return ()
    return session.scalars(
        sa.select(Reply)
        .join(Party, Party.id == Reply.party_id)
        .where(
            Party.thread_id == thread.id,
            Reply.state == ReplyState.waiting_collection,
            sa.or_(sa.literal(thread.wish is not Wish.none_from_named), ~Party.is_unwanted),
        )
        .order_by(Reply.number)
    ).all()


def given_before(session: Session, thread: Thread) -> Sequence[Reply]:
    """List what an author was given already, newest first."""
    return session.scalars(
        sa.select(Reply)
        .join(Party, Party.id == Reply.party_id)
        .where(Party.thread_id == thread.id, Reply.state == ReplyState.given)
        .order_by(Reply.number.desc())
    ).all()


def give(session: Session, reply: Reply, contact: Contact, *, by: uuid.UUID, at: datetime) -> None:
    """Enter that a reply was read to its author, on a call. Its row must be locked.

    Raises:
        NotGivenError: it does not wait, or nobody proved in this contact that it is the author.

    """
    if reply.state is ReplyState.given:
        return
    proof = _may_give(session, reply, contact, by)
    _given(session, reply, proof, staff_id=by, promise=None, at=at)


def give_by_text(
    session: Session, reply: Reply, contact: Contact, *, by: uuid.UUID, at: datetime
) -> Promise:
    """Promise a reply as a text in the conversation in which its author asked for it.

    It answers them there and then; it never opens a conversation.

    Raises:
        NotGivenError: as `give`, or the contact is no conversation by text that goes on.

    """
    known = outbox.of(session, reply.id, outbox.Kind.give_reply)
    if known is not None and known.state not in outbox.NEVER_LEFT:
        return known
    proof = _may_give(session, reply, contact, by)
    is_open = contact.state is ContactState.with_call_taker
    if contact.channel is not Channel.sms or not is_open or contact.caller.number_token is None:
        raise NotGivenError("It can be texted only in a conversation by text that goes on")
    made = outbox.promise(
        session,
        outbox.Kind.give_reply,
        about=reply.id,
        lane=contact.caller_id,
        reaches=contact.caller_id,
        details={"contact": str(contact.id), "staff": str(by), "proof": str(proof.id)},
        at=at,
    )
    audit.note(session, audit.Act.reply_promised, at=at, who=by, about=reply.id)
    session.flush()
    return made


def decline(
    session: Session, reply: Reply, contact: Contact, *, by: uuid.UUID, at: datetime
) -> None:
    """Enter that the author does not want to hear a reply. Nobody at home is told.

    Raises:
        NotGivenError: as `give`.

    """
    if reply.state is ReplyState.declined_by_author:
        return
    _may_give(session, reply, contact, by)
    steps.move_reply(session, reply, ReplyState.declined_by_author, at=at)
    audit.note(session, audit.Act.reply_declined, at=at, who=by, about=reply.id)


def may_text_now(session: Session, promise: Promise) -> tuple[Reply, Proof] | None:
    """Return what a promised text gives, if it still may; read at the moment of sending."""
    reply = session.get(Reply, promise.about, populate_existing=True)
    if reply is None or reply.words is None or reply.state is not ReplyState.waiting_collection:
        return None
    thread = reply.party.thread
    proof = sendings.newest_proof(session, thread.id, uuid.UUID(promise.details["contact"]))
    allowed = reply.id in {each.id for each in waiting(session, thread)}
    return (reply, proof) if proof is not None and allowed else None


def text_settled(session: Session, promise: Promise, *, at: datetime) -> None:
    """Show on a reply what came of the promise to text it."""
    reply = steps.locked_reply(session, promise.about)
    if reply is None or promise.state not in {outbox.State.accepted, outbox.State.unsure}:
        return
    proof = session.get(Proof, uuid.UUID(promise.details["proof"]))
    if proof is not None and reply.state not in REPLY_OVER:
        by = uuid.UUID(promise.details["staff"])
        _given(session, reply, proof, staff_id=by, promise=promise, at=at)


def _may_give(session: Session, reply: Reply, contact: Contact, by: uuid.UUID) -> Proof:
    if contact.owner_id != by:
        raise contacts.NotYoursError
    thread = reply.party.thread
    proof = sendings.newest_proof(session, thread.id, contact.id)
    if proof is None:
        raise NotGivenError("Ask for the reference and the word first")
    if reply.id not in {each.id for each in waiting(session, thread)}:
        raise NotGivenError("Nothing waits for them any more")
    return proof


def _given(  # noqa: PLR0913 - each is a fact of the giving
    session: Session,
    reply: Reply,
    proof: Proof,
    *,
    staff_id: uuid.UUID,
    promise: Promise | None,
    at: datetime,
) -> None:
    steps.move_reply(session, reply, ReplyState.given, at=at)
    sendings.record(
        session,
        reply.party.thread_id,
        Leaving(
            Side.author,
            Told.reply,
            reply.id,
            reply.words or "",
            Ground(proof_id=proof.id),
            party_id=reply.party_id,
            staff_id=staff_id,
            promise_id=promise.id if promise else None,
            by_text=promise is not None,
        ),
        at=at,
    )
    audit.note(session, audit.Act.reply_given, at=at, who=staff_id, about=reply.id)
