"""Tables of the relay: who sends word to whom, under which reference, and what was asked first."""

import enum
import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpline.contacts.models import Caller
from helpline.database import Base, EncryptedText, Id
from helpline.messages.states import MessageState


class Wish(enum.StrEnum):
    """What the author wants of everybody at home. Binds every worker and every later message."""

    open = "open"
    out_only = "out_only"
    """Messages go out; nothing that is left for them is passed on."""
    none = "none"
    """No contact at all."""
    none_from_named = "none_from_named"
    """No contact with those that they name (`Party.is_unwanted`)."""


class Age(enum.StrEnum):
    adult = "adult"
    child = "child"
    not_known = "not_known"


class Level(enum.StrEnum):
    """How far we know that the author is who they say. Never a copy of a document."""

    L0 = "L0"
    """They say who they are."""
    L1 = "L1"
    """Name, date of birth, and a fact that the recipient can confirm."""
    L2 = "L2"
    """A known reference and word from an earlier contact."""


class ReturnPath(enum.StrEnum):
    """How the author will hear what comes back."""

    collect_only = "collect_only"
    """They ask for it, with reference and word. Nothing is ever pushed."""
    safe_number = "safe_number"


class Relation(enum.StrEnum):
    partner = "partner"
    parent = "parent"
    carer = "carer"
    sibling = "sibling"
    child = "child"
    other_family = "other_family"
    friend = "friend"
    somebody_else = "somebody_else"


class Way(enum.StrEnum):
    """How a message is given to its recipient."""

    call = "call"
    text = "text"
    page = "page"


class Harm(enum.StrEnum):
    """What the author said about abuse between them and the recipient."""

    not_asked = "not_asked"
    none = "none"
    recipient_harmed_author = "recipient_harmed_author"
    author_harmed_recipient = "author_harmed_recipient"
    not_sure = "not_sure"


class Order(enum.StrEnum):
    """A court order or bail condition about contact, in either direction."""

    not_asked = "not_asked"
    none = "none"
    protects_author = "protects_author"
    protects_recipient = "protects_recipient"
    not_sure = "not_sure"


class YesNo(enum.StrEnum):
    not_asked = "not_asked"
    yes = "yes"
    no = "no"
    not_sure = "not_sure"


class Thread(Base):
    """One person's relay: all word that goes from them and comes back to them."""

    __tablename__ = "message_thread"

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(unique=True)
    """Like `K7F-2QM`. The author remembers it, or writes it down under any name."""
    caller_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("caller.id"), index=True)
    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contact.id"))
    """The contact in which it began."""
    began_at: Mapped[datetime]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    rights_explained_at: Mapped[datetime]
    name: Mapped[str] = mapped_column(EncryptedText("message_thread.name"))
    """As the recipient knows them."""
    born: Mapped[str | None] = mapped_column(EncryptedText("message_thread.born"))
    name_mark: Mapped[bytes] = mapped_column(sa.LargeBinary, index=True)
    """Keyed fingerprint of the name: finds what was left for them, when they ask."""
    age: Mapped[Age]
    is_detained: Mapped[YesNo]
    """Under the Mental Health Act, or legally in somebody's care."""
    is_at_risk: Mapped[YesNo]
    """What they answered when asked about suicide and safety."""
    level: Mapped[Level]
    word_hash: Mapped[str]
    duress_hash: Mapped[str]
    """Of nothing that anybody could say where they chose no duress word: it takes as long."""
    wrong_tries: Mapped[int] = mapped_column(default=0)
    locked_at: Mapped[datetime | None]
    wish: Mapped[Wish] = mapped_column(default=Wish.open)
    return_path: Mapped[ReturnPath]
    safe_caller_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("caller.id"))
    """Whom the safe number reaches; its hours are their plan (`safe_contact`)."""
    stopped_at: Mapped[datetime | None]
    """A supervisor stopped everything, both ways: a death, or a doubt about who is who."""
    why_stopped: Mapped[str | None] = mapped_column(EncryptedText("message_thread.why_stopped"))
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)

    caller: Mapped[Caller] = relationship(foreign_keys=[caller_id], lazy="raise")
    parties: Mapped[list["Party"]] = relationship(
        order_by="Party.added_at", lazy="selectin", back_populates="thread"
    )

    __table_args__ = (
        sa.CheckConstraint(
            "(return_path = 'safe_number') = (safe_caller_id IS NOT NULL)",
            name="collect_only_has_no_number",
        ),
        sa.UniqueConstraint("id", "return_path", name="uq_message_thread_id_return_path"),
        sa.Index(
            "ix_message_thread_locked",
            "locked_at",
            postgresql_where=sa.text("locked_at IS NOT NULL"),
        ),
    )


