"""Whether somebody may be rung, and on what that rests. Nobody is rung on a missed call alone.

A wish counts for as long as it was meant: "ring me back if we are cut off" for this call, "by
telephone" for this conversation. Whatever it is, a plan that says never to call stands above it.
Read again at the moment of ringing (`verdict`), since wishes change.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from helpline.confidentiality import consent, safe_contact
from helpline.confidentiality.consent import Scope, Towards
from helpline.confidentiality.safe_contact import MAY_LEAVE, KeptBack, Verdict, Way
from helpline.contacts.models import Channel, Contact, ContactState
from helpline.voice import call_backs, call_outs, first_minute
from helpline.voice.call_outs import CallOut, Came, Ground

CUT_OFF_LASTS = timedelta(hours=2)
"""How long after a cut line "ring me back" is meant: later it is another day's matter."""
WITHIN = timedelta(hours=24)
MOST_TRIES = 3
"""Tries within a day, so that a telephone that should stay quiet is not rung all evening."""
MOST_TRIES_CUT_OFF = 5
_PAUSES = {
    Came.no_answer: timedelta(minutes=10),
    Came.not_taken: timedelta(minutes=15),
    Came.busy: timedelta(minutes=3),
    Came.not_sure: timedelta(minutes=3),
}
"""How long after a try the next may follow. Not sure: by then the first has stopped ringing."""
_PAUSE_CUT_OFF = timedelta(seconds=60)
"""After a cut line they stand by the telephone and wait for us."""

_SENTENCES = {
    KeptBack.never_this_way: "Their plan says that we may never ring them",
    KeptBack.plan_ended: "Their plan has ended. Agree a new one with them before they are rung",
    KeptBack.outside_hours: "Their plan does not allow a call at this hour",
}


class MayNotRingError(Exception):
    """They may not be rung, or not now; the words say why and what to do."""


@dataclass(frozen=True)
class Allowed:
    """On what a call-out rests, and which telephone it rings."""

    ground: Ground
    number_token: uuid.UUID
    consent_id: uuid.UUID | None = None
    message_id: uuid.UUID | None = None


def find(session: Session, contact: Contact, *, at: datetime) -> Allowed:
    """Say on what ground somebody may be rung at this moment.

    Raises:
        MayNotRingError: their number is withheld, nothing allows it, or not yet.

    """
    allowed = _ground(session, contact, at)
    _check_plan(session, contact, allowed, at)
    _check_tries(session, contact, allowed, at)
    return allowed


def still_holds(session: Session, out: CallOut) -> Verdict:
    """Say, right before it rings, whether the wish on which a call-out rests still stands.

    Consent and plan are looked at beside this (`departures`).
    """
    contact = session.get_one(Contact, out.contact_id, populate_existing=True)
    match out.ground:
        case Ground.cut_off:
            stands = first_minute.number_to_ring_back(session, contact) == out.number_token
        case Ground.call_back:
            stands = call_backs.is_wanted(session, contact.id)
        case Ground.by_voice:
            stands = Channel.voice in (contact.channel, contact.also_by)
        case Ground.plan:
            stands = safe_contact.current(session, out.caller_id) is not None
        case _:
            stands = out.consent_id is not None
    return MAY_LEAVE if stands else Verdict(KeptBack.consent_ended)


def held_the_phone_at(session: Session, out: CallOut) -> datetime | None:
    """Return when somebody whose line was cut last had the telephone in their hand.

    Who asked a minute ago to be rung back is there, whatever the usual hours are.
    """
    if out.ground is not Ground.cut_off:
        return None
    return session.get_one(Contact, out.contact_id).ended_at or out.made_at


def _ground(session: Session, contact: Contact, at: datetime) -> Allowed:
    cut_off = first_minute.number_to_ring_back(session, contact)
    is_fresh = contact.ended_at is None or at - contact.ended_at <= CUT_OFF_LASTS
    is_open = contact.state is not ContactState.closed
    if cut_off is not None and is_fresh and is_open:
        return Allowed(Ground.cut_off, cut_off)
    token = contact.caller.number_token
    if token is None:
        raise MayNotRingError("Their number is withheld, so they can't be rung")
    if call_backs.is_wanted(session, contact.id):
        return Allowed(Ground.call_back, token)
    if is_open and contact.channel is Channel.sms and contact.also_by is Channel.voice:
        return Allowed(Ground.by_voice, token)
    agreed = consent.in_force(
        session, contact.caller_id, at=at, scope=Scope.call_back, towards=Towards.themselves
    )
    if agreed:
        return Allowed(Ground.consent, token, agreed[0].id)
    if safe_contact.current(session, contact.caller_id) is not None:
        return Allowed(Ground.plan, token)
    raise MayNotRingError(
        "They have not said that we may ring them. Ask them, and note it in their plan first"
    )


def _check_plan(session: Session, contact: Contact, allowed: Allowed, at: datetime) -> None:
    plan = safe_contact.current(session, contact.caller_id)
    held = contact.ended_at or at if allowed.ground is Ground.cut_off else None
    verdict = safe_contact.verdict(plan, Way.call, at=at, last_wrote=held)
    if verdict.because is not None:
        raise MayNotRingError(_SENTENCES.get(verdict.because, "Their plan does not allow it"))


def _check_tries(session: Session, contact: Contact, allowed: Allowed, at: datetime) -> None:
    check_tries(session, contact.caller_id, at=at, is_cut_off=allowed.ground is Ground.cut_off)


def check_tries(
    session: Session, caller_id: uuid.UUID, *, at: datetime, is_cut_off: bool = False
) -> None:
    """Make sure that nobody is rung too often, or again too soon.

    Raises:
        MayNotRingError: they were tried often enough, or a moment ago.

    """
    tries = call_outs.tries_since(session, caller_id, at - WITHIN)
    most = MOST_TRIES_CUT_OFF if is_cut_off else MOST_TRIES
    if len(tries) >= most:
        raise MayNotRingError(
            f"They were tried {most} times within a day. More would draw attention to them"
        )
    again_at = next_try_at(tries[0], is_cut_off=is_cut_off) if tries else at
    if again_at > at:
        minutes = max(1, -(-(again_at - at) // timedelta(minutes=1)))
        raise MayNotRingError(
            f"They were tried a moment ago. Try again in {minutes} "
            f"minute{'s' if minutes > 1 else ''}"
        )


def next_try_at(last: CallOut, *, is_cut_off: bool = False) -> datetime:
    """Return when somebody may be tried again after a try."""
    pause = _PAUSE_CUT_OFF if is_cut_off else _PAUSES.get(last.came or Came.taken, timedelta())
    return (last.over_at or last.made_at) + pause
