"""One contact, two ways: from a call to texts and back, only as they agreed."""

import uuid

import pytest
from sqlalchemy.orm import Session

from helpline.clock import now
from helpline.contacts import contacts, switching
from helpline.contacts.models import Channel, Contact, ContactState, Ending
from helpline.contacts.switching import CannotSwitchError
from helpline.phone_numbers import PhoneNumber
from helpline.sms import conversations, inbox
from helpline.sms.conversations import CannotSendError, Reply
from tests.helpline import making
from tests.system import System

SAM = PhoneNumber("+447700900123")


def on_the_line(session: Session, *, sender: PhoneNumber | None = SAM) -> tuple[Contact, uuid.UUID]:
    """Have a call-taker talk with somebody who rang."""
    staff = making.staff_member(session)
    leg = making.arriving_call(session, at=now(), sender=sender)
    contact = session.get_one(Contact, leg.contact_id)
    contacts.start_waiting(session, contact, at=now())
    contacts.take(session, contact, staff.id, at=now())
    session.flush()
    return contact, staff.id


def a_text(session: Session, words: str = "hello") -> Contact:
    return making.contact_of(
        session, inbox.text_arrived(session, making.incoming(words, SAM), at=now())
    )


def test_texts_of_somebody_who_agreed_come_into_the_call_they_are_in(system: System) -> None:
    with system.transaction() as session:
        contact, staff_id = on_the_line(session)
        switching.agree(session, contact, Channel.sms, staff_id, at=now())
        session.flush()
        assert a_text(session).id == contact.id
        assert contact.state is ContactState.with_call_taker


def test_texts_of_somebody_who_did_not_agree_open_a_conversation_of_their_own(
    system: System,
) -> None:
    with system.transaction() as session:
        contact, _ = on_the_line(session)
        assert a_text(session).id != contact.id


def test_nothing_is_texted_in_a_call_before_they_agree(system: System) -> None:
    with system.transaction() as session:
        contact, staff_id = on_the_line(session)

        def reply() -> None:
            answer = Reply("Here is the number", 0, uuid.uuid4())
            conversations.reply(session, contact, staff_id, answer, at=now())

        with pytest.raises(CannotSendError, match="not agreed to go on by text"):
            reply()
        switching.agree(session, contact, Channel.sms, staff_id, at=now())
        reply()


def test_a_closed_call_is_not_reopened_by_a_text(system: System) -> None:
    with system.transaction() as session:
        contact, staff_id = on_the_line(session)
        switching.agree(session, contact, Channel.sms, staff_id, at=now())
        contacts.start_wrapping_up(session, contact, at=now())
        contacts.close(session, contact, Ending.wrapped_up, at=now())
        session.flush()
        assert a_text(session).id != contact.id
        assert contact.state is ContactState.closed


def test_a_text_takes_up_again_a_call_that_is_being_wrapped_up(system: System) -> None:
    with system.transaction() as session:
        contact, staff_id = on_the_line(session)
        switching.agree(session, contact, Channel.sms, staff_id, at=now())
        contacts.start_wrapping_up(session, contact, at=now())
        session.flush()
        assert a_text(session).id == contact.id
        assert contact.state is ContactState.with_call_taker


def test_somebody_who_writes_already_has_one_conversation_only(system: System) -> None:
    with system.transaction() as session:
        a_text(session)
        contact, staff_id = on_the_line(session)
        with pytest.raises(CannotSwitchError, match="already"):
            switching.agree(session, contact, Channel.sms, staff_id, at=now())


def test_a_withheld_number_cannot_be_reached_another_way(system: System) -> None:
    with system.transaction() as session:
        contact, staff_id = on_the_line(session, sender=None)
        with pytest.raises(CannotSwitchError, match="withheld"):
            switching.agree(session, contact, Channel.sms, staff_id, at=now())


def test_only_whoever_has_the_contact_notes_it(system: System) -> None:
    with system.transaction() as session:
        contact, _ = on_the_line(session)
        somebody = making.staff_member(session).id
        with pytest.raises(contacts.NotYoursError):
            switching.agree(session, contact, Channel.sms, somebody, at=now())


def test_agreeing_twice_is_agreeing_once(system: System) -> None:
    with system.transaction() as session:
        contact, staff_id = on_the_line(session)
        for _ in range(2):
            switching.agree(session, contact, Channel.sms, staff_id, at=now())
        assert contact.also_by is Channel.sms


def test_a_conversation_that_goes_on_by_voice_gets_a_room_of_its_own(system: System) -> None:
    with system.transaction() as session:
        staff = making.staff_member(session)
        contact = making.conversation(session, staff)
        assert contact.conference_name is None
        switching.agree(session, contact, Channel.voice, staff.id, at=now())
        assert contact.conference_name is not None
