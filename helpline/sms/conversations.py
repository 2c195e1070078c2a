"""Answering by text: only the call-taker who has the conversation, and each text once."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, outbox, round_trips
from helpline.contacts import contacts
from helpline.contacts.models import Caller, Contact, ContactState, Happening
from helpline.database import id_by_time
from helpline.sms import limits, saved_replies
from helpline.sms.models import Direction, Text, TextState
from helpline.statements import Written

# The carrier refuses more (twilio.md section 3, error 21617).
MOST_LETTERS = 1600
# A text that was not confirmed is looked for at the carrier first: sent again too soon, it would
# arrive twice.
LOOK_FIRST = timedelta(minutes=2)


_OF_FORM = Written(
    lambda: sa.select(Text.id).where(Text.form_key == sa.bindparam("form_key", type_=sa.Uuid))
)
_NEWEST_INCOMING = Written(
    lambda: sa.select(sa.func.max(Text.number)).where(
        Text.contact_id == sa.bindparam("contact_id", type_=sa.Uuid),
        Text.direction == Direction.inbound,
    )
)


class CannotSendError(Exception):
    """The text can't be sent as it is; the words say why and what to do."""


class NewTextArrivedError(Exception):
    """The caller has written again since the reply was begun."""


@dataclass(frozen=True)
class Reply:
    """A reply as the call-taker's form gives it."""

    words: str = field(repr=False)
    last_seen: int
    """Number of the newest incoming text that was on the screen; 0 if there was none."""
    form_key: uuid.UUID
    saved_reply: uuid.UUID | None = None
    """The version of a saved reply that it was begun from."""


def reply(  # noqa: PLR0913 - each is a fact of the reply
    session: Session,
    contact: Contact,
    staff_id: uuid.UUID,
    answer: Reply,
    *,
    at: datetime,
    most_an_hour: int = 60,
) -> Text:
    """Promise a text to the caller. The contact must be locked; the same form twice is one text.

    Raises:
        contacts.NotYoursError: somebody else has the conversation.
        CannotSendError: empty, too long, not to be reached by text, or the conversation has ended.
        limits.TooManyTextsError: they were sent very many within the hour.
        NewTextArrivedError: the caller wrote again meanwhile.

    """
    known = _OF_FORM.value(session, form_key=answer.form_key)
    if known is not None:
        return session.get_one(Text, known)
    words = answer.words.replace("\r\n", "\n").replace("\x00", "").strip()
    _check(contact, staff_id, words)
    if newest_incoming(session, contact.id) > answer.last_seen:
        raise NewTextArrivedError
    limits.check_person(session, contact.caller_id, most=most_an_hour, at=at)
    text = _promise_text(session, contact, staff_id, words=words, form_key=answer.form_key, at=at)
    text.saved_reply_version_id = saved_replies.known(session, answer.saved_reply)
    return text


def send_again(  # noqa: PLR0913 - each is a fact of the decision
    session: Session,
    contact: Contact,
    staff_id: uuid.UUID,
    text_id: uuid.UUID,
    form_key: uuid.UUID,
    *,
    at: datetime,
    most_an_hour: int = 60,
) -> Text:
    """Send a text again that failed or was not confirmed: a person's decision, never ours.

    Raises:
        contacts.NotYoursError: somebody else has the conversation.
        CannotSendError: it can't be sent, or needs no second sending.
        limits.TooManyTextsError: they were sent very many within the hour.

    """
    known = session.scalar(sa.select(Text).where(Text.form_key == form_key))
    if known is not None:
        return known
    # Held, before its promise as everywhere: the carrier may say at this moment that it arrived.
    old = session.get(Text, text_id, populate_existing=True, with_for_update={"of": Text})
    if old is None or old.contact_id != contact.id or old.direction is Direction.inbound:
        raise CannotSendError("There is no such text in this conversation")
    if old.state not in (TextState.not_confirmed, TextState.failed) or old.sent_again_as:
        raise CannotSendError("This text needs no second sending")
    if old.state is TextState.not_confirmed and at - old.state_since < LOOK_FIRST:
        raise CannotSendError(
            "We are still asking the carrier whether it was sent. Try again in two minutes"
        )
    _check(contact, staff_id, old.words)
    limits.check_person(session, contact.caller_id, most=most_an_hour, at=at)
    first = outbox.of(session, old.id, outbox.Kind.send_text)
    again = _promise_text(
        session,
        contact,
        staff_id,
        words=old.words,
        form_key=form_key,
        # What needed a consent the first time needs it again.
        relies_on=first.relies_on if first is not None else None,
        at=at,
    )
    old.sent_again_as = again.id
    audit.note(session, audit.Act.text_sent_again, at=at, who=staff_id, about=contact.id)
    return again


