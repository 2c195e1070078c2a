"""What a caller chooses whom nobody has answered yet. Whatever they press, or not, leads on."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from helpline.contacts import contacts
from helpline.contacts.models import ContactState
from helpline.voice import call_plan, honest_waits, legs, voicemails
from helpline.voice.call_plan import Plan

OTHER_WAYS = "2"
LEAVE_A_MESSAGE = "3"


def asked(session: Session, contact_id: uuid.UUID, *, at: datetime) -> Plan:
    """Give the caller the choice, unless they have gone or talk by now."""
    contact = contacts.locked(session, contact_id)
    if contact is None or legs.live_caller(session, contact_id) is None:
        return call_plan.goodbye()
    if contact.state is not ContactState.waiting:
        return (call_plan.caller_joins(contact),)
    told = honest_waits.told(session, contact, at=at)
    plan = call_plan.choice(contact)
    return honest_waits.said_first(told, plan)


def chosen(session: Session, contact_id: uuid.UUID, digits: str, *, at: datetime) -> Plan:
    """Go on as the caller chose; any other key, and silence, waits on."""
    contact = contacts.locked(session, contact_id)
    if contact is None or legs.live_caller(session, contact_id) is None:
        return call_plan.goodbye()
    if digits == OTHER_WAYS:
        return call_plan.other_ways(contact)
    if digits == LEAVE_A_MESSAGE and contact.state is ContactState.waiting:
        return voicemails.begin(session, contact, at=at)
    return call_plan.waits_on(contact)
