"""The bridge: a partner from the checked directory is brought onto a call.

On a ground first (the caller agreed, or serious harm lets us tell without it); then one rung of the
partner's ladder after the other; whoever presses 1 is briefed in private, while the caller is kept
company; then caller and partner are brought together. Source: domain.md 1g, C3 to C7. The
contact's row must be locked throughout.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState, Happening
from helpline.directory import faults, ladder
from helpline.directory.models import FaultKind, Partner
from helpline.voice import call_plan, company, grounds, legs, parties
from helpline.voice.call_plan import Plan
from helpline.voice.grounds import Ground
from helpline.voice.models import Bridge, Leg, LegEnding, LegRole, LegState

_FAULT_WORDS = "Nobody of theirs could be rung when a caller needed them"


class CannotBridgeError(ValueError):
    """A partner can't be brought in like this; the words say why and what to do."""


def open_bridge(  # noqa: PLR0913 - each is a fact of the bridge
    session: Session,
    contact: Contact,
    partner: Partner,
    ground: Ground,
    *,
    by: uuid.UUID,
    at: datetime,
) -> Bridge:
    """Begin to bring a partner in; nobody is rung yet. Asked twice, there is one bridge.

    Where none of theirs may be rung at this hour, that is a fault of the directory, and raised.

    Raises:
        contacts.NotYoursError: somebody else has the call.
        CannotBridgeError: the call is over, or the partner is not worked with any more.
        grounds.NoGroundError: nobody agreed to it, and nothing else allows it.

    """
    _check(session, contact, by)
    if not partner.is_active:
        raise CannotBridgeError("We don't work with them any more. Choose another partner")
    grounds.check(session, contact, partner, ground, at=at)
    known = _open_with(session, contact.id, partner.id)
    if known is not None:
        known.consent_id, known.disclosure_id = ground.consent_id, ground.disclosure_id
        return known
    bridge = Bridge(
        id=uuid.uuid4(),
        contact_id=contact.id,
        opened_by_id=by,
        opened_at=at,
        consent_id=ground.consent_id,
        disclosure_id=ground.disclosure_id,
        partner=partner,
    )
    session.add(bridge)
    session.flush()
    audit.note(session, audit.Act.bridge_opened, at=at, who=by, about=contact.id)
    if ladder.ladder(session, partner.id, at=at) == (ladder.BY_HAND,):
        missing = FaultKind.number_missing
        faults.report_fault(session, partner, missing, _FAULT_WORDS, bridge.id, by=by, at=at)
    contacts.tell_changed(session, contact)
    return bridge


def ring(  # noqa: PLR0913 - each is a fact of the ringing
    session: Session,
    contact: Contact,
    bridge: Bridge,
    number_id: uuid.UUID,
    *,
    by: uuid.UUID,
    at: datetime,
) -> Leg:
    """Ring one rung of the partner's ladder. Asked twice while it rings, it rings once.

    Raises:
        contacts.NotYoursError: somebody else has the call.
        CannotBridgeError: it is no rung of theirs at this hour, or somebody is rung or briefed.
        grounds.NoGroundError: the agreement was taken back.

    """
    _check(session, contact, by)
    if bridge.closed_at is not None:
        raise CannotBridgeError("This was closed. Choose the partner again")
    grounds.check(session, contact, bridge.partner, Ground.of(bridge), at=at)
    rungs = ladder.ladder(session, bridge.partner_id, at=at)
    if number_id not in {each.number_id for each in rungs}:
        raise CannotBridgeError("Nobody answers there at this hour. Choose another one")
    for leg in parties.live(session, contact.id, LegRole.partner):
        if leg.partner_number_id == number_id:
            return leg
        if leg.bridge_id == bridge.id or leg.state is not LegState.joined:
            raise CannotBridgeError("Somebody is being rung or talks already. Stop that first")
    leg = parties.ring(
        session,
        contact,
        LegRole.partner,
        asked_by=by,
        partner_number_id=number_id,
        bridge_id=bridge.id,
        at=at,
    )
    contacts.happened(session, contact, Happening.partner_rung, at=at, staff_id=by)
    audit.note(session, audit.Act.partner_rung, at=at, who=by, about=contact.id)
    return leg


def brief(
    session: Session, contact: Contact, bridge: Bridge, *, by: uuid.UUID, at: datetime
) -> None:
    """Talk with the partner alone; the caller hears words of company meanwhile.

    Raises:
        contacts.NotYoursError: somebody else has the call.
        CannotBridgeError: the partner is not on the line.

    """
    _check(session, contact, by)
    partner = _in_the_room(session, bridge)
    company.become_private(session, contact, partner, at=at)
    _release(session, contact, partner, at)
    audit.note(session, audit.Act.party_held, at=at, who=by, about=contact.id)


def join(
    session: Session, contact: Contact, bridge: Bridge, *, by: uuid.UUID, at: datetime
) -> None:
    """Bring caller and partner together, and everybody whom the caller has met.

    Raises:
        contacts.NotYoursError: somebody else has the call.
        CannotBridgeError: the partner or the caller is not on the line.
        grounds.NoGroundError: the agreement was taken back.

    """
    _check(session, contact, by)
    partner = _in_the_room(session, bridge)
    caller = legs.live_caller(session, contact.id)
    if caller is None:
        raise CannotBridgeError("The caller has left. You can talk with the partner alone")
    grounds.check(session, contact, bridge.partner, Ground.of(bridge), at=at)
    if bridge.joined_at is None:
        bridge.joined_at = at
        contacts.happened(session, contact, Happening.partner_joined, at=at, staff_id=by)
    for leg in (caller, partner, *have_met(session, contact.id)):
        _release(session, contact, leg, at)
    audit.note(session, audit.Act.partner_joined, at=at, who=by, about=contact.id)
    contacts.tell_changed(session, contact)


