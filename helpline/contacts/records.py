"""Records of people: missing persons and families, kept apart.

A contact may be put onto a record, once somebody has said who they are. A missing person's record
and a family's are joined only by a link, which supervisors and safeguarding leads see: whoever
works for a family can't learn of a contact (domain.md section 9).
"""

import enum
import re
import unicodedata
import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from helpline import audit, encryption
from helpline.accounts.models import StaffMember
from helpline.confidentiality.access import Data, Fact, Sight, may
from helpline.contacts import callers
from helpline.contacts.models import Caller, Contact
from helpline.database import Base, EncryptedText, Id, one_at_a_time

MOST_FOUND = 20
MOST_NAME_LETTERS = 120
MOST_SUMMARY_LETTERS = 5_000


class RecordKind(enum.StrEnum):
    missing_person = "missing_person"
    family = "family"


class PersonRecord(Base):
    __tablename__ = "person_record"

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[RecordKind]
    name: Mapped[str] = mapped_column(EncryptedText("person_record.name"))
    summary: Mapped[str] = mapped_column(EncryptedText("person_record.summary"))
    made_at: Mapped[datetime]
    made_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)

    words: Mapped[list["RecordWord"]] = relationship(cascade="all, delete-orphan")


class RecordWord(Base):
    """A word of a name, as a keyed fingerprint, so that a name can be found without being read."""

    __tablename__ = "record_word"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    record_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person_record.id"), index=True)
    fingerprint: Mapped[bytes] = mapped_column(sa.LargeBinary, index=True)


class RecordLink(Base):
    """That a missing person and a family belong together."""

    __tablename__ = "record_link"

    missing_person_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("person_record.id"), primary_key=True
    )
    family_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("person_record.id"), primary_key=True
    )
    made_at: Mapped[datetime]
    made_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))


class RecordOfContact(Base):
    """The record that a contact was put onto."""

    __tablename__ = "record_of_contact"

    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contact.id"), primary_key=True)
    record_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person_record.id"), index=True)
    at: Mapped[datetime]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))


class NotForYouError(Exception):
    """The matrix does not let this person see it. Says nothing of whether it is there."""


class RecordRefusedError(ValueError):
    """The record can't be kept as given; the words say what to do."""


def open_record(  # noqa: PLR0913 - each is a fact of the record
    session: Session,
    contact: Contact,
    staff: StaffMember,
    *,
    kind: RecordKind,
    name: str,
    summary: str,
    form_key: uuid.UUID,
    at: datetime,
) -> PersonRecord:
    """Open a record from a contact, or add the contact to it where the form was posted before.

    Raises:
        RecordRefusedError: no name, or too long.

    """
    known = session.scalar(sa.select(PersonRecord).where(PersonRecord.form_key == form_key))
    if known is not None:
        return known
    name, summary = _checked(name, summary)
    record = PersonRecord(
        id=uuid.uuid4(),
        reference=callers.new_reference(),
        kind=kind,
        name=name,
        summary=summary,
        made_at=at,
        made_by=staff.id,
        form_key=form_key,
        words=[RecordWord(fingerprint=each) for each in sorted(fingerprints(name))],
    )
    session.add(record)
    session.flush()
    put_onto(session, contact, record, staff.id, at=at)
    audit.note(session, audit.Act.record_opened, at=at, who=staff.id, about=record.id)
    return record


def put_onto(
    session: Session, contact: Contact, record: PersonRecord, staff_id: uuid.UUID, *, at: datetime
) -> None:
    """Put a contact onto a record; onto another one later replaces it."""
    found = session.get(RecordOfContact, contact.id)
    if found is None:
        found = RecordOfContact(contact_id=contact.id)
        session.add(found)
    found.record_id, found.at, found.staff_id = record.id, at, staff_id
    contact.caller.is_identified = True
    audit.note(session, audit.Act.record_changed, at=at, who=staff_id, about=record.id)


def link(
    session: Session,
    staff: StaffMember,
    missing_person: PersonRecord,
    family: PersonRecord,
    *,
    at: datetime,
) -> None:
    """Join a missing person's record and a family's. Joined already changes nothing.

    Raises:
        NotForYouError: only supervisors and safeguarding leads know of links.
        RecordRefusedError: the records aren't one of each kind.

    """
    if may(staff.role, Data.record_link) is not Sight.whole:
        raise NotForYouError
    kinds = (missing_person.kind, family.kind)
    if kinds != (RecordKind.missing_person, RecordKind.family):
        raise RecordRefusedError("Join one missing person and one family")
    one_at_a_time(session, f"link:{missing_person.id}:{family.id}")
    if session.get(RecordLink, (missing_person.id, family.id)) is None:
        session.add(
            RecordLink(
                missing_person_id=missing_person.id,
                family_id=family.id,
                made_at=at,
                made_by=staff.id,
            )
        )
        for each in (missing_person, family):
            audit.note(session, audit.Act.record_linked, at=at, who=staff.id, about=each.id)


