"""Who is in a call, which partners are being brought in, and what is agreed. Read only."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from helpline.accounts.models import StaffMember
from helpline.confidentiality.consent import ConsentEntry
from helpline.contacts import night_plans
from helpline.contacts.models import Contact, ContactState
from helpline.contacts.night_plans import NightPlan
from helpline.directory.models import PartnerNumber
from helpline.voice import (
    bridge_standing,
    bridges,
    leaving,
    legs,
    parties,
    professional_messages,
    transfers,
)
from helpline.voice.bridge_standing import Standing
from helpline.voice.models import Leg, LegRole
from helpline.voice.professional_messages import ProfessionalMessage


@dataclass(frozen=True)
class CallLine:
    """All that a call-taker sees of the people in their call. No number is in it."""

    caller: Leg | None
    parties: Sequence[Leg]
    """Partners and colleagues who are in the call or rung for it."""
    names: Mapping[uuid.UUID, str]
    """By leg."""
    bridges: Sequence[Standing]
    agreed: Mapping[uuid.UUID, str]
    """By bridge: what the caller said when they agreed to it."""
    colleagues: Sequence[StaffMember]
    """To whom the call could go over now."""
    asked: Leg | None
    """The colleague who is asked, or in the room."""
    messages: Sequence[ProfessionalMessage]
    plan: NightPlan | None
    needs_plan: bool


def read(session: Session, contact: Contact, *, at: datetime) -> CallLine:
    """Read who is in a call."""
    goes_on = contact.state in (ContactState.with_call_taker, ContactState.waiting)
    here = parties.live(session, contact.id, LegRole.partner, LegRole.colleague)
    open_bridges = bridges.of_contact(session, contact.id) if goes_on else ()
    is_talking = contact.state is ContactState.with_call_taker
    colleagues = [leg for leg in here if leg.role is LegRole.colleague and leg.asked_by_id]
    return CallLine(
        caller=legs.live_caller(session, contact.id),
        parties=here,
        names={leg.id: _name(session, leg) for leg in here},
        bridges=[bridge_standing.standing(session, contact, each, at=at) for each in open_bridges],
        agreed={
            each.id: session.get_one(ConsentEntry, each.consent_id).words
            for each in open_bridges
            if each.consent_id is not None
        },
        colleagues=transfers.colleagues(session, contact, at=at) if is_talking else (),
        asked=colleagues[0] if colleagues else None,
        messages=professional_messages.open_ones(session, contact_id=contact.id),
        plan=night_plans.latest(session, contact.id),
        needs_plan=is_talking and leaving.needs_a_plan(session, contact),
    )


def _name(session: Session, leg: Leg) -> str:
    if leg.staff is not None:
        return leg.staff.display_name
    number = session.get(PartnerNumber, leg.partner_number_id) if leg.partner_number_id else None
    return f"{number.partner.name}, {number.name}" if number is not None else "Somebody"
