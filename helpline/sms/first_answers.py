"""The one text that answers by itself: we have yours, and where help is right now.

At most one in a conversation and hour, and never to another robot: two machines that thank each
other would go on all night (domain.md 7.5).
"""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, outbox
from helpline.accounts import availability
from helpline.confidentiality import hours, safe_contact
from helpline.confidentiality.hours import Window
from helpline.confidentiality.safe_contact import Way
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState, Happening
from helpline.directory import line_hours
from helpline.directory.line_hours import Door
from helpline.settings import Settings
from helpline.sms import limits, wording
from helpline.sms.models import Automatic, Direction, Text, TextState

ONE_IN = timedelta(hours=1)
MOST_IN_A_MINUTE = 5
"""More texts in a minute than a person writes."""
SAME_WORDS = 2
"""So often within an hour the same words come from a machine, or need no second answer."""
_A_MINUTE = timedelta(minutes=1)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# What phones and offices answer by themselves, in English and Welsh.
_ROBOT = re.compile(
    r"\b(auto(matic|mated)?[- ]?(reply|response|message)|out of (the )?office|do not reply|"
    r"don'?t reply to this|this (number|inbox|mailbox) is not monitored|i.?m driving|"
    r"unsubscribe from|ateb awtomatig|neges awtomatig|allan o'r swyddfa|peidiwch ag ateb)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Answering:
    """When somebody answers texts, and how many waiting make a surge."""

    hours: tuple[Window, ...] = ()
    """Empty: at any hour."""
    surge_waiting: int = 20
    most_a_day: int = 20_000


def from_settings(settings: Settings) -> Answering | None:
    """Read what the operator decided; None where nothing is to be answered by itself."""
    if not settings.first_answers:
        return None
    return Answering(_hours(settings.texting_hours), settings.surge_waiting, settings.texts_per_day)


def answer(
    session: Session, contact: Contact, text: Text, how: Answering, *, at: datetime
) -> Text | None:
    """Promise the first answer to a text that waits for somebody; None where there is none."""
    if contact.state is not ContactState.waiting or not contact.caller.is_mobile:
        return None
    if _answered_lately(session, contact, at) or is_from_a_robot(session, contact, text, at=at):
        return None
    if not limits.has_left_today(session, how.most_a_day, at=at):
        return None
    plan = safe_contact.current(session, contact.caller_id)
    if not safe_contact.verdict(plan, Way.text, at=at, last_wrote=at).may_leave:
        return None
    return _promise(session, contact, kind(session, how, at=at), at)


def kind(session: Session, how: Answering, *, at: datetime) -> Automatic:
    """Choose what the first answer says."""
    is_open = hours.is_open(how.hours, at) and line_hours.is_open(session, Door.texts, at=at)
    if not is_open or not availability.anybody_on_shift(session):
        return Automatic.out_of_hours
    # Counted no further than it matters.
    waiting = sa.select(Contact.id).where(Contact.state == ContactState.waiting)
    some = waiting.limit(how.surge_waiting).subquery()
    count = session.scalar(sa.select(sa.func.count()).select_from(some)) or 0
    return Automatic.surge if count >= how.surge_waiting else Automatic.acknowledgement


def is_from_a_robot(session: Session, contact: Contact, text: Text, *, at: datetime) -> bool:
    """Whether a text looks as if a machine had written it."""
    if _ROBOT.search(text.words):
        return True
    lately = session.execute(
        sa.select(Text.words, Text.at)
        .where(
            Text.contact_id == contact.id,
            Text.direction == Direction.inbound,
            Text.at > at - ONE_IN,
            Text.id != text.id,
        )
        .order_by(Text.number.desc())
        .limit(50)
    ).all()
    same = sum(words.strip() == text.words.strip() for words, _ in lately)
    fast = sum(when > at - _A_MINUTE for _, when in lately)
    return same >= SAME_WORDS or fast >= MOST_IN_A_MINUTE


def _answered_lately(session: Session, contact: Contact, at: datetime) -> bool:
    return bool(
        session.scalar(
            sa.select(
                sa.exists().where(
                    Text.contact_id == contact.id,
                    Text.automatic.is_not(None),
                    Text.at > at - ONE_IN,
                )
            )
        )
    )


def _promise(session: Session, contact: Contact, said: Automatic, at: datetime) -> Text:
    text = Text(
        id=uuid.uuid4(),
        contact_id=contact.id,
        direction=Direction.outbound,
        words=wording.texted(said, contact.language),
        at=at,
        state=TextState.waiting,
        state_since=at,
        automatic=said,
    )
    session.add(text)
    session.flush()
    outbox.promise(
        session,
        outbox.Kind.send_text,
        about=text.id,
        lane=contact.caller_id,
        reaches=contact.caller_id,
        at=at,
    )
    contacts.happened(session, contact, Happening.answered_first, at=at)
    audit.note(session, audit.Act.text_promised, at=at, about=contact.id)
    return text


def _hours(written: str) -> tuple[Window, ...]:
    """Read `Mon-Sun 09:00-23:00, Sat 10:00-12:00`; the settings made sure of its form."""
    return tuple(_window(each.strip()) for each in written.split(",") if each.strip())


def _window(written: str) -> Window:
    days, times = written.split(" ")
    first, _, last = days.partition("-")
    begin, end = _DAYS.index(first), _DAYS.index(last or first)
    covered = frozenset((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    opens, closes = times.split("-")
    return Window(covered, time.fromisoformat(opens), time.fromisoformat(closes))
