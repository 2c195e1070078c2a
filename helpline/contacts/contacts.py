"""The life of a contact: opened, waiting, with a call-taker, wrapped up, closed."""

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from helpline import audit, live, round_trips
from helpline.accounts.models import Availability, StaffMember
from helpline.contacts import need, outreach
from helpline.contacts.models import (
    STEPS,
    Caller,
    Channel,
    Contact,
    ContactState,
    Ending,
    Happening,
    Need,
    Note,
    TimelineEntry,
)
from helpline.database import id_by_time
from helpline.statements import Written, WrittenForSeveral

_LOCKED = WrittenForSeveral(
    (Contact, Caller, StaffMember),
    lambda all_three: (
        sa.select(*all_three)
        .join_from(Contact, Caller, Caller.id == Contact.caller_id)
        .outerjoin(StaffMember, StaffMember.id == Contact.owner_id)
        .where(Contact.id == sa.bindparam("id", type_=sa.Uuid))
        .with_for_update(of=Contact)
    ),
)
_HAS_OPEN_CALL = Written(
    lambda: sa.select(
        sa.exists().where(
            Contact.owner_id == sa.bindparam("staff_id", type_=sa.Uuid),
            Contact.channel == Channel.voice,
            Contact.state.in_((ContactState.with_call_taker, ContactState.wrapping_up)),
        )
    )
)
MOST_NOTE_LETTERS = 10_000
KEPT_FOR = timedelta(minutes=5)
"""How long a reopened conversation is kept for whoever had it last."""
_DECIDED = {
    Need.first_by_hand: Happening.put_first,
    Need.later_by_hand: Happening.put_later,
    None: Happening.put_as_it_was,
}
_HERE = frozenset({Availability.ready, Availability.busy, Availability.wrapping_up})


class StepNotAllowedError(Exception):
    """The contact is not in a state from which this can happen."""


class TakenAlreadyError(Exception):
    """Another call-taker has this contact."""


class NotYoursError(Exception):
    """Only the call-taker who has the contact may do this."""


class WordsMissingError(ValueError):
    """Nothing was written, or too much; the words say which."""


def open_contact(
    session: Session, channel: Channel, caller: Caller, state: ContactState, *, at: datetime
) -> Contact:
    """Open a contact for a caller."""
    contact = Contact(
        id=id_by_time(),
        channel=channel,
        state=state,
        caller_id=caller.id,
        opened_at=at,
        waiting_since=at if state is ContactState.waiting else None,
        first_waited_at=at if state is ContactState.waiting else None,
        conference_name=new_conference_name() if channel is Channel.voice else None,
        follows_outreach_at=at if outreach.may_answer(caller, at=at) else None,
    )
    contact.caller = caller
    round_trips.keep(session, contact)
    audit.note(session, audit.Act.contact_opened, at=at, about=contact.id)
    return contact


def new_conference_name() -> str:
    """Make a name that tells nothing and can't be guessed (../shared/carrier/twilio.md 0.9)."""
    return f"c-{uuid.uuid4().hex}"


def locked(session: Session, contact_id: uuid.UUID) -> Contact | None:
    """Read one contact afresh and hold its row until the transaction ends."""
    found = _LOCKED.all(session, id=contact_id)
    if not found:
        return None
    contact: Contact
    contact, caller, owner = found[0]
    set_committed_value(contact, "caller", caller)
    set_committed_value(contact, "owner", owner)
    return contact


def step(contact: Contact, state: ContactState) -> None:
    """Move a contact to another state.

    Raises:
        StepNotAllowedError: the table of steps does not have it.

    """
    if state not in STEPS[contact.state]:
        raise StepNotAllowedError(f"A contact that is {contact.state} can't become {state}")
    contact.state = state


def start_waiting(session: Session, contact: Contact, *, at: datetime) -> None:
    """Put a contact among those who wait, from now on; when it first waited is kept too."""
    step(contact, ContactState.waiting)
    contact.waiting_since = at
    contact.first_waited_at = contact.first_waited_at or at
    tell_changed(session, contact)


def take(session: Session, contact: Contact, staff_id: uuid.UUID, *, at: datetime) -> None:
    """Give a waiting contact to one call-taker. The row must be locked.

    Raises:
        TakenAlreadyError: it is not waiting any more.

    """
    if contact.state is not ContactState.waiting:
        raise TakenAlreadyError
    step(contact, ContactState.with_call_taker)
    contact.owner_id = staff_id
    contact.taken_at = at
    contact.first_taken_at = contact.first_taken_at or at
    contact.kept_for_id = contact.kept_until = None
    need.drop(contact, Need.cut_off)
    happened(session, contact, Happening.taken, at=at, staff_id=staff_id)
    audit.note(session, audit.Act.contact_taken, at=at, who=staff_id, about=contact.id)
    tell_changed(session, contact)


def start_wrapping_up(session: Session, contact: Contact, *, at: datetime) -> None:
    """End the talking; what is left is to note what came of it."""
    step(contact, ContactState.wrapping_up)
    contact.ended_at = at
    contact.offered_to_id = None
    audit.note(session, audit.Act.contact_ended, at=at, who=contact.owner_id, about=contact.id)
    tell_changed(session, contact)


