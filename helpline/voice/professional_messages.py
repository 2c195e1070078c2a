"""Messages to a professional, such as "please ring Lucy back": who has it, by when, and what then.

A message that nobody confirms climbs the partner's ladder by the worker's clock, and at its end, or
after twenty minutes at the latest, supervisors are alarmed: Lucy waited for half an hour (domain.md
1g, C4 and C5). What happened stands on the contact's timeline.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from helpline import audit, live
from helpline.accounts.models import StaffMember
from helpline.confidentiality import vault
from helpline.contacts import alarms, contacts
from helpline.contacts.alarms import AlarmKind
from helpline.contacts.models import Contact, Happening
from helpline.contacts.night_plans import TOPIC
from helpline.database import AT, Base, EncryptedText, Id, one_at_a_time
from helpline.directory import ladder, numbers
from helpline.directory.ladder import Rung
from helpline.directory.models import Partner, PartnerNumber
from helpline.phone_numbers import PhoneNumber
from helpline.voice import grounds
from helpline.voice.grounds import Ground

CONFIRM_WITHIN = timedelta(minutes=10)
"""Until then a human should have the message, where nothing else is chosen (domain.md 1g, C4)."""
MOST_MINUTES = 15
ALARM_AFTER = timedelta(minutes=20)
"""Unconfirmed after so long, supervisors are alarmed wherever the ladder stands."""
RING_BACK_WITHIN = timedelta(minutes=10)
LATEST_RING_BACK = timedelta(minutes=25)
"""Long before the half-hour: nobody waits that long for a call again."""
MOST_LETTERS = 2_000
_MOST_AT_ONCE = 50


class CannotPassOnError(ValueError):
    """The message can't be kept or changed like that; the words say why."""


