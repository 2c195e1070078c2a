"""How a person may safely be reached: a plan for each caller, kept in all its versions.

Nothing goes to a person outside their plan, by any route (design.md 6.8). Who carries a promise out
asks `departures`, which asks `verdict` here. A person who wrote in the last half-hour holds the
telephone, so an answer may go, unless their plan says never to text; the same for somebody whose
call was cut off and who had asked to be rung back.
"""

import enum
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, distinct_on
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline import audit, live, outbox
from helpline.clock import in_london
from helpline.confidentiality import hours
from helpline.confidentiality.hours import Window
from helpline.database import Base, EncryptedText, Id, one_at_a_time
from helpline.outbox import Promise

HOLDS_THE_PHONE = timedelta(minutes=30)
"""How long after a text of theirs we take it that they are there to read an answer."""
MOST_LETTERS = 1_000


class Way(enum.StrEnum):
    """How a person is reached."""

    text = "text"
    call = "call"


class SafeContactPlan(Base):
    """One version of a plan; the newest is in force, the others are history."""

    __tablename__ = "safe_contact_plan"

    id: Mapped[Id]
    caller_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("caller.id"))
    version: Mapped[int]
    made_at: Mapped[datetime]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    may_text: Mapped[bool]
    may_call: Mapped[bool]
    stored_hours: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Windows of the week (`hours.Window.stored`); none means any time."""
    may_leave_voicemail: Mapped[bool]
    is_shared_phone: Mapped[bool]
    words_first: Mapped[str | None] = mapped_column(EncryptedText("safe_contact_plan.words_first"))
    """What to say before anything else, such as a name to ask for."""
    others_who_answer: Mapped[str | None] = mapped_column(
        EncryptedText("safe_contact_plan.others_who_answer")
    )
    valid_until: Mapped[date | None]
    """The last day on which the plan can be trusted; afterwards we only answer."""
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)

    __table_args__ = (sa.UniqueConstraint("caller_id", "version"),)

    @property
    def windows(self) -> tuple[Window, ...]:
        """The hours in which they may be reached; none means any time."""
        return hours.from_stored(self.stored_hours)


class PlanRefusedError(ValueError):
    """The plan can't be kept as given; the words say what to do."""


class KeptBack(enum.StrEnum):
    """Why something may not leave."""

    never_this_way = "never_this_way"
    outside_hours = "outside_hours"
    plan_ended = "plan_ended"
    consent_ended = "consent_ended"
    nobody_named = "nobody_named"
    """The promise does not say whom it reaches: a fault of ours, so nothing leaves."""
    message_stopped = "message_stopped"
    """A message that may not go any more: taken back, changed, or something stands against it."""


@dataclass(frozen=True)
class Verdict:
    """Whether something may leave now; if not why, and from when it may."""

    because: KeptBack | None = None
    until: datetime | None = None

    @property
    def may_leave(self) -> bool:
        """Whether it may go at this moment."""
        return self.because is None


MAY_LEAVE = Verdict()


@dataclass(frozen=True)
class Wishes:
    """What somebody told us about reaching them."""

    form_key: uuid.UUID
    may_text: bool
    may_call: bool
    windows: tuple[Window, ...] = ()
    may_leave_voicemail: bool = False
    is_shared_phone: bool = False
    words_first: str = field(default="", repr=False)
    others_who_answer: str = field(default="", repr=False)
    valid_until: date | None = None


def agree(
    session: Session, caller_id: uuid.UUID, wishes: Wishes, *, by: uuid.UUID, at: datetime
) -> SafeContactPlan:
    """Keep a new version of a caller's plan; what is held back is decided anew by it.

    The same form again changes nothing.

    Raises:
        PlanRefusedError: hours without days, a day that is over, or words too long.

    """
    hold(session, caller_id)
    known = session.scalar(
        sa.select(SafeContactPlan).where(SafeContactPlan.form_key == wishes.form_key)
    )
    if known is not None:
        return known
    _check(wishes, at)
    before = current(session, caller_id)
    plan = SafeContactPlan(
        id=uuid.uuid4(),
        caller_id=caller_id,
        version=before.version + 1 if before else 1,
        made_at=at,
        staff_id=by,
        may_text=wishes.may_text,
        may_call=wishes.may_call,
        stored_hours=[window.stored() for window in wishes.windows],
        may_leave_voicemail=wishes.may_leave_voicemail,
        is_shared_phone=wishes.is_shared_phone,
        words_first=_clean(wishes.words_first) or None,
        others_who_answer=_clean(wishes.others_who_answer) or None,
        valid_until=wishes.valid_until,
        form_key=wishes.form_key,
    )
    session.add(plan)
    session.flush()
    _look_again(session, caller_id, at=at)
    audit.note(session, audit.Act.safe_contact_agreed, at=at, who=by, about=caller_id)
    return plan


