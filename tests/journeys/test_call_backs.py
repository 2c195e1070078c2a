"""Hanging up and being rung when it is one's turn: the place is kept, and nothing is forgotten."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from helpline.accounts.models import Availability
from helpline.clock import now
from helpline.confidentiality import safe_contact
from helpline.contacts.models import Contact, ContactState, Ending
from helpline.voice import call_backs
from helpline.voice.call_backs import CallBack, Stage
from tests.journeys.telephones import (
    GREETING,
    PRIYAS_DESK,
    SAM,
    availability,
    in_a_call,
    is_ringing,
    pick_up,
)
from tests.system import Console, Handset, System

OnlyContact = Callable[[], Contact]
UNTIL_THE_CHOICE = timedelta(minutes=4)
RINGS_OUT = 45
WORDS = 25
"""Seconds in which the choice is spoken up to its last part."""


@pytest.fixture
def sam(system: System) -> Handset:
    return system.handset(SAM)


@pytest.fixture
def desk(system: System) -> Handset:
    return system.handset(PRIYAS_DESK)


@pytest.fixture
def priya(system: System, desk: Handset) -> Console:
    """Somebody on shift who is away at the moment."""
    return system.call_taker("Priya", PRIYAS_DESK).ready().become(Availability.away)


@contextmanager
def later(after: timedelta) -> Iterator[None]:
    with time_machine.travel(now() + after, tick=False):
        yield


def reach_the_choice(system: System, sam: Handset, *, withheld: bool = False) -> None:
    sam.dial(withheld=withheld)
    system.advance(GREETING)
    with later(UNTIL_THE_CHOICE):
        system.settle()
        system.advance(WORDS)


def ask_to_be_rung_back(system: System, sam: Handset) -> None:
    reach_the_choice(system, sam)
    assert "To hang up and be rung back when it is your turn, press 4" in sam.heard
    with later(UNTIL_THE_CHOICE):
        sam.press("4")
        assert "Is it safe for us to ring this telephone?" in sam.heard
        sam.press("1")
        system.advance(30)


def wish(system: System) -> CallBack:
    with system.transaction() as session:
        found = sa.select(CallBack).execution_options(populate_existing=True)
        return session.scalars(found).one()


def test_whoever_asks_for_it_keeps_their_place_and_is_rung_when_it_is_their_turn(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    ask_to_be_rung_back(system, sam)
    assert not in_a_call(sam)
    contact = only_contact()
    assert contact.state is ContactState.waiting, "not closed: they wait without a line"
    since = contact.waiting_since
    assert "Asked to be rung back" in priya.waiting().text

    with later(UNTIL_THE_CHOICE):
        priya.become(Availability.ready)
        system.settle()
        assert is_ringing(desk)
        assert not is_ringing(sam)
        pick_up(desk)
        assert is_ringing(sam)
        pick_up(sam)
        assert in_a_call(sam)
        assert in_a_call(desk)
        contact = only_contact()
        assert (contact.state, contact.waiting_since) == (ContactState.with_call_taker, since)
        assert wish(system).stage is Stage.over
        assert priya.end(contact.id).status_code == 204
        assert priya.wrap_up(contact.id).status_code == 204


def test_who_says_that_it_is_not_safe_waits_on(
    system: System, priya: Console, sam: Handset, only_contact: OnlyContact
) -> None:
    reach_the_choice(system, sam)
    with later(UNTIL_THE_CHOICE):
        sam.press("4")
        sam.press("2")
    assert in_a_call(sam)
    with system.transaction() as session:
        assert not call_backs.is_wanted(session, only_contact().id)


def test_it_is_not_offered_for_a_withheld_number_nor_against_a_plan(
    system: System, priya: Console, sam: Handset, only_contact: OnlyContact
) -> None:
    reach_the_choice(system, sam, withheld=True)
    assert "be rung back" not in sam.heard
    with later(UNTIL_THE_CHOICE):
        sam.press("4")
        assert "Is it safe" not in sam.heard
    sam.hang_up()

    sam.text("hello")
    with system.transaction() as session:
        caller_id = session.scalars(
            sa.select(Contact.caller_id).order_by(Contact.opened_at.desc())
        ).first()
        never = safe_contact.Wishes(form_key=uuid.uuid4(), may_text=True, may_call=False)
        safe_contact.agree(session, caller_id, never, by=priya.staff_id, at=now())
    reach_the_choice(system, sam)
    assert "be rung back" not in sam.heard


def test_who_is_not_reached_is_tried_again_and_in_the_end_a_person_decides(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    ask_to_be_rung_back(system, sam)
    since = only_contact().waiting_since
    passed = UNTIL_THE_CHOICE
    with later(passed):
        priya.become(Availability.ready)
    for number in range(1, call_backs.MOST_TRIES + 1):
        with later(passed):
            system.settle()
            pick_up(desk)
            system.advance(RINGS_OUT)
            assert not in_a_call(desk)
            assert availability(system, priya) is Availability.ready
            contact = only_contact()
            assert (contact.state, contact.waiting_since) == (ContactState.waiting, since)
            assert wish(system).tries == number
            system.settle()
            assert not is_ringing(desk), "not again at once"
        passed += call_backs.PAUSE + timedelta(seconds=30)
    assert wish(system).stage is Stage.for_a_person
    with later(passed):
        system.settle()
        assert not is_ringing(desk), "no more by itself"
        assert "take it and decide" in priya.waiting().text
        contact_id = only_contact().id
        assert priya.take(contact_id).status_code == 204
        assert only_contact().state is ContactState.with_call_taker
        assert not is_ringing(sam)
        assert priya.end(contact_id).status_code == 204
        assert priya.wrap_up(contact_id).status_code == 204


def test_who_rings_again_first_comes_to_the_place_they_kept_and_is_not_rung(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    ask_to_be_rung_back(system, sam)
    since = only_contact().waiting_since
    with later(UNTIL_THE_CHOICE):
        sam.dial()
        system.advance(GREETING)
        contact = only_contact()
        assert contact.waiting_since == since
        assert "You keep your place" in sam.heard
        assert wish(system).stage is Stage.open, "a line that breaks again leaves them their place"
        priya.become(Availability.ready)
        system.settle()
        pick_up(desk)
    assert in_a_call(sam)
    assert in_a_call(desk)
    assert wish(system).stage is Stage.over


def test_who_rings_while_they_are_being_rung_meets_their_call_taker(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    ask_to_be_rung_back(system, sam)
    other = system.handset("07700 900777")
    with later(UNTIL_THE_CHOICE):
        priya.become(Availability.ready)
        system.settle()
        pick_up(desk)
        assert is_ringing(sam)
        sid = "CA" + "7" * 32
        system.webhook("/tw/voice/inbound", CallSid=sid, From="+447700900123", To="+441632960116")
        system.settle()
    assert not is_ringing(sam), "they are on the line on their own account"
    assert in_a_call(desk), "and their call-taker waits for them in the room"
    assert only_contact().state is ContactState.with_call_taker
    del other


def test_what_nobody_decided_about_ends_honestly_and_a_childs_never_by_itself(
    system: System, priya: Console, sam: Handset, only_contact: OnlyContact
) -> None:
    ask_to_be_rung_back(system, sam)
    with system.transaction() as session:
        session.get_one(Contact, only_contact().id).is_child = True
    with later(UNTIL_THE_CHOICE + call_backs.LASTS):
        system.settle()
        assert only_contact().state is ContactState.waiting
    with system.transaction() as session:
        session.get_one(Contact, only_contact().id).is_child = False
    with later(UNTIL_THE_CHOICE + call_backs.LASTS):
        system.settle()
    contact = only_contact()
    assert (contact.state, contact.ending) == (ContactState.closed, Ending.not_reached)
