"""A supervisor takes a call over: it is theirs from then on, and whoever had it may leave.

They are in the room already, so the caller changes neither room nor company. The contact's row
must be locked throughout.
"""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from helpline import audit, live
from helpline.accounts import availability
from helpline.accounts.models import Availability
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState, Happening
from helpline.voice import legs, supervising, transfers
from helpline.voice.models import Leg, LegEnding, LegRole, LegState
from helpline.voice.supervising import CannotListenError

_GOES_ON = (ContactState.waiting, ContactState.with_call_taker)


def take_over(
    session: Session, contact: Contact, supervisor_id: uuid.UUID, *, at: datetime
) -> None:
    """Give a call to the supervisor who is in it. Theirs already, nothing changes.

    Raises:
        CannotListenError: they are not in the room, or the call is over.

    """
    if contact.owner_id == supervisor_id and contact.state is ContactState.with_call_taker:
        return
    leg = supervising.leg_of(session, contact.id, supervisor_id)
    if leg is None or leg.state is not LegState.joined:
        raise CannotListenError("Come into the call first, then take it over")
    if contact.state not in _GOES_ON or legs.live_caller(session, contact.id) is None:
        raise CannotListenError("The call is over")
    _let_go(session, contact, at)
    _have_it(session, contact, leg, at)


def step_in(session: Session, contact: Contact, *, at: datetime) -> bool:
    """Let a supervisor who has joined in go on where the call-taker's phone went away.

    The caller is talking with them already and is not put on hold (domain.md 1g, C7). Whoever only
    listens may not be looking: then the caller is held and rung for as ever.
    """
    leg = supervising.who_joined_in(session, contact.id)
    if leg is None:
        return False
    _have_it(session, contact, leg, at)
    return True


def _let_go(session: Session, contact: Contact, at: datetime) -> None:
    """Make room: a contact has one call-taker at every instant."""
    for leg in legs.live(session, contact.id):
        if leg.role is not LegRole.call_taker:
            continue
        if leg.state is LegState.joined:
            transfers.stays_beside(leg)
            _is_free(session, leg, at)
        else:
            legs.hang_up(session, leg, at)
            legs.end(leg, LegEnding.cancelled, at)
    session.flush()


def _is_free(session: Session, leg: Leg, at: datetime) -> None:
    staff = availability.locked(session, legs.staff_of(leg))
    if staff.availability is Availability.busy:
        availability.become(session, staff, Availability.wrapping_up, at=at)


def _have_it(session: Session, contact: Contact, leg: Leg, at: datetime) -> None:
    supervisor = availability.locked(session, legs.staff_of(leg))
    leg.role = LegRole.call_taker
    leg.manner = leg.whispers_to_id = None
    leg.is_muted = leg.is_held = False
    session.flush()
    contacts.tell_changed(session, contact)
    if contact.state is ContactState.waiting:
        contacts.take(session, contact, supervisor.id, at=at)
    contact.owner_id, contact.taken_at, contact.offered_to_id = supervisor.id, at, None
    contacts.happened(session, contact, Happening.taken_over, at=at, staff_id=supervisor.id)
    audit.note(session, audit.Act.call_taken_over, at=at, who=supervisor.id, about=contact.id)
    if supervisor.availability is Availability.ready:
        # Who was not taking calls still does not, when this one is over.
        availability.become(session, supervisor, Availability.busy, at=at)
    supervising.ask_carrier(session, contact, leg, at)
    transfers.bring_together(session, contact, at=at)
    contacts.tell_changed(session, contact)
    live.tell(session, "shift")
