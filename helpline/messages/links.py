"""A page for the recipient: opened once, by a link sent as a text and what only they can answer.

The token of a link stands nowhere. It is made anew from the link's id and our key when the text is
sent; kept is only a fingerprint. Whoever opens a link that is used, over, locked or made up sees
the same, and learns nothing.
"""

import base64
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, encryption, outbox
from helpline.messages import delivery, leaving, replies, secret_words, sendings, steps, wishes
from helpline.messages.happenings import Link, Outcome, Reply, Side, Told
from helpline.messages.leaving import MayNotLeaveError, Stop
from helpline.messages.models import Message, Way
from helpline.messages.sendings import Ground, Leaving
from helpline.messages.states import MessageState
from helpline.outbox import Promise

PATH = "/message"
"""Where the page of a link is, below our own address."""
LIVES = timedelta(days=14)
MOST_WRONG_ANSWERS = 3
MAY_ANSWER_FOR = timedelta(hours=1)
"""How long after it was opened a page takes an answer."""
WORDS = "116 000 helpline: there is a page for you to read. It can be opened once: {address}"
"""All that a text with a link says: nobody's name, and not whose word it is."""


class LinkDeadError(Exception):
    """It opens nothing: used, over, locked, or nobody's. Nobody can tell which."""


class WrongAnswerError(Exception):
    """The answer is not the agreed one."""


@dataclass(frozen=True)
class Opened:
    """What a recipient sees, once."""

    whose: str = field(repr=False)
    """`Luke`, or `someone saying they are Luke`."""
    words: str = field(repr=False)
    answer_token: str = field(repr=False)
    """With it they may answer, or say that they want nothing more, for an hour."""


def send(
    session: Session, message: Message, form_key: uuid.UUID, *, by: uuid.UUID, at: datetime
) -> Link:
    """Promise a text with a link. The message must be locked; one that is on its way stays.

    Raises:
        MayNotLeaveError: it may not leave, or not as a page.

    """
    open_one = _open_link(session, message, at)
    if open_one is not None:
        return open_one
    check(session, message, at=at)
    link_id = uuid.uuid4()
    link = Link(
        id=link_id,
        message_id=message.id,
        token_mark=_mark(_token("open", link_id)),
        made_at=at,
        until=at + LIVES,
    )
    session.add(link)
    if message.state is MessageState.approved:
        steps.move(session, message, MessageState.attempting, at=at)
    delivery.note_try(session, message, Outcome.promised, form_key, by=by, at=at)
    outbox.promise(
        session,
        outbox.Kind.send_link,
        about=link.id,
        lane=message.party.caller_id or message.id,
        reaches=message.party.caller_id,
        relies_on=message.consent_id,
        at=at,
    )
    session.flush()
    return link


def check(session: Session, message: Message, *, at: datetime) -> None:
    """Make sure that a message may leave as a page.

    Raises:
        MayNotLeaveError: says why not.

    """
    leaving.check(session, message, at=at)
    party = message.party
    if party.caller_id is None:
        raise MayNotLeaveError(Stop.nobody_to_reach)
    if party.way is not Way.page or not party.may_text:
        raise MayNotLeaveError(Stop.not_by_text)


def token(link: Link) -> str:
    """Return a link's token, for the text in which it is sent and for nobody else."""
    return _token("open", link.id)


def question(session: Session, token_: str, *, at: datetime) -> str:
    """Return what has to be answered before a page opens.

    Raises:
        LinkDeadError: it opens nothing.

    """
    _, message = _live(session, token_, at)
    return message.party.fact_asked


def open_link(session: Session, token_: str, answer: str, *, at: datetime) -> Opened:
    """Open a page with the right answer, once. The caller lets a wrong try commit.

    Raises:
        LinkDeadError: it opens nothing.
        WrongAnswerError: the answer is another; after three, it opens nothing any more.

    """
    link, message = _live(session, token_, at)
    party = message.party
    agreed = secret_words.plain(party.fact_answer)
    if not agreed or secret_words.plain(answer) != agreed:
        link.wrong_tries += 1
        if link.wrong_tries >= MOST_WRONG_ANSWERS:
            link.ended_at = at
            delivery.note_try(session, message, Outcome.not_verified, uuid.uuid4(), by=None, at=at)
            steps.move(session, message, MessageState.approved, at=at)
        session.flush()
        raise WrongAnswerError
    link.opened_at = at
    answer_token = _token("answer", link.id)
    link.reply_mark = _mark(answer_token)
    delivery.note_try(session, message, Outcome.opened, uuid.uuid4(), by=None, at=at)
    words = message.words or ""
    gone = Leaving(
        Side.recipient,
        Told.message,
        message.id,
        words,
        Ground(consent_id=message.consent_id),
        party_id=message.party_id,
    )
    sendings.record(session, party.thread_id, gone, at=at)
    delivery.came_to(session, message, MessageState.delivered, at=at)
    audit.note(session, audit.Act.message_delivered, at=at, about=message.id)
    return Opened(delivery.framing(message), words, answer_token)


