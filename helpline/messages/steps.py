"""Moving messages and replies from state to state, always by the table of steps."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import live
from helpline.messages.happenings import Reply
from helpline.messages.models import Message
from helpline.messages.states import MessageState, ReplyState, check_reply_step, check_step

_WITHOUT_APPROVAL = frozenset({MessageState.draft, MessageState.awaiting_approval})
TOPIC = "messages"
"""What consoles hear when a list of messages changed."""


def locked(session: Session, message_id: uuid.UUID) -> Message | None:
    """Read a message afresh and hold its row until the transaction ends."""
    return session.scalars(
        sa.select(Message)
        .where(Message.id == message_id)
        .with_for_update(of=Message)
        .execution_options(populate_existing=True)
    ).one_or_none()


def locked_reply(session: Session, reply_id: uuid.UUID) -> Reply | None:
    """Read a reply afresh and hold its row until the transaction ends."""
    return session.scalars(
        sa.select(Reply)
        .where(Reply.id == reply_id)
        .with_for_update(of=Reply)
        .execution_options(populate_existing=True)
    ).one_or_none()


def move(session: Session, message: Message, state: MessageState, *, at: datetime) -> None:
    """Move a message to another state; a draft, or one that waits for approval, has none.

    Raises:
        StepNotAllowedError: the table of steps does not have it.

    """
    check_step(message.state, state)
    if state in _WITHOUT_APPROVAL:
        message.approval_id = None
    if state is not MessageState.attempting:
        message.with_id = None
    message.state, message.state_since = state, at
    live.tell(session, TOPIC)
    session.flush()


def move_reply(session: Session, reply: Reply, state: ReplyState, *, at: datetime) -> None:
    """Move a reply to another state.

    Raises:
        StepNotAllowedError: the table of steps does not have it.

    """
    check_reply_step(reply.state, state)
    reply.state, reply.state_since = state, at
    live.tell(session, TOPIC)
    session.flush()
