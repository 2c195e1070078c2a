"""A contact changes hands without the caller noticing, and is never between two call-takers."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session

from helpline.accounts import availability
from helpline.accounts.models import Availability, StaffMember
from helpline.clock import now
from helpline.contacts import contacts, handing_over
from helpline.contacts.handing_over import CannotHandOverError
from helpline.contacts.models import Channel, Contact, ContactState
from tests.helpline import making
from tests.system import System


class Desk:
    """Priya has a conversation; Tom and Ana are on shift too."""

    def __init__(self, system: System) -> None:
        self.system = system
        with system.transaction() as session:
            people = [making.staff_member(session) for _ in range(3)]
            for person in people:
                availability.become(session, person, Availability.ready, at=now())
            self.priya, self.tom, self.ana = (person.id for person in people)
            owner = session.get_one(StaffMember, self.priya)
            self.contact_id = making.conversation(session, owner).id

    def contact(self) -> Contact:
        with self.system.transaction() as session:
            return session.get_one(Contact, self.contact_id)

    def offer(self, by: uuid.UUID, to: uuid.UUID) -> None:
        with self.system.transaction() as session:
            handing_over.offer(session, self.locked(session), by, to, at=now())

    def accept(self, who: uuid.UUID) -> None:
        with self.system.transaction() as session:
            handing_over.accept(session, self.locked(session), who, at=now())

    def take_back(self, who: uuid.UUID) -> None:
        with self.system.transaction() as session:
            handing_over.take_back(session, self.locked(session), who)

    def locked(self, session: Session) -> Contact:
        found = contacts.locked(session, self.contact_id)
        assert found is not None
        return found


@pytest.fixture
def desk(system: System) -> Desk:
    return Desk(system)


def test_until_the_colleague_goes_on_it_stays_where_it_is(desk: Desk) -> None:
    desk.offer(desk.priya, desk.tom)
    assert desk.contact().owner_id == desk.priya


def test_the_colleague_who_goes_on_has_it(desk: Desk) -> None:
    desk.offer(desk.priya, desk.tom)
    desk.accept(desk.tom)
    contact = desk.contact()
    assert (contact.owner_id, contact.state) == (desk.tom, ContactState.with_call_taker)
    assert contact.offered_to_id is None


def test_going_on_twice_is_going_on_once(desk: Desk) -> None:
    desk.offer(desk.priya, desk.tom)
    desk.accept(desk.tom)
    desk.accept(desk.tom)
    assert desk.contact().owner_id == desk.tom


def test_only_the_colleague_who_was_asked_can_go_on(desk: Desk) -> None:
    desk.offer(desk.priya, desk.tom)
    with pytest.raises(contacts.NotYoursError):
        desk.accept(desk.ana)
    assert desk.contact().owner_id == desk.priya


def test_what_is_not_mine_cannot_be_given_away(desk: Desk) -> None:
    with pytest.raises(contacts.NotYoursError):
        desk.offer(desk.tom, desk.ana)


def test_a_no_leaves_it_with_whoever_has_it(desk: Desk) -> None:
    desk.offer(desk.priya, desk.tom)
    desk.take_back(desk.tom)
    with pytest.raises(contacts.NotYoursError):
        desk.accept(desk.tom)
    assert desk.contact().owner_id == desk.priya


def test_an_offer_that_was_taken_back_cannot_be_accepted(desk: Desk) -> None:
    desk.offer(desk.priya, desk.tom)
    desk.take_back(desk.priya)
    with pytest.raises(contacts.NotYoursError):
        desk.accept(desk.tom)


def test_somebody_else_can_neither_accept_nor_refuse(desk: Desk) -> None:
    desk.offer(desk.priya, desk.tom)
    with pytest.raises(contacts.NotYoursError):
        desk.take_back(desk.ana)


def test_a_colleague_who_has_gone_home_cannot_be_asked(desk: Desk) -> None:
    with desk.system.transaction() as session:
        tom = availability.locked(session, desk.tom)
        availability.become(session, tom, Availability.off_shift, at=now())
    with pytest.raises(CannotHandOverError, match="on shift"):
        desk.offer(desk.priya, desk.tom)


def test_nobody_hands_over_to_themselves(desk: Desk) -> None:
    with pytest.raises(CannotHandOverError):
        desk.offer(desk.priya, desk.priya)


def test_a_conversation_that_ended_meanwhile_is_not_handed_over(desk: Desk) -> None:
    desk.offer(desk.priya, desk.tom)
    with desk.system.transaction() as session:
        contacts.start_wrapping_up(session, desk.locked(session), at=now())
    with pytest.raises(contacts.NotYoursError):
        desk.accept(desk.tom)
    assert desk.contact().owner_id == desk.priya


def test_what_is_handed_back_to_all_is_offered_to_nobody_any_more(desk: Desk) -> None:
    desk.offer(desk.priya, desk.tom)
    with desk.system.transaction() as session:
        contacts.hand_back(session, desk.locked(session), at=now(), by=desk.priya)
    with pytest.raises(contacts.NotYoursError):
        desk.accept(desk.tom)
    assert desk.contact().state is ContactState.waiting


def test_a_call_stays_with_the_phone_on_which_it_is(desk: Desk) -> None:
    with desk.system.transaction() as session:
        call = making.waiting_call(session, at=now())
        contacts.take(session, call, desk.priya, at=now())
        assert call.channel is Channel.voice
        with pytest.raises(CannotHandOverError, match="call"):
            handing_over.offer(session, call, desk.priya, desk.tom, at=now())
        assert call.offered_to_id is None


def test_two_accepted_at_the_same_instant_do_not_exceed_what_one_can_hold(system: System) -> None:
    desk, other = Desk(system), Desk(system)
    with system.transaction() as session:
        session.get_one(StaffMember, desk.tom).text_capacity = 1
    desk.offer(desk.priya, desk.tom)
    other.offer(other.priya, desk.tom)

    def accept(which: Desk) -> bool:
        try:
            which.accept(desk.tom)
        except CannotHandOverError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(accept, (desk, other))) == [False, True]
