"""Who is rung for whom: the longest free first, one at a time, nobody twice at once."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import psycopg
import pytest
import sqlalchemy as sa

from helpline import outbox
from helpline.accounts import availability
from helpline.accounts.models import Availability, StaffMember
from helpline.clock import now
from helpline.contacts import contacts, need
from helpline.contacts.models import Contact, ContactState, Ending, Need
from helpline.voice import calls, ringing, routing
from helpline.voice.models import Leg, LegEnding, LegRole, LegState
from tests.helpline import making
from tests.system import System

SECOND = timedelta(seconds=1)


@pytest.fixture
def at() -> datetime:
    return now()


def add_staff(system: System, *since: datetime, **options: object) -> list[uuid.UUID]:
    with system.transaction() as session:
        return [
            making.staff_member(session, since=each, **options).id  # type: ignore[arg-type]
            for each in since
        ]


def add_call(system: System, at: datetime) -> uuid.UUID:
    with system.transaction() as session:
        return making.waiting_call(session, at=at).id


def rung(system: System) -> dict[uuid.UUID, uuid.UUID | None]:
    """Whose phone rings for each contact."""
    with system.transaction() as session:
        live = sa.select(Leg).where(Leg.role == LegRole.call_taker, Leg.state != LegState.ended)
        return {leg.contact_id: leg.staff_id for leg in session.scalars(live)}


def offer_waiting(system: System, at: datetime) -> int:
    with system.transaction() as session:
        return routing.offer_waiting(session, at=at)


def no_answer(system: System, contact_id: uuid.UUID, at: datetime) -> None:
    with system.transaction() as session:
        leg = routing.live_offer(session, contact_id)
        assert leg is not None
        calls.call_taker_leg_ended(session, leg, LegEnding.not_answered, at=at)


def test_the_longest_free_call_taker_is_rung(system: System, at: datetime) -> None:
    _, longest, _ = add_staff(system, at - SECOND, at - 9 * SECOND, at - 5 * SECOND)
    contact = add_call(system, at)
    assert rung(system) == {contact: longest}


def known_caller(system: System, staff_id: uuid.UUID, at: datetime) -> making.PhoneNumber:
    """Let somebody have talked with one call-taker an hour ago."""
    number = making.number()
    with system.transaction() as session:
        earlier = making.arriving_call(session, at=at - timedelta(hours=1), sender=number)
        contact = session.get_one(Contact, earlier.contact_id)
        contact.owner_id, contact.state = staff_id, ContactState.with_call_taker
        calls.caller_left(session, earlier, at=at - timedelta(minutes=50))
        contacts.close(session, contact, Ending.wrapped_up, at=at - timedelta(minutes=45))
    return number


def rings_again(system: System, number: making.PhoneNumber, at: datetime) -> uuid.UUID:
    with system.transaction() as session:
        leg = making.arriving_call(session, at=at, sender=number)
        joined = calls.ConferenceEvent("participant-join", making.sid("CF"), leg.call_sid, "")
        calls.conference_changed(session, leg.contact_id, joined, at=at)
        return leg.contact_id


def test_whoever_rings_again_gets_the_same_call_taker_where_they_are_free(
    system: System, at: datetime
) -> None:
    known, _ = add_staff(system, at - SECOND, at - 9 * SECOND)
    number = known_caller(system, known, at)
    contact = rings_again(system, number, at)
    assert rung(system)[contact] == known


def test_whoever_rings_again_does_not_wait_for_one_person(system: System, at: datetime) -> None:
    known, other = add_staff(system, at - SECOND, at - 9 * SECOND)
    number = known_caller(system, known, at)
    with system.transaction() as session:
        availability.choose(session, known, Availability.away, at=at)
    contact = rings_again(system, number, at)
    assert rung(system)[contact] == other
    with system.transaction() as session:
        assert Need.returning in need.reasons(session.get_one(Contact, contact))


def test_whoever_waits_longest_is_served_first(system: System, at: datetime) -> None:
    later, first = add_call(system, at), add_call(system, at - 60 * SECOND)
    (only,) = add_staff(system, at)
    offer_waiting(system, at)
    assert rung(system) == {first: only}
    assert later not in rung(system)


def test_a_caller_who_was_cut_off_goes_before_those_who_wait_longer(
    system: System, at: datetime
) -> None:
    add_call(system, at - 60 * SECOND)
    cut_off = add_call(system, at)
    with system.transaction() as session:
        need.add(session.get_one(Contact, cut_off), Need.cut_off)
    (only,) = add_staff(system, at)
    offer_waiting(system, at)
    assert rung(system) == {cut_off: only}


@pytest.mark.parametrize(
    "state",
    [Availability.off_shift, Availability.busy, Availability.wrapping_up, Availability.away],
)
def test_only_those_who_are_ready_are_rung(
    system: System, at: datetime, state: Availability
) -> None:
    add_staff(system, at, availability=state)
    add_call(system, at)
    assert rung(system) == {}
    assert offer_waiting(system, at) == 0


def test_those_without_a_phone_or_no_longer_here_are_not_rung(system: System, at: datetime) -> None:
    add_staff(system, at, has_phone=False)
    (gone,) = add_staff(system, at)
    with system.transaction() as session:
        session.get_one(StaffMember, gone).is_active = False
    add_call(system, at)
    assert rung(system) == {}


def test_a_phone_rings_for_one_caller_at_a_time(system: System, at: datetime) -> None:
    (only,) = add_staff(system, at)
    first, second = add_call(system, at), add_call(system, at)
    assert rung(system) == {first: only}
    assert offer_waiting(system, at) == 0
    assert second not in rung(system)


def test_who_was_rung_least_for_this_wait_is_rung_next(system: System, at: datetime) -> None:
    longest, other = add_staff(system, at - 9 * SECOND, at)
    contact = add_call(system, at)
    assert rung(system) == {contact: longest}
    no_answer(system, contact, at + 20 * SECOND)
    assert rung(system) == {contact: other}
    no_answer(system, contact, at + 40 * SECOND)
    assert rung(system) == {contact: longest}, "everybody once, then round again"


def test_a_phone_that_was_not_answered_rests_before_it_rings_again(
    system: System, at: datetime
) -> None:
    (only,) = add_staff(system, at)
    contact = add_call(system, at)
    no_answer(system, contact, at)
    assert offer_waiting(system, at + routing.RING_AGAIN_AFTER - SECOND) == 0
    assert offer_waiting(system, at + routing.RING_AGAIN_AFTER + SECOND) == 1
    assert rung(system) == {contact: only}


def test_a_phone_that_rang_in_vain_for_one_caller_does_not_rest_for_the_next(
    system: System, at: datetime
) -> None:
    (only,) = add_staff(system, at)
    first, second = add_call(system, at), add_call(system, at)
    no_answer(system, first, at)
    offer_waiting(system, at + SECOND)
    assert rung(system) == {second: only}


def test_a_contact_is_offered_once_however_many_offer_it_at_once(
    system: System, at: datetime
) -> None:
    made = [add_call(system, at) for _ in range(4)]
    staff = add_staff(system, *[at] * 4)
    together = Barrier(8, timeout=10)

    def offer(_: int) -> int:
        together.wait()
        return offer_waiting(system, at)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(offer, range(8)))
    offer_waiting(system, at)
    found = rung(system)
    assert set(found) == set(made)
    assert set(found.values()) == set(staff)
    with system.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(outbox.Promise)) == 4


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE leg SET state = 'promised', ended_at = NULL WHERE role = 'call_taker'",
        "UPDATE leg SET is_in_menu = true, menu_at = now() WHERE role = 'caller'",
    ],
    ids=["a phone begins to ring", "a choice is given"],
)
def test_what_happens_to_a_call_before_it_is_held_stops_no_other_offer(
    system: System, at: datetime, change: str
) -> None:
    """Neither shows in the call's own row, and the line was read before that was held."""
    first, second = add_call(system, at - 60 * SECOND), add_call(system, at)
    earlier, _, _ = add_staff(system, at, at, at)
    with system.transaction() as session:
        rang = Leg(contact_id=first, staff_id=earlier, role=LegRole.call_taker, made_at=at)
        rang.state, rang.ended_at = LegState.ended, at - 60 * SECOND
        session.add(rang)
    with making.in_between(system, "SKIP LOCKED", f"{change} AND contact_id = '{first}'"):
        assert offer_waiting(system, at) == 1
    assert second in rung(system)


