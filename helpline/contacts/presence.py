"""Who else has a contact open, and who is writing: short-lived, and never a word of it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline import live
from helpline.accounts.models import StaffMember
from helpline.database import Base

LOOKS_FOR = timedelta(seconds=45)
"""How long somebody counts as looking after their page last said so; it does every 20 s."""
WRITES_FOR = timedelta(seconds=10)
"""How long somebody counts as writing after their last key."""


class Presence(Base):
    """That somebody has a contact open. Deleted by the next one who looks."""

    __tablename__ = "presence"

    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contact.id"), primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"), primary_key=True)
    seen_at: Mapped[datetime]
    wrote_at: Mapped[datetime | None]

    __table_args__ = (sa.Index("ix_presence_seen", "seen_at"),)


@dataclass(frozen=True)
class Present:
    name: str
    is_writing: bool


def here(
    session: Session,
    contact_id: uuid.UUID,
    staff_id: uuid.UUID,
    *,
    is_writing: bool,
    at: datetime,
) -> None:
    """Note that somebody has a contact open; colleagues are told only when something changed."""
    before = session.get(Presence, (contact_id, staff_id), populate_existing=True)
    was_here = before is not None and before.seen_at > at - LOOKS_FOR
    was_writing = before is not None and _writes(before, at)
    _forget_old(session, at)
    row = insert(Presence).values(
        contact_id=contact_id,
        staff_id=staff_id,
        seen_at=at,
        wrote_at=at if is_writing else None,
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=["contact_id", "staff_id"],
            set_={"seen_at": row.excluded.seen_at, "wrote_at": row.excluded.wrote_at},
        )
    )
    if not was_here or was_writing != is_writing:
        live.tell(session, f"presence:{contact_id}")


def gone(session: Session, contact_id: uuid.UUID, staff_id: uuid.UUID) -> None:
    """Note that somebody closed a contact's page."""
    session.execute(
        sa.delete(Presence).where(Presence.contact_id == contact_id, Presence.staff_id == staff_id)
    )
    live.tell(session, f"presence:{contact_id}")


def others(
    session: Session, contact_id: uuid.UUID, staff_id: uuid.UUID, *, at: datetime
) -> Sequence[Present]:
    """List who else has a contact open, by name."""
    rows = session.execute(
        sa.select(Presence, StaffMember.display_name)
        .join(StaffMember, StaffMember.id == Presence.staff_id)
        .where(
            Presence.contact_id == contact_id,
            Presence.staff_id != staff_id,
            Presence.seen_at > at - LOOKS_FOR,
        )
        .order_by(StaffMember.display_name)
        .limit(20)
    ).all()
    return [Present(name, _writes(row, at)) for row, name in rows]


def _writes(row: Presence, at: datetime) -> bool:
    return row.wrote_at is not None and row.wrote_at > at - WRITES_FOR


def _forget_old(session: Session, at: datetime) -> None:
    old = (
        sa.select(Presence.contact_id, Presence.staff_id)
        .where(Presence.seen_at < at - 2 * LOOKS_FOR)
        .limit(100)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        sa.delete(Presence).where(sa.tuple_(Presence.contact_id, Presence.staff_id).in_(old))
    )
