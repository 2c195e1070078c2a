"""Tables of the directory: partners with their checked numbers, and services in versions."""

import enum
import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, INT4MULTIRANGE, JSONB, TSVECTOR, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpline.confidentiality import hours
from helpline.confidentiality.bank_holidays import Nation
from helpline.confidentiality.hours import Window
from helpline.database import Base, EncryptedText, Id


class PartnerKind(enum.StrEnum):
    council_childrens_services = "council_childrens_services"
    police = "police"
    hospital = "hospital"
    other = "other"


class RungKind(enum.StrEnum):
    """Who is rung, in the order in which they are tried. Source: domain.md 1g, C4."""

    social_worker = "social_worker"
    duty_team = "duty_team"
    team_manager = "team_manager"
    police = "police"
    by_hand = "by_hand"
    """Nobody is left whom the system may ring: a person dials 999 or 101. Has no number."""


class OnBankHolidays(enum.StrEnum):
    as_usual = "as_usual"
    closed = "closed"
    all_day = "all_day"
    """As usual, and the whole of the bank holiday besides: an out-of-hours team."""


class FaultKind(enum.StrEnum):
    somebody_else_answers = "somebody_else_answers"
    """Stops the number at once: a caller must not be put through to a stranger."""
    nobody_answers = "nobody_answers"
    number_missing = "number_missing"
    other = "other"


class Confidence(enum.StrEnum):
    """How sure whoever gathered an entry was that it is right."""

    high = "high"
    """Seen on a public page."""
    medium = "medium"
    low = "low"
    """Likely to have changed."""


class Partner(Base):
    """Somebody whom a call-taker may bring onto a call."""

    __tablename__ = "partner"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[PartnerKind]
    area: Mapped[str]
    """The places it looks after, as callers name them: "Example, Little Example"."""
    nation: Mapped[Nation]
    is_active: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime]

    numbers: Mapped[list["PartnerNumber"]] = relationship(
        order_by="PartnerNumber.made_at", back_populates="partner"
    )