def hold(session: Session, caller_id: uuid.UUID) -> None:
    """Let nobody else change a caller's plan until the transaction ends."""
    one_at_a_time(session, f"plan:{caller_id}")


def current(session: Session, caller_id: uuid.UUID) -> SafeContactPlan | None:
    """Return the plan in force; None where nothing was agreed."""
    return session.scalars(
        sa.select(SafeContactPlan)
        .where(SafeContactPlan.caller_id == caller_id)
        .order_by(SafeContactPlan.version.desc())
        .limit(1)
    ).first()


def current_of(
    session: Session, caller_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, SafeContactPlan]:
    """Return the plans in force of several callers, in one trip; their words are left unread."""
    found = session.scalars(_current(), {"callers": list(caller_ids)})
    return {each.caller_id: each for each in found}


@cache
def _current() -> sa.Select[SafeContactPlan]:
    return (
        sa.select(SafeContactPlan)
        .ext(distinct_on(SafeContactPlan.caller_id))
        .where(SafeContactPlan.caller_id == sa.any_(sa.bindparam("callers", type_=ARRAY(sa.Uuid))))
        .order_by(SafeContactPlan.caller_id, SafeContactPlan.version.desc())
        .options(
            sa.orm.defer(SafeContactPlan.words_first),
            sa.orm.defer(SafeContactPlan.others_who_answer),
        )
    )


def has_plan(caller_id: sa.ColumnElement[uuid.UUID]) -> sa.ColumnElement[bool]:
    """Write the condition that something was agreed with a caller."""
    return sa.exists().where(SafeContactPlan.caller_id == caller_id)


def versions(session: Session, caller_id: uuid.UUID) -> Sequence[SafeContactPlan]:
    """List all versions of a caller's plan, newest first."""
    return session.scalars(
        sa.select(SafeContactPlan)
        .where(SafeContactPlan.caller_id == caller_id)
        .order_by(SafeContactPlan.version.desc())
    ).all()


def verdict(
    plan: SafeContactPlan | None, way: Way, *, at: datetime, last_wrote: datetime | None = None
) -> Verdict:
    """Say whether somebody may be reached this way now, by their plan.

    `last_wrote` is when they last texted us in the conversation that this answers, or were cut off
    in the call that this goes on with; None where it answers nothing.
    """
    if plan is None:
        return MAY_LEAVE
    if not (plan.may_text if way is Way.text else plan.may_call):
        return Verdict(KeptBack.never_this_way)
    if last_wrote is not None and at - last_wrote <= HOLDS_THE_PHONE:
        return MAY_LEAVE
    opens = hours.next_open(plan.windows, at)
    if opens is None or has_ended(plan, opens):
        return Verdict(KeptBack.plan_ended)
    return MAY_LEAVE if opens == at else Verdict(KeptBack.outside_hours, opens)


def has_ended(plan: SafeContactPlan, at: datetime) -> bool:
    """Whether the last day of a plan is over."""
    return plan.valid_until is not None and in_london(at).date() > plan.valid_until


def _check(wishes: Wishes, at: datetime) -> None:
    if any(not window.days for window in wishes.windows):
        raise PlanRefusedError("Choose the days that the hours are for")
    if wishes.valid_until is not None and wishes.valid_until < in_london(at).date():
        raise PlanRefusedError("Choose a last day that is today or later")
    if max(len(wishes.words_first), len(wishes.others_who_answer)) > MOST_LETTERS:
        raise PlanRefusedError("Shorten what you wrote to 1,000 characters or fewer")


def _clean(words: str) -> str:
    return words.replace("\x00", "").strip()


def _look_again(session: Session, caller_id: uuid.UUID, *, at: datetime) -> int:
    """Make everything that is held back for a caller due, as their plan has changed.

    Whoever carries it out decides anew. Returns how many that were.
    """
    is_held = sa.and_(Promise.held_until.is_not(None), Promise.state == outbox.State.waiting)
    found = session.scalars(
        sa.update(Promise)
        .where(Promise.reaches == caller_id, is_held)
        .values(due_at=at, held_until=None)
        .returning(Promise.id)
    ).all()
    live.wake_worker(session)
    return len(found)
