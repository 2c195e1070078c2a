"""The ledger of consents: who agreed to what, towards whom and in which words. Only added to.

Each caller has a chain of their own. An entry's seal is a keyed fingerprint (HMAC-SHA-256) of the
seal before it and of all that the entry says. So a changed, removed or inserted row is noticed and
named, nobody can make up a seal without the key, and new text keys leave the chain whole: what is
sealed are the words, not their lock.
"""

import enum
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline import audit, encryption, outbox
from helpline.database import Base, EncryptedText, Id, one_at_a_time

MOST_LETTERS = 5_000
_SEALED = (audit.Act.consent_recorded, audit.Act.consent_withdrawn)


class Scope(enum.StrEnum):
    """What can be agreed to: a closed list, each of them "no" until somebody agrees.

    Source: domain.md 3.2, with what the helpline itself does for people.
    """

    fact_of_contact = "fact_of_contact"
    safe_and_well = "safe_and_well"
    channel = "channel"
    date = "date"
    area = "area"
    reply_address = "reply_address"
    talk_directly = "talk_directly"
    tell_police = "tell_police"
    pass_message = "pass_message"  # noqa: S105 - no password
    call_back = "call_back"
    text_back = "text_back"
    three_way = "three_way"
    share_with_partner = "share_with_partner"


class About(enum.StrEnum):
    """Whom the information is about that may be given."""

    themselves = "themselves"
    their_child = "their_child"
    somebody_else = "somebody_else"


class Towards(enum.StrEnum):
    """To whom it may be given."""

    themselves = "themselves"
    """For a call or text back to the person who agrees."""
    family = "family"
    friend = "friend"
    police = "police"
    social_worker = "social_worker"
    partner_service = "partner_service"
    somebody_else = "somebody_else"


class Heard(enum.StrEnum):
    """How it was said to us."""

    call = "call"
    text = "text"
    page = "page"
    in_person = "in_person"


class ConsentEntry(Base):
    """One line of the ledger: an agreement, or the withdrawal of one."""

    __tablename__ = "consent_entry"

    id: Mapped[Id]
    caller_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("caller.id"))
    """Who agreed."""
    number: Mapped[int]
    """Place in this caller's chain, from 1."""
    at: Mapped[datetime]
    scopes: Mapped[list[str]]
    about: Mapped[About]
    towards: Mapped[Towards]
    recipient: Mapped[str | None] = mapped_column(EncryptedText("consent_entry.recipient"))
    """Who exactly, where the kind does not say it: "her sister Ann"."""
    words: Mapped[str] = mapped_column(EncryptedText("consent_entry.words"))
    """What they agreed to, or how they took it back, as nearly as it was said."""
    heard: Mapped[Heard]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    contact_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("contact.id"))
    valid_until: Mapped[datetime | None]
    withdraws: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("consent_entry.id"))
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)
    seal: Mapped[bytes] = mapped_column(sa.LargeBinary)

    __table_args__ = (
        sa.UniqueConstraint("caller_id", "number"),
        # A consent is withdrawn once.
        sa.Index("uq_consent_entry_withdraws", "withdraws", unique=True),
        {"info": {"append_only": True}},
    )


class ConsentRefusedError(ValueError):
    """What was given can't be entered; the words say what to do."""


class NoSuchConsentError(LookupError):
    """There is no such agreement by this caller."""


@dataclass(frozen=True)
class Agreed:
    """What somebody agreed to, as the worker heard it."""

    scopes: frozenset[Scope]
    towards: Towards
    words: str = field(repr=False)
    heard: Heard
    form_key: uuid.UUID
    about: About = About.themselves
    recipient: str = field(default="", repr=False)
    valid_until: datetime | None = None
    contact_id: uuid.UUID | None = None


@dataclass(frozen=True)
class TakenBack:
    """What somebody takes back, as the worker heard it."""

    entry_id: uuid.UUID
    words: str = field(repr=False)
    heard: Heard
    form_key: uuid.UUID
    contact_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Withdrawn:
    """The withdrawal, and what it stopped."""

    entry: ConsentEntry
    stopped: Sequence[outbox.Promise]
    """Taken back before any worker began; whoever shows them must say so."""
    under_way: int
    """How many a worker had begun already: they may still arrive."""


@dataclass(frozen=True)
class Fault:
    """The first row of a chain that is not as it was written."""

    number: int
    """Place in the chain; one past the last row where rows are missing at its end."""
    entry_id: uuid.UUID | None
    what: str


