"""Voicemails as work: who listens to which, by when, and what came of it.

Danger first, then by the time they are due. Whoever takes one becomes the owner of its contact, and
with that may read it; who listened is on record.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live
from helpline.contacts import contacts
from helpline.contacts.models import ContactState, Happening
from helpline.voice import voicemails
from helpline.voice.voicemails import Voicemail, VoicemailOutcome, VoicemailState

MOST_SHOWN = 100
_WORK = (VoicemailState.left, VoicemailState.kept, VoicemailState.not_had)


class CannotDoError(ValueError):
    """It can't be done now; the words say why."""


def to_do() -> sa.ColumnElement[bool]:
    """Write the condition that a voicemail waits to be dealt with."""
    return sa.and_(Voicemail.done_at.is_(None), Voicemail.state.in_(_WORK))


def listed(session: Session) -> Sequence[Voicemail]:
    """List what is to be listened to, danger first, then by the time it is due."""
    return session.scalars(
        sa.select(Voicemail)
        .where(to_do())
        .order_by(Voicemail.is_urgent.desc(), Voicemail.due_at, Voicemail.id)
        .limit(MOST_SHOWN)
    ).all()


def count(session: Session) -> int:
    """Count what is to be listened to."""
    return int(session.scalar(sa.select(sa.func.count()).where(to_do())) or 0)


def locked(session: Session, voicemail_id: uuid.UUID) -> Voicemail | None:
    """Read one afresh, and hold its contact and it until the transaction ends."""
    contact_id = session.scalar(sa.select(Voicemail.contact_id).where(Voicemail.id == voicemail_id))
    if contact_id is None:
        return None
    contacts.locked(session, contact_id)
    return session.scalars(
        sa.select(Voicemail)
        .where(Voicemail.id == voicemail_id)
        .with_for_update(of=Voicemail)
        .execution_options(populate_existing=True)
    ).one_or_none()


def take(session: Session, voicemail: Voicemail, staff_id: uuid.UUID, *, at: datetime) -> None:
    """Take a voicemail to listen to it. One's own again changes nothing.

    Raises:
        CannotDoError: a colleague has it, or it is done.

    """
    if voicemail.done_at is not None:
        raise CannotDoError("This one is done already")
    if voicemail.taken_by_id == staff_id:
        return
    if voicemail.taken_by_id is not None:
        raise CannotDoError("A colleague has taken this one. Nothing is lost")
    contact = voicemail.contact
    voicemail.taken_by_id, voicemail.taken_at = staff_id, at
    if contact.state is ContactState.closed:
        contact.owner_id = staff_id
    audit.note(session, audit.Act.voicemail_taken, at=at, who=staff_id, about=contact.id)
    _changed(session, voicemail)


def put_back(session: Session, voicemail: Voicemail, staff_id: uuid.UUID, *, at: datetime) -> None:
    """Give a voicemail back, so that a colleague can take it. Also a colleague's: people go home.

    Raises:
        CannotDoError: it is done.

    """
    if voicemail.done_at is not None:
        raise CannotDoError("This one is done already")
    if voicemail.contact.state is ContactState.closed:
        voicemail.contact.owner_id = None
    voicemail.taken_by_id = voicemail.taken_at = None
    audit.note(
        session, audit.Act.voicemail_put_back, at=at, who=staff_id, about=voicemail.contact_id
    )
    _changed(session, voicemail)


def put_first(session: Session, voicemail: Voicemail, staff_id: uuid.UUID, *, at: datetime) -> None:
    """Note that somebody may be in danger: it is due at once, and stands before the others."""
    if voicemail.is_urgent or voicemail.done_at is not None:
        return
    voicemail.is_urgent, voicemail.due_at = True, at
    audit.note(
        session, audit.Act.voicemail_put_first, at=at, who=staff_id, about=voicemail.contact_id
    )
    _changed(session, voicemail)


@dataclass(frozen=True)
class Done:
    """What somebody did about a voicemail."""

    outcome: VoicemailOutcome
    words: str = field(repr=False)
    form_key: uuid.UUID


def done(
    session: Session, voicemail: Voicemail, staff_id: uuid.UUID, what: Done, *, at: datetime
) -> None:
    """Note what was done about a voicemail: a code, and words that become a note of its contact.

    Raises:
        CannotDoError: it is not theirs, or not to be had yet.
        contacts.WordsMissingError: nothing was written, or too much.

    """
    if voicemail.done_at is not None:
        return
    if voicemail.taken_by_id != staff_id:
        raise CannotDoError("Take it first")
    contacts.write_note(session, voicemail.contact, staff_id, what.words, what.form_key, at=at)
    voicemail.outcome, voicemail.done_by_id, voicemail.done_at = what.outcome, staff_id, at
    contacts.happened(
        session, voicemail.contact, Happening.voicemail_done, at=at, staff_id=staff_id
    )
    audit.note(session, audit.Act.voicemail_done, at=at, who=staff_id, about=voicemail.contact_id)
    _changed(session, voicemail)


def fetch_again(session: Session, voicemail: Voicemail, *, at: datetime) -> None:
    """Ask the carrier once more for one that it did not give."""
    voicemails.fetch_again(session, voicemail, at=at)
    _changed(session, voicemail)


def _changed(session: Session, voicemail: Voicemail) -> None:
    contacts.tell_changed(session, voicemail.contact)
    live.tell(session, "shift")
