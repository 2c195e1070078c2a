"""Answering by text: only by who has the conversation, and each text once."""

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Timer

import psycopg
import pytest
import sqlalchemy as sa

from helpline import outbox
from helpline.accounts.models import StaffMember
from helpline.clock import now
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState
from helpline.sms import conversations, inbox
from helpline.sms.conversations import CannotSendError, NewTextArrivedError, Reply
from helpline.sms.models import Direction, Text, TextState
from tests.helpline import making
from tests.system import System


class Talk:
    """A conversation that Priya has, and Tom beside her."""

    def __init__(self, system: System) -> None:
        self.system = system
        with system.transaction() as session:
            self.priya: StaffMember = making.staff_member(session)
            self.tom: StaffMember = making.staff_member(session)
            self.contact: Contact = making.conversation(session, self.priya)
            self.seen = conversations.newest_incoming(session, self.contact.id)

    def reply(
        self,
        words: str = "Are you safe?",
        *,
        by: StaffMember | None = None,
        key: uuid.UUID | None = None,
    ) -> Text:
        with self.system.transaction() as session:
            contact = contacts.locked(session, self.contact.id)
            assert contact is not None
            answer = Reply(words, self.seen, key or uuid.uuid4())
            who = (by or self.priya).id
            return conversations.reply(session, contact, who, answer, at=now())

    def again(self, text: Text, *, key: uuid.UUID | None = None, by: StaffMember | None = None,
              later: timedelta = conversations.LOOK_FIRST) -> Text:  # fmt: skip
        with self.system.transaction() as session:
            contact = contacts.locked(session, self.contact.id)
            assert contact is not None
            return conversations.send_again(
                session,
                contact,
                (by or self.priya).id,
                text.id,
                key or uuid.uuid4(),
                at=now() + later,
            )

    def change(self, text: Text, state: TextState) -> None:
        with self.system.transaction() as session:
            session.get_one(Text, text.id).state = state

    def sent(self) -> Sequence[str]:
        with self.system.transaction() as session:
            ours = sa.select(Text.words).where(Text.direction == Direction.outbound)
            return session.scalars(ours.order_by(Text.number)).all()

    def promises(self) -> int:
        with self.system.transaction() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(outbox.Promise)) or 0


@pytest.fixture
def talk(system: System) -> Talk:
    return Talk(system)


def test_a_reply_is_promised_and_shown_as_waiting(talk: Talk) -> None:
    text = talk.reply("  Are you safe?\r\nTell me.  ")
    assert text.words == "Are you safe?\nTell me."
    assert (text.state, text.staff_id) == (TextState.waiting, talk.priya.id)
    assert talk.promises() == 1


def test_only_the_call_taker_who_has_the_conversation_may_answer(talk: Talk) -> None:
    with pytest.raises(contacts.NotYoursError):
        talk.reply(by=talk.tom)
    assert talk.sent() == []


def test_a_reply_to_what_is_no_longer_the_newest_text_is_refused(talk: Talk) -> None:
    with talk.system.transaction() as session:
        caller = talk.contact.caller
        assert caller.number_token is not None
        number = making.vault.number_for_carrier(session, caller.number_token)
        inbox.text_arrived(session, making.incoming("wait", number), at=now())
    with pytest.raises(NewTextArrivedError):
        talk.reply()
    assert talk.promises() == 0


def test_the_same_form_twice_is_one_text(talk: Talk) -> None:
    key = uuid.uuid4()
    first, second = talk.reply(key=key), talk.reply(key=key)
    assert first.id == second.id
    assert (len(talk.sent()), talk.promises()) == (1, 1)


def test_the_same_form_many_times_at_once_is_one_text(talk: Talk) -> None:
    key, together = uuid.uuid4(), Barrier(6, timeout=10)

    def post(_: int) -> uuid.UUID:
        together.wait()
        return talk.reply(key=key).id

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(post, range(6)))) == 1
    assert (len(talk.sent()), talk.promises()) == (1, 1)


def test_two_forms_are_two_texts_even_with_the_same_words(talk: Talk) -> None:
    talk.reply("Hello")
    talk.reply("Hello")
    assert talk.sent() == ["Hello", "Hello"]


@pytest.mark.parametrize("words", ["", "   ", "\r\n\t", "\x00"])
def test_nothing_is_not_sent(talk: Talk, words: str) -> None:
    with pytest.raises(CannotSendError, match="Write the text first"):
        talk.reply(words)


def test_a_text_may_have_as_many_characters_as_the_carrier_takes(talk: Talk) -> None:
    assert talk.reply("a" * 1600).words == "a" * 1600
    with pytest.raises(CannotSendError, match=r"has 1,601 characters\. Shorten it to 1,600"):
        talk.reply("a" * 1601)
    assert talk.promises() == 1