def test_whoever_another_process_holds_is_not_waited_for(system: System, at: datetime) -> None:
    contact, second = add_call(system, at), add_call(system, at + SECOND)
    held, third = add_staff(system, at - 9 * SECOND, at)
    with psycopg.connect(system.listening_address) as other:
        other.execute("SELECT 1 FROM staff_member WHERE id = %s FOR UPDATE", (held,))
        assert offer_waiting(system, at) == 1
        assert rung(system) == {contact: third}
    assert offer_waiting(system, at) == 1
    assert rung(system) == {contact: third, second: held}


def test_people_who_come_free_together_are_each_rung_for_the_caller_they_know(
    system: System, at: datetime
) -> None:
    dora, emil, ines = add_staff(system, at - 9 * SECOND, at - 8 * SECOND, at - 7 * SECOND)
    of_ines, of_dora = known_caller(system, ines, at), known_caller(system, dora, at)
    with system.transaction() as session:
        session.execute(sa.update(StaffMember).values(availability=Availability.away))
    first = add_call(system, at - timedelta(hours=1))
    second, third = rings_again(system, of_ines, at), rings_again(system, of_dora, at + SECOND)
    with system.transaction() as session:
        session.execute(sa.update(StaffMember).values(availability=Availability.ready))
    assert offer_waiting(system, at + 3 * SECOND) == 3
    assert rung(system) == {first: dora, second: ines, third: emil}, "nobody's place is kept"


