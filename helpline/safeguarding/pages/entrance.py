"""What every page of this room asks first: whose it is, and whether this person may see it."""

import uuid

from flask import abort
from sqlalchemy.orm import Session

from helpline.accounts.models import Role
from helpline.confidentiality.models import Disclosure
from helpline.contacts import contacts
from helpline.contacts.models import Contact
from helpline.safeguarding import sight
from helpline.web.access import person

INVALID = 422
TALKERS = (Role.call_taker, Role.supervisor)
GUARDIANS = (Role.supervisor, Role.safeguarding_lead)
LOG_READERS = (*GUARDIANS, Role.data_protection_officer)


def contact(session: Session, contact_id: uuid.UUID, *, hold: bool = False) -> Contact:
    """Read a contact for whoever is signed in; 404 alike for a missing one and another's.

    With `hold`, its row is held until the transaction ends.
    """
    try:
        if hold:
            contacts.locked(session, contact_id)
        return sight.contact(session, contact_id, person().id, person().role)
    except sight.NotForYouError:
        abort(404)


def disclosure(session: Session, disclosure_id: uuid.UUID) -> Disclosure:
    """Read a disclosure for whoever is signed in; 404 alike for a missing one and another's."""
    try:
        return sight.disclosure(session, disclosure_id, person().id, person().role)
    except sight.NotForYouError:
        abort(404)


def status_of(form: object) -> int:
    """Return the status of a page that shows a form: refused if it was sent, fine otherwise."""
    return INVALID if getattr(form, "is_submitted", bool)() else 200
