"""Answers that call-takers promised, to be sent by whoever is alive; and what became of them."""

import time
import uuid
from collections import Counter

import sqlalchemy as sa

from chaos.ledger import Findings, half_done, rows
from chaos.place import Place
from helpline.accounts.models import Availability, Role, StaffMember
from helpline.clock import now
from helpline.contacts import contacts
from helpline.database import transaction
from helpline.phone_numbers import PhoneNumber
from helpline.sms import conversations, inbox
from helpline.sms.models import Direction, Text, TextState

_LEFT = {TextState.accepted, TextState.sent, TextState.delivered, TextState.not_confirmed}

Answers = dict[str, uuid.UUID]
"""The text of each answer, by its words, which are like no others."""


def promise_answers(place: Place, number: int) -> Answers:
    """Let so many writers each be promised one answer; returns its words and its text."""
    made: Answers = {}
    staff_id = uuid.uuid4()
    with place.app.app_context():
        with transaction() as session:
            session.add(call_taker(staff_id))
        for each in range(number):
            words = f"answer {uuid.uuid4().hex}"
            sender = PhoneNumber(f"+447700900{each % 1000:03}")
            with transaction() as session:
                came = inbox.IncomingText(f"SM{uuid.uuid4().hex}", sender, "hello")
                text = inbox.text_arrived(session, came, at=now())
                session.flush()
                contact = contacts.locked(session, text.contact_id)
                if contact is None:
                    raise LookupError("A text without its conversation")
                if contact.owner_id is None:
                    contacts.take(session, contact, staff_id, at=now())
                seen = conversations.newest_incoming(session, contact.id)
                reply = conversations.Reply(words, seen, uuid.uuid4())
                sent = conversations.reply(
                    session,
                    contact,
                    # Whoever had them before: a writer may be promised more than one answer.
                    contact.owner_id or staff_id,
                    reply,
                    at=now(),
                    most_an_hour=100_000,
                )
                made[words] = sent.id
    return made


def wait_until_quiet(place: Place, seconds: float) -> bool:
    """Wait until no promise is under way any more; says whether it came to that."""
    open_ = "SELECT count(*) FROM promise WHERE state IN ('waiting', 'claimed')"
    ends = time.monotonic() + seconds
    while rows(place.plain_address, open_)[0][0]:
        if time.monotonic() > ends:
            return False
        time.sleep(0.5)
    return True


def compare(place: Place, promised: Answers, found: Findings) -> Findings:
    """Compare what was promised with what the carrier took and what call-takers are shown."""
    taken = Counter(place.texts_at_exchange())
    with place.app.app_context(), transaction() as session:
        shown = dict(
            session.execute(
                sa.select(Text.id, Text.state).where(Text.direction == Direction.outbound)
            ).all()
        )
    unsure = 0
    for words, text_id in promised.items():
        found.doubled += taken[words] > 1
        state = shown[text_id]
        unsure += state is TextState.not_confirmed
        # Shown as gone although it never left; or left, and shown as if it had not.
        is_shown_gone = state in _LEFT
        never_left = taken[words] == 0
        if never_left and is_shown_gone and state is not TextState.not_confirmed:
            found.lost += 1
        if never_left and state is TextState.waiting:
            found.lost += 1
        if not never_left and not is_shown_gone and state is not TextState.waiting:
            found.stranded += 1
    found.contacts += len(promised)
    found.stranded += half_done(place.plain_address)
    found.notes.append(f"{sum(taken.values())} texts at the carrier, {unsure} shown as unsure")
    return found


def call_taker(staff_id: uuid.UUID) -> StaffMember:
    """Make somebody who may have any number of conversations."""
    return StaffMember(
        id=staff_id,
        email=f"{staff_id.hex}@example.org",
        display_name="Priya",
        role=Role.call_taker,
        password_hash="none",  # noqa: S106 - opens nothing
        availability=Availability.away,
        availability_since=now(),
        text_capacity=100_000,
    )
