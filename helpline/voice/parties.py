"""Everybody in a call beside the caller and the call-taker who has it: rung, held, muted, put out.

What each of them means for the call, `roles.py` says. The contact's row must be locked throughout.
"""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from helpline import outbox
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState
from helpline.voice import legs
from helpline.voice.models import PARTIES, Leg, LegRole, LegState

_HOLDS = {
    (True, True): outbox.Kind.hold_caller,
    (True, False): outbox.Kind.release_caller,
    (False, True): outbox.Kind.hold_party,
    (False, False): outbox.Kind.release_party,
}
"""Whether it is the caller, and whether they are held."""
_GOES_ON = (ContactState.waiting, ContactState.with_call_taker)


def ring(  # noqa: PLR0913 - each is a fact of the leg
    session: Session,
    contact: Contact,
    role: LegRole,
    *,
    asked_by: uuid.UUID,
    at: datetime,
    staff_id: uuid.UUID | None = None,
    partner_number_id: uuid.UUID | None = None,
    bridge_id: uuid.UUID | None = None,
    takes_over: bool = False,
) -> Leg:
    """Ring somebody who is to join a call. Asked twice for the same one, it rings once."""
    for each in live(session, contact.id, role):
        if (each.staff_id, each.partner_number_id) == (staff_id, partner_number_id):
            return each
    leg = Leg(
        id=uuid.uuid4(),
        contact_id=contact.id,
        role=role,
        staff_id=staff_id,
        partner_number_id=partner_number_id,
        bridge_id=bridge_id,
        takes_over=takes_over,
        asked_by_id=asked_by,
        state=LegState.promised,
        made_at=at,
    )
    session.add(leg)
    session.flush()
    outbox.promise(session, outbox.Kind.ring_party, about=leg.id, lane=leg.id, at=at)
    contacts.tell_changed(session, contact)
    return leg


def live(session: Session, contact_id: uuid.UUID, *roles: LegRole) -> list[Leg]:
    """List who is in a call or being rung for it, of these roles; of all where none is named."""
    wanted = roles or tuple(PARTIES)
    return [each for each in legs.live(session, contact_id) if each.role in wanted]


def in_the_room(session: Session, contact_id: uuid.UUID, *roles: LegRole) -> list[Leg]:
    """List who is in the conference at this moment."""
    return [each for each in live(session, contact_id, *roles) if each.state is LegState.joined]


def is_wanted(session: Session, contact: Contact, leg: Leg) -> bool:
    """Whether a phone should still be rung: its call goes on, with the caller in it."""
    goes_on = contact.state in _GOES_ON and leg.state is not LegState.ended
    return goes_on and legs.live_caller(session, contact.id) is not None


def hold(session: Session, contact: Contact, leg: Leg, *, held: bool, at: datetime) -> None:
    """Take somebody out of the conversation, with words of company, or bring them back."""
    leg.is_held = held
    _change(session, contact, leg, _HOLDS[leg.role is LegRole.caller, held], at)


def mute(session: Session, contact: Contact, leg: Leg, *, muted: bool, at: datetime) -> None:
    """Let somebody be unheard, or heard again. Supervisors say themselves by whom (`Manner`)."""
    if leg.role is LegRole.supervisor:
        return
    leg.is_muted = muted
    kind = outbox.Kind.mute_party if muted else outbox.Kind.unmute_party
    _change(session, contact, leg, kind, at)


def put_out(session: Session, contact: Contact, leg: Leg, *, at: datetime) -> None:
    """Stop ringing somebody, or hang up on them; everybody else talks on."""
    legs.hang_up(session, leg, at)
    contacts.tell_changed(session, contact)


def put_out_all(session: Session, contact: Contact, *, at: datetime) -> None:
    """Hang up on everybody but the caller and the call-taker."""
    for leg in live(session, contact.id):
        put_out(session, contact, leg, at=at)


def _change(session: Session, contact: Contact, leg: Leg, kind: outbox.Kind, at: datetime) -> None:
    # In one lane, so that hold and release reach the carrier in the order in which they were asked.
    outbox.promise(
        session,
        kind,
        about=leg.id,
        lane=contact.id,
        at=at,
        details={"conference_sid": contact.conference_sid, "call_sid": leg.call_sid},
    )
    contacts.tell_changed(session, contact)