def close(session: Session, contact: Contact, ending: Ending, *, at: datetime) -> None:
    """Close a contact."""
    step(contact, ContactState.closed)
    contact.ending = ending
    contact.ended_at = contact.ended_at or at
    contact.closed_at = at
    tell_changed(session, contact)


def hand_back(session: Session, contact: Contact, *, at: datetime, by: uuid.UUID) -> None:
    """Put a conversation back among those who wait, so that a colleague can take it.

    Raises:
        StepNotAllowedError: nobody has it, or it is closed.

    """
    if contact.state not in (ContactState.with_call_taker, ContactState.wrapping_up):
        raise StepNotAllowedError(f"A contact that is {contact.state} can't be handed back")
    live.tell(session, f"staff:{contact.owner_id}")
    if contact.state is ContactState.wrapping_up:
        step(contact, ContactState.with_call_taker)
    contact.owner_id = contact.ended_at = contact.offered_to_id = None
    happened(session, contact, Happening.handed_back, at=at, staff_id=by)
    audit.note(session, audit.Act.contact_requeued, at=at, who=by, about=contact.id)
    start_waiting(session, contact, at=at)


def has_open(session: Session, staff_id: uuid.UUID) -> bool:
    """Whether somebody still has contacts that are not wrapped up."""
    is_open = Contact.state.in_((ContactState.with_call_taker, ContactState.wrapping_up))
    return bool(session.scalar(sa.select(sa.exists().where(Contact.owner_id == staff_id, is_open))))


def has_open_call(session: Session, staff_id: uuid.UUID) -> bool:
    """Whether somebody still has a call that is not wrapped up."""
    return bool(_HAS_OPEN_CALL.value(session, staff_id=staff_id))


def decide_need(
    session: Session, contact: Contact, by_hand: Need | None, *, at: datetime, by: uuid.UUID
) -> None:
    """Let a person put somebody who waits first or later; None: as the other reasons say.

    Raises:
        StepNotAllowedError: they don't wait any more.

    """
    if contact.state is not ContactState.waiting:
        raise StepNotAllowedError("Nobody waits here any more")
    need.decide(contact, by_hand)
    happened(session, contact, _DECIDED[by_hand], at=at, staff_id=by)
    audit.note(session, audit.Act.need_decided, at=at, who=by, about=contact.id)
    tell_changed(session, contact)


def reopen(session: Session, contact: Contact, *, at: datetime) -> None:
    """Put a closed conversation back among those who wait.

    Whoever had it last is first in line, if they are here: a person should not have to tell
    everything twice. It waits all the same, seen by all, so that nobody has to wait for one person.
    """
    if contact.owner is not None and contact.owner.availability in _HERE:
        contact.kept_for_id, contact.kept_until = contact.owner_id, at + KEPT_FOR
    contact.closed_at = contact.ended_at = contact.ending = None
    if outreach.may_answer(contact.caller, at=at):
        contact.follows_outreach_at = at
    happened(session, contact, Happening.reopened, at=at)
    start_waiting(session, contact, at=at)


def write_note(  # noqa: PLR0913 - each is a fact of the note
    session: Session,
    contact: Contact,
    staff_id: uuid.UUID,
    words: str,
    form_key: uuid.UUID,
    *,
    at: datetime,
) -> Note:
    """Write a note on a contact. The same form again changes nothing.

    Raises:
        WordsMissingError: it is empty or over 10,000 characters.

    """
    words = words.replace("\x00", "").strip()
    if not words:
        raise WordsMissingError("Write the note first")
    if len(words) > MOST_NOTE_LETTERS:
        raise WordsMissingError(
            f"The note has {len(words):,} characters. Shorten it to {MOST_NOTE_LETTERS:,} or fewer"
        )
    known = session.scalar(sa.select(Note).where(Note.form_key == form_key))
    if known is not None:
        return known
    note = Note(contact_id=contact.id, staff_id=staff_id, at=at, words=words, form_key=form_key)
    session.add(note)
    happened(session, contact, Happening.note_written, at=at, staff_id=staff_id)
    audit.note(session, audit.Act.note_written, at=at, who=staff_id, about=contact.id)
    tell_changed(session, contact)
    return note


def happened(
    session: Session,
    contact: Contact,
    what: Happening,
    *,
    at: datetime,
    staff_id: uuid.UUID | None = None,
) -> None:
    """Add a line to the contact's timeline."""
    round_trips.write(
        session, TimelineEntry, contact_id=contact.id, at=at, what=what, staff_id=staff_id
    )


def tell_changed(session: Session, contact: Contact) -> None:
    """Tell consoles that this contact, and the lists it stands in, changed."""
    tell_of(session, contact.id, contact.owner_id)


def tell_of(session: Session, contact_id: uuid.UUID, owner_id: uuid.UUID | None) -> None:
    """Tell consoles the same of a contact of which no more is known than its id and its owner."""
    topics = [f"contact:{contact_id}", "waiting"]
    if owner_id is not None:
        topics.append(f"staff:{owner_id}")
    live.tell(session, *topics)
