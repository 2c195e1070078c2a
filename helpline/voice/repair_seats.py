"""How each person is in the room: held or not, heard by whom. What differs is asked for again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import outbox
from helpline.carrier import EVERYBODY, NOBODY, PartySeen
from helpline.contacts.models import Contact
from helpline.outbox import Kind, Promise
from helpline.voice import legs, parties, supervising
from helpline.voice.models import PARTIES, Leg, LegRole, LegState

_MAY_DIFFER = PARTIES | {LegRole.caller}
_UNDER_WAY = (outbox.State.waiting, outbox.State.claimed)
_CHANGES = (
    Kind.hold_caller,
    Kind.release_caller,
    Kind.hold_party,
    Kind.release_party,
    Kind.mute_party,
    Kind.unmute_party,
    Kind.set_manner,
)
# What was done this shortly before may be newer than what the carrier said.
_JUST_NOW = timedelta(seconds=10)


def set_right(
    session: Session, contact: Contact, seen: Sequence[PartySeen], *, at: datetime
) -> int:
    """Ask the carrier again for what it lost of one call; returns of how many people."""
    by_sid = {leg.call_sid: leg for leg in legs.live(session, contact.id) if leg.call_sid}
    wrong = 0
    for party in seen:
        leg = by_sid.get(party.call_sid)
        if leg is None or leg.state is not LegState.joined or leg.role not in _MAY_DIFFER:
            continue
        if _is_under_way(session, contact, leg, at):
            continue
        wrong += _hold(session, contact, leg, party, at) or _be_heard(
            session, contact, leg, party, at
        )
    return wrong


def _hold(session: Session, contact: Contact, leg: Leg, party: PartySeen, at: datetime) -> bool:
    if party.is_held == leg.is_held:
        return False
    parties.hold(session, contact, leg, held=leg.is_held, at=at)
    return True


def _be_heard(session: Session, contact: Contact, leg: Leg, party: PartySeen, at: datetime) -> bool:
    if leg.role is LegRole.caller:
        return False
    wanted = supervising.heard_by(session, leg)
    if _is_heard_by(party) == wanted:
        return False
    if leg.role is LegRole.supervisor:
        supervising.ask_carrier(session, contact, leg, at)
    else:
        parties.mute(session, contact, leg, muted=leg.is_muted, at=at)
    return True


def _is_heard_by(party: PartySeen) -> str:
    if party.is_muted:
        return NOBODY
    return party.coaches or EVERYBODY


def _is_under_way(session: Session, contact: Contact, leg: Leg, at: datetime) -> bool:
    """Whether the carrier was, or is being, asked about them just now."""
    asked = sa.exists().where(
        Promise.lane == contact.id,
        Promise.about == leg.id,
        Promise.kind.in_(_CHANGES),
        sa.or_(Promise.state.in_(_UNDER_WAY), Promise.settled_at > at - _JUST_NOW),
    )
    return bool(session.scalar(sa.select(asked)))
