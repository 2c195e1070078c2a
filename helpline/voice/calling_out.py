"""Ringing a person ourselves: the call-taker's own phone first, then theirs.

Nobody sees the number. The call-taker must be in the room before anybody else's telephone rings, so
that whoever answers never meets an empty line. What is said to whoever picks up is neutral and asks
for a key: neither a voicemail box nor another person in the house hears what it is about
(docs/decisions/0173-calling-out.md). Whether they may be rung at all, `may_ring.py` says.

The contact's row must be locked throughout.
"""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from helpline import audit, outbox
from helpline.accounts import availability
from helpline.accounts.models import Availability
from helpline.contacts import contacts
from helpline.contacts.models import Channel, Contact, ContactState, Ending, Happening
from helpline.voice import call_backs, call_outs, call_plan, legs, may_ring, recipients, routing
from helpline.voice.call_outs import CallOut, Came, Ground
from helpline.voice.call_plan import Plan
from helpline.voice.may_ring import Allowed
from helpline.voice.models import RANK, Leg, LegEnding, LegRole, LegState

_MAY_CALL_OUT = (ContactState.with_call_taker, ContactState.wrapping_up)
_CAME = {
    LegEnding.hung_up: Came.not_taken,
    LegEnding.not_answered: Came.no_answer,
    LegEnding.declined: Came.busy,
    LegEnding.failed: Came.failed,
    LegEnding.cancelled: Came.taken_back,
    LegEnding.lost: Came.not_sure,
}
_SAID = {
    Came.taken: Happening.person_took_it,
    Came.no_answer: Happening.person_not_there,
    Came.busy: Happening.person_busy,
    Came.not_taken: Happening.person_did_not_take_it,
    Came.failed: Happening.person_not_to_be_had,
    Came.not_sure: Happening.person_perhaps_rung,
    Came.kept_back: Happening.person_not_rung,
    Came.own_phone: Happening.own_phone_not_answered,
    Came.taken_back: Happening.ringing_stopped,
    Came.rang_us: Happening.person_rang_us,
}


def ring(session: Session, contact: Contact, staff_id: uuid.UUID, *, at: datetime) -> CallOut:
    """Ring one's own phone, and then the person. Asked twice, it rings once.

    Raises:
        contacts.NotYoursError: somebody else has the contact.
        may_ring.MayNotRingError: nothing allows it, or they are on the line.
        routing.CannotRingError: this call-taker has no phone, or it is in use.

    """
    known = call_outs.under_way(session, contact.id)
    if contact.owner_id != staff_id:
        raise contacts.NotYoursError
    if known is not None:
        return known
    if contact.state not in _MAY_CALL_OUT:
        raise contacts.StepNotAllowedError("The contact is closed")
    return ring_on(session, contact, staff_id, may_ring.find(session, contact, at=at), at=at)


def ring_on(
    session: Session, contact: Contact, staff_id: uuid.UUID, allowed: Allowed, *, at: datetime
) -> CallOut:
    """Ring one's own phone, and then somebody whom this ground allows to be rung.

    Raises:
        may_ring.MayNotRingError: the person is on the line already.
        routing.CannotRingError: this call-taker has no phone, or it is in use.

    """
    if legs.live_caller(session, contact.id) is not None:
        raise may_ring.MayNotRingError("They are on the line")
    contact.conference_name = contacts.new_conference_name()
    contact.conference_sid = None
    out = _begin(session, contact, staff_id, allowed, at)
    routing.ring_own_phone(session, contact, staff_id, at=at)
    return out


def ring_anew(session: Session, closed: Contact, staff_id: uuid.UUID, *, at: datetime) -> CallOut:
    """Ring the person of a closed contact; the call is a new contact, which is its call-taker's.

    Raises:
        may_ring.MayNotRingError: nothing allows it.
        routing.CannotRingError: this call-taker has no phone, or it is in use.

    """
    if closed.state is not ContactState.closed:
        raise contacts.StepNotAllowedError("The contact is still open")
    allowed = may_ring.find(session, closed, at=at)
    contact = contacts.open_contact(
        session, Channel.voice, closed.caller, ContactState.with_call_taker, at=at
    )
    contact.owner_id, contact.taken_at = staff_id, at
    contact.stream, contact.is_child = closed.stream, closed.is_child
    audit.note(session, audit.Act.contact_taken, at=at, who=staff_id, about=contact.id)
    session.flush()
    return ring_on(session, contact, staff_id, allowed, at=at)


def take_over(session: Session, contact: Contact, staff_id: uuid.UUID, *, at: datetime) -> None:
    """Let a supervisor go on with a call whose line was cut. Theirs already: nothing changes.

    Raises:
        contacts.StepNotAllowedError: it goes on, or is closed.

    """
    if contact.owner_id == staff_id:
        return
    if contact.state is not ContactState.wrapping_up:
        raise contacts.StepNotAllowedError("Nobody was cut off here")
    contacts.tell_changed(session, contact)
    contact.owner_id = staff_id
    contacts.happened(session, contact, Happening.handed_over, at=at, staff_id=staff_id)
    audit.note(session, audit.Act.contact_taken, at=at, who=staff_id, about=contact.id)
    contacts.tell_changed(session, contact)


