"""Taking a message: whom it is for, the exact words, read back, agreed to. An edit undoes that."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live
from helpline.confidentiality import consent, hours
from helpline.confidentiality.consent import Heard, Scope, Towards
from helpline.contacts import callers
from helpline.contacts.models import Channel, Contact
from helpline.database import one_at_a_time
from helpline.messages import approvals, checks, safety, secret_words, steps, threads
from helpline.messages.happenings import AlertKind
from helpline.messages.models import (
    Harm,
    Level,
    Message,
    Order,
    Party,
    Relation,
    Thread,
    Way,
    YesNo,
)
from helpline.messages.safety import Handling
from helpline.messages.states import UNDER_WAY, MessageState
from helpline.phone_numbers import PhoneNumber

MOST_LETTERS = 1_500
"""A text of the carrier holds no more (../shared/carrier/twilio.md 3, error 21617)."""
MAY_BE_TOLD = (
    Scope.fact_of_contact,
    Scope.safe_and_well,
    Scope.channel,
    Scope.date,
    Scope.area,
    Scope.reply_address,
    Scope.talk_directly,
)
"""All that a message may tell beside its words, each of them "no" until its author agrees."""
TOWARDS = {
    Relation.friend: Towards.friend,
    Relation.somebody_else: Towards.somebody_else,
}
_STATES_TO_EDIT = UNDER_WAY | {MessageState.blocked_safeguarding}


class MessageRefusedError(ValueError):
    """The message can't be taken as given; the words say what to do."""


@dataclass(frozen=True)
class Recipient:
    """Whom a message is for, and what the author said about reaching them safely."""

    name: str = field(repr=False)
    relation: Relation
    number: PhoneNumber = field(repr=False)
    fact_asked: str = field(repr=False)
    fact_answer: str = field(repr=False)
    way: Way
    may_leave_voicemail: bool
    harm: Harm
    order: Order
    is_monitored: YesNo
    unsafe_others: str = field(repr=False)
    form_key: uuid.UUID
    windows: tuple[hours.Window, ...] = ()


@dataclass(frozen=True)
class Words:
    """What is to be said, and what else may be told with it."""

    words: str = field(repr=False)
    scopes: frozenset[Scope]
    form_key: uuid.UUID
    area: str = field(default="", repr=False)
    reply_to: str = field(default="", repr=False)

    @property
    def told_area(self) -> str | None:
        """The area that may be told, where that is agreed."""
        return self.area.strip() or None if Scope.area in self.scopes else None

    @property
    def told_reply_to(self) -> str | None:
        """The address that may be given, where that is agreed."""
        return self.reply_to.strip() or None if Scope.reply_address in self.scopes else None


def add_party(
    session: Session, thread: Thread, recipient: Recipient, *, by: uuid.UUID, at: datetime
) -> Party:
    """Keep whom a message is for. The same form again changes nothing.

    Raises:
        MessageRefusedError: a name, question or answer is missing, or the number is the author's.

    """
    one_at_a_time(session, recipient.form_key)
    known = session.scalar(sa.select(Party).where(Party.form_key == recipient.form_key))
    if known is not None:
        return known
    for given in (recipient.name, recipient.fact_asked, recipient.fact_answer):
        if not given.strip():
            raise MessageRefusedError("Write who it is for, and what only they can answer")
    if not secret_words.plain(recipient.fact_answer):
        # Compared as it sounds, it would be the same as no answer at all.
        raise MessageRefusedError("Write an answer that has a letter or a number in it")
    reached = callers.recognise(session, recipient.number, at=at)
    if reached.id in {thread.caller_id, thread.safe_caller_id}:
        raise MessageRefusedError("That is the author's own number: the message needs another one")
    party = Party(
        id=uuid.uuid4(),
        thread_id=thread.id,
        added_at=at,
        name=recipient.name.strip(),
        relation=recipient.relation,
        fact_asked=recipient.fact_asked.strip(),
        fact_answer=recipient.fact_answer.strip(),
        caller_id=reached.id,
        way=recipient.way,
        stored_hours=[window.stored() for window in recipient.windows],
        may_leave_voicemail=recipient.may_leave_voicemail,
        may_text=recipient.way is not Way.call,
        harm=Harm.not_asked,
        order=Order.not_asked,
        is_monitored=YesNo.not_asked,
        form_key=recipient.form_key,
    )
    safety.answer(
        party,
        harm=recipient.harm,
        order=recipient.order,
        is_monitored=recipient.is_monitored,
        unsafe_others=recipient.unsafe_others,
        at=at,
    )
    session.add(party)
    session.flush()
    audit.note(session, audit.Act.message_party_added, at=at, who=by, about=thread.id)
    return party


def write(  # noqa: PLR0913 - each is a fact of the message
    session: Session,
    contact: Contact,
    party: Party,
    given: Words,
    *,
    by: uuid.UUID,
    at: datetime,
) -> Message:
    """Take down a message. The same form again changes nothing.

    Raises:
        MessageRefusedError: nothing was written, too much, or more is told than may be.

    """
    one_at_a_time(session, given.form_key)
    known = session.scalar(sa.select(Message).where(Message.form_key == given.form_key))
    if known is not None:
        return known
    words = _checked(party, given)
    message = Message(
        id=uuid.uuid4(),
        party_id=party.id,
        contact_id=contact.id,
        state=MessageState.draft,
        state_since=at,
        words=words,
        scopes=sorted(given.scopes),
        area=given.told_area,
        reply_to=given.told_reply_to,
        level=_level(party.thread, contact),
        written_at=at,
        written_by=by,
        form_key=given.form_key,
    )
    message.party = party
    session.add(message)
    session.flush()
    audit.note(session, audit.Act.message_written, at=at, who=by, about=message.id)
    live.tell(session, steps.TOPIC)
    return message


