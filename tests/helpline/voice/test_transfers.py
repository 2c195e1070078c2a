"""A call goes over by the room: nobody is between two, and the caller stays where they are."""

import uuid

import pytest
import sqlalchemy as sa

from helpline.accounts.models import Availability, StaffMember
from helpline.contacts import contacts, switching
from helpline.contacts.models import Channel, ContactState, Happening
from helpline.outbox import Kind
from helpline.voice import bridges, calls, transfers
from helpline.voice.call_plan import GoTo, Join
from helpline.voice.models import Leg, LegRole, LegState
from helpline.voice.transfers import CannotTransferError
from tests.helpline import making
from tests.helpline.voice.bridging import BridgeLine
from tests.system import System


@pytest.fixture
def line(system: System) -> BridgeLine:
    return BridgeLine(system)


@pytest.fixture
def tom(line: BridgeLine) -> uuid.UUID:
    with line.system.transaction() as session:
        return making.staff_member(session, since=line.at).id


def ask(line: BridgeLine, tom: uuid.UUID, *, directly: bool = False) -> Leg:
    with line.work() as (session, contact):
        return transfers.ask(
            session, contact, tom, directly=directly, by=line.staff_id, at=line.later()
        )


def do(line: BridgeLine, rule) -> None:
    with line.work() as (session, contact):
        rule(session, contact, by=line.staff_id, at=line.later())


def availability(line: BridgeLine, staff_id: uuid.UUID) -> Availability:
    with line.system.transaction() as session:
        return session.get_one(StaffMember, staff_id, populate_existing=True).availability


def test_consulted_first_they_talk_while_everybody_else_is_held(
    line: BridgeLine, tom: uuid.UUID
) -> None:
    partner = line.joined()
    leg = ask(line, tom)
    assert ask(line, tom).id == leg.id, "asked twice, it rings once"
    line.answer(leg)
    assert isinstance(line.press(leg)[-1], GoTo)
    assert line.caller.is_held
    assert line.read(partner).is_held
    line.carry_out()
    assert isinstance(line.knock(leg)[0], Join)


def test_the_call_moves_only_when_the_colleague_is_in_the_room(
    line: BridgeLine, tom: uuid.UUID
) -> None:
    partner = line.joined()
    leg = ask(line, tom)
    with pytest.raises(CannotTransferError, match="stays with you"):
        do(line, transfers.hand_over)
    line.comes_in(leg)
    assert line.contact.owner_id == line.staff_id
    do(line, transfers.hand_over)
    assert line.contact.owner_id == tom
    assert not line.caller.is_held
    assert not line.read(partner).is_held
    assert (line.read(leg).role, line.read(line.taker).role) == (
        LegRole.call_taker,
        LegRole.colleague,
    )


def test_directly_the_call_is_theirs_as_soon_as_they_are_in(
    line: BridgeLine, tom: uuid.UUID
) -> None:
    line.comes_in(ask(line, tom, directly=True))
    assert line.contact.owner_id == tom
    assert not line.caller.is_held
    assert Happening.handed_over in line.timeline()


def test_whoever_had_the_call_leaves_and_nobody_else_does(line: BridgeLine, tom: uuid.UUID) -> None:
    leg = line.comes_in(ask(line, tom, directly=True))
    with line.work() as (session, contact):
        transfers.leave(session, contact, line.staff_id, at=line.later())
    line.phone_ends(line.read(line.taker))
    assert line.contact.state is ContactState.with_call_taker
    assert line.read(leg).state is LegState.joined
    assert availability(line, line.staff_id) is Availability.wrapping_up
    assert availability(line, tom) is Availability.busy


def test_whoever_had_the_call_and_stays_keeps_nobody_on_hold(
    line: BridgeLine, tom: uuid.UUID
) -> None:
    partner = line.joined()
    line.comes_in(ask(line, tom, directly=True))
    line.staff_id = tom
    line.do(bridges.brief)
    assert line.caller.is_held
    assert not line.read(line.taker).is_held
    line.phone_ends(partner)
    assert not line.caller.is_held


