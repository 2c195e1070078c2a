"""How much one call-taker can have at once."""

import pytest
import sqlalchemy as sa

from helpline.accounts.models import Availability
from helpline.contacts.capacity import room_for
from helpline.contacts.models import Channel, Contact, ContactState
from tests.helpline import making
from tests.system import System


@pytest.mark.parametrize(("texts", "room"), [(0, True), (2, True), (3, False), (4, False)])
def test_there_is_room_for_three_conversations_by_text(
    system: System, texts: int, room: bool
) -> None:
    with system.transaction() as session:
        staff = making.staff_member(session)
        for _ in range(texts):
            making.conversation(session, staff)
        session.flush()
        assert room_for(session, staff.id, Channel.sms) is room


def test_somebody_may_hold_more_or_fewer(system: System) -> None:
    with system.transaction() as session:
        staff = making.staff_member(session)
        making.conversation(session, staff)
        staff.text_capacity = 1
        session.flush()
        assert not room_for(session, staff.id, Channel.sms)
        staff.text_capacity = 2
        session.flush()
        assert room_for(session, staff.id, Channel.sms)


def test_what_is_only_to_be_wrapped_up_takes_no_room(system: System) -> None:
    with system.transaction() as session:
        staff = making.staff_member(session)
        staff.text_capacity = 1
        making.conversation(session, staff).state = ContactState.wrapping_up
        session.flush()
        assert room_for(session, staff.id, Channel.sms)


def test_a_call_fills_a_call_taker(system: System) -> None:
    with system.transaction() as session:
        staff = making.staff_member(session, Availability.busy)
        assert not room_for(session, staff.id, Channel.voice)
        assert not room_for(session, staff.id, Channel.sms)


def test_beside_many_texts_no_call_is_offered(system: System) -> None:
    with system.transaction() as session:
        staff = making.staff_member(session)
        for _ in range(3):
            making.conversation(session, staff)
        session.flush()
        assert not room_for(session, staff.id, Channel.voice)


def test_a_full_call_taker_is_told_so_and_the_text_waits_on(system: System) -> None:
    priya = system.call_taker("Priya", None).ready()
    numbers = [f"07700 9001{n:02}" for n in range(4)]
    for number in numbers:
        system.handset(number).text("hello")
    with system.transaction() as session:
        waiting = [
            each.id
            for each in session.scalars(sa.select(Contact)).all()
            if each.state is ContactState.waiting
        ]
    answers = [priya.take(contact_id) for contact_id in waiting]
    assert [each.status_code for each in answers] == [204, 204, 204, 422]
    assert "as many conversations as you can hold" in answers[-1].text
