"""Makes forces, officers and requests for tests, by the rules themselves."""

import itertools
import uuid
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from helpline.accounts import organisations
from helpline.accounts.models import Organisation, OrganisationKind, Role, StaffMember
from helpline.clock import now
from helpline.textsafe import forces, intake
from helpline.textsafe.intake import Asked, Asker
from helpline.textsafe.models import (
    AgeBand,
    Answer,
    Basis,
    How,
    Relation,
    Risk,
    TextSafeRequest,
)
from tests.helpline import making

_count = itertools.count(1)
DOMAIN = "westmoor.police.uk"


def force(
    session: Session, name: str = "", *, live: bool = True, domain: str = DOMAIN
) -> Organisation:
    by = making.staff_member(session, role=Role.administrator, has_phone=False)
    made = organisations.add(
        session,
        name or f"Force {next(_count)}",
        OrganisationKind.police,
        domain,
        by=by.id,
        at=now(),
    )
    if live:
        forces.set_live(session, made.id, live=True, by=by.id, at=now())
    return made


def officer(session: Session, of: Organisation) -> StaffMember:
    made = making.staff_member(session, role=Role.police_partner, has_phone=False)
    made.email, made.organisation_id = f"pc.{next(_count)}@{of.mail_domains[0]}", of.id
    session.flush()
    return made


def asked(at: datetime | None = None, **changed: object) -> Asked:
    """Return a request that needs no second person, unless something is changed."""
    facts: dict[str, object] = {
        "key": str(uuid.uuid4()),
        "force_reference": f"WM-{next(_count)}",
        "officer": "PC 4471",
        "officer_email": f"pc.4471@{DOMAIN}",
        "mobile": making.number().e164,
        "age_band": AgeBand.adult,
        "risk": Risk.medium,
        "basis": Basis.consent,
        "given_by": Relation.partner,
        "given_at": (at or now()) - timedelta(hours=2),
        "given_how": How.by_telephone,
        "in_other_hands": Answer.no,
    } | changed
    return Asked(**facts)  # type: ignore[arg-type]


def request(
    session: Session, of: Organisation, at: datetime | None = None, **changed: object
) -> TextSafeRequest:
    at = at or now()
    return intake.ask(session, Asker(of.id), asked(at, **changed), at=at)
