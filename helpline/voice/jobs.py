"""Calls carried out by the worker: phones rung, calls ended, callers kept company."""

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import log, outbox
from helpline.accounts.models import StaffMember
from helpline.carrier import (
    TRY_AGAIN,
    Accepted,
    BrowserPhone,
    CallSeen,
    CallToPlace,
    Carrier,
    CarrierSilentError,
    Outcome,
    RecordingSeen,
    Refused,
)
from helpline.clock import now
from helpline.confidentiality import vault
from helpline.confidentiality.safe_contact import KeptBack, Verdict
from helpline.contacts.models import Contact
from helpline.database import transaction
from helpline.directory import ladder
from helpline.outbox import Promise
from helpline.phone_numbers import PhoneNumber
from helpline.voice import (
    call_outs,
    calling_out,
    legs,
    may_ring,
    overflow,
    recipients,
    repair,
    ringing,
    softphones,
    supervising,
    voicemails,
)
from helpline.voice.call_outs import Ground
from helpline.voice.models import Leg, LegState
from helpline.voice.repair import Mended

# A carrier that is away answers nobody: then the next round asks again.
_MOST_SILENCES = 3
PERSON_RINGS_SECONDS = 25
"""Shorter than most voicemail boxes take to pick up, longer than it takes to find a telephone."""

CHANGES = (
    outbox.Kind.end_call,
    outbox.Kind.hold_caller,
    outbox.Kind.release_caller,
    outbox.Kind.hold_party,
    outbox.Kind.release_party,
    outbox.Kind.mute_party,
    outbox.Kind.unmute_party,
    outbox.Kind.end_conference,
)
"""Kinds of promise that `prepare_change` prepares."""

Found = TypeVar("Found")

_log = log.get(__name__)


def prepare_ringing(
    session: Session, promise: Promise, base_url: str, ring_seconds: int
) -> Callable[[Carrier], Outcome] | None:
    """Read the phone's number at the last moment; None if nobody needs to be rung any more."""
    leg = legs.read(session, promise.about)
    if leg is None or not ringing.is_still_wanted(session, leg.id):
        return None
    if leg.role in legs.RUNG_BY_CALL_OUT:
        ring_seconds = PERSON_RINGS_SECONDS
    to = _where_it_rings(session, leg)
    if to is None:
        return lambda _: Refused(0, "There is no number that may be rung")
    call = CallToPlace(
        to=to,
        answer_url=f"{base_url}/tw/voice/leg/{leg.id}/answer",
        status_url=f"{base_url}/tw/voice/leg/{leg.id}/status{TRY_AGAIN}",
        ring_seconds=ring_seconds,
    )
    return lambda carrier: carrier.place_call(call)


def _where_it_rings(session: Session, leg: Leg) -> PhoneNumber | BrowserPhone | None:
    """Read where a leg rings; None where its number may not be rung any more."""
    if leg.staff is not None:
        return _phone_of(session, leg.staff)
    if leg.role in legs.RUNG_BY_CALL_OUT:
        out = call_outs.of_leg(session, leg.id)
        return vault.number_for_carrier(session, out.number_token) if out is not None else None
    if leg.partner_number_id is None:
        return None
    try:
        token = ladder.token_to_ring(session, leg.partner_number_id, at=now())
    except ladder.NotToBeRungError:
        return None
    return vault.number_for_carrier(session, token)


def _phone_of(session: Session, staff: StaffMember) -> PhoneNumber | BrowserPhone:
    """Choose the browser phone while it is on, else the telephone.

    Of a browser phone that has just gone off the carrier says so at once, and the next is tried.
    """
    in_browser = softphones.phone_of(session, staff.id, at=now())
    if in_browser is None and staff.phone_token is not None:
        return vault.number_for_carrier(session, staff.phone_token)
    return in_browser or BrowserPhone(softphones.identity(staff.id))


def ringing_settled(session: Session, promise: Promise, outcome: Outcome, *, at: datetime) -> None:
    """Go on after the carrier was asked to ring a phone."""
    if isinstance(outcome, Accepted):
        ringing.rung(session, promise.about, outcome.sid, at=at)
    elif isinstance(outcome, Refused) or promise.state in outbox.SETTLED:
        ringing.could_not_ring(session, promise.about, at=at)


def person_verdict(session: Session, promise: Promise, at: datetime) -> Verdict:
    """Say, right before a person's telephone rings, whether what they wished still stands."""
    out = call_outs.of_leg(session, promise.about)
    if out is None:
        return Verdict(KeptBack.nobody_named)
    if out.ground is Ground.message:
        return recipients.still_may(session, out, at=at)
    return may_ring.still_holds(session, out)


def held_the_phone_at(session: Session, promise: Promise) -> datetime | None:
    """Return when somebody whose line was cut last had the telephone in their hand."""
    out = call_outs.of_leg(session, promise.about)
    return may_ring.held_the_phone_at(session, out) if out is not None else None


def person_kept_back(session: Session, promise: Promise, why: Verdict, *, at: datetime) -> None:
    """Ring nobody later by itself whom a plan keeps back now: the call-taker would not be there."""
    del why
    promise.state, promise.settled_at, promise.held_until = outbox.State.cancelled, at, None
    calling_out.kept_back(session, promise.about, at=at)


