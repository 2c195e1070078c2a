"""Giving a message by text: the words and nothing else, to a number whose owner is sure."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from helpline import audit, outbox
from helpline.carrier import Accepted
from helpline.messages import delivery, leaving, sendings, steps, threads
from helpline.messages.happenings import AlertKind, Outcome, Side, Told
from helpline.messages.leaving import MayNotLeaveError, Stop
from helpline.messages.models import Level, Message, Party, Way
from helpline.messages.sendings import Ground, Leaving
from helpline.messages.states import MessageState
from helpline.outbox import Promise

_LEFT = frozenset({outbox.State.accepted, outbox.State.unsure})
_IN_DOUBT = frozenset({outbox.State.unsure, outbox.State.claimed})
DELIVERED = frozenset({"delivered", "read"})
FAILED = frozenset({"undelivered", "failed", "canceled"})
"""The carrier's words for how a text ended (twilio.md section 3)."""


def confirm_owner(session: Session, party: Party, *, by: uuid.UUID, at: datetime) -> None:
    """Enter that somebody made sure whose number it is: on a call, by the agreed fact."""
    if party.owner_confirmed_at is None:
        party.owner_confirmed_at, party.owner_confirmed_by = at, by
        audit.note(session, audit.Act.message_owner_confirmed, at=at, who=by, about=party.id)


def send(
    session: Session, message: Message, form_key: uuid.UUID, *, by: uuid.UUID, at: datetime
) -> Promise:
    """Promise the words as a text. The message must be locked; promised already: no change.

    One that never left, or did not arrive, goes again.

    Raises:
        MayNotLeaveError: it may not leave, or not by text.

    """
    known = outbox.of(session, message.id, outbox.Kind.deliver_message)
    if known is not None and not _may_go_again(session, message, known):
        return known
    check(session, message, at=at)
    party = message.party
    if message.state is MessageState.approved:
        steps.move(session, message, MessageState.attempting, at=at)
    delivery.note_try(session, message, Outcome.promised, form_key, by=by, at=at)
    made = outbox.promise(
        session,
        outbox.Kind.deliver_message,
        about=message.id,
        lane=party.caller_id or message.id,
        reaches=party.caller_id,
        relies_on=message.consent_id,
        at=at,
    )
    session.flush()
    return made


def check(session: Session, message: Message, *, at: datetime) -> None:
    """Make sure that a message may leave as a text.

    Raises:
        MayNotLeaveError: says why not.

    """
    leaving.check(session, message, at=at)
    party = message.party
    if party.caller_id is None:
        raise MayNotLeaveError(Stop.nobody_to_reach)
    is_sure = party.may_text and party.owner_confirmed_at is not None
    if party.way is not Way.text or not is_sure or message.level is Level.L0:
        raise MayNotLeaveError(Stop.not_by_text)


def settled(session: Session, promise: Promise, *, at: datetime) -> None:
    """Show on the message what came of the promise to text it."""
    message = steps.locked(session, promise.about)
    if message is None or message.words is None:
        return
    if promise.state in _LEFT:
        record_left(session, message, promise, at=at)
    if promise.state is outbox.State.unsure:
        threads.alert(session, message.party.thread, AlertKind.not_confirmed, at=at)
    elif promise.state in {outbox.State.refused, outbox.State.given_up}:
        did_not_leave(session, message, at=at)


def record_left(session: Session, message: Message, promise: Promise, *, at: datetime) -> None:
    """Write down that the words left, or may have left."""
    sendings.record(
        session,
        message.party.thread_id,
        Leaving(
            Side.recipient,
            Told.message,
            message.id,
            message.words or "",
            Ground(consent_id=promise.relies_on),
            party_id=message.party_id,
            promise_id=promise.id,
            by_text=True,
        ),
        at=at,
    )


def did_not_leave(session: Session, message: Message, *, at: datetime) -> None:
    """Put a message back among those to be given: its text did not leave, or did not arrive."""
    if message.state is MessageState.attempting:
        delivery.note_try(session, message, Outcome.not_sent, uuid.uuid4(), by=None, at=at)
        steps.move(session, message, MessageState.approved, at=at)


def status_changed(
    session: Session, message_id: uuid.UUID, sid: str, status: str, *, at: datetime
) -> None:
    """Hear from the carrier how the text stands. Late and repeated news changes nothing."""
    message = steps.locked(session, message_id)
    if message is None:
        return
    made = outbox.of(session, message.id, outbox.Kind.deliver_message)
    is_old = made is not None and outbox.is_of_an_earlier(session, made, sid)
    if made is not None and not is_old and made.state in _IN_DOUBT:
        # The carrier knows the text, so it was accepted after all.
        outbox.settle(session, made, Accepted(sid), at=at)
        record_left(session, message, made, at=at)
    if status in DELIVERED and message.state is not MessageState.delivered:
        delivery.came_to(session, message, MessageState.delivered, at=at)
        audit.note(session, audit.Act.message_delivered, at=at, about=message.id)
    elif status in FAILED and not is_old and (made is None or made.carrier_sid in {None, sid}):
        did_not_leave(session, message, at=at)


def _may_go_again(session: Session, message: Message, known: Promise) -> bool:
    if known.state in outbox.NEVER_LEFT:
        return True
    last = delivery.last_outcome(session, message, Outcome.promised, Outcome.not_sent)
    return known.state is outbox.State.accepted and last is Outcome.not_sent
