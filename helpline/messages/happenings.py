"""Tables of what happened to a message: approvals, tries, links, replies, and all that was sent."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpline.contacts.enquiries import Enquiry
from helpline.database import Base, EncryptedText, Id
from helpline.messages.models import Party, ReturnPath
from helpline.messages.states import ReplyState

_APPEND_ONLY = {"info": {"append_only": True}}


class Ground(enum.StrEnum):
    """On what an approval rests."""

    second_person = "second_person"
    known_recipient = "known_recipient"
    """They were given a message before, and nothing is marked in this one."""
    training = "training"


class Approval(Base):
    """Somebody read these very words and let them go. Holds for no others."""

    __tablename__ = "message_approval"

    id: Mapped[Id]
    message_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("message.id"), index=True)
    at: Mapped[datetime]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    ground: Mapped[Ground]
    words_mark: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Keyed fingerprint of the words and of all that may be told with them."""
    passed_flags: Mapped[list[str]]
    """Marks of the release check that they passed all the same (`checks.flag_key`)."""
    why: Mapped[str | None] = mapped_column(EncryptedText("message_approval.why"))

    __table_args__ = (_APPEND_ONLY,)


class Outcome(enum.StrEnum):
    """What came of one try to give a message."""

    no_answer = "no_answer"
    voicemail = "voicemail"
    """A neutral request to ring back was left."""
    somebody_else = "somebody_else"
    not_verified = "not_verified"
    not_taken = "not_taken"
    """We rang; it was picked up, and nobody took the call: perhaps a machine."""
    given = "given"
    refused = "refused"
    order_disclosed = "order_disclosed"
    """They told us of a court order: everything stops."""
    promised = "promised"
    """The carrier was asked to send the text or the link."""
    not_sent = "not_sent"
    opened = "opened"
    """The page was opened with the right answer."""


class Attempt(Base):
    __tablename__ = "message_attempt"

    id: Mapped[Id]
    message_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("message.id"), index=True)
    at: Mapped[datetime]
    staff_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    outcome: Mapped[Outcome]
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)

    __table_args__ = (_APPEND_ONLY,)


class Link(Base):
    """A page that one recipient may open once. Its token stands nowhere, only a fingerprint."""

    __tablename__ = "message_link"

    id: Mapped[Id]
    message_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("message.id"), index=True)
    token_mark: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)
    reply_mark: Mapped[bytes | None] = mapped_column(sa.LargeBinary, unique=True)
    """Of the second token, with which they may answer."""
    made_at: Mapped[datetime]
    until: Mapped[datetime]
    wrong_tries: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """Too many wrong answers, or the message was stopped."""


class Reply(Base):
    """Exact words from somebody at home, held until the author asks for them."""

    __tablename__ = "message_reply"

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True))
    party_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("message_party.id"), index=True)
    at: Mapped[datetime]
    staff_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    """Who took it down; None where they wrote it on their page."""
    state: Mapped[ReplyState] = mapped_column(default=ReplyState.received)
    state_since: Mapped[datetime]
    words: Mapped[str | None] = mapped_column(EncryptedText("message_reply.words"))
    words_mark: Mapped[bytes] = mapped_column(sa.LargeBinary)
    decided_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    why: Mapped[str | None] = mapped_column(EncryptedText("message_reply.why"))
    """Why a supervisor held it, or let it pass although something was marked."""
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)

    party: Mapped[Party] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (sa.Index("ix_message_reply_state", "state", "state_since"),)


class LeftMessage(Base):
    """A message for somebody who may or may not ever have been in touch (an enquiry's message).

    Nothing is looked up when it is left; it is found when its person asks.
    """

    __tablename__ = "left_message"

    enquiry_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("enquiry.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[ReplyState]
    state_since: Mapped[datetime]
    name_mark: Mapped[bytes | None] = mapped_column(sa.LargeBinary, index=True)
    """Keyed fingerprint of the name of whom it is for, as a supervisor read it."""
    decided_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    given_in: Mapped[uuid.UUID | None]
    """The thread of whoever collected it; leads nowhere once that person is forgotten."""

    enquiry: Mapped[Enquiry] = relationship(lazy="joined", innerjoin=True)


class Proof(Base):
    """That whoever is in a contact gave the reference and the word of a thread."""

    __tablename__ = "message_proof"

    id: Mapped[Id]
    thread_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("message_thread.id"))
    contact_id: Mapped[uuid.UUID] = mapped_column(index=True)
    """Leads nowhere once that contact is forgotten."""
    at: Mapped[datetime]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    is_duress: Mapped[bool]


