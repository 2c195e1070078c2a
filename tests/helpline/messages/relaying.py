"""Makes threads, recipients and messages for tests, by the rules themselves."""

import uuid
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from helpline.accounts.models import Availability, Role, StaffMember
from helpline.clock import now
from helpline.confidentiality.consent import Scope
from helpline.contacts.models import Contact
from helpline.messages import approvals, checks, delivery, drafting, threads
from helpline.messages.approvals import Approver, Decision
from helpline.messages.delivery import Tried
from helpline.messages.drafting import Recipient, Words
from helpline.messages.happenings import Outcome
from helpline.messages.models import (
    Age,
    Harm,
    Level,
    Message,
    Order,
    Party,
    Relation,
    Thread,
    Way,
    YesNo,
)
from helpline.messages.threads import Begun
from tests.helpline import making

__all__ = ["Contact", "Level", "Thread", "YesNo"]

WORD, DURESS = "bluebird", "thunder"
SAFE = "Tell Karen I am safe and well. I love you both."
ANSWER = "We both love and miss you"


def begun(**changed: object) -> Begun:
    given = Begun(
        name="Luke",
        born="3 February 1992",
        age=Age.adult,
        is_detained=YesNo.no,
        is_at_risk=YesNo.no,
        rights_explained=True,
        can_be_confirmed=True,
        word=WORD,
        duress_word=DURESS,
        safe_number=None,
        form_key=uuid.uuid4(),
    )
    return replace(given, **changed)  # type: ignore[arg-type]


def recipient(**changed: object) -> Recipient:
    given = Recipient(
        name="Karen",
        relation=Relation.partner,
        number=making.number(),
        fact_asked="What was your first dog called?",
        fact_answer="Biscuit",
        way=Way.call,
        may_leave_voicemail=False,
        harm=Harm.none,
        order=Order.none,
        is_monitored=YesNo.no,
        unsafe_others="",
        form_key=uuid.uuid4(),
    )
    return replace(given, **changed)  # type: ignore[arg-type]


def words(said: str = SAFE, *scopes: Scope, area: str = "", reply_to: str = "") -> Words:
    return Words(said, frozenset(scopes), uuid.uuid4(), area, reply_to)


def call_taker(session: Session) -> StaffMember:
    return making.staff_member(session, Availability.off_shift, has_phone=False)


def supervisor(session: Session, role: Role = Role.supervisor) -> StaffMember:
    return making.staff_member(session, Availability.off_shift, has_phone=False, role=role)


def author(session: Session, staff: StaffMember, said: str = "i cant cope") -> Contact:
    """Let somebody write in, and a call-taker take it."""
    return making.conversation(session, staff, said)


def thread(session: Session, contact: Contact, staff: StaffMember, **changed: object) -> Thread:
    return threads.begin(session, contact, begun(**changed), by=staff.id, at=now())


def party(session: Session, of: Thread, staff: StaffMember, **changed: object) -> Party:
    return drafting.add_party(session, of, recipient(**changed), by=staff.id, at=now())


def draft(
    session: Session,
    contact: Contact,
    to: Party,
    staff: StaffMember,
    given: Words | None = None,
) -> Message:
    return drafting.write(session, contact, to, given or words(), by=staff.id, at=now())


def agreed(
    session: Session, contact: Contact, to: Party, staff: StaffMember, given: Words | None = None
) -> Message:
    message = draft(session, contact, to, staff, given)
    drafting.agree(session, message, contact, by=staff.id, at=now())
    return message


def decision(message: Message, **changed: object) -> Decision:
    given = Decision(seen_words=checks.words_mark(message))
    return replace(given, **changed)  # type: ignore[arg-type]


def approve(session: Session, message: Message, **changed: object) -> Message:
    second = supervisor(session)
    approvals.approve(
        session,
        message,
        decision(message, **changed),
        by=Approver(second.id, second.role),
        at=now(),
    )
    return message


def approved(
    session: Session, contact: Contact, to: Party, staff: StaffMember, given: Words | None = None
) -> Message:
    return approve(session, agreed(session, contact, to, staff, given))


def tried(
    session: Session,
    message: Message,
    staff: StaffMember,
    outcome: Outcome,
    *,
    at: datetime | None = None,
    order: Order | None = None,
) -> None:
    """Take the task and say what came of it."""
    at = at or now()
    delivery.begin(session, message, by=staff.id, at=at)
    what = Tried(outcome, uuid.uuid4(), order)
    delivery.tried(session, message, what, by=staff.id, at=at)


def delivered(session: Session, staff: StaffMember, **changed: object) -> tuple[Contact, Message]:
    """Bring a message all the way to its recipient, by call."""
    contact = author(session, staff)
    message = approved(
        session, contact, party(session, thread(session, contact, staff), staff, **changed), staff
    )
    tried(session, message, staff, Outcome.given)
    return contact, message
