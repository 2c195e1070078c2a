"""Handing a contact over to a colleague: asked, accepted, and the caller notices nothing.

Until the colleague accepts, it stays with whoever has it, so that nobody is ever between two.
"""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live
from helpline.accounts.models import Availability, Role, StaffMember
from helpline.contacts import capacity, contacts
from helpline.contacts.models import Channel, Contact, ContactState, Happening

_WHO_CAN = (Role.call_taker, Role.supervisor)


class CannotHandOverError(Exception):
    """The contact can't be handed over like this; the words say why and what to do."""


def colleagues(
    session: Session, staff_id: uuid.UUID | None, *further: sa.ColumnElement[bool]
) -> list[StaffMember]:
    """List whom a call-taker could hand something over to: everybody else who is on shift.

    `further`: what else must be so of them.
    """
    return list(
        session.scalars(
            sa.select(StaffMember)
            .where(_is_here(), StaffMember.id.is_distinct_from(staff_id), *further)
            .order_by(StaffMember.display_name)
        )
    )


def offer(
    session: Session, contact: Contact, by: uuid.UUID, to: uuid.UUID, *, at: datetime
) -> None:
    """Ask a colleague to go on with a contact. The row must be locked.

    Raises:
        contacts.NotYoursError: somebody else has the contact.
        CannotHandOverError: it is a call, it is over, or the colleague is not on shift.

    """
    _check_owner(contact, by)
    if contact.channel is not Channel.sms:
        # Without its telephones the caller would stay on the first phone (`voice/transfers.py`).
        raise CannotHandOverError("A call goes over by “Hand the call over”, with its telephones")
    if contact.state is not ContactState.with_call_taker:
        raise CannotHandOverError("The conversation is over. Wrap it up")
    is_here = session.scalar(sa.select(sa.exists().where(_is_here(), StaffMember.id == to)))
    if to == by or not is_here:
        raise CannotHandOverError("Choose a colleague who is on shift")
    _tell_offered(session, contact)
    contact.offered_to_id = to
    audit.note(session, audit.Act.contact_offered_to_colleague, at=at, who=by, about=contact.id)
    contacts.tell_changed(session, contact)
    _tell_offered(session, contact)


def take_back(session: Session, contact: Contact, by: uuid.UUID) -> None:
    """Keep a contact after all, or decline one that was offered. Over already: nothing changes.

    Raises:
        contacts.NotYoursError: they neither have it nor were offered it.

    """
    if by not in (contact.owner_id, contact.offered_to_id):
        raise contacts.NotYoursError
    _tell_offered(session, contact)
    contact.offered_to_id = None
    contacts.tell_changed(session, contact)


def accept(session: Session, contact: Contact, staff_id: uuid.UUID, *, at: datetime) -> None:
    """Go on with a contact that a colleague hands over. The row must be locked.

    Accepted already, nothing changes.

    Raises:
        contacts.NotYoursError: it is not offered to them any more.
        CannotHandOverError: they have no room for it.

    """
    if contact.owner_id == staff_id and contact.offered_to_id is None:
        return
    if contact.offered_to_id != staff_id or contact.state is not ContactState.with_call_taker:
        raise contacts.NotYoursError
    if not capacity.room_for(session, staff_id, contact.channel):
        raise CannotHandOverError("You have as many conversations as you can hold. End one first")
    live.tell(session, f"staff:{contact.owner_id}")
    contact.owner_id, contact.offered_to_id = staff_id, None
    # Whoever they are is asked for anew: what opened to one call-taker is not open to another.
    contact.taken_at = at
    contacts.happened(session, contact, Happening.handed_over, at=at, staff_id=staff_id)
    audit.note(session, audit.Act.contact_taken, at=at, who=staff_id, about=contact.id)
    contacts.tell_changed(session, contact)


def _is_here() -> sa.ColumnElement[bool]:
    return sa.and_(
        StaffMember.is_active,
        StaffMember.role.in_(_WHO_CAN),
        StaffMember.availability != Availability.off_shift,
    )


def _check_owner(contact: Contact, staff_id: uuid.UUID) -> None:
    if contact.owner_id != staff_id:
        raise contacts.NotYoursError


def _tell_offered(session: Session, contact: Contact) -> None:
    if contact.offered_to_id is not None:
        live.tell(session, f"staff:{contact.offered_to_id}")
