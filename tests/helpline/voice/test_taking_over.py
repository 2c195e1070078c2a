"""A supervisor takes a call over: one call-taker at every instant, and the caller hears no gap."""

import pytest

from helpline.accounts.models import Availability, StaffMember
from helpline.audit import Act
from helpline.carrier import EVERYBODY
from helpline.contacts import contacts
from helpline.contacts.models import ContactState, Happening
from helpline.outbox import Kind
from helpline.voice import supervising, taking_over
from helpline.voice.models import Leg, LegRole, LegState, Manner
from helpline.voice.supervising import CannotListenError
from tests.helpline.voice.test_supervising import Watched
from tests.system import System


@pytest.fixture
def call(system: System) -> Watched:
    return Watched(system)


def take_over(call: Watched) -> None:
    with call.system.transaction() as session:
        contact = contacts.locked(session, call.contact_id)
        taking_over.take_over(session, contact, call.supervisor_id, at=call.later())


def availability(call: Watched, staff_id) -> Availability:
    with call.system.transaction() as session:
        return session.get_one(StaffMember, staff_id, populate_existing=True).availability


def roles(call: Watched) -> dict[LegRole, object]:
    with call.system.transaction() as session:
        live = supervising.legs.live(session, call.contact_id)
        return {leg.role: leg.staff_id for leg in live if leg.role is not LegRole.caller}


@pytest.mark.parametrize("manner", list(Manner))
def test_the_call_is_the_supervisors_and_everybody_hears_them(
    call: Watched, manner: Manner
) -> None:
    leg = call.is_in(manner)
    take_over(call)
    take_over(call)
    assert call.contact.owner_id == call.supervisor_id
    assert call.heard_by(leg) == EVERYBODY
    assert call.promises()[-1] is Kind.set_manner
    assert roles(call) == {
        LegRole.call_taker: call.supervisor_id,
        LegRole.colleague: call.staff_id,
    }
    assert call.timeline().count(Happening.taken_over) == 1
    assert call.acts()[-1] is Act.call_taken_over


def test_whoever_had_it_may_leave_and_the_call_goes_on(call: Watched) -> None:
    leg = call.is_in(Manner.join_in)
    take_over(call)
    call.phone_ends(call.read(call.taker))
    assert call.contact.state is ContactState.with_call_taker
    assert call.read(leg).state is LegState.joined
    assert availability(call, call.staff_id) is not Availability.busy, "nobody is stuck"


def test_a_supervisor_who_takes_no_calls_takes_none_afterwards(call: Watched) -> None:
    with call.system.transaction() as session:
        found = session.get_one(StaffMember, call.supervisor_id)
        found.availability, found.ready_since = Availability.away, None
    call.is_in()
    take_over(call)
    call.call_ends()
    assert call.contact.state is ContactState.wrapping_up
    assert availability(call, call.supervisor_id) is Availability.away


def test_a_supervisor_who_joined_in_steps_in_when_the_call_takers_phone_goes_away(
    call: Watched,
) -> None:
    call.is_in(Manner.join_in)
    call.phone_ends(call.taker)
    assert call.contact.state is ContactState.with_call_taker
    assert call.contact.owner_id == call.supervisor_id
    assert Kind.hold_caller not in call.promises(), "the caller talks with them already"


def test_one_who_only_listens_does_not_but_may_take_over_the_caller_who_is_held(
    call: Watched,
) -> None:
    leg = call.is_in(Manner.listen)
    call.phone_ends(call.taker)
    assert call.contact.state is ContactState.waiting
    assert Kind.hold_caller in call.promises()
    take_over(call)
    assert call.contact.owner_id == call.supervisor_id
    assert call.promises().count(Kind.release_caller) == 1
    assert [role for role in roles(call) if role is LegRole.call_taker] == [LegRole.call_taker]
    assert call.heard_by(leg) == EVERYBODY


def test_nobody_takes_over_who_is_not_in_the_room(call: Watched) -> None:
    with pytest.raises(CannotListenError, match="Come into the call"):
        take_over(call)
    call.come_in()
    with pytest.raises(CannotListenError, match="Come into the call"):
        take_over(call)


def test_a_whisper_of_another_supervisor_stays_with_the_one_it_was_for(call: Watched) -> None:
    whispering = call.is_in(Manner.whisper)
    first = call.supervisor_id
    with call.system.transaction() as session:
        from helpline.accounts.models import Role
        from tests.helpline import making

        call.supervisor_id = making.staff_member(session, role=Role.supervisor).id
    call.is_in(Manner.join_in)
    take_over(call)
    assert call.heard_by(whispering) == call.taker.call_sid
    assert first != call.supervisor_id
    with call.system.transaction() as session:
        assert session.get_one(Leg, whispering.id).manner is Manner.whisper
