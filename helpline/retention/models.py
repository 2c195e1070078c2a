"""Tables of legal holds, requests by people about their own data, and what was forgotten."""

import enum
import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpline.accounts.models import StaffMember
from helpline.contacts.models import Caller
from helpline.database import Base, EncryptedText, Id


class LegalHold(Base):
    """Stops forgetting and erasure of one caller, until a day or until it is lifted."""

    __tablename__ = "legal_hold"

    id: Mapped[Id]
    caller_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("caller.id"), index=True)
    placed_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    placed_at: Mapped[datetime]
    why: Mapped[str] = mapped_column(EncryptedText("legal_hold.why"))
    until: Mapped[date | None]
    """The last day; None holds until it is lifted."""
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)

    placer: Mapped[StaffMember] = relationship(foreign_keys=placed_by, lazy="joined")


class RightsKind(enum.StrEnum):
    subject_access = "subject_access"
    erasure = "erasure"


class AskedBy(enum.StrEnum):
    """Who asks. Only the person themselves, or somebody with written authority, is answered."""

    themselves = "themselves"
    with_authority = "with_authority"
    relative = "relative"
    somebody_else = "somebody_else"


class Verified(enum.StrEnum):
    """How we know that it is them (domain.md 7.13: reference and word, not just a passport)."""

    reference_and_word = "reference_and_word"
    same_conversation = "same_conversation"
    """They ask in a conversation from the telephone that it is about."""
    known_facts = "known_facts"
    """They told us what only they and we know."""
    not_verified = "not_verified"


class RequestState(enum.StrEnum):
    open = "open"
    done = "done"
    refused = "refused"


class Refusal(enum.StrEnum):
    not_verified = "not_verified"
    not_their_own = "not_their_own"
    legal_hold = "legal_hold"
    serious_harm = "serious_harm"
    """Giving it would be likely to cause serious harm to somebody (domain.md 7.13)."""
    withdrawn = "withdrawn"


class RightsRequest(Base):
    """Somebody asks for their data, or to be forgotten. Outlives the person's data, without it."""

    __tablename__ = "rights_request"

    id: Mapped[Id]
    kind: Mapped[RightsKind]
    asked_by: Mapped[AskedBy]
    verified: Mapped[Verified]
    mark: Mapped[bytes] = mapped_column(sa.LargeBinary, index=True)
    """Keyed fingerprint of the caller's reference: whoever has it can be told what was decided."""
    caller_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("caller.id"), index=True)
    """None where the reference is nobody's, or the person was erased."""
    received_at: Mapped[datetime]
    due_on: Mapped[date]
    """One calendar month later."""
    logged_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    state: Mapped[RequestState] = mapped_column(default=RequestState.open)
    refusal: Mapped[Refusal | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    decided_at: Mapped[datetime | None]
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)

    caller: Mapped[Caller | None] = relationship(lazy="joined")

    __table_args__ = (
        sa.Index("ix_rights_request_open", "due_on", postgresql_where=sa.text("state = 'open'")),
    )


class ForgottenRows(Base):
    """What was deleted, without what it said: which rule, which table, how many rows."""

    __tablename__ = "retention_log"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    rule: Mapped[str]
    kind: Mapped[str]
    how_many: Mapped[int]

    __table_args__ = ({"info": {"append_only": True}},)
