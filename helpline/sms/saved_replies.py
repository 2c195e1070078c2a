"""Saved replies: words that were thought about beforehand, with places to fill in.

Each edit is a new version, and a text remembers which one it came from. A version that was once
sent never changes.
"""

import enum
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from helpline import audit
from helpline.accounts.models import Role, StaffMember
from helpline.contacts.models import Contact, Language
from helpline.database import Base, Id

EDITORS = (Role.supervisor, Role.administrator)
"""Who may write saved replies."""
MOST_LETTERS = 612
"""Four parts of GSM-7: more than that is not read in a hurry."""
_MOST_NAME_LETTERS = 60
_PLACE = re.compile(r"\{([^{}]*)\}")


class Place(enum.StrEnum):
    """What can be filled in. The words stand in braces: `{short code}`."""

    short_code = "short code"
    """The number that people dial, such as 116000."""
    first_name = "your name"
    """How the call-taker is called."""
    service = "service"
    """Filled in by hand: the reply can't be sent while it stands there."""
    number = "number"
    time = "time"


BY_HAND = frozenset({Place.service, Place.number, Place.time})


class CannotSaveError(ValueError):
    """The reply can't be saved as it is; the words say why."""


class SavedReply(Base):
    __tablename__ = "saved_reply"

    id: Mapped[Id]
    language: Mapped[Language]
    retired_at: Mapped[datetime | None]
    """Since when it is not offered any more."""


class SavedReplyVersion(Base):
    __tablename__ = "saved_reply_version"

    id: Mapped[Id]
    reply_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("saved_reply.id"))
    number: Mapped[int]
    """1 for the first."""
    name: Mapped[str]
    words: Mapped[str]
    """Written for everybody: nothing of any caller."""
    made_at: Mapped[datetime]
    made_by_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))

    reply: Mapped[SavedReply] = relationship(lazy="joined", innerjoin=True)
    made_by: Mapped[StaffMember] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        sa.UniqueConstraint("reply_id", "number", name="uq_saved_reply_version_number"),
    )


@dataclass(frozen=True)
class Draft:
    """A reply as somebody wrote it."""

    name: str
    words: str
    language: Language

    def checked(self) -> "Draft":
        """Return it tidied.

        Raises:
            CannotSaveError: nothing is written, too much, or a place has no such name.

        """
        name = " ".join(self.name.split())
        words = self.words.replace("\r\n", "\n").replace("\x00", "").strip()
        if not name or len(name) > _MOST_NAME_LETTERS:
            raise CannotSaveError(f"Give it a name of up to {_MOST_NAME_LETTERS} characters")
        if not words or len(words) > MOST_LETTERS:
            raise CannotSaveError(f"Write up to {MOST_LETTERS} characters")
        known = {place.value for place in Place}
        for place in _PLACE.findall(words):
            if place not in known:
                raise CannotSaveError(
                    f"There is no place called {{{place}}}. Use one of: "
                    + ", ".join(f"{{{each}}}" for each in Place)
                )
        return Draft(name, words, self.language)


def save(
    session: Session,
    draft: Draft,
    *,
    by: uuid.UUID,
    at: datetime,
    reply_id: uuid.UUID | None = None,
) -> SavedReplyVersion:
    """Keep a new reply, or a new version of one. The same words again make no new version.

    Raises:
        CannotSaveError: see `Draft.checked`; or there is no such reply.

    """
    draft = draft.checked()
    if reply_id is None:
        reply = SavedReply(id=uuid.uuid4(), language=draft.language)
        session.add(reply)
        session.flush()
    else:
        reply = _locked(session, reply_id)
    latest = _latest(session, reply.id)
    reply.language, reply.retired_at = draft.language, None
    if latest is not None and (latest.name, latest.words) == (draft.name, draft.words):
        return latest
    version = SavedReplyVersion(
        reply_id=reply.id,
        number=latest.number + 1 if latest is not None else 1,
        name=draft.name,
        words=draft.words,
        made_at=at,
        made_by_id=by,
    )
    session.add(version)
    session.flush()
    audit.note(session, audit.Act.saved_reply_changed, at=at, who=by, about=reply.id)
    return version


def retire(session: Session, reply_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """Offer a reply no longer. What was sent from it keeps its version.

    Raises:
        CannotSaveError: there is no such reply.

    """
    reply = _locked(session, reply_id)
    if reply.retired_at is None:
        reply.retired_at = at
        audit.note(session, audit.Act.saved_reply_changed, at=at, who=by, about=reply.id)


def in_use(session: Session) -> Sequence[SavedReplyVersion]:
    """Return the newest version of each reply that is offered, by name."""
    newest = (
        sa.select(SavedReplyVersion.reply_id, sa.func.max(SavedReplyVersion.number).label("number"))
        .group_by(SavedReplyVersion.reply_id)
        .subquery()
    )
    return session.scalars(
        sa.select(SavedReplyVersion)
        .join(
            newest,
            sa.and_(
                newest.c.reply_id == SavedReplyVersion.reply_id,
                newest.c.number == SavedReplyVersion.number,
            ),
        )
        .join(SavedReply, SavedReply.id == SavedReplyVersion.reply_id)
        .where(SavedReply.retired_at.is_(None))
        .order_by(SavedReplyVersion.name, SavedReplyVersion.id)
    ).all()


def versions(session: Session, reply_id: uuid.UUID) -> Sequence[SavedReplyVersion]:
    """Return all versions of a reply, newest first."""
    return session.scalars(
        sa.select(SavedReplyVersion)
        .where(SavedReplyVersion.reply_id == reply_id)
        .order_by(SavedReplyVersion.number.desc())
    ).all()


def known(session: Session, version_id: uuid.UUID | None) -> uuid.UUID | None:
    """Return the id if there is such a version."""
    if version_id is None:
        return None
    found: uuid.UUID | None = session.scalar(
        sa.select(SavedReplyVersion.id).where(SavedReplyVersion.id == version_id)
    )
    return found


def filled_in(words: str, values: Mapping[Place, str]) -> str:
    """Write the values that are known into their places; the others stay to be filled by hand."""
    return _PLACE.sub(
        lambda found: values.get(_place(found.group(1)), found.group(0)),  # type: ignore[arg-type]
        words,
    )


def left_open(words: str) -> Sequence[str]:
    """Return the places that nobody has filled in yet, as they stand in the text."""
    known = {place.value for place in Place}
    return [f"{{{each}}}" for each in _PLACE.findall(words) if each in known]


def fits(version: SavedReplyVersion, contact: Contact) -> bool:
    """Whether a reply is in the contact's language."""
    return version.reply.language is contact.language


def _place(name: str) -> Place | None:
    return next((place for place in Place if place.value == name), None)


def _latest(session: Session, reply_id: uuid.UUID) -> SavedReplyVersion | None:
    return session.scalars(
        sa.select(SavedReplyVersion)
        .where(SavedReplyVersion.reply_id == reply_id)
        .order_by(SavedReplyVersion.number.desc())
        .limit(1)
    ).first()


def _locked(session: Session, reply_id: uuid.UUID) -> SavedReply:
    reply = session.scalars(
        sa.select(SavedReply).where(SavedReply.id == reply_id).with_for_update()
    ).one_or_none()
    if reply is None:
        raise CannotSaveError("There is no such reply any more")
    return reply
