"""The table of call-outs: each time that we ring a person ourselves, why, and what came of it."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline.database import Base, Id
from helpline.statements import WrittenFor


class Ground(enum.StrEnum):
    """On what a call-out rests (domain.md 9, rule 1): never on a missed call alone."""

    cut_off = "cut_off"
    """They said in this call that we may ring back if the line is cut."""
    call_back = "call_back"
    """They chose to be rung back instead of waiting."""
    by_voice = "by_voice"
    """They agreed in a conversation by text to go on by telephone."""
    consent = "consent"
    """The ledger holds their agreement to be called back."""
    plan = "plan"
    """Their safe-to-contact plan says that we may ring."""
    message = "message"
    """A message that its author asked us to give them by telephone."""
    three_way = "three_way"
    """Both sides of Message Home want to talk, with one of us on the line."""


class Came(enum.StrEnum):
    """What came of a call-out."""

    taken = "taken"
    """Somebody pressed a key and was let in."""
    no_answer = "no_answer"
    busy = "busy"
    not_taken = "not_taken"
    """Picked up, and no key was pressed: a voicemail box, or somebody else."""
    failed = "failed"
    """The carrier would not ring it."""
    not_sure = "not_sure"
    """Nobody knows whether it rang: the carrier never said."""
    kept_back = "kept_back"
    """Consent or plan did not allow it at that moment."""
    own_phone = "own_phone"
    """The call-taker's own phone was not answered, so nobody else was rung."""
    taken_back = "taken_back"
    """The call-taker stopped it, or their phone went away."""
    rang_us = "rang_us"
    """They rang us meanwhile, and are on the line."""


REACHED_OUT = frozenset({Came.no_answer, Came.busy, Came.not_taken, Came.not_sure})
"""Their telephone rang, or may have: these are counted as tries."""


class CallOut(Base):
    """One ringing of one person. Under way until it is known what came of it."""

    __tablename__ = "call_out"

    id: Mapped[Id]
    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contact.id"))
    """In whose conference they talk."""
    caller_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("caller.id"))
    """Who is rung."""
    asked_by_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    """The call-taker, who is in the room first."""
    ground: Mapped[Ground]
    consent_id: Mapped[uuid.UUID | None]
    """The entry of the ledger; leads nowhere once whoever agreed is forgotten."""
    message_id: Mapped[uuid.UUID | None]
    """The message that is to be given; leads nowhere once that is forgotten."""
    number_token: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("vault_entry.token"))
    leg_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("leg.id"), unique=True)
    """Their telephone, once it may be rung."""
    made_at: Mapped[datetime]
    came: Mapped[Came | None]
    over_at: Mapped[datetime | None]

    __table_args__ = (
        # A person is rung by one call-taker at a time, whatever is pressed twice.
        sa.Index(
            "uq_call_out_under_way",
            "contact_id",
            unique=True,
            postgresql_where=sa.text("over_at IS NULL"),
        ),
        sa.Index("ix_call_out_caller", "caller_id", "made_at"),
        sa.Index("ix_call_out_contact", "contact_id", "made_at"),
    )


_UNDER_WAY = WrittenFor(
    CallOut,
    lambda out: sa.select(*out).where(
        CallOut.contact_id == sa.bindparam("contact_id", type_=sa.Uuid), CallOut.over_at.is_(None)
    ),
)


def under_way(session: Session, contact_id: uuid.UUID) -> CallOut | None:
    """Return the call-out of a contact of which nobody knows yet what comes of it."""
    return _UNDER_WAY.one(session, contact_id=contact_id)


def of_leg(session: Session, leg_id: uuid.UUID) -> CallOut | None:
    """Return the call-out by which a telephone is rung."""
    return session.scalars(
        sa.select(CallOut).where(CallOut.leg_id == leg_id).execution_options(populate_existing=True)
    ).one_or_none()


def newest(session: Session, contact_id: uuid.UUID) -> CallOut | None:
    """Return the last call-out of a contact, whatever came of it."""
    return session.scalars(
        sa.select(CallOut)
        .where(CallOut.contact_id == contact_id)
        .order_by(CallOut.made_at.desc())
        .limit(1)
    ).first()


def of_message(session: Session, message_id: uuid.UUID, staff_id: uuid.UUID) -> CallOut | None:
    """Return the last call-out of one call-taker for a message."""
    return session.scalars(
        sa.select(CallOut)
        .where(CallOut.message_id == message_id, CallOut.asked_by_id == staff_id)
        .order_by(CallOut.made_at.desc())
        .limit(1)
    ).first()


def tries_since(session: Session, caller_id: uuid.UUID, since: datetime) -> list[CallOut]:
    """List the call-outs that rang at a person's telephone, or may have, newest first."""
    return list(
        session.scalars(
            sa.select(CallOut)
            .where(
                CallOut.caller_id == caller_id,
                CallOut.made_at >= since,
                CallOut.came.in_(REACHED_OUT),
            )
            .order_by(CallOut.over_at.desc())
        )
    )
