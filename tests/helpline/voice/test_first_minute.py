"""The first minute: what was answered, and what follows from it."""

import uuid

import pytest
import sqlalchemy as sa

from helpline.accounts.models import Role, StaffMember
from helpline.clock import now
from helpline.contacts import alarms, contacts, need
from helpline.contacts.alarms import AlarmKind
from helpline.contacts.models import Contact, Need
from helpline.phone_numbers import PhoneNumber
from helpline.voice import first_minute
from helpline.voice.first_minute import Answer, Answers, FirstMinute, IfCutOff
from tests.helpline import making
from tests.system import System

BOX = PhoneNumber("+442079460555")


class Call:
    """A call that Priya has."""

    def __init__(self, system: System) -> None:
        self.system = system
        with system.transaction() as session:
            self.priya = making.staff_member(session)
            self.morgan = making.staff_member(session, role=Role.supervisor)
            contact = making.waiting_call(session, at=now())
            contacts.take(session, contact, self.priya.id, at=now())
            self.id = contact.id

    def note(self, answers: Answers, by: StaffMember | None = None) -> None:
        with self.system.transaction() as session:
            contact = contacts.locked(session, self.id)
            assert contact is not None
            first_minute.note(session, contact, (by or self.priya).id, answers, at=now())

    def mark(self, *, is_child: bool) -> None:
        with self.system.transaction() as session:
            contact = contacts.locked(session, self.id)
            assert contact is not None
            first_minute.mark_child(session, contact, self.priya.id, is_child=is_child, at=now())

    @property
    def contact(self) -> Contact:
        with self.system.transaction() as session:
            return session.get_one(Contact, self.id, populate_existing=True)

    @property
    def noted(self) -> FirstMinute:
        with self.system.transaction() as session:
            found = first_minute.read(session, self.id)
            assert found is not None
            return found

    def number_to_ring_back(self) -> uuid.UUID | None:
        with self.system.transaction() as session:
            return first_minute.number_to_ring_back(session, self.contact)

    def alarms(self) -> list[AlarmKind]:
        with self.system.transaction() as session:
            return [each.kind for each in alarms.unseen(session, self.morgan.id)]


@pytest.fixture
def call(system: System) -> Call:
    return Call(system)


def test_what_was_answered_is_kept_and_a_newer_answer_stands(call: Call) -> None:
    call.note(Answers(Answer.yes, Answer.not_clear, where=" By the station "))
    call.note(Answers(Answer.no, Answer.no, where="In the library"))
    noted = call.noted
    assert (noted.safe_to_talk, noted.in_danger, noted.where) == (
        Answer.no,
        Answer.no,
        "In the library",
    )
    assert call.alarms() == []


def test_where_they_are_is_locked_in_the_database(call: Call) -> None:
    call.note(Answers(where="By the station"))
    with call.system.transaction() as session:
        stored = session.execute(sa.text('SELECT "where" FROM first_minute')).scalar_one()
    assert "station" not in stored


def test_danger_puts_them_first_and_alarms_the_supervisors_until_it_is_over(call: Call) -> None:
    call.note(Answers(in_danger=Answer.yes))
    assert Need.danger in call.contact.need_because
    assert call.alarms() == [AlarmKind.danger]
    call.note(Answers(in_danger=Answer.no))
    assert Need.danger not in call.contact.need_because


def test_nobody_is_rung_back_who_did_not_say_so(call: Call) -> None:
    assert call.number_to_ring_back() is None
    call.note(Answers(if_cut_off=IfCutOff.not_asked, number=BOX))
    assert call.number_to_ring_back() is None
    call.note(Answers(if_cut_off=IfCutOff.do_not_ring, number=BOX))
    assert call.number_to_ring_back() is None


def test_they_are_rung_back_on_the_telephone_that_they_named(call: Call) -> None:
    call.note(Answers(if_cut_off=IfCutOff.ring_back))
    assert call.number_to_ring_back() is None, "their number is withheld"
    call.note(Answers(if_cut_off=IfCutOff.ring_back, number=BOX))
    named = call.number_to_ring_back()
    assert named is not None
    call.note(Answers(if_cut_off=IfCutOff.ring_back))
    assert call.number_to_ring_back() == named, "not named again, it stays"


def test_only_whoever_has_the_call_notes_it(call: Call) -> None:
    with pytest.raises(contacts.NotYoursError):
        call.note(Answers(), by=call.morgan)
    with pytest.raises(first_minute.WordsTooLongError):
        call.note(Answers(where="x" * 501))


def test_a_child_goes_before_others_from_then_on(call: Call) -> None:
    call.mark(is_child=True)
    assert call.contact.is_child
    assert Need.child in call.contact.need_because
    call.mark(is_child=False)
    assert not call.contact.is_child
    assert Need.child not in call.contact.need_because


def test_danger_that_they_told_by_a_key_stands_until_somebody_asks_them(call: Call) -> None:
    with call.system.transaction() as session:
        contact = contacts.locked(session, call.id)
        assert contact is not None
        need.add(contact, Need.danger)
    for unasked in (Answers(Answer.yes), Answers(in_danger=Answer.not_clear)):
        call.note(unasked)
        assert Need.danger in call.contact.need_because
    call.note(Answers(in_danger=Answer.no))
    assert Need.danger not in call.contact.need_because


def test_danger_that_was_noted_by_mistake_is_taken_back_by_taking_the_answer_back(
    call: Call,
) -> None:
    call.note(Answers(in_danger=Answer.yes))
    call.note(Answers())
    assert Need.danger not in call.contact.need_because
