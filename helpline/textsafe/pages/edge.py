"""What the pages of TextSafe share: who looks, who decides, names of colleagues."""

import uuid

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import Session

from helpline import audit
from helpline.accounts.models import Role, StaffMember
from helpline.clock import now
from helpline.confidentiality.access import Data, Sight, may
from helpline.textsafe.models import TextSafeRequest
from helpline.web.access import person
from helpline.web.forms import HelplineForm

INVALID = 422
READERS = tuple(each for each in Role if may(each, Data.textsafe_request) is Sight.whole)
"""Supervisors, safeguarding leads and partner liaison (domain.md 9)."""
DECIDERS = (Role.supervisor, Role.partner_liaison)


def request_for_me(session: Session, request_id: uuid.UUID) -> TextSafeRequest:
    """Return a request, with the look on record."""
    found = session.get(TextSafeRequest, request_id, populate_existing=True)
    if found is None:
        abort(404)
    audit.note(session, audit.Act.textsafe_seen, at=now(), who=person().id, about=request_id)
    return found


def names(session: Session, *ids: uuid.UUID | None) -> dict[uuid.UUID, str]:
    """Return the names of people by their ids."""
    rows = session.execute(
        sa.select(StaffMember.id, StaffMember.display_name).where(
            StaffMember.id.in_([each for each in ids if each is not None])
        )
    )
    return {row.id: row.display_name for row in rows}


def status(*forms: HelplineForm) -> int:
    """Return the status of a page with forms."""
    return INVALID if any(form.errors for form in forms) else 200