class WrongTry(Base):
    """That somebody in a contact gave a reference and word that open nothing."""

    __tablename__ = "message_wrong_try"

    id: Mapped[Id]
    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contact.id"), index=True)
    at: Mapped[datetime]


class AlertKind(enum.StrEnum):
    duress = "duress"
    locked = "locked"
    unsafe = "unsafe"
    """A child, an order or violence: somebody has to decide before anything goes."""
    not_confirmed = "not_confirmed"
    """Nobody knows whether a text left."""


class Alert(Base):
    """Something about a thread that supervisors and safeguarding leads must look at."""

    __tablename__ = "message_alert"

    id: Mapped[Id]
    thread_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("message_thread.id"))
    contact_id: Mapped[uuid.UUID | None]
    kind: Mapped[AlertKind]
    at: Mapped[datetime]
    seen_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    seen_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index("ix_message_alert_open", "at", postgresql_where=sa.text("seen_at IS NULL")),
    )


class Nudge(Base):
    """A neutral sign to the author that it is worth being in touch. Only to a safe number."""

    __tablename__ = "message_nudge"

    id: Mapped[Id]
    thread_id: Mapped[uuid.UUID] = mapped_column(index=True)
    return_path: Mapped[ReturnPath | None]
    """Ties an open nudge to a thread that has a safe number; None once it is over."""
    at: Mapped[datetime]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    consent_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consent_entry.id"))
    over_at: Mapped[datetime | None]
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)

    __table_args__ = (
        sa.ForeignKeyConstraint(["thread_id"], ["message_thread.id"]),
        # With "collect only" no row can stand here, whatever a program tries.
        sa.ForeignKeyConstraint(
            ["thread_id", "return_path"],
            ["message_thread.id", "message_thread.return_path"],
            name="fk_message_nudge_only_to_a_safe_number",
        ),
        sa.CheckConstraint(
            "over_at IS NOT NULL OR return_path IS NOT DISTINCT FROM 'safe_number'",
            name="only_to_a_safe_number",
        ),
    )


class PoliceNotice(Base):
    """That the police are told "safe": which force, which words. A person does it, by hand."""

    __tablename__ = "message_police_notice"

    id: Mapped[Id]
    thread_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("message_thread.id"), index=True)
    at: Mapped[datetime]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    force: Mapped[str] = mapped_column(EncryptedText("message_police_notice.force"))
    words: Mapped[str] = mapped_column(EncryptedText("message_police_notice.words"))
    consent_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consent_entry.id"))
    told_at: Mapped[datetime | None]
    told_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    force_reference: Mapped[str | None] = mapped_column(
        EncryptedText("message_police_notice.force_reference")
    )
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)


class Side(enum.StrEnum):
    """Who was told something."""

    recipient = "recipient"
    author = "author"
    police = "police"


class Told(enum.StrEnum):
    """What they were told."""

    message = "message"
    link = "link"
    """That there is a page to open; whose word it is stands on the page only."""
    voicemail = "voicemail"
    reply = "reply"
    left_message = "left_message"
    nudge = "nudge"
    police_notice = "police_notice"


class Sending(Base):
    """One thing that left us for somebody: the record from which the proof is made."""

    __tablename__ = "message_sending"

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), unique=True)
    thread_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("message_thread.id"), index=True)
    party_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("message_party.id"))
    side: Mapped[Side]
    told: Mapped[Told]
    about: Mapped[uuid.UUID] = mapped_column(index=True)
    """The message, reply, link, nudge or notice."""
    at: Mapped[datetime]
    by_text: Mapped[bool]
    staff_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    promise_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    """The promise by which it left; None where somebody said it or a page showed it."""
    consent_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("consent_entry.id"))
    """The agreement on which it rests; a reply rests on the author's asking for it."""
    proof_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("message_proof.id"))
    words_mark: Mapped[bytes] = mapped_column(sa.LargeBinary)

    __table_args__ = (
        sa.CheckConstraint("(consent_id IS NULL) <> (proof_id IS NULL)", name="rests_on_something"),
        _APPEND_ONLY,
    )