def test_taking_a_call_rings_ones_own_phone_once(system: System, at: datetime) -> None:
    (me,) = add_staff(system, at, availability=Availability.away)
    contact = add_call(system, at)
    with system.transaction() as session:
        first = routing.take(session, contact, me, at=at)
        assert routing.take(session, contact, me, at=at).id == first.id
    assert rung(system) == {contact: me}


def test_a_call_that_rings_for_a_colleague_cannot_be_taken(system: System, at: datetime) -> None:
    (colleague,) = add_staff(system, at)
    contact = add_call(system, at)
    (me,) = add_staff(system, at, availability=Availability.away)
    with system.transaction() as session, pytest.raises(contacts.TakenAlreadyError):
        routing.take(session, contact, me, at=at)
    assert rung(system) == {contact: colleague}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"has_phone": False, "availability": Availability.away}, "no phone yet"),
        ({"availability": Availability.busy}, "in use"),
    ],
)
def test_a_call_cannot_be_taken_without_a_free_phone(
    system: System, at: datetime, options: dict[str, object], sentence: str
) -> None:
    (me,) = add_staff(system, at, **options)
    contact = add_call(system, at)
    with (
        system.transaction() as session,
        pytest.raises(routing.CannotRingError, match=sentence),
    ):
        routing.take(session, contact, me, at=at)


def test_a_contact_that_does_not_wait_is_not_offered(system: System, at: datetime) -> None:
    with system.transaction() as session:
        leg = making.arriving_call(session, at=at)
    add_staff(system, at)
    assert offer_waiting(system, at) == 0
    with system.transaction() as session, pytest.raises(contacts.TakenAlreadyError):
        routing.take(session, leg.contact_id, uuid.uuid4(), at=at)
    with system.transaction() as session, pytest.raises(contacts.TakenAlreadyError):
        routing.take(session, uuid.uuid4(), uuid.uuid4(), at=at)


def answer(system: System, contact_id: uuid.UUID, at: datetime) -> Leg:
    with system.transaction() as session:
        leg = routing.live_offer(session, contact_id)
        assert leg is not None
        ringing.phone_answered(session, leg.id, f"CA{leg.id.hex}", at=at)
        ringing.key_pressed(session, leg.id, ringing.TAKE_IT, at=at)
        return leg


def read_staff(system: System, staff_id: uuid.UUID) -> StaffMember:
    with system.transaction() as session:
        return session.get_one(StaffMember, staff_id)


def test_a_caller_who_is_cut_off_is_offered_to_the_same_call_taker_first(
    system: System, at: datetime
) -> None:
    had, _longer_free = add_staff(system, at, at - 99 * SECOND)
    with system.transaction() as session:
        availability.become(
            session, session.get_one(StaffMember, _longer_free), Availability.away, at=at
        )
    contact = add_call(system, at)
    leg = answer(system, contact, at)
    with system.transaction() as session:
        availability.become(
            session, session.get_one(StaffMember, _longer_free), Availability.ready, at=at
        )
    with system.transaction() as session:
        calls.call_taker_leg_ended(
            session, session.get_one(Leg, leg.id), LegEnding.failed, at=at + SECOND
        )
    assert rung(system) == {contact: had}
    with system.transaction() as session:
        assert session.get_one(Contact, contact).need


def test_a_caller_who_gives_up_after_a_cut_off_does_not_disturb_the_next_call(
    system: System, at: datetime
) -> None:
    """The call-taker who was cut off talks to somebody else by then."""
    (taker,) = add_staff(system, at)
    first = add_call(system, at)
    leg = answer(system, first, at)
    with system.transaction() as session:
        calls.call_taker_leg_ended(
            session, session.get_one(Leg, leg.id), LegEnding.failed, at=at + SECOND
        )
    no_answer(system, first, at + 2 * SECOND)
    second = add_call(system, at + 3 * SECOND)
    answer(system, second, at + 4 * SECOND)
    assert read_staff(system, taker).availability is Availability.busy
    with system.transaction() as session:
        caller = making.caller_leg(session, session.get_one(Contact, first))
        calls.caller_left(session, caller, at=at + 5 * SECOND)
    with system.transaction() as session:
        assert session.get_one(Contact, first).state is ContactState.wrapping_up
        assert session.get_one(Contact, second).state is ContactState.with_call_taker
    assert read_staff(system, taker).availability is Availability.busy
