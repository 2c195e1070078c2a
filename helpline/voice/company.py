"""Who is with whom in a call, so that nobody is left alone in silence (design.md 6.10).

Three rules: what is said in private is said with the caller held, who hears words meanwhile; when
the private talk is over, the caller is brought back at once; and whoever is left alone because a
call-taker's phone went away is held with words until somebody is back. The contact's row must be
locked throughout.
"""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from helpline import outbox
from helpline.contacts.models import Contact, ContactState
from helpline.voice import legs, parties
from helpline.voice.models import Leg, LegRole, LegState, Manner

TALKERS = frozenset(LegRole) - {LegRole.supervisor}
"""Who is company; a supervisor is where they have joined in."""
_COMING = (LegState.accepted, LegState.joined)
_NOT_YET = (outbox.State.waiting, outbox.State.claimed)


def in_the_room(session: Session, contact_id: uuid.UUID) -> list[Leg]:
    """List who is in the conference and could be talked with, held or not."""
    session.flush()
    return [
        leg
        for leg in legs.live(session, contact_id)
        if leg.state is LegState.joined and (leg.role in TALKERS or leg.manner is Manner.join_in)
    ]


def call_taker_is_in(session: Session, contact_id: uuid.UUID) -> bool:
    """Whether the call-taker who has the call is in the room."""
    return any(leg.role is LegRole.call_taker for leg in in_the_room(session, contact_id))


def become_private(session: Session, contact: Contact, coming: Leg, *, at: datetime) -> bool:
    """Make sure that whoever comes in now finds the call-taker alone; says whether it is so yet.

    The carrier takes a moment for it: they are let in when it says that the caller is held.
    """
    if contact.state is not ContactState.with_call_taker:
        return False
    room = in_the_room(session, contact.id)
    if not any(leg.role is LegRole.call_taker for leg in room):
        return False
    others = [leg for leg in room if not _may_stay(leg) and leg.id != coming.id]
    for leg in others:
        if not leg.is_held:
            parties.hold(session, contact, leg, held=True, at=at)
    session.flush()
    return not any(_is_on_its_way(session, leg) for leg in others)


def settle(session: Session, contact: Contact, *, at: datetime) -> None:
    """Look after whoever is left when somebody has come, gone, or been held."""
    room = in_the_room(session, contact.id)
    if any(leg.role is LegRole.call_taker for leg in room):
        _bring_back_the_caller(session, contact, room, at)
        return
    talking = [leg for leg in room if not leg.is_held]
    is_alone = len(talking) == 1 and talking[0].role is not LegRole.supervisor
    if is_alone and contact.owner_id is not None:
        # Before anybody has taken a call its room has not begun: the waiting room speaks there.
        parties.hold(session, contact, talking[0], held=True, at=at)


def _bring_back_the_caller(
    session: Session, contact: Contact, room: list[Leg], at: datetime
) -> None:
    """Bring a held caller back to a call-taker with whom nobody else talks or is about to."""
    caller = next((leg for leg in room if leg.role is LegRole.caller), None)
    if caller is None or not caller.is_held:
        return
    if parties.live(session, contact.id, LegRole.invited):
        # Until the call-taker knows who answered, only a person lets an author be heard.
        return
    others = [
        leg
        for leg in parties.live(session, contact.id, LegRole.partner, LegRole.colleague)
        if leg.state in _COMING and not leg.is_held and not _may_stay(leg)
    ]
    if not others:
        parties.hold(session, contact, caller, held=False, at=at)


def _may_stay(leg: Leg) -> bool:
    """Whether somebody is no reason to hold the caller, nor to be held: one of us, beside the call.

    A colleague whom nobody asked in had the call before.
    """
    had_the_call = leg.role is LegRole.colleague and leg.asked_by_id is None
    return had_the_call or leg.role in (LegRole.call_taker, LegRole.supervisor)


def _is_on_its_way(session: Session, leg: Leg) -> bool:
    kind = outbox.Kind.hold_caller if leg.role is LegRole.caller else outbox.Kind.hold_party
    promise = outbox.of(session, leg.id, kind)
    return promise is not None and promise.state in _NOT_YET
