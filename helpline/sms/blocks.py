"""Numbers to which the carrier refuses our texts, after a STOP of theirs (error 21610).

It happens whatever we think of it, and only they can lift it, by texting START. Whoever has the
conversation must know, and so must a supervisor: somebody who waits for an answer gets none.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import live
from helpline.contacts import contacts
from helpline.contacts.models import Caller, Contact, ContactState, Happening

OPTED_OUT = 21610
"""The carrier's error (twilio.md section 3)."""


def begin(session: Session, contact: Contact, *, at: datetime) -> None:
    """Note that the carrier refuses our texts to somebody; known already, nothing changes."""
    if contact.caller.blocked_since is not None:
        return
    contact.caller.blocked_since = at
    contacts.happened(session, contact, Happening.carrier_blocks, at=at)
    contacts.tell_changed(session, contact)
    live.tell(session, "shift")


def end(session: Session, contact: Contact, *, at: datetime) -> None:
    """Note that the carrier takes our texts to somebody again."""
    if contact.caller.blocked_since is None:
        return
    contact.caller.blocked_since = None
    contacts.happened(session, contact, Happening.carrier_allows, at=at)
    contacts.tell_changed(session, contact)
    live.tell(session, "shift")


def unanswered(session: Session) -> Sequence[Contact]:
    """List the open conversations whose answers the carrier refuses, the longest blocked first."""
    return session.scalars(
        sa.select(Contact)
        .join(Caller, Caller.id == Contact.caller_id)
        .where(Caller.blocked_since.is_not(None), Contact.state != ContactState.closed)
        .order_by(Caller.blocked_since)
        .limit(50)
    ).all()
