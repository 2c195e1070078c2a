"""What an incoming text means: it opens a conversation, continues one, or reopens one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, encryption, round_trips
from helpline.carrier import Sender
from helpline.confidentiality import vault
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
from helpline.database import id_by_time
from helpline.phone_numbers import PhoneNumber
from helpline.round_trips import Question, column_names
from helpline.sms import blocks, first_answers, keywords, pictures, risk_words
from helpline.sms.first_answers import Answering, Earlier
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


@dataclass(frozen=True)
class _Found:
    """What is known when a text comes."""

    contact: Contact | None
    """The conversation that it may continue, held."""
    is_variant: bool
    """Another text came with the same id."""
    is_answered: bool
    """That conversation was answered by itself a short while ago."""


def questions(incoming: IncomingText, *, at: datetime) -> tuple[Question, ...]:
    """Return all that is to be known when a text comes, for `text_arrived`."""
    return (
        callers.who_is(incoming.number),
        _what_they_wrote_in(incoming, at),
        Question(_IS_VARIANT, {"sid": incoming.sid}),
    )


def text_arrived(
    session: Session,
    incoming: IncomingText,
    *,
    at: datetime,
    how: Answering | None = None,
    answers: Sequence[list[Any]] = (),
) -> Text:
    """Record an incoming text in the caller's conversation and show it to those who wait for it.

    Whatever was written counts: nothing, ten thousand characters, the word "stop". The same
    carrier id with other words is kept as well, and said so on the timeline. `how`: how a first
    answer goes out; None where none is wanted. `answers`: what was answered to `questions`, where
    they were asked already.
    """
    caller, found = _who_wrote(session, incoming, at, answers)
    ends_outreach = _ends_outreach(session, caller, incoming, at)
    contact = _conversation(session, caller, found.contact, at, reopens=not ends_outreach)
    text = _keep(session, contact, incoming, at)
    contacts.happened(session, contact, Happening.text_arrived, at=at)
    if found.is_variant:
        contacts.happened(session, contact, Happening.carrier_sent_twice, at=at)
    audit.note(session, audit.Act.text_received, at=at, about=contact.id)
    _mind_keywords(session, contact, incoming, at)
    _weigh(contact, incoming.words)
    if ends_outreach:
        # A conversation that was over stays as it ended: nobody has to answer a STOP.
        if contact.state is ContactState.waiting:
            session.flush()
            contacts.close(session, contact, Ending.asked_to_stop, at=at)
    elif how is not None:
        is_first = contact is not found.contact
        earlier = Earlier(has_texts=not is_first, is_answered=found.is_answered and not is_first)
        first_answers.answer(session, contact, text, how, at=at, earlier=earlier)
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


def _who_wrote(
    session: Session, incoming: IncomingText, at: datetime, answers: Sequence[list[Any]]
) -> tuple[Caller, _Found]:
    """Recognise who wrote and hold their row, then what they wrote in.

    In this order: otherwise two texts in the same instant would open two conversations.
    """
    asked = questions(incoming, at=at)
    who, latest, variant = answers or round_trips.ask(session, *asked)
    if who or incoming.number is None:
        caller = callers.recognise(session, incoming.number, at=at, found=who)
        return caller, _found(session, latest, variant)
    new = callers.add(session, incoming.number, at=at)
    if new is not None:
        return new, _found(session, latest, variant)
    # Their first text came in the same instant: what it opened was not to be seen before.
    caller = callers.recognise(session, incoming.number, at=at)
    return caller, _found(session, *round_trips.ask(session, *asked[1:]))


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


_IS_VARIANT = "SELECT id FROM text WHERE carrier_sid = %(sid)s LIMIT 1"
# A call in which they agreed to go on by text counts while it is open, and goes first.
_LATEST = (
    # The caller is held before the conversation here as well. Who is asked for first may be nobody
    # yet and committed a moment later: a text that then held the conversation alone, and wanted the
    # caller, would wait for the next one of theirs as that one for it.
    "WITH who AS MATERIALIZED (SELECT caller.id FROM caller "  # noqa: S608 - our names
    "JOIN vault_entry ON vault_entry.token = caller.number_token "
    "WHERE vault_entry.blind_index = %(mark)s FOR NO KEY UPDATE OF caller) "
    # No EXISTS: PostgreSQL may answer that from the texts of everybody, read once.
    "SELECT (SELECT true FROM text WHERE text.contact_id = contact.id "
    "AND text.automatic IS NOT NULL AND text.at > %(answered_since)s LIMIT 1) IS TRUE, "
    f"{column_names(Contact)} FROM contact "
    "JOIN who ON who.id = contact.caller_id WHERE (contact.channel = 'sms' "
    "OR (contact.also_by = 'sms' AND contact.state <> 'closed')) "
    "ORDER BY contact.state = 'closed', contact.opened_at DESC LIMIT 1 FOR UPDATE OF contact"
)


def _what_they_wrote_in(incoming: IncomingText, at: datetime) -> Question:
    """Ask for the conversation that a text may continue, and hold it."""
    mark = vault.mark(incoming.number)
    return Question(_LATEST, {"mark": mark, "answered_since": at - first_answers.ONE_IN})


def _found(session: Session, latest: Sequence[Any], variant: Sequence[Any]) -> _Found:
    if not latest:
        return _Found(None, is_variant=bool(variant), is_answered=False)
    is_answered, *values = latest[0]
    contact = round_trips.known(session, Contact, values)
    return _Found(contact, is_variant=bool(variant), is_answered=is_answered)


def _conversation(
    session: Session,
    caller: Caller,
    latest: Contact | None,
    at: datetime,
    *,
    reopens: bool = True,
) -> Contact:
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


def _keep(session: Session, contact: Contact, incoming: IncomingText, at: datetime) -> Text:
    text = Text(
        id=id_by_time(),
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
    round_trips.keep(session, text)
    pictures.came(session, text, incoming.picture_addresses, at=at)
    return text
