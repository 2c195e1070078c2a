"""Being rung back when it is one's turn: the place in the queue is kept, the line need not be.

Source: twilio.md 2.3 (W10, key 2 there). The contact goes on waiting, with the time since which it
waits and its need. It is offered to call-takers like any other; whoever takes it is put through to
the caller, who is rung then. Not reached, it is tried again after a pause; in the end a person
decides, and what nobody decided about ends honestly.
"""

import enum
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline import audit
from helpline.confidentiality import safe_contact, vault
from helpline.confidentiality.safe_contact import Way
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState, Ending, Happening, Need
from helpline.database import AT, Base, Instant
from helpline.phone_numbers import PhoneNumber
from helpline.round_trips import Question
from helpline.statements import Written, WrittenFor
from helpline.voice.call_outs import REACHED_OUT, Came
from helpline.voice.models import Leg, LegRole, LegState

LASTS = timedelta(hours=4)
"""For how long "this number is safe to ring" is taken to hold. They were told so."""
MOST_TRIES = 3
"""Then a person decides: ring once more, write, or leave it."""
PAUSE = timedelta(minutes=10)
PAUSE_OWN_SIDE = timedelta(minutes=1)
"""After a try that failed on our side, and never reached their telephone."""
_MOST_AT_ONCE = 50
_NEVER_ALONE = (Need.danger, Need.child)
# Made once: an alias copies every column of its table, and this one is asked for every second.
_THEIRS = sa.orm.aliased(Leg)


class Stage(enum.StrEnum):
    open = "open"
    for_a_person = "for_a_person"
    """Tried often enough. It stays in the list until somebody decides."""
    over = "over"


class CallBack(Base):
    """A caller's wish to be rung back when it is their turn."""

    __tablename__ = "call_back"

    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contact.id"), primary_key=True)
    asked_at: Mapped[datetime]
    until: Mapped[datetime]
    """When it ends by itself; a child's, or that of somebody in danger, never does."""
    stage: Mapped[Stage]
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    """From when on they may be tried."""

    __table_args__ = (
        sa.Index("ix_call_back_open", "until", postgresql_where=sa.text("stage <> 'over'")),
    )


def may_be_offered(session: Session, contact: Contact, *, at: datetime) -> bool:
    """Whether somebody who waits can be offered it: we can ring them, and no plan forbids it."""
    if contact.caller.number_token is None:
        return False
    plan = safe_contact.current(session, contact.caller_id)
    return safe_contact.verdict(plan, Way.call, at=at).may_leave


def ask(session: Session, contact: Contact, *, at: datetime) -> CallBack | None:
    """Keep somebody's wish to be rung back; they said that this telephone is safe to ring.

    The row of the contact must be locked. None where it can't be: then they wait on as before.
    """
    if contact.state is not ContactState.waiting or not may_be_offered(session, contact, at=at):
        return None
    known = session.get(CallBack, contact.id, populate_existing=True)
    if known is not None and known.stage is Stage.open:
        return known
    wish = known or CallBack(contact_id=contact.id)
    wish.asked_at, wish.until, wish.next_at = at, at + LASTS, at
    wish.stage, wish.tries = Stage.open, 0
    session.add(wish)
    contacts.happened(session, contact, Happening.asked_to_be_rung_back, at=at)
    audit.note(session, audit.Act.call_back_asked, at=at, about=contact.id)
    contacts.tell_changed(session, contact)
    return wish


def find(session: Session, contact_id: uuid.UUID) -> CallBack | None:
    """Return the wish of a contact that is not over."""
    found = _WISH.one(session, id=contact_id)
    return None if found is None or found.stage is Stage.over else found


def is_wanted(session: Session, contact_id: uuid.UUID) -> bool:
    """Whether somebody still wants to be rung back."""
    return find(session, contact_id) is not None


def rests(at: Instant) -> sa.ColumnElement[bool]:
    """Write the condition that a row of `Contact` is not to be offered now, by its call-back.

    Whoever is on the line is offered like any other.
    """
    wish = sa.exists().where(
        CallBack.contact_id == Contact.id,
        sa.or_(
            CallBack.stage == Stage.for_a_person,
            sa.and_(CallBack.stage == Stage.open, CallBack.next_at > at),
        ),
    )
    # The wish first: few have one, and PostgreSQL looks for the second only where it found it.
    return wish & ~_is_on_the_line()