def take_back(
    session: Session, contact: Contact, staff_id: uuid.UUID, text_id: uuid.UUID, *, at: datetime
) -> None:
    """Decide not to send a text that waits or is held. Taken back already: nothing changes.

    Raises:
        contacts.NotYoursError: somebody else has the conversation.
        CannotSendError: there is no such text, or it is too late.

    """
    if contact.owner_id != staff_id:
        raise contacts.NotYoursError
    text = session.get(Text, text_id, populate_existing=True)
    if text is None or text.contact_id != contact.id or text.direction is Direction.inbound:
        raise CannotSendError("There is no such text in this conversation")
    if text.state is TextState.taken_back:
        return
    # The promise first, then the text: as a worker does that holds it back at this moment.
    if not outbox.cancel(session, text.id, outbox.Kind.send_text, at=at):
        raise CannotSendError("It is too late: the text is on its way")
    text.state, text.state_since = TextState.taken_back, at
    text.held_until = text.kept_back = None
    audit.note(session, audit.Act.text_taken_back, at=at, who=staff_id, about=contact.id)
    contacts.tell_changed(session, contact)


def last_wrote(session: Session, contact_id: uuid.UUID) -> datetime | None:
    """Return when the caller last wrote in a conversation; None if never."""
    newest: datetime | None = session.scalar(
        sa.select(Text.at)
        .where(Text.contact_id == contact_id, Text.direction == Direction.inbound)
        .order_by(Text.number.desc())
        .limit(1)
    )
    return newest


def end_conversation(
    session: Session, contact: Contact, staff_id: uuid.UUID, *, at: datetime
) -> None:
    """End a conversation from the console; what is left is the wrap-up.

    Raises:
        contacts.NotYoursError: somebody else has the conversation.

    """
    if contact.owner_id != staff_id:
        raise contacts.NotYoursError
    if contact.state is not ContactState.with_call_taker:
        return
    contacts.start_wrapping_up(session, contact, at=at)
    contacts.happened(session, contact, Happening.ended, at=at, staff_id=staff_id)


def go_on(session: Session, contact: Contact, staff_id: uuid.UUID) -> None:
    """Take up a conversation again that was ended too soon.

    Raises:
        contacts.NotYoursError: somebody else has the conversation.

    """
    if contact.owner_id != staff_id:
        raise contacts.NotYoursError
    if contact.state is ContactState.wrapping_up:
        contacts.step(contact, ContactState.with_call_taker)
        contact.ended_at = None
        contacts.tell_changed(session, contact)


def newest_incoming(session: Session, contact_id: uuid.UUID) -> int:
    """Return the number of the newest text that the caller wrote, 0 if there is none."""
    return int(_NEWEST_INCOMING.value(session, contact_id=contact_id) or 0)


def thread(session: Session, contact_id: uuid.UUID, *, most: int = 200) -> list[Text]:
    """Return the newest texts of a conversation, oldest first."""
    newest = session.scalars(
        sa.select(Text)
        .where(Text.contact_id == contact_id)
        .order_by(Text.number.desc())
        .limit(most)
    )
    return list(newest)[::-1]


def _check(contact: Contact, staff_id: uuid.UUID, words: str) -> None:
    if contact.owner_id != staff_id:
        raise contacts.NotYoursError
    if not contact.is_by_text:
        raise CannotSendError("They have not agreed to go on by text. Ask them, and note it first")
    if contact.state is not ContactState.with_call_taker:
        raise CannotSendError("The conversation has ended. Choose “Go on texting” first")
    _check_reachable(contact.caller)
    _check_words(words)


def _check_reachable(caller: Caller) -> None:
    if caller.number_token is None:
        raise CannotSendError("The caller's number is withheld, so a text can't reach them")
    if caller.is_mobile is False:
        raise CannotSendError(
            "Theirs is not a mobile number: a landline would read the text aloud to the house"
        )
    if caller.blocked_since is not None:
        raise CannotSendError(
            "The carrier refuses our texts to them, since a text of theirs said STOP. Only they "
            "can lift it, by texting START. Ring them, if their plan allows it, and tell them"
        )


def _check_words(words: str) -> None:
    if not words:
        raise CannotSendError("Write the text first")
    if still_open := saved_replies.left_open(words):
        raise CannotSendError(f"Fill in {still_open[0]} first, or take it out")
    if len(words) > MOST_LETTERS:
        raise CannotSendError(
            f"The text has {len(words):,} characters. Shorten it to {MOST_LETTERS:,} or fewer"
        )


def _promise_text(  # noqa: PLR0913 - each is a fact of the text
    session: Session,
    contact: Contact,
    staff_id: uuid.UUID,
    *,
    words: str,
    form_key: uuid.UUID,
    at: datetime,
    relies_on: uuid.UUID | None = None,
) -> Text:
    text = Text(
        id=id_by_time(),
        contact_id=contact.id,
        direction=Direction.outbound,
        words=words,
        at=at,
        state=TextState.waiting,
        state_since=at,
        staff_id=staff_id,
        form_key=form_key,
    )
    round_trips.keep(session, text)
    # One lane for each caller: texts arrive in the order in which they were written.
    outbox.promise(
        session,
        outbox.Kind.send_text,
        about=text.id,
        lane=contact.caller_id,
        reaches=contact.caller_id,
        relies_on=relies_on,
        at=at,
    )
    audit.note(session, audit.Act.text_promised, at=at, who=staff_id, about=contact.id)
    contacts.tell_changed(session, contact)
    return text
