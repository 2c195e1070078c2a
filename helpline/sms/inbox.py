"""What an incoming text means: it opens a conversation, continues one, or reopens one."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, encryption
from helpline.contacts import callers, contacts
from helpline.contacts.models import (
    Caller,
    Channel,
    Contact,
    ContactState,
    Happening,
)
from helpline.phone_numbers import PhoneNumber
from helpline.sms.models import Direction, Text, TextState

# After this long a new text starts a new contact, so that two matters aren't told as one.
REOPENS_FOR = timedelta(days=7)
# NUL can't be shown; its picture can, and nothing is lost.
_NUL, _NUL_PICTURE = "\x00", "\u2400"


@dataclass(frozen=True)
class IncomingText:
    """A text as the carrier hands it over."""

    sid: str
    number: PhoneNumber | None
    words: str = field(repr=False)
    pictures: int = 0


def text_arrived(session: Session, incoming: IncomingText, *, at: datetime) -> Text:
    """Record an incoming text in the caller's conversation and show it to those who wait for it.

    Whatever was written counts: nothing, ten thousand characters, the word "stop". The same
    carrier id with other words is kept as well, and said so on the timeline.
    """
    caller = callers.recognise(session, incoming.number, at=at)
    # One text at a time for each caller, or two in the same instant would open two conversations.
    # Not the strongest lock: an answer that is being promised refers to the caller meanwhile, holds
    # the conversation that we need next, and would wait for us as we wait for it.
    lock = sa.select(Caller.id).where(Caller.id == caller.id).with_for_update(key_share=True)
    session.execute(lock)
    is_variant = session.scalar(sa.select(sa.exists().where(Text.carrier_sid == incoming.sid)))
    contact = _conversation(session, caller, at)
    text = Text(
        id=uuid.uuid4(),
        contact_id=contact.id,
        direction=Direction.inbound,
        words=incoming.words.replace(_NUL, _NUL_PICTURE),
        at=at,
        state=TextState.received,
        state_since=at,
        carrier_sid=incoming.sid,
        pictures=incoming.pictures,
    )
    session.add(text)
    contacts.happened(session, contact, Happening.text_arrived, at=at)
    if is_variant:
        contacts.happened(session, contact, Happening.carrier_sent_twice, at=at)
    audit.note(session, audit.Act.text_received, at=at, about=contact.id)
    contacts.tell_changed(session, contact)
    return text


def event_key(incoming: IncomingText) -> str:
    """Return the key under which a text takes effect once: its id and a fingerprint of its words.

    The same id with other words is another event, so neither version is lost.
    """
    fingerprint = encryption.blind_index(incoming.words, encryption.index_key()).hex()
    return f"text:{incoming.sid}:{fingerprint}"


def is_known(session: Session, carrier_sid: str) -> bool:
    """Whether a text with this id of the carrier is recorded."""
    return bool(session.scalar(sa.select(sa.exists().where(Text.carrier_sid == carrier_sid))))


def _conversation(session: Session, caller: Caller, at: datetime) -> Contact:
    latest_id = session.scalar(
        sa.select(Contact.id)
        # A call in which they agreed to go on by text counts while it is open, and goes first.
        .where(
            Contact.caller_id == caller.id,
            Contact.is_by_text,
            sa.or_(Contact.channel == Channel.sms, Contact.state != ContactState.closed),
        )
        .order_by((Contact.state == ContactState.closed), Contact.opened_at.desc())
        .limit(1)
    )
    latest = contacts.locked(session, latest_id) if latest_id is not None else None
    if latest is None or (latest.closed_at is not None and at - latest.closed_at > REOPENS_FOR):
        return contacts.open_contact(session, Channel.sms, caller, ContactState.waiting, at=at)
    if latest.state is ContactState.closed:
        contacts.reopen(session, latest, at=at)
    elif latest.state is ContactState.wrapping_up:
        contacts.step(latest, ContactState.with_call_taker)
        latest.ended_at = None
    return latest
