"""A call, from the handset to the wrap-up, and what may come between."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from helpline.accounts.models import Availability, StaffMember
from helpline.clock import now
from helpline.contacts.models import Contact, ContactState, Ending
from helpline.outbox import Promise
from helpline.voice.models import Leg, LegRole, LegState
from tests.system import Console, Handset, System

SAM = "07700 900123"
PRIYAS_DESK, TOMS_DESK = "020 7946 0101", "020 7946 0102"

OnlyContact = Callable[[], Contact]
# As long as the greeting takes at the exchange, and a little.
GREETING = 60


@pytest.fixture
def sam(system: System) -> Handset:
    return system.handset(SAM)


@pytest.fixture
def priyas_phone(system: System) -> Handset:
    return system.handset(PRIYAS_DESK)


@pytest.fixture
def toms_phone(system: System) -> Handset:
    return system.handset(TOMS_DESK)


@pytest.fixture
def priya(system: System, priyas_phone: Handset) -> Console:
    return system.call_taker("Priya", PRIYAS_DESK).ready()


def availability(system: System, console: Console) -> Availability:
    with system.transaction() as session:
        return session.get_one(StaffMember, console.staff_id).availability


def is_ringing(phone: Handset) -> bool:
    call = phone.call
    return call is not None and call["state"] == "ringing" and call["direction"] == "in"


def in_a_call(phone: Handset) -> bool:
    call = phone.call
    return call is not None and call["state"] == "in-progress"


def talk(system: System, sam: Handset, phone: Handset) -> None:
    """Bring a caller and a call-taker together."""
    sam.dial()
    system.advance(GREETING)
    assert is_ringing(phone)
    phone.answer()
    phone.press("1")
    assert in_a_call(phone)
    assert in_a_call(sam)


def test_a_call_is_greeted_put_through_ended_and_wrapped_up(
    system: System,
    priya: Console,
    priyas_phone: Handset,
    sam: Handset,
    only_contact: OnlyContact,
) -> None:
    sam.dial()
    system.advance(GREETING)
    assert "free and confidential" in sam.heard
    contact = only_contact()
    assert contact.state is ContactState.waiting
    assert is_ringing(priyas_phone)

    priyas_phone.answer()
    assert "Press 1" in priyas_phone.heard
    assert only_contact().state is ContactState.waiting
    priyas_phone.press("1")

    assert only_contact().state is ContactState.with_call_taker
    assert availability(system, priya) is Availability.busy
    page = priya.page(f"/console/contacts/{contact.id}")
    assert contact.caller.reference in page.text

    assert priya.end(contact.id).status_code == 204
    assert not in_a_call(sam)
    assert not in_a_call(priyas_phone)
    assert only_contact().state is ContactState.wrapping_up
    assert availability(system, priya) is Availability.wrapping_up

    assert priya.wrap_up(contact.id).status_code == 204
    assert only_contact().state is ContactState.closed
    assert availability(system, priya) is Availability.ready


def test_neither_party_ever_sees_the_others_number(
    system: System, priya: Console, priyas_phone: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    talk(system, sam, priyas_phone)

    call = priyas_phone.call
    assert call is not None
    assert "7700" not in str(call)
    page = priya.get(f"/console/contacts/{only_contact().id}").text
    assert "900123" not in page.replace(" ", "")


def test_a_caller_who_hangs_up_in_the_greeting_is_recorded(
    system: System, priya: Console, priyas_phone: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    sam.dial()
    sam.hang_up()

    contact = only_contact()
    assert (contact.state, contact.ending) == (ContactState.closed, Ending.left_in_greeting)
    assert not is_ringing(priyas_phone)


def test_a_caller_who_hangs_up_while_waiting_stops_the_ringing(
    system: System, priya: Console, priyas_phone: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    sam.dial()
    system.advance(GREETING)
    assert is_ringing(priyas_phone)
    sam.hang_up()

    contact = only_contact()
    assert (contact.state, contact.ending) == (ContactState.closed, Ending.left_while_waiting)
    assert not is_ringing(priyas_phone)
    assert availability(system, priya) is Availability.ready


def test_a_caller_who_hangs_up_in_the_second_of_the_answer_leaves_nobody_stuck(
    system: System, priya: Console, priyas_phone: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    sam.dial()
    system.advance(GREETING)
    priyas_phone.answer()

    with ThreadPoolExecutor(2) as both:
        both.submit(priyas_phone.do_without_settling, "keys", digits="1")
        both.submit(sam.do_without_settling, "hang-up")
    system.settle()
    system.advance(30)

    contact = only_contact()
    assert contact.state in (ContactState.closed, ContactState.wrapping_up)
    assert not in_a_call(priyas_phone)
    if contact.state is ContactState.wrapping_up:
        assert priya.wrap_up(contact.id).status_code == 204
    assert availability(system, priya) is Availability.ready


def test_no_answer_rings_the_next_call_taker(
    system: System,
    priya: Console,
    priyas_phone: Handset,
    toms_phone: Handset,
    sam: Handset,
    only_contact: OnlyContact,
) -> None:
    tom = system.call_taker("Tom", TOMS_DESK).ready()
    sam.dial()
    system.advance(GREETING)
    first, second = priyas_phone, toms_phone
    assert is_ringing(first)
    assert not is_ringing(second)

    system.advance(40)

    assert not is_ringing(first)
    assert is_ringing(second)
    second.answer()
    second.press("1")
    contact = only_contact()
    assert contact.owner_id == tom.staff_id


def test_a_voicemail_box_does_not_take_the_call(
    system: System,
    priya: Console,
    priyas_phone: Handset,
    toms_phone: Handset,
    sam: Handset,
    only_contact: OnlyContact,
) -> None:
    system.call_taker("Tom", TOMS_DESK).ready()
    sam.dial()
    system.advance(GREETING)
    priyas_phone.answer()
    system.advance(60)

    assert only_contact().state is ContactState.waiting
    assert is_ringing(toms_phone)


def test_two_call_takers_who_want_the_same_call_ring_one_phone(
    system: System,
    sam: Handset,
    priyas_phone: Handset,
    toms_phone: Handset,
    only_contact: OnlyContact,
) -> None:
    priya = system.call_taker("Priya", PRIYAS_DESK).become(Availability.away)
    tom = system.call_taker("Tom", TOMS_DESK).become(Availability.away)
    sam.dial()
    system.advance(GREETING)
    path = f"/console/contacts/{only_contact().id}/take"

    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda console: console.post(path), (priya, tom)))
    system.settle()

    assert sorted(answer.status_code for answer in answers) == [204, 409]
    assert [is_ringing(priyas_phone), is_ringing(toms_phone)].count(True) == 1


def test_two_phones_that_accept_at_once_give_the_caller_to_one(
    system: System,
    priya: Console,
    priyas_phone: Handset,
    toms_phone: Handset,
    sam: Handset,
    only_contact: OnlyContact,
) -> None:
    """Priya's phone was given up as lost, Tom's rings, and then both press 1."""
    tom = system.call_taker("Tom", TOMS_DESK).ready()
    sam.dial()
    system.advance(GREETING)
    priyas_phone.answer()
    with system.transaction() as session:
        lost = session.scalars(sa.select(Leg).where(Leg.staff_id == priya.staff_id)).one()
        sid = str(lost.call_sid)
    path = f"/tw/voice/leg/{lost.id}/status"
    assert system.webhook(path, CallSid=sid, CallStatus="no-answer").status_code == 204
    system.settle()
    assert is_ringing(toms_phone)
    toms_phone.answer()

    with ThreadPoolExecutor(2) as both:
        both.submit(priyas_phone.do_without_settling, "keys", digits="1")
        both.submit(toms_phone.do_without_settling, "keys", digits="1")
    system.settle()
    system.advance(20)

    assert only_contact().owner_id == tom.staff_id
    assert in_a_call(toms_phone)
    assert not in_a_call(priyas_phone)


def test_with_nobody_on_shift_the_caller_has_a_choice_and_waits_for_whoever_comes(
    system: System, sam: Handset, priyas_phone: Handset, only_contact: OnlyContact
) -> None:
    sam.dial()
    system.advance(GREETING)
    assert "Samaritans" in sam.heard
    assert "9 9 9" in sam.heard
    system.advance(15)
    assert only_contact().state is ContactState.waiting
    system.advance(10)
    assert "To go on waiting, press 1" in sam.heard
    sam.press("2")
    system.advance(5)
    assert "You can also send a text" in sam.heard
    system.advance(60)
    assert only_contact().state is ContactState.waiting

    system.call_taker("Priya", PRIYAS_DESK).ready()
    system.settle()

    assert is_ringing(priyas_phone)


def test_a_caller_who_presses_nothing_when_given_a_choice_waits_on(
    system: System, sam: Handset, priyas_phone: Handset, only_contact: OnlyContact
) -> None:
    sam.dial()
    system.advance(GREETING + 15)
    for _ in range(6):
        system.advance(10)
    assert sam.call is not None
    assert only_contact().state is ContactState.waiting
    system.call_taker("Priya", PRIYAS_DESK).ready()
    system.settle()
    assert is_ringing(priyas_phone)


def test_a_waiting_caller_is_kept_company(
    system: System, priya: Console, priyas_phone: Handset, sam: Handset
) -> None:
    sam.dial()
    system.advance(GREETING)
    for _ in range(8):
        system.advance(10)
    assert "Thank you for waiting" in sam.heard


def test_a_call_taker_whose_phone_goes_dead_leaves_nobody_alone(
    system: System, priya: Console, priyas_phone: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    talk(system, sam, priyas_phone)
    priyas_phone.hang_up()
    system.advance(5)

    contact = only_contact()
    assert contact.state is ContactState.waiting
    assert contact.need
    assert in_a_call(sam)
    assert "We are still here" in sam.heard
    assert is_ringing(priyas_phone)

    priyas_phone.answer()
    priyas_phone.press("1")
    assert only_contact().state is ContactState.with_call_taker
    assert in_a_call(sam)


def test_a_caller_who_leaves_after_the_call_taker_was_cut_off_is_still_wrapped_up(
    system: System, priya: Console, priyas_phone: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    talk(system, sam, priyas_phone)
    priyas_phone.hang_up()
    sam.hang_up()
    system.advance(5)

    contact = only_contact()
    assert contact.state is ContactState.wrapping_up
    assert not is_ringing(priyas_phone)
    assert priya.wrap_up(contact.id).status_code == 204
    assert availability(system, priya) is Availability.ready


def test_every_webhook_three_times_and_in_the_wrong_order_changes_nothing(
    system: System, priya: Console, priyas_phone: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    for kind in ("duplicate", "reorder"):
        fault = {"webhooks": {"match": "/tw/voice/", "kind": kind, "times": 40}}
        system.carrier_fails(fault)
    talk(system, sam, priyas_phone)
    contact = only_contact()
    assert priya.end(contact.id).status_code == 204
    system.advance(30)
    assert priya.wrap_up(contact.id).status_code == 204

    assert only_contact().state is ContactState.closed
    assert availability(system, priya) is Availability.ready
    with system.transaction() as session:
        legs = session.scalars(sa.select(Leg)).all()
        assert sorted((leg.role, leg.state) for leg in legs) == [
            (LegRole.call_taker, LegState.ended),
            (LegRole.caller, LegState.ended),
        ]


def test_a_withheld_caller_is_answered_like_anybody(
    system: System, priya: Console, priyas_phone: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    sam.dial(withheld=True)
    system.advance(GREETING)
    assert is_ringing(priyas_phone)
    assert only_contact().caller.number_token is None


def test_the_carrier_being_busy_delays_the_ringing_and_loses_nobody(
    system: System, priya: Console, priyas_phone: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    system.carrier_fails({"rest": {"path": "Calls", "kind": "429", "times": 1}})
    sam.dial()
    system.advance(GREETING)
    assert not is_ringing(priyas_phone)

    with system.transaction() as session:
        session.execute(sa.update(Promise).values(due_at=Promise.made_at))
    system.settle()

    assert is_ringing(priyas_phone)
    assert only_contact().state is ContactState.waiting


def test_a_caller_whose_arrival_in_the_room_was_never_told_is_put_through_all_the_same(
    system: System, priya: Console, priyas_phone: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    system.carrier_fails({"webhooks": {"match": "/tw/voice/conf/", "kind": "drop", "times": 3}})
    system.may_lose_webhooks = True
    sam.dial()
    system.advance(GREETING)

    assert only_contact().state is ContactState.waiting
    assert is_ringing(priyas_phone)


def test_a_caller_whose_hanging_up_was_never_told_is_found_out_by_asking(
    system: System, priya: Console, priyas_phone: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    talk(system, sam, priyas_phone)
    system.carrier_fails({"webhooks": {"match": "/tw/voice/", "kind": "drop", "times": 20}})
    system.may_lose_webhooks = True
    sam.hang_up()
    assert only_contact().state is ContactState.with_call_taker

    with time_machine.travel(now() + timedelta(minutes=2), tick=False):
        system.worker.look_after_calls()

    assert only_contact().state is ContactState.wrapping_up
    assert availability(system, priya) is Availability.wrapping_up
