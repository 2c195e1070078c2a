"""Which rows of the relay are whose, for whoever forgets a person.

All of a thread is its author's. Somebody at home leaves no row of their own in it but the tie to
their number, and the safe number is let go when its owner is forgotten.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.database import Base
from helpline.messages.happenings import (
    Alert,
    Approval,
    Attempt,
    Link,
    Nudge,
    PoliceNotice,
    Proof,
    Reply,
    Sending,
    WrongTry,
)
from helpline.messages.models import Message, Party, ReturnPath, Thread
from helpline.messages.states import OVER, REPLY_OVER

Condition = sa.ColumnElement[bool]
Rows = Callable[[uuid.UUID, Sequence[uuid.UUID]], Condition]


def _threads(caller_id: uuid.UUID) -> sa.Select[uuid.UUID]:
    return sa.select(Thread.id).where(Thread.caller_id == caller_id)


def _parties(caller_id: uuid.UUID) -> sa.Select[uuid.UUID]:
    return sa.select(Party.id).where(Party.thread_id.in_(_threads(caller_id)))


def _messages(caller_id: uuid.UUID) -> sa.Select[uuid.UUID]:
    return sa.select(Message.id).where(Message.party_id.in_(_parties(caller_id)))


ROWS: Mapping[type[Base], Rows] = {
    Thread: lambda caller_id, _: Thread.caller_id == caller_id,
    Party: lambda caller_id, _: Party.thread_id.in_(_threads(caller_id)),
    Message: lambda caller_id, _: Message.party_id.in_(_parties(caller_id)),
    Approval: lambda caller_id, _: Approval.message_id.in_(_messages(caller_id)),
    Attempt: lambda caller_id, _: Attempt.message_id.in_(_messages(caller_id)),
    Link: lambda caller_id, _: Link.message_id.in_(_messages(caller_id)),
    Reply: lambda caller_id, _: Reply.party_id.in_(_parties(caller_id)),
    Proof: lambda caller_id, _: Proof.thread_id.in_(_threads(caller_id)),
    Alert: lambda caller_id, _: Alert.thread_id.in_(_threads(caller_id)),
    Nudge: lambda caller_id, _: Nudge.thread_id.in_(_threads(caller_id)),
    PoliceNotice: lambda caller_id, _: PoliceNotice.thread_id.in_(_threads(caller_id)),
    Sending: lambda caller_id, _: Sending.thread_id.in_(_threads(caller_id)),
    WrongTry: lambda _, contact_ids: WrongTry.contact_id.in_(contact_ids),
}
"""By table: the rows of one caller, given their id and the ids of their contacts."""


def forget_words(
    session: Session, over_before: datetime, held: sa.Select[uuid.UUID], *, most: int
) -> dict[str, int]:
    """Let go of the words of messages and replies that were over before an instant.

    `held`: the callers about whom everything has to be kept. Says how many there were.
    """
    gone = {}
    kept = (
        sa.select(Party.id)
        .join(Thread, Thread.id == Party.thread_id)
        .where(Thread.caller_id.in_(held))
    )
    for table, is_over, words in (
        (Message, Message.state.in_(OVER), ("words", "area", "reply_to", "sent_back_why")),
        (Reply, Reply.state.in_(REPLY_OVER), ("words",)),
    ):
        due = (
            sa.select(table.id)
            .where(
                is_over,
                table.words.is_not(None),
                table.state_since < over_before,
                table.party_id.not_in(kept),
            )
            .limit(most)
        )
        done = session.execute(
            sa.update(table)
            .where(table.id.in_(due))
            .values(dict.fromkeys(words))
            .returning(table.id),
            execution_options={"synchronize_session": False},
        ).all()
        gone[f"{table.__tablename__}.words"] = len(done)
    return gone


def untie(session: Session, caller_id: uuid.UUID) -> None:
    """Let other people's threads no longer refer to a caller who is to be forgotten."""
    safe = sa.select(Thread.id).where(
        Thread.safe_caller_id == caller_id, Thread.caller_id != caller_id
    )
    for table, condition, values in (
        (Party, Party.caller_id == caller_id, {"caller_id": None}),
        (
            Nudge,
            sa.and_(Nudge.thread_id.in_(safe), Nudge.over_at.is_(None)),
            {"over_at": sa.func.now(), "return_path": None},
        ),
        (
            Thread,
            Thread.id.in_(safe),
            {"safe_caller_id": None, "return_path": ReturnPath.collect_only},
        ),
    ):
        session.execute(
            sa.update(table).where(condition).values(values),
            execution_options={"synchronize_session": False},
        )
