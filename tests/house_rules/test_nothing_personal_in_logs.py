"""A text and a call run through the whole house; no log line knows who it was or what was said."""

import io
import logging
import re
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from helpline.accounts.models import Availability
from helpline.contacts import contacts
from helpline.contacts.models import Contact
from helpline.sms import conversations
from helpline.sms.models import Text
from helpline.voice.models import Leg, LegRole
from tests.helpline import making
from tests.system import Handset, System

SAM, DESK = "07700 900123", "020 7946 0101"
WORDS = "my stepfather is looking for me"
REPLY = "stay where the lights are on"
NOTE = "sounded frightened of Gareth"

# Whatever of a number a careless line might show, and the words of both sides.
PERSONAL = re.compile(
    r"(?:\+?44|0)?\D?\D?7\D?7\D?0\D?0\D?\D?9\D?0\D?0\D?1\D?2\D?3|900123"
    r"|2\D?0\D?\D?7\D?9\D?4\D?6\D?\D?0\D?1\D?0\D?1"
    r"|stepfather|looking for me|lights are on|Gareth|frightened",
    re.IGNORECASE,
)


@pytest.fixture
def lines(system: System) -> Iterator[io.StringIO]:
    """Listen to everything that web and worker log, down to the least serious line."""
    kept = io.StringIO()
    ear = logging.StreamHandler(kept)
    root = logging.getLogger()
    ours = next(each for each in root.handlers if isinstance(each, logging.StreamHandler))
    ear.setFormatter(ours.formatter)
    level = root.level
    root.addHandler(ear)
    root.setLevel("DEBUG")
    yield kept
    root.setLevel(level)
    root.removeHandler(ear)


def exchange_log(system: System) -> str:
    return (system.data_dir / "exchange.log").read_text("utf-8", "replace")


@pytest.fixture
def sam(system: System) -> Handset:
    return system.handset(SAM)


def text_both_ways(system: System, sam: Handset) -> None:
    sam.text(WORDS)
    with system.transaction() as session:
        staff = making.staff_member(session, Availability.away)
        contact = contacts.locked(session, session.scalars(sa.select(Contact.id)).one())
        assert contact is not None
        contacts.take(session, contact, staff.id, at=making.now())
        seen = conversations.newest_incoming(session, contact.id)
        answer = conversations.Reply(REPLY, seen, uuid.uuid4())
        conversations.reply(session, contact, staff.id, answer, at=making.now())
        contacts.write_note(session, contact, staff.id, NOTE, uuid.uuid4(), at=making.now())
    system.settle()
    system.advance(60)
    assert sam.received == [REPLY]


def call_and_answer(system: System, sam: Handset) -> None:
    system.call_taker("Priya", DESK).ready()
    desk = system.handset(DESK)
    sam.dial()
    system.advance(60)
    desk.answer()
    desk.press("1")
    system.advance(10)
    with system.transaction() as session:
        taker = session.scalars(sa.select(Leg).where(Leg.role == LegRole.call_taker)).all()
        assert taker, "the desk must have been rung"
    sam.hang_up()
    system.settle()


def test_a_text_and_a_call_leave_no_number_and_no_word_in_any_log(
    system: System, sam: Handset, lines: io.StringIO
) -> None:
    before = len(exchange_log(system))
    text_both_ways(system, sam)
    call_and_answer(system, sam)
    for log in (lines.getvalue(), exchange_log(system)[before:]):
        found = PERSONAL.search(log)
        assert found is None, log[max(0, found.start() - 200) : found.end() + 80]


def test_what_goes_wrong_is_logged_without_saying_for_whom(
    system: System, sam: Handset, lines: io.StringIO
) -> None:
    """Failures are where libraries like to print what they were given."""
    for kind in ("500-after", "429", "drop-after"):
        wish = {"rest": {"path": "Messages", "kind": kind, "times": 1, "method": "POST"}}
        system.exchange("POST", "/control/faults", wish)
        sam.text(WORDS)
        with system.transaction() as session:
            staff = making.staff_member(session, Availability.away)
            contact = contacts.locked(session, session.scalars(sa.select(Contact.id)).one())
            assert contact is not None
            if contact.owner_id is None:
                contacts.take(session, contact, staff.id, at=making.now())
            owner = contact.owner_id
            assert owner is not None
            answer = conversations.Reply(REPLY, 10**9, uuid.uuid4())
            conversations.reply(session, contact, owner, answer, at=making.now())
        system.settle()
    # A statement that fails carries its parameters in the error that is logged.
    fields = {"MessageSid": making.sid(), "From": "+447700900123", "Body": WORDS}
    with system.transaction() as session:
        session.execute(sa.text("ALTER TABLE text RENAME COLUMN words TO words_away"))
    try:
        assert system.webhook("/tw/sms/inbound", **fields).status_code == 500
    finally:
        with system.transaction() as session:
            session.execute(sa.text("ALTER TABLE text RENAME COLUMN words_away TO words"))
    system.webhook("/tw/sms/inbound", **(fields | {"AccountSid": "AC1"}))
    said = lines.getvalue()
    assert "carrier.said_no" in said
    assert "web.error" in said
    found = PERSONAL.search(said)
    assert found is None, said[max(0, found.start() - 200) : found.end() + 80]


def test_a_number_in_a_line_would_be_seen() -> None:
    for spelling in ("07700 900123", "+447700900123", "%2B447700900123", "7700-900-123"):
        assert PERSONAL.search(f"From={spelling}&To=116000")
    assert not PERSONAL.search("carrier.said_no status=500")


@pytest.mark.usefixtures("system")
def test_the_words_of_a_text_are_not_shown_when_it_is_printed() -> None:
    text = Text(words=WORDS)
    assert "stepfather" not in repr(text)
