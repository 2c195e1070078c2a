"""Who may see what of a contact's consents, plan and disclosures, as the matrix says."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.accounts.models import StaffMember
from helpline.confidentiality.access import Data, Fact, Sight, may
from helpline.confidentiality.models import Disclosure
from helpline.contacts.models import Contact


class NotForYouError(LookupError):
    """It isn't there, or isn't for this person: nobody can tell which."""


def contact(session: Session, contact_id: uuid.UUID, staff_id: uuid.UUID, role: str) -> Contact:
    """Read a contact for somebody who may read its notes.

    Raises:
        NotForYouError: it isn't there, or not for them.

    """
    found = session.get(Contact, contact_id)
    if found is None:
        raise NotForYouError
    facts = [Fact.is_own] if found.owner_id == staff_id else []
    if found.is_flagged:
        facts.append(Fact.is_flagged)
    if may(role, Data.contact_notes, *facts) is not Sight.whole:
        raise NotForYouError
    return found


def disclosure(
    session: Session, disclosure_id: uuid.UUID, staff_id: uuid.UUID, role: str
) -> Disclosure:
    """Read a disclosure for somebody who may read the safeguarding log, or who raised it.

    Raises:
        NotForYouError: it isn't there, or not for them.

    """
    found = session.get(Disclosure, disclosure_id)
    if found is None:
        raise NotForYouError
    facts = [Fact.is_own] if found.raised_by == staff_id else []
    if may(role, Data.safeguarding_log, *facts) is not Sight.whole:
        raise NotForYouError
    return found


def names(session: Session, ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the names of members of staff by id."""
    rows = session.execute(
        sa.select(StaffMember.id, StaffMember.display_name).where(StaffMember.id.in_(ids))
    )
    return {row.id: row.display_name for row in rows}
