"""Whether what was promised may leave now: asked of every promise right before it is carried out.

Whatever made it (a call-taker, the clock, a second try), consent and safe-to-contact plan are read
at this moment, so neither a withdrawal nor a changed plan can come too late for what still waits.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from helpline import live, outbox
from helpline.confidentiality import consent, safe_contact
from helpline.confidentiality.safe_contact import (
    MAY_LEAVE,
    KeptBack,
    SafeContactPlan,
    Verdict,
    Way,
)
from helpline.outbox import Basis, Promise

WAYS: dict[outbox.Kind, Way] = {
    outbox.Kind.send_text: Way.text,
    outbox.Kind.deliver_message: Way.text,
    outbox.Kind.send_link: Way.text,
    outbox.Kind.give_reply: Way.text,
    outbox.Kind.nudge_author: Way.text,
    outbox.Kind.ring_person: Way.call,
    outbox.Kind.send_outreach: Way.text,
    outbox.Kind.send_signpost: Way.text,
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
REACHES_BY_NO_TEXT = frozenset(outbox.Kind) - {
    kind for kind, way in WAYS.items() if way is Way.text
}
_ANSWERS = (Basis.conversation, Basis.wish)
Plans = Mapping[uuid.UUID, SafeContactPlan]
"""The plans in force, by whom they are for; who is not in it has none."""


def plans(session: Session, promises: Iterable[Promise]) -> Plans:
    """Read the plans that these promises must keep to, all in one trip."""
    reached = {each.reaches for each in promises if each.reaches is not None}
    return safe_contact.current_of(session, reached) if reached else {}


def verdict(
    session: Session,
    promise: Promise,
    known: Plans,
    *,
    at: datetime,
    last_wrote: Callable[[], datetime | None] = lambda: None,
) -> Verdict:
    """Say whether a promise may be carried out at this moment.

    `known`: the `plans` of this and perhaps other promises, read in the same unit of work.
    `last_wrote`: see `safe_contact.verdict`; asked only where there is a plan.
    """
    if promise.relies_on is not None and not consent.holds(session, promise.relies_on, at=at):
        return Verdict(KeptBack.consent_ended)
    if promise.kind in REACHES_NOBODY:
        return MAY_LEAVE
    way = WAYS.get(promise.kind)
    if way is None or promise.reaches is None:
        return Verdict(KeptBack.nobody_named)
    plan = known.get(promise.reaches)
    # Only an answer may lean on their being there; anything else keeps to the hours.
    leans = plan is not None and promise.basis in _ANSWERS
    return safe_contact.verdict(plan, way, at=at, last_wrote=last_wrote() if leans else None)


def keep_back(session: Session, promise: Promise, verdict_: Verdict, *, at: datetime) -> None:
    """Put a claimed promise back until it may leave, or cancel it where that is never."""
    if verdict_.until is not None:
        _hold_back(session, promise, verdict_.until)
        return
    promise.state, promise.settled_at, promise.lease_until = outbox.State.cancelled, at, None


def _hold_back(session: Session, held: Promise, until: datetime) -> None:
    """Put a claimed promise back until a later time; nobody was asked, so no attempt is counted."""
    outbox.put_off(held, until)
    held.claimed_at, held.held_until = None, until
    live.wake_worker(session)
