"""Raising a concern: the safeguarding lead sees the contact from then on."""

import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live
from helpline.contacts import contacts
from helpline.contacts.models import Contact, Happening


def raise_concern(  # noqa: PLR0913 - each is a fact of the concern
    session: Session,
    contact: Contact,
    staff_id: uuid.UUID,
    words: str,
    form_key: uuid.UUID,
    *,
    at: datetime,
) -> None:
    """Flag a contact for the safeguarding lead, with a note that says why.

    Raises:
        contacts.WordsMissingError: nothing was written, or too much.

    """
    contacts.write_note(session, contact, staff_id, words, form_key, at=at)
    if not contact.is_flagged:
        contact.is_flagged = True
        contacts.happened(session, contact, Happening.concern_raised, at=at, staff_id=staff_id)
        audit.note(session, audit.Act.concern_raised, at=at, who=staff_id, about=contact.id)
    live.tell(session, "safeguarding", f"contact:{contact.id}")


def flagged(session: Session) -> Sequence[Contact]:
    """List the contacts about which a concern was raised, newest first."""
    return session.scalars(
        sa.select(Contact).where(Contact.is_flagged).order_by(Contact.opened_at.desc()).limit(100)
    ).all()
