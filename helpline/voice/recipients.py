"""Ringing the recipient of a message: as the task says, and each try in the message's own list.

The recipient's call is a contact of its own, with their reference and nothing of the author's. The
rules of the relay decide again at the moment of ringing whether the message may leave at all
(domain.md 3.2; L6 in 1g).
"""

import uuid
from contextlib import suppress
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit
from helpline.confidentiality.safe_contact import MAY_LEAVE, KeptBack, Verdict
from helpline.contacts import contacts
from helpline.contacts.models import Caller, Channel, Contact, ContactState, Stream
from helpline.messages import delivery, leaving, steps
from helpline.messages.delivery import TaskRefusedError, Tried
from helpline.messages.happenings import Outcome
from helpline.messages.models import Message
from helpline.voice import may_ring
from helpline.voice.call_outs import CallOut, Came, Ground
from helpline.voice.may_ring import Allowed, MayNotRingError

_OUTCOMES = {
    Came.no_answer: Outcome.no_answer,
    Came.busy: Outcome.no_answer,
    Came.not_taken: Outcome.not_taken,
    Came.not_sure: Outcome.no_answer,
}
"""What of a call-out is a try. One that never reached their telephone is none."""


def may_be_rung(
    session: Session, message: Message | None, staff_id: uuid.UUID, *, at: datetime
) -> Allowed:
    """Say on what the call to a recipient rests. The message's row must be locked.

    Raises:
        TaskRefusedError: somebody else has the task.
        leaving.MayNotLeaveError: the message may not leave, or not at this time.
        MayNotRingError: they have no number any more, or were tried too often.

    """
    if message is None or message.with_id != staff_id:
        raise TaskRefusedError("Take the task first")
    leaving.check(session, message, at=at)
    leaving.check_now(session, message, at=at)
    recipient = _recipient(session, message)
    if recipient is None or recipient.number_token is None:
        raise MayNotRingError("There is no number any more")
    may_ring.check_tries(session, recipient.id, at=at)
    return Allowed(Ground.message, recipient.number_token, message.consent_id, message.id)


def open_contact(
    session: Session, allowed: Allowed, staff_id: uuid.UUID, *, at: datetime
) -> Contact:
    """Open the contact in which a recipient is rung; whoever rings has it from the start."""
    recipient = session.scalars(
        sa.select(Caller).where(Caller.number_token == allowed.number_token)
    ).one()
    contact = contacts.open_contact(
        session, Channel.voice, recipient, ContactState.with_call_taker, at=at
    )
    contact.owner_id, contact.taken_at, contact.stream = staff_id, at, Stream.family
    audit.note(session, audit.Act.contact_taken, at=at, who=staff_id, about=contact.id)
    session.flush()
    return contact


def still_may(session: Session, out: CallOut, *, at: datetime) -> Verdict:
    """Say, right before it rings, whether the message may still be given by this call-taker."""
    message = session.get(Message, out.message_id, populate_existing=True)
    stopped = Verdict(KeptBack.message_stopped)
    if message is None or message.party.caller_id != out.caller_id:
        return stopped
    if message.with_id != out.asked_by_id or message.consent_id != out.consent_id:
        return stopped
    try:
        leaving.check(session, message, at=at)
        leaving.check_now(session, message, at=at)
    except leaving.MayNotLeaveError:
        return stopped
    return MAY_LEAVE


def heard_of(session: Session, out: CallOut, *, at: datetime) -> None:
    """Write a try that reached nobody into the message's own list, once."""
    outcome = _OUTCOMES.get(out.came) if out.came is not None else None
    if out.ground is not Ground.message or outcome is None or out.message_id is None:
        return
    message = steps.locked(session, out.message_id)
    if message is not None:
        # Stopped or handed on meanwhile: then the try is not this call-taker's to enter.
        with suppress(TaskRefusedError):
            delivery.tried(session, message, Tried(outcome, out.id), by=out.asked_by_id, at=at)


def _recipient(session: Session, message: Message) -> Caller | None:
    caller_id = message.party.caller_id
    return session.get(Caller, caller_id) if caller_id is not None else None