def change(
    session: Session, message: Message, given: Words, *, by: uuid.UUID, at: datetime
) -> None:
    """Change the words, or what may be told with them: it must be agreed and approved anew.

    Raises:
        MessageRefusedError: it is over, it is being given at this moment, or as in `write`.

    """
    if message.state not in _STATES_TO_EDIT:
        raise MessageRefusedError("It is too late to change this message")
    if message.with_id is not None:
        raise MessageRefusedError("A colleague is giving this message at this moment")
    words = _checked(message.party, given)
    told = ([str(each) for each in sorted(given.scopes)], given.told_area, given.told_reply_to)
    if (words, *told) == (message.words, message.scopes, message.area, message.reply_to):
        return
    if approvals.take_back_what_was_promised(session, message, at=at):
        raise MessageRefusedError("This message is on its way already")
    _undo_agreement(session, message, by=by, at=at)
    if message.state is not MessageState.draft:
        steps.move(session, message, MessageState.draft, at=at)
    message.words = words
    message.scopes, message.area, message.reply_to = told
    message.written_by, message.written_at, message.last_with_id = by, at, None
    audit.note(session, audit.Act.message_changed, at=at, who=by, about=message.id)


def agree(
    session: Session, message: Message, contact: Contact, *, by: uuid.UUID, at: datetime
) -> None:
    """Enter that the words were read back and that the author agrees; it goes on to its approval.

    Where something stands against it, the safeguarding lead hears of it and it stays.

    Raises:
        MessageRefusedError: it is no draft, or a question about safety was not asked.

    """
    if message.state is not MessageState.draft or not message.words:
        raise MessageRefusedError("This message was agreed already, or is over")
    thread, party = message.party.thread, message.party
    if not safety.is_asked(party):
        raise MessageRefusedError("Ask about abuse, court orders and the number first")
    agreed = consent.Agreed(
        scopes=frozenset({Scope.pass_message, *(Scope(each) for each in message.scopes)}),
        towards=TOWARDS.get(party.relation, Towards.family),
        recipient=party.name,
        # The words themselves stand in one place, so that they can be forgotten there.
        words=f"The message as it was read back, fingerprint {checks.words_mark(message).hex()}",
        heard=Heard.call if contact.channel is Channel.voice else Heard.text,
        contact_id=contact.id if contact.caller_id == thread.caller_id else None,
        form_key=uuid.uuid4(),
    )
    entry = consent.record(session, thread.caller_id, agreed, by=by, at=at)
    message.read_back_at, message.consent_id = at, entry.id
    audit.note(session, audit.Act.message_agreed, at=at, who=by, about=message.id)
    put_forward(session, message, at=at)


def put_forward(session: Session, message: Message, *, at: datetime) -> None:
    """Bring an agreed draft before whoever decides next."""
    thread, party = message.party.thread, message.party
    needed = safety.handling(thread, party)
    if needed is Handling.blocked or (
        needed is Handling.safeguarding_first and party.cleared_at is None
    ):
        steps.move(session, message, MessageState.blocked_safeguarding, at=at)
        threads.alert(session, thread, AlertKind.unsafe, at=at)
        return
    steps.move(session, message, MessageState.awaiting_approval, at=at)
    approvals.approve_for_known_recipient(session, message, at=at)


def clear(  # noqa: PLR0913 - each is a fact of the decision
    session: Session, party: Party, *, by: uuid.UUID, role: str, why: str, at: datetime
) -> None:
    """Decide that messages may go to a recipient; those that waited for it go on to approval.

    Raises:
        safety.NotDecidedError: nobody may, this role may not, or no reason is given.

    """
    safety.clear(session, party, by=by, role=role, why=why, at=at)
    waiting = session.scalars(
        sa.select(Message)
        .where(
            Message.party_id == party.id,
            Message.state == MessageState.blocked_safeguarding,
            Message.consent_id.is_not(None),
        )
        .with_for_update(of=Message)
    )
    for message in waiting.all():
        steps.move(session, message, MessageState.draft, at=at)
        put_forward(session, message, at=at)


def _checked(party: Party, given: Words) -> str:
    words = given.words.replace("\r\n", "\n").replace("\x00", "").strip()
    if not words:
        raise MessageRefusedError("Write down the words first, exactly as they want them")
    if len(words) > MOST_LETTERS:
        raise MessageRefusedError("Shorten the words to 1,500 characters or fewer")
    if not given.scopes <= set(MAY_BE_TOLD):
        raise MessageRefusedError("Choose from the list what may be told")
    if given.scopes & safety.forbidden_scopes(party):
        raise MessageRefusedError(
            "With abuse or a court order, no place, number, day or way of contact is told"
        )
    if Scope.area in given.scopes and not given.told_area:
        raise MessageRefusedError("Write which area may be told, in their words")
    if Scope.reply_address in given.scopes and not given.told_reply_to:
        raise MessageRefusedError("Write which number or address may be given")
    return words


def _level(thread: Thread, contact: Contact) -> Level:
    return thread.level if contact.id == thread.contact_id else Level.L2


def _undo_agreement(session: Session, message: Message, *, by: uuid.UUID, at: datetime) -> None:
    if message.consent_id is not None:
        wish = consent.TakenBack(
            message.consent_id,
            "They changed the words before these were passed on.",
            Heard.in_person,
            uuid.uuid4(),
        )
        consent.withdraw(session, message.party.thread.caller_id, wish, by=by, at=at)
    message.read_back_at = message.consent_id = None
