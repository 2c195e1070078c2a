"""Somebody comes into the contact's conference: the caller, their call-taker, or a party.

The contact's row must be locked.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState, Happening
from helpline.voice import calling_out, company, legs, overflow, roles, routing
from helpline.voice.models import PARTIES, Leg, LegRole, LegState


def joined(session: Session, contact: Contact, leg: Leg, conference_sid: str, at: datetime) -> None:
    """Go on now that somebody is in the conference. Told twice or late, nothing is done twice."""
    if leg.state is LegState.ended:
        # They are in the room although their call is over for us: a late event. Nobody is there.
        return
    if leg.role is LegRole.call_taker and calling_out.taker_joined(
        session, contact, leg, conference_sid, at=at
    ):
        return
    if leg.role is LegRole.caller:
        _caller_joined(session, contact, leg, conference_sid, at)
        return
    is_news = leg.state is not LegState.joined
    legs.rise(leg, LegState.joined, at)
    caller = legs.live_caller(session, contact.id)
    if contact.conference_sid != conference_sid or (caller is None and is_news):
        # Another room means that the caller's room has ended: the caller has gone.
        legs.hang_up(session, leg, at)
    elif leg.role in PARTIES:
        if is_news:
            roles.PARTS[leg.role].joined(session, contact, leg, at)
        company.settle(session, contact, at=at)
    elif is_news:
        company.settle(session, contact, at=at)
    routing.tell_changed(session, contact, leg)


def _caller_joined(
    session: Session, contact: Contact, leg: Leg, conference_sid: str, at: datetime
) -> None:
    if contact.conference_sid != conference_sid:
        # Back from a choice: whoever comes in anew is not held.
        leg.is_held = False
    contact.conference_sid = conference_sid
    legs.rise(leg, LegState.joined, at)
    overflow.is_over(session, contact, leg)
    if contact.state is ContactState.arriving:
        contacts.start_waiting(session, contact, at=at)
        contacts.happened(session, contact, Happening.started_waiting, at=at)
    session.flush()
    routing.offer(session, contact, at=at)
