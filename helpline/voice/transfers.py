"""A call goes over to a colleague, who comes into the room first: the caller never changes rooms.

Consulted first, they talk alone with the call-taker while everybody else is held with words;
directly, the call is theirs as soon as they are in the room. Until then nothing changes, so that
nobody is ever between two (domain.md 1g, C7). The contact's row must be locked throughout.
"""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live
from helpline.accounts import availability
from helpline.accounts.models import Availability, StaffMember
from helpline.contacts import contacts, handing_over
from helpline.contacts.models import Contact, ContactState, Happening
from helpline.voice import bridges, call_plan, candidates, company, legs, parties, softphones
from helpline.voice.call_plan import Plan
from helpline.voice.models import Leg, LegEnding, LegRole, LegState

_CAN_BE_ASKED = (Availability.ready, Availability.away, Availability.wrapping_up)


class CannotTransferError(ValueError):
    """The call can't go over like this; the words say why and what to do."""


def colleagues(session: Session, contact: Contact, *, at: datetime) -> list[StaffMember]:
    """List to whom a call could go over: on shift, with a phone that is not in use."""
    return [
        each
        for each in handing_over.colleagues(
            session, contact.owner_id, candidates.has_free_phone(at)
        )
        if each.availability in _CAN_BE_ASKED
    ]


def ask(  # noqa: PLR0913 - each is a fact of the question
    session: Session,
    contact: Contact,
    to: uuid.UUID,
    *,
    directly: bool,
    by: uuid.UUID,
    at: datetime,
) -> Leg:
    """Ring a colleague who is to have the call. Asked twice, it rings once.

    Raises:
        contacts.NotYoursError: somebody else has the call.
        CannotTransferError: the call is over, a colleague is asked already, or can't be rung.

    """
    _check(session, contact, by)
    asked = _asked(session, contact.id)
    if asked:
        if asked[0].staff_id == to:
            return asked[0]
        raise CannotTransferError("A colleague is asked already. Stop that first")
    staff = availability.locked(session, to)
    if to == by or not _can_be_rung(session, staff, at):
        raise CannotTransferError("Choose a colleague whose phone is free")
    leg = parties.ring(
        session,
        contact,
        LegRole.colleague,
        asked_by=by,
        staff_id=to,
        takes_over=directly,
        at=at,
    )
    contacts.happened(session, contact, Happening.colleague_asked, at=at, staff_id=by)
    audit.note(session, audit.Act.transfer_asked, at=at, who=by, about=contact.id)
    live.tell(session, f"staff:{to}")
    return leg


def hand_over(session: Session, contact: Contact, *, by: uuid.UUID, at: datetime) -> None:
    """Give the call to the colleague who is in the room; whoever had it may leave then.

    Raises:
        contacts.NotYoursError: somebody else has the call.
        CannotTransferError: no colleague is in the room yet.

    """
    _check(session, contact, by)
    here = _in_the_room(session, contact.id)
    if not here:
        raise CannotTransferError("Your colleague is not on the line yet. The call stays with you")
    move_to(session, contact, here[0], at=at)


def stop(session: Session, contact: Contact, *, by: uuid.UUID, at: datetime) -> None:
    """Keep the call after all: the colleague is not rung any more, or let go.

    Raises:
        contacts.NotYoursError: somebody else has the call.

    """
    _check(session, contact, by)
    for leg in _asked(session, contact.id):
        parties.put_out(session, contact, leg, at=at)
    session.flush()
    company.settle(session, contact, at=at)


def leave(session: Session, contact: Contact, staff_id: uuid.UUID, *, at: datetime) -> None:
    """Leave a call that a colleague has by now. Not in it: nothing changes.

    Raises:
        CannotTransferError: the call is theirs, so it would be left alone.

    """
    if contact.owner_id == staff_id:
        raise CannotTransferError("The call is yours. Hand it over first, or end it")
    for leg in parties.live(session, contact.id, LegRole.colleague):
        if leg.staff_id == staff_id:
            parties.put_out(session, contact, leg, at=at)


def move_to(session: Session, contact: Contact, leg: Leg, *, at: datetime) -> None:
    """Let whoever is in the room by this leg have the call from now on."""
    new = legs.staff_of(leg)
    had_it = _call_takers_leg(session, contact.id)
    if had_it is not None:
        # The old one first: a contact has one call-taker at every instant.
        stays_beside(had_it)
        session.flush()
    leg.role, leg.takes_over = LegRole.call_taker, False
    session.flush()
    if contact.state is ContactState.waiting:
        contacts.take(session, contact, new, at=at)
    else:
        contacts.tell_changed(session, contact)
        contact.owner_id, contact.taken_at, contact.offered_to_id = new, at, None
        audit.note(session, audit.Act.contact_taken, at=at, who=new, about=contact.id)
    contacts.happened(session, contact, Happening.handed_over, at=at, staff_id=new)
    availability.become(session, availability.locked(session, new), Availability.busy, at=at)
    bring_together(session, contact, at=at)
    contacts.tell_changed(session, contact)


