"""Giving a mobile number to Samaritans: four gates, two people, and nothing comes back.

Source: the strategy's West Mercia box, domain.md 2.3 and 2.4, rule 9. Only the number leaves: it
is shown once, to be told to Samaritans, and who saw it is on record.
"""

import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live
from helpline.accounts.models import Role, StaffMember
from helpline.confidentiality import vault
from helpline.phone_numbers import PhoneNumber
from helpline.textsafe import stopping
from helpline.textsafe.models import (
    NEXT_OF_KIN,
    AgeBand,
    Basis,
    HandOver,
    How,
    Relation,
    SuicideRisk,
    TextSafeRequest,
)


class Gate(enum.StrEnum):
    """What must all be so before a number leaves."""

    adult = "adult"
    high_suicide_risk = "high_suicide_risk"
    next_of_kin_agreed = "next_of_kin_agreed"
    supervisor = "supervisor"
    still_missing = "still_missing"
    """Neither found nor withdrawn, rejected, stopped or in touch with us."""


class GateShutError(Exception):
    """A number may not be given to Samaritans; `gates` says which are shut."""

    def __init__(self, gates: Sequence[Gate]) -> None:
        super().__init__("Not all gates are open")
        self.gates = tuple(gates)


@dataclass(frozen=True)
class KinConsent:
    """Who of the next of kin agreed, when and how."""

    relation: Relation
    at: datetime
    how: How


def consent_of(request: TextSafeRequest) -> KinConsent | None:
    """Return the consent of the next of kin that the request itself brought, if it did."""
    if request.basis is not Basis.consent or request.given_by not in NEXT_OF_KIN:
        return None
    if request.given_at is None or request.given_how is None or request.given_by is None:
        return None
    return KinConsent(request.given_by, request.given_at, request.given_how)


def shut(
    session: Session, request: TextSafeRequest, consent: KinConsent | None, *, at: datetime
) -> list[Gate]:
    """Say which gates are shut for a request, the supervisor's left out."""
    is_agreed = consent is not None and consent.relation in NEXT_OF_KIN and consent.at <= at
    open_if = {
        Gate.adult: request.age_band is AgeBand.adult,
        Gate.high_suicide_risk: request.suicide_risk is SuicideRisk.high,
        Gate.next_of_kin_agreed: is_agreed,
        Gate.still_missing: not request.is_training
        and stopping.why_over(session, request, at=at) is None,
    }
    return [gate for gate, is_open in open_if.items() if not is_open]


def propose(
    session: Session,
    request_id: uuid.UUID,
    consent: KinConsent | None,
    *,
    by: uuid.UUID,
    at: datetime,
) -> HandOver:
    """Propose to give a number to Samaritans. Proposed already, it stays as it is.

    Raises:
        GateShutError: names the gates that are shut.

    """
    request = session.get_one(TextSafeRequest, request_id, with_for_update={"of": TextSafeRequest})
    known = session.get(HandOver, request_id)
    if known is not None:
        return known
    gates = shut(session, request, consent, at=at)
    if gates or consent is None:
        raise GateShutError(gates)
    proposed = HandOver(
        request_id=request_id,
        consent_of=consent.relation,
        consent_at=consent.at,
        consent_how=consent.how,
        proposed_by=by,
        proposed_at=at,
    )
    session.add(proposed)
    session.flush()
    audit.note(session, audit.Act.samaritans_proposed, at=at, who=by, about=request_id)
    live.tell(session, "shift")
    return proposed


def approve(session: Session, request_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """Approve a hand-over, as a supervisor who did not propose it.

    Raises:
        GateShutError: names the gates that are shut, the supervisor's among them.

    """
    hand_over = _checked(session, request_id, at)
    supervisor = session.get(StaffMember, by)
    if supervisor is None or supervisor.role is not Role.supervisor or by == hand_over.proposed_by:
        raise GateShutError([Gate.supervisor])
    if hand_over.approved_at is None:
        hand_over.approved_by, hand_over.approved_at = by, at
        audit.note(session, audit.Act.samaritans_approved, at=at, who=by, about=request_id)
        live.tell(session, "shift")


def hand_over_number(
    session: Session, request_id: uuid.UUID, *, by: uuid.UUID, at: datetime
) -> PhoneNumber:
    """Return the number, this once, to be told to Samaritans.

    Raises:
        GateShutError: not approved, handed over already, or a gate has shut since.

    """
    hand_over = _checked(session, request_id, at)
    if hand_over.approved_at is None:
        raise GateShutError([Gate.supervisor])
    if hand_over.handed_over_at is not None:
        raise GateShutError([])
    request = session.get_one(TextSafeRequest, request_id)
    token = request.caller.number_token
    if token is None:
        raise GateShutError([Gate.still_missing])
    hand_over.handed_over_by, hand_over.handed_over_at = by, at
    audit.note(session, audit.Act.samaritans_given, at=at, who=by, about=request_id)
    return vault.number_for_carrier(session, token)


def waiting(session: Session) -> Sequence[HandOver]:
    """List what a supervisor has to approve, or somebody has to hand over."""
    return session.scalars(
        sa.select(HandOver)
        .where(HandOver.handed_over_at.is_(None))
        .order_by(HandOver.proposed_at)
        .limit(50)
    ).all()


def _checked(session: Session, request_id: uuid.UUID, at: datetime) -> HandOver:
    hand_over = session.get(HandOver, request_id, with_for_update=True, populate_existing=True)
    request = session.get(TextSafeRequest, request_id, populate_existing=True)
    if hand_over is None or request is None:
        raise GateShutError([Gate.next_of_kin_agreed])
    agreed = KinConsent(hand_over.consent_of, hand_over.consent_at, hand_over.consent_how)
    gates = shut(session, request, agreed, at=at)
    if gates:
        raise GateShutError(gates)
    return hand_over