def record(
    session: Session, caller_id: uuid.UUID, agreed: Agreed, *, by: uuid.UUID, at: datetime
) -> ConsentEntry:
    """Enter what a caller agreed to. The same form again changes nothing.

    Raises:
        ConsentRefusedError: nothing is agreed to, a word is missing or too long, or it has ended.

    """
    one_at_a_time(session, f"consent:{caller_id}")
    known = _by_form(session, agreed.form_key)
    if known is not None:
        return known
    words, recipient = _checked(agreed, at)
    entry = ConsentEntry(
        caller_id=caller_id,
        scopes=sorted(agreed.scopes),
        about=agreed.about,
        towards=agreed.towards,
        recipient=recipient or None,
        words=words,
        heard=agreed.heard,
        contact_id=agreed.contact_id,
        valid_until=agreed.valid_until,
        form_key=agreed.form_key,
    )
    _append(session, entry, by=by, at=at)
    audit.note(session, audit.Act.consent_recorded, at=at, who=by, about=caller_id)
    return entry


def withdraw(
    session: Session, caller_id: uuid.UUID, wish: TakenBack, *, by: uuid.UUID, at: datetime
) -> Withdrawn:
    """Enter that a caller takes a consent back; all that waits on it is stopped at once.

    Withdrawn already: the first withdrawal stands, and nothing changes.

    Raises:
        NoSuchConsentError: the caller has no such agreement.
        ConsentRefusedError: the words are missing or too long.

    """
    one_at_a_time(session, f"consent:{caller_id}")
    taken_back = session.get(ConsentEntry, wish.entry_id, populate_existing=True)
    is_theirs = taken_back is not None and taken_back.caller_id == caller_id
    if taken_back is None or not is_theirs or taken_back.withdraws is not None:
        raise NoSuchConsentError
    known = _withdrawal_of(session, wish.entry_id)
    if known is not None:
        return Withdrawn(known, (), 0)
    entry = ConsentEntry(
        caller_id=caller_id,
        scopes=taken_back.scopes,
        about=taken_back.about,
        towards=taken_back.towards,
        recipient=taken_back.recipient,
        words=_said(wish.words),
        heard=wish.heard,
        contact_id=wish.contact_id,
        withdraws=wish.entry_id,
        form_key=wish.form_key,
    )
    _append(session, entry, by=by, at=at)
    stopped = outbox.cancel_relying_on(session, wish.entry_id, at=at)
    audit.note(session, audit.Act.consent_withdrawn, at=at, who=by, about=caller_id)
    return Withdrawn(entry, stopped, _under_way_relying_on(session, wish.entry_id))


def holds(session: Session, entry_id: uuid.UUID, *, at: datetime) -> bool:
    """Whether one consent may be relied on: it is an agreement, not withdrawn and not over."""
    return any(entry.id == entry_id for entry in session.scalars(_in_force(at, entry_id=entry_id)))


def in_force(
    session: Session,
    caller_id: uuid.UUID,
    *,
    at: datetime,
    scope: Scope | None = None,
    towards: Towards | None = None,
) -> Sequence[ConsentEntry]:
    """List a caller's consents that may be relied on, newest first."""
    found = session.scalars(
        _in_force(at, caller_id=caller_id).order_by(ConsentEntry.number.desc())
    ).all()
    return [
        entry
        for entry in found
        if (scope is None or scope in entry.scopes)
        and (towards is None or entry.towards is towards)
    ]


def ledger(session: Session, caller_id: uuid.UUID) -> Sequence[ConsentEntry]:
    """List all that a caller ever agreed to and took back, newest first."""
    return session.scalars(
        sa.select(ConsentEntry)
        .where(ConsentEntry.caller_id == caller_id)
        .order_by(ConsentEntry.number.desc())
    ).all()