def goes_on(session: Session, contact: Contact, leg: Leg) -> bool:
    """Whether a call-taker's phone is one that is rung before a person's."""
    out = call_outs.under_way(session, contact.id)
    return out is not None and out.asked_by_id == leg.staff_id and contact.state in _MAY_CALL_OUT


def taker_accepted(session: Session, contact: Contact, leg: Leg, *, at: datetime) -> Plan | None:
    """Let the call-taker into the room first; None if nobody has to be rung after them."""
    staff_id = legs.staff_of(leg)
    is_on_the_line = legs.live_caller(session, contact.id) is not None
    if contact.state is ContactState.waiting:
        if is_on_the_line:
            call_backs.is_over(session, contact)
            return None
        if not call_backs.is_wanted(session, contact.id):
            return None
        contacts.take(session, contact, staff_id, at=at)
        contact.conference_name = contacts.new_conference_name()
        contact.conference_sid = None
        token = contact.caller.number_token
        if token is not None:
            _begin(session, contact, staff_id, Allowed(Ground.call_back, token), at)
    elif not goes_on(session, contact, leg):
        return None
    elif contact.state is ContactState.wrapping_up:
        contacts.step(contact, ContactState.with_call_taker)
        contact.ended_at = None
    staff = availability.locked(session, staff_id)
    leg.state = LegState.accepted
    availability.become(session, staff, Availability.busy, at=at)
    routing.tell_changed(session, contact, leg)
    return call_plan.call_taker_waits(contact, leg)


def taker_joined(
    session: Session, contact: Contact, leg: Leg, conference_sid: str, *, at: datetime
) -> bool:
    """Ring the person now that the call-taker is in the room; False if there is nobody to ring."""
    out = call_outs.under_way(session, contact.id)
    if out is None or out.asked_by_id != leg.staff_id:
        return False
    contact.conference_sid = conference_sid
    legs.rise(leg, LegState.joined, at)
    if out.leg_id is None:
        theirs = Leg(
            id=uuid.uuid4(),
            contact_id=contact.id,
            role=LegRole.called,
            asked_by_id=out.asked_by_id,
            state=LegState.promised,
            made_at=at,
        )
        session.add(theirs)
        session.flush()
        out.leg_id = theirs.id
        promise_to_ring(session, out, theirs, at=at)
    routing.tell_changed(session, contact, leg)
    return True


def promise_to_ring(session: Session, out: CallOut, leg: Leg, *, at: datetime) -> None:
    """Leave the promise to ring somebody; plan and consent are read when it is carried out."""
    outbox.promise(
        session,
        outbox.Kind.ring_person,
        about=leg.id,
        lane=leg.id,
        reaches=out.caller_id,
        relies_on=out.consent_id,
        at=at,
    )


def taker_left(session: Session, contact: Contact, leg: Leg, *, had_it: bool, at: datetime) -> bool:
    """Ring nobody, or nobody any more, whose call-taker has gone. The leg is ended already."""
    out = call_outs.under_way(session, contact.id)
    if out is None or out.asked_by_id != leg.staff_id or out.ground is Ground.three_way:
        return False
    _stop_ringing(session, out, at)
    over(session, contact, out, Came.taken_back if had_it else Came.own_phone, at=at)
    return True


def stop(session: Session, contact: Contact, staff_id: uuid.UUID, *, at: datetime) -> None:
    """Stop ringing somebody after all. Over already: nothing changes.

    Raises:
        contacts.NotYoursError: somebody else has the contact.

    """
    if contact.owner_id != staff_id:
        raise contacts.NotYoursError
    out = call_outs.under_way(session, contact.id)
    if out is not None:
        _stop_ringing(session, out, at)
        over(session, contact, out, Came.taken_back, at=at)


def give_up(session: Session, contact: Contact, *, at: datetime) -> None:
    """Ring nobody any more, as the call-taker ends the call; who goes on how, the caller says."""
    out = call_outs.under_way(session, contact.id)
    if out is not None:
        _stop_ringing(session, out, at)
        end(session, contact, out, Came.taken_back, at=at)
        call_backs.is_over(session, contact)


def they_rang_us(session: Session, contact: Contact, *, at: datetime) -> None:
    """Note that somebody whom we wanted to ring is on the line: nobody rings them now.

    Their wish stands until they talk: a line that breaks again leaves them their place.
    """
    out = call_outs.under_way(session, contact.id)
    if out is not None:
        _stop_ringing(session, out, at)
        end(session, contact, out, Came.rang_us, at=at)


# --- the part that whoever is rung plays (roles.py) ------------------------------------------


