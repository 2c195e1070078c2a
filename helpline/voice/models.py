"""Tables of calls: a leg for each telephone in one, a bridge for each partner brought onto one."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpline.accounts.models import StaffMember
from helpline.contacts.models import Contact
from helpline.database import Base, Id
from helpline.directory.models import Partner


class LegRole(enum.StrEnum):
    caller = "caller"
    call_taker = "call_taker"
    """Whoever has the contact, or is being offered it."""
    partner = "partner"
    """A third person brought onto the call: a social worker, a duty team (the bridge)."""
    colleague = "colleague"
    """A call-taker to whom the call is to be handed over."""
    supervisor = "supervisor"
    """Listens, whispers or joins in."""
    switchboard = "switchboard"
    """Somebody else's, to which a kind of call goes for some hours (`diverts.py`)."""


class LegState(enum.StrEnum):
    promised = "promised"
    ringing = "ringing"
    answered = "answered"
    """A call-taker's phone was picked up: by a person or a voicemail box, nobody knows yet."""
    accepted = "accepted"
    """A person pressed 1 and has the contact."""
    joined = "joined"
    ended = "ended"


RANK = {state: rank for rank, state in enumerate(LegState)}
"""A leg only moves up; `ended` is final. Late and repeated events therefore do no harm."""


PARTIES = frozenset({LegRole.partner, LegRole.colleague, LegRole.supervisor, LegRole.switchboard})
"""Who may be in a call beside the caller and the call-taker who has it (`parties.py`)."""


class Manner(enum.StrEnum):
    """How a supervisor is in a call. The first is the safe one, to which everything falls back."""

    listen = "listen"
    """Hears everybody and is heard by nobody."""
    whisper = "whisper"
    """Is heard by the call-taker alone."""
    join_in = "join_in"
    """Is heard by everybody."""


class ListenBecause(enum.StrEnum):
    """Why a supervisor listens: nobody does without a reason on record."""

    help_asked = "help_asked"
    alarm = "alarm"
    quality = "quality"
    training = "training"


class LegEnding(enum.StrEnum):
    hung_up = "hung_up"
    not_answered = "not_answered"
    declined = "declined"
    failed = "failed"
    cancelled = "cancelled"
    lost = "lost"
    """The carrier never said what became of it."""


class Bridge(Base):
    """One partner whom a call-taker brings into a call. Whom of them is rung, its legs say."""

    __tablename__ = "bridge"

    id: Mapped[Id]
    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contact.id"), index=True)
    partner_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("partner.id"))
    opened_by_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    opened_at: Mapped[datetime]
    consent_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("consent_entry.id"))
    """What the caller agreed to, and on which conditions."""
    disclosure_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("disclosure.id", ondelete="SET NULL")
    )
    """Why the partner is told without their agreement; forgotten in its own time."""
    joined_at: Mapped[datetime | None]
    """When caller and partner were first brought together."""
    closed_at: Mapped[datetime | None]

    partner: Mapped[Partner] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        sa.CheckConstraint("num_nonnulls(consent_id, disclosure_id) < 2", name="has_one_ground"),
        sa.Index(
            "uq_bridge_open",
            "contact_id",
            "partner_id",
            unique=True,
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
    )


_LIVE_CALL_TAKER = sa.text("role = 'call_taker' AND state <> 'ended'")


class Leg(Base):
    __tablename__ = "leg"

    id: Mapped[Id]
    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contact.id"))
    role: Mapped[LegRole]
    staff_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    partner_number_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("partner_number.id"))
    """Which rung of which partner is rung; its number is read from the vault only then."""
    asked_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    """Who wanted this party in the call."""
    is_held: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Hears words of company and nobody else; what was asked of the carrier last."""
    is_muted: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Hears everybody and isn't heard."""
    manner: Mapped[Manner | None]
    """Supervisors only: how they are in the call, or will be once they are in it."""
    whispers_to_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("leg.id"))
    """The one leg that hears them while they whisper. With its end they are unheard."""
    listens_because: Mapped[ListenBecause | None]
    bridge_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("bridge.id"), index=True)
    """For which bridge a partner is rung."""
    takes_over: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """A colleague to whom the call goes as soon as they are in the room."""
    call_sid: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[LegState]
    made_at: Mapped[datetime]
    joined_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[LegEnding | None]
    menu_at: Mapped[datetime | None]
    """When a waiting caller was last given a choice of what to do."""
    is_in_menu: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Hears that choice now, outside the conference: no phone rings for them meanwhile."""

    contact: Mapped[Contact] = relationship()
    staff: Mapped[StaffMember | None] = relationship(lazy="joined", foreign_keys="Leg.staff_id")

    __table_args__ = (
        sa.Index("ix_leg_contact", "contact_id", "made_at"),
        # A contact is offered to one call-taker at a time, and a call-taker gets one offer.
        sa.Index(
            "uq_leg_offered_contact", "contact_id", unique=True, postgresql_where=_LIVE_CALL_TAKER
        ),
        sa.Index(
            "uq_leg_offered_staff", "staff_id", unique=True, postgresql_where=_LIVE_CALL_TAKER
        ),
        sa.Index("ix_leg_live", "made_at", postgresql_where=sa.text("state <> 'ended'")),
    )
