"""What a supervisor sees of the shift at one look: who does what, and with whom. Read only.

Each function is one statement over what goes on now, whatever was before.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.accounts.models import Availability, Because, StaffMember
from helpline.console import watchers
from helpline.console.watchers import Watcher
from helpline.contacts.models import Channel, Contact, ContactState
from helpline.voice.models import Leg, LegRole, LegState

_MOST_SHOWN = 200
_OPEN = (ContactState.with_call_taker, ContactState.wrapping_up)


@dataclass(frozen=True)
class Doing:
    """One contact that somebody has."""

    contact_id: uuid.UUID
    reference: str
    channel: Channel
    state: ContactState
    since: datetime
    is_child: bool
    parties: Sequence[LegRole]
    """Who else is on the line, beside caller, call-taker and supervisors."""
    watchers: Sequence[Watcher]

    @property
    def can_be_listened_to(self) -> bool:
        """Whether somebody talks in it at this moment."""
        return self.channel is Channel.voice and self.state is ContactState.with_call_taker


@dataclass(frozen=True)
class AtWork:
    """One person on shift, and what they have."""

    staff_id: uuid.UUID
    name: str
    availability: Availability
    since: datetime
    because: Because | None
    has: Sequence[Doing]


def at_work(session: Session) -> list[AtWork]:
    """List everybody on shift by name, calls before texts, each with the parties of the call."""
    people = session.scalars(
        sa.select(StaffMember)
        .where(
            StaffMember.is_active,
            sa.or_(
                StaffMember.availability != Availability.off_shift,
                # Whoever took a call over may not be on shift at all.
                sa.exists().where(Contact.owner_id == StaffMember.id, Contact.state.in_(_OPEN)),
            ),
        )
        .order_by(StaffMember.display_name, StaffMember.id)
        .limit(_MOST_SHOWN)
    ).all()
    has = _what_each_has(session, [each.id for each in people])
    return [
        AtWork(
            each.id,
            each.display_name,
            each.availability,
            each.availability_since,
            each.because,
            has.get(each.id, ()),
        )
        for each in people
    ]


def _what_each_has(
    session: Session, people: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[Doing]]:
    contacts = session.scalars(
        sa.select(Contact)
        .where(Contact.owner_id.in_(people), Contact.state.in_(_OPEN))
        .order_by((Contact.channel == Channel.voice).desc(), Contact.taken_at)
        .limit(_MOST_SHOWN)
    ).all()
    legs = _legs(session, [each.id for each in contacts])
    found: dict[uuid.UUID, list[Doing]] = {}
    for contact in contacts:
        if contact.owner_id is not None:
            found.setdefault(contact.owner_id, []).append(_doing(contact, legs))
    return found


def _legs(session: Session, contact_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, list[Leg]]:
    found: dict[uuid.UUID, list[Leg]] = {}
    for leg in session.scalars(
        sa.select(Leg)
        .where(Leg.contact_id.in_(contact_ids), Leg.state != LegState.ended)
        .order_by(Leg.made_at)
    ):
        found.setdefault(leg.contact_id, []).append(leg)
    return found


def _doing(contact: Contact, legs: Mapping[uuid.UUID, list[Leg]]) -> Doing:
    here = legs.get(contact.id, [])
    others = (LegRole.partner, LegRole.colleague)
    return Doing(
        contact_id=contact.id,
        reference=contact.caller.reference,
        channel=contact.channel,
        state=contact.state,
        since=contact.taken_at or contact.opened_at,
        is_child=contact.is_child,
        parties=[leg.role for leg in here if leg.role in others and leg.state is LegState.joined],
        watchers=watchers.of(here),
    )
