"""The life of a contact: by the table of steps, by whoever has it, and never by mistake."""

import uuid
from itertools import pairwise

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from helpline import audit
from helpline.accounts.models import StaffMember
from helpline.clock import now
from helpline.contacts import callers, contacts, wrap_up
from helpline.contacts.contacts import NotYoursError, StepNotAllowedError, TakenAlreadyError
from helpline.contacts.models import (
    STEPS,
    Caller,
    Contact,
    ContactState,
    Ending,
    Note,
    WrapUp,
)
from helpline.contacts.wrap_up import Coding, UnknownCodeError
from helpline.sms import conversations, inbox
from helpline.voice import calls, ringing, routing
from helpline.voice.models import LegEnding
from tests.helpline import making
from tests.system import System

CODING = Coding(
    contact_type="young_person_away",
    age_band="13_15",
    situation="missing_now",
    tonight="friends",
    risk="concern",
    outcome="listened_only",
    reasons=("family_conflict",),
    other_words="  kept calm  ",
)


class Desk:
    """Priya has a conversation; Tom sits beside her."""

    def __init__(self, system: System) -> None:
        self.system = system
        with system.transaction() as session:
            self.priya: StaffMember = making.staff_member(session)
            self.tom: StaffMember = making.staff_member(session)
            self.contact: Contact = making.conversation(session, self.priya)

    def end(self) -> None:
        with self.system.transaction() as session:
            contact = contacts.locked(session, self.contact.id)
            assert contact is not None
            conversations.end_conversation(session, contact, self.priya.id, at=now())

    def wrap_up(self, by: StaffMember | None = None, coding: Coding = CODING) -> None:
        with self.system.transaction() as session:
            contact = contacts.locked(session, self.contact.id)
            assert contact is not None
            wrap_up.wrap_up(session, contact, (by or self.priya).id, coding, at=now())

    def note(self, words: str, key: uuid.UUID | None = None) -> Note:
        with self.system.transaction() as session:
            contact = contacts.locked(session, self.contact.id)
            assert contact is not None
            key = key or uuid.uuid4()
            return contacts.write_note(session, contact, self.priya.id, words, key, at=now())

    def read(self) -> Contact:
        with self.system.transaction() as session:
            return session.get_one(Contact, self.contact.id, populate_existing=True)

    def count(self, table: type) -> int:
        with self.system.transaction() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


@pytest.fixture
def desk(system: System) -> Desk:
    return Desk(system)


@given(path=st.lists(st.sampled_from(ContactState), min_size=2, max_size=6))
def test_a_contact_moves_by_the_table_of_steps_and_in_no_other_way(
    path: list[ContactState],
) -> None:
    contact = Contact(state=path[0])
    for before, after in pairwise(path):
        if after in STEPS[before]:
            contacts.step(contact, after)
            assert contact.state is after
        else:
            with pytest.raises(StepNotAllowedError):
                contacts.step(contact, after)
            assert contact.state is before
            contact.state = after


def test_every_state_can_be_left_again() -> None:
    assert set(STEPS) == set(ContactState)
    assert all(STEPS.values())


def test_a_contact_that_somebody_has_cannot_be_taken(desk: Desk) -> None:
    with desk.system.transaction() as session:
        contact = contacts.locked(session, desk.contact.id)
        assert contact is not None
        with pytest.raises(TakenAlreadyError):
            contacts.take(session, contact, desk.tom.id, at=now())
    assert desk.read().owner_id == desk.priya.id


def test_a_contact_is_wrapped_up_once_and_closed(desk: Desk) -> None:
    desk.end()
    desk.wrap_up()
    desk.wrap_up()
    closed = desk.read()
    assert (closed.state, closed.ending) == (ContactState.closed, Ending.wrapped_up)
    with desk.system.transaction() as session:
        coded = session.scalars(sa.select(WrapUp)).one()
    assert coded.reasons == ["family_conflict"]
    assert coded.other_words == "kept calm"
    assert coded.taxonomy_version == wrap_up.taxonomy().version


def test_only_whoever_has_a_contact_wraps_it_up(desk: Desk) -> None:
    desk.end()
    with pytest.raises(NotYoursError):
        desk.wrap_up(by=desk.tom)
    assert desk.read().state is ContactState.wrapping_up


def test_a_contact_is_not_wrapped_up_while_the_talking_goes_on(desk: Desk) -> None:
    with pytest.raises(StepNotAllowedError):
        desk.wrap_up()
    assert desk.count(WrapUp) == 0


def test_a_conversation_that_was_reopened_is_not_closed_unread_by_an_old_form(desk: Desk) -> None:
    """The page was still open when the caller wrote again; it waits for somebody to read it."""
    desk.end()
    desk.wrap_up()
    with desk.system.transaction() as session:
        token = session.get_one(Caller, desk.contact.caller_id).number_token
        assert token is not None
        number = making.vault.number_for_carrier(session, token)
        inbox.text_arrived(session, making.incoming("please, one more thing", number), at=now())
    with pytest.raises(StepNotAllowedError):
        desk.wrap_up()
    assert desk.read().state is ContactState.waiting