def stays_beside(leg: Leg) -> None:
    """Let whoever had the call stay on the line as a colleague, whom nobody asked in."""
    leg.role, leg.takes_over, leg.asked_by_id = LegRole.colleague, False, None


def step_in(session: Session, contact: Contact, *, at: datetime) -> bool:
    """Let a colleague who is in the room go on where the call-taker's phone went away."""
    here = _in_the_room(session, contact.id)
    if not here:
        return False
    move_to(session, contact, here[0], at=at)
    return True


def accepted(session: Session, contact: Contact, leg: Leg, at: datetime) -> Plan:
    """Let a colleague in: at once where the call is to be theirs, else when it is private."""
    if leg.state is not LegState.joined and not parties.is_wanted(session, contact, leg):
        return call_plan.too_late()
    staff = availability.locked(session, legs.staff_of(leg))
    if staff.availability is not Availability.busy:
        availability.become(session, staff, Availability.busy, at=at)
    if leg.takes_over or company.become_private(session, contact, leg, at=at):
        return call_plan.party_joins(contact, leg)
    return call_plan.one_moment(leg)


def came(session: Session, contact: Contact, leg: Leg, at: datetime) -> None:
    """Note that a colleague is in the room; the call goes to them where that was asked."""
    contacts.happened(session, contact, Happening.colleague_came, at=at, staff_id=leg.staff_id)
    if leg.takes_over:
        move_to(session, contact, leg, at=at)


def ended(session: Session, contact: Contact, leg: Leg, because: LegEnding, at: datetime) -> None:
    """Go on without a colleague: they are free again, and the call is with whoever has it."""
    del because
    had_the_call = leg.asked_by_id is None
    if leg.joined_at is None:
        contacts.happened(
            session, contact, Happening.colleague_not_answered, at=at, staff_id=leg.staff_id
        )
    staff = availability.locked(session, legs.staff_of(leg))
    if staff.availability is Availability.busy and not _has_a_call(session, staff.id):
        after = Availability.wrapping_up if had_the_call else Availability.ready
        availability.become(session, staff, after, at=at)


def bring_together(session: Session, contact: Contact, *, at: datetime) -> None:
    """Bring everybody back who was held for a talk among colleagues; a briefing goes on."""
    strangers = bridges.not_met_yet(session, contact.id)
    if any(not each.is_held for each in strangers):
        return
    for each in company.in_the_room(session, contact.id):
        if each.is_held and each not in strangers:
            parties.hold(session, contact, each, held=False, at=at)


def _check(session: Session, contact: Contact, by: uuid.UUID) -> None:
    if contact.owner_id != by:
        raise contacts.NotYoursError
    if contact.state is not ContactState.with_call_taker:
        raise CannotTransferError("You are not in a call with them at the moment")
    if legs.live_caller(session, contact.id) is None:
        raise CannotTransferError("The caller has left. End the call, and hand over in a note")


def _asked(session: Session, contact_id: uuid.UUID) -> list[Leg]:
    """List who is asked to have the call; whoever had it before and stayed is not."""
    found = parties.live(session, contact_id, LegRole.colleague)
    return [leg for leg in found if leg.asked_by_id is not None]


def _in_the_room(session: Session, contact_id: uuid.UUID) -> list[Leg]:
    """List the colleagues in the room, first those who were asked in."""
    here = parties.in_the_room(session, contact_id, LegRole.colleague)
    return sorted(here, key=lambda leg: leg.asked_by_id is None)


def _can_be_rung(session: Session, staff: StaffMember, at: datetime) -> bool:
    has_phone = (
        staff.phone_token is not None or softphones.phone_of(session, staff.id, at=at) is not None
    )
    is_here = staff.is_active and staff.availability in _CAN_BE_ASKED
    return is_here and has_phone and not candidates.is_in_use(session, staff.id)


def _call_takers_leg(session: Session, contact_id: uuid.UUID) -> Leg | None:
    found = [leg for leg in legs.live(session, contact_id) if leg.role is LegRole.call_taker]
    return found[0] if found else None


def _has_a_call(session: Session, staff_id: uuid.UUID) -> bool:
    theirs = sa.exists().where(
        Leg.staff_id == staff_id, Leg.role == LegRole.call_taker, Leg.state != LegState.ended
    )
    return bool(session.scalar(sa.select(theirs)))
