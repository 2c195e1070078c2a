"""What an incoming text means: whatever was written counts, once, in the right conversation."""

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import psycopg
import pytest
import sqlalchemy as sa

from helpline import audit, round_trips
from helpline.clock import now
from helpline.contacts import contacts
from helpline.contacts.models import (
    Caller,
    Contact,
    ContactState,
    Ending,
    Happening,
    TimelineEntry,
)
from helpline.database import db
from helpline.sms import inbox
from helpline.sms.models import Text, TextState
from tests.helpline import making
from tests.system import System

SAM = "+447700900123"


def send(system: System, words: str, sid: str | None = None, sender: str = SAM) -> int:
    fields = {"MessageSid": sid or making.sid(), "From": sender, "Body": words}
    return system.webhook("/tw/sms/inbound", **fields).status_code


def texts(system: System) -> Sequence[Text]:
    with system.transaction() as session:
        return session.scalars(sa.select(Text).order_by(Text.number)).all()


def all_contacts(system: System) -> Sequence[Contact]:
    with system.transaction() as session:
        return session.scalars(sa.select(Contact).order_by(Contact.opened_at)).unique().all()


def timeline(system: System, contact: Contact) -> list[Happening]:
    with system.transaction() as session:
        found = sa.select(TimelineEntry.what).where(TimelineEntry.contact_id == contact.id)
        return list(session.scalars(found.order_by(TimelineEntry.id)))


@pytest.mark.parametrize(
    "words",
    [
        "help",
        "",
        " ",
        "😀👩‍👩‍👧‍👦🏴󠁧󠁢󠁷󠁬󠁳󠁿",
        "a" * 10_000,
        "😀" * 10_000,
        "stop",
        "line one\r\nline two\n\ttab",
        "<script>alert(1)</script>' OR 1=1 --",
        "\u202eright to left\u0000",
        "%00%0a{{ 7*7 }}",
    ],
)
def test_whatever_was_written_is_kept_as_it_was_written(system: System, words: str) -> None:
    assert send(system, words) == 200
    (text,) = texts(system)
    assert text.words == words.replace("\x00", "\u2400")
    assert text.state is TextState.received
    (contact,) = all_contacts(system)
    assert contact.state is ContactState.waiting


def test_a_text_whose_sender_is_withheld_is_a_new_caller_each_time(system: System) -> None:
    for sender in ("", "anonymous", "anonymous"):
        assert send(system, "hello", sender=sender) == 200
    found = all_contacts(system)
    assert len({contact.caller_id for contact in found}) == 3
    assert all(contact.caller.number_token is None for contact in found)


def test_a_repeated_text_is_one_text(system: System) -> None:
    sid = making.sid()
    assert [send(system, "hello", sid) for _ in range(3)] == [200, 200, 200]
    assert [text.words for text in texts(system)] == ["hello"]


def test_the_same_id_with_other_words_is_kept_as_well_and_said(system: System) -> None:
    sid = making.sid()
    for words in ("meet me", "don't meet me", "meet me", "don't meet me"):
        send(system, words, sid)
    assert [text.words for text in texts(system)] == ["meet me", "don't meet me"]
    (contact,) = all_contacts(system)
    assert timeline(system, contact) == [
        Happening.text_arrived,
        Happening.text_arrived,
        Happening.carrier_sent_twice,
    ]


def test_whoever_holds_a_conversation_holds_its_caller_first(system: System) -> None:
    """Held alone, it made three texts in the same instant wait for each other for a second."""
    incoming = making.incoming("hello", making.PhoneNumber(SAM))
    with system.transaction() as session:
        inbox.text_arrived(session, incoming, at=now())
    _, what_they_wrote_in, _ = inbox.questions(incoming, at=now())
    with system.transaction() as session, psycopg.connect(system.listening_address) as other:
        (held,) = round_trips.ask(session, what_they_wrote_in)
        assert len(held) == 1
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("SELECT id FROM caller FOR NO KEY UPDATE NOWAIT")


@pytest.mark.parametrize("number_of_texts", [2, 8])
def test_texts_of_a_new_caller_in_the_same_instant_open_one_conversation(
    system: System, number_of_texts: int
) -> None:
    together = Barrier(number_of_texts, timeout=10)

    def post(n: int) -> int:
        together.wait()
        return send(system, f"text {n}")

    with ThreadPoolExecutor(number_of_texts) as pool:
        assert set(pool.map(post, range(number_of_texts))) == {200}
    (contact,) = all_contacts(system)
    assert len(texts(system)) == number_of_texts
    with system.transaction() as session:
        assert session.scalars(sa.select(Caller.id)).all() == [contact.caller_id]


def test_a_text_that_arrives_lets_an_answer_be_promised_meanwhile(system: System) -> None:
    """An answer refers to the caller; made to wait for it, text and answer would both be stuck."""
    send(system, "hello")
    (contact,) = all_contacts(system)
    refers = sa.select(Caller.id).where(Caller.id == contact.caller_id)
    with system.transaction() as session, db.engine.connect() as elsewhere:
        inbox.text_arrived(session, making.incoming("again", making.PhoneNumber(SAM)), at=now())
        session.flush()
        locked = refers.with_for_update(read=True, key_share=True, nowait=True)
        assert elsewhere.scalar(locked) == contact.caller_id


