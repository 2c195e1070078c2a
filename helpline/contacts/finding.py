"""Finding contacts by reference, day, stream, flags and words of their notes.

Notes are locked, and no index of their words is kept: a search opens the notes of contacts that
this person may read, newest first, up to a bound (docs/decisions/0140-finding.md). What is out of
their sight is out of the query, so neither the answer nor the time it takes speaks of it.
"""

import re
import unicodedata
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit
from helpline.accounts.models import StaffMember
from helpline.audit import AuditEntry
from helpline.clock import LONDON
from helpline.confidentiality.access import Data, Fact, Sight, may
from helpline.contacts.models import Caller, Channel, Contact, Note, Stream, WrapUp

PAGE = 20
MOST_OPENED = 5_000
"""Contacts whose notes one search opens at most; the next one goes on from there."""
MOST_SEARCHES = 60
PER = timedelta(minutes=10)
"""So many searches of one person in so long: enough for work, too few to read everything."""
LEAST_LETTERS = 2
MOST_WORDS = 8
_BATCH = 500
_EXCERPT_LETTERS = 70

# Read by these: all contacts, or one's own, or those flagged, from the newest back.
sa.Index("ix_contact_opened_at", Contact.opened_at)
sa.Index(
    "ix_contact_owned",
    Contact.owner_id,
    Contact.opened_at,
    Contact.id,
    postgresql_where=Contact.owner_id.is_not(None),
)


class TooManySearchesError(Exception):
    """Somebody has searched so often that they must wait."""


@dataclass(frozen=True)
class Place:
    """A contact in the order of all, newest first: a search goes on after it."""

    opened_at: datetime
    contact_id: uuid.UUID

    def __str__(self) -> str:
        """Write it for a hidden field."""
        return f"{self.opened_at.isoformat()}/{self.contact_id}"

    @classmethod
    def read(cls, written: str) -> "Place":
        """Read what was written.

        Raises:
            ValueError: it is something else.

        """
        opened_at, _, contact_id = written.partition("/")
        read = cls(datetime.fromisoformat(opened_at), uuid.UUID(contact_id))
        if read.opened_at.tzinfo is None:
            raise ValueError("A place without a zone")
        return read


@dataclass(frozen=True)
class Wanted:
    """What is looked for; whatever is empty does not matter."""

    words: str = ""
    """All of them, anywhere in the contact's notes; the beginning of a word is enough."""
    reference: str = ""
    """The caller's."""
    stream: Stream | None = None
    channel: Channel | None = None
    first_day: date | None = None
    last_day: date | None = None
    is_flagged: bool = False
    is_child: bool = False
    after: Place | None = None

    def __str__(self) -> str:
        """Write it down for the record of who did what, which keeps a fingerprint of it."""
        said = (self.words, self.reference, self.stream, self.channel, self.first_day)
        flags = (self.last_day, self.is_flagged or "", self.is_child or "")
        return "|".join(" ".join(str(each or "").casefold().split()) for each in (*said, *flags))


@dataclass(frozen=True)
class Excerpt:
    """Where a word was found: what stands before it, the word, and what follows."""

    before: str
    word: str
    after: str


@dataclass(frozen=True)
class Hit:
    contact: Contact
    excerpt: Excerpt | None


@dataclass(frozen=True)
class Found:
    hits: Sequence[Hit]
    looked_back_to: Place | None
    """Where to go on; None where everything was looked at."""


def find(session: Session, staff: StaffMember, wanted: Wanted, *, at: datetime) -> Found:
    """Find contacts that this person may read, newest first, on record.

    Whose notes are quoted in the answer counts as looked at, one by one.

    Raises:
        TooManySearchesError: they have searched 60 times within ten minutes.

    """
    _keep_to_the_limit(session, staff, at)
    audit.note(session, audit.Act.contacts_searched, at=at, who=staff.id, searched_for=str(wanted))
    asked = words_of(wanted.words)
    found = _by_words(session, staff, wanted, asked) if asked else _plainly(session, staff, wanted)
    for hit in found.hits:
        if hit.excerpt is not None:
            audit.note(session, audit.Act.contact_seen, at=at, who=staff.id, about=hit.contact.id)
    return found


def visible_to(staff: StaffMember) -> sa.ColumnElement[bool]:
    """Return the condition under which somebody may read a contact, for use in a query."""
    if may(staff.role, Data.contact_notes) is Sight.whole:
        return sa.true()
    conditions: list[sa.ColumnElement[bool]] = [sa.false()]
    if may(staff.role, Data.contact_notes, Fact.is_own) is Sight.whole:
        conditions.append(Contact.owner_id == staff.id)
    if may(staff.role, Data.contact_notes, Fact.is_flagged) is Sight.whole:
        conditions.append(Contact.is_flagged.is_(True))
    return sa.or_(*conditions)


def words_of(written: str) -> list[str]:
    """Return the words that count of what was asked, without accents and capitals."""
    words = re.findall(r"\w+", _plain(written))
    return list(dict.fromkeys(each for each in words if len(each) >= LEAST_LETTERS))[:MOST_WORDS]


def _keep_to_the_limit(session: Session, staff: StaffMember, at: datetime) -> None:
    searches = session.scalar(
        sa.select(sa.func.count()).where(
            AuditEntry.who == staff.id,
            AuditEntry.act == audit.Act.contacts_searched,
            AuditEntry.at > at - PER,
        )
    )
    if searches is not None and searches >= MOST_SEARCHES:
        raise TooManySearchesError


