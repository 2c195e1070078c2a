"""Tables of TextSafe: what a force asked, how it goes on, and the texts that left.

They are apart on purpose. What a force may see is computed from `textsafe_request` alone, and
nothing that a telephone does ever writes into it (design.md 6.6; domain.md 2.4, rule 6). There is
no column for a name, a date of birth or a postal address (domain.md 9, rule 3).
"""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpline.accounts.models import Organisation, StaffMember
from helpline.contacts.models import Caller, Language
from helpline.database import Base, EncryptedText, Id


class AgeBand(enum.StrEnum):
    under_18 = "under_18"
    adult = "adult"
    not_known = "not_known"


class Risk(enum.StrEnum):
    """The level that the police set; the helpline never sets one (domain.md 5.1)."""

    very_low = "very_low"
    low = "low"
    medium = "medium"
    high = "high"
    not_told = "not_told"


class SuicideRisk(enum.StrEnum):
    high = "high"
    not_high = "not_high"
    not_told = "not_told"


class Basis(enum.StrEnum):
    """On what a request rests (domain.md 2.4, rule 3, and 7.2)."""

    consent = "consent"
    vital_interests = "vital_interests"
    safeguarding = "safeguarding"


class Relation(enum.StrEnum):
    """Who agreed: how they are related to the missing person, never who they are."""

    themselves = "themselves"
    parent = "parent"
    carer = "carer"
    partner = "partner"
    grown_up_child = "grown_up_child"
    brother_or_sister = "brother_or_sister"
    other_relative = "other_relative"
    social_worker = "social_worker"


NEXT_OF_KIN = frozenset(
    {
        Relation.parent,
        Relation.partner,
        Relation.grown_up_child,
        Relation.brother_or_sister,
        Relation.other_relative,
    }
)


class How(enum.StrEnum):
    in_person = "in_person"
    by_telephone = "by_telephone"
    in_writing = "in_writing"


class Answer(enum.StrEnum):
    yes = "yes"
    no = "no"
    not_known = "not_known"


class Decision(enum.StrEnum):
    to_approve = "to_approve"
    accepted = "accepted"
    rejected = "rejected"


class Refusal(enum.StrEnum):
    """Why a request is not carried out. Each follows from what the force itself did or wrote."""

    open_already = "open_already"
    asked_lately = "asked_lately"
    basis_too_weak = "basis_too_weak"
    may_do_harm = "may_do_harm"
    not_for_textsafe = "not_for_textsafe"


class Ending(enum.StrEnum):
    """Why no more texts go. Staff see it; a force never does."""

    all_sent = "all_sent"
    found = "found"
    withdrawn = "withdrawn"
    """The consent, or the request."""
    in_touch = "in_touch"
    """They wrote or rang."""
    asked_to_stop = "asked_to_stop"
    wrong_number = "wrong_number"
    expired = "expired"
    force_stopped = "force_stopped"
    rejected = "rejected"
    training = "training"
    """A request of a force in training mode: all is done but the text."""


class TextState(enum.StrEnum):
    waiting = "waiting"
    accepted = "accepted"
    delivered = "delivered"
    unsure = "unsure"
    """Nobody knows whether the carrier sent it. Counts as sent until it is looked up."""
    failed = "failed"
    not_sent = "not_sent"


LEFT = frozenset({TextState.accepted, TextState.delivered, TextState.unsure})


class Force(Base):
    """How we work with a police organisation beside what every partner has."""

    __tablename__ = "textsafe_force"

    organisation_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("organisation.id"), primary_key=True
    )
    is_live: Mapped[bool] = mapped_column(default=False)
    """Until then it is in training mode: everything is done but the text."""
    changed_at: Mapped[datetime]
    changed_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))


class TextSafeRequest(Base):
    """What a force asked and what we decided. Nothing that a telephone does changes it."""

    __tablename__ = "textsafe_request"

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True))
    """Order of asking over all forces; never shown, since it would count the others' requests."""
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    officer_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    """Who filled in the form; None where a program asked."""
    api_key_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("api_key.id"))
    key_mark: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Fingerprint of the form's key or the Idempotency-Key: asked twice, it is one request."""
    content_mark: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Fingerprint of all that was asked under that key."""
    force_reference: Mapped[str] = mapped_column(EncryptedText("textsafe_request.force_reference"))
    reference_mark: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Finds a reference again without reading it; differs from force to force."""
    officer: Mapped[str] = mapped_column(EncryptedText("textsafe_request.officer"))
    """Rank and collar number of whoever asks."""
    officer_email: Mapped[str] = mapped_column(EncryptedText("textsafe_request.officer_email"))
    caller_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("caller.id"), index=True)
    age_band: Mapped[AgeBand]
    language: Mapped[Language]
    risk: Mapped[Risk]
    suicide_risk: Mapped[SuicideRisk]
    basis: Mapped[Basis]
    given_by: Mapped[Relation | None]
    given_at: Mapped[datetime | None]
    given_how: Mapped[How | None]
    why: Mapped[str] = mapped_column(EncryptedText("textsafe_request.why"))
    """Why the basis holds, where nobody could agree; else empty."""
    last_used_at: Mapped[datetime | None]
    """When the phone was last known to be in use."""
    in_other_hands: Mapped[Answer]
    repeat_wanted: Mapped[bool]
    reported_at: Mapped[datetime | None]
    """When the person was reported missing."""
    asked_at: Mapped[datetime]
    is_training: Mapped[bool]
    is_open: Mapped[bool]
    """Whether it may still go on, as far as the force knows: by its own acts and the clock."""
    decision: Mapped[Decision]
    refusal: Mapped[Refusal | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    """None where no second person was needed."""
    dealt_with_at: Mapped[datetime | None]
    """When its turn came: a force reads "sent" from then on, whether or not a text left."""
    found_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=True)
    caller: Mapped[Caller] = relationship(lazy="joined", innerjoin=True)
    decider: Mapped[StaffMember | None] = relationship(foreign_keys=[decided_by])

    __table_args__ = (
        sa.UniqueConstraint("organisation_id", "key_mark"),
        # One open request of one force for one number, whatever is asked in the same instant.
        sa.Index(
            "uq_textsafe_request_open",
            "organisation_id",
            "caller_id",
            unique=True,
            postgresql_where=sa.text("is_open"),
        ),
        sa.Index("ix_textsafe_request_of_force", "organisation_id", "number"),
        sa.Index("ix_textsafe_request_reference", "organisation_id", "reference_mark"),
        sa.Index(
            "ix_textsafe_request_to_approve",
            "number",
            postgresql_where=sa.text("decision = 'to_approve'"),
        ),
        sa.CheckConstraint(
            "basis <> 'consent' OR (given_by IS NOT NULL AND given_at IS NOT NULL "
            "AND given_how IS NOT NULL)",
            name="consent_says_who_when_how",
        ),
        sa.CheckConstraint(
            "decision <> 'rejected' OR refusal IS NOT NULL", name="a_refusal_has_a_reason"
        ),
    )


