"""Callers whose calls we don't take for a while, after abuse. A person decides, never a machine.

A bar has a reason and an end, and ends by itself. Whoever is barred hears 999 and other ways, and
whoever says by a key that they are in danger or under 18 is let in all the same: a telephone may be
shared (twilio.md 2.7; domain.md 6.1: blocks are timed). It is for calls; texts are read as before.
"""

import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from helpline import audit, live
from helpline.accounts.models import Role, StaffMember
from helpline.confidentiality import vault
from helpline.contacts import contacts
from helpline.contacts.models import Caller, Contact, ContactState, Ending, Happening
from helpline.database import Base, EncryptedText, Id
from helpline.phone_numbers import PhoneNumber
from helpline.round_trips import Question
from helpline.voice import call_plan, closed, legs
from helpline.voice.call_plan import Ask, GoTo, HangUp, Plan, Say

LONGEST = {Role.call_taker: timedelta(days=1), Role.supervisor: timedelta(days=30)}
MOST_LETTERS = 1000
CHILD_WITHIN = timedelta(days=365)
LET_ME_IN = "1"
TIMES_ASKED = 2
ANSWER_SECONDS = 8


class BarReason(enum.StrEnum):
    abusive = "abusive"
    threatening = "threatening"
    sexual = "sexual"
    hoax = "hoax"
    other = "other"


class CannotBarError(ValueError):
    """A caller can't be barred like this; the words say why."""


class CallerBar(Base):
    """One bar. It stands until its end, or until somebody lifts it."""

    __tablename__ = "caller_bar"

    id: Mapped[Id]
    caller_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("caller.id"))
    since: Mapped[datetime]
    until: Mapped[datetime]
    reason: Mapped[BarReason]
    words: Mapped[str] = mapped_column(EncryptedText("caller_bar.words"))
    by_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))

    caller: Mapped[Caller] = relationship(lazy="joined", innerjoin=True)
    by: Mapped[StaffMember] = relationship(
        lazy="joined", innerjoin=True, foreign_keys="CallerBar.by_id"
    )

    __table_args__ = (
        # One at a time for each caller, whoever decides at the same instant.
        sa.Index(
            "uq_caller_bar_open",
            "caller_id",
            unique=True,
            postgresql_where=sa.text("lifted_at IS NULL"),
        ),
    )


@dataclass(frozen=True)
class Wanted:
    """A bar as somebody asks for it."""

    reason: BarReason
    words: str = field(repr=False)
    lasts: timedelta


def lay(  # noqa: PLR0913 - each is a fact of the bar
    session: Session, caller: Caller, wanted: Wanted, by: uuid.UUID, role: str, *, at: datetime
) -> CallerBar:
    """Bar a caller's calls; one that stands already is changed.

    Raises:
        CannotBarError: for too long, without words, a withheld number, a child, or they are
            barred for longer already.

    """
    words = wanted.words.replace("\x00", "").strip()
    if not words or len(words) > MOST_LETTERS:
        raise CannotBarError(f"Write why, in up to {MOST_LETTERS} characters")
    longest = LONGEST.get(Role(role), timedelta(0))
    if not timedelta(0) < wanted.lasts <= longest:
        raise CannotBarError("Choose a shorter time, or ask a supervisor")
    if caller.number_token is None:
        raise CannotBarError("Their number was withheld, so each call of theirs is a new caller")
    if role != Role.supervisor and _was_a_child(session, caller.id, at):
        raise CannotBarError("This telephone was used by somebody under 18. Ask a supervisor")
    session.execute(sa.select(Caller.id).where(Caller.id == caller.id).with_for_update())
    bar = _open(session, caller.id)
    if bar is not None and bar.until > at + wanted.lasts and role != Role.supervisor:
        raise CannotBarError("They are barred for longer already. Only a supervisor shortens that")
    if bar is not None and bar.until <= at:
        # It is over by itself; its row says until when it was.
        bar.lifted_at = bar.until
        session.flush()
        bar = None
    if bar is None:
        bar = CallerBar(id=uuid.uuid4(), caller_id=caller.id, since=at)
        bar.caller = caller
        session.add(bar)
    bar.reason, bar.words, bar.until, bar.by_id = wanted.reason, words, at + wanted.lasts, by
    session.flush()
    audit.note(session, audit.Act.caller_barred, at=at, who=by, about=caller.id)
    live.tell(session, "shift")
    return bar


