"""What happens to a call: it arrives, waits, is answered, is cut off, ends.

Every event may come late, twice or in another order; a leg only moves up (`models.RANK`), and
what is over stays over. Each rule locks the contact first.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, outbox, round_trips
from helpline.accounts import availability
from helpline.accounts.models import Availability
from helpline.contacts import callers, contacts, need, returning
from helpline.contacts.models import (
    Channel,
    Contact,
    ContactState,
    Ending,
    Happening,
    Language,
    Need,
)
from helpline.phone_numbers import PhoneNumber
from helpline.round_trips import Question
from helpline.voice import (
    bars,
    call_backs,
    call_plan,
    calling_out,
    coming_in,
    company,
    crossing,
    leaving,
    legs,
    menu,
    parties,
    roles,
    routing,
    supervising,
    taking_over,
    talk_over,
    transfers,
)
from helpline.voice.call_plan import Plan
from helpline.voice.models import PARTIES, RANK, Leg, LegEnding, LegRole, LegState

ENDINGS = {
    "completed": LegEnding.hung_up,
    "no-answer": LegEnding.not_answered,
    "busy": LegEnding.declined,
    "failed": LegEnding.failed,
    "canceled": LegEnding.cancelled,
}
"""The carrier's words for a call that is over."""

_LEFT = {
    ContactState.arriving: Ending.left_in_greeting,
    ContactState.waiting: Ending.left_while_waiting,
    ContactState.with_switchboard: Ending.put_through,
}

# Whoever lets it ring, declines it or has a voicemail box answer. A failing carrier is not theirs.
_MISSED = frozenset({LegEnding.not_answered, LegEnding.declined, LegEnding.hung_up})


@dataclass(frozen=True)
class ConferenceEvent:
    """One event of a conference, as the carrier tells it (twilio.md 2.4, W4)."""

    kind: str
    conference_sid: str
    call_sid: str
    call_status: str


def questions(call_sid: str, number: PhoneNumber | None, *, at: datetime) -> tuple[Question, ...]:
    """Return all that is to be known when a call comes, for `call_arrived`."""
    return (
        legs.with_sid(call_sid),
        *_about(number, at),
        bars.is_barred(number, at=at),
        availability.anybody_who_speaks(Language.cy),
    )


def call_arrived(
    session: Session,
    call_sid: str,
    number: PhoneNumber | None,
    *,
    at: datetime,
    answers: Sequence[list[Any]] = (),
) -> Plan:
    """Answer a call to the helpline's number with the greeting.

    `answers`: what was answered to `questions`, where they were asked already.
    """
    leg, *about, barred, welsh = answers or round_trips.ask(
        session, *questions(call_sid, number, at=at)
    )
    if not leg:
        # Nobody else knows of it yet, so it is held without a lock.
        contact = _open(session, call_sid, number, at, about).contact
    else:
        known = round_trips.known(session, Leg, leg[0])
        contact = legs.lock_contact(session, known)
        if known.state is LegState.ended or known.role is not LegRole.caller:
            return call_plan.goodbye()
    if contact.state is ContactState.waiting:
        return call_plan.waits_on(contact)
    if contact.state is not ContactState.arriving:
        return (call_plan.caller_joins(contact),)
    if barred[0][0]:
        return bars.greeting(contact)
    return menu.greeting(contact, in_welsh_too=welsh[0][0])


def caller_call_changed(
    session: Session, call_sid: str, status: str, number: PhoneNumber | None, *, at: datetime
) -> None:
    """Hear from the carrier how a caller's call stands; its end is the final word."""
    if status not in ENDINGS:
        return
    leg = legs.caller_by_sid(session, call_sid)
    if leg is None:
        leg = _open(session, call_sid, number, at, round_trips.ask(session, *_about(number, at)))
    caller_left(session, leg, at=at)


def conference_changed(
    session: Session, contact_id: uuid.UUID, event: ConferenceEvent, *, at: datetime
) -> None:
    """Follow who is in the contact's conference."""
    contact = contacts.locked(session, contact_id)
    leg = legs.by_sid(session, event.call_sid)
    if contact is None or leg is None or leg.contact_id != contact_id:
        return
    if event.kind == "participant-join":
        coming_in.joined(session, contact, leg, event.conference_sid, at)
    elif event.kind == "participant-leave" and event.call_status in ENDINGS:
        leg_ended(session, leg, LegEnding.hung_up, at=at)


def leg_ended(session: Session, leg: Leg, because: LegEnding, *, at: datetime) -> None:
    """Go on when anybody's phone was not answered, was cut off or hung up."""
    if leg.role is LegRole.caller:
        caller_left(session, leg, at=at)
    elif leg.role is LegRole.call_taker:
        call_taker_leg_ended(session, leg, because, at=at)
    else:
        _party_ended(session, leg, because, at)


