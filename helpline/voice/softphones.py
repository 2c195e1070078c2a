"""Call-takers' browser phones: which are on, and how the carrier reaches them.

A browser phone says every half minute that it is there. While it is on, calls ring in the browser;
otherwise they ring at the desk or mobile phone as before.
"""

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline.accounts.models import StaffMember
from helpline.carrier import BrowserPhone
from helpline.database import Base, Instant
from helpline.statements import Written

# Two and a half times what a page takes between two signs of life.
LEASE = timedelta(seconds=75)
TOKEN_LIFE = timedelta(hours=1)
# A page asks for a token when it is opened and shortly before the last one ends.
BETWEEN_TOKENS = timedelta(seconds=2)


class TooOftenError(Exception):
    """Tokens are being asked for faster than any honest page does."""


class Softphone(Base):
    """Somebody's browser phone; no row, or an old one: it is off."""

    __tablename__ = "softphone"

    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"), primary_key=True)
    seen_at: Mapped[datetime | None]
    token_at: Mapped[datetime | None]


def identity(staff_id: uuid.UUID) -> str:
    """Return the name the carrier knows a browser phone by. It tells nothing about the person."""
    return f"taker_{staff_id.hex}"


def is_on(at: Instant) -> sa.ColumnElement[bool]:
    """Write the condition that a row of `StaffMember` has a browser phone that is on."""
    return sa.exists().where(Softphone.staff_id == StaffMember.id, Softphone.seen_at > at - LEASE)


_IS_ON = Written(
    lambda: sa.select(Softphone.staff_id).where(
        Softphone.staff_id == sa.bindparam("staff_id", type_=sa.Uuid),
        Softphone.seen_at > sa.bindparam("since", type_=sa.DateTime(timezone=True)),
    )
)


def phone_of(session: Session, staff_id: uuid.UUID, *, at: datetime) -> BrowserPhone | None:
    """Return where somebody's browser rings, or None while their browser phone is off."""
    is_off = _IS_ON.value(session, staff_id=staff_id, since=at - LEASE) is None
    return None if is_off else BrowserPhone(identity(staff_id))


def here(session: Session, staff_id: uuid.UUID, *, at: datetime) -> None:
    """Note a sign of life of a browser phone."""
    _write(session, staff_id, seen_at=at)


def gone(session: Session, staff_id: uuid.UUID) -> None:
    """Note that a browser phone was turned off."""
    _write(session, staff_id, seen_at=None)


def may_have_token(session: Session, staff_id: uuid.UUID, *, at: datetime) -> None:
    """Count a token that is about to be made.

    Raises:
        TooOftenError: the last one was made a moment ago.

    """
    last = session.scalar(sa.select(Softphone.token_at).where(Softphone.staff_id == staff_id))
    if last is not None and at - last < BETWEEN_TOKENS:
        raise TooOftenError
    _write(session, staff_id, token_at=at)


def _write(session: Session, staff_id: uuid.UUID, **values: datetime | None) -> None:
    row = insert(Softphone).values(staff_id=staff_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["staff_id"], set_=values))
