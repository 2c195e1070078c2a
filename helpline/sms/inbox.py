"""What an incoming text means: it opens a conversation, continues one, or reopens one."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, encryption
from helpline.carrier import Sender
from helpline.contacts import callers, contacts, need, outreach
from helpline.contacts.models import (
    Caller,
    Channel,
    Contact,
    ContactState,
    Ending,
    Happening,
    Need,
)
from helpline.phone_numbers import PhoneNumber
from helpline.sms import blocks, first_answers, keywords, pictures, risk_words
from helpline.sms.first_answers import Answering
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
    picture_addresses: tuple[str, ...] = field(default=(), repr=False)
    sender: Sender = Sender.conversation
    """To which of our numbers it came."""
    opt_out: str = ""
    """What the carrier's own opt-out made of it: STOP, START or nothing."""


def text_arrived(
    session: Session, incoming: IncomingText, *, at: datetime, how: Answering | None = None
) -> Text:
    """Record an incoming text in the caller's conversation and show it to those who wait for it.

    Whatever was written counts: nothing, ten thousand characters, the word "stop". The same
    carrier id with other words is kept as well, and said so on the timeline. `how`: how a first
    answer goes out; None where none is wanted.
    """
    caller = callers.recognise(session, incoming.number, at=at)
    # One text at a time for each caller, or two in the same instant would open two conversations.
    # Not the strongest lock: an answer that is being promised refers to the caller meanwhile, holds
    # the conversation that we need next, and would wait for us as we wait for it.
    lock = sa.select(Caller.id).where(Caller.id == caller.id).with_for_update(key_share=True)
    session.execute(lock)
    is_variant = session.scalar(sa.select(sa.exists().where(Text.carrier_sid == incoming.sid)))
    ends_outreach = _ends_outreach(session, caller, incoming, at)
    contact = _conversation(session, caller, at, reopens=not ends_outreach)
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
        sender=incoming.sender,
    )
    session.add(text)
    pictures.came(session, text, incoming.picture_addresses, at=at)
    contacts.happened(session, contact, Happening.text_arrived, at=at)
    if is_variant:
        contacts.happened(session, contact, Happening.carrier_sent_twice, at=at)
    audit.note(session, audit.Act.text_received, at=at, about=contact.id)
    _mind_keywords(session, contact, incoming, at)
    _weigh(contact, incoming.words)
    session.flush()
    if ends_outreach:
        # A conversation that was over stays as it ended: nobody has to answer a STOP.
        if contact.state is ContactState.waiting:
            contacts.close(session, contact, Ending.asked_to_stop, at=at)
    elif how is not None:
        first_answers.answer(session, contact, text, how, at=at)
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


def _ends_outreach(session: Session, caller: Caller, incoming: IncomingText, at: datetime) -> bool:
    """Whether a text is a STOP to what we wrote first: then nobody has to answer it.

    While a conversation is open, or to somebody we never wrote to first, it is a text like any
    other (design.md 6.9).
    """
    if keywords.read(incoming.words) is not keywords.Asked.stop:
        return False
    was_written_to = incoming.sender is Sender.outreach or outreach.may_answer(caller, at=at)
    is_talking = session.scalar(
        sa.select(
            sa.exists().where(
                Contact.caller_id == caller.id,
                Contact.is_by_text,
                Contact.state != ContactState.closed,
            )
        )
    )
    return was_written_to and not is_talking


def _mind_keywords(
    session: Session, contact: Contact, incoming: IncomingText, at: datetime
) -> None:
    caller = contact.caller
    asked = keywords.read(incoming.words)
    told = keywords.told_by_carrier(incoming.opt_out)
    was_written_to = incoming.sender is Sender.outreach or outreach.may_answer(caller, at=at)
    if keywords.Asked.stop in (asked, told) and was_written_to:
        outreach.stop(session, caller, at=at)
        contacts.happened(session, contact, Happening.outreach_stopped, at=at)
    elif keywords.Asked.start in (asked, told):
        outreach.lift(session, caller, at=at)
        contacts.happened(session, contact, Happening.outreach_allowed, at=at)
    if incoming.sender is Sender.conversation and told is keywords.Asked.stop:
        blocks.begin(session, contact, at=at)
    elif keywords.Asked.start in (asked, told):
        blocks.end(session, contact, at=at)


def _weigh(contact: Contact, words: str) -> None:
    if risk_words.mean_danger(words):
        need.add(contact, Need.danger)
    if risk_words.mean_a_child(words):
        contact.is_child = True
        need.add(contact, Need.child)


def _conversation(
    session: Session, caller: Caller, at: datetime, *, reopens: bool = True
) -> Contact:
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
        if not reopens:
            return latest
        contacts.reopen(session, latest, at=at)
    elif latest.state is ContactState.wrapping_up:
        contacts.step(latest, ContactState.with_call_taker)
        latest.ended_at = None
    return latest
