"""Families are put through to a switchboard, if they want to be, and never see or show a number."""

import json

import pytest

from helpline.accounts.models import Role
from helpline.clock import now
from helpline.confidentiality import vault
from helpline.contacts.models import ContactState, Ending, Stream
from helpline.directory.models import PartnerNumber
from helpline.voice import diverts
from tests.helpline.voice.test_diverts import switchboard
from tests.journeys.telephones import PRIYAS_DESK, SAM, in_a_call, is_ringing, pick_up
from tests.system import Handset, System


@pytest.fixture
def board(system: System) -> Handset:
    """Divert calls of families; gives the telephone of the switchboard."""
    morgan = system.call_taker("Morgan", None, Role.supervisor)
    with system.transaction() as session:
        number_id = switchboard(session)
        diverts.start(session, Stream.family, number_id, by=morgan.staff_id, at=now())
        token = session.get_one(PartnerNumber, number_id).token
        number = vault.number_for_carrier(session, token)
    return system.handset(number.e164)


@pytest.fixture
def desk(system: System) -> Handset:
    return system.handset(PRIYAS_DESK)


@pytest.fixture
def sam(system: System, board: Handset, desk: Handset) -> Handset:
    """Somebody of a family who rings and says so."""
    system.call_taker("Priya", PRIYAS_DESK).ready()
    caller = system.handset(SAM)
    caller.dial()
    caller.press("3")
    system.advance(1)
    assert "Another helpline" in caller.heard
    return caller


def test_whoever_wants_it_is_put_through_and_nobody_sees_a_number(
    system: System, board: Handset, desk: Handset, sam: Handset, only_contact
) -> None:
    sam.press("1")
    system.advance(8)
    assert is_ringing(board)
    assert not is_ringing(desk)
    assert "7700900123" not in json.dumps(board.state), "they see our number and no other"
    pick_up(board)
    assert only_contact().state is ContactState.with_switchboard
    assert in_a_call(sam)
    sam.hang_up()
    assert only_contact().ending is Ending.put_through
    assert not in_a_call(board)


def test_whoever_is_not_answered_there_comes_to_us(
    system: System, board: Handset, desk: Handset, sam: Handset, only_contact
) -> None:
    sam.press("1")
    system.advance(8)
    board.decline()
    assert only_contact().state is ContactState.waiting
    assert is_ringing(desk)
    pick_up(desk)
    assert in_a_call(sam)


def test_a_switchboard_that_hangs_up_first_leaves_nobody_in_silence(
    system: System, board: Handset, desk: Handset, sam: Handset, only_contact
) -> None:
    sam.press("1")
    system.advance(8)
    pick_up(board)
    board.hang_up()
    assert "We are still here" in sam.heard
    pick_up(desk)
    assert only_contact().state is ContactState.with_call_taker


def test_whoever_presses_nothing_waits_for_one_of_us(
    system: System, board: Handset, desk: Handset, sam: Handset
) -> None:
    system.advance(120)
    assert not is_ringing(board)
    assert is_ringing(desk)