def test_a_caller_whose_number_is_withheld_cannot_be_texted(system: System, talk: Talk) -> None:
    with system.transaction() as session:
        text = inbox.text_arrived(session, inbox.IncomingText(making.sid(), None, "hi"), at=now())
        talk.contact = making.contact_of(session, text)
        contacts.take(session, talk.contact, talk.priya.id, at=now())
        talk.seen = conversations.newest_incoming(session, talk.contact.id)
    with pytest.raises(CannotSendError, match="withheld"):
        talk.reply()


def end(talk: Talk, by: StaffMember | None = None) -> None:
    with talk.system.transaction() as session:
        contact = contacts.locked(session, talk.contact.id)
        assert contact is not None
        conversations.end_conversation(session, contact, (by or talk.priya).id, at=now())


def go_on(talk: Talk, by: StaffMember | None = None) -> Contact:
    with talk.system.transaction() as session:
        contact = contacts.locked(session, talk.contact.id)
        assert contact is not None
        conversations.go_on(session, contact, (by or talk.priya).id)
        return contact


def test_an_ended_conversation_is_not_answered_until_it_is_taken_up_again(talk: Talk) -> None:
    end(talk)
    end(talk)
    with pytest.raises(CannotSendError, match="Go on texting"):
        talk.reply()
    assert go_on(talk).state is ContactState.with_call_taker
    assert go_on(talk).ended_at is None
    talk.reply()


def test_nobody_else_may_end_a_conversation_or_take_it_up_again(talk: Talk) -> None:
    with pytest.raises(contacts.NotYoursError):
        end(talk, by=talk.tom)
    end(talk)
    with pytest.raises(contacts.NotYoursError):
        go_on(talk, by=talk.tom)


@pytest.mark.parametrize("state", [TextState.failed, TextState.not_confirmed])
def test_a_text_that_failed_is_sent_again_once_when_a_person_says_so(
    talk: Talk, state: TextState
) -> None:
    text = talk.reply("Are you safe?")
    talk.change(text, state)
    key = uuid.uuid4()
    assert talk.again(text, key=key).id == talk.again(text, key=key).id
    with pytest.raises(CannotSendError, match="needs no second sending"):
        talk.again(text)
    assert talk.sent() == ["Are you safe?"] * 2


@pytest.mark.parametrize(
    "state", [TextState.waiting, TextState.accepted, TextState.sent, TextState.delivered]
)
def test_a_text_that_is_on_its_way_is_not_sent_again(talk: Talk, state: TextState) -> None:
    text = talk.reply()
    talk.change(text, state)
    with pytest.raises(CannotSendError, match="needs no second sending"):
        talk.again(text)


def test_a_text_that_nobody_confirmed_is_first_looked_for_at_the_carrier(talk: Talk) -> None:
    text = talk.reply()
    talk.change(text, TextState.not_confirmed)
    with pytest.raises(CannotSendError, match="still asking the carrier"):
        talk.again(text, later=conversations.LOOK_FIRST - timedelta(seconds=10))


def test_texts_of_others_and_of_callers_are_not_sent_again(system: System, talk: Talk) -> None:
    text = talk.reply()
    talk.change(text, TextState.failed)
    with pytest.raises(contacts.NotYoursError):
        talk.again(text, by=talk.tom)
    with system.transaction() as session:
        from_caller = session.scalars(
            sa.select(Text).where(Text.direction == Direction.inbound)
        ).one()
    with pytest.raises(CannotSendError, match="no such text"):
        talk.again(from_caller)
    elsewhere = Talk(system)
    with pytest.raises(CannotSendError, match="no such text"):
        elsewhere.again(text)


def test_a_thread_shows_the_newest_texts_oldest_first(talk: Talk) -> None:
    for n in range(5):
        talk.reply(f"text {n}")
    with talk.system.transaction() as session:
        newest = conversations.thread(session, talk.contact.id, most=3)
    assert [text.words for text in newest] == ["text 2", "text 3", "text 4"]


def test_a_text_that_turns_out_to_be_delivered_at_this_moment_is_not_sent_again(
    talk: Talk,
) -> None:
    text = talk.reply()
    talk.change(text, TextState.not_confirmed)
    with psycopg.connect(talk.system.listening_address) as carrier:
        carrier.execute("UPDATE text SET state = 'delivered' WHERE id = %s", (text.id,))
        arrives = Timer(0.3, carrier.commit)
        arrives.start()
        with pytest.raises(CannotSendError, match="needs no second sending"):
            talk.again(text)
        arrives.join()
    assert talk.sent() == [text.words]


def test_a_reply_is_not_shown_by_accident() -> None:
    assert "secret" not in repr(Reply("my secret", 0, uuid.uuid4()))
