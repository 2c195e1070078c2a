"""What a call-taker does by hand to somebody in their call: hold, mute, let go.

The contact's row must be locked throughout.
"""

import enum
import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from helpline import audit
from helpline.contacts import contacts
from helpline.contacts.models import Contact
from helpline.voice import bridges, company, parties
from helpline.voice.models import Leg, LegRole, LegState


class Deed(enum.StrEnum):
    """What may be done."""

    hold = "hold"
    release = "release"
    mute = "mute"
    unmute = "unmute"
    put_out = "put_out"


_ACTS = {
    Deed.hold: audit.Act.party_held,
    Deed.release: audit.Act.party_released,
    Deed.mute: audit.Act.party_muted,
    Deed.unmute: audit.Act.party_heard,
    Deed.put_out: audit.Act.party_put_out,
}
_CAN_BE = frozenset({LegRole.caller, LegRole.partner, LegRole.colleague})


class CannotChangeError(ValueError):
    """It can't be done to them; the words say why."""


def change(  # noqa: PLR0913 - each is a fact of the change
    session: Session,
    contact: Contact,
    leg_id: uuid.UUID,
    deed: Deed,
    *,
    by: uuid.UUID,
    at: datetime,
) -> None:
    """Do by hand to one telephone of a call what its call-taker wishes. Over already: nothing.

    Raises:
        contacts.NotYoursError: somebody else has the call.
        CannotChangeError: they are not on the line, or it can't be done to them.

    """
    if contact.owner_id != by:
        raise contacts.NotYoursError
    leg = session.get(Leg, leg_id, populate_existing=True)
    if leg is None or leg.contact_id != contact.id or leg.role not in _CAN_BE:
        raise CannotChangeError("They are not in this call")
    if leg.state is LegState.ended:
        return
    _check(session, contact, leg, deed)
    if deed is Deed.put_out:
        parties.put_out(session, contact, leg, at=at)
    elif deed in (Deed.hold, Deed.release):
        parties.hold(session, contact, leg, held=deed is Deed.hold, at=at)
    else:
        parties.mute(session, contact, leg, muted=deed is Deed.mute, at=at)
    audit.note(session, _ACTS[deed], at=at, who=by, about=contact.id)


def _check(session: Session, contact: Contact, leg: Leg, deed: Deed) -> None:
    if leg.role is LegRole.caller and deed is Deed.put_out:
        raise CannotChangeError("To hang up on the caller, end the call")
    if deed is not Deed.put_out and leg.state is not LegState.joined:
        raise CannotChangeError("They are not on the line")
    if not company.call_taker_is_in(session, contact.id):
        raise CannotChangeError("Your phone is not in the call yet. Answer it first")
    if deed is Deed.release and bridges.would_meet_unawares(session, contact, leg):
        raise CannotChangeError("They have not met yet. Use “Bring them together”")