WITHOUT_WORDS = tuple(
    sa.orm.defer(each)
    for each in (
        TextSafeRequest.force_reference,
        TextSafeRequest.officer,
        TextSafeRequest.officer_email,
        TextSafeRequest.why,
    )
)
"""Leaves unread what is locked and no text needs: a request that does not open stops no text."""


class Course(Base):
    """How a request goes on. No force sees it."""

    __tablename__ = "textsafe_course"

    request_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("textsafe_request.id"), primary_key=True
    )
    next_at: Mapped[datetime | None]
    """When the next text is due; None: no more are."""
    ended_at: Mapped[datetime | None]
    ending: Mapped[Ending | None]

    request: Mapped[TextSafeRequest] = relationship()

    __table_args__ = (
        sa.Index(
            "ix_textsafe_course_due",
            "next_at",
            postgresql_where=sa.text("ended_at IS NULL AND next_at IS NOT NULL"),
        ),
    )


class TextSafeText(Base):
    """One text to a missing person. No force sees it."""

    __tablename__ = "textsafe_text"

    id: Mapped[Id]
    request_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("textsafe_request.id"), index=True)
    caller_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("caller.id"))
    made_at: Mapped[datetime]
    state: Mapped[TextState] = mapped_column(default=TextState.waiting)
    words: Mapped[str | None] = mapped_column(EncryptedText("textsafe_text.words"))
    """Chosen when it leaves, since the hour decides."""
    left_at: Mapped[datetime | None]
    """When it was handed to the carrier; what is unsure counts as handed over."""
    carrier_sid: Mapped[str | None]
    code: Mapped[int | None]

    __table_args__ = (sa.Index("ix_textsafe_text_caller", "caller_id", "left_at"),)


class HandOver(Base):
    """A mobile number given to Samaritans (domain.md 2.4, rule 9). Nothing comes back from it."""

    __tablename__ = "textsafe_hand_over"

    request_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("textsafe_request.id"), primary_key=True
    )
    consent_of: Mapped[Relation]
    consent_at: Mapped[datetime]
    consent_how: Mapped[How]
    proposed_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    proposed_at: Mapped[datetime]
    approved_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    approved_at: Mapped[datetime | None]
    handed_over_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    handed_over_at: Mapped[datetime | None]

    __table_args__ = (
        sa.CheckConstraint("approved_by <> proposed_by", name="two_people"),
        sa.CheckConstraint(
            "handed_over_at IS NULL OR approved_at IS NOT NULL", name="approved_before_handed_over"
        ),
    )


class HowItShowed(enum.StrEnum):
    they_told_us = "they_told_us"
    police_told_us = "police_told_us"
    we_noticed = "we_noticed"


class MisdirectedNumber(Base):
    """An incident: a number turned out to be somebody else's (domain.md 2.4, rule 10)."""

    __tablename__ = "textsafe_misdirected"

    id: Mapped[Id]
    request_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("textsafe_request.id"), index=True)
    showed: Mapped[HowItShowed]
    noted_at: Mapped[datetime]
    noted_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    done: Mapped[str] = mapped_column(EncryptedText("textsafe_misdirected.done"))
    """What was done about it."""
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)


class PoliceCase(Base):
    """A force's own case, for the reminder of 72 hours; closes on referred or found only."""

    __tablename__ = "textsafe_case"

    id: Mapped[Id]
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    reference_mark: Mapped[bytes] = mapped_column(sa.LargeBinary)
    force_reference: Mapped[str] = mapped_column(EncryptedText("textsafe_case.force_reference"))
    reported_at: Mapped[datetime]
    due_at: Mapped[datetime]
    referred_at: Mapped[datetime | None]
    referred_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    found_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        sa.UniqueConstraint("organisation_id", "reference_mark"),
        sa.Index(
            "ix_textsafe_case_open",
            "due_at",
            postgresql_where=sa.text("referred_at IS NULL AND found_at IS NULL"),
        ),
    )


class Counted(enum.StrEnum):
    """What is still counted of requests that were forgotten."""

    asked = "asked"
    rejected = "rejected"
    sent = "sent"
    in_touch = "in_touch"


class ForgottenCount(Base):
    """How many requests of a month were forgotten, and nothing else of them."""

    __tablename__ = "textsafe_count"

    month: Mapped[str] = mapped_column(primary_key=True)
    """`2026-11`."""
    organisation_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("organisation.id"), primary_key=True
    )
    what: Mapped[Counted] = mapped_column(primary_key=True)
    how_many: Mapped[int]
