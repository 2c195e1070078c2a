"""Officers of police partners: invited by the helpline, known by their force's mail domain.

They have an account like everybody, with a second factor, and come into the pages for officers
alone (`web/access.py`). Whether they are still let in is asked at every page
(`organisations.lets_in`).
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.accounts import invitations, organisations, staff
from helpline.accounts.models import Invitation, Organisation, OrganisationKind, Role, StaffMember


@dataclass(frozen=True)
class Invited:
    """An officer, as an administrator wrote them down."""

    email: str
    display_name: str
    form_key: uuid.UUID


def invite(
    session: Session,
    organisation: Organisation,
    invited: Invited,
    *,
    by: uuid.UUID,
    at: datetime,
) -> str:
    """Invite an officer and return the secret of the link, which can't be shown again.

    Raises:
        CannotAddError: not police, an address of another domain, or one that is taken.

    """
    if organisation.kind is not OrganisationKind.police:
        raise staff.CannotAddError("Only police have officers who sign in")
    if not organisations.has_domain(organisation, invited.email):
        allowed = ", ".join(organisation.mail_domains) or "none yet"
        raise staff.CannotAddError(f"The address must end in an allowed mail domain: {allowed}")
    wanted = invitations.Invited(
        invited.email,
        invited.display_name,
        Role.police_partner,
        None,
        invited.form_key,
        organisation.id,
    )
    return invitations.invite(session, wanted, by=by, at=at)


def of(session: Session, organisation_id: uuid.UUID) -> Sequence[StaffMember]:
    """List the officers of a force by name."""
    return session.scalars(
        sa.select(StaffMember)
        .where(StaffMember.organisation_id == organisation_id)
        .order_by(StaffMember.is_active.desc(), StaffMember.display_name)
    ).all()


def invited_of(
    session: Session, organisation_id: uuid.UUID, *, at: datetime
) -> Sequence[Invitation]:
    """List the invitations of a force that still open."""
    return [
        each
        for each in invitations.open_ones(session, at=at)
        if each.organisation_id == organisation_id
    ]