class PartnerNumber(Base):
    """One telephone of a partner. Rung only while its check is in date."""

    __tablename__ = "partner_number"

    id: Mapped[Id]
    partner_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("partner.id"), index=True)
    rung: Mapped[RungKind]
    name: Mapped[str]
    """Whom one reaches, as it is shown and said: "out-of-hours duty team"."""
    token: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("vault_entry.token"))
    stored_windows: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Empty means any hour."""
    on_bank_holidays: Mapped[OnBankHolidays]
    minutes_before_next: Mapped[int]
    """How long this rung is tried before the next one is offered."""
    made_at: Mapped[datetime]
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)
    checked_on: Mapped[date | None]
    checked_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    checked_how: Mapped[str] = mapped_column(default="")
    next_check: Mapped[date | None]
    """The last day on which the check counts."""
    stopped_at: Mapped[datetime | None]
    """Since when somebody else is said to answer; a new check lets it be rung again."""
    retired_at: Mapped[datetime | None]

    partner: Mapped[Partner] = relationship(back_populates="numbers")

    __table_args__ = (
        sa.CheckConstraint("rung <> 'by_hand'", name="rung_has_a_number"),
        sa.CheckConstraint("minutes_before_next BETWEEN 1 AND 30", name="minutes"),
    )

    @property
    def windows(self) -> tuple[Window, ...]:
        """The hours in which it is answered; none means any."""
        return hours.from_stored(self.stored_windows)


class PartnerFault(Base):
    """Something wrong in the directory that a call showed: a task for whoever keeps it."""

    __tablename__ = "partner_fault"

    id: Mapped[Id]
    partner_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("partner.id"), index=True)
    number_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("partner_number.id"))
    kind: Mapped[FaultKind]
    words: Mapped[str] = mapped_column(EncryptedText("partner_fault.words"))
    at: Mapped[datetime]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)
    mended_at: Mapped[datetime | None]
    mended_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))

    partner: Mapped[Partner] = relationship(lazy="joined", innerjoin=True)
    number: Mapped[PartnerNumber | None] = relationship(lazy="joined")

    __table_args__ = (
        sa.Index("ix_partner_fault_open", "at", postgresql_where=sa.text("mended_at IS NULL")),
    )


class Service(Base):
    """Somewhere to point people to. What is said of it stands in its versions."""

    __tablename__ = "service"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    """What the first load or a feed knows it by."""
    current_number: Mapped[int]
    """The version that is shown."""
    is_active: Mapped[bool] = mapped_column(default=True)
    verified_on: Mapped[date | None]
    verified_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    verified_how: Mapped[str] = mapped_column(default="")
    next_check: Mapped[date | None]
    """The last day on which nobody is warned that it may have changed."""


class ServiceVersion(Base):
    """What was said of a service from one moment on. Never changed: a signpost points to it."""

    __tablename__ = "service_version"

    id: Mapped[Id]
    service_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("service.id"))
    number: Mapped[int]
    at: Mapped[datetime]
    by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    """None where it came from the first load."""
    entry: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """An `entries.Entry`."""

    __table_args__ = (sa.UniqueConstraint("service_id", "number"),)


class ServiceIndex(Base):
    """What a service is found by: made from its current version, and made anew with each."""

    __tablename__ = "service_index"

    service_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("service.id"), primary_key=True)
    number: Mapped[int]
    """The version that it was made from."""
    is_active: Mapped[bool]
    name: Mapped[str]
    in_name: Mapped[str] = mapped_column(
        TSVECTOR,
        sa.Computed("to_tsvector('english'::regconfig, replace(name, '''', ''))", persisted=True),
    )
    """The words of the name alone: an index knows no weights, so `words` would find too many."""
    words: Mapped[str] = mapped_column(TSVECTOR)
    topics: Mapped[list[str]] = mapped_column(ARRAY(sa.String(40)))
    audiences: Mapped[list[str]] = mapped_column(ARRAY(sa.String(40)))
    nations: Mapped[list[str]] = mapped_column(ARRAY(sa.String(40)))
    areas: Mapped[list[str]] = mapped_column(ARRAY(sa.String(120)))
    """As `places.plain` has them; none where it is for all of its nations."""
    languages: Mapped[list[str]] = mapped_column(ARRAY(sa.String(40)))
    access: Mapped[list[str]] = mapped_column(ARRAY(sa.String(40)))
    min_age: Mapped[int | None]
    max_age: Mapped[int | None]
    suits_under_18s: Mapped[bool]
    opens: Mapped[list[Range[int]] | None] = mapped_column(INT4MULTIRANGE)
    """Minutes of the week, from Monday's midnight on, in which it is answered; none: not known."""
    is_answered_on_holidays: Mapped[bool]
    """Whether a bank holiday opens it all day."""

    __table_args__ = (
        sa.Index("ix_service_index_in_name", "in_name", postgresql_using="gin"),
        sa.Index("ix_service_index_words", "words", postgresql_using="gin"),
        sa.Index("ix_service_index_topics", "topics", postgresql_using="gin"),
        sa.Index("ix_service_index_areas", "areas", postgresql_using="gin"),
        sa.Index("ix_service_index_name", "name"),
    )


class ServiceWord(Base):
    """A word in the name of some service, by which a misspelt one is put right."""

    __tablename__ = "service_word"

    word: Mapped[str] = mapped_column(primary_key=True)

    __table_args__ = (
        sa.Index(
            "ix_service_word_alike",
            "word",
            postgresql_using="gin",
            postgresql_ops={"word": "gin_trgm_ops"},
        ),
    )


class ServiceSource(Base):
    """Where a service came from that a feed brought, with the whole of its record."""

    __tablename__ = "service_source"

    service_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("service.id"), primary_key=True)
    source: Mapped[str]
    digest: Mapped[str]
    """Of the record as it came last: the same again changes nothing."""
    record: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Under the names of Open Referral UK 3.0: every field that the standard knows."""
    entry: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What the record was read as: where staff say otherwise, that counts."""
    seen_at: Mapped[datetime]


class DirectoryImport(Base):
    """How far the reading of one source has come, so that it can be taken up again."""

    __tablename__ = "directory_import"

    source: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    """Of a file: another file under the same name begins anew. Empty for a feed."""
    done: Mapped[int]
    """Records that are dealt with."""
    is_over: Mapped[bool]
    began_at: Mapped[datetime]
    changed_at: Mapped[datetime]