def linked_to(session: Session, staff: StaffMember, record: PersonRecord) -> list[PersonRecord]:
    """List the records joined to one, for those who may know; an empty list for all others."""
    if may(staff.role, Data.record_link) is not Sight.whole:
        return []
    other_end = sa.select(RecordLink.family_id).where(RecordLink.missing_person_id == record.id)
    this_end = sa.select(RecordLink.missing_person_id).where(RecordLink.family_id == record.id)
    return list(
        session.scalars(
            sa.select(PersonRecord)
            .where(PersonRecord.id.in_(other_end.union(this_end)))
            .order_by(PersonRecord.made_at)
        )
    )


def find(session: Session, staff: StaffMember, asked: str) -> Sequence[PersonRecord]:
    """Find records by reference or by words of a name, among those this person may open.

    The same statements run whatever is found, so neither the answer nor the time it takes tells
    somebody of a record that isn't for them.
    """
    wanted = fingerprints(asked)
    hits = (
        sa.select(RecordWord.record_id)
        .where(RecordWord.fingerprint.in_(wanted or {b""}))
        .group_by(RecordWord.record_id)
        .having(sa.func.count(sa.distinct(RecordWord.fingerprint)) >= max(len(wanted), 1))
    )
    is_hit = sa.or_(PersonRecord.id.in_(hits), PersonRecord.reference == asked.strip().upper()[:20])
    return session.scalars(
        sa.select(PersonRecord)
        .where(is_hit, visible_to(staff))
        .order_by(PersonRecord.made_at.desc())
        .limit(MOST_FOUND)
    ).all()


def visible_to(staff: StaffMember) -> sa.ColumnElement[bool]:
    """Return the condition under which somebody may open a record, for use in a query."""
    facts = [Fact.is_family_team] if staff.works_with_families else []
    sees_families = may(staff.role, Data.family_record, *facts) is Sight.whole
    sees_all_missing = may(staff.role, Data.contact_notes) is Sight.whole
    is_family = PersonRecord.kind == RecordKind.family
    own_contact = sa.exists().where(
        RecordOfContact.record_id == PersonRecord.id,
        RecordOfContact.contact_id == Contact.id,
        Contact.owner_id == staff.id,
    )
    has_own = may(staff.role, Data.contact_notes, Fact.is_own) is Sight.whole
    conditions: list[sa.ColumnElement[bool]] = [sa.false()]
    if sees_families:
        conditions.append(is_family)
    if sees_all_missing:
        conditions.append(~is_family)
    elif has_own:
        conditions.append(sa.and_(~is_family, own_contact))
    return sa.or_(*conditions)


def get(session: Session, staff: StaffMember, record_id: uuid.UUID) -> PersonRecord:
    """Read one record.

    Raises:
        NotForYouError: it isn't there, or isn't for this person: nobody can tell which.

    """
    found = session.scalar(
        sa.select(PersonRecord).where(PersonRecord.id == record_id, visible_to(staff))
    )
    if found is None:
        raise NotForYouError
    return found


def contacts_of(session: Session, record: PersonRecord) -> Sequence[Contact]:
    """List the contacts put onto a record, newest first."""
    return session.scalars(
        sa.select(Contact)
        .join(RecordOfContact, RecordOfContact.contact_id == Contact.id)
        .join(Caller, Caller.id == Contact.caller_id)
        .where(RecordOfContact.record_id == record.id)
        .order_by(Contact.opened_at.desc())
        .limit(100)
    ).all()


def fingerprints(name: str) -> set[bytes]:
    """Return the keyed fingerprints of the words of a name, whatever its accents and capitals."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(each for each in plain if not unicodedata.combining(each))
    return {
        encryption.blind_index(f"name:{word}", encryption.index_key())
        for word in re.findall(r"\w+", letters)[:12]
    }


def _checked(name: str, summary: str) -> tuple[str, str]:
    name, summary = (each.replace("\x00", "").strip() for each in (name, summary))
    if not name:
        raise RecordRefusedError("Write a name, or the name they want to be called by")
    if len(name) > MOST_NAME_LETTERS:
        raise RecordRefusedError(f"Shorten the name to {MOST_NAME_LETTERS} characters or fewer")
    if len(summary) > MOST_SUMMARY_LETTERS:
        raise RecordRefusedError("Shorten the summary to 5,000 characters or fewer")
    return name, summary
