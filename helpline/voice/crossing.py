"""Calls that cross: somebody rings us while they wait to be rung back, or while we ring them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState
from helpline.voice import call_backs, calling_out, routing


def place_kept(session: Session, waits: Sequence[Any], *, at: datetime) -> Contact | None:
    """Take somebody who rings to the place that they kept; None where they keep none.

    It stays one contact, with the time since which it waits, and they are not rung as well.
    `waits`: what was answered to `call_backs.waits_for`.
    """
    contact = contacts.locked(session, waits[0][0]) if waits else None
    if contact is None or not call_backs.is_wanted(session, contact.id):
        return None
    calling_out.they_rang_us(session, contact, at=at)
    if contact.state is ContactState.with_call_taker:
        if routing.live_offer(session, contact.id) is not None:
            # Their call-taker is in the room, about to ring them: they meet there.
            call_backs.is_over(session, contact)
            return contact
        call_backs.back_to_their_place(session, contact, at=at)
    contact.conference_name, contact.conference_sid = contacts.new_conference_name(), None
    return contact