def caller_left(session: Session, leg: Leg, *, at: datetime) -> None:
    """Record that the caller hung up, at whatever moment."""
    contact = legs.lock_contact(session, leg)
    if not legs.end(leg, LegEnding.hung_up, at):
        return
    offered = routing.live_offer(session, contact.id)
    if contact.state in (ContactState.wrapping_up, ContactState.closed):
        return
    contacts.happened(session, contact, Happening.caller_left, at=at)
    if contact.state is ContactState.waiting and call_backs.is_wanted(session, contact.id):
        # They hung up because we ring them when it is their turn: they keep their place.
        contacts.tell_changed(session, contact)
        return
    leaving.sound_if_gone(session, contact, at=at)
    if _others_talk_on(session, contact, at):
        return
    if contact.owner_id is not None:
        talk_over.start_wrapping_up(session, contact, at)
    else:
        contacts.close(session, contact, _LEFT[contact.state], at=at)
    if offered is not None:
        legs.hang_up(session, offered, at)
        routing.tell_changed(session, contact, offered)
    parties.put_out_all(session, contact, at=at)


def call_taker_leg_ended(session: Session, leg: Leg, because: LegEnding, *, at: datetime) -> None:
    """Go on when a call-taker's phone was not answered, was cut off or hung up.

    A caller who is still on the line is kept company and goes to the front: a dead phone and a
    phone put down look the same, and nobody may be left alone (design.md 6.10).
    """
    contact = legs.lock_contact(session, leg)
    had_the_caller = RANK[leg.state] >= RANK[LegState.accepted]
    if not legs.end(leg, because, at):
        return
    session.flush()
    supervising.hush(session, contact, leg, at)
    if calling_out.taker_left(session, contact, leg, had_it=had_the_caller, at=at):
        pass
    elif had_the_caller and contact.state is ContactState.with_call_taker:
        _cut_off(session, contact, leg, at)
    elif contact.state is ContactState.waiting and not had_the_caller:
        contacts.happened(
            session, contact, Happening.phone_not_answered, at=at, staff_id=leg.staff_id
        )
        if because in _MISSED:
            availability.rang_unanswered(session, legs.staff_of(leg), at=at)
        session.flush()
        routing.offer(session, contact, at=at)
    routing.tell_changed(session, contact, leg)


def caller_waits(
    session: Session, contact_id: uuid.UUID, conference_sid: str, call_sid: str, *, at: datetime
) -> None:
    """Notice that a caller hears the waiting room: they are in it, even if that news was lost."""
    known = session.execute(
        sa.select(Contact.state, Contact.conference_sid).where(Contact.id == contact_id)
    ).first()
    if known is None or not conference_sid:
        return
    # Back from a choice they are in a room of the same name and another id.
    is_back = known.state is ContactState.waiting and known.conference_sid != conference_sid
    if known.state is not ContactState.arriving and not is_back:
        return
    event = ConferenceEvent("participant-join", conference_sid, call_sid, "")
    conference_changed(session, contact_id, event, at=at)


def leg_is_over(session: Session, leg_id: uuid.UUID, status: str, *, at: datetime) -> None:
    """Learn that a leg is over, whoever's it is."""
    leg = session.get(Leg, leg_id, populate_existing=True)
    if leg is not None:
        leg_ended(session, leg, ENDINGS[status], at=at)


def end_call(session: Session, contact: Contact, staff_id: uuid.UUID, *, at: datetime) -> None:
    """End a call from the console: everybody in it is hung up. The row must be locked.

    A conversation by text in which they also talked goes on.

    Raises:
        contacts.NotYoursError: somebody else has the call.
        leaving.PlanFirstError: it would leave a child with nothing agreed.

    """
    if contact.owner_id != staff_id:
        raise contacts.NotYoursError
    if contact.state is not ContactState.with_call_taker:
        return
    leaving.check_may_end(session, contact)
    calling_out.give_up(session, contact, at=at)
    talk_over.start_wrapping_up(session, contact, at)
    said = Happening.ended if contact.channel is Channel.voice else Happening.talk_ended
    contacts.happened(session, contact, said, at=at, staff_id=staff_id)
    there = legs.live(session, contact.id)
    for leg in there:
        legs.hang_up(session, leg, at)
    if contact.channel is Channel.sms:
        _end_at_once(session, contact, there, at)
    if contact.conference_sid is not None:
        outbox.promise(
            session,
            outbox.Kind.end_conference,
            about=contact.id,
            lane=contact.id,
            at=at,
            details={"conference_sid": contact.conference_sid},
        )


