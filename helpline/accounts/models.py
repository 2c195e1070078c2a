"""Tables of staff, their sign-ins and their shifts."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpline.database import Base, Id


class Role(enum.StrEnum):
    call_taker = "call_taker"
    supervisor = "supervisor"
    safeguarding_lead = "safeguarding_lead"
    partner_liaison = "partner_liaison"
    administrator = "administrator"
    data_protection_officer = "data_protection_officer"


class Availability(enum.StrEnum):
    off_shift = "off_shift"
    ready = "ready"
    busy = "busy"
    """On a call. Set by the call itself, never by hand."""
    wrapping_up = "wrapping_up"
    away = "away"


class StaffMember(Base):
    __tablename__ = "staff_member"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(unique=True)
    """Lower case."""
    display_name: Mapped[str]
    role: Mapped[Role]
    password_hash: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)
    works_with_families: Mapped[bool] = mapped_column(default=False)
    """In the family team: may open families' records."""
    phone_token: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("vault_entry.token"))
    """The desk or mobile phone that rings."""
    availability: Mapped[Availability] = mapped_column(default=Availability.off_shift)
    availability_since: Mapped[datetime]
    ready_since: Mapped[datetime | None]
    """Longest free first: kept while ready, cleared otherwise."""

    __table_args__ = (
        sa.Index(
            "ix_staff_member_ready",
            "ready_since",
            postgresql_where=sa.text("availability = 'ready'"),
        ),
    )


class SignIn(Base):
    """One browser in which somebody is signed in."""

    __tablename__ = "sign_in"

    id: Mapped[Id]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"), index=True)
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    staff: Mapped[StaffMember] = relationship()


class FailedSignIn(Base):
    """A wrong password, kept for as long as it slows down guessing. No address in clear."""

    __tablename__ = "failed_sign_in"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    who: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Blind index of what was typed as e-mail address."""
    at: Mapped[datetime]

    __table_args__ = (sa.Index("ix_failed_sign_in_who_at", "who", "at"),)


class AvailabilityChange(Base):
    """The history of one person's shift, a row for each change."""

    __tablename__ = "availability_change"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"), index=True)
    at: Mapped[datetime]
    availability: Mapped[Availability]
    by_hand: Mapped[bool]
