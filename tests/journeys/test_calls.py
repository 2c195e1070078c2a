"""Every line of the list of calls that the carrier's facts ask for (twilio.md 2.7).

One test for each line: told here, or named where it is told. A name that is no test fails.
"""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from helpline.accounts.models import Availability
from helpline.contacts.models import Contact, ContactState, Ending
from helpline.voice.models import Leg, LegRole
from tests.journeys.telephones import (
    GREETING,
    PRIYAS_DESK,
    SAM,
    TOMS_DESK,
    availability,
    in_a_call,
    is_ringing,
    pick_up,
    talk,
)
from tests.system import Console, Handset, System

OnlyContact = Callable[[], Contact]
ROOT = Path(__file__).parents[2]
FIRST_CALL = "tests/journeys/test_first_call.py"
REPAIR = "tests/journeys/test_repair.py"
BACK = "tests/journeys/test_call_backs.py"
OUT = "tests/journeys/test_calling_out.py"
HERE = "tests/journeys/test_calls.py"

LINES = {
    "answered at once": (
        FIRST_CALL,
        "test_a_call_is_greeted_put_through_ended_and_wrapped_up",
    ),
    "all takers refuse, re-queue, voicemail": (
        HERE,
        "test_all_decline_and_the_caller_keeps_their_place_and_gets_a_choice",
    ),
    "caller hangs up in the greeting": (
        FIRST_CALL,
        "test_a_caller_who_hangs_up_in_the_greeting_is_recorded",
    ),
    "caller hangs up while waiting": (
        FIRST_CALL,
        "test_a_caller_who_hangs_up_while_waiting_stops_the_ringing",
    ),
    "caller hangs up in the same second as the accept": (
        FIRST_CALL,
        "test_a_caller_who_hangs_up_in_the_second_of_the_answer_leaves_nobody_stuck",
    ),
    "two takers accept together": (
        FIRST_CALL,
        "test_two_phones_that_accept_at_once_give_the_caller_to_one",
    ),
    "taker's phone voicemail answers": (
        FIRST_CALL,
        "test_a_voicemail_box_does_not_take_the_call",
    ),
    "taker dies mid-call, caller kept and re-rung": (
        FIRST_CALL,
        "test_a_call_taker_whose_phone_goes_dead_leaves_nobody_alone",
    ),
    "supervisor monitor, whisper, barge": (
        "tests/journeys/test_supervising.py",
        "test_listening_then_whispering_then_joining_in",
    ),
    "social worker added, taker leaves, comes back": (
        "tests/helpline/voice/test_bridges.py",
        "test_a_call_taker_cut_off_leaves_caller_and_partner_talking_and_is_rung_again",
    ),
    "consult with caller on hold": (
        "tests/helpline/voice/test_bridges.py",
        "test_a_partner_comes_in_only_when_the_caller_is_held",
    ),
    "voicemail instead of waiting": (
        "tests/journeys/test_voicemail.py",
        "test_whoever_waits_can_leave_a_voicemail_instead",
    ),
    "prank or abuse: the list of bars": (
        "tests/helpline/voice/test_bars.py",
        "test_a_barred_caller_hears_999_and_other_ways_before_the_call_ends",
    ),
    "wrap-up overrun": (
        "tests/helpline/voice/test_waiting.py",
        "test_an_overrun_wrap_up_ends_by_itself_unless_more_time_was_asked_for",
    ),
    "call-back succeeds": (
        BACK,
        "test_whoever_asks_for_it_keeps_their_place_and_is_rung_when_it_is_their_turn",
    ),
    "call-back: no answer, second attempt": (
        BACK,
        "test_who_is_not_reached_is_tried_again_and_in_the_end_a_person_decides",
    ),
    "ring-back: no answer, busy, machine": (
        OUT,
        "test_who_is_not_reached_hears_nothing_and_the_try_stands_on_the_timeline",
    ),
    "carrier down during ring": (
        HERE,
        "test_a_carrier_that_is_down_while_a_phone_should_ring_loses_nobody",
    ),
    "webhooks duplicated and reordered": (
        FIRST_CALL,
        "test_every_webhook_three_times_and_in_the_wrong_order_changes_nothing",
    ),
    "webhook 20 s late": (HERE, "test_news_that_comes_twenty_seconds_late_changes_nothing"),
    "app restarted mid-call": (
        REPAIR,
        "test_with_the_web_away_in_the_middle_of_a_call_nobody_is_lost",
    ),
    "worker died mid-ring": (
        REPAIR,
        "test_a_new_worker_goes_on_where_one_died_in_the_middle_of_a_ring",
    ),
    "withheld number": (HERE, "test_a_withheld_number_is_somebody_new_each_time"),
}
"""The lines, and where each is told."""


