"""When a text is due, that it is promised, and that it may leave: asked again at the last instant.

What waits stands in `textsafe_course`, not in the outbox: a force that asks for ten thousand at
once must not stand before the answers of call-takers. Each second only as many are promised as
may leave soon. A request whose text doesn't go takes its place in the line all the same, so its
turn comes when it would have come anyway.
"""

import math
import uuid
from datetime import datetime, time, timedelta
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from helpline import audit, live, outbox
from helpline.carrier import Sender
from helpline.confidentiality import hours
from helpline.confidentiality.hours import Window
from helpline.contacts.models import Caller
from helpline.database import AT, one_at_a_time
from helpline.outbox import Kind, Promise
from helpline.textsafe import stopping
from helpline.textsafe.models import (
    WITHOUT_WORDS,
    Course,
    Ending,
    Risk,
    TextSafeRequest,
    TextSafeText,
    TextState,
)

ONE_IN = timedelta(hours=24)
"""At most one text to one number, whoever asks for it (domain.md 9, rule 2)."""
_WAITS_FOR_MORNING = frozenset({Risk.very_low, Risk.low})
_BY_DAY = (Window(frozenset(range(7)), time(7), time(23)),)
_SECONDS_AHEAD = 2
_LINE = "textsafe:line"
_UNDER_WAY = sa.select(sa.func.count()).where(
    Promise.kind == Kind.send_outreach,
    Promise.state.in_((outbox.State.waiting, outbox.State.claimed)),
    Promise.held_until.is_(None),
)


def begin(session: Session, request: TextSafeRequest, *, at: datetime) -> None:
    """Let an accepted request have its first text."""
    session.add(Course(request_id=request.id, next_at=not_at_night(request, at=at)))
    session.flush()
    live.wake_worker(session)


def not_at_night(request: TextSafeRequest, *, at: datetime) -> datetime:
    """Return when a text may go that is due: at once, but low risk not at night (domain.md 2.4, 8).

    Asked for each of them: a day after half past seven is half past six in the night in which the
    clocks go back.
    """
    if request.risk not in _WAITS_FOR_MORNING:
        return at
    return hours.next_open(_BY_DAY, at) or at


def leave_due(session: Session, *, per_second: float, at: datetime) -> int:
    """Promise the texts whose turn has come, as many as may leave soon; says how many turns."""
    one_at_a_time(session, _LINE)
    room = math.ceil(per_second * _SECONDS_AHEAD) - int(session.scalar(_UNDER_WAY) or 0)
    if room <= 0:
        return 0
    due = session.scalars(_due(), {"at": at, "room": room}).all()
    for course in due:
        _take_turn(session, course, at)
    return len(due)


@cache
def _due() -> sa.Select[Course]:
    return (
        sa.select(Course)
        .join(Course.request)
        .options(contains_eager(Course.request).options(*WITHOUT_WORDS))
        .where(Course.ended_at.is_(None), Course.next_at <= AT)
        .order_by(Course.next_at, Course.request_id)
        .limit(sa.bindparam("room", type_=sa.Integer))
        # The request before its course, in the same order as everywhere.
        .with_for_update(of=TextSafeRequest, skip_locked=True)
        .execution_options(populate_existing=True)
    )


def _take_turn(session: Session, course: Course, at: datetime) -> None:
    request = course.request
    # The same for every request, whatever comes of it: this is all that a force sees.
    if request.dealt_with_at is None:
        request.dealt_with_at = at
    because = stopping.why_over(session, request, at=at)
    if because is None and request.is_training:
        because = Ending.training
    if because is not None:
        stopping.end(session, request, because, at=at)
        return
    last = last_left(session, request.caller_id)
    if last is not None and last + ONE_IN > at:
        course.next_at = not_at_night(request, at=last + ONE_IN)
        return
    _promise(session, request, at)
    course.next_at = not_at_night(request, at=at + ONE_IN) if request.repeat_wanted else None


def _promise(session: Session, request: TextSafeRequest, at: datetime) -> None:
    text = TextSafeText(
        id=uuid.uuid4(), request_id=request.id, caller_id=request.caller_id, made_at=at
    )
    session.add(text)
    session.flush()
    outbox.promise(
        session,
        Kind.send_outreach,
        about=text.id,
        lane=request.caller_id,
        reaches=request.caller_id,
        details={"sender": Sender.outreach.value},
        at=at,
    )
    audit.note(session, audit.Act.textsafe_promised, at=at, about=request.id)


def last_left(
    session: Session, caller_id: uuid.UUID, but: uuid.UUID | None = None
) -> datetime | None:
    """Return when the last text left for a number, `but` one; unsure ones count."""
    wanted = sa.select(sa.func.max(TextSafeText.left_at)).where(
        TextSafeText.caller_id == caller_id, TextSafeText.left_at.is_not(None)
    )
    if but is not None:
        wanted = wanted.where(TextSafeText.id != but)
    found: datetime | None = session.scalar(wanted)
    return found


def may_leave(session: Session, text: TextSafeText, *, at: datetime) -> bool:
    """Whether a text may still go, right before it is handed to the carrier."""
    request = session.get(
        TextSafeRequest, text.request_id, options=WITHOUT_WORDS, populate_existing=True
    )
    if request is None or request.is_training or text.state is not TextState.waiting:
        return False
    session.get(Caller, request.caller_id, populate_existing=True)
    if stopping.why_over(session, request, at=at) is not None:
        return False
    last = last_left(session, text.caller_id, but=text.id)
    return last is None or last + ONE_IN <= at
