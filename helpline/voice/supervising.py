"""A supervisor in a colleague's call: listens, whispers to the call-taker, joins in.

Unheard is the safe state. A supervisor comes into the room muted, is heard only once the carrier
says so, and falls back to listening whenever the one to whom they whisper goes. Why:
docs/decisions/0175-supervision.md.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live, outbox
from helpline.accounts.models import Availability, StaffMember
from helpline.carrier import EVERYBODY, NOBODY
from helpline.confidentiality.access import Data, Fact, Sight, may
from helpline.contacts import contacts
from helpline.contacts.models import Channel, Contact, ContactState, Happening
from helpline.outbox import Kind
from helpline.voice import call_plan, candidates, legs, parties, softphones
from helpline.voice.call_plan import Plan
from helpline.voice.models import (
    Leg,
    LegEnding,
    LegRole,
    LegState,
    ListenBecause,
    Manner,
)

_HAPPENED = {
    Manner.listen: Happening.supervisor_listens,
    Manner.whisper: Happening.supervisor_whispers,
    Manner.join_in: Happening.supervisor_joined_in,
}
_REASONS: Mapping[ListenBecause, audit.Act] = {
    ListenBecause.help_asked: audit.Act.listened_to_help,
    ListenBecause.alarm: audit.Act.listened_after_alarm,
    ListenBecause.quality: audit.Act.listened_for_quality,
    ListenBecause.training: audit.Act.listened_for_training,
}
_ACTS = {Manner.whisper: audit.Act.whispered, Manner.join_in: audit.Act.joined_in}


class CannotListenError(Exception):
    """The call can't be listened to now; the words say why."""


def come_in(  # noqa: PLR0913 - each is a fact of the coming
    session: Session,
    contact: Contact,
    supervisor_id: uuid.UUID,
    manner: Manner,
    because: ListenBecause,
    *,
    at: datetime,
) -> Leg:
    """Ring a supervisor's own phone for a call, or change how they are in it already.

    The contact's row must be locked.

    Raises:
        CannotListenError: nobody talks in it, it is their own, or their phone can't be rung.

    """
    already = leg_of(session, contact.id, supervisor_id)
    if already is not None:
        change(session, contact, already, manner, at=at)
        return already
    supervisor = session.scalars(
        sa.select(StaffMember).where(StaffMember.id == supervisor_id).with_for_update()
    ).one()
    _check(session, contact, supervisor, at)
    leg = parties.ring(
        session,
        contact,
        LegRole.supervisor,
        asked_by=supervisor_id,
        staff_id=supervisor_id,
        at=at,
    )
    leg.manner, leg.is_muted, leg.listens_because = manner, True, because
    audit.note(session, _REASONS[because], at=at, who=supervisor_id, about=contact.id)
    live.tell(session, "shift", f"staff:{supervisor_id}")
    return leg


def change(session: Session, contact: Contact, leg: Leg, manner: Manner, *, at: datetime) -> None:
    """Listen, whisper or join in from now on. The contact's row must be locked.

    Raises:
        CannotListenError: there is nobody to whisper to.

    """
    if leg.manner is manner:
        return
    leg.manner = manner
    if leg.state is LegState.joined:
        _set(session, contact, leg, at)
    contacts.tell_changed(session, contact)
    live.tell(session, "shift")


def leave(session: Session, contact: Contact, supervisor_id: uuid.UUID, *, at: datetime) -> None:
    """Hang up on the supervisor alone. Gone already, nothing changes."""
    leg = leg_of(session, contact.id, supervisor_id)
    if leg is not None:
        parties.put_out(session, contact, leg, at=at)


def leg_of(session: Session, contact_id: uuid.UUID, supervisor_id: uuid.UUID) -> Leg | None:
    """Return by which leg a supervisor is in a call, or rung for it."""
    found = parties.live(session, contact_id, LegRole.supervisor)
    return next((leg for leg in found if leg.staff_id == supervisor_id), None)


def who_joined_in(session: Session, contact_id: uuid.UUID) -> Leg | None:
    """Return the supervisor who is in the room and heard by all, whoever came first."""
    inside = parties.in_the_room(session, contact_id, LegRole.supervisor)
    return next((leg for leg in inside if leg.manner is Manner.join_in), None)


def accepted(session: Session, contact: Contact, leg: Leg, at: datetime) -> Plan:
    """Let a supervisor in: always muted, whatever they asked for."""
    del session, at
    return call_plan.party_joins(contact, leg, is_muted=True)


def joined(session: Session, contact: Contact, leg: Leg, at: datetime) -> None:
    """Note that a supervisor is in the room, and let them be heard by whom they asked for."""
    contacts.happened(session, contact, Happening.supervisor_listens, at=at, staff_id=leg.staff_id)
    if leg.manner is not Manner.listen:
        _set(session, contact, leg, at)