def _plainly(session: Session, staff: StaffMember, wanted: Wanted) -> Found:
    contacts = session.scalars(
        sa.select(Contact)
        .join(Caller, Caller.id == Contact.caller_id)
        .where(*_conditions(staff, wanted))
        .order_by(Contact.opened_at.desc(), Contact.id.desc())
        .limit(PAGE + 1)
    ).all()
    shown = contacts[:PAGE]
    more = Place(shown[-1].opened_at, shown[-1].id) if len(contacts) > PAGE else None
    return Found([Hit(each, None) for each in shown], more)


def _by_words(session: Session, staff: StaffMember, wanted: Wanted, asked: Sequence[str]) -> Found:
    beginnings = [re.compile(rf"(?<!\w){re.escape(each)}") for each in asked]
    excerpts: dict[uuid.UUID, Excerpt] = {}
    last: Place | None = None
    for opened, (place, notes) in enumerate(_opened(session, staff, wanted)):
        if len(excerpts) == PAGE or opened == MOST_OPENED:
            break
        last = place
        plain = "\n".join(map(_plain, notes))
        if all(each.search(plain) for each in beginnings):
            excerpts[place.contact_id] = _excerpt(notes, beginnings)
    else:
        last = None
    contacts = session.scalars(
        sa.select(Contact)
        .where(Contact.id.in_(excerpts))
        .order_by(Contact.opened_at.desc(), Contact.id.desc())
    )
    return Found([Hit(each, excerpts[each.id]) for each in contacts], last)


def _opened(
    session: Session, staff: StaffMember, wanted: Wanted
) -> Iterator[tuple[Place, Sequence[str]]]:
    """Open the notes of one contact after the other, newest first, in batches."""
    has_notes = sa.or_(
        sa.exists().where(Note.contact_id == Contact.id),
        sa.exists().where(WrapUp.contact_id == Contact.id, WrapUp.other_words.is_not(None)),
    )
    after = wanted.after
    while True:
        rows = session.execute(
            sa.select(Contact.opened_at, Contact.id)
            .join(Caller, Caller.id == Contact.caller_id)
            .where(*_conditions(staff, replace(wanted, after=after)), has_notes)
            .order_by(Contact.opened_at.desc(), Contact.id.desc())
            .limit(_BATCH)
        ).all()
        if not rows:
            return
        written = _written(session, [row.id for row in rows])
        for row in rows:
            after = Place(row.opened_at, row.id)
            yield after, written.get(row.id, [])


def _written(session: Session, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[str]]:
    """Open what was written down about some contacts, oldest first."""
    notes = session.execute(
        sa.select(Note.contact_id, Note.words).where(Note.contact_id.in_(ids)).order_by(Note.at)
    ).all()
    others = session.execute(
        sa.select(WrapUp.contact_id, WrapUp.other_words).where(
            WrapUp.contact_id.in_(ids), WrapUp.other_words.is_not(None)
        )
    ).all()
    found: dict[uuid.UUID, list[str]] = {}
    for contact_id, words in (*notes, *others):
        found.setdefault(contact_id, []).append(str(words))
    return found


def _conditions(staff: StaffMember, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    given: list[tuple[object, sa.ColumnElement[bool]]] = [
        (wanted.reference, Caller.reference == wanted.reference.strip().upper()[:20]),
        (wanted.stream, Contact.stream == wanted.stream),
        (wanted.channel, Contact.channel == wanted.channel),
        (wanted.is_flagged, Contact.is_flagged.is_(True)),
        (wanted.is_child, Contact.is_child.is_(True)),
    ]
    return [
        visible_to(staff),
        *(condition for value, condition in given if value),
        *_between(wanted.first_day, wanted.last_day),
        *_after(wanted.after),
    ]


def _between(first: date | None, last: date | None) -> Iterator[sa.ColumnElement[bool]]:
    if first is not None:
        yield Contact.opened_at >= datetime.combine(first, time(), LONDON)
    if last is not None:
        yield Contact.opened_at < datetime.combine(last + timedelta(days=1), time(), LONDON)


def _after(place: Place | None) -> Iterator[sa.ColumnElement[bool]]:
    if place is not None:
        yield sa.tuple_(Contact.opened_at, Contact.id) < sa.tuple_(
            sa.literal(place.opened_at, Contact.opened_at.type),
            sa.literal(place.contact_id, Contact.id.type),
        )


def _excerpt(notes: Sequence[str], beginnings: Sequence[re.Pattern[str]]) -> Excerpt:
    """Quote the first word that was found, with what stands around it."""
    for note in notes:
        for word in re.finditer(r"\w+", note):
            if any(each.match(_plain(word.group())) for each in beginnings):
                first = max(word.start() - _EXCERPT_LETTERS, 0)
                last = word.end() + _EXCERPT_LETTERS
                return Excerpt(
                    ("\u2026" if first else "") + note[first : word.start()],
                    word.group(),
                    note[word.end() : last] + ("\u2026" if last < len(note) else ""),
                )
    # The word is there in another spelling, such as a ligature that falls apart.
    return Excerpt(notes[0][: 2 * _EXCERPT_LETTERS], "", "")


def _plain(words: str) -> str:
    if words.isascii():
        return words.lower()
    folded = unicodedata.normalize("NFKD", words).casefold()
    return "".join(each for each in folded if not unicodedata.combining(each))
