"""Whether what was promised may leave now: asked of every promise right before it is carried out.

Whatever made it (a call-taker, the clock, a second try), consent and safe-to-contact plan are read
at this moment, so neither a withdrawal nor a changed plan can come too late for what still waits.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from helpline import outbox
from helpline.confidentiality import consent, safe_contact
from helpline.confidentiality.safe_contact import MAY_LEAVE, KeptBack, Verdict, Way
from helpline.outbox import Basis, Promise

WAYS: dict[outbox.Kind, Way] = {
    outbox.Kind.send_text: Way.text,
    outbox.Kind.deliver_message: Way.text,
    outbox.Kind.send_link: Way.text,
    outbox.Kind.give_reply: Way.text,
    outbox.Kind.nudge_author: Way.text,
}
"""Which kinds of promise reach a person, and how."""
REACHES_NOBODY = frozenset(
    {
        outbox.Kind.ring_call_taker,
        outbox.Kind.ring_party,
        outbox.Kind.end_call,
        outbox.Kind.hold_caller,
        outbox.Kind.release_caller,
        outbox.Kind.hold_party,
        outbox.Kind.release_party,
        outbox.Kind.mute_party,
        outbox.Kind.unmute_party,
        outbox.Kind.set_manner,
        outbox.Kind.end_conference,
        outbox.Kind.redirect_caller,
        outbox.Kind.fetch_picture,
        outbox.Kind.delete_picture,
        outbox.Kind.fetch_recording,
        outbox.Kind.delete_recording,
    }
)
"""Kinds that concern staff, or a call going on. A kind that stands in neither never leaves."""


def verdict(
    session: Session, promise: Promise, *, at: datetime, last_wrote: datetime | None = None
) -> Verdict:
    """Say whether a promise may be carried out at this moment.

    `last_wrote`: see `safe_contact.verdict`.
    """
    if promise.relies_on is not None and not consent.holds(session, promise.relies_on, at=at):
        return Verdict(KeptBack.consent_ended)
    if promise.kind in REACHES_NOBODY:
        return MAY_LEAVE
    way = WAYS.get(promise.kind)
    if way is None or promise.reaches is None:
        return Verdict(KeptBack.nobody_named)
    # Only an answer may lean on their having written; anything else keeps to the hours.
    answers = promise.basis is Basis.conversation
    return safe_contact.verdict(
        safe_contact.current(session, promise.reaches),
        way,
        at=at,
        last_wrote=last_wrote if answers else None,
    )


def keep_back(session: Session, promise: Promise, verdict_: Verdict, *, at: datetime) -> None:
    """Put a claimed promise back until it may leave, or cancel it where that is never."""
    if verdict_.until is not None:
        outbox.hold_back(session, promise, verdict_.until)
        return
    promise.state, promise.settled_at, promise.lease_until = outbox.State.cancelled, at, None
