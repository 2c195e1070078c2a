"""Texts carried out by the worker: sent, looked up when unsure, collected when missed."""

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from helpline import encryption, log, outbox
from helpline.carrier import (
    TRY_AGAIN,
    Carrier,
    CarrierSilentError,
    Outcome,
    Sender,
    TextSeen,
    TextToSend,
)
from helpline.confidentiality import vault
from helpline.contacts.models import Caller, Contact
from helpline.database import transaction
from helpline.outbox import Promise
from helpline.phone_numbers import PhoneNumber
from helpline.phone_numbers import from_carrier as number_from_carrier
from helpline.sms import conversations, delivery, inbox, pictures
from helpline.sms.first_answers import Answering
from helpline.sms.models import Direction, Text, TextState
from helpline.web.events import take_effect_once

# How far back missed texts are looked for; longer than any outage that nobody notices.
LOOK_BACK = timedelta(hours=2)
# Lists of the carrier lag, so an unsure text is looked for from half a minute on.
_LOOK_FROM = timedelta(seconds=30)
_LOOK_UNTIL = timedelta(minutes=30)
_CLOCK_SLACK = timedelta(minutes=2)
# Stored values that can't be read: a key is missing, a row was changed, a number is gone.
_DAMAGED = (encryption.KeyMissingError, encryption.LockBrokenError, vault.NotInVaultError)

_log = log.get(__name__)


@dataclass(frozen=True)
class _Unsure:
    """A text of which nobody knows whether it was sent."""

    promise_id: uuid.UUID
    text_id: uuid.UUID
    since: datetime


def prepare_text(
    session: Session, promise: Promise, base_url: str
) -> Callable[[Carrier], Outcome] | None:
    """Read the words and the number at the last moment; None if there is nothing to send."""
    text = session.get(Text, promise.about)
    contact = session.get(Contact, text.contact_id) if text is not None else None
    token = contact.caller.number_token if contact is not None else None
    if text is None or token is None:
        return None
    to = vault.number_for_carrier(session, token)
    return _sending(text.id, text.words, text.sender, to, base_url)


def prepare_texts(
    session: Session, promises: Collection[Promise], base_url: str
) -> Mapping[uuid.UUID, Callable[[Carrier], Outcome]]:
    """Read the words and the numbers of several at the last moment, in one trip.

    Returns what is to be done by the id of the promise. Whose number does not open is left out, and
    whatever is not plainly a text of ours that waits.

    Raises:
        Exception: the words of one of them do not open.

    """
    by_text = {each.about: each.id for each in promises}
    texts = session.execute(_to_send(), {"ids": list(by_text)}).all()
    numbers = vault.numbers_for_carrier({each.number_token: each.locked_number for each in texts})
    return {
        by_text[each.id]: _sending(
            each.id, each.words, each.sender, numbers[each.number_token], base_url
        )
        for each in texts
        if each.number_token in numbers
    }


@cache
def _to_send() -> sa.Select[uuid.UUID, str, Sender, vault.Token | None, str | None]:
    token = Caller.number_token
    return (
        sa.select(Text.id, Text.words, Text.sender, token, vault.locked(token))
        .join(Contact, Contact.id == Text.contact_id)
        .join(Caller, Caller.id == Contact.caller_id)
        .where(
            Text.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))),
            token.is_not(None),
            # Any other is read whole, alone: what a newer program means by it is not ours to send.
            Text.direction == Direction.outbound,
            Text.state.in_((TextState.waiting, TextState.held)),
        )
    )


def _sending(
    text_id: uuid.UUID, words: str, sender: Sender, to: PhoneNumber, base_url: str
) -> Callable[[Carrier], Outcome]:
    to_send = TextToSend(
        to=to,
        words=words,
        status_url=f"{base_url}/tw/sms/status/{text_id}{TRY_AGAIN}",
        sender=sender,
    )
    return lambda carrier: carrier.send_text(to_send)


def last_wrote(session: Session, promise: Promise) -> datetime | None:
    """Return when the person last wrote in the conversation that a promised text belongs to."""
    text = session.get(Text, promise.about)
    return conversations.last_wrote(session, text.contact_id) if text is not None else None


