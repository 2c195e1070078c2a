"""The talking is over: the contact is to be wrapped up, or goes on by text.

The contact's row must be locked.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from helpline.accounts import availability
from helpline.accounts.models import Availability
from helpline.contacts import contacts
from helpline.contacts.models import Channel, Contact, ContactState


def start_wrapping_up(session: Session, contact: Contact, at: datetime) -> None:
    """End the talking, and give its call-taker the time to note what came of it."""
    if contact.channel is Channel.sms:
        _stop_talking(session, contact, at)
        return
    # A caller who had to wait again may have left their call-taker to another call by now.
    was_talking = contact.state is ContactState.with_call_taker
    contacts.start_wrapping_up(session, contact, at=at)
    if contact.owner_id is None:
        return
    staff = availability.locked(session, contact.owner_id)
    if staff.availability is (Availability.busy if was_talking else Availability.ready):
        availability.become(session, staff, Availability.wrapping_up, at=at)


def _stop_talking(session: Session, contact: Contact, at: datetime) -> None:
    """Let a conversation by text go on in which they also talked: it is wrapped up once."""
    if contact.owner_id is None:
        return
    staff = availability.locked(session, contact.owner_id)
    if staff.availability is Availability.busy:
        availability.become(session, staff, Availability.ready, at=at)
    contacts.tell_changed(session, contact)