def lift(session: Session, bar_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """Take a caller's calls again. Over already, nothing changes."""
    bar = session.get(CallerBar, bar_id, with_for_update={"of": CallerBar}, populate_existing=True)
    if bar is None or bar.lifted_at is not None:
        return
    bar.lifted_at, bar.lifted_by_id = at, by
    audit.note(session, audit.Act.bar_lifted, at=at, who=by, about=bar.caller_id)
    live.tell(session, "shift")


def standing(session: Session, caller_id: uuid.UUID, *, at: datetime) -> CallerBar | None:
    """Return the bar that holds for a caller at this moment."""
    bar = _open(session, caller_id)
    return bar if bar is not None and bar.until > at else None


_STANDS = (
    "SELECT EXISTS (SELECT FROM caller_bar JOIN caller ON caller.id = caller_bar.caller_id "
    "JOIN vault_entry ON vault_entry.token = caller.number_token "
    "WHERE vault_entry.blind_index = %(mark)s "
    "AND caller_bar.lifted_at IS NULL AND caller_bar.until > %(at)s)"
)


def is_barred(number: PhoneNumber | None, *, at: datetime) -> Question:
    """Ask whether a bar holds for whoever has a number; never for a withheld one."""
    return Question(_STANDS, {"mark": vault.mark(number), "at": at})


def all_standing(session: Session, *, at: datetime) -> Sequence[CallerBar]:
    """List the bars that hold, the next to end first."""
    return session.scalars(
        sa.select(CallerBar)
        .where(CallerBar.lifted_at.is_(None), CallerBar.until > at)
        .order_by(CallerBar.until)
        .limit(200)
    ).all()


def newest_contact(session: Session, caller_id: uuid.UUID) -> uuid.UUID | None:
    """Return the newest contact of a caller: by it a bar is changed."""
    return session.scalar(
        sa.select(Contact.id)
        .where(Contact.caller_id == caller_id)
        .order_by(Contact.opened_at.desc())
        .limit(1)
    )


def greeting(contact: Contact) -> Plan:
    """Tell a barred caller where help is, and let whoever needs it in."""
    return _ask(contact, 1)


def pressed(session: Session, contact_id: uuid.UUID, digits: str, asked: int, at: datetime) -> Plan:
    """Go on as a barred caller chose; pressing nothing ends the call, after words. Repeatable."""
    contact = contacts.locked(session, contact_id)
    if contact is None or legs.live_caller(session, contact_id) is None:
        return call_plan.goodbye()
    if contact.state is not ContactState.arriving:
        is_over = contact.state is ContactState.closed
        return call_plan.goodbye() if is_over else (call_plan.caller_joins(contact),)
    if digits == LET_ME_IN:
        contacts.happened(session, contact, Happening.let_in, at=at)
        return closed.joins(session, contact)
    if asked < TIMES_ASKED:
        return _ask(contact, asked + 1)
    contacts.close(session, contact, Ending.barred, at=at)
    return (Say("barred_goodbye", contact.language), HangUp())


def _ask(contact: Contact, asked: int) -> Plan:
    answer = f"/tw/voice/barred/{contact.id}?asked={asked}"
    return (Ask("barred", answer, ANSWER_SECONDS, contact.language), GoTo(answer))


def _open(session: Session, caller_id: uuid.UUID) -> CallerBar | None:
    return session.scalars(
        sa.select(CallerBar).where(CallerBar.caller_id == caller_id, CallerBar.lifted_at.is_(None))
    ).first()


def _was_a_child(session: Session, caller_id: uuid.UUID, at: datetime) -> bool:
    child = sa.exists().where(
        Contact.caller_id == caller_id, Contact.is_child, Contact.opened_at > at - CHILD_WITHIN
    )
    return bool(session.scalar(sa.select(child)))