def is_resting(session: Session, contact_id: uuid.UUID, *, at: datetime) -> bool:
    """Whether no phone should ring for one contact now, as its caller was tried a moment ago."""
    return _RESTS.value(session, id=contact_id, at=at) is not None


def is_for_a_person(session: Session, contact_id: uuid.UUID) -> bool:
    """Whether somebody was tried often enough, so that a person decides what is done."""
    wish = find(session, contact_id)
    return wish is not None and wish.stage is Stage.for_a_person


_WAITS = (
    "SELECT contact.id FROM contact JOIN call_back ON call_back.contact_id = contact.id "
    "JOIN caller ON caller.id = contact.caller_id "
    "JOIN vault_entry ON vault_entry.token = caller.number_token "
    "WHERE vault_entry.blind_index = %(mark)s AND call_back.stage <> 'over' "
    "AND contact.channel = 'voice' AND contact.state IN ('waiting', 'with_call_taker') "
    "ORDER BY contact.opened_at DESC LIMIT 1"
)


def waits_for(number: PhoneNumber | None) -> Question:
    """Ask for the contact in which whoever has a number waits to be rung back."""
    return Question(_WAITS, {"mark": vault.mark(number)})


def is_over(session: Session, contact: Contact) -> None:
    """Note that nobody has to be rung back any more: they talk, or rang us themselves."""
    wish = find(session, contact.id)
    if wish is not None:
        wish.stage = Stage.over


def not_reached(session: Session, contact: Contact, came: Came, *, at: datetime) -> None:
    """Put somebody who was not reached back to their place; in the end a person decides."""
    wish = find(session, contact.id)
    if wish is None:
        return
    if contact.state is ContactState.with_call_taker:
        back_to_their_place(session, contact, at=at)
    reached_out = came in REACHED_OUT
    wish.tries += reached_out
    wish.next_at = at + (PAUSE if reached_out else PAUSE_OWN_SIDE)
    if wish.tries >= MOST_TRIES or came in (Came.kept_back, Came.failed):
        wish.stage = Stage.for_a_person
        contacts.happened(session, contact, Happening.call_back_for_a_person, at=at)
    contacts.tell_changed(session, contact)


def back_to_their_place(session: Session, contact: Contact, *, at: datetime) -> None:
    """Let somebody wait again from where they were, whoever had taken them."""
    since = contact.waiting_since
    contacts.start_waiting(session, contact, at=at)
    contact.waiting_since, contact.owner_id, contact.taken_at = since, None, None


def end_what_is_over(session: Session, *, at: datetime) -> Sequence[Contact]:
    """Close the contacts whose callers wanted to be rung back and were not reached in time.

    A child's, and that of somebody in danger, stays until a person decides.
    """
    over = session.scalars(_over(), {"at": at}).all()
    for contact in over:
        is_over(session, contact)
        contacts.happened(session, contact, Happening.call_back_ended, at=at)
        contacts.close(session, contact, Ending.not_reached, at=at)
    return over


@cache
def _over() -> sa.Select[Contact]:
    return (
        sa.select(Contact)
        .join(CallBack, CallBack.contact_id == Contact.id)
        .where(
            CallBack.stage != Stage.over,
            CallBack.until <= AT,
            Contact.state == ContactState.waiting,
            ~_is_on_the_line(),
            ~Contact.is_child,
            *(sa.literal(each.value) != sa.all_(Contact.need_because) for each in _NEVER_ALONE),
        )
        .limit(_MOST_AT_ONCE)
        .with_for_update(skip_locked=True, of=Contact)
        .execution_options(populate_existing=True)
    )


def _is_on_the_line() -> sa.ColumnElement[bool]:
    return sa.exists().where(
        _THEIRS.contact_id == Contact.id,
        _THEIRS.role == LegRole.caller,
        _THEIRS.state != LegState.ended,
    )


_ID = sa.bindparam("id", type_=sa.Uuid)
_WISH = WrittenFor(CallBack, lambda wish: sa.select(*wish).where(CallBack.contact_id == _ID))
_RESTS = Written(lambda: sa.select(Contact.id).where(Contact.id == _ID, rests(AT)))
