"""What every page of the relay asks first: whose it is, and whether this person may see it."""

import uuid
from collections.abc import Callable
from typing import TypeVar

from flask import abort
from sqlalchemy.orm import Session

from helpline import audit
from helpline.accounts.models import Role, StaffMember
from helpline.clock import now
from helpline.contacts import contacts
from helpline.contacts.models import Contact
from helpline.messages import sight, steps
from helpline.messages.models import Message, Thread
from helpline.web.access import person
from helpline.web.forms import HelplineForm

INVALID = 422
TALKERS = (Role.call_taker, Role.supervisor)
GUARDIANS = (Role.supervisor, Role.safeguarding_lead)

Seen = TypeVar("Seen")


def me(session: Session) -> StaffMember:
    """Return the person who is signed in."""
    return session.get_one(StaffMember, person().id)


def or_404(read: Callable[[], Seen]) -> Seen:
    """Read something, or answer 404 alike whether it isn't there or isn't for this person."""
    try:
        return read()
    except sight.NotForYouError:
        abort(404)


def my_contact(session: Session, contact_id: uuid.UUID) -> Contact:
    """Hold the row of a contact that is mine; 404 alike for a missing one and another's."""
    found = contacts.locked(session, contact_id)
    if found is None or found.owner_id != person().id:
        abort(404)
    return found


def thread_in(session: Session, contact: Contact, thread_id: uuid.UUID) -> Thread:
    """Read the thread of whoever is in a contact; the look is on record."""
    found = or_404(lambda: sight.thread(session, thread_id, contact))
    audit.note(session, audit.Act.thread_seen, at=now(), who=person().id, about=found.id)
    return found


def message_for_me(session: Session, message_id: uuid.UUID) -> Message:
    """Hold a message that I may read; the look is on record."""
    found = steps.locked(session, message_id)
    if found is None or not sight.may_read(found, me(session)):
        abort(404)
    audit.note(session, audit.Act.message_seen, at=now(), who=person().id, about=found.id)
    return found


def status_of(*forms: HelplineForm) -> int:
    """Return the status of a page that shows forms: refused if one was sent, fine otherwise."""
    return INVALID if any(form.is_submitted() for form in forms) else 200
