"""Going on by another way within one contact: from a text to a call and back, if they agree."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit
from helpline.contacts import contacts
from helpline.contacts.models import Channel, Contact, ContactState, Happening

_OPEN = (ContactState.with_call_taker, ContactState.wrapping_up)
_SAID = {Channel.voice: Happening.goes_on_by_voice, Channel.sms: Happening.goes_on_by_text}


class CannotSwitchError(Exception):
    """The contact can't go on that way; the words say why and what to do."""


def agree(
    session: Session, contact: Contact, channel: Channel, staff_id: uuid.UUID, *, at: datetime
) -> None:
    """Note that somebody agreed to go on by a second way. The row must be locked.

    They agreed already, or it is the way they came: nothing changes.

    Raises:
        contacts.NotYoursError: somebody else has the contact.
        CannotSwitchError: their number is withheld, the contact is over, or they write in another
            conversation.

    """
    if contact.owner_id != staff_id:
        raise contacts.NotYoursError
    if channel in (contact.channel, contact.also_by):
        return
    if contact.state not in _OPEN:
        raise CannotSwitchError("The contact is over")
    if contact.caller.number_token is None:
        raise CannotSwitchError("Their number is withheld, so we can't reach them another way")
    if channel is Channel.sms and _writes_elsewhere(session, contact):
        raise CannotSwitchError("They have a conversation by text already. Open that one")
    contact.also_by = channel
    if channel is Channel.voice and contact.conference_name is None:
        contact.conference_name = contacts.new_conference_name()
    contacts.happened(session, contact, _SAID[channel], at=at, staff_id=staff_id)
    audit.note(session, audit.Act.channel_agreed, at=at, who=staff_id, about=contact.id)
    contacts.tell_changed(session, contact)


def _writes_elsewhere(session: Session, contact: Contact) -> bool:
    return bool(
        session.scalar(
            sa.select(
                sa.exists().where(
                    Contact.caller_id == contact.caller_id,
                    Contact.id != contact.id,
                    Contact.is_by_text,
                    Contact.state != ContactState.closed,
                )
            )
        )
    )
