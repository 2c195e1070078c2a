"""Police organisations: live, or in training mode, where everything is done but the text."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from helpline import audit
from helpline.accounts.models import Organisation, OrganisationKind
from helpline.textsafe.models import Force


class NotPoliceError(Exception):
    """Only police may ask for a TextSafe."""


def check_may_ask(session: Session, organisation_id: uuid.UUID) -> Organisation:
    """Return the force if it may ask.

    Raises:
        NotPoliceError: it is no police organisation, or we don't work with it any more.

    """
    found = session.get(Organisation, organisation_id)
    if found is None or found.kind is not OrganisationKind.police or not found.is_active:
        raise NotPoliceError
    return found


def is_live(session: Session, organisation_id: uuid.UUID) -> bool:
    """Whether texts leave for a force; a new one begins in training mode."""
    found = session.get(Force, organisation_id)
    return found is not None and found.is_live


def set_live(
    session: Session, organisation_id: uuid.UUID, *, live: bool, by: uuid.UUID, at: datetime
) -> None:
    """Let a force's texts leave from now on, or put it back into training mode.

    Raises:
        NotPoliceError: it is no police organisation.

    """
    check_may_ask(session, organisation_id)
    found = session.get(Force, organisation_id)
    if found is None:
        found = Force(organisation_id=organisation_id)
        session.add(found)
    found.is_live, found.changed_at, found.changed_by = live, at, by
    session.flush()
    audit.note(session, audit.Act.organisation_changed, at=at, who=by, about=organisation_id)
