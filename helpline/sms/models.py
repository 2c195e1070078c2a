"""The table of texts."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpline.accounts.models import StaffMember
from helpline.carrier import Sender
from helpline.confidentiality.safe_contact import KeptBack
from helpline.database import Base, EncryptedText, IdByTime


class Direction(enum.StrEnum):
    inbound = "inbound"
    outbound = "outbound"


class TextState(enum.StrEnum):
    received = "received"
    waiting = "waiting"
    """Promised; no worker has sent it yet, or the carrier asked us to wait."""
    held = "held"
    """Kept back by the person's safe-to-contact plan until `held_until`."""
    accepted = "accepted"
    """The carrier has it."""
    sent = "sent"
    not_confirmed = "not_confirmed"
    """It may or may not have been sent. A person decides."""
    failed = "failed"
    taken_back = "taken_back"
    """A person decided not to send it after all."""
    delivered = "delivered"


class Automatic(enum.StrEnum):
    """A text that we write by ourselves; each is a file of words in templates/wording/texts."""

    acknowledgement = "acknowledgement"
    out_of_hours = "out_of_hours"
    surge = "surge"


RANK = {
    TextState.waiting: 0,
    TextState.held: 0,
    TextState.not_confirmed: 1,
    TextState.accepted: 2,
    TextState.sent: 3,
    TextState.failed: 4,
    TextState.taken_back: 4,
    TextState.delivered: 5,
}
"""An outbound text only moves up. `delivered` may follow `failed`: a phone switched on later."""


class Text(Base):
    __tablename__ = "text"

    id: Mapped[IdByTime]
    number: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True))
    """Order within a conversation."""
    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contact.id"))
    direction: Mapped[Direction]
    words: Mapped[str] = mapped_column(EncryptedText("text.words"))
    at: Mapped[datetime]
    state: Mapped[TextState]
    state_since: Mapped[datetime]
    staff_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    carrier_sid: Mapped[str | None]
    code: Mapped[int | None]
    """The carrier's reason, where a text failed."""
    pictures: Mapped[int] = mapped_column(default=0)
    kept_back: Mapped[KeptBack | None]
    """Why it was held or not sent, where it was we who did not let it go."""
    held_until: Mapped[datetime | None]
    form_key: Mapped[uuid.UUID | None]
    """The form it came from: the same form posted twice is one text."""
    automatic: Mapped[Automatic | None]
    sender: Mapped[Sender] = mapped_column(
        default=Sender.conversation, server_default=Sender.conversation.value
    )
    """From which of our numbers it left, or to which it came."""
    saved_reply_version_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("saved_reply_version.id")
    )
    """The saved reply that it was begun from."""
    sent_again_as: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("text.id"))

    staff: Mapped[StaffMember | None] = relationship(lazy="joined")

    __table_args__ = (
        # Sorted when it is read: an incoming text looks at all of its conversation anyway.
        sa.Index("ix_text_of_contact", "contact_id"),
        sa.Index("ix_text_sid", "carrier_sid", postgresql_using="hash"),
        sa.Index(
            "uq_text_form",
            "form_key",
            unique=True,
            postgresql_where=sa.text("form_key IS NOT NULL"),
        ),
    )