def test_a_caller_who_waits_after_a_cut_off_is_not_closed_by_an_old_form(system: System) -> None:
    """Whoever was cut off still counts as the owner, but the caller is on the line."""
    with system.transaction() as session:
        staff = making.staff_member(session)
        contact = making.waiting_call(session, at=now())
        leg = routing.live_offer(session, contact.id)
        assert leg is not None
        making_it_hers(session, leg.id)
        calls.call_taker_leg_ended(session, leg, LegEnding.failed, at=now())
        session.flush()
        found = contacts.locked(session, contact.id)
        assert found is not None
        assert (found.state, found.owner_id) == (ContactState.waiting, staff.id)
        with pytest.raises(StepNotAllowedError):
            wrap_up.wrap_up(session, found, staff.id, CODING, at=now())


def making_it_hers(session: Session, leg_id: uuid.UUID) -> None:
    ringing.phone_answered(session, leg_id, making.sid("CA"), at=now())
    ringing.key_pressed(session, leg_id, "1", at=now())


@pytest.mark.parametrize(
    "changed",
    [{"risk": "nonsense"}, {"contact_type": ""}, {"reasons": ("nonsense",)}, {"age_band": "'"}],
)
def test_a_code_that_the_taxonomy_does_not_have_is_refused_by_name(
    desk: Desk, changed: dict[str, str]
) -> None:
    desk.end()
    with pytest.raises(UnknownCodeError, match=next(iter(changed))):
        desk.wrap_up(coding=Coding(**(vars(CODING) | changed)))  # type: ignore[arg-type]
    assert desk.read().state is ContactState.wrapping_up


def test_every_list_of_the_taxonomy_has_codes_and_labels_without_repeats() -> None:
    for name, rows in wrap_up.taxonomy().lists.items():
        codes = [code for code, _ in rows]
        assert codes, name
        assert len(set(codes)) == len(codes), name
        assert all(label.strip() for _, label in rows), name


def test_a_note_is_kept_once_for_each_form(desk: Desk) -> None:
    key = uuid.uuid4()
    assert desk.note("  she is safe  ", key).id == desk.note("she is safe", key).id
    assert desk.note("she is safe").words == "she is safe"
    assert desk.count(Note) == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "Write the note first"),
        (" \n", "Write the note first"),
        ("\x00", "Write the note first"),
        ("a" * 10_001, "has 10,001 characters"),
    ],
)
def test_a_note_of_nothing_or_too_much_is_refused(desk: Desk, words: str, sentence: str) -> None:
    with pytest.raises(contacts.WordsMissingError, match=sentence):
        desk.note(words)
    assert desk.count(Note) == 0


def test_a_conversation_that_is_handed_back_waits_for_a_colleague(desk: Desk) -> None:
    desk.end()
    with desk.system.transaction() as session:
        contact = contacts.locked(session, desk.contact.id)
        assert contact is not None
        contacts.hand_back(session, contact, at=now(), by=desk.priya.id)
        assert not contacts.has_open(session, desk.priya.id)
    assert (desk.read().state, desk.read().owner_id) == (ContactState.waiting, None)
    with desk.system.transaction() as session:
        contact = contacts.locked(session, desk.contact.id)
        assert contact is not None
        with pytest.raises(StepNotAllowedError):
            contacts.hand_back(session, contact, at=now(), by=desk.priya.id)
        contacts.take(session, contact, desk.tom.id, at=now())
        assert contacts.has_open(session, desk.tom.id)


def test_each_act_on_a_contact_is_on_the_record_with_who_did_it(desk: Desk) -> None:
    desk.note("a note")
    desk.end()
    desk.wrap_up()
    with desk.system.transaction() as session:
        acts = session.execute(
            sa.select(audit.AuditEntry.act, audit.AuditEntry.who)
            .where(audit.AuditEntry.about == desk.contact.id)
            .order_by(audit.AuditEntry.id)
        ).all()
    assert [tuple(act) for act in acts] == [
        (audit.Act.contact_opened, None),
        (audit.Act.text_received, None),
        (audit.Act.contact_taken, desk.priya.id),
        (audit.Act.note_written, desk.priya.id),
        (audit.Act.contact_ended, desk.priya.id),
        (audit.Act.contact_wrapped_up, desk.priya.id),
    ]


def test_a_reference_can_be_read_out_and_is_never_mistaken() -> None:
    made = {callers.new_reference() for _ in range(500)}
    assert len(made) > 490
    for reference in made:
        assert not set(reference) & set("0O1IL5S8B")
        assert reference[3] == "-"
        assert reference[0].isalpha()
        assert len(reference) == 7


def test_a_caller_is_recognised_by_their_number_and_a_withheld_one_never(system: System) -> None:
    number = making.number()
    with system.transaction() as session:
        first = callers.recognise(session, number, at=now())
        assert callers.recognise(session, number, at=now()).id == first.id
        withheld = {callers.recognise(session, None, at=now()).id for _ in range(3)}
    assert len(withheld) == 3