def test_whoever_has_the_call_cannot_just_leave(line: BridgeLine) -> None:
    with line.work() as (session, contact), pytest.raises(CannotTransferError, match="yours"):
        transfers.leave(session, contact, line.staff_id, at=line.later())


def test_a_colleague_in_the_room_goes_on_where_the_call_takers_phone_dies(
    line: BridgeLine, tom: uuid.UUID
) -> None:
    line.comes_in(ask(line, tom))
    line.phone_ends(line.taker)
    assert line.contact.state is ContactState.with_call_taker
    assert line.contact.owner_id == tom
    assert not line.caller.is_held
    assert Kind.ring_call_taker not in line.promises()


def test_a_call_that_is_kept_brings_the_caller_back(line: BridgeLine, tom: uuid.UUID) -> None:
    leg = line.comes_in(ask(line, tom))
    assert line.caller.is_held
    do(line, transfers.stop)
    line.phone_ends(line.read(leg))
    assert not line.caller.is_held
    assert availability(line, tom) is Availability.ready
    assert line.contact.owner_id == line.staff_id


def test_only_a_colleague_whose_phone_is_free_is_asked(line: BridgeLine) -> None:
    with line.system.transaction() as session:
        off = making.staff_member(session, Availability.off_shift, since=line.at).id
    for nobody in (off, line.staff_id):
        with pytest.raises(CannotTransferError, match="phone is free"):
            ask(line, nobody)


def test_only_whoever_has_the_call_hands_it_over(line: BridgeLine, tom: uuid.UUID) -> None:
    line.staff_id = tom
    with pytest.raises(contacts.NotYoursError):
        ask(line, tom)


def test_a_call_that_moves_twice_keeps_nobody_on_hold_and_frees_everybody(
    line: BridgeLine, tom: uuid.UUID
) -> None:
    partner, priya = line.joined(), line.staff_id
    toms = line.comes_in(ask(line, tom, directly=True))
    line.staff_id = tom
    with line.system.transaction() as session:
        ann = making.staff_member(session, since=line.at).id
    line.comes_in(ask(line, ann, directly=True))
    assert line.contact.owner_id == ann

    line.staff_id = ann
    line.do(bridges.brief)
    assert line.caller.is_held
    line.phone_ends(partner)
    assert not line.caller.is_held, "two colleagues who had the call before are no reason to hold"
    line.phone_ends(line.read(toms))
    line.phone_ends(line.read(line.taker))
    assert availability(line, tom) is Availability.wrapping_up
    assert availability(line, priya) is Availability.wrapping_up


def test_a_colleague_is_free_again_when_a_talk_in_a_conversation_by_text_ends(
    system: System,
) -> None:
    at = making.now()
    with system.transaction() as session:
        priya, tom = (making.staff_member(session, Availability.busy, since=at) for _ in "ab")
        contact = making.conversation(session, priya)
        switching.agree(session, contact, Channel.voice, priya.id, at=at)
        for role, staff_id in (
            (LegRole.caller, None),
            (LegRole.call_taker, priya.id),
            (LegRole.colleague, tom.id),
        ):
            session.add(
                Leg(
                    contact_id=contact.id,
                    role=role,
                    staff_id=staff_id,
                    call_sid=making.sid("CA"),
                    state=LegState.joined,
                    made_at=at,
                    joined_at=at,
                    asked_by_id=priya.id if role is LegRole.colleague else None,
                )
            )
        session.flush()
        calls.end_call(session, contact, priya.id, at=at)
        session.flush()
        assert contact.state is ContactState.with_call_taker
        assert (priya.availability, tom.availability) == (Availability.ready, Availability.ready)


def test_to_whom_a_call_could_go_is_one_question_however_many_are_here(line: BridgeLine) -> None:
    with line.system.transaction() as session:
        here = [making.staff_member(session, since=line.at) for _ in range(6)]
        here[0].phone_token = None
        making.staff_member(session, Availability.off_shift, since=line.at)
        ids = {each.id for each in here[1:]}
    asked: list[str] = []
    with line.work() as (session, contact):
        engine = session.get_bind()
        sa.event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        found = transfers.colleagues(session, contact, at=line.at)
        assert {each.id for each in found} == ids
        assert len(asked) == 1