class ProfessionalMessage(Base):
    __tablename__ = "professional_message"

    id: Mapped[Id]
    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contact.id"), index=True)
    partner_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("partner.id"))
    owner_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    asked_at: Mapped[datetime]
    words: Mapped[str] = mapped_column(EncryptedText("professional_message.words"))
    """What is said, as it was agreed with the caller."""
    consent_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("consent_entry.id"))
    disclosure_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("disclosure.id", ondelete="SET NULL")
    )
    number_token: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("vault_entry.token"))
    """Where they may be rung back: only because they gave it for this."""
    number_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("partner_number.id"))
    """The rung that is tried now; None: by hand."""
    confirm_by: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    confirmed_who: Mapped[str | None] = mapped_column(
        EncryptedText("professional_message.confirmed_who")
    )
    ring_back_by: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    rang_back: Mapped[bool] = mapped_column(default=False)
    closed_words: Mapped[str | None] = mapped_column(
        EncryptedText("professional_message.closed_words")
    )
    alarmed_at: Mapped[datetime | None]
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)

    contact: Mapped[Contact] = relationship(lazy="joined", innerjoin=True)
    partner: Mapped[Partner] = relationship(lazy="joined", innerjoin=True)
    owner: Mapped[StaffMember] = relationship(lazy="joined", innerjoin=True)
    number: Mapped[PartnerNumber | None] = relationship(lazy="joined")

    __table_args__ = (
        sa.Index(
            "ix_professional_message_open",
            "confirm_by",
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
    )

    @property
    def due_at(self) -> datetime:
        """When the next thing should have happened: a human has it, or they rang back."""
        return self.ring_back_by or self.confirm_by

    @property
    def whom(self) -> str:
        """Who is tried now, for the screen."""
        return self.number.name if self.number is not None else ladder.BY_HAND_WORDS


@dataclass(frozen=True)
class Wish:
    """What a professional is to be told, and by when a human should have it."""

    words: str = field(repr=False)
    form_key: uuid.UUID
    call_back: PhoneNumber | None = field(default=None, repr=False)
    within: timedelta = CONFIRM_WITHIN


def ask(  # noqa: PLR0913 - each is a fact of the message
    session: Session,
    contact: Contact,
    partner: Partner,
    ground: Ground,
    wish: Wish,
    *,
    by: uuid.UUID,
    at: datetime,
) -> ProfessionalMessage:
    """Keep a message that somebody must pass on now. The same form again changes nothing.

    Raises:
        contacts.NotYoursError: somebody else has the contact.
        CannotPassOnError: nothing is to be said, too much, or the time is not 1 to 15 minutes.
        grounds.NoGroundError: nobody agreed to it, and nothing else allows it.

    """
    if contact.owner_id != by:
        raise contacts.NotYoursError
    one_at_a_time(session, wish.form_key)
    known = session.scalar(
        sa.select(ProfessionalMessage).where(ProfessionalMessage.form_key == wish.form_key)
    )
    if known is not None:
        return known
    words = _text("what is to be said", wish.words)
    if words is None:
        raise CannotPassOnError("Write what is to be said, in the words that they agreed to")
    if not timedelta(0) < wish.within <= timedelta(minutes=MOST_MINUTES):
        raise CannotPassOnError(f"Choose 1 to {MOST_MINUTES} minutes")
    grounds.check(session, contact, partner, ground, at=at, for_message=True)
    message = ProfessionalMessage(
        id=uuid.uuid4(),
        contact=contact,
        partner=partner,
        owner_id=by,
        asked_at=at,
        words=words,
        consent_id=ground.consent_id,
        disclosure_id=ground.disclosure_id,
        number_token=vault.keep(session, wish.call_back) if wish.call_back else None,
        number_id=ladder.ladder(session, partner.id, at=at)[0].number_id,
        confirm_by=at + wish.within,
        form_key=wish.form_key,
    )
    session.add(message)
    session.flush()
    _happened(session, message, Happening.professional_asked, at, by)
    audit.note(session, audit.Act.professional_asked, at=at, who=by, about=contact.id)
    return message


def confirm(
    session: Session, message: ProfessionalMessage, who: str, *, by: uuid.UUID, at: datetime
) -> None:
    """Note which human has the message now; then they have minutes to ring back.

    Raises:
        CannotPassOnError: it isn't said who has it.

    """
    name = _text("who has it", who)
    if name is None:
        raise CannotPassOnError("Write who has it: their name, and their part")
    if message.confirmed_at is not None or message.closed_at is not None:
        return
    message.confirmed_at, message.confirmed_who = at, name
    message.ring_back_by = max(
        min(at + RING_BACK_WITHIN, message.asked_at + LATEST_RING_BACK), at + timedelta(minutes=2)
    )
    message.alarmed_at = None
    _noted(session, message, Happening.professional_confirmed, by, at)


def not_reached(
    session: Session, message: ProfessionalMessage, *, by: uuid.UUID, at: datetime
) -> None:
    """Note that the rung that is tried can't be reached: the next one is at once."""
    if message.confirmed_at is not None or message.closed_at is not None:
        return
    _noted(session, message, Happening.professional_not_reached, by, at)
    _climb(session, message, at)


def close(  # noqa: PLR0913 - each is a fact of how it ended
    session: Session,
    message: ProfessionalMessage,
    words: str,
    *,
    rang_back: bool,
    by: uuid.UUID,
    at: datetime,
) -> None:
    """Note that they rang back, or why the message is over without that.

    Raises:
        CannotPassOnError: they did not ring back, and it isn't said why it is over.

    """
    said = _text("what came of it", words)
    if not rang_back and said is None:
        raise CannotPassOnError("Write why it is over although nobody rang back")
    if message.closed_at is not None:
        return
    message.closed_at, message.rang_back, message.closed_words = at, rang_back, said
    what = Happening.professional_rang_back if rang_back else Happening.professional_given_up
    _noted(session, message, what, by, at)


def chase(session: Session, *, at: datetime) -> int:
    """Go on with every message whose time is over; returns how many there were."""
    due = session.scalars(_due(), {"at": at}).all()
    for message in due:
        if message.confirmed_at is None:
            _climb(session, message, at)
        else:
            message.alarmed_at = at
            _alarm(session, message, AlarmKind.not_rung_back, at)
            _happened(session, message, Happening.professional_late, at, None)
    return len(due)


@cache
def _due() -> sa.Select[ProfessionalMessage]:
    return (
        sa.select(ProfessionalMessage)
        .where(
            ProfessionalMessage.closed_at.is_(None),
            ProfessionalMessage.alarmed_at.is_(None),
            sa.func.coalesce(ProfessionalMessage.ring_back_by, ProfessionalMessage.confirm_by)
            <= AT,
        )
        .limit(_MOST_AT_ONCE)
        .with_for_update(skip_locked=True, of=ProfessionalMessage)
    )


def open_ones(
    session: Session, *, owner_id: uuid.UUID | None = None, contact_id: uuid.UUID | None = None
) -> Sequence[ProfessionalMessage]:
    """List the messages that are not closed, most urgent first; of one owner or contact or all."""
    listed = sa.select(ProfessionalMessage).where(ProfessionalMessage.closed_at.is_(None))
    if owner_id is not None:
        listed = listed.where(ProfessionalMessage.owner_id == owner_id)
    if contact_id is not None:
        listed = listed.where(ProfessionalMessage.contact_id == contact_id)
    due = sa.func.coalesce(ProfessionalMessage.ring_back_by, ProfessionalMessage.confirm_by)
    return session.scalars(listed.order_by(due).limit(100)).all()


def locked(session: Session, message_id: uuid.UUID) -> ProfessionalMessage | None:
    """Read one message afresh and hold its row until the transaction ends."""
    return session.scalars(
        sa.select(ProfessionalMessage)
        .where(ProfessionalMessage.id == message_id)
        .with_for_update(of=ProfessionalMessage)
        .execution_options(populate_existing=True)
    ).one_or_none()


@dataclass(frozen=True)
class ToReadOut:
    """What whoever passes the message on dials and says. Shown once, on record."""

    dial: PhoneNumber | None = field(repr=False)
    """The partner's; None: the police, by hand."""
    call_back: PhoneNumber | None = field(repr=False)


def to_read_out(
    session: Session, message: ProfessionalMessage, *, to: uuid.UUID, at: datetime
) -> ToReadOut:
    """Open the numbers that a message needs, for whoever passes it on, on record.

    Raises:
        CannotPassOnError: it is closed, or the agreement was taken back.

    """
    ground = Ground(message.consent_id, message.disclosure_id)
    if message.closed_at is not None or not grounds.holds(session, ground, at=at):
        raise CannotPassOnError("The message is over, or they took their agreement back")
    audit.note(session, audit.Act.professional_number_seen, at=at, who=to, about=message.contact_id)
    number = message.number
    may_be_dialled = number is not None and ladder.may_be_rung(number, at=at)
    return ToReadOut(
        dial=numbers.show(session, number, to=to, at=at) if number and may_be_dialled else None,
        call_back=(
            vault.number_for_carrier(session, message.number_token)
            if message.number_token is not None
            else None
        ),
    )


def _climb(session: Session, message: ProfessionalMessage, at: datetime) -> None:
    following = _following(session, message, at)
    is_late = at >= message.asked_at + ALARM_AFTER
    message.number_id = following.number_id
    session.flush()
    session.refresh(message, ["number"])
    if following.is_by_hand or is_late:
        message.alarmed_at = at
        _alarm(session, message, AlarmKind.not_confirmed, at)
        what = Happening.professional_no_rung_left
    else:
        minutes = timedelta(minutes=following.minutes_before_next)
        message.confirm_by = max(min(at + minutes, message.asked_at + ALARM_AFTER), at)
        what = Happening.professional_next_rung
    _happened(session, message, what, at, None)


def _following(session: Session, message: ProfessionalMessage, at: datetime) -> Rung:
    rungs = ladder.ladder(session, message.partner_id, at=at)
    if message.number is None:
        return rungs[-1]
    place = ladder.ORDER.index(message.number.rung)
    ids = [each.number_id for each in rungs]
    if message.number_id in ids:
        return rungs[ids.index(message.number_id) + 1]
    return next((each for each in rungs if ladder.ORDER.index(each.kind) > place), rungs[-1])


def _alarm(session: Session, message: ProfessionalMessage, kind: AlarmKind, at: datetime) -> None:
    alarms.sound(session, kind, message.owner_id, message.contact_id, at=at)


def _noted(
    session: Session, message: ProfessionalMessage, what: Happening, by: uuid.UUID, at: datetime
) -> None:
    audit.note(session, audit.Act.professional_noted, at=at, who=by, about=message.contact_id)
    _happened(session, message, what, at, by)


def _happened(
    session: Session,
    message: ProfessionalMessage,
    what: Happening,
    at: datetime,
    by: uuid.UUID | None,
) -> None:
    contacts.happened(session, message.contact, what, at=at, staff_id=by)
    contacts.tell_changed(session, message.contact)
    live.tell(session, TOPIC)


def _text(what: str, words: str) -> str | None:
    words = words.replace("\x00", "").strip()
    if len(words) > MOST_LETTERS:
        raise CannotPassOnError(f"Shorten {what} to {MOST_LETTERS:,} characters or fewer")
    return words or None
