"""The one text that answers by itself: we have yours, and where help is right now.

At most one in a conversation and hour, and never to another robot: two machines that thank each
other would go on all night (domain.md 7.5).
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, outbox, round_trips
from helpline.accounts import availability
from helpline.clock import in_london
from helpline.confidentiality import hours, safe_contact
from helpline.confidentiality.hours import Window
from helpline.confidentiality.safe_contact import Way
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState, Happening
from helpline.database import id_by_time
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
    return Answering(
        hours.read(settings.texting_hours), settings.surge_waiting, settings.texts_per_day
    )


@dataclass(frozen=True)
class Earlier:
    """What came and went in a conversation before the text in hand."""

    has_texts: bool
    is_answered: bool
    """By itself, within the last hour (`ONE_IN`)."""


def answer(  # noqa: PLR0913 - each is a fact of the answer
    session: Session,
    contact: Contact,
    text: Text,
    how: Answering,
    *,
    at: datetime,
    earlier: Earlier,
) -> Text | None:
    """Promise the first answer to a text that waits for somebody; None where there is none."""
    if contact.state is not ContactState.waiting or not contact.caller.is_mobile:
        return None
    if earlier.is_answered or is_from_a_robot(session, contact, text, at=at, earlier=earlier):
        return None
    line = _line(session, contact, how, at)
    if line.sent_today >= how.most_a_day:
        return None
    plan = safe_contact.current(session, contact.caller_id) if line.has_plan else None
    if not safe_contact.verdict(plan, Way.text, at=at, last_wrote=at).may_leave:
        return None
    return _promise(session, contact, kind(session, line, how, at=at), at)


@dataclass(frozen=True)
class Line:
    """How the line stands when somebody is answered."""

    sent_today: int
    has_plan: bool
    is_anybody_here: bool
    others_waiting: int
    """Counted no further than it matters."""
    has_hours: bool
    """Somebody entered hours for texts: then these are read too."""


_OTHERS = (
    sa.select(Contact.id)
    .where(Contact.state == ContactState.waiting, Contact.id != sa.bindparam("contact_id"))
    .limit(sa.bindparam("surge", type_=sa.Integer))
    .subquery()
)
# Made once: to put a statement together costs more than to carry it out.
_STANDING = sa.select(
    limits.sent_on(sa.bindparam("today", type_=sa.Date)),
    safe_contact.has_plan(sa.bindparam("caller_id", type_=sa.Uuid)),
    availability.somebody_on_shift(),
    sa.select(sa.func.count()).select_from(_OTHERS).scalar_subquery(),
    line_hours.are_entered(Door.texts),
)


def _line(session: Session, contact: Contact, how: Answering, at: datetime) -> Line:
    given = {
        "today": in_london(at).date(),
        "caller_id": contact.caller_id,
        "contact_id": contact.id,
        "surge": how.surge_waiting,
    }
    return Line(*session.connection().execute(_STANDING, given).one())


def kind(session: Session, line: Line, how: Answering, *, at: datetime) -> Automatic:
    """Choose what the first answer says."""
    is_open = hours.is_open(how.hours, at)
    if is_open and line.has_hours:
        is_open = line_hours.is_open(session, Door.texts, at=at)
    if not is_open or not line.is_anybody_here:
        return Automatic.out_of_hours
    is_surge = line.others_waiting + 1 >= how.surge_waiting
    return Automatic.surge if is_surge else Automatic.acknowledgement


def is_from_a_robot(
    session: Session, contact: Contact, text: Text, *, at: datetime, earlier: Earlier
) -> bool:
    """Whether a text looks as if a machine had written it."""
    if _ROBOT.search(text.words):
        return True
    if not earlier.has_texts:
        return False
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


def _promise(session: Session, contact: Contact, said: Automatic, at: datetime) -> Text:
    text = Text(
        id=id_by_time(),
        contact_id=contact.id,
        direction=Direction.outbound,
        words=wording.texted(said, contact.language),
        at=at,
        state=TextState.waiting,
        state_since=at,
        automatic=said,
    )
    round_trips.keep(session, text)
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
