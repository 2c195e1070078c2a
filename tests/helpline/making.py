"""Makes people, contacts and texts for tests of rules, mostly by the rules themselves."""

import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.accounts.models import Availability, Role, StaffMember
from helpline.clock import now
from helpline.confidentiality import vault
from helpline.contacts import contacts
from helpline.contacts.models import Contact
from helpline.phone_numbers import PhoneNumber
from helpline.sms import inbox
from helpline.sms.models import Text
from helpline.voice import calls
from helpline.voice.calls import ConferenceEvent
from helpline.voice.models import Leg, LegRole
from tests.system import System

_count = itertools.count()


class UndoneError(BaseException):
    """Whatever may end a unit of work, an interrupt included."""


@contextmanager
def undone(system: System) -> Iterator[Session]:
    """Open a unit of work that fails when the test has done its part in it."""
    with suppress(UndoneError), system.transaction() as session:
        yield session
        raise UndoneError


@contextmanager
def in_between(system: System, found: str, change: str) -> Iterator[None]:
    """Let another process change something right after a statement with these words."""
    done = []
    send = psycopg.Cursor.execute

    def noted(self: Any, query: Any, *given: Any, **named: Any) -> Any:
        answer = send(self, query, *given, **named)
        if found in (query.decode() if isinstance(query, bytes) else str(query)) and not done:
            done.append(query)
            with psycopg.connect(system.listening_address, autocommit=True) as other:
                send(psycopg.Cursor(other), change.encode())
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", noted)
        yield
    assert done


def sid(kind: str = "SM") -> str:
    """Make an id as the carrier does."""
    return kind + uuid.uuid4().hex


def number() -> PhoneNumber:
    """Give the next made-up mobile number."""
    return PhoneNumber(f"+447700900{next(_count) % 1000:03}")


def staff_member(
    session: Session,
    availability: Availability = Availability.ready,
    *,
    since: datetime | None = None,
    has_phone: bool = True,
    role: Role = Role.call_taker,
) -> StaffMember:
    """Add somebody on shift. Their password opens nothing: a real hash would cost time."""
    since = since or now()
    phone = PhoneNumber(f"+442079460{next(_count) % 1000:03}")
    added = StaffMember(
        id=uuid.uuid4(),
        email=f"{uuid.uuid4().hex}@example.org",
        display_name="Priya",
        role=role,
        password_hash="none",
        phone_token=vault.keep(session, phone) if has_phone else None,
        availability=availability,
        availability_since=since,
        ready_since=since if availability is Availability.ready else None,
    )
    session.add(added)
    session.flush()
    return added


def incoming(words: str = "hello", sender: PhoneNumber | None = None) -> inbox.IncomingText:
    return inbox.IncomingText(sid(), sender or number(), words)


def conversation(session: Session, staff: StaffMember, words: str = "hello") -> Contact:
    """Open a conversation by text that one member of staff has."""
    text = inbox.text_arrived(session, incoming(words), at=now())
    contact = contact_of(session, text)
    contacts.take(session, contact, staff.id, at=now())
    session.flush()
    return contact


def contact_of(session: Session, text: Text) -> Contact:
    session.flush()
    found = contacts.locked(session, text.contact_id)
    assert found is not None
    return found


def arriving_call(session: Session, *, at: datetime, sender: PhoneNumber | None = None) -> Leg:
    """Let a call reach the greeting; gives the caller's leg."""
    call_sid = sid("CA")
    calls.call_arrived(session, call_sid, sender, at=at)
    session.flush()
    return session.scalars(sa.select(Leg).where(Leg.call_sid == call_sid)).one()


def waiting_call(session: Session, *, at: datetime) -> Contact:
    """Let a call come as far as waiting in its conference."""
    leg = arriving_call(session, at=at)
    joined = ConferenceEvent("participant-join", sid("CF"), str(leg.call_sid), "in-progress")
    calls.conference_changed(session, leg.contact_id, joined, at=at)
    session.flush()
    return session.get_one(Contact, leg.contact_id, populate_existing=True)


def caller_leg(session: Session, contact: Contact) -> Leg:
    return session.scalars(
        sa.select(Leg).where(Leg.contact_id == contact.id, Leg.role == LegRole.caller)
    ).one()
