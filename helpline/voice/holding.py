"""Hold: the caller hears words of company while the call-taker speaks to nobody, or to others."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from helpline import outbox
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState, Happening
from helpline.voice import bridges, legs


def hold_caller(
    session: Session, contact: Contact, staff_id: uuid.UUID, *, held: bool, at: datetime
) -> None:
    """Put the caller on hold or take them back. It is so already: nothing changes.

    Raises:
        contacts.NotYoursError: somebody else has the call.
        contacts.StepNotAllowedError: nobody is on the line.
        bridges.CannotBridgeError: they would meet a partner who was not brought together with them.

    """
    if contact.owner_id != staff_id:
        raise contacts.NotYoursError
    caller = legs.live_caller(session, contact.id)
    if contact.state is not ContactState.with_call_taker or caller is None:
        raise contacts.StepNotAllowedError("Nobody is on the line")
    if caller.is_held == held or caller.call_sid is None:
        return
    if not held and bridges.would_meet_unawares(session, contact, caller):
        raise bridges.CannotBridgeError("They have not met yet. Use “Bring them together”")
    caller.is_held = held
    # In one lane, so that hold and release reach the carrier in the order in which they were asked.
    outbox.promise(
        session,
        outbox.Kind.hold_caller if held else outbox.Kind.release_caller,
        about=caller.id,
        lane=contact.id,
        at=at,
        details={"conference_sid": contact.conference_sid, "call_sid": caller.call_sid},
    )
    said = Happening.caller_held if held else Happening.caller_back
    contacts.happened(session, contact, said, at=at, staff_id=staff_id)
    contacts.tell_changed(session, contact)
