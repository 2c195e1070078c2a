"""A made-up force with an officer and requests in several states, for a training instance."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from helpline.accounts import organisations, staff
from helpline.accounts.models import OrganisationKind, Role, StaffMember
from helpline.contacts.models import Language
from helpline.textsafe import approval, forces, intake, sending, stopping
from helpline.textsafe.intake import Asked, Asker
from helpline.textsafe.models import (
    AgeBand,
    Answer,
    Basis,
    How,
    Refusal,
    Relation,
    Risk,
    SuicideRisk,
    TextSafeRequest,
)

FORCE, DOMAIN = "Westmoor Police", "westmoor.police.uk"
OFFICER = ("Officer Alex", f"alex@{DOMAIN}")
IN_TRAINING = ("Heddlu Dyffryn", "dyffryn.police.uk")


def load(session: Session, password: str, *, by: uuid.UUID, at: datetime) -> StaffMember:
    """Add two forces, one of them live with an officer and some requests; return the officer."""
    live = organisations.add(session, FORCE, OrganisationKind.police, DOMAIN, by=by, at=at)
    forces.set_live(session, live.id, live=True, by=by, at=at)
    organisations.add(
        session, IN_TRAINING[0], OrganisationKind.police, IN_TRAINING[1], by=by, at=at
    )
    name, email = OFFICER
    officer = staff.add(session, email, name, Role.police_partner, password, None, at=at)
    officer.organisation_id = live.id
    session.flush()
    _requests(session, officer, by, at)
    return officer


def _requests(session: Session, officer: StaffMember, by: uuid.UUID, at: datetime) -> None:
    """Let them come about by the rules: each stands as such a request stands."""
    before = at - timedelta(days=3, hours=6)
    found = _ask(session, officer, _asked("WM-2026-1102", "07700 900181", before), before)
    _turn(session, before)
    stopping.found(session, found.organisation_id, found.id, by=officer.id, at=at)
    weak = replace(
        _asked("WM-2026-1150", "07700 900182", before),
        basis=Basis.safeguarding,
        why="The office thinks that somebody should check on them.",
    )
    rejected = _ask(session, officer, weak, before)
    approval.reject(session, rejected.id, Refusal.basis_too_weak, by=by, at=at)
    sent = _asked("WM-2026-1171", "07700 900183", at)
    kept = _ask(session, officer, sent, at - timedelta(hours=3))
    _turn(session, at - timedelta(hours=3))
    again = replace(sent, key=str(uuid.uuid4()))
    _ask(session, officer, again, at - timedelta(hours=1))
    stopping.withdraw(session, kept.organisation_id, kept.id, by=officer.id, at=at)
    child = replace(
        _asked("WM-2026-1184", "07700 900184", at),
        age_band=AgeBand.under_18,
        given_by=Relation.parent,
        repeat_wanted=True,
    )
    _ask(session, officer, child, at - timedelta(minutes=25))
    at_risk = replace(
        _asked("WM-2026-1187", "07700 900185", at),
        risk=Risk.high,
        suicide_risk=SuicideRisk.high,
        language=Language.cy,
    )
    _ask(session, officer, at_risk, at - timedelta(minutes=8))


def _ask(session: Session, officer: StaffMember, asked: Asked, at: datetime) -> TextSafeRequest:
    asker = Asker(officer.organisation_id or uuid.uuid4(), officer_id=officer.id)
    return intake.ask(session, asker, asked, at=at)


def _turn(session: Session, at: datetime) -> None:
    sending.leave_due(session, per_second=100, at=at)


def _asked(reference: str, mobile: str, at: datetime) -> Asked:
    return Asked(
        key=str(uuid.uuid4()),
        force_reference=reference,
        officer="PC 4471",
        officer_email=OFFICER[1],
        mobile=mobile,
        age_band=AgeBand.adult,
        risk=Risk.medium,
        basis=Basis.consent,
        given_by=Relation.partner,
        given_at=at - timedelta(hours=5),
        given_how=How.by_telephone,
        in_other_hands=Answer.no,
        reported_at=at - timedelta(hours=6),
    )