def left(session: Session, contact: Contact, leg: Leg, because: LegEnding, at: datetime) -> None:
    """Note that a supervisor is out of the call, if they were in it at all."""
    del because
    if leg.joined_at is not None:
        contacts.happened(session, contact, Happening.supervisor_left, at=at, staff_id=leg.staff_id)
    live.tell(session, "shift")


def hush(session: Session, contact: Contact, gone: Leg, at: datetime) -> None:
    """Let whoever whispers to somebody fall back to listening, now that these are gone.

    Nobody knows what the carrier makes of a whisper to nobody; so it is taken back at once.
    """
    for leg in parties.live(session, contact.id, LegRole.supervisor):
        if leg.whispers_to_id == gone.id:
            fall_back(session, contact, leg, at=at)


def fall_back(session: Session, contact: Contact, leg: Leg, *, at: datetime) -> None:
    """Let a supervisor be unheard again."""
    leg.manner = Manner.listen
    _set(session, contact, leg, at)
    contacts.tell_changed(session, contact)


def heard_by(session: Session, leg: Leg) -> str:
    """Say by whom somebody in the room is to be heard, as it stands at this moment.

    NOBODY, EVERYBODY, or the carrier's id of the one call that hears them.
    """
    if leg.role is not LegRole.supervisor:
        return NOBODY if leg.is_muted else EVERYBODY
    if leg.manner is Manner.join_in:
        return EVERYBODY
    coached = session.get(Leg, leg.whispers_to_id) if leg.whispers_to_id else None
    if leg.manner is not Manner.whisper or coached is None or coached.call_sid is None:
        return NOBODY
    return coached.call_sid if coached.state is LegState.joined else NOBODY


def would_not(session: Session, leg_id: uuid.UUID, *, at: datetime) -> None:
    """Note that the carrier refused a manner: then the supervisor listens, and reads so.

    Whom it would not even let be unheard is hung up on, as a caller may hear them; and who has the
    call by now and would not be heard, so that the caller, who hears nobody, gets somebody else.
    """
    leg = session.get(Leg, leg_id, populate_existing=True)
    if leg is None or leg.state is LegState.ended:
        return
    contact = legs.lock_contact(session, leg)
    if leg.role is not LegRole.supervisor or leg.manner is Manner.listen:
        parties.put_out(session, contact, leg, at=at)
    else:
        fall_back(session, contact, leg, at=at)


def ask_carrier(session: Session, contact: Contact, leg: Leg, at: datetime) -> None:
    """Promise that the carrier lets somebody be heard by whom they should be.

    It says nobody: whoever carries it out reads that then, so that an old wish never comes last.
    """
    outbox.promise(session, Kind.set_manner, about=leg.id, lane=contact.id, at=at)


def _set(session: Session, contact: Contact, leg: Leg, at: datetime) -> None:
    coached = _call_taker(session, contact.id) if leg.manner is Manner.whisper else None
    if leg.manner is Manner.whisper and coached is None:
        leg.manner = Manner.listen
    leg.whispers_to_id = coached.id if coached is not None else None
    leg.is_muted = leg.manner is Manner.listen
    ask_carrier(session, contact, leg, at)
    if leg.manner is None or leg.state is LegState.ended:
        return
    contacts.happened(session, contact, _HAPPENED[leg.manner], at=at, staff_id=leg.staff_id)
    if leg.manner in _ACTS:
        audit.note(session, _ACTS[leg.manner], at=at, who=leg.staff_id, about=contact.id)


def _call_taker(session: Session, contact_id: uuid.UUID) -> Leg | None:
    found = legs.live(session, contact_id)
    takers = [leg for leg in found if leg.role is LegRole.call_taker]
    return next((leg for leg in takers if leg.state is LegState.joined), None)


def _check(session: Session, contact: Contact, supervisor: StaffMember, at: datetime) -> None:
    facts = [Fact.is_flagged] if contact.is_flagged else []
    if may(supervisor.role, Data.contact_notes, *facts) is not Sight.whole:
        raise CannotListenError("This contact is not yours to listen to")
    if contact.channel is not Channel.voice or contact.state is not ContactState.with_call_taker:
        raise CannotListenError("Nobody talks in this call now")
    if contact.owner_id == supervisor.id:
        raise CannotListenError("This call is yours")
    if supervisor.phone_token is None and not softphones.phone_of(session, supervisor.id, at=at):
        raise CannotListenError("You have no phone yet. Turn on your browser phone")
    is_busy = supervisor.availability is Availability.busy
    if is_busy or candidates.is_in_use(session, supervisor.id):
        raise CannotListenError("Your phone is in use. End that call first")
