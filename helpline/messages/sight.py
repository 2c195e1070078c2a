"""Who may see what of a thread: its author's side, its recipient's side, and never both by chance.

Source: domain.md 9, "message words" and "author location"; `confidentiality.access`.
"""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.accounts.models import Role, StaffMember
from helpline.confidentiality.access import Data, Fact, Sight, may
from helpline.contacts.models import Contact
from helpline.messages import sendings
from helpline.messages.happenings import Proof, Reply
from helpline.messages.models import Message, Party, Thread
from helpline.messages.states import MessageState, ReplyState


class NotForYouError(LookupError):
    """It isn't there, or isn't for this person: nobody can tell which."""


def contact(session: Session, contact_id: uuid.UUID, staff: StaffMember) -> Contact:
    """Read a contact for somebody who may read its notes.

    Raises:
        NotForYouError: it isn't there, or not for them.

    """
    found = session.get(Contact, contact_id)
    if found is None:
        raise NotForYouError
    facts = [Fact.is_own] if found.owner_id == staff.id else []
    if found.is_flagged:
        facts.append(Fact.is_flagged)
    if may(staff.role, Data.contact_notes, *facts) is not Sight.whole:
        raise NotForYouError
    return found


def thread(session: Session, thread_id: uuid.UUID, in_contact: Contact) -> Thread:
    """Read a thread for whoever has the contact in which its author proved who they are.

    Raises:
        NotForYouError: it isn't there, or nobody proved it in this contact.

    """
    found = session.get(Thread, thread_id)
    if found is None or sendings.newest_proof(session, thread_id, in_contact.id) is None:
        raise NotForYouError
    return found


def threads(session: Session, in_contact: Contact) -> list[Thread]:
    """List the threads whose author proved who they are, in a contact that goes on."""
    proved = session.scalars(
        sa.select(Thread)
        .join(Proof, Proof.thread_id == Thread.id)
        .where(Proof.contact_id == in_contact.id)
        .distinct()
    ).all()
    return [each for each in proved if sendings.newest_proof(session, each.id, in_contact.id)]


def message(session: Session, message_id: uuid.UUID, staff: StaffMember) -> Message:
    """Read a message for somebody who may know its words.

    Raises:
        NotForYouError: it isn't there, or not for them.

    """
    found = session.get(Message, message_id)
    if found is None or not may_read(found, staff):
        raise NotForYouError
    return found


def may_read(found: Message, staff: StaffMember) -> bool:
    """Whether somebody may know the words of a message: theirs, given to them, or held."""
    facts = []
    if found.written_by == staff.id:
        facts.append(Fact.is_own)
    if staff.id in {found.with_id, found.last_with_id}:
        facts.append(Fact.is_assigned)
    if found.state is MessageState.blocked_safeguarding:
        facts.append(Fact.is_held)
    return may(staff.role, Data.message_words, *facts) is Sight.whole


def reply(session: Session, reply_id: uuid.UUID, staff: StaffMember) -> Reply:
    """Read a reply for somebody who decides about it.

    Raises:
        NotForYouError: it isn't there, or not for them.

    """
    found = session.get(Reply, reply_id)
    if found is None:
        raise NotForYouError
    is_held = found.state in {ReplyState.screened, ReplyState.held_safeguarding}
    facts = [Fact.is_held] if is_held else []
    if may(staff.role, Data.message_words, *facts) is not Sight.whole:
        raise NotForYouError
    return found


def whole_thread(session: Session, thread_id: uuid.UUID, staff: StaffMember) -> Thread:
    """Read a thread for those who look after it from outside a contact.

    Raises:
        NotForYouError: it isn't there, or not for them.

    """
    found = session.get(Thread, thread_id)
    if found is None or staff.role not in {Role.supervisor, Role.safeguarding_lead}:
        raise NotForYouError
    return found


def given_to(session: Session, found: Contact) -> list[Party]:
    """List as whom the person of a contact was given a message: they know of it already."""
    return list(
        session.scalars(
            sa.select(Party)
            .where(
                Party.caller_id == found.caller_id,
                sa.exists().where(
                    Message.party_id == Party.id, Message.state == MessageState.delivered
                ),
            )
            .order_by(Party.added_at)
        )
    )
