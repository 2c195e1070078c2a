"""What callers hear while their kind of call is closed. Nobody is just hung up on.

A child, and whoever says that they are in danger, is put through wherever anybody is on shift. So
is whoever presses nothing: silence may be a child who can't speak (docs/decisions/0171).
"""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from helpline.accounts import availability
from helpline.clock import in_london
from helpline.contacts import contacts, need
from helpline.contacts.models import Contact, ContactState, Language, Need
from helpline.directory import line_hours
from helpline.directory.line_hours import Hours
from helpline.voice import call_plan, legs, voicemails, wording
from helpline.voice.call_plan import Ask, GoTo, Plan, Say

LEAVE_A_MESSAGE, OTHER_WAYS, IN_DANGER = "1", "2", "3"
TIMES_ASKED = 2
ANSWER_SECONDS = 8
_NOON, _EVENING = 12, 18


def put_through(session: Session, contact: Contact, *, at: datetime) -> Plan:
    """Lead a caller to those who wait, or tell them that their kind of call is closed."""
    found = line_hours.of(session, line_hours.door_of(contact.stream))
    if contact.is_child or Need.danger in need.reasons(contact) or found.is_open(at):
        return joins(session, contact)
    return _ask(contact, 1, (_closed(found, contact.language, at),))


def chosen(session: Session, contact_id: uuid.UUID, digits: str, asked: int, at: datetime) -> Plan:
    """Go on as a caller chose while we are closed. A repeat is answered alike."""
    contact = contacts.locked(session, contact_id)
    if contact is None or legs.live_caller(session, contact_id) is None:
        return call_plan.goodbye()
    if contact.state is not ContactState.arriving:
        return (call_plan.caller_joins(contact),)
    if digits == LEAVE_A_MESSAGE:
        return voicemails.begin(session, contact, at=at)
    if digits == OTHER_WAYS:
        return _ask(contact, asked, (Say("other_ways", contact.language),))
    if digits == IN_DANGER:
        need.add(contact, Need.danger)
        contacts.tell_changed(session, contact)
    elif asked < TIMES_ASKED:
        return _ask(contact, asked + 1, ())
    return joins(session, contact)


def spoken_moment(when: datetime, language: Language, *, at: datetime) -> str:
    """Say an instant as one says it: "tomorrow at 9 in the morning"."""
    then, today = in_london(when), in_london(at).date()
    ahead = (then.date() - today).days
    words = {0: "when_today", 1: "when_tomorrow"}.get(ahead, "when_on_day")
    days = wording.spoken("days", language)[0].split(", ")
    template, _ = wording.spoken(words, language)
    return template.format(time=_spoken_time(then, language), day=days[then.weekday()])


def _spoken_time(then: datetime, language: Language) -> str:
    morning, afternoon, evening, midnight = wording.spoken("parts_of_the_day", language)[0].split(
        ", "
    )
    if (then.hour, then.minute) == (0, 0):
        return midnight
    part = morning if then.hour < _NOON else afternoon if then.hour < _EVENING else evening
    hour = then.hour % _NOON or _NOON
    return part.format(time=f"{hour} {then.minute:02}" if then.minute else str(hour))


def _closed(found: Hours, language: Language, at: datetime) -> Say:
    opens = found.next_open(at)
    if opens is None:
        return Say("closed_for_now", language)
    return Say("closed", language, (("when", spoken_moment(opens, language, at=at)),))


def joins(session: Session, contact: Contact) -> Plan:
    """Let a caller wait in their conference, with words as things stand."""
    words = "put_through" if availability.anybody_on_shift(session) else "nobody_here"
    return (Say(words, contact.language), call_plan.caller_joins(contact))


def _ask(contact: Contact, asked: int, before: tuple[Say, ...]) -> Plan:
    answer = f"/tw/voice/closed/{contact.id}?asked={asked}"
    question = Ask("closed_choice", answer, ANSWER_SECONDS, contact.language, before)
    return (question, GoTo(answer))
