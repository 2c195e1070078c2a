"""How a bridge stands: what becomes of the telephone that is rung, and whom to ring next.

Whoever does not answer is followed by the next rung, at the latest when the minutes of the ladder
are over (domain.md 1g, C6, and rule 20 of section 9).
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from helpline.contacts.models import Contact
from helpline.directory import ladder
from helpline.directory.ladder import Rung
from helpline.directory.models import PartnerNumber
from helpline.voice import bridges, grounds, legs
from helpline.voice.grounds import Ground
from helpline.voice.models import Bridge, Leg, LegState


class Phase(enum.StrEnum):
    """How a bridge stands."""

    not_rung = "not_rung"
    rings = "rings"
    picked_up = "picked_up"
    """By a person or a voicemail box: nobody has pressed 1 yet."""
    comes_in = "comes_in"
    briefing = "briefing"
    """Call-taker and partner talk; the caller hears words of company."""
    on_hold = "on_hold"
    joined = "joined"
    not_answered = "not_answered"
    left = "left"
    by_hand = "by_hand"
    """Nobody is left whom the system may ring: a person dials the police."""


@dataclass(frozen=True)
class Tried:
    """One rung of the ladder as it stands in this bridge."""

    rung: Rung
    times: int
    """How often it was rung."""
    is_ringing: bool


@dataclass(frozen=True)
class Standing:
    """All that the console shows of a bridge."""

    bridge: Bridge
    phase: Phase
    leg: Leg | None
    """The newest telephone that was rung for it."""
    rungs: Sequence[Tried]
    following: Rung | None
    """Whom to ring next; None while nobody was rung, or where none is left."""
    next_at: datetime | None
    """When it is time for that one, as the ladder's minutes say."""
    ground_holds: bool


def standing(session: Session, contact: Contact, bridge: Bridge, *, at: datetime) -> Standing:
    """Read how a bridge stands, and whom to ring next and when."""
    rung = bridges.legs_of(session, bridge)
    newest = rung[-1] if rung else None
    rungs = ladder.ladder(session, bridge.partner_id, at=at)
    following = _following(rungs, newest, session)
    return Standing(
        bridge=bridge,
        phase=_phase(session, contact, newest, rungs),
        leg=newest,
        rungs=[_tried(each, rung) for each in rungs],
        following=following,
        next_at=_next_at(session, newest) if following is not None else None,
        ground_holds=grounds.holds(session, Ground.of(bridge), at=at),
    )


def _tried(rung: Rung, tried: Sequence[Leg]) -> Tried:
    theirs = [leg for leg in tried if leg.partner_number_id == rung.number_id]
    is_ringing = any(leg.state is not LegState.ended for leg in theirs)
    return Tried(rung, len(theirs), is_ringing)


def _following(rungs: Sequence[Rung], newest: Leg | None, session: Session) -> Rung | None:
    """Return the rung after the one that was rung last; the first where none was."""
    if newest is None:
        return None if rungs[0].is_by_hand else rungs[0]
    ids = [each.number_id for each in rungs]
    if newest.partner_number_id in ids:
        return rungs[min(ids.index(newest.partner_number_id) + 1, len(rungs) - 1)]
    # It is not answered at this hour any more: whoever comes after its kind.
    number = session.get(PartnerNumber, newest.partner_number_id)
    place = ladder.ORDER.index(number.rung) if number is not None else 0
    return next((each for each in rungs if ladder.ORDER.index(each.kind) > place), rungs[-1])


def _next_at(session: Session, newest: Leg | None) -> datetime | None:
    if newest is None or newest.partner_number_id is None:
        return None
    number = session.get_one(PartnerNumber, newest.partner_number_id)
    return newest.made_at + timedelta(minutes=number.minutes_before_next)


_PHASES = {
    LegState.promised: Phase.rings,
    LegState.ringing: Phase.rings,
    LegState.answered: Phase.picked_up,
    LegState.accepted: Phase.comes_in,
}


def _phase(session: Session, contact: Contact, newest: Leg | None, rungs: Sequence[Rung]) -> Phase:
    if newest is None:
        return Phase.by_hand if rungs[0].is_by_hand else Phase.not_rung
    if newest.state is LegState.ended:
        return Phase.left if newest.joined_at is not None else Phase.not_answered
    if newest.state is not LegState.joined:
        return _PHASES[newest.state]
    if newest.is_held:
        return Phase.on_hold
    caller = legs.live_caller(session, contact.id)
    return Phase.briefing if caller is not None and caller.is_held else Phase.joined
