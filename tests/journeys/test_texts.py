"""Texts from handset to console and back: first answers, two numbers, need, STOP, blocks."""

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from helpline.accounts.models import Role
from helpline.clock import now
from helpline.contacts import callers, outreach
from helpline.contacts.models import Contact, ContactState, Ending, Need
from helpline.phone_numbers import PhoneNumber
from helpline.sms import marks
from helpline.sms.models import Automatic, Sender, Text
from tests.system import HELPLINE, OUTREACH, Console, Handset, System

SAM = "07700 900123"


@pytest.fixture
def answering(system: System) -> Iterator[None]:
    """Let the service answer the first text by itself, as it does outside the tests."""
    settings = system.settings.model_copy(update={"first_answers": True})
    system.app.extensions["helpline_settings"] = settings
    yield
    system.app.extensions["helpline_settings"] = system.settings


@pytest.fixture
def priya(system: System) -> Console:
    return system.call_taker("Priya", None).ready()


@pytest.fixture
def sam(system: System) -> Handset:
    return system.handset(SAM)


def the_contact(system: System) -> Contact:
    with system.transaction() as session:
        return session.scalars(sa.select(Contact)).unique().one()


def board(console: Console) -> str:
    return console.page("/shift").get_text(" ", strip=True)


def test_the_first_text_is_answered_at_once_with_where_help_is(
    system: System, answering: None, priya: Console, sam: Handset
) -> None:
    sam.text("hello is anyone there")
    system.advance(30)
    assert len(sam.received) == 1
    assert "999" in sam.received[0]
    assert "116 123" in sam.received[0]
    sam.text("please")
    system.advance(30)
    assert len(sam.received) == 1
    assert the_contact(system).state is ContactState.waiting


def test_with_nobody_here_the_first_answer_says_so(
    system: System, answering: None, sam: Handset
) -> None:
    sam.text("hello")
    system.advance(30)
    assert "Nobody is here to answer right now" in sam.received[0]


def test_two_services_that_answer_by_themselves_stop_after_one_text_each(
    system: System, answering: None, priya: Console, sam: Handset
) -> None:
    for _ in range(6):
        sam.text("This is an automatic reply: we have your message")
        system.advance(30)
    assert sam.received == []


def test_a_text_with_words_of_danger_stands_first_with_the_reason(
    system: System, priya: Console, sam: Handset
) -> None:
    system.handset("07700 900124").text("hi")
    sam.text("i dont want to live any more")
    cards = priya.waiting().select(".card")
    assert len(cards) == 2
    assert "Words of danger" in cards[0].get_text()
    assert "live any more" not in priya.waiting().get_text()


def test_a_childs_text_stands_before_a_grown_ups(
    system: System, priya: Console, sam: Handset
) -> None:
    system.handset("07700 900124").text("hi")
    sam.text("im 13 can i talk to u")
    assert "Under 18" in priya.waiting().select(".card")[0].get_text()
    with system.transaction() as session:
        newest = sa.select(Contact).order_by(Contact.opened_at.desc()).limit(1)
        contact = session.scalars(newest).unique().one()
        assert contact.is_child
        assert Need.child.value in contact.need_because


def written_to(system: System) -> None:
    with system.transaction() as session:
        caller = callers.recognise(session, PhoneNumber("+447700900123"), at=now())
        outreach.sent(session, caller.id, at=now())


def test_stop_to_an_outreach_text_ends_outreach_and_the_next_text_is_still_heard(
    system: System, priya: Console, sam: Handset
) -> None:
    written_to(system)
    sam.text("STOP")
    assert the_contact(system).ending is Ending.asked_to_stop
    assert priya.waiting().select(".card") == []
    sam.text("wait, can you help me")
    assert len(priya.waiting().select(".card")) == 1


def test_a_text_to_the_outreach_number_is_answered_from_the_number_that_never_cuts_off(
    system: System, priya: Console, sam: Handset
) -> None:
    sam.text("who is this", to=OUTREACH)
    contact = the_contact(system)
    with system.transaction() as session:
        assert session.scalars(sa.select(Text)).one().sender is Sender.outreach
    priya.take(contact.id)
    with system.transaction() as session:
        newest = session.scalar(sa.select(sa.func.max(Text.number)))
    priya.reply(contact.id, "This is the 116 000 helpline.", last_seen=newest)
    system.settle()
    system.advance(30)
    assert sam.received == ["This is the 116 000 helpline."]
    [came_from] = [text["other"] for text in sam.state["texts"] if text["direction"] == "in"]
    assert came_from == "116000"
    assert HELPLINE != OUTREACH


def test_stop_on_the_outreach_number_is_minded_by_the_carrier_and_by_us_and_not_in_the_way(
    system: System, priya: Console, sam: Handset
) -> None:
    sam.text("stop", to=OUTREACH)
    system.advance(30)
    with system.transaction() as session:
        caller = callers.recognise(session, PhoneNumber("+447700900123"), at=now())
        assert outreach.is_stopped(session, caller.number_token)
        assert caller.blocked_since is None


def test_a_block_of_the_carrier_is_shown_to_both_with_the_way_back(
    system: System, priya: Console, sam: Handset
) -> None:
    morgan = system.call_taker("Morgan", None, Role.supervisor)
    sam.text("hello")
    contact = the_contact(system)
    priya.take(contact.id)
    system.webhook(
        "/tw/sms/inbound",
        MessageSid=f"SM{uuid.uuid4().hex}",
        From="+447700900123",
        To=HELPLINE,
        Body="stop",
        OptOutType="STOP",
    )
    talk = priya.page(f"/console/contacts/{contact.id}").get_text(" ", strip=True)
    assert "The carrier refuses our texts to them" in talk
    assert "START" in talk
    assert "Texts that the carrier refuses" in board(morgan)
    answer = priya.reply(contact.id, "are you there", last_seen=99)
    assert answer.status_code == 422
    sam.text("START")
    assert "Texts that the carrier refuses" not in board(morgan)


def test_misses_and_false_alarms_of_the_list_are_counted(
    system: System, priya: Console, sam: Handset
) -> None:
    morgan = system.call_taker("Morgan", None, Role.supervisor)
    for number, words, risk in (
        ("07700 900131", "i want to die", "none"),
        ("07700 900132", "hello", "immediate_danger"),
        ("07700 900133", "he hit me", "significant_harm_likely"),
    ):
        system.handset(number).text(words)
        with system.transaction() as session:
            waiting = sa.select(Contact.id).where(Contact.state == ContactState.waiting)
            contact_id = session.scalars(waiting).one()
        priya.take(contact_id)
        priya.end(contact_id)
        priya.wrap_up(contact_id, risk=risk)
    with system.transaction() as session:
        counted = marks.count(session, at=now())
    assert (counted.wrapped_up, counted.marked) == (3, 2)
    assert (counted.false_alarms, counted.misses) == (1, 1)
    assert "Of 3 conversations by text, 2 were put first" in board(morgan)


def test_the_first_answer_is_shown_in_the_thread_as_the_helplines_own(
    system: System, answering: None, priya: Console, sam: Handset
) -> None:
    sam.text("hello")
    contact = the_contact(system)
    with system.transaction() as session:
        automatic = session.scalars(sa.select(Text.automatic).where(Text.automatic.is_not(None)))
        assert automatic.all() == [Automatic.acknowledgement]
    priya.take(contact.id)
    talk = priya.page(f"/console/contacts/{contact.id}").get_text(" ", strip=True)
    assert "Someone will answer soon" in talk