def is_wanted(session: Session, contact: Contact, leg: Leg) -> bool:
    """Whether somebody's telephone should ring now: the call-taker is in the room, and waits."""
    out = call_outs.of_leg(session, leg.id)
    return (
        out is not None
        and out.over_at is None
        and leg.state is not LegState.ended
        and contact.state is ContactState.with_call_taker
        and call_taker_in(session, contact)
    )


def call_taker_in(session: Session, contact: Contact) -> bool:
    """Whether a call-taker is in the room of a contact, or about to be."""
    taker = routing.live_offer(session, contact.id)
    return taker is not None and RANK[taker.state] >= RANK[LegState.accepted]


def person_accepted(session: Session, contact: Contact, leg: Leg, at: datetime) -> Plan:
    """Let in whoever pressed a key: from now on they are the caller, as if they had rung us."""
    out = call_outs.of_leg(session, leg.id)
    leg.role = LegRole.caller
    if out is not None:
        end(session, contact, out, Came.taken, at=at)
    call_backs.is_over(session, contact)
    return (call_plan.caller_joins(contact),)


def person_ended(
    session: Session, contact: Contact, leg: Leg, because: LegEnding, at: datetime
) -> None:
    """Go on when somebody did not answer, was busy, or picked up and pressed nothing."""
    out = call_outs.of_leg(session, leg.id)
    if out is not None and out.over_at is None:
        over(session, contact, out, _CAME[because], at=at)


def kept_back(session: Session, leg_id: uuid.UUID, *, at: datetime) -> None:
    """Go on when consent or plan did not allow the call at the moment of ringing."""
    out = call_outs.of_leg(session, leg_id)
    leg = session.get(Leg, leg_id, populate_existing=True)
    if out is None or leg is None or out.over_at is not None:
        return
    contact = legs.lock_contact(session, leg)
    legs.end(leg, LegEnding.cancelled, at)
    over(session, contact, out, Came.kept_back, at=at)


def end(session: Session, contact: Contact, out: CallOut, came: Came, *, at: datetime) -> None:
    """Write down what came of a call-out. Known already: nothing changes."""
    if out.over_at is not None:
        return
    out.came, out.over_at = came, at
    session.flush()
    contacts.happened(session, contact, _SAID[came], at=at, staff_id=out.asked_by_id)
    recipients.heard_of(session, out, at=at)
    contacts.tell_changed(session, contact)


def over(session: Session, contact: Contact, out: CallOut, came: Came, *, at: datetime) -> None:
    """End a call-out that reached nobody, and let the call-taker go on."""
    end(session, contact, out, came, at=at)
    if out.ground is Ground.three_way:
        return
    taker = routing.live_offer(session, contact.id)
    if taker is not None:
        legs.hang_up(session, taker, at)
    if out.ground is Ground.call_back and call_backs.is_wanted(session, contact.id):
        call_backs.not_reached(session, contact, came, at=at)
        _is_free(session, out.asked_by_id, Availability.ready, at)
    elif contact.channel is Channel.sms:
        _is_free(session, out.asked_by_id, Availability.ready, at)
    elif contact.state is ContactState.with_call_taker:
        contacts.start_wrapping_up(session, contact, at=at)
        _close_if_never_talked(session, contact, out, at)
    contacts.tell_changed(session, contact)


def _close_if_never_talked(session: Session, contact: Contact, out: CallOut, at: datetime) -> None:
    """Close a contact that we opened to ring somebody and in which nobody talked, uncoded."""
    if not legs.had_a_caller(session, contact.id):
        contacts.close(session, contact, Ending.not_reached, at=at)
        _is_free(session, out.asked_by_id, Availability.ready, at)
    else:
        _is_free(session, out.asked_by_id, Availability.wrapping_up, at)


def _begin(
    session: Session, contact: Contact, staff_id: uuid.UUID, allowed: Allowed, at: datetime
) -> CallOut:
    out = CallOut(
        id=uuid.uuid4(),
        contact_id=contact.id,
        caller_id=contact.caller_id,
        asked_by_id=staff_id,
        ground=allowed.ground,
        consent_id=allowed.consent_id,
        message_id=allowed.message_id,
        number_token=allowed.number_token,
        made_at=at,
    )
    session.add(out)
    session.flush()
    contacts.happened(session, contact, Happening.ringing_begun, at=at, staff_id=staff_id)
    audit.note(session, audit.Act.person_rung, at=at, who=staff_id, about=contact.id)
    contacts.tell_changed(session, contact)
    return out


def _stop_ringing(session: Session, out: CallOut, at: datetime) -> None:
    theirs = session.get(Leg, out.leg_id, populate_existing=True) if out.leg_id else None
    if theirs is not None and theirs.state is not LegState.ended:
        legs.hang_up(session, theirs, at)


def _is_free(session: Session, staff_id: uuid.UUID, then: Availability, at: datetime) -> None:
    staff = availability.locked(session, staff_id)
    if staff.availability is Availability.busy:
        availability.become(session, staff, then, at=at)
