"""What somebody at home answers: their exact words, screened, held until the author asks."""

import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live
from helpline.database import one_at_a_time
from helpline.messages import checks, sendings, steps
from helpline.messages.happenings import Reply
from helpline.messages.models import Message, Party
from helpline.messages.states import MessageState, ReplyState

MOST_LETTERS = 1_500
LEAST_REASON_LETTERS = 10
WHAT_THEY_HEAR = (
    "Thank you. We keep your words exactly as you said them, in case they ask for them. "
    "We can't say where they are, how they reached us, or when they will hear this."
)
"""The same for everybody, whatever became of earlier words."""


class ReplyRefusedError(ValueError):
    """The reply can't be taken or decided so; the words say why."""


def take(  # noqa: PLR0913 - each is a fact of the reply
    session: Session,
    party: Party,
    words: str,
    form_key: uuid.UUID,
    *,
    by: uuid.UUID | None,
    at: datetime,
) -> Reply:
    """Keep an answer. The same form again changes nothing. `by` is None for a page of theirs.

    It makes no difference what the author wants to hear: whoever answers is told the same.

    Raises:
        ReplyRefusedError: nothing was said, too much, or nothing was ever given to them.

    """
    one_at_a_time(session, form_key)
    known = session.scalar(sa.select(Reply).where(Reply.form_key == form_key))
    if known is not None:
        return known
    words = words.replace("\r\n", "\n").replace("\x00", "").strip()
    if not words:
        raise ReplyRefusedError("Write down the answer first, exactly as they say it")
    if len(words) > MOST_LETTERS:
        raise ReplyRefusedError("Shorten the answer to 1,500 characters or fewer")
    if not was_given_something(session, party):
        raise ReplyRefusedError("They were given no message that could be answered")
    reply = Reply(
        id=uuid.uuid4(),
        party_id=party.id,
        at=at,
        staff_id=by,
        state=ReplyState.received,
        state_since=at,
        words=words,
        words_mark=sendings.mark(words),
        form_key=form_key,
    )
    reply.party = party
    session.add(reply)
    session.flush()
    audit.note(session, audit.Act.reply_taken, at=at, who=by, about=reply.id)
    _screen(session, reply, at=at)
    return reply


def was_given_something(session: Session, party: Party) -> bool:
    """Whether a message was ever given to this recipient."""
    given = sa.exists().where(Message.party_id == party.id, Message.state == MessageState.delivered)
    return bool(session.scalar(sa.select(given)))


def hold(session: Session, reply: Reply, why: str, *, by: uuid.UUID, at: datetime) -> None:
    """Keep a reply from its author, as a supervisor.

    Raises:
        ReplyRefusedError: no reason is given, or it is over.

    """
    _decide(session, reply, ReplyState.held_safeguarding, why, by=by, at=at)


def release(session: Session, reply: Reply, why: str, *, by: uuid.UUID, at: datetime) -> None:
    """Let a reply wait for its author although something was marked, or it was held.

    Raises:
        ReplyRefusedError: no reason is given, or it is over.

    """
    _decide(session, reply, ReplyState.waiting_collection, why, by=by, at=at)


def to_decide(session: Session) -> Sequence[Reply]:
    """List the replies that wait for a supervisor, oldest first."""
    return session.scalars(
        sa.select(Reply)
        .where(Reply.state.in_((ReplyState.screened, ReplyState.held_safeguarding)))
        .order_by(Reply.number)
        .limit(100)
    ).all()


def _screen(session: Session, reply: Reply, *, at: datetime) -> None:
    steps.move_reply(session, reply, ReplyState.screened, at=at)
    if checks.reply_flags(reply.words or ""):
        live.tell(session, "safeguarding")
        return
    steps.move_reply(session, reply, ReplyState.waiting_collection, at=at)


def _decide(  # noqa: PLR0913 - each is a fact of the decision
    session: Session,
    reply: Reply,
    state: ReplyState,
    why: str,
    *,
    by: uuid.UUID,
    at: datetime,
) -> None:
    if reply.state not in {
        ReplyState.screened,
        ReplyState.held_safeguarding,
        ReplyState.waiting_collection,
    }:
        raise ReplyRefusedError("This answer is over already")
    if len(why.strip()) < LEAST_REASON_LETTERS:
        raise ReplyRefusedError("Write why, in a sentence")
    if reply.state is not state:
        steps.move_reply(session, reply, state, at=at)
    reply.decided_by, reply.why = by, why.strip()
    audit.note(session, audit.Act.reply_decided, at=at, who=by, about=reply.id)
