"""Somebody asks about another person: we neither confirm nor deny, and never look.

An enquiry is kept as it was given. Nothing is searched for, so the answer, the screen and the time
it takes can't depend on the truth (domain.md 3.2; design.md 6.7). A message may be left, which is
held in case the person ever contacts us.
"""

import enum
import uuid
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline import audit
from helpline.confidentiality import vault
from helpline.contacts import callers
from helpline.database import Base, EncryptedText, Id, one_at_a_time
from helpline.phone_numbers import PhoneNumber

MOST_LETTERS = 5_000
THE_ANSWER = (
    "We never say whether somebody has been in touch with us, whoever asks and whatever the truth. "
    "We have noted your enquiry. If you left a message, we hold it in case they ever contact us."
)
"""What everybody is told, whatever the truth."""


class AskedBy(enum.StrEnum):
    family_or_friend = "family_or_friend"
    police = "police"
    social_worker = "social_worker"
    solicitor = "solicitor"
    press = "press"
    other = "other"


class Enquiry(Base):
    __tablename__ = "enquiry"

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    asked_by: Mapped[AskedBy]
    asker: Mapped[str] = mapped_column(EncryptedText("enquiry.asker"))
    asker_phone: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("vault_entry.token"))
    about: Mapped[str] = mapped_column(EncryptedText("enquiry.about"))
    message: Mapped[str | None] = mapped_column(EncryptedText("enquiry.message"))
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)


class EnquiryRefusedError(ValueError):
    """The enquiry can't be kept as given; the words say what to do."""


@dataclass(frozen=True)
class Asked:
    """What the enquirer said."""

    asked_by: AskedBy
    asker: str = field(repr=False)
    asker_phone: PhoneNumber | None
    about: str = field(repr=False)
    message: str = field(repr=False)
    form_key: uuid.UUID


def keep(session: Session, staff_id: uuid.UUID, asked: Asked, *, at: datetime) -> Enquiry:
    """Keep an enquiry. The same form again changes nothing.

    Raises:
        EnquiryRefusedError: who asks or about whom is missing, or something is too long.

    """
    one_at_a_time(session, asked.form_key)
    known = session.scalar(sa.select(Enquiry).where(Enquiry.form_key == asked.form_key))
    if known is not None:
        return known
    asker, about, message = (
        each.replace("\x00", "").strip() for each in (asked.asker, asked.about, asked.message)
    )
    if not asker or not about:
        raise EnquiryRefusedError("Write who asks, and about whom")
    if max(len(asker), len(about), len(message)) > MOST_LETTERS:
        raise EnquiryRefusedError("Shorten what you wrote to 5,000 characters or fewer")
    phone = vault.keep(session, asked.asker_phone) if asked.asker_phone else None
    enquiry = Enquiry(
        id=uuid.uuid4(),
        reference=callers.new_reference(),
        at=at,
        staff_id=staff_id,
        asked_by=asked.asked_by,
        asker=asker,
        asker_phone=phone,
        about=about,
        message=message or None,
        form_key=asked.form_key,
    )
    session.add(enquiry)
    session.flush()
    audit.note(session, audit.Act.enquiry_kept, at=at, who=staff_id, about=enquiry.id)
    return enquiry
