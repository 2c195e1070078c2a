"""Luke, Karen and the people who work between them, as forms are filled in by hand."""

import re
import uuid
from dataclasses import dataclass
from typing import Any

import requests
import sqlalchemy as sa

from helpline.contacts.models import Contact
from helpline.messages.models import Message, Thread
from tests.system import Console, Handset, System

WORD, DURESS = "bluebird", "thunder"
WORDS = "I am safe and well. I love you both. Luke"
ANSWER = "We both love and miss you"


@dataclass
class Desk:
    """A call-taker's or supervisor's way through the pages of the relay."""

    system: System
    console: Console

    def begin(self, contact: uuid.UUID, **changed: str) -> uuid.UUID:
        """Begin a thread; gives its id."""
        fields = {
            "rights_explained": "y",
            "age": "adult",
            "is_detained": "no",
            "is_at_risk": "no",
            "name": "Luke",
            "born": "3 February 1992",
            "can_be_confirmed": "y",
            "word": WORD,
            "duress_word": DURESS,
            "safe_number": "",
        } | changed
        answer = self.post(f"/console/contacts/{contact}/messages/begin", **fields)
        assert answer.status_code == 303, self.said(answer)
        return uuid.UUID(answer.headers["Location"].split("/")[-2])

    def recipient(
        self, contact: uuid.UUID, thread: uuid.UUID, number: str, **changed: str
    ) -> uuid.UUID:
        """Add whom it is for; gives their id."""
        fields = {
            "name": "Karen",
            "relation": "partner",
            "number": number,
            "fact_asked": "What was your first dog called?",
            "fact_answer": "Biscuit",
            "way": "call",
            "harm": "none",
            "order": "none",
            "is_monitored": "no",
            "unsafe_others": "",
        } | changed
        answer = self.post(f"/console/contacts/{contact}/messages/{thread}/recipient", **fields)
        assert answer.status_code == 303, self.said(answer)
        return uuid.UUID(answer.headers["Location"].split("/")[-2])

    def write(
        self, contact: uuid.UUID, thread: uuid.UUID, party: uuid.UUID, words: str = WORDS
    ) -> uuid.UUID:
        """Take down the words; gives the message's id."""
        answer = self.post(
            f"/console/contacts/{contact}/messages/{thread}/{party}/write", words=words
        )
        assert answer.status_code == 303, self.said(answer)
        return uuid.UUID(answer.headers["Location"].split("/")[-1])

    def agree(self, contact: uuid.UUID, thread: uuid.UUID, message: uuid.UUID) -> None:
        """Read it back, and hear that they agree."""
        path = f"/console/contacts/{contact}/messages/{thread}/message/{message}/agree"
        answer = self.post(path, was_read_back="y")
        assert answer.status_code == 303, self.said(answer)

    def approve(self, message: uuid.UUID, **fields: str) -> requests.Response:
        """Approve the words that stand on the page."""
        page = self.console.page(f"/messages/approvals/{message}")
        seen = page.find("input", {"name": "approve-seen_words"})
        value = str(seen["value"]) if seen is not None else ""
        return self.post(
            f"/messages/approvals/{message}/approve",
            **({"approve-seen_words": value} | {f"approve-{k}": v for k, v in fields.items()}),
        )

    def take(self, message: uuid.UUID) -> str:
        """Take the task; gives what the page says."""
        answer = self.post(f"/messages/tasks/{message}/take")
        assert answer.status_code == 303, self.said(answer)
        return self.console.page(answer.headers["Location"]).get_text(" ", strip=True)

    def tried(self, message: uuid.UUID, outcome: str, order: str = "") -> None:
        """Say what came of the call."""
        answer = self.post(
            f"/messages/tasks/{message}/tried",
            **{
                "tried-outcome": outcome,
                "tried-order": order,
                "tried-form_key": str(uuid.uuid4()),
            },
        )
        assert answer.status_code == 303, self.said(answer)

    def answered(self, message: uuid.UUID, words: str = ANSWER) -> None:
        """Take down what they answer in the same call."""
        answer = self.post(
            f"/messages/tasks/{message}/answer",
            **{"answer-words": words, "answer-form_key": str(uuid.uuid4())},
        )
        assert answer.status_code == 303, self.said(answer)

    def open(self, contact: uuid.UUID, reference: str, word: str = WORD) -> requests.Response:
        """Try reference and word."""
        return self.post(f"/console/contacts/{contact}/messages", reference=reference, word=word)

    def thread_page(self, contact: uuid.UUID, thread: uuid.UUID) -> str:
        path = f"/console/contacts/{contact}/messages/{thread}"
        return self.console.page(path).get_text(" ", strip=True)

    def post(self, path: str, **fields: Any) -> requests.Response:
        given = {"form_key": str(uuid.uuid4())} | fields
        return self.console.post(path.replace(self.system.web, ""), **given)

    def said(self, answer: requests.Response) -> str:
        """Give the faults that a page shows."""
        return " ".join(re.findall(r"(?:error-message|notice__|heading)[^>]*>([^<]+)", answer.text))


def contact_of(system: System, handset: Handset, console: Console, words: str) -> uuid.UUID:
    """Let somebody text, and a call-taker take it."""
    handset.text(words)
    with system.transaction() as session:
        found = session.scalars(
            sa.select(Contact.id).where(Contact.state == "waiting").order_by(Contact.opened_at)
        ).all()
    console.take(found[-1])
    return found[-1]


def call_from(system: System, handset: Handset, console: Console, phone: Handset) -> uuid.UUID:
    """Let somebody ring, and a call-taker answer by pressing 1."""
    handset.dial()
    system.advance(60)
    phone.answer()
    phone.press("1")
    system.settle()
    with system.transaction() as session:
        found = session.scalars(
            sa.select(Contact.id)
            .where(Contact.state == "with_call_taker", Contact.owner_id == console.staff_id)
            .order_by(Contact.opened_at.desc())
        ).all()
    assert found, "nobody answered"
    return found[0]


def thread_of(system: System, thread_id: uuid.UUID) -> Thread:
    with system.transaction() as session:
        return session.get_one(Thread, thread_id)


def message_of(system: System, message_id: uuid.UUID) -> Message:
    with system.transaction() as session:
        return session.get_one(Message, message_id)