def look_after_calls(carrier: Carrier, *, at: datetime) -> Counter[Mended]:
    """Ask the carrier about calls that go on, and mend what we know of them; says what was mended.

    The news of a call's end can get lost, and with it a call-taker who seems busy for ever.
    """
    mended: Counter[Mended] = Counter()
    silences = 0
    with transaction() as session:
        questions = repair.questions(session, at=at)
    for question in questions:
        try:
            seen = repair.ask(carrier, question)
        except CarrierSilentError:
            silences += 1
            if silences == _MOST_SILENCES:
                break
            continue
        mended += _by_itself(question.contact_id, partial(_mend, seen, at), Counter())
    mended += _take_in_unknown(carrier, at)
    if mended:
        _log.warning("calls.mended", **{what.value: number for what, number in mended.items()})
    return mended


def _take_in_unknown(carrier: Carrier, at: datetime) -> Counter[Mended]:
    """Take in whoever is on the line of whom we know nothing."""
    mended: Counter[Mended] = Counter()
    try:
        seen = carrier.calls_to_us()
    except CarrierSilentError:
        return mended
    with transaction() as session:
        known = repair.known(session, [each.sid for each in seen])
    for each in seen:
        if each.sid in known:
            continue
        if _by_itself(each.sid, partial(_take_in, each, at), otherwise=False):
            mended[Mended.taken_in] += 1
    return mended


def _by_itself(about: object, rule: Callable[[Session], Found], otherwise: Found) -> Found:
    """Look after one of many: whatever is wrong with it keeps none of the others from its turn."""
    try:
        with transaction() as session:
            return rule(session)
    except (sa.exc.OperationalError, sa.exc.TimeoutError):
        # The database is away: so it would be for all the others.
        raise
    except Exception as error:  # noqa: BLE001 - see above
        _log.error("call.not_looked_after", about=str(about), kind=type(error).__name__)
        return otherwise


def _mend(seen: repair.Seen, at: datetime, session: Session) -> Counter[Mended]:
    return repair.mend(session, seen, at=at)


def _take_in(seen: CallSeen, at: datetime, session: Session) -> bool:
    return repair.take_in(session, seen, at=at)


def _found(
    contact_id: uuid.UUID, seen: Sequence[RecordingSeen], at: datetime, session: Session
) -> int:
    return voicemails.found(session, contact_id, seen, at=at)


def prepare_redirect(
    session: Session, promise: Promise, base_url: str
) -> Callable[[Carrier], Outcome] | None:
    """Take a waiting caller to their choice, unless they have gone or talk by now."""
    if not overflow.is_still_wanted(session, promise.about):
        return None
    sid, url = str(promise.details["call_sid"]), base_url + str(promise.details["path"])
    return lambda carrier: carrier.redirect(sid, url)


def redirect_settled(session: Session, promise: Promise, outcome: Outcome, *, at: datetime) -> None:
    """Go on after the carrier was asked to take a caller to their choice."""
    del outcome, at
    overflow.redirect_settled(session, promise)


def prepare_manner(session: Session, promise: Promise) -> Callable[[Carrier], Outcome] | None:
    """Read at the last moment by whom somebody in a conference is to be heard."""
    leg = session.get(Leg, promise.about, populate_existing=True)
    if leg is None or leg.state is not LegState.joined or leg.call_sid is None:
        return None
    contact = session.get_one(Contact, leg.contact_id, populate_existing=True)
    room, sid, by = contact.conference_sid, leg.call_sid, supervising.heard_by(session, leg)
    return None if room is None else lambda carrier: carrier.be_heard(room, sid, by=by)


def manner_settled(session: Session, promise: Promise, outcome: Outcome, *, at: datetime) -> None:
    """Go on after the carrier was asked who hears a supervisor."""
    if isinstance(outcome, Refused) or promise.state is outbox.State.given_up:
        supervising.would_not(session, promise.about, at=at)


def prepare_change(
    session: Session, promise: Promise, base_url: str
) -> Callable[[Carrier], Outcome] | None:
    """Prepare one change to a call or conference that is going on."""
    del session
    call_sid = str(promise.details.get("call_sid") or "")
    conference_sid = str(promise.details.get("conference_sid") or "")
    match promise.kind:
        case outbox.Kind.end_call:
            return lambda carrier: carrier.end_call(call_sid)
        case outbox.Kind.hold_caller | outbox.Kind.hold_party:
            hold_url = f"{base_url}/tw/voice/hold"
            return lambda carrier: carrier.hold(conference_sid, call_sid, hold_url)
        case outbox.Kind.release_caller | outbox.Kind.release_party:
            return lambda carrier: carrier.release(conference_sid, call_sid)
        case outbox.Kind.mute_party | outbox.Kind.unmute_party:
            muted = promise.kind is outbox.Kind.mute_party
            return lambda carrier: carrier.mute(conference_sid, call_sid, muted=muted)
        case outbox.Kind.end_conference:
            return lambda carrier: carrier.end_conference(conference_sid)
        case _:
            return None


def look_after_voicemails(carrier: Carrier, *, at: datetime) -> int:
    """Ask the carrier for voicemails of which the news was lost; returns how many were found."""
    with transaction() as session:
        voicemails.delete_what_stayed(session, at=at)
        untold = voicemails.fetch_untold(session, at=at)
        calls_to_ask = voicemails.unheard_of(session, at=at)
    found = untold
    for contact_id, call_sid in calls_to_ask:
        try:
            seen = carrier.recordings_of(call_sid)
        except CarrierSilentError:
            break
        found += _by_itself(contact_id, partial(_found, contact_id, seen, at), 0)
    if found:
        _log.warning("voicemails.found", found=found)
    return found
