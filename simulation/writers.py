"""Those who text, and the call-takers who answer them: beside the calls, with the same rules."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.accounts.models import Availability, Role, StaffMember
from helpline.contacts import contacts, need
from helpline.contacts.models import Channel, Contact, ContactState, Ending
from helpline.phone_numbers import PhoneNumber
from helpline.sms import conversations, inbox
from helpline.statements import WrittenFor
from simulation.line import Line

_ANSWER_SECONDS = 60.0
_THINKS_SECONDS = 90.0
_NEXT = WrittenFor(
    Contact,
    lambda contact: (
        sa.select(*contact)
        .where(Contact.state == ContactState.waiting, Contact.channel == Channel.sms)
        .order_by(*need.in_line())
        .limit(1)
        .with_for_update(of=Contact)
    ),
)


@dataclass
class Writer:
    """Somebody who writes a few texts and gets as many answers."""

    wrote: datetime
    number: PhoneNumber
    left: int
    answered: datetime | None = None

    @property
    def waited(self) -> float | None:
        """Seconds from their first text until somebody took it."""
        return None if self.answered is None else (self.answered - self.wrote).total_seconds()


@dataclass
class Writing:
    """All who write, and those who answer them and take no calls."""

    line: Line
    texts: int = 3
    """How many each of them writes."""
    arrived: int = 0
    writers: list[Writer] = field(default_factory=list)
    _free: list[uuid.UUID] = field(default_factory=list)
    _by_contact: dict[uuid.UUID, Writer] = field(default_factory=dict)

    def hire(self, number: int) -> None:
        """Add people who answer texts. They have no telephone, so nobody rings them."""
        added = [uuid.uuid4() for _ in range(number)]

        def hire(session: Session) -> None:
            session.add_all(
                StaffMember(
                    id=each,
                    email=f"{each.hex}@example.org",
                    display_name="Text-taker",
                    role=Role.call_taker,
                    password_hash="none",  # noqa: S106 - opens nothing
                    availability=Availability.ready,
                    availability_since=self.line.agenda.now,
                    ready_since=self.line.agenda.now,
                )
                for each in added
            )

        self.line.do(hire)
        self._free += added

    def writes(self) -> None:
        """Let somebody new write to the helpline now."""
        number = PhoneNumber(f"+4479111{len(self.writers) % 100_000:05}")
        writer = Writer(self.line.agenda.now, number, self.texts)
        self.writers.append(writer)
        self._text(writer)

    def _text(self, writer: Writer) -> None:
        incoming = inbox.IncomingText(f"SM{uuid.uuid4().hex}", writer.number, "can you help me")
        at = self.line.agenda.now
        text = self.line.do(lambda s: inbox.text_arrived(s, incoming, at=at))
        self.arrived += 1
        self._by_contact.setdefault(text.contact_id, writer)
        self._next()

    def _next(self) -> None:
        """Let whoever is free take who waits longest, weighed as everywhere."""
        while self._free and (contact_id := self.line.do(self._take)) is not None:
            staff_id = self._free.pop(0)
            writer = self._by_contact[contact_id]
            writer.answered = writer.answered or self.line.agenda.now
            self._answers_later(contact_id, staff_id, writer)

    def _take(self, session: Session) -> uuid.UUID | None:
        waiting = _NEXT.one(session)
        if waiting is None:
            return None
        contacts.take(session, waiting, self._free[0], at=self.line.agenda.now)
        return waiting.id

    def _answers_later(self, contact_id: uuid.UUID, staff_id: uuid.UUID, writer: Writer) -> None:
        seconds = self.line.chance.around(_ANSWER_SECONDS)
        self.line.agenda.after(seconds, lambda: self._answers(contact_id, staff_id, writer))

    def _answers(self, contact_id: uuid.UUID, staff_id: uuid.UUID, writer: Writer) -> None:
        writer.left -= 1
        at = self.line.agenda.now

        def answer(session: Session) -> None:
            contact = contacts.locked(session, contact_id)
            if contact is None:
                return
            seen = conversations.newest_incoming(session, contact_id)
            words = conversations.Reply("we are here", seen, uuid.uuid4())
            conversations.reply(session, contact, staff_id, words, at=at, most_an_hour=1_000)
            if writer.left == 0:
                contacts.start_wrapping_up(session, contact, at=at)
                contacts.close(session, contact, Ending.wrapped_up, at=at)

        self.line.do(answer)
        self.line.carry_out()
        if writer.left == 0:
            self._free.append(staff_id)
            self._next()
        else:
            thinks = self.line.chance.around(_THINKS_SECONDS)
            self.line.agenda.after(thinks, lambda: self._goes_on(contact_id, staff_id, writer))

    def _goes_on(self, contact_id: uuid.UUID, staff_id: uuid.UUID, writer: Writer) -> None:
        self._text(writer)
        self._answers_later(contact_id, staff_id, writer)
