"""Message Home on the telephone: a recipient rung from the task; both sides in one call."""

import uuid

import pytest
import sqlalchemy as sa

from helpline.accounts.models import Availability, Role, StaffMember
from helpline.clock import now
from helpline.confidentiality import consent
from helpline.confidentiality.consent import Agreed, Heard, Scope, Towards
from helpline.contacts.models import Contact, ContactState
from helpline.messages.happenings import Attempt, Outcome
from helpline.messages.models import Party, Thread
from helpline.messages.states import MessageState
from helpline.voice.models import Leg, LegRole
from tests.journeys.luke import WORD, Desk, call_from, contact_of, message_of, thread_of
from tests.journeys.telephones import in_a_call, is_ringing, pick_up
from tests.system import Handset, System

LUKES, KARENS = "07700 900834", "07700 900845"
PRIYAS_DESK, TOMS_DESK = "020 7946 0101", "020 7946 0102"
RINGS_OUT = 45


@pytest.fixture
def tom(system: System) -> Desk:
    return Desk(system, system.call_taker("Tom", TOMS_DESK))


@pytest.fixture
def karen(system: System) -> Handset:
    return system.handset(KARENS)


@pytest.fixture
def phone(system: System) -> Handset:
    return system.handset(TOMS_DESK)


@pytest.fixture
def message(system: System, tom: Desk) -> uuid.UUID:
    """Let Luke leave a message for Karen that Tom is about to give."""
    priya = Desk(system, system.call_taker("Priya", None).ready())
    morgan = Desk(system, system.call_taker("Morgan", None, Role.supervisor))
    contact = contact_of(system, system.handset(LUKES), priya.console, "tell my wife i am safe")
    thread = priya.begin(contact)
    party = priya.recipient(contact, thread, KARENS)
    made = priya.write(contact, thread, party)
    priya.agree(contact, thread, made)
    assert morgan.approve(made).status_code == 303
    tom.take(made)
    return made


def outcomes(system: System) -> list[Outcome]:
    with system.transaction() as session:
        return list(session.scalars(sa.select(Attempt.outcome).order_by(Attempt.at)))


def ring(system: System, tom: Desk, message: uuid.UUID) -> None:
    answer = tom.post(f"/messages/tasks/{message}/ring")
    assert answer.status_code == 303
    system.settle()


def test_a_recipient_is_rung_from_the_task_and_given_the_words(
    system: System, tom: Desk, phone: Handset, karen: Handset, message: uuid.UUID
) -> None:
    ring(system, tom, message)
    assert not is_ringing(karen)
    pick_up(phone)
    karen.answer()
    for secret in ("luke", "116", "helpline", "message", "safe"):
        assert secret not in karen.heard.lower()
    karen.press("1")
    assert in_a_call(karen)
    assert (
        "Somebody took the call" in tom.console.page(f"/messages/tasks/{message}/parts/call").text
    )
    for page in (f"/messages/tasks/{message}", f"/messages/tasks/{message}/parts/call"):
        assert "900845" not in tom.console.get(page).text.replace(" ", "")
    tom.tried(message, "given")
    assert message_of(system, message).state is MessageState.delivered
    assert outcomes(system) == [Outcome.given]
    with system.transaction() as session:
        call = session.scalars(sa.select(Contact).where(Contact.channel == "voice")).one()
        assert call.caller_id == session.scalars(sa.select(Party.caller_id)).one()
    assert tom.console.end(call.id).status_code == 204
    assert tom.console.wrap_up(call.id).status_code == 204


@pytest.mark.parametrize(
    ("how", "outcome"), [("rings out", Outcome.no_answer), ("machine", Outcome.not_taken)]
)
def test_a_try_that_reaches_nobody_is_noted_by_itself_and_says_nothing(
    system: System,
    tom: Desk,
    phone: Handset,
    karen: Handset,
    message: uuid.UUID,
    how: str,
    outcome: Outcome,
) -> None:
    ring(system, tom, message)
    pick_up(phone)
    if how == "machine":
        karen.answer()
    system.advance(RINGS_OUT)
    assert outcomes(system) == [outcome]
    assert message_of(system, message).with_id is None, "the task is free again, for another hour"
    with system.transaction() as session:
        call = session.scalars(sa.select(Contact).where(Contact.channel == "voice")).one()
        assert call.state is ContactState.closed
        staff = session.get_one(StaffMember, tom.console.staff_id)
        assert staff.availability is not Availability.busy
    again = tom.post(f"/messages/tasks/{message}/ring")
    assert again.status_code == 303
    system.settle()
    assert not is_ringing(phone), "not again: take the task first, at another time of day"


def test_a_message_taken_back_while_the_phones_ring_lets_nobody_be_rung(
    system: System, tom: Desk, phone: Handset, karen: Handset, message: uuid.UUID
) -> None:
    ring(system, tom, message)
    with system.transaction() as session:
        entry_id = message_of(system, message).consent_id
        entry = session.get_one(consent.ConsentEntry, entry_id)
        back = consent.TakenBack(entry.id, "no", Heard.text, uuid.uuid4())
        consent.withdraw(session, entry.caller_id, back, by=tom.console.staff_id, at=now())
    pick_up(phone)
    assert not is_ringing(karen)
    assert outcomes(system) == []


def test_author_and_recipient_talk_where_both_want_it_and_neither_sees_a_number(
    system: System, tom: Desk, phone: Handset, karen: Handset, message: uuid.UUID
) -> None:
    tom.tried(message, "given")
    with system.transaction() as session:
        thread_id = session.scalars(sa.select(Thread.id)).one()
        party_id = session.scalars(sa.select(Party.id)).one()
    tom.console.ready()
    box = system.handset("07700 900877")
    contact = call_from(system, box, tom.console, phone)
    assert tom.open(contact, thread_of(system, thread_id).reference, WORD).status_code == 303
    path = f"/console/contacts/{contact}/three-way/{party_id}"

    assert "has not said that they would talk" in tom.post(path).text
    with system.transaction() as session:
        session.get_one(Party, party_id).wants_to_talk = True
    assert "Note first in the ledger" in tom.post(path).text
    agreed = Agreed(
        frozenset({Scope.three_way}), Towards.family, "yes, with you", Heard.call, uuid.uuid4()
    )
    with system.transaction() as session:
        caller_id = session.get_one(Contact, contact).caller_id
        consent.record(session, caller_id, agreed, by=tom.console.staff_id, at=now())

    assert tom.post(path).status_code == 204
    system.settle()
    assert "We are still here" in box.heard, "the author is held before the other phone rings"
    karen.answer()
    assert "There is a call for you" in karen.heard
    karen.press("1")
    system.advance(5)
    assert in_a_call(karen)
    assert box.call["on_hold"], "nobody hears the author before it is known who answered"
    assert tom.post(f"/console/contacts/{contact}/unhold").status_code == 204
    system.settle()
    assert not box.call["on_hold"]
    for handset, others in ((karen, "900877"), (box, "900845")):
        assert others not in str(handset.call).replace(" ", "")

    karen.hang_up()
    assert in_a_call(box), "one side leaves, the others talk on"
    with system.transaction() as session:
        invited = session.scalars(sa.select(Leg).where(Leg.role == LegRole.invited)).one()
    assert invited.ended_at is not None