def close(
    session: Session, contact: Contact, bridge: Bridge, *, by: uuid.UUID, at: datetime
) -> None:
    """Stop ringing a partner, or let them go; caller and call-taker talk on.

    Raises:
        contacts.NotYoursError: somebody else has the call.

    """
    if contact.owner_id != by:
        raise contacts.NotYoursError
    if bridge.closed_at is not None:
        return
    bridge.closed_at = at
    for leg in legs_of(session, bridge):
        if leg.state is not LegState.ended:
            parties.put_out(session, contact, leg, at=at)
    session.flush()
    company.settle(session, contact, at=at)
    audit.note(session, audit.Act.bridge_closed, at=at, who=by, about=contact.id)
    contacts.tell_changed(session, contact)


def is_wanted(session: Session, contact: Contact, leg: Leg) -> bool:
    """Whether a partner's phone should still be rung, and they be let in."""
    bridge = _of(session, leg)
    if bridge is None or bridge.closed_at is not None:
        return False
    if not parties.is_wanted(session, contact, leg):
        return False
    return grounds.holds(session, Ground.of(bridge), at=leg.made_at)


def accepted(session: Session, contact: Contact, leg: Leg, at: datetime) -> Plan:
    """Let a partner in once the caller is held, so that they are briefed in private."""
    if leg.state is not LegState.joined and not is_wanted(session, contact, leg):
        return call_plan.party_too_late()
    if company.become_private(session, contact, leg, at=at):
        return call_plan.party_joins(contact, leg)
    return call_plan.one_moment(leg)


def came(session: Session, contact: Contact, leg: Leg, at: datetime) -> None:
    """Note that a partner is on the line."""
    contacts.happened(session, contact, Happening.partner_came, at=at)
    audit.note(session, audit.Act.partner_came, at=at, who=leg.asked_by_id, about=contact.id)


def ended(session: Session, contact: Contact, leg: Leg, because: LegEnding, at: datetime) -> None:
    """Go on when a partner did not answer, or has left: the caller is brought back."""
    del because
    was_in = leg.joined_at is not None
    what = Happening.partner_left if was_in else Happening.partner_not_answered
    contacts.happened(session, contact, what, at=at)


def of_contact(session: Session, contact_id: uuid.UUID) -> Sequence[Bridge]:
    """List the bridges of a call that are not closed, oldest first."""
    return session.scalars(
        sa.select(Bridge)
        .where(Bridge.contact_id == contact_id, Bridge.closed_at.is_(None))
        .order_by(Bridge.opened_at)
    ).all()


def have_met(session: Session, contact_id: uuid.UUID) -> list[Leg]:
    """List the partners in the room whom the caller was brought together with before."""
    here = parties.in_the_room(session, contact_id, LegRole.partner)
    bridges = {leg: _of(session, leg) for leg in here}
    return [leg for leg, bridge in bridges.items() if bridge is not None and bridge.joined_at]


def not_met_yet(session: Session, contact_id: uuid.UUID) -> list[Leg]:
    """List the partners in the room, or on their way in, who may not hear the caller yet."""
    coming = [
        leg
        for leg in parties.live(session, contact_id, LegRole.partner)
        if leg.state in (LegState.accepted, LegState.joined)
    ]
    met = have_met(session, contact_id)
    return [leg for leg in coming if leg not in met]


def would_meet_unawares(session: Session, contact: Contact, leg: Leg) -> bool:
    """Whether bringing one of them back lets the caller and a partner meet who were not joined."""
    strangers = not_met_yet(session, contact.id)
    if leg.role is LegRole.caller:
        return any(not each.is_held for each in strangers)
    caller = legs.live_caller(session, contact.id)
    return leg in strangers and caller is not None and not caller.is_held


def _check(session: Session, contact: Contact, by: uuid.UUID) -> None:
    if contact.owner_id != by:
        raise contacts.NotYoursError
    if contact.state is not ContactState.with_call_taker:
        raise CannotBridgeError("You are not in a call with them at the moment")
    if not company.call_taker_is_in(session, contact.id):
        raise CannotBridgeError("Your phone is not in the call yet. Answer it first")


def _open_with(session: Session, contact_id: uuid.UUID, partner_id: uuid.UUID) -> Bridge | None:
    return session.scalars(
        sa.select(Bridge).where(
            Bridge.contact_id == contact_id,
            Bridge.partner_id == partner_id,
            Bridge.closed_at.is_(None),
        )
    ).one_or_none()


def _of(session: Session, leg: Leg) -> Bridge | None:
    return None if leg.bridge_id is None else session.get(Bridge, leg.bridge_id)


def legs_of(session: Session, bridge: Bridge) -> Sequence[Leg]:
    """List the telephones that were rung for a bridge, the newest last."""
    return session.scalars(
        sa.select(Leg).where(Leg.bridge_id == bridge.id).order_by(Leg.made_at, Leg.id)
    ).all()


def _in_the_room(session: Session, bridge: Bridge) -> Leg:
    for leg in parties.in_the_room(session, bridge.contact_id, LegRole.partner):
        if leg.bridge_id == bridge.id:
            return leg
    raise CannotBridgeError("They are not on the line")


def _release(session: Session, contact: Contact, leg: Leg, at: datetime) -> None:
    if leg.is_held:
        parties.hold(session, contact, leg, held=False, at=at)
