"""The first half-minute of a call at the handset: silence, wrong keys, slow keys, Welsh."""

from helpline.accounts.models import StaffMember
from helpline.contacts.models import Contact, ContactState, Language, Stream
from tests.journeys.conftest import OnlyContact
from tests.journeys.telephones import GREETING, PRIYAS_DESK, SAM, is_ringing, pick_up
from tests.system import System


def test_a_key_in_the_middle_of_the_greeting_leads_straight_on(
    system: System, only_contact: OnlyContact
) -> None:
    system.call_taker("Priya", PRIYAS_DESK).ready()
    sam, desk = system.handset(SAM), system.handset(PRIYAS_DESK)
    sam.dial()
    system.advance(3)
    sam.press("3")
    system.advance(5)
    assert is_ringing(desk)
    contact = only_contact()
    assert (contact.stream, contact.state) == (Stream.family, ContactState.waiting)


def test_a_caller_who_presses_nothing_is_put_through_within_a_minute(
    system: System, only_contact: OnlyContact
) -> None:
    system.call_taker("Priya", PRIYAS_DESK).ready()
    sam, desk = system.handset(SAM), system.handset(PRIYAS_DESK)
    sam.dial()
    system.advance(GREETING)
    assert "You don't have to press anything" in sam.heard
    pick_up(desk)
    assert only_contact().stream is Stream.not_chosen


def test_a_slow_relay_caller_with_wrong_keys_is_never_cut_off(
    system: System, only_contact: OnlyContact
) -> None:
    system.call_taker("Priya", PRIYAS_DESK).ready()
    sam, desk = system.handset(SAM), system.handset(PRIYAS_DESK)
    sam.dial()
    system.advance(25)
    sam.press("9")
    assert "That key is not used" in sam.heard
    system.advance(20)
    sam.press("8")
    system.advance(5)
    pick_up(desk)
    assert only_contact().state is ContactState.with_call_taker


def test_a_welsh_caller_is_answered_by_whoever_speaks_it(
    system: System, only_contact: OnlyContact
) -> None:
    priya = system.call_taker("Priya", PRIYAS_DESK).ready()
    with system.transaction() as session:
        session.get_one(StaffMember, priya.staff_id).languages = ["cy", "en"]
    sam, desk = system.handset(SAM), system.handset(PRIYAS_DESK)
    sam.dial()
    system.advance(18)
    assert "I siarad Cymraeg, pwyswch 0" in sam.heard
    sam.press("0")
    system.advance(5)
    assert "dan 18 oed" in sam.heard
    sam.press("1")
    system.advance(4)
    contact: Contact = only_contact()
    assert (contact.language, contact.stream) == (Language.cy, Stream.young_person)
    assert contact.is_child
    pick_up(desk)
    assert only_contact().state is ContactState.with_call_taker
