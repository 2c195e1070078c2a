"""Texts that we send first (outreach), and people who want none of them any more.

Kept is a keyed fingerprint of the number and since when: no reason, no name (domain.md 7.5). It
ends outreach and nothing else: whoever writes to us is answered.
"""

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline import audit
from helpline.confidentiality.vault import VaultEntry
from helpline.contacts.models import Caller
from helpline.database import Base

ANSWERS_FOR = timedelta(days=7)
"""How long a text may still be an answer to an outreach text."""


class OutreachStop(Base):
    __tablename__ = "outreach_stop"

    number_mark: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True)
    since: Mapped[datetime]


def stop(session: Session, caller: Caller, *, at: datetime) -> None:
    """Send somebody no outreach any more. Asked twice, it is asked once."""
    mark = _mark(session, caller.number_token)
    if mark is None:
        return
    row = insert(OutreachStop).values(number_mark=mark, since=at)
    session.execute(row.on_conflict_do_nothing())
    audit.note(session, audit.Act.outreach_stopped, at=at, about=caller.id)


def lift(session: Session, caller: Caller, *, at: datetime) -> None:
    """Let outreach reach somebody again who asked for it."""
    mark = _mark(session, caller.number_token)
    if mark is None:
        return
    gone = session.execute(
        sa.delete(OutreachStop)
        .where(OutreachStop.number_mark == mark)
        .returning(OutreachStop.number_mark)
    ).first()
    if gone is not None:
        audit.note(session, audit.Act.outreach_allowed, at=at, about=caller.id)


def is_stopped(session: Session, number_token: uuid.UUID | None) -> bool:
    """Whether somebody wants no outreach."""
    mark = _mark(session, number_token)
    if mark is None:
        return False
    return bool(session.scalar(sa.select(sa.exists().where(OutreachStop.number_mark == mark))))


def sent(session: Session, caller_id: uuid.UUID, *, at: datetime) -> None:
    """Note that an outreach text left for somebody: their next text may answer it."""
    session.execute(sa.update(Caller).where(Caller.id == caller_id).values(last_outreach_at=at))


def may_answer(caller: Caller, *, at: datetime) -> bool:
    """Whether a text of theirs may be an answer to an outreach text."""
    return caller.last_outreach_at is not None and at - caller.last_outreach_at <= ANSWERS_FOR


def _mark(session: Session, number_token: uuid.UUID | None) -> bytes | None:
    if number_token is None:
        return None
    found: bytes | None = session.scalar(
        sa.select(VaultEntry.blind_index).where(VaultEntry.token == number_token)
    )
    return found