@pytest.mark.parametrize("line", LINES)
def test_every_line_of_the_list_has_its_test(line: str) -> None:
    file, name = LINES[line]
    tests = ast.parse((ROOT / file).read_text("utf-8")).body
    assert name in {each.name for each in tests if isinstance(each, ast.FunctionDef)}


@pytest.fixture
def sam(system: System) -> Handset:
    return system.handset(SAM)


@pytest.fixture
def desk(system: System) -> Handset:
    return system.handset(PRIYAS_DESK)


@pytest.fixture
def priya(system: System, desk: Handset) -> Console:
    return system.call_taker("Priya", PRIYAS_DESK).ready()


def test_all_decline_and_the_caller_keeps_their_place_and_gets_a_choice(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    toms = system.handset(TOMS_DESK)
    tom = system.call_taker("Tom", TOMS_DESK).ready()
    sam.dial()
    system.advance(GREETING)
    since = only_contact().waiting_since
    for phone in (desk, toms):
        if is_ringing(phone):
            phone.decline()
    for phone in (desk, toms):
        if is_ringing(phone):
            phone.decline()
    contact = only_contact()
    assert (contact.state, contact.waiting_since) == (ContactState.waiting, since)
    assert in_a_call(sam)
    with system.transaction() as session:
        rung = sa.select(sa.func.count()).where(Leg.role == LegRole.call_taker)
        assert int(session.scalar(rung) or 0) >= 2
    assert availability(system, tom) is not Availability.busy
    assert availability(system, priya) is not Availability.busy
    for _ in range(6):
        system.advance(10)
    assert "Thank you for waiting" in sam.heard


def test_a_carrier_that_is_down_while_a_phone_should_ring_loses_nobody(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    system.carrier_fails(
        {"rest": {"path": "Calls", "kind": "500-before", "times": 1, "method": "POST"}}
    )
    sam.dial()
    system.advance(GREETING)
    assert not is_ringing(desk)
    contact = only_contact()
    assert contact.state is ContactState.waiting
    assert in_a_call(sam), "kept in company meanwhile"
    system.carrier_fails({})
    priya.take(contact.id)
    assert availability(system, priya) is not Availability.busy


def test_news_that_comes_twenty_seconds_late_changes_nothing(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    late = {"match": "/tw/voice/", "kind": "delay", "times": 3, "seconds": 20}
    talk(system, sam, desk)
    system.carrier_fails({"webhooks": late})
    sam.hang_up()
    system.advance(30)
    contact = only_contact()
    assert contact.state is ContactState.wrapping_up
    assert not in_a_call(desk)
    assert availability(system, priya) is Availability.wrapping_up


def test_a_withheld_number_is_somebody_new_each_time(
    system: System, priya: Console, desk: Handset, sam: Handset
) -> None:
    for _ in range(2):
        sam.dial(withheld=True)
        system.advance(GREETING)
        sam.hang_up()
    sam.dial(withheld=True)
    system.advance(GREETING)
    pick_up(desk)
    assert in_a_call(sam)
    with system.transaction() as session:
        everybody = session.scalars(sa.select(Contact).order_by(Contact.opened_at)).all()
        assert len({each.caller_id for each in everybody}) == 3
        assert all(each.caller.number_token is None for each in everybody)
        assert [each.ending for each in everybody[:2]] == [Ending.left_while_waiting] * 2