def look_for_unsure_texts(carrier: Carrier, *, at: datetime) -> int:
    """Ask the carrier for texts whose sending nobody confirmed; returns how many it has.

    One that does not open stops none of the others.
    """
    found = 0
    for unsure in _unsure(at):
        try:
            found += _look_for(carrier, unsure, at)
        except CarrierSilentError:
            return found
        except _DAMAGED as error:
            _log.error("text.does_not_open", text=unsure.text_id, kind=type(error).__name__)
    return found


def collect_missed_texts(carrier: Carrier, *, at: datetime, how: Answering | None = None) -> int:
    """Record texts that reached the carrier but whose webhook never reached us."""
    try:
        seen = carrier.texts_received(at - LOOK_BACK)
    except CarrierSilentError:
        return 0
    missed = sum(_collect_safely(carrier, text, at, how) for text in reversed(seen))
    if missed:
        _log.warning("texts.collected", missed=missed)
    return missed


def _collect_safely(carrier: Carrier, seen: TextSeen, at: datetime, how: Answering | None) -> bool:
    try:
        with transaction() as session:
            if inbox.is_known(session, seen.sid):
                return False
        return _collect(seen, _pictures(carrier, seen), at, how)
    except (sa.exc.OperationalError, sa.exc.TimeoutError):
        # The database is away: so it would be for all the others.
        raise
    except Exception as error:  # noqa: BLE001 - one text must not keep the others from us
        _log.error("text.not_collected", sid=seen.sid, kind=type(error).__name__)
        return False


def _pictures(carrier: Carrier, seen: TextSeen) -> tuple[str, ...]:
    """Ask where the pictures of a missed text are; without an answer the words come alone."""
    if not seen.pictures:
        return ()
    try:
        return tuple(pictures.address(seen.sid, each) for each in carrier.pictures_of(seen.sid))
    except CarrierSilentError:
        _log.warning("pictures.not_listed", sid=seen.sid)
        return ()


def _collect(
    seen: TextSeen, picture_addresses: tuple[str, ...], at: datetime, how: Answering | None
) -> bool:
    with transaction() as session:
        if inbox.is_known(session, seen.sid):
            return False
        incoming = inbox.IncomingText(
            sid=seen.sid,
            number=number_from_carrier(seen.sender),
            words=seen.words,
            sender=seen.ours,
            pictures=seen.pictures,
            picture_addresses=picture_addresses,
        )
        return take_effect_once(
            session,
            inbox.event_key(incoming),
            lambda: inbox.text_arrived(session, incoming, at=at, how=how),
            at=at,
        )


def _unsure(at: datetime) -> list[_Unsure]:
    with transaction() as session:
        return [
            _Unsure(promise.id, promise.about, promise.claimed_at - _CLOCK_SLACK)
            for promise in outbox.unsure(session, outbox.Kind.send_text, since=at - _LOOK_UNTIL)
            if promise.claimed_at is not None and at - promise.claimed_at >= _LOOK_FROM
        ]


def _look_for(carrier: Carrier, unsure: _Unsure, at: datetime) -> bool:
    with transaction() as session:
        number = _number_of(session, unsure.text_id)
    if number is None:
        return False
    seen = carrier.texts_sent_to(number, unsure.since)
    with transaction() as session:
        # The text before its promise, in the same order as everywhere.
        delivery.lock(session, unsure.text_id)
        promise = session.get(
            Promise, unsure.promise_id, with_for_update=True, populate_existing=True
        )
        if promise is None or promise.state is not outbox.State.unsure:
            return False
        return delivery.found_at_carrier(session, promise, seen, at=at)


def _number_of(session: Session, text_id: uuid.UUID) -> PhoneNumber | None:
    contact_id = session.scalar(sa.select(Text.contact_id).where(Text.id == text_id))
    contact = session.get(Contact, contact_id) if contact_id is not None else None
    if contact is None or contact.caller.number_token is None:
        return None
    return vault.number_for_carrier(session, contact.caller.number_token)
