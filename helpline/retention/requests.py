"""Requests by people about their own data: logged, due in a month, answered or refused.

A relative or anybody else without the person's written authority is refused in words that neither
confirm nor deny, and nothing is looked up (domain.md 7.13).
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, encryption
from helpline.clock import in_london
from helpline.contacts.models import Caller
from helpline.database import one_at_a_time
from helpline.retention.models import (
    AskedBy,
    Refusal,
    RequestState,
    RightsKind,
    RightsRequest,
    Verified,
)
from helpline.retention.periods import later

Decider = uuid.UUID
"""The member of staff who decides."""

ANSWERED = frozenset({AskedBy.themselves, AskedBy.with_authority})
THE_REFUSAL = (
    "We give what we hold about somebody only to that person. We can't say whether we hold "
    "anything. This is our answer to everybody, whatever the truth."
)
"""What anybody else is told, whatever the truth."""
_MARKS = str.maketrans("", "", " -")
_LONGEST_REFERENCE = 20


class RequestRefusedError(ValueError):
    """It can't be logged or decided so; the words say what to do."""


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    kind: RightsKind
    asked_by: AskedBy
    verified: Verified
    reference: str = field(repr=False)
    form_key: uuid.UUID


def log_request(session: Session, asked: Asked, *, by: uuid.UUID, at: datetime) -> RightsRequest:
    """Log a request. The same form again changes nothing.

    Whoever may not be answered is not looked up, so neither the page nor the time can tell.

    Raises:
        RequestRefusedError: no reference, or somebody asks for themselves and nobody has it.

    """
    one_at_a_time(session, asked.form_key)
    known = session.scalar(sa.select(RightsRequest).where(RightsRequest.form_key == asked.form_key))
    if known is not None:
        return known
    reference = plain_reference(asked.reference)
    if not reference:
        raise RequestRefusedError("Write the reference, like K7F-2QX")
    caller = None
    if asked.asked_by in ANSWERED:
        caller = find_caller(session, reference, by=by, at=at)
        if caller is None:
            raise RequestRefusedError("Nobody has this reference. Check it with whoever asks")
    logged = RightsRequest(
        id=uuid.uuid4(),
        kind=asked.kind,
        asked_by=asked.asked_by,
        verified=asked.verified,
        mark=mark(reference),
        caller_id=caller.id if caller is not None else None,
        received_at=at,
        due_on=in_london(later(at, 1)).date(),
        logged_by=by,
        form_key=asked.form_key,
    )
    session.add(logged)
    session.flush()
    audit.note(session, audit.Act.request_logged, at=at, who=by, about=logged.id)
    return logged


def find_caller(
    session: Session, reference: str, *, by: uuid.UUID | None, at: datetime
) -> Caller | None:
    """Find a caller by reference; the search is recorded, its words only as a fingerprint."""
    plain = plain_reference(reference)
    audit.note(session, audit.Act.searched, at=at, who=by, searched_for=plain)
    return session.scalar(sa.select(Caller).where(Caller.reference == plain))


def answerable(session: Session, request: RightsRequest) -> Caller:
    """Return the caller whom a request may be answered about.

    Raises:
        RequestRefusedError: decided already, not verified, or not theirs to ask.

    """
    if request.state is not RequestState.open:
        raise RequestRefusedError("This request is decided already")
    if request.asked_by not in ANSWERED:
        raise RequestRefusedError("Only the person themselves is answered. Refuse this request")
    if request.verified is Verified.not_verified:
        raise RequestRefusedError("Make sure first that it is them: nothing leaves without that")
    if request.caller_id is None:
        raise RequestRefusedError("Nothing is kept about this reference any more")
    return locked_caller(session, request.caller_id)


def verify(
    session: Session, request: RightsRequest, verified: Verified, *, by: uuid.UUID, at: datetime
) -> None:
    """Write down how we came to know that it is them, after the request was logged."""
    if request.state is RequestState.open:
        request.verified = verified
        audit.note(session, audit.Act.request_verified, at=at, who=by, about=request.id)


def complete(session: Session, request: RightsRequest, decider: Decider, *, at: datetime) -> None:
    """Note that a request was answered."""
    request.state, request.decided_by, request.decided_at = RequestState.done, decider, at
    audit.note(session, audit.Act.request_answered, at=at, who=decider, about=request.id)


def refuse(
    session: Session, request: RightsRequest, refusal: Refusal, decider: Decider, *, at: datetime
) -> None:
    """Refuse a request. Decided already changes nothing."""
    if request.state is RequestState.open:
        request.state, request.refusal = RequestState.refused, refusal
        request.decided_by, request.decided_at = decider, at
        audit.note(session, audit.Act.request_refused, at=at, who=decider, about=request.id)


def listed(session: Session, *, most: int = 100) -> Sequence[RightsRequest]:
    """List requests: open ones by the day they are due, then the newest decided."""
    return session.scalars(
        sa.select(RightsRequest)
        .order_by(
            RightsRequest.state != RequestState.open,
            sa.case((RightsRequest.state == RequestState.open, RightsRequest.due_on)),
            RightsRequest.received_at.desc(),
        )
        .limit(most)
    ).all()


def is_open_about(session: Session, caller_id: uuid.UUID) -> bool:
    """Whether a caller has asked for their data and nobody has decided yet."""
    is_open = sa.exists().where(
        RightsRequest.caller_id == caller_id, RightsRequest.state == RequestState.open
    )
    return bool(session.scalar(sa.select(is_open)))


def locked(session: Session, request_id: uuid.UUID) -> RightsRequest | None:
    """Read a request and hold its row until the transaction ends."""
    return session.scalar(
        sa.select(RightsRequest)
        .where(RightsRequest.id == request_id)
        .with_for_update(of=RightsRequest)
        .execution_options(populate_existing=True)
    )


def locked_caller(session: Session, caller_id: uuid.UUID) -> Caller:
    """Read a caller and hold the row until the transaction ends."""
    return session.get_one(Caller, caller_id, with_for_update=True, populate_existing=True)


def plain_reference(written: str) -> str:
    """Read a reference as people write it: `k7f 2qx` is `K7F-2QX`."""
    letters = written[:_LONGEST_REFERENCE].upper().translate(_MARKS)
    return f"{letters[:3]}-{letters[3:]}" if letters else ""


def mark(reference: str) -> bytes:
    """Return the keyed fingerprint under which a request is found again by its reference."""
    return encryption.blind_index(f"reference:{reference}", encryption.index_key())
