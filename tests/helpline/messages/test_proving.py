"""The proof of a thread holds for what was done rightly, and names whatever does not fit."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, outbox
from helpline.clock import now
from helpline.messages import collection, proving, replies, sendings
from helpline.messages.happenings import Sending, Side, Told
from helpline.messages.models import Message
from helpline.messages.sendings import Ground, Leaving
from tests.helpline.messages import relaying
from tests.system import System


def whole_story(session: Session) -> Message:
    """Let a message go out and an answer come back."""
    staff = relaying.call_taker(session)
    contact, message = relaying.delivered(session, staff)
    reply = replies.take(
        session, message.party, relaying.ANSWER, uuid.uuid4(), by=staff.id, at=now()
    )
    collection.give(session, reply, contact, by=staff.id, at=now())
    return message


def faults(session: Session, message: Message) -> str:
    session.flush()
    session.expire_all()
    return " ".join(each.what for each in proving.check(session, message.party.thread))


def test_what_was_done_rightly_has_no_fault_and_its_export_tells_nothing_personal(
    system: System,
) -> None:
    with system.transaction() as session:
        message = whole_story(session)
        assert faults(session, message) == ""
        exported = proving.export(session, message.party.thread, at=now())
    assert [each["what"] for each in exported["sent"]] == ["message", "reply"]
    assert exported["sent"][0]["agreed_to_tell"] == ["pass_message"]
    for secret in ("Karen", "Luke", "love", "Biscuit", "0770"):
        assert secret not in str(exported)


def _other_words(session: Session, message: Message) -> None:
    message.words = "Tell Karen I am in Hull."


def _unrecorded(session: Session, message: Message) -> None:
    made = outbox.promise(
        session,
        outbox.Kind.deliver_message,
        about=message.id,
        lane=message.id,
        reaches=message.party.caller_id,
        relies_on=message.consent_id,
        at=now(),
    )
    made.state = outbox.State.accepted


def _something_else(session: Session, message: Message) -> None:
    made = outbox.promise(
        session,
        outbox.Kind.send_text,
        about=uuid.uuid4(),
        lane=uuid.uuid4(),
        reaches=message.party.caller_id,
        relies_on=message.consent_id,
        at=now(),
    )
    made.state = outbox.State.accepted


def _on_nothing(session: Session, message: Message) -> None:
    staff = relaying.call_taker(session)
    other, stranger = relaying.delivered(session, staff)
    del other
    gone = Leaving(
        Side.recipient,
        Told.voicemail,
        message.id,
        "x",
        Ground(consent_id=stranger.consent_id),
        party_id=message.party_id,
    )
    sendings.record(session, message.party.thread_id, gone, at=now())


def _only_on_the_audit(session: Session, message: Message) -> None:
    staff = relaying.call_taker(session)
    other = relaying.draft(
        session, relaying.author(session, staff), message.party, staff, relaying.words("Hello.")
    )
    audit.note(session, audit.Act.message_delivered, at=now(), about=other.id)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_other_words, "other words than the message"),
        (_unrecorded, "stands in no record"),
        (_something_else, "belongs to no message"),
        (_on_nothing, "rests on no agreement"),
        (_only_on_the_audit, "by no other"),
    ],
)
def test_whatever_does_not_fit_is_named(
    system: System, spoil: Callable[[Session, Message], Any], says: str
) -> None:
    with system.transaction() as session:
        message = whole_story(session)
        spoil(session, message)
        assert says in faults(session, message)


def test_what_was_sent_can_not_be_changed_or_taken_out(system: System) -> None:
    with system.transaction() as session:
        whole_story(session)
    for change in (sa.delete(Sending), sa.update(Sending).values(by_text=True)):
        with pytest.raises(sa.exc.DBAPIError), system.transaction() as session:
            session.execute(change)
