"""News that never arrives, and processes that die in the middle of calls: found out and mended."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
import requests
import sqlalchemy as sa
import time_machine

from helpline import outbox
from helpline.accounts.models import Availability, Role
from helpline.carrier import PartySeen
from helpline.carrier.twilio_carrier import TwilioCarrier
from helpline.clock import now
from helpline.contacts.models import Contact, ContactState, Need, TimelineEntry
from helpline.outbox import Kind, Promise
from helpline.voice.models import Leg, LegRole, LegState, Manner
from helpline.web.events import CarrierEvent
from helpline.worker import Worker
from tests.journeys.telephones import (
    GREETING,
    MORGANS_DESK,
    PRIYAS_DESK,
    SAM,
    TOMS_DESK,
    availability,
    find_news_again,
    in_a_call,
    is_ringing,
    look_after_calls,
    lose_news,
    pick_up,
    talk,
)
from tests.system import ACCOUNT, TOKEN, Console, Handset, System

OnlyContact = Callable[[], Contact]


@pytest.fixture
def sam(system: System) -> Handset:
    return system.handset(SAM)


@pytest.fixture
def desk(system: System) -> Handset:
    return system.handset(PRIYAS_DESK)


@pytest.fixture
def priya(system: System, desk: Handset) -> Console:
    return system.call_taker("Priya", PRIYAS_DESK).ready()


def leg_of(system: System, role: LegRole) -> Leg:
    with system.transaction() as session:
        legs = sa.select(Leg).where(Leg.role == role).order_by(Leg.made_at.desc())
        return session.scalars(legs.execution_options(populate_existing=True)).first()


def test_a_call_taker_whose_coming_was_never_told_is_found_in_the_room(
    system: System, priya: Console, desk: Handset, sam: Handset
) -> None:
    sam.dial()
    system.advance(GREETING)
    lose_news(system, "/tw/voice/conf/")
    pick_up(desk)
    assert leg_of(system, LegRole.call_taker).state is LegState.accepted
    find_news_again(system)

    look_after_calls(system)

    assert leg_of(system, LegRole.call_taker).state is LegState.joined
    assert in_a_call(sam)
    assert in_a_call(desk)


def test_a_caller_whose_call_taker_went_unnoticed_is_kept_company_and_rung_for(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    talk(system, sam, desk)
    lose_news(system)
    desk.hang_up()
    assert only_contact().state is ContactState.with_call_taker, "nobody knows yet"
    find_news_again(system)

    look_after_calls(system)

    contact = only_contact()
    assert contact.state is ContactState.waiting
    assert Need.cut_off in contact.need_because
    assert in_a_call(sam)
    assert "We are still here" in sam.heard
    assert is_ringing(desk)
    pick_up(desk)
    assert only_contact().state is ContactState.with_call_taker


def test_a_caller_who_left_while_waiting_unnoticed_stops_the_ringing(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    sam.dial()
    system.advance(GREETING)
    assert is_ringing(desk)
    lose_news(system)
    sam.hang_up()
    find_news_again(system)

    look_after_calls(system, minutes=1)

    assert only_contact().state is ContactState.closed
    assert not is_ringing(desk)
    assert availability(system, priya) is Availability.ready


def test_a_caller_whose_greeting_ended_unnoticed_is_found_waiting(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    lose_news(system, "/tw/voice/conf/")
    lose_news(system, "/tw/voice/wait/")
    sam.dial()
    system.advance(GREETING)
    assert only_contact().state is ContactState.arriving
    find_news_again(system)

    look_after_calls(system)

    assert only_contact().state is ContactState.waiting
    assert is_ringing(desk)


def test_a_call_taker_whose_phone_was_not_answered_unnoticed_does_not_hold_up_the_caller(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    toms = system.handset(TOMS_DESK)
    system.call_taker("Tom", TOMS_DESK).ready()
    sam.dial()
    system.advance(GREETING)
    assert is_ringing(desk)
    lose_news(system, "/status")
    desk.decline()
    find_news_again(system)

    look_after_calls(system, minutes=1)

    assert only_contact().state is ContactState.waiting
    assert is_ringing(toms)


def test_the_room_in_which_the_caller_is_counts_whatever_we_believed(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    talk(system, sam, desk)
    with system.transaction() as session:
        session.execute(sa.update(Contact).values(conference_sid="CF" + "9" * 32))

    look_after_calls(system)

    with system.transaction() as session:
        ended = session.scalar(
            sa.select(sa.func.count()).where(Promise.kind == Kind.end_conference)
        )
    assert ended == 0, "the caller's room is never closed"
    assert only_contact().conference_sid != "CF" + "9" * 32
    assert in_a_call(sam)
    assert in_a_call(desk)


def test_whoever_is_in_the_room_although_their_part_is_over_is_put_out(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    talk(system, sam, desk)
    sid = "CA" + "7" * 32
    with system.transaction() as session:
        leg = leg_of(system, LegRole.call_taker)
        session.execute(sa.update(Leg).where(Leg.id == leg.id).values(call_sid=sid))
        session.execute(sa.update(Leg).where(Leg.id == leg.id).values(state=LegState.ended))

    look_after_calls(system)

    assert not in_a_call(desk)
    assert in_a_call(sam)


def test_a_caller_who_is_on_the_line_and_in_no_room_is_brought_back(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    talk(system, sam, desk)
    sid = str(leg_of(system, LegRole.caller).call_sid)
    silence = "<Response><Pause length='600'/></Response>"
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{sid}.json"
    answer = requests.post(
        system.exchange_url + path, data={"Twiml": silence}, auth=(ACCOUNT, TOKEN), timeout=10
    )
    assert answer.ok
    system.settle()
    assert not in_room(system, only_contact(), sid)

    look_after_calls(system)

    assert only_contact().state is ContactState.with_call_taker
    assert in_a_call(sam)
    assert in_room(system, only_contact(), sid)


def in_room(system: System, contact: Contact, sid: str) -> bool:
    parties = TwilioCarrier(system.settings).parties(str(contact.conference_sid))
    return any(party.call_sid == sid for party in parties)


def test_asked_again_and_again_nothing_changes(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    talk(system, sam, desk)
    before = _picture(system)
    for minutes in (1, 2, 3):
        look_after_calls(system, minutes=minutes)
    assert _picture(system) == before
    assert in_a_call(sam)
    assert in_a_call(desk)


def _picture(system: System) -> list[tuple[object, ...]]:
    with system.transaction() as session:
        contacts = session.execute(sa.select(Contact.state, Contact.owner_id, Contact.need_because))
        legs = session.execute(sa.select(Leg.id, Leg.state).order_by(Leg.made_at))
        promises = session.execute(sa.select(Promise.kind, Promise.state).order_by(Promise.number))
        return [tuple(row) for rows in (contacts, legs, promises) for row in rows.all()]


def test_a_carrier_that_is_silent_changes_nothing(
    system: System, priya: Console, desk: Handset, sam: Handset
) -> None:
    talk(system, sam, desk)
    before = _picture(system)
    for path in ("Calls", "Conferences"):
        fault = {"path": path, "method": "GET", "kind": "500-before", "times": 20}
        system.carrier_fails({"rest": fault})
    look_after_calls(system)
    system.carrier_fails({})
    assert _picture(system) == before


def test_a_new_worker_goes_on_where_one_died_in_the_middle_of_a_ring(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    sam.do_without_settling("dial", to="116 000", withheld=False)
    system.exchange("POST", "/control/clock", {"advance": GREETING})
    with system.transaction() as session:
        claimed = outbox.claim(session, at=now(), most=10)
        assert [each.kind for each in claimed] == [Kind.ring_call_taker]
    _new_worker(system)
    system.settle()
    assert not is_ringing(desk), "nobody knows whether the dead worker rang it"

    began = now()
    # Given up as lost, and after a short rest rung again.
    for seconds in (70, 85):
        with time_machine.travel(began + timedelta(seconds=seconds), tick=False):
            system.settle()
    pick_up(desk)

    assert only_contact().state is ContactState.with_call_taker


def test_with_the_web_away_in_the_middle_of_a_call_nobody_is_lost(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    talk(system, sam, desk)
    system.may_lose_webhooks = True
    system.stop_web()
    desk.do_without_settling("hang-up")
    system.exchange("POST", "/control/settle")
    system.exchange("POST", "/control/clock", {"advance": 60})
    system.start_web_again()
    _new_worker(system)

    look_after_calls(system)

    assert in_a_call(sam)
    assert only_contact().state is ContactState.waiting
    assert is_ringing(desk)
    pick_up(desk)
    assert only_contact().state is ContactState.with_call_taker


def _new_worker(system: System) -> None:
    system.worker.close()
    system.worker = Worker(system.app, system.settings, TwilioCarrier(system.settings))


def supervise(system: System, contact_id: uuid.UUID, manner: Manner) -> Handset:
    """Bring a supervisor into a call."""
    morgan = system.call_taker("Morgan", MORGANS_DESK, Role.supervisor)
    phone = system.handset(MORGANS_DESK)
    path = f"/console/contacts/{contact_id}/listen"
    assert morgan.post(path, manner=manner.value, because="help_asked").status_code == 204
    system.settle()
    return phone


def test_a_caller_of_whom_we_know_nothing_at_all_is_taken_in_and_greeted(
    system: System, priya: Console, sam: Handset, only_contact: OnlyContact
) -> None:
    sam.dial()
    system.advance(GREETING)
    with system.transaction() as session:
        for table in (Promise, Leg, TimelineEntry, CarrierEvent, Contact):
            session.execute(sa.delete(table))

    look_after_calls(system)

    system.advance(GREETING)
    assert only_contact().state is ContactState.waiting
    assert in_a_call(sam)
    assert sam.heard.count("never recorded") == 2, "they are greeted as if they had rung now"


def test_a_supervisor_whose_coming_was_never_told_is_found_muted(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    talk(system, sam, desk)
    phone = supervise(system, only_contact().id, Manner.whisper)
    lose_news(system, "/tw/voice/conf/")
    pick_up(phone)
    assert leg_of(system, LegRole.supervisor).state is LegState.accepted
    assert supervisors_seat(system).is_muted, "nobody hears whom we do not know to be there"
    find_news_again(system)

    look_after_calls(system)

    assert leg_of(system, LegRole.supervisor).state is LegState.joined
    seat = supervisors_seat(system)
    assert (seat.is_muted, seat.coaches) == (False, leg_of(system, LegRole.call_taker).call_sid)


def test_a_supervisor_who_is_heard_and_should_not_be_is_muted_again(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    talk(system, sam, desk)
    pick_up(supervise(system, only_contact().id, Manner.listen))
    sid = str(leg_of(system, LegRole.supervisor).call_sid)
    system.worker.carrier.mute(str(only_contact().conference_sid), sid, muted=False)
    assert not supervisors_seat(system).is_muted

    look_after_calls(system)

    assert supervisors_seat(system).is_muted


def test_a_caller_who_is_held_and_should_not_be_is_brought_back(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    talk(system, sam, desk)
    room, sid = str(only_contact().conference_sid), str(leg_of(system, LegRole.caller).call_sid)
    system.worker.carrier.hold(room, sid, f"{system.web}/tw/voice/hold")
    assert any(each.is_held for each in system.worker.carrier.parties(room))

    look_after_calls(system)

    assert not any(each.is_held for each in system.worker.carrier.parties(room))


def test_a_supervisor_who_left_unnoticed_is_not_shown_as_if_they_were_there(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    talk(system, sam, desk)
    phone = supervise(system, only_contact().id, Manner.join_in)
    pick_up(phone)
    lose_news(system)
    phone.hang_up()
    find_news_again(system)

    look_after_calls(system)

    assert leg_of(system, LegRole.supervisor).state is LegState.ended
    assert in_a_call(sam)
    assert in_a_call(desk)


def test_while_the_application_is_away_the_call_goes_on_and_what_happened_is_found_out(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    talk(system, sam, desk)
    phone = supervise(system, only_contact().id, Manner.whisper)
    pick_up(phone)
    system.may_lose_webhooks = True
    system.stop_web()
    try:
        desk.do_without_settling("hang-up")
        system.exchange("POST", "/control/clock", {"advance": 20})
    finally:
        system.start_web_again()

    look_after_calls(system)

    assert only_contact().state is ContactState.waiting
    assert in_a_call(sam)
    assert "We are still here" in sam.heard
    assert supervisors_seat(system).is_muted, "their whisper is for nobody now"
    assert is_ringing(desk)


def supervisors_seat(system: System) -> PartySeen:
    leg = leg_of(system, LegRole.supervisor)
    with system.transaction() as session:
        room = str(session.get_one(Contact, leg.contact_id).conference_sid)
    seats = system.worker.carrier.parties(room)
    return next(each for each in seats if each.label.endswith(leg.id.hex))
