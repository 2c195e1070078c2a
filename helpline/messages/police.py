"""Telling the police "I am safe": agreed word for word, told by a person, never by a program.

Only the police can close a case, and they must see the person (domain.md 3.1): the author is told.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live
from helpline.confidentiality import consent
from helpline.confidentiality.consent import Heard, Scope, Towards
from helpline.database import one_at_a_time
from helpline.messages import sendings
from helpline.messages.happenings import PoliceNotice, Side, Told
from helpline.messages.models import Thread
from helpline.messages.sendings import Ground, Leaving

REMINDER = (
    "Tell them: only the police can close the case, and they have to see you. It takes about ten "
    "minutes, with any force, at any station. They won't tell an adult's family where you are "
    "without your agreement."
)
_MOST_LETTERS = 1_500


class NoticeRefusedError(ValueError):
    """The notice can't be kept or told so; the words say why."""


@dataclass(frozen=True)
class Wanted:
    """What exactly the author wants the police to be told, and which force."""

    force: str = field(repr=False)
    words: str = field(repr=False)
    heard: Heard
    reminded: bool
    """They were told what only the police can do (`REMINDER`)."""
    form_key: uuid.UUID


def agree(
    session: Session, thread: Thread, wanted: Wanted, *, by: uuid.UUID, at: datetime
) -> PoliceNotice:
    """Keep what is to be told, as a consent of its own. The same form again changes nothing.

    Raises:
        NoticeRefusedError: force or words are missing or too long, or they were not reminded.

    """
    one_at_a_time(session, wanted.form_key)
    known = session.scalar(sa.select(PoliceNotice).where(PoliceNotice.form_key == wanted.form_key))
    if known is not None:
        return known
    force, words = wanted.force.strip(), wanted.words.strip()
    if not force or not words:
        raise NoticeRefusedError("Write which force, and exactly what it is to be told")
    if max(len(force), len(words)) > _MOST_LETTERS:
        raise NoticeRefusedError("Shorten it to 1,500 characters or fewer")
    if not wanted.reminded:
        raise NoticeRefusedError("Tell them first that only a police check closes the case")
    agreed = consent.Agreed(
        scopes=frozenset({Scope.tell_police}),
        towards=Towards.police,
        recipient=force,
        words=words,
        heard=wanted.heard,
        form_key=wanted.form_key,
    )
    entry = consent.record(session, thread.caller_id, agreed, by=by, at=at)
    notice = PoliceNotice(
        id=uuid.uuid4(),
        thread_id=thread.id,
        at=at,
        staff_id=by,
        force=force,
        words=words,
        consent_id=entry.id,
        form_key=wanted.form_key,
    )
    session.add(notice)
    session.flush()
    audit.note(session, audit.Act.police_notice_agreed, at=at, who=by, about=thread.id)
    live.tell(session, "messages")
    return notice


def told(
    session: Session, notice: PoliceNotice, force_reference: str, *, by: uuid.UUID, at: datetime
) -> None:
    """Enter that somebody told the force these words. Told already: no change.

    Raises:
        NoticeRefusedError: the author took it back.

    """
    if notice.told_at is not None:
        return
    if not consent.holds(session, notice.consent_id, at=at):
        raise NoticeRefusedError("They took it back: tell nobody")
    notice.told_at, notice.told_by = at, by
    notice.force_reference = force_reference.strip()[:_MOST_LETTERS] or None
    gone = Leaving(
        Side.police,
        Told.police_notice,
        notice.id,
        notice.words,
        Ground(consent_id=notice.consent_id),
        staff_id=by,
    )
    sendings.record(session, notice.thread_id, gone, at=at)
    audit.note(session, audit.Act.police_told, at=at, who=by, about=notice.thread_id)


def to_tell(session: Session, *, at: datetime) -> Sequence[PoliceNotice]:
    """List the notices that somebody has to tell, oldest first."""
    open_ones = session.scalars(
        sa.select(PoliceNotice).where(PoliceNotice.told_at.is_(None)).order_by(PoliceNotice.at)
    )
    return [each for each in open_ones if consent.holds(session, each.consent_id, at=at)]