def test_a_second_text_while_the_first_waits_keeps_its_place(system: System) -> None:
    send(system, "first")
    (before,) = all_contacts(system)
    send(system, "second")
    (after,) = all_contacts(system)
    assert after.waiting_since == before.waiting_since


def closed_conversation(system: System) -> Contact:
    send(system, "hello")
    with system.transaction() as session:
        staff = making.staff_member(session)
        contact = contacts.locked(session, session.scalars(sa.select(Contact.id)).one())
        assert contact is not None
        contacts.take(session, contact, staff.id, at=now())
        contacts.start_wrapping_up(session, contact, at=now())
        contacts.close(session, contact, Ending.wrapped_up, at=now())
    return contact


@pytest.mark.parametrize(
    ("later", "conversations"),
    [
        (timedelta(0), 1),
        (inbox.REOPENS_FOR, 1),
        (inbox.REOPENS_FOR + timedelta(seconds=1), 2),
        (timedelta(days=400), 2),
    ],
)
def test_a_text_reopens_a_conversation_for_a_week_and_then_begins_a_new_one(
    system: System, later: timedelta, conversations: int
) -> None:
    closed = closed_conversation(system)
    assert closed.closed_at is not None
    with system.transaction() as session:
        number = making.PhoneNumber(SAM)
        inbox.text_arrived(
            session, making.incoming("me again", number), at=closed.closed_at + later
        )
    found = all_contacts(system)
    assert len(found) == conversations
    newest = found[-1]
    assert newest.state is ContactState.waiting
    assert newest.waiting_since == closed.closed_at + later
    assert (newest.closed_at, newest.ended_at, newest.ending) == (None, None, None)
    if conversations == 1:
        assert Happening.reopened in timeline(system, newest)
    else:
        assert found[0].state is ContactState.closed


def test_a_closed_conversation_cannot_be_handed_back_and_so_takes_every_later_text(
    system: System,
) -> None:
    """Handed back, it would be open and closed at once, and no later text would find a place."""
    closed = closed_conversation(system)
    with system.transaction() as session:
        contact = contacts.locked(session, closed.id)
        assert contact is not None
        assert contact.owner_id is not None
        with pytest.raises(contacts.StepNotAllowedError):
            contacts.hand_back(session, contact, at=now(), by=contact.owner_id)
    with system.transaction() as session:
        later = now() + inbox.REOPENS_FOR + timedelta(days=1)
        inbox.text_arrived(session, making.incoming("still me", making.PhoneNumber(SAM)), at=later)
    assert [text.words for text in texts(system)] == ["hello", "still me"]


def test_a_text_during_the_wrap_up_gives_the_conversation_back_to_its_call_taker(
    system: System,
) -> None:
    send(system, "hello")
    with system.transaction() as session:
        staff = making.staff_member(session)
        contact = contacts.locked(session, session.scalars(sa.select(Contact.id)).one())
        assert contact is not None
        contacts.take(session, contact, staff.id, at=now())
        contacts.start_wrapping_up(session, contact, at=now())
    send(system, "wait, one more thing")
    (after,) = all_contacts(system)
    assert (after.state, after.owner_id) == (ContactState.with_call_taker, staff.id)
    assert after.ended_at is None


def test_two_people_never_share_a_conversation(system: System) -> None:
    send(system, "from sam")
    send(system, "from ann", sender="+447700900124")
    first, second = all_contacts(system)
    assert first.caller_id != second.caller_id
    assert first.caller.reference != second.caller.reference


def test_pictures_are_counted(system: System) -> None:
    fields = {"MessageSid": making.sid(), "From": SAM, "Body": "", "NumMedia": "2"}
    system.webhook("/tw/sms/inbound", **fields)
    assert [text.pictures for text in texts(system)] == [2]


def test_a_text_that_arrives_is_on_the_record(system: System) -> None:
    send(system, "hello")
    (contact,) = all_contacts(system)
    with system.transaction() as session:
        acts = session.execute(sa.select(audit.AuditEntry.act, audit.AuditEntry.about)).all()
    assert {tuple(act) for act in acts} == {
        (audit.Act.contact_opened, contact.id),
        (audit.Act.text_received, contact.id),
    }


def test_the_key_of_a_text_says_nothing_about_its_words() -> None:
    one = inbox.IncomingText("SM1", None, "hello")
    other = inbox.IncomingText("SM1", None, "goodbye")
    assert inbox.event_key(one) != inbox.event_key(other)
    assert "hello" not in inbox.event_key(one)


def test_words_and_numbers_are_not_shown_by_accident() -> None:
    text = making.incoming("my secret")
    assert "secret" not in repr(text)
    assert "900" not in repr(text)
    assert uuid.UUID(int=0).hex not in repr(text)