def answer_from_page(
    session: Session, answer_token: str, words: str, form_key: uuid.UUID, *, at: datetime
) -> Reply:
    """Keep what somebody answers on their page.

    Raises:
        LinkDeadError: the hour is over, or the token is nobody's.
        ReplyRefusedError: nothing was written, or too much.

    """
    message = _opened_lately(session, answer_token, at)
    return replies.take(session, message.party, words, form_key, by=None, at=at)


def no_more_from_page(session: Session, answer_token: str, *, at: datetime) -> None:
    """Keep that somebody wants to hear nothing more, as they said on their page.

    Raises:
        LinkDeadError: the hour is over, or the token is nobody's.

    """
    wishes.wants_no_more(session, _opened_lately(session, answer_token, at).party, by=None, at=at)


def settled(session: Session, promise: Promise, *, at: datetime) -> None:
    """Show on the message what came of the promise to text its link."""
    link = session.get(Link, promise.about, populate_existing=True)
    message = steps.locked(session, link.message_id) if link is not None else None
    if link is None or message is None:
        return
    if promise.state in {outbox.State.accepted, outbox.State.unsure}:
        gone = Leaving(
            Side.recipient,
            Told.link,
            link.id,
            WORDS,
            Ground(consent_id=promise.relies_on),
            party_id=message.party_id,
            promise_id=promise.id,
            by_text=True,
        )
        sendings.record(session, message.party.thread_id, gone, at=at)
    elif promise.state in {outbox.State.refused, outbox.State.given_up, outbox.State.cancelled}:
        link.ended_at = link.ended_at or at
        if message.state is MessageState.attempting and link.opened_at is None:
            delivery.note_try(session, message, Outcome.not_sent, uuid.uuid4(), by=None, at=at)
            steps.move(session, message, MessageState.approved, at=at)


def _live(session: Session, token_: str, at: datetime) -> tuple[Link, Message]:
    """Find a link that still opens; message first, then link, in the order of everybody."""
    message_id = session.scalar(
        sa.select(Link.message_id).where(Link.token_mark == _mark(token_[:100]))
    )
    message = steps.locked(session, message_id) if message_id is not None else None
    link = session.scalars(
        sa.select(Link)
        .where(Link.token_mark == _mark(token_[:100]))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if message is None or link is None or link.opened_at or link.ended_at or link.until <= at:
        raise LinkDeadError
    try:
        leaving.check(session, message, at=at)
    except MayNotLeaveError:
        raise LinkDeadError from None
    return link, message


def _opened_lately(session: Session, answer_token: str, at: datetime) -> Message:
    link = session.scalar(sa.select(Link).where(Link.reply_mark == _mark(answer_token[:100])))
    if link is None or link.opened_at is None or at - link.opened_at > MAY_ANSWER_FOR:
        raise LinkDeadError
    message = steps.locked(session, link.message_id)
    if message is None:
        raise LinkDeadError
    return message


def _open_link(session: Session, message: Message, at: datetime) -> Link | None:
    return session.scalars(
        sa.select(Link)
        .where(
            Link.message_id == message.id,
            Link.opened_at.is_(None),
            Link.ended_at.is_(None),
            Link.until > at,
        )
        .limit(1)
    ).first()


def _token(purpose: str, link_id: uuid.UUID) -> str:
    made = encryption.blind_index(f"message-link:{purpose}:{link_id}", encryption.index_key())
    return base64.b32encode(made[:20]).decode().lower()


def _mark(token_: str) -> bytes:
    return encryption.blind_index(f"message-link-mark:{token_}", encryption.index_key())
