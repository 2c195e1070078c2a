"""Tables of signposting: what was given to whom, and needs for which nothing was found."""

import enum
import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpline.database import Base, EncryptedText, Id
from helpline.directory.models import Service, ServiceVersion


class SignpostState(enum.StrEnum):
    offered = "offered"
    accepted = "accepted"
    declined = "declined"


STEPS: dict[SignpostState, frozenset[SignpostState]] = {
    SignpostState.offered: frozenset({SignpostState.accepted, SignpostState.declined}),
    SignpostState.accepted: frozenset({SignpostState.declined}),
    SignpostState.declined: frozenset({SignpostState.accepted}),
}
"""Which state may follow which: people change their minds."""


class TextStanding(enum.StrEnum):
    """How the text with a service's details stands. Moves up only."""

    waiting = "waiting"
    not_confirmed = "not_confirmed"
    sent = "sent"
    failed = "failed"
    delivered = "delivered"


class Outcome(enum.StrEnum):
    """What came of it, as the person told us later."""

    helped = "helped"
    did_not_help = "did_not_help"
    could_not_reach = "could_not_reach"
    turned_away = "turned_away"
    did_not_try = "did_not_try"
    not_known = "not_known"


class Signpost(Base):
    """One service given in one contact, in the version that was shown."""

    __tablename__ = "signpost"

    id: Mapped[Id]
    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contact.id"))
    service_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("service.id"), index=True)
    version_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("service_version.id"))
    """What was shown at that moment, whatever the directory says later."""
    topic: Mapped[str]
    """What it was given for: a code of the directory's topics; empty if none is known."""
    state: Mapped[SignpostState]
    given_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    given_at: Mapped[datetime]
    called_at: Mapped[datetime | None]
    """When the service was called for them."""
    text_words: Mapped[str | None] = mapped_column(EncryptedText("signpost.text_words"))
    text_standing: Mapped[TextStanding | None]
    texted_at: Mapped[datetime | None]
    follow_up_on: Mapped[date | None]
    outcome: Mapped[Outcome | None]
    outcome_at: Mapped[datetime | None]
    outcome_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)

    service: Mapped[Service] = relationship(lazy="joined", innerjoin=True)
    version: Mapped[ServiceVersion] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        # Given once in a contact: what changes afterwards is how they took it.
        sa.UniqueConstraint("contact_id", "service_id"),
        sa.Index(
            "ix_signpost_due",
            "follow_up_on",
            postgresql_where=sa.text("follow_up_on IS NOT NULL AND outcome IS NULL"),
        ),
        sa.Index("ix_signpost_given", "given_at"),
    )


class UnmetNeed(Base):
    """A need for which the directory had nothing. Where the person is, is not kept."""

    __tablename__ = "unmet_need"

    id: Mapped[Id]
    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contact.id"), index=True)
    topic: Mapped[str]
    at: Mapped[datetime]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))

    __table_args__ = (
        sa.UniqueConstraint("contact_id", "topic"),
        sa.Index("ix_unmet_need_at", "at"),
    )