def wrapped_up(session: Session, staff_id: uuid.UUID, *, at: datetime) -> None:
    """Make a call-taker free again when no call is left to wrap up."""
    staff = availability.locked(session, staff_id)
    left = contacts.has_open_call(session, staff_id)
    if staff.availability is Availability.wrapping_up and not left:
        availability.become(session, staff, Availability.ready, at=at)
        routing.offer_waiting(session, at=at)


def _about(number: PhoneNumber | None, at: datetime) -> tuple[Question, ...]:
    """Return what is to be known of whoever rings, for `_open`; first of all their row is held."""
    return callers.who_is(number), returning.was_here(number, at=at), call_backs.waits_for(number)


def _open(
    session: Session,
    call_sid: str,
    number: PhoneNumber | None,
    at: datetime,
    about: Sequence[Sequence[Any]],
) -> Leg:
    who, lately, waits = about
    caller = callers.recognise(session, number, at=at, found=who)
    kept = crossing.place_kept(session, waits, at=at)
    contact = kept or contacts.open_contact(
        session, Channel.voice, caller, ContactState.arriving, at=at
    )
    contacts.happened(session, contact, Happening.call_arrived, at=at)
    returning.note(contact, lately)
    leg = Leg(
        id=uuid.uuid4(),
        contact_id=contact.id,
        role=LegRole.caller,
        call_sid=call_sid,
        state=LegState.answered,
        made_at=at,
        # Until they are in the room no phone rings for them; the next choice comes in its time.
        is_in_menu=kept is not None,
        menu_at=at if kept is not None else None,
        contact=contact,
    )
    round_trips.keep(session, leg)
    return leg


def _end_at_once(session: Session, contact: Contact, there: Sequence[Leg], at: datetime) -> None:
    """End a talk in a conversation that goes on by text, without waiting for the carrier's news.

    It must not look like a line that was cut; and the news will find every party's leg ended.
    """
    for leg in there:
        legs.end(leg, LegEnding.hung_up, at)
    session.flush()
    for leg in there:
        if leg.role in PARTIES:
            roles.PARTS[leg.role].ended(session, contact, leg, LegEnding.hung_up, at)


def _party_ended(session: Session, leg: Leg, because: LegEnding, at: datetime) -> None:
    contact = legs.lock_contact(session, leg)
    if legs.end(leg, because, at):
        session.flush()
        supervising.hush(session, contact, leg, at)
        roles.PARTS[leg.role].ended(session, contact, leg, because, at)
        _end_if_nobody_is_left(session, contact, at)
        company.settle(session, contact, at=at)
        session.flush()
        routing.offer(session, contact, at=at)
        routing.tell_changed(session, contact, leg)


def _cut_off(session: Session, contact: Contact, leg: Leg, at: datetime) -> None:
    staff = availability.locked(session, legs.staff_of(leg))
    caller = legs.live_caller(session, contact.id)
    if caller is None:
        talk_over.start_wrapping_up(session, contact, at)
        parties.put_out_all(session, contact, at=at)
        return
    if staff.availability is Availability.busy:
        availability.become(session, staff, Availability.ready, at=at)
    contacts.happened(session, contact, Happening.call_taker_cut_off, at=at, staff_id=leg.staff_id)
    leaving.sound_if_cut_off(session, contact, at=at)
    if taking_over.step_in(session, contact, at=at) or transfers.step_in(session, contact, at=at):
        return
    contacts.start_waiting(session, contact, at=at)
    need.add(contact, Need.cut_off)
    audit.note(session, audit.Act.contact_requeued, at=at, who=leg.staff_id, about=contact.id)
    # With a partner or alone: whoever has nobody to talk with hears words of company.
    company.settle(session, contact, at=at)
    session.flush()
    routing.offer(session, contact, at=at, first=leg.staff_id)


def _others_talk_on(session: Session, contact: Contact, at: datetime) -> bool:
    """Whether call-taker and partner go on although the caller has left; then they are together."""
    partners = parties.in_the_room(session, contact.id, LegRole.partner)
    if contact.state is not ContactState.with_call_taker or not partners:
        return False
    if not company.call_taker_is_in(session, contact.id):
        return False
    for leg in partners:
        if leg.is_held:
            parties.hold(session, contact, leg, held=False, at=at)
    for leg in parties.live(session, contact.id):
        if leg.role is not LegRole.supervisor and leg not in partners:
            parties.put_out(session, contact, leg, at=at)
    contacts.tell_changed(session, contact)
    return True


def _end_if_nobody_is_left(session: Session, contact: Contact, at: datetime) -> None:
    """End a call whose caller left before, and now the partner as well."""
    if contact.state is not ContactState.with_call_taker:
        return
    if legs.live_caller(session, contact.id) is not None:
        return
    if parties.in_the_room(session, contact.id, LegRole.partner):
        return
    talk_over.start_wrapping_up(session, contact, at)
    for leg in legs.live(session, contact.id):
        legs.hang_up(session, leg, at)
