"""Which words end what: STOP ends outreach where it was asked for, and never a conversation."""

import pytest

from helpline.carrier import Sender
from helpline.clock import now
from helpline.contacts import callers, contacts, outreach
from helpline.contacts.models import Contact, ContactState, Ending
from helpline.phone_numbers import PhoneNumber
from helpline.sms import inbox, keywords
from helpline.sms.keywords import Asked
from tests.helpline import making
from tests.system import System

SAM = PhoneNumber("+447700900123")
ENDS_OUTREACH = ("stop", "STOP.", " Stop! ", "STOPIO", "Dim", "unsubscribe", "opt out", "stop all")
READ_BY_A_PERSON = (
    "please stop him",
    "end",
    "quit it",
    "quit",
    "cancel",
    "make it stop",
    "stop it",
    "i want to stop",
    "dim diolch am y cyngor",
    "",
)


@pytest.mark.parametrize("words", ENDS_OUTREACH)
def test_a_whole_text_that_says_stop_is_one(words: str) -> None:
    assert keywords.read(words) is Asked.stop


@pytest.mark.parametrize("words", READ_BY_A_PERSON)
def test_a_word_that_a_frightened_person_may_mean_otherwise_is_none(words: str) -> None:
    assert keywords.read(words) is Asked.nothing


@pytest.mark.parametrize("words", ["start", "START.", "unstop", "dechrau"])
def test_a_whole_text_that_says_start_is_one(words: str) -> None:
    assert keywords.read(words) is Asked.start


class Line:
    """Sam, to whom the service may have written first."""

    def __init__(self, system: System) -> None:
        self.system = system

    def was_written_to(self) -> "Line":
        with self.system.transaction() as session:
            caller = callers.recognise(session, SAM, at=now())
            outreach.sent(session, caller.id, at=now())
        return self

    def text(self, words: str, **how: object) -> Contact:
        with self.system.transaction() as session:
            incoming = inbox.IncomingText(making.sid(), SAM, words, **how)  # type: ignore[arg-type]
            return making.contact_of(session, inbox.text_arrived(session, incoming, at=now()))

    def talks(self) -> "Line":
        contact = self.text("hello")
        with self.system.transaction() as session:
            locked = contacts.locked(session, contact.id)
            assert locked is not None
            contacts.take(session, locked, making.staff_member(session).id, at=now())
        return self

    @property
    def gets_outreach(self) -> bool:
        with self.system.transaction() as session:
            caller = callers.recognise(session, SAM, at=now())
            return not outreach.is_stopped(session, caller.number_token)


@pytest.fixture
def line(system: System) -> Line:
    return Line(system)


@pytest.mark.parametrize("words", ENDS_OUTREACH)
def test_stop_after_an_outreach_text_ends_outreach_and_asks_nobody_for_an_answer(
    line: Line, words: str
) -> None:
    contact = line.was_written_to().text(words)
    assert (contact.state, contact.ending) == (ContactState.closed, Ending.asked_to_stop)
    assert not line.gets_outreach


@pytest.mark.parametrize("words", READ_BY_A_PERSON)
def test_any_other_word_after_an_outreach_text_waits_for_a_person(line: Line, words: str) -> None:
    contact = line.was_written_to().text(words)
    assert contact.state is ContactState.waiting
    assert line.gets_outreach


@pytest.mark.parametrize("words", [*ENDS_OUTREACH, *READ_BY_A_PERSON])
def test_in_a_conversation_no_word_ends_anything(line: Line, words: str) -> None:
    contact = line.talks().text(words)
    assert contact.state is ContactState.with_call_taker
    assert line.gets_outreach


def test_stop_to_the_outreach_number_counts_however_long_ago_it_was(line: Line) -> None:
    contact = line.text("STOP", sender=Sender.outreach)
    assert contact.ending is Ending.asked_to_stop
    assert not line.gets_outreach


def test_stop_after_a_conversation_leaves_it_as_it_ended(line: Line) -> None:
    closed = line.talks().text("bye")
    with line.system.transaction() as session:
        contact = contacts.locked(session, closed.id)
        contacts.start_wrapping_up(session, contact, at=now())
        contacts.close(session, contact, Ending.wrapped_up, at=now())
    stopped = line.was_written_to().text("STOP")
    assert (stopped.id, stopped.state) == (closed.id, ContactState.closed)
    assert stopped.ending is Ending.wrapped_up
    assert not line.gets_outreach
    assert line.text("are you there").state is ContactState.waiting, "any other text reopens it"


def test_stop_in_a_conversation_ends_outreach_too_and_a_person_still_reads_it(line: Line) -> None:
    contact = line.was_written_to().talks().text("STOP")
    assert contact.state is ContactState.with_call_taker
    assert not line.gets_outreach


def test_stop_of_somebody_we_never_wrote_to_is_a_text_like_any_other(line: Line) -> None:
    contact = line.text("stop")
    assert contact.state is ContactState.waiting
    assert line.gets_outreach


def test_whoever_said_stop_and_writes_again_is_heard(line: Line) -> None:
    line.was_written_to().text("stop")
    contact = line.text("actually can you help")
    assert contact.state is ContactState.waiting
    assert not line.gets_outreach


def test_start_lifts_a_stop(line: Line) -> None:
    line.was_written_to().text("stop")
    line.text("START")
    assert line.gets_outreach


def test_the_carriers_own_stop_on_the_outreach_number_is_noted(line: Line) -> None:
    line.text("end", sender=Sender.outreach, opt_out="STOP")
    assert not line.gets_outreach


def test_the_carriers_stop_on_our_own_number_is_shown_and_lifted_by_start(line: Line) -> None:
    blocked = line.text("quit", opt_out="STOP")
    assert blocked.state is ContactState.waiting
    assert blocked.caller.blocked_since is not None
    assert line.text("START", opt_out="START").caller.blocked_since is None
