"""A call-taker's quiet call for help: whoever stands beside them must not learn of it."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.contacts import alarms
from helpline.contacts.alarms import AlarmKind
from helpline.contacts.models import Contact
from helpline.voice.models import Leg, LegState


def call_for_help(
    session: Session, staff_id: uuid.UUID, open_contact: uuid.UUID | None, *, at: datetime
) -> None:
    """Sound the quiet alarm for the call that goes on, else for the contact that is open.

    Asked twice it sounds once; a contact that is not theirs is left out of it.
    """
    alarms.sound(session, AlarmKind.quiet, staff_id, _about(session, staff_id, open_contact), at=at)


def _about(
    session: Session, staff_id: uuid.UUID, open_contact: uuid.UUID | None
) -> uuid.UUID | None:
    in_call: uuid.UUID | None = session.scalar(
        sa.select(Leg.contact_id).where(Leg.staff_id == staff_id, Leg.state != LegState.ended)
    )
    if in_call is not None or open_contact is None:
        return in_call
    return session.scalar(
        sa.select(Contact.id).where(Contact.id == open_contact, Contact.owner_id == staff_id)
    )
