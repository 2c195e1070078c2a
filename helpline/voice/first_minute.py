"""The first minute of a call: whether it is safe to talk, danger, and what if the line is cut.

Asked before anything else (domain.md 1g, C1). The answers are a plan for this call only: whether
they may be rung back if they are cut off, and on which telephone, as they said themselves.
"""

import enum
import uuid
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline import audit
from helpline.confidentiality import vault
from helpline.contacts import alarms, contacts, need
from helpline.contacts.alarms import AlarmKind
from helpline.contacts.models import Contact, ContactState, Happening, Need
from helpline.database import Base, EncryptedText
from helpline.phone_numbers import PhoneNumber
from helpline.statements import WrittenFor

MOST_LETTERS = 500
_GOES_ON = (ContactState.with_call_taker, ContactState.waiting)


class Answer(enum.StrEnum):
    yes = "yes"
    no = "no"
    not_clear = "not_clear"


class IfCutOff(enum.StrEnum):
    """What they want us to do when the line is cut."""

    ring_back = "ring_back"
    do_not_ring = "do_not_ring"
    """They ring again themselves."""
    not_asked = "not_asked"


class WordsTooLongError(ValueError):
    """More was written than fits; the words say how much does."""


class FirstMinute(Base):
    """What somebody answered; asked again, the newer answer stands."""

    __tablename__ = "first_minute"

    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contact.id"), primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    at: Mapped[datetime]
    safe_to_talk: Mapped[Answer | None]
    in_danger: Mapped[Answer | None]
    if_cut_off: Mapped[IfCutOff] = mapped_column(default=IfCutOff.not_asked)
    number_token: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("vault_entry.token"))
    """The telephone they named for it, such as the phone box they stand in."""
    where: Mapped[str | None] = mapped_column(EncryptedText("first_minute.where"))
    """Where they are, or will be if they are cut off."""


@dataclass(frozen=True)
class Answers:
    """What a call-taker noted of the first minute."""

    safe_to_talk: Answer | None = None
    in_danger: Answer | None = None
    if_cut_off: IfCutOff = IfCutOff.not_asked
    number: PhoneNumber | None = field(default=None, repr=False)
    """None keeps the one that was named before."""
    where: str = field(default="", repr=False)


def note(
    session: Session, contact: Contact, staff_id: uuid.UUID, answers: Answers, *, at: datetime
) -> FirstMinute:
    """Note what somebody answered. Danger puts them first and alarms the supervisors.

    The row of the contact must be locked.

    Raises:
        contacts.NotYoursError: somebody else has the call.
        WordsTooLongError: over 500 characters.

    """
    if contact.owner_id != staff_id:
        raise contacts.NotYoursError
    where = answers.where.replace("\x00", "").strip()
    if len(where) > MOST_LETTERS:
        raise WordsTooLongError("Shorten where they are to 500 characters or fewer")
    noted = read(session, contact.id)
    was_in_danger = noted is not None and noted.in_danger is Answer.yes
    if noted is None:
        noted = FirstMinute(contact_id=contact.id, if_cut_off=IfCutOff.not_asked)
        session.add(noted)
    noted.staff_id, noted.at = staff_id, at
    noted.safe_to_talk, noted.in_danger = answers.safe_to_talk, answers.in_danger
    noted.if_cut_off, noted.where = answers.if_cut_off, where or None
    if answers.number is not None:
        noted.number_token = vault.keep(session, answers.number)
    contacts.happened(session, contact, Happening.first_minute_noted, at=at, staff_id=staff_id)
    audit.note(session, audit.Act.first_minute_noted, at=at, who=staff_id, about=contact.id)
    if noted.in_danger is Answer.no or was_in_danger:
        # What they said before, by a key or in a text, stands until somebody asks them.
        need.drop(contact, Need.danger)
    if noted.in_danger is Answer.yes:
        _is_in_danger(session, contact, noted, at)
    contacts.tell_changed(session, contact)
    return noted


def read(session: Session, contact_id: uuid.UUID) -> FirstMinute | None:
    """Return what was answered in a call, if anything was."""
    return _READ.one(session, contact_id=contact_id)


def number_to_ring_back(session: Session, contact: Contact) -> vault.Token | None:
    """Return on which telephone they want to be rung if they are cut off; None: not at all.

    It is a wish of this call: theirs where they named one, else the one they rang from.
    """
    noted = read(session, contact.id)
    if noted is None or noted.if_cut_off is not IfCutOff.ring_back:
        return None
    return noted.number_token or contact.caller.number_token


def mark_child(
    session: Session, contact: Contact, staff_id: uuid.UUID, *, is_child: bool, at: datetime
) -> None:
    """Note that somebody is under 18, or is not after all. The row must be locked.

    Raises:
        contacts.NotYoursError: somebody else has the call.

    """
    if contact.owner_id != staff_id:
        raise contacts.NotYoursError
    if contact.is_child == is_child:
        return
    contact.is_child = is_child
    (need.add if is_child else need.drop)(contact, Need.child)
    what = Happening.marked_child if is_child else Happening.marked_adult
    contacts.happened(session, contact, what, at=at, staff_id=staff_id)
    audit.note(session, audit.Act.safety_marked, at=at, who=staff_id, about=contact.id)
    contacts.tell_changed(session, contact)


def _is_in_danger(session: Session, contact: Contact, noted: FirstMinute, at: datetime) -> None:
    need.add(contact, Need.danger)
    if contact.state in _GOES_ON:
        alarms.sound(session, AlarmKind.danger, noted.staff_id, contact.id, at=at)


_READ = WrittenFor(
    FirstMinute,
    lambda noted: sa.select(*noted).where(
        FirstMinute.contact_id == sa.bindparam("contact_id", type_=sa.Uuid)
    ),
)
