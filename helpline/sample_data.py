"""Made-up people and contacts for a training instance: they tell the newcomer what this is."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import phone_numbers
from helpline.accounts import availability, staff
from helpline.accounts.models import Availability, Role, StaffMember
from helpline.contacts import contacts, wrap_up
from helpline.contacts.models import Contact
from helpline.contacts.wrap_up import Coding
from helpline.directory import sample as sample_partners
from helpline.directory import services
from helpline.sms import conversations, inbox
from helpline.sms import sample as sample_replies
from helpline.sms.models import Direction, Text, TextState
from helpline.voice import sample as sample_calls
from helpline.voice import sample_voicemails

# For training instances only, which reach no real phone; printed by `make run`.
PASSWORD = "training-only-116"  # noqa: S105


@dataclass(frozen=True)
class SamplePerson:
    name: str
    email: str
    role: Role
    phone: str | None
    on_shift: bool = False


PEOPLE = (
    SamplePerson("Priya", "priya@example.org", Role.call_taker, "020 7946 0101"),
    SamplePerson("Tom", "tom@example.org", Role.call_taker, "020 7946 0102"),
    SamplePerson("Ana", "ana@example.org", Role.call_taker, "020 7946 0103", on_shift=True),
    SamplePerson("Morgan", "morgan@example.org", Role.supervisor, "020 7946 0110"),
    SamplePerson("Robin", "robin@example.org", Role.administrator, None),
    SamplePerson("Dee", "dee@example.org", Role.data_protection_officer, None),
)


@dataclass(frozen=True)
class SampleConversation:
    phone: str
    began: timedelta
    lines: tuple[tuple[str, str], ...]
    """`in` or `out`, and the words."""
    coding: Coding | None
    note: str = ""


CONVERSATIONS = (
    SampleConversation(
        "07700 900145",
        timedelta(days=2, hours=3),
        (
            ("in", "my son hasnt come home since friday. he is 19. dont know who to ask"),
            ("out", "I'm sorry, that must be so worrying. Are the police looking for him?"),
            ("in", "yes they have a number for me to ring. its just the waiting"),
            ("out", "We can talk whenever you want to, day or night. What helps you most now?"),
            ("in", "just knowing someone is there. thank you"),
        ),
        Coding(
            contact_type="family_or_friend",
            age_band="40_64",
            situation="missing_now",
            tonight="unknown",
            risk="none",
            outcome="listened_only",
            reasons=("not_disclosed",),
        ),
        note="Mother of a 19-year-old. Police are involved. Wanted company while waiting.",
    ),
    SampleConversation(
        "07700 900134",
        timedelta(days=1, hours=6),
        (
            ("in", "I left home last month. is there a way to let my wife know im ok"),
            (
                "out",
                "Yes. You decide what we say, and nothing else is said. Shall we talk?",
            ),
            ("in", "not yet. maybe tomorrow. thanks"),
        ),
        Coding(
            contact_type="adult_away",
            age_band="25_39",
            situation="missing_now",
            tonight="friends",
            risk="concern",
            outcome="information_given",
            reasons=("job_loss", "relationship_breakdown"),
        ),
        note="Explained that he decides what is passed on. May come back.",
    ),
    SampleConversation(
        "07700 900167",
        timedelta(minutes=4),
        (("in", "hi is this confidential"),),
        None,
    ),
)


def load(session: Session, *, at: datetime) -> str:
    """Add the made-up people and their earlier contacts, unless they are there."""
    if session.scalar(sa.select(sa.exists().where(StaffMember.email == PEOPLE[0].email))):
        return "The sample data is there already."
    people = {each.name: _add(session, each, at) for each in PEOPLE}
    for conversation in CONVERSATIONS:
        _tell(session, conversation, people["Tom"], at - conversation.began)
    sample_calls.load(session, by=people["Tom"].id, at=at)
    sample_partners.load(session, by=people["Robin"].id, at=at)
    services.load_first(session, at=at)
    sample_replies.load(session, by=people["Morgan"].id, at=at)
    sample_voicemails.load(session, by=people["Morgan"].id, role=Role.supervisor, at=at)
    return f"Added {len(people)} people and {len(CONVERSATIONS)} conversations."


def sign_ins() -> str:
    """Describe how to sign in as each of them."""
    lines = [f"Sign in with one click at the start page, or with password {PASSWORD}:"]
    lines += [
        f"  {each.email:<22} {each.role.value.replace('_', '-')}"
        + (f", phone {each.phone}" if each.phone else "")
        for each in PEOPLE
    ]
    return "\n".join(lines)


def _add(session: Session, person: SamplePerson, at: datetime) -> StaffMember:
    number = phone_numbers.read(person.phone) if person.phone else None
    added = staff.add(session, person.email, person.name, person.role, PASSWORD, number, at=at)
    if person.on_shift:
        availability.become(session, added, Availability.away, at=at)
    return added


def _tell(session: Session, story: SampleConversation, owner: StaffMember, began: datetime) -> None:
    number = phone_numbers.read(story.phone)
    contact: Contact | None = None
    for minute, (direction, words) in enumerate(story.lines):
        at = began + timedelta(minutes=2 * minute)
        if direction == "in":
            incoming = inbox.IncomingText(f"SM{uuid.uuid4().hex}", number, words)
            contact = session.get_one(
                Contact, inbox.text_arrived(session, incoming, at=at).contact_id
            )
        elif contact is not None:
            _answer(session, contact, owner, words, at)
        session.flush()
    if contact is not None and story.coding is not None:
        _wrap_up(session, contact, owner, story, began + timedelta(minutes=20))


def _answer(
    session: Session, contact: Contact, owner: StaffMember, words: str, at: datetime
) -> None:
    if contact.owner_id is None:
        contacts.take(session, contact, owner.id, at=at)
        session.flush()
    session.add(
        Text(
            id=uuid.uuid4(),
            contact_id=contact.id,
            direction=Direction.outbound,
            words=words,
            at=at,
            state=TextState.delivered,
            state_since=at,
            staff_id=owner.id,
        )
    )


def _wrap_up(
    session: Session,
    contact: Contact,
    owner: StaffMember,
    story: SampleConversation,
    at: datetime,
) -> None:
    contacts.write_note(session, contact, owner.id, story.note, uuid.uuid4(), at=at)
    conversations.end_conversation(session, contact, owner.id, at=at)
    if story.coding is not None:
        wrap_up.wrap_up(session, contact, owner.id, story.coding, at=at)
