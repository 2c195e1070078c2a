"""Numbers that turned out to be somebody else's: noted, and never texted again."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit
from helpline.contacts import outreach
from helpline.textsafe import stopping
from helpline.textsafe.models import Ending, HowItShowed, MisdirectedNumber, TextSafeRequest

MOST_LETTERS = 1_000


class NothingDoneError(ValueError):
    """What was done must be written down, and not at too great a length."""


@dataclass(frozen=True)
class Noted:
    """What somebody writes down about a misdirected number."""

    showed: HowItShowed
    done: str = field(repr=False)
    form_key: uuid.UUID


def note(
    session: Session, request_id: uuid.UUID, noted: Noted, *, by: uuid.UUID, at: datetime
) -> MisdirectedNumber:
    """Note that a number is somebody else's: every request for it ends, whoever asked.

    Kept for later is only the fingerprint of a number that wants no such texts. No force is told:
    it would learn that the phone is in use.

    Raises:
        NothingDoneError: what was done is missing or too long.

    """
    done = noted.done.strip()
    if not done or len(done) > MOST_LETTERS:
        raise NothingDoneError("Write what was done about it, in 1,000 characters or fewer")
    known = session.scalar(
        sa.select(MisdirectedNumber).where(MisdirectedNumber.form_key == noted.form_key)
    )
    if known is not None:
        return known
    request = session.get_one(TextSafeRequest, request_id)
    incident = MisdirectedNumber(
        id=uuid.uuid4(),
        request_id=request_id,
        showed=noted.showed,
        noted_at=at,
        noted_by=by,
        done=done,
        form_key=noted.form_key,
    )
    session.add(incident)
    session.flush()
    outreach.stop(session, request.caller, at=at)
    same_number = sa.select(TextSafeRequest).where(TextSafeRequest.caller_id == request.caller_id)
    for each in session.scalars(same_number).all():
        stopping.end(session, each, Ending.wrong_number, at=at)
    audit.note(session, audit.Act.textsafe_misdirected, at=at, who=by, about=request_id)
    return incident


def listed(session: Session) -> Sequence[tuple[MisdirectedNumber, TextSafeRequest]]:
    """List the incidents, the newest first, each with its request."""
    rows = session.execute(
        sa.select(MisdirectedNumber, TextSafeRequest)
        .join(TextSafeRequest, TextSafeRequest.id == MisdirectedNumber.request_id)
        .order_by(MisdirectedNumber.noted_at.desc())
        .limit(100)
    )
    return [(row[0], row[1]) for row in rows]
