"""Texts carried out by the worker: sent, looked up when unsure, collected when missed."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from helpline import log, outbox
from helpline.carrier import TRY_AGAIN, Carrier, CarrierSilentError, Outcome, TextSeen, TextToSend
from helpline.confidentiality import vault
from helpline.contacts.models import Contact
from helpline.database import transaction
from helpline.outbox import Promise
from helpline.phone_numbers import PhoneNumber
from helpline.phone_numbers import from_carrier as number_from_carrier
from helpline.sms import conversations, delivery, inbox
from helpline.sms.models import Text
from helpline.web.events import take_effect_once

# How far back missed texts are looked for; longer than any outage that nobody notices.
LOOK_BACK = timedelta(hours=2)
# Lists of the carrier lag, so an unsure text is looked for from half a minute on.
_LOOK_FROM = timedelta(seconds=30)
_LOOK_UNTIL = timedelta(minutes=30)

_log = log.get(__name__)


def prepare_text(
    session: Session, promise: Promise, base_url: str
) -> Callable[[Carrier], Outcome] | None:
    """Read the words and the number at the last moment; None if there is nothing to send."""
    text = session.get(Text, promise.about)
    contact = session.get(Contact, text.contact_id) if text is not None else None
    token = contact.caller.number_token if contact is not None else None
    if text is None or token is None:
        return None
    to_send = TextToSend(
        to=vault.number_for_carrier(session, token),
        words=text.words,
        status_url=f"{base_url}/tw/sms/status/{text.id}{TRY_AGAIN}",
    )
    return lambda carrier: carrier.send_text(to_send)


def last_wrote(session: Session, promise: Promise) -> datetime | None:
    """Return when the person last wrote in the conversation that a promised text belongs to."""
    text = session.get(Text, promise.about)
    return conversations.last_wrote(session, text.contact_id) if text is not None else None


def look_for_unsure_texts(carrier: Carrier, *, at: datetime) -> int:
    """Ask the carrier for texts whose sending nobody confirmed; returns how many it has."""
    found = 0
    for promise_id, text_id, number, since in _unsure(at):
        try:
            seen = carrier.texts_sent_to(number, since)
        except CarrierSilentError:
            return found
        with transaction() as session:
            # The text before its promise, in the same order as everywhere.
            delivery.lock(session, text_id)
            promise = session.get(Promise, promise_id, with_for_update=True, populate_existing=True)
            if promise is not None and promise.state is outbox.State.unsure:
                found += delivery.found_at_carrier(session, promise, seen, at=at)
    return found


def collect_missed_texts(carrier: Carrier, *, at: datetime) -> int:
    """Record texts that reached the carrier but whose webhook never reached us."""
    try:
        seen = carrier.texts_received(at - LOOK_BACK)
    except CarrierSilentError:
        return 0
    missed = [_collect(text, at) for text in reversed(seen)]
    if any(missed):
        _log.warning("texts.collected", missed=sum(missed))
    return sum(missed)


def _collect(seen: TextSeen, at: datetime) -> bool:
    with transaction() as session:
        if inbox.is_known(session, seen.sid):
            return False
        incoming = inbox.IncomingText(
            sid=seen.sid, number=number_from_carrier(seen.sender), words=seen.words
        )
        return take_effect_once(
            session,
            inbox.event_key(incoming),
            lambda: inbox.text_arrived(session, incoming, at=at),
            at=at,
        )


def _unsure(at: datetime) -> list[tuple[uuid.UUID, uuid.UUID, PhoneNumber, datetime]]:
    with transaction() as session:
        return [
            (promise.id, promise.about, number, promise.claimed_at - timedelta(minutes=2))
            for promise in outbox.unsure(session, outbox.Kind.send_text)
            if promise.claimed_at is not None
            and _LOOK_FROM <= at - promise.claimed_at <= _LOOK_UNTIL
            and (number := _number_of(session, promise)) is not None
        ]


def _number_of(session: Session, promise: Promise) -> PhoneNumber | None:
    text = session.get(Text, promise.about)
    contact = session.get(Contact, text.contact_id) if text is not None else None
    if contact is None or contact.caller.number_token is None:
        return None
    return vault.number_for_carrier(session, contact.caller.number_token)
