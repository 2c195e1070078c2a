"""Whether a second person has to agree, and what they decide (domain.md 2.4, rules 2 and 3)."""

import enum
import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live
from helpline.textsafe import sending, stopping
from helpline.textsafe.models import (
    AgeBand,
    Answer,
    Basis,
    Decision,
    Ending,
    Refusal,
    Risk,
    TextSafeRequest,
)

BY_HAND = (Refusal.basis_too_weak, Refusal.may_do_harm, Refusal.not_for_textsafe)
"""What a second person may answer. Free words could give something away."""


class Why(enum.StrEnum):
    """Why a second person looks at a request."""

    child = "child"
    age_not_known = "age_not_known"
    high_risk = "high_risk"
    no_consent = "no_consent"
    other_hands = "other_hands"


class DecidedAlreadyError(Exception):
    """Somebody was quicker, or it is over."""


class SamePersonError(Exception):
    """Whoever asked can't approve it."""


def needed_because(request: TextSafeRequest) -> list[Why]:
    """Say why a second person must agree; nothing where none is needed."""
    reasons = {
        Why.child: request.age_band is AgeBand.under_18,
        Why.age_not_known: request.age_band is AgeBand.not_known,
        Why.high_risk: request.risk is Risk.high,
        Why.no_consent: request.basis is not Basis.consent,
        Why.other_hands: request.in_other_hands is Answer.yes,
    }
    return [why for why, holds in reasons.items() if holds]


def begin(session: Session, request: TextSafeRequest, *, at: datetime) -> None:
    """Accept at once what needs no second person; the rest waits for one."""
    if not needed_because(request):
        _accept(session, request, None, at)


def waiting(session: Session) -> Sequence[TextSafeRequest]:
    """List what waits for a second person: high risk first, then in the order of asking."""
    return session.scalars(
        sa.select(TextSafeRequest)
        .where(TextSafeRequest.decision == Decision.to_approve, TextSafeRequest.is_open)
        .order_by((TextSafeRequest.risk == Risk.high).desc(), TextSafeRequest.number)
        .limit(100)
    ).all()


def approve(session: Session, request_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """Let a request be carried out.

    Raises:
        DecidedAlreadyError: it does not wait for anybody.
        SamePersonError: by whoever asked.

    """
    request = _to_decide(session, request_id, by)
    _accept(session, request, by, at)
    audit.note(session, audit.Act.textsafe_approved, at=at, who=by, about=request_id)


def reject(
    session: Session, request_id: uuid.UUID, because: Refusal, *, by: uuid.UUID, at: datetime
) -> None:
    """Turn a request down, for one of the reasons that give nothing away.

    Raises:
        DecidedAlreadyError: it does not wait for anybody.
        SamePersonError: by whoever asked.
        ValueError: that is no reason for a person to give.

    """
    if because not in BY_HAND:
        raise ValueError("That reason is found by the program alone")
    request = _to_decide(session, request_id, by)
    request.decision, request.refusal = Decision.rejected, because
    request.decided_at, request.decided_by, request.is_open = at, by, False
    stopping.end(session, request, Ending.rejected, at=at)
    audit.note(session, audit.Act.textsafe_rejected, at=at, who=by, about=request_id)
    live.tell(session, "shift")


def _accept(session: Session, request: TextSafeRequest, by: uuid.UUID | None, at: datetime) -> None:
    request.decision, request.decided_at, request.decided_by = Decision.accepted, at, by
    sending.begin(session, request, at=at)
    live.tell(session, "shift")


def _to_decide(session: Session, request_id: uuid.UUID, by: uuid.UUID) -> TextSafeRequest:
    request = stopping.locked(session, request_id)
    if request is None or request.decision is not Decision.to_approve or not request.is_open:
        raise DecidedAlreadyError
    if request.officer_id == by:
        raise SamePersonError
    return request
