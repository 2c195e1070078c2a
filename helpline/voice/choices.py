"""What a caller chooses whom nobody has answered yet. Whatever they press, or not, leads on."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from helpline.accounts import availability
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState
from helpline.voice import call_backs, call_plan, honest_waits, legs, voicemails
from helpline.voice.call_plan import Plan

OTHER_WAYS = "2"
LEAVE_A_MESSAGE = "3"
BE_RUNG_BACK = "4"
IT_IS_SAFE = "1"


def asked(session: Session, contact_id: uuid.UUID, *, at: datetime) -> Plan:
    """Give the caller the choice, unless they have gone or talk by now."""
    contact = contacts.locked(session, contact_id)
    if contact is None or legs.live_caller(session, contact_id) is None:
        return call_plan.goodbye()
    if contact.state is not ContactState.waiting:
        return (call_plan.caller_joins(contact),)
    told = honest_waits.told(session, contact, at=at)
    plan = call_plan.choice(contact, can_be_rung_back=_can_be_rung_back(session, contact, at))
    return honest_waits.said_first(told, plan)


def chosen(session: Session, contact_id: uuid.UUID, digits: str, *, at: datetime) -> Plan:
    """Go on as the caller chose; any other key, and silence, waits on."""
    contact = contacts.locked(session, contact_id)
    if contact is None or legs.live_caller(session, contact_id) is None:
        return call_plan.goodbye()
    if digits == OTHER_WAYS:
        return call_plan.other_ways(contact)
    if digits == BE_RUNG_BACK and _can_be_rung_back(session, contact, at):
        return call_plan.is_it_safe_to_ring(contact)
    if digits == LEAVE_A_MESSAGE and contact.state is ContactState.waiting:
        return voicemails.begin(session, contact, at=at)
    return call_plan.waits_on(contact)


def said_it_is_safe(session: Session, contact_id: uuid.UUID, digits: str, *, at: datetime) -> Plan:
    """Let a caller go who said that their telephone is safe to ring; anybody else waits on."""
    contact = contacts.locked(session, contact_id)
    if contact is None or legs.live_caller(session, contact_id) is None:
        return call_plan.goodbye()
    is_agreed = digits == IT_IS_SAFE and _can_be_rung_back(session, contact, at)
    if is_agreed and call_backs.ask(session, contact, at=at) is not None:
        return call_plan.will_be_rung_back(contact)
    return call_plan.waits_on(contact)


def _can_be_rung_back(session: Session, contact: Contact, at: datetime) -> bool:
    """Whether we can promise it: somebody is here, and the number may be rung."""
    is_waiting = contact.state is ContactState.waiting
    return (
        is_waiting
        and availability.anybody_on_shift(session)
        and call_backs.may_be_offered(session, contact, at=at)
    )
