"""The menu by which a caller says what it is about. Nothing has to be pressed, nothing is wrong.

Relay callers are slow and some callers can't speak or press (domain.md 7.9, 7.10): a key counts at
any time, nothing pressed twice leads on to a person, and so does a second key that means nothing.
Only a contact that is still arriving is changed, so a repeat is answered alike.
"""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from helpline.accounts import availability
from helpline.contacts import contacts, need
from helpline.contacts.models import Contact, ContactState, Happening, Language, Need, Stream
from helpline.voice import call_plan, closed, diverts, legs
from helpline.voice.call_plan import Ask, GoTo, Plan, Say

KEYS = {
    "1": Stream.young_person,
    "2": Stream.adult_away,
    "3": Stream.family,
    "4": Stream.sighting,
    "5": Stream.professional,
    "6": Stream.message_collection,
}
OTHER_LANGUAGE = "0"
TIMES_ASKED = 2
ANSWER_SECONDS = 5
_OTHER = {Language.en: Language.cy, Language.cy: Language.en}


def greeting(contact: Contact, *, in_welsh_too: bool) -> Plan:
    """Greet a caller and ask what it is about, once."""
    says = [Say("greeting", contact.language)]
    if in_welsh_too:
        says.append(Say("in_this_language", _OTHER[contact.language]))
    return _ask("menu", contact, 1, tuple(says))


def pressed(session: Session, contact_id: uuid.UUID, digits: str, asked: int, at: datetime) -> Plan:
    """Go on after a key or none. `asked`: how often the question was put."""
    contact = contacts.locked(session, contact_id)
    if contact is None or legs.live_caller(session, contact_id) is None:
        return call_plan.goodbye()
    if contact.state is not ContactState.arriving:
        return (call_plan.caller_joins(contact),)
    if digits == OTHER_LANGUAGE and _has_other_language(session, contact):
        return _in_other_language(session, contact)
    if digits in KEYS:
        _choose(session, contact, KEYS[digits], at)
        elsewhere = diverts.question(session, contact, at=at)
        if elsewhere is not None:
            return elsewhere
    elif asked < TIMES_ASKED:
        is_wrong = (Say("no_such_key", contact.language),) if digits else ()
        return _ask("menu" if digits else "menu_again", contact, asked + 1, is_wrong)
    return closed.put_through(session, contact, at=at)


def _has_other_language(session: Session, contact: Contact) -> bool:
    """Whether there is a choice: back to English always, Welsh while somebody here speaks it."""
    if contact.language is not Language.en:
        return True
    return availability.anybody_on_shift(session, speaks=Language.cy)


def _in_other_language(session: Session, contact: Contact) -> Plan:
    contact.language = _OTHER[contact.language]
    contacts.tell_changed(session, contact)
    back = (Say("in_this_language", _OTHER[contact.language]),)
    return _ask("menu", contact, 1, back)


def _choose(session: Session, contact: Contact, stream: Stream, at: datetime) -> None:
    if contact.stream is stream:
        return
    contact.stream = stream
    if stream is Stream.young_person:
        contact.is_child = True
        need.add(contact, Need.child)
    contacts.happened(session, contact, Happening.kind_chosen, at=at)
    contacts.tell_changed(session, contact)


def _ask(words: str, contact: Contact, asked: int, before: tuple[Say, ...]) -> Plan:
    answer = f"/tw/voice/ivr/{contact.id}?asked={asked}"
    return (Ask(words, answer, ANSWER_SECONDS, contact.language, before), GoTo(answer))