def verify_chain(session: Session, caller_id: uuid.UUID) -> Fault | None:
    """Walk a caller's chain; names the first row that was changed, put in, or is missing.

    Rows missing at the end show by the record of who did what: it counts the entries made.
    """
    seal, expected = b"", 1
    for entry_id in session.scalars(
        sa.select(ConsentEntry.id)
        .where(ConsentEntry.caller_id == caller_id)
        .order_by(ConsentEntry.number, ConsentEntry.at)
    ).all():
        try:
            entry = session.get_one(ConsentEntry, entry_id, populate_existing=True)
        except (encryption.LockBrokenError, encryption.KeyMissingError, ValueError, LookupError):
            return Fault(expected, entry_id, "its words don't open")
        if entry.number != expected:
            return Fault(expected, entry_id, f"entry {expected} is missing")
        if entry.seal != _seal(seal, entry):
            return Fault(expected, entry_id, "it is not as it was written")
        seal, expected = entry.seal, expected + 1
    noted = session.scalar(
        sa.select(sa.func.count()).where(
            audit.AuditEntry.about == caller_id, audit.AuditEntry.act.in_(_SEALED)
        )
    )
    # Fewer than the entries is no fault: the record of old acts is forgotten in its time.
    is_short = int(noted or 0) > expected - 1
    return Fault(expected, None, "entries are missing at the end") if is_short else None


def _in_force(
    at: datetime, *, caller_id: uuid.UUID | None = None, entry_id: uuid.UUID | None = None
) -> sa.Select[ConsentEntry]:
    later = sa.orm.aliased(ConsentEntry)
    query = sa.select(ConsentEntry).where(
        ConsentEntry.withdraws.is_(None),
        ConsentEntry.at <= at,
        sa.or_(ConsentEntry.valid_until.is_(None), ConsentEntry.valid_until > at),
        ~sa.exists().where(later.withdraws == ConsentEntry.id),
    )
    if caller_id is not None:
        query = query.where(ConsentEntry.caller_id == caller_id)
    return query if entry_id is None else query.where(ConsentEntry.id == entry_id)


def _append(session: Session, entry: ConsentEntry, *, by: uuid.UUID, at: datetime) -> None:
    last = session.execute(
        sa.select(ConsentEntry.number, ConsentEntry.seal)
        .where(ConsentEntry.caller_id == entry.caller_id)
        .order_by(ConsentEntry.number.desc())
        .limit(1)
    ).first()
    entry.id, entry.staff_id, entry.at = uuid.uuid4(), by, at
    entry.number = last.number + 1 if last else 1
    entry.seal = _seal(last.seal if last else b"", entry)
    session.add(entry)
    session.flush()


def _seal(before: bytes, entry: ConsentEntry) -> bytes:
    said = {
        name: _plain(getattr(entry, name))
        for name in sorted(column.key for column in ConsentEntry.__mapper__.column_attrs)
        if name != "seal"
    }
    canonical = json.dumps(
        {"before": before.hex(), "entry": said},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
    )
    return encryption.blind_index(f"consent:{canonical}", encryption.index_key())


def _plain(value: object) -> object:
    match value:
        case datetime():
            return round(value.timestamp() * 1_000_000)
        case uuid.UUID() | enum.Enum():
            return str(value)
        case _:
            return value


def _by_form(session: Session, form_key: uuid.UUID) -> ConsentEntry | None:
    return session.scalar(sa.select(ConsentEntry).where(ConsentEntry.form_key == form_key))


def _withdrawal_of(session: Session, entry_id: uuid.UUID) -> ConsentEntry | None:
    return session.scalar(sa.select(ConsentEntry).where(ConsentEntry.withdraws == entry_id))


def _checked(agreed: Agreed, at: datetime) -> tuple[str, str]:
    if not agreed.scopes:
        raise ConsentRefusedError("Choose what they agree to")
    if agreed.valid_until is not None and agreed.valid_until <= at:
        raise ConsentRefusedError("Choose a day that is still to come")
    recipient = agreed.recipient.replace("\x00", "").strip()
    if len(recipient) > MOST_LETTERS:
        raise ConsentRefusedError("Shorten who it is to 5,000 characters or fewer")
    return _said(agreed.words), recipient


def _said(words: str) -> str:
    words = words.replace("\r\n", "\n").replace("\x00", "").strip()
    if not words:
        raise ConsentRefusedError("Write down what they said, as nearly as you can")
    if len(words) > MOST_LETTERS:
        raise ConsentRefusedError("Shorten what they said to 5,000 characters or fewer")
    return words


def _under_way_relying_on(session: Session, entry_id: uuid.UUID) -> int:
    """Count what relies on one consent and is being carried out at this moment."""
    begun = sa.select(sa.func.count()).where(
        outbox.Promise.relies_on == entry_id,
        outbox.Promise.state.in_((outbox.State.claimed, outbox.State.unsure)),
    )
    return int(session.scalar(begun) or 0)
