"""What a force sees of its own requests: accepted, rejected, sent, and its own acts.

It is computed from the row of the request and from nothing else. No telephone's doing is stored
there, so two requests that differ only in what a phone did look alike to the last byte, and take
the same time (design.md 6.6). A request of another force is as one that does not exist.
"""

import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, lazyload

from helpline.textsafe.intake import reference_mark
from helpline.textsafe.models import Decision, Refusal, TextSafeRequest
from helpline.textsafe.stopping import NotTheirsError

MOST = 100
PAGE = 25


class Status(enum.StrEnum):
    accepted = "accepted"
    """We have it. A person looks at it where our rules say so, then its turn comes."""
    rejected = "rejected"
    sent = "sent"
    """Its turn came. Whether a phone took the text, or anybody answered, stays with us."""


@dataclass(frozen=True)
class Seen:
    """One request as its force sees it."""

    id: uuid.UUID
    force_reference: str = field(repr=False)
    officer: str = field(repr=False)
    status: Status
    reason: Refusal | None
    training: bool
    asked_at: datetime
    sent_at: datetime | None
    found_at: datetime | None
    withdrawn_at: datetime | None


@dataclass(frozen=True)
class Page:
    """Some of a force's requests, the newest first, and where the next ones begin."""

    seen: Sequence[Seen]
    next_after: uuid.UUID | None


def view(request: TextSafeRequest) -> Seen:
    """Say how a request stands, to the force that asked it."""
    status = Status.sent if request.dealt_with_at is not None else Status.accepted
    if request.decision is Decision.rejected:
        status = Status.rejected
    return Seen(
        id=request.id,
        force_reference=request.force_reference,
        officer=request.officer,
        status=status,
        reason=request.refusal,
        training=request.is_training,
        asked_at=request.asked_at,
        sent_at=request.dealt_with_at,
        found_at=request.found_at,
        withdrawn_at=request.withdrawn_at,
    )


def one(session: Session, organisation_id: uuid.UUID, request_id: uuid.UUID) -> Seen:
    """Return one request of a force.

    Raises:
        NotTheirsError: there is none, or it is another force's: nobody can tell which.

    """
    found = session.scalar(_of(organisation_id).where(TextSafeRequest.id == request_id))
    if found is None:
        raise NotTheirsError
    return view(found)


def listed(
    session: Session,
    organisation_id: uuid.UUID,
    *,
    after: uuid.UUID | None = None,
    reference: str = "",
    most: int = PAGE,
) -> Page:
    """List a force's requests, the newest first, from `after` on.

    Raises:
        NotTheirsError: `after` is no request of this force.

    """
    wanted = _of(organisation_id).order_by(TextSafeRequest.number.desc())
    if after is not None:
        last = session.scalar(
            sa.select(TextSafeRequest.number).where(
                TextSafeRequest.id == after, TextSafeRequest.organisation_id == organisation_id
            )
        )
        if last is None:
            raise NotTheirsError
        wanted = wanted.where(TextSafeRequest.number < last)
    if reference:
        mark = reference_mark(organisation_id, reference)
        wanted = wanted.where(TextSafeRequest.reference_mark == mark)
    most = max(1, min(most, MOST))
    found = session.scalars(wanted.limit(most + 1)).all()
    shown = [view(each) for each in found[:most]]
    return Page(shown, shown[-1].id if len(found) > most else None)


def _of(organisation_id: uuid.UUID) -> sa.Select[TextSafeRequest]:
    return (
        sa.select(TextSafeRequest)
        .where(TextSafeRequest.organisation_id == organisation_id)
        # Nothing of the person is even read.
        .options(lazyload(TextSafeRequest.caller), lazyload(TextSafeRequest.organisation))
        .execution_options(populate_existing=True)
    )
