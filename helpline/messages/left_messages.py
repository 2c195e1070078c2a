"""Messages left for somebody who may never have been in touch: kept alike, found when they ask.

Leaving one is an enquiry (`contacts.enquiries`): nothing is looked up, whatever the truth. A
supervisor reads it and notes for whom it is. It is never pushed (domain.md 3.2).
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit
from helpline.contacts import contacts
from helpline.contacts.enquiries import Enquiry
from helpline.contacts.models import Contact
from helpline.messages import sendings, threads
from helpline.messages.happenings import LeftMessage, Side, Told
from helpline.messages.models import Thread, Wish
from helpline.messages.sendings import Ground, Leaving
from helpline.messages.states import ReplyState, check_reply_step


class LeftMessageError(ValueError):
    """It can't be decided or given so; the words say why."""


def to_read(session: Session, *, at: datetime, most: int = 50) -> Sequence[LeftMessage]:
    """List what was left and nobody has read yet, oldest first."""
    new = session.scalars(
        sa.select(Enquiry.id)
        .where(
            Enquiry.message.is_not(None),
            ~sa.exists().where(LeftMessage.enquiry_id == Enquiry.id),
        )
        .order_by(Enquiry.at)
        .limit(most)
    ).all()
    for enquiry_id in new:
        session.add(LeftMessage(enquiry_id=enquiry_id, state=ReplyState.received, state_since=at))
    session.flush()
    return session.scalars(
        sa.select(LeftMessage)
        .where(LeftMessage.state == ReplyState.received)
        .order_by(LeftMessage.state_since, LeftMessage.enquiry_id)
        .limit(most)
    ).all()


def decide(  # noqa: PLR0913 - each is a fact of the decision
    session: Session,
    left: LeftMessage,
    name: str,
    *,
    may_wait: bool,
    by: uuid.UUID,
    at: datetime,
) -> None:
    """Note for whom it is, and whether it may wait for them or is held for safeguarding.

    Raises:
        LeftMessageError: no name is given, or it was decided already.

    """
    if left.state is not ReplyState.received:
        raise LeftMessageError("It was decided already")
    if may_wait and not name.strip():
        raise LeftMessageError("Write the name of whom it is for")
    left.name_mark = threads.name_mark(name) if name.strip() else None
    _move(left, ReplyState.screened if may_wait else ReplyState.held_safeguarding, at)
    if may_wait:
        _move(left, ReplyState.waiting_collection, at)
    left.decided_by = by
    audit.note(session, audit.Act.left_message_decided, at=at, who=by, about=left.enquiry_id)


def waiting(session: Session, thread: Thread) -> Sequence[LeftMessage]:
    """List what was left for an author who asks whether there is anything."""
    if thread.stopped_at is not None or thread.wish in {Wish.none, Wish.out_only}:
        return ()
    return session.scalars(
        sa.select(LeftMessage)
        .where(
            LeftMessage.name_mark == thread.name_mark,
            LeftMessage.state == ReplyState.waiting_collection,
        )
        .order_by(LeftMessage.state_since)
    ).all()


def give(  # noqa: PLR0913 - each is a fact of the giving
    session: Session,
    left: LeftMessage,
    thread: Thread,
    contact: Contact,
    *,
    by: uuid.UUID,
    at: datetime,
) -> None:
    """Enter that it was read to its person, who proved in this contact that it is them.

    Raises:
        LeftMessageError: it does not wait for them, or nothing was proved here.

    """
    if contact.owner_id != by:
        raise contacts.NotYoursError
    proof = sendings.newest_proof(session, thread.id, contact.id)
    theirs = {each.enquiry_id for each in waiting(session, thread)}
    if proof is None or left.enquiry_id not in theirs:
        raise LeftMessageError("Nothing waits for them any more")
    _move(left, ReplyState.given, at)
    left.given_in = thread.id
    gone = Leaving(
        Side.author,
        Told.left_message,
        left.enquiry_id,
        left.enquiry.message or "",
        Ground(proof_id=proof.id),
        staff_id=by,
    )
    sendings.record(session, thread.id, gone, at=at)
    audit.note(session, audit.Act.reply_given, at=at, who=by, about=left.enquiry_id)


def _move(left: LeftMessage, state: ReplyState, at: datetime) -> None:
    check_reply_step(left.state, state)
    left.state, left.state_since = state, at