class Party(Base):
    """Somebody at home: whom messages go to, and from whom replies come."""

    __tablename__ = "message_party"

    id: Mapped[Id]
    thread_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("message_thread.id"), index=True)
    added_at: Mapped[datetime]
    name: Mapped[str] = mapped_column(EncryptedText("message_party.name"))
    relation: Mapped[Relation]
    fact_asked: Mapped[str] = mapped_column(EncryptedText("message_party.fact_asked"))
    """What only they can answer. Asked before anything is said."""
    fact_answer: Mapped[str] = mapped_column(EncryptedText("message_party.fact_answer"))
    caller_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("caller.id"), index=True)
    """Whom the number that the author gave reaches; None once that person was forgotten."""
    way: Mapped[Way]
    stored_hours: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    """When it is good to reach them, as the author says; none means any time."""
    may_leave_voicemail: Mapped[bool] = mapped_column(default=False)
    """A neutral request to ring back, and nothing else."""
    may_text: Mapped[bool] = mapped_column(default=False)
    """The author agreed to a text or a page."""
    owner_confirmed_at: Mapped[datetime | None]
    """Somebody made sure that the number is the recipient's own."""
    owner_confirmed_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    is_unwanted: Mapped[bool] = mapped_column(default=False)
    """The author wants nothing to do with them (`Wish.none_from_named`)."""
    wants_no_more_at: Mapped[datetime | None]
    """The recipient wants to hear nothing more."""
    wants_to_talk: Mapped[bool] = mapped_column(default=False)
    """The recipient would take a three-way call."""
    harm: Mapped[Harm] = mapped_column(default=Harm.not_asked)
    order: Mapped[Order] = mapped_column("court_order", default=Order.not_asked)
    is_monitored: Mapped[YesNo] = mapped_column(default=YesNo.not_asked)
    """The number is shared, or somebody watches it."""
    unsafe_others: Mapped[str | None] = mapped_column(EncryptedText("message_party.unsafe_others"))
    """Whom else it would be unsafe for us to reach."""
    answered_at: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]
    """What stood against it was decided by somebody who may; gone when an answer changes."""
    cleared_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    why_cleared: Mapped[str | None] = mapped_column(EncryptedText("message_party.why_cleared"))
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)

    thread: Mapped[Thread] = relationship(lazy="joined", innerjoin=True, back_populates="parties")


class Message(Base):
    """Exact words from an author to one recipient."""

    __tablename__ = "message"

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True))
    party_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("message_party.id"), index=True)
    contact_id: Mapped[uuid.UUID]
    """The contact in which it was taken; leads nowhere once that is forgotten."""
    state: Mapped[MessageState] = mapped_column(default=MessageState.draft)
    state_since: Mapped[datetime]
    words: Mapped[str | None] = mapped_column(EncryptedText("message.words"))
    """None once they were forgotten."""
    scopes: Mapped[list[str]]
    """What else may be told: `consent.Scope` values. Nothing, unless somebody agreed."""
    area: Mapped[str | None] = mapped_column(EncryptedText("message.area"))
    """The area that may be told, in the author's words, where that was agreed."""
    reply_to: Mapped[str | None] = mapped_column(EncryptedText("message.reply_to"))
    """The number or address that may be given to reply to, where that was agreed."""
    level: Mapped[Level]
    written_at: Mapped[datetime]
    written_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    read_back_at: Mapped[datetime | None]
    consent_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("consent_entry.id"))
    """What they agreed to after it was read back; None while they have not."""
    approval_id: Mapped[uuid.UUID | None]
    """The approval that holds for these words; None after every edit."""
    sent_back_why: Mapped[str | None] = mapped_column(EncryptedText("message.sent_back_why"))
    """What the second person wants changed."""
    with_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    """Who is about to give it."""
    last_with_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    """Who took the task last: may still say what happened, if it was stopped meanwhile."""
    next_try_at: Mapped[datetime | None]
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)

    party: Mapped[Party] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        sa.Index("ix_message_state", "state", "state_since"),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'attempting') OR approval_id IS NOT NULL",
            name="goes_only_when_approved",
        ),
    )
