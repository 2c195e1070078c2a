"""Luke's story (domain.md 1g): each of its rows, and each thing that must not happen."""

import uuid

import pytest
import sqlalchemy as sa

from helpline import outbox
from helpline.accounts.models import Role
from helpline.confidentiality import consent
from helpline.contacts.enquiries import THE_ANSWER
from helpline.contacts.models import Contact
from helpline.messages import nudges, replies, threads
from helpline.messages.happenings import Alert, AlertKind, Attempt, Reply, Sending, Side, Told
from helpline.messages.models import Message, Thread
from helpline.messages.states import MessageState, ReplyState
from tests.journeys.luke import (
    ANSWER,
    DURESS,
    WORD,
    WORDS,
    Desk,
    call_from,
    contact_of,
    message_of,
    thread_of,
)
from tests.system import Console, Handset, System

LUKES, KARENS = "07700 900834", "07700 900845"


@pytest.fixture
def priya(system: System) -> Desk:
    return Desk(system, system.call_taker("Priya", "020 7946 0101").ready())


@pytest.fixture
def tom(system: System) -> Desk:
    return Desk(system, system.call_taker("Tom", None))


@pytest.fixture
def morgan(system: System) -> Desk:
    return Desk(system, system.call_taker("Morgan", None, Role.supervisor))


@pytest.fixture
def luke(system: System) -> Handset:
    return system.handset(LUKES)


class Story:
    """A message of Luke's, as far as somebody has taken it."""

    def __init__(self, system: System, desk: Desk, luke: Handset, **recipient: str) -> None:
        self.system, self.desk = system, desk
        self.contact = contact_of(
            system, luke, desk.console, "I feel alone and isolated, and unable to cope"
        )
        self.thread = desk.begin(self.contact)
        self.party = desk.recipient(self.contact, self.thread, KARENS, **recipient)
        self.message = desk.write(self.contact, self.thread, self.party)
        desk.agree(self.contact, self.thread, self.message)

    @property
    def reference(self) -> str:
        return thread_of(self.system, self.thread).reference

    @property
    def state(self) -> MessageState:
        return message_of(self.system, self.message).state


def test_lukes_story_by_telephone(
    system: System, priya: Desk, tom: Desk, morgan: Desk, luke: Handset
) -> None:
    # L0, L1: he rings, nobody asks for his name, and his number is not shown.
    desk_phone = system.handset("020 7946 0101")
    contact = call_from(system, luke, priya.console, desk_phone)
    page = priya.console.get(f"/console/contacts/{contact}").text
    assert "900834" not in page
    # L2, L3, L4: rights, age, suicide and safety, abuse and orders, exact words, return path.
    begin = priya.console.page(f"/console/contacts/{contact}/messages/begin").text
    assert "may be away, and stay away" in begin
    assert "suicide and safety" in begin
    thread = priya.begin(contact)
    party = priya.recipient(contact, thread, KARENS)
    message = priya.write(contact, thread, party)
    priya.agree(contact, thread, message)
    with system.transaction() as session:
        agreed = session.scalars(sa.select(consent.ConsentEntry)).one()
        assert (agreed.scopes, agreed.words) == (["pass_message"], WORDS)
        assert agreed.staff_id == priya.console.staff_id
    # L5: four eyes.
    assert message_of(system, message).state is MessageState.awaiting_approval
    assert morgan.approve(message).status_code == 303
    assert message_of(system, message).state is MessageState.approved
    # L6: whoever gives it sees whom to make sure of, and nothing of where it comes from.
    listed = tom.console.page("/messages/tasks").text
    assert WORDS not in listed
    assert "Karen" not in listed
    task = tom.take(message)
    assert "What was your first dog called?" in task
    assert "from Luke" in task
    assert "900834" not in task
    assert "900845" not in task
    # L7, L8: given; her answer is taken down word for word.
    tom.tried(message, "given")
    assert message_of(system, message).state is MessageState.delivered
    tom.answered(message)
    with system.transaction() as session:
        kept = session.scalars(sa.select(Reply)).one()
        assert (kept.words, kept.state) == (ANSWER, ReplyState.waiting_collection)
    # L9: weeks later, from another phone, with reference and word.
    luke.hang_up()
    priya.console.end(contact)
    priya.console.wrap_up(contact, contact_type="adult_away", age_band="25_39")
    box = system.handset("07700 900877")
    later = contact_of(system, box, tom.console, "hi its me again")
    reference = thread_of(system, thread).reference
    assert tom.open(later, reference.lower()).status_code == 303
    shown = tom.thread_page(later, thread)
    assert ANSWER in shown
    with system.transaction() as session:
        reply_id = session.scalars(sa.select(Reply.id)).one()
    given = f"/console/contacts/{later}/messages/{thread}/replies/{reply_id}/give"
    assert tom.post(given).status_code == 303
    # L10: he goes on; nothing is told to the police by itself, and the proof holds.
    with system.transaction() as session:
        assert session.get_one(Reply, reply_id).state is ReplyState.given
        told = [each.told for each in session.scalars(sa.select(Sending).order_by(Sending.number))]
        assert told == [Told.message, Told.reply]
        assert (
            session.scalars(
                sa.select(outbox.Promise).where(outbox.Promise.relies_on.is_not(None))
            ).all()
            == []
        )
    proof = morgan.console.get(f"/messages/watch/threads/{thread}/proof.json").json()
    assert proof["faults"] == []
    assert WORDS not in str(proof)
    assert ANSWER not in str(proof)
