"""The plan for tonight that is agreed with somebody, and whether they arrived.

Source: domain.md 1g, C7: where tonight, who collects, when, safe to wait; then somebody makes sure
that they arrived. The newest plan counts; earlier ones stay as they were.
"""

import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from helpline import audit, live
from helpline.contacts import alarms, contacts
from helpline.contacts.alarms import AlarmKind
from helpline.contacts.models import Contact, Happening
from helpline.database import AT, Base, EncryptedText, Id, one_at_a_time

MOST_LETTERS = 1_000
ALARM_AFTER = timedelta(minutes=15)
"""So long after somebody should have arrived supervisors are told that nobody made sure."""
LONGEST = timedelta(hours=24)
TOPIC = "tasks"
_MOST_AT_ONCE = 50


class SafeToWait(enum.StrEnum):
    yes = "yes"
    no = "no"
    does_not_wait = "does_not_wait"


class Arrival(enum.StrEnum):
    """What became of it."""

    arrived = "arrived"
    not_arrived = "not_arrived"
    not_known = "not_known"
    """Nobody can say any more, and it was handed to somebody who looks after it."""


class CannotAgreeError(ValueError):
    """The plan can't be kept like that; the words say why."""


class NightPlan(Base):
    __tablename__ = "night_plan"

    id: Mapped[Id]
    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contact.id"), index=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    at: Mapped[datetime]
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)
    why_none: Mapped[str | None] = mapped_column(EncryptedText("night_plan.why_none"))
    """Why no plan is needed: they are at home, nobody spoke. Then all the rest is empty."""
    tonight: Mapped[str | None] = mapped_column(EncryptedText("night_plan.tonight"))
    collected_by: Mapped[str | None] = mapped_column(EncryptedText("night_plan.collected_by"))
    collected_when: Mapped[str | None] = mapped_column(EncryptedText("night_plan.collected_when"))
    safe_to_wait: Mapped[SafeToWait | None]
    arrives_by: Mapped[datetime | None]
    """By when somebody makes sure that they arrived; None where nobody has to."""
    arrival: Mapped[Arrival | None]
    arrival_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    arrival_at: Mapped[datetime | None]
    arrival_words: Mapped[str | None] = mapped_column(EncryptedText("night_plan.arrival_words"))
    alarmed_at: Mapped[datetime | None]

    contact: Mapped[Contact] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        sa.Index(
            "ix_night_plan_to_confirm",
            "arrives_by",
            postgresql_where=sa.text("arrives_by IS NOT NULL AND arrival IS NULL"),
        ),
    )


@dataclass(frozen=True)
class Agreed:
    """What was agreed, as the call-taker wrote it down."""

    form_key: uuid.UUID
    tonight: str = field(default="", repr=False)
    collected_by: str = field(default="", repr=False)
    collected_when: str = field(default="", repr=False)
    safe_to_wait: SafeToWait | None = None
    arrives_by: datetime | None = None
    why_none: str = field(default="", repr=False)


def agree(
    session: Session, contact: Contact, agreed: Agreed, *, by: uuid.UUID, at: datetime
) -> NightPlan:
    """Keep what is agreed for tonight. The same form again changes nothing.

    Raises:
        contacts.NotYoursError: somebody else has the contact.
        CannotAgreeError: it isn't said where, whether they can wait, or when to make sure.

    """
    if contact.owner_id != by:
        raise contacts.NotYoursError
    one_at_a_time(session, agreed.form_key)
    known = session.scalar(sa.select(NightPlan).where(NightPlan.form_key == agreed.form_key))
    if known is not None:
        return known
    texts = _checked(agreed, at)
    before = latest(session, contact.id)
    if before is not None and before.arrival is None:
        # What counted before needs nobody's confirming any more.
        before.arrives_by = None
    plan = NightPlan(
        id=uuid.uuid4(),
        contact_id=contact.id,
        staff_id=by,
        at=at,
        form_key=agreed.form_key,
        safe_to_wait=None if texts["why_none"] else agreed.safe_to_wait,
        arrives_by=None if texts["why_none"] else agreed.arrives_by,
        **texts,
    )
    session.add(plan)
    session.flush()
    what = Happening.plan_not_needed if plan.why_none else Happening.plan_agreed
    contacts.happened(session, contact, what, at=at, staff_id=by)
    audit.note(session, audit.Act.night_plan_agreed, at=at, who=by, about=contact.id)
    contacts.tell_changed(session, contact)
    live.tell(session, TOPIC)
    return plan


def latest(session: Session, contact_id: uuid.UUID) -> NightPlan | None:
    """Return the plan that counts."""
    return session.scalars(
        sa.select(NightPlan)
        .where(NightPlan.contact_id == contact_id)
        .order_by(NightPlan.at.desc())
        .limit(1)
    ).first()


def confirm(  # noqa: PLR0913 - each is a fact of the arrival
    session: Session,
    plan_id: uuid.UUID,
    arrival: Arrival,
    words: str,
    *,
    by: uuid.UUID,
    at: datetime,
) -> None:
    """Note whether they arrived. Noted already: the first note stands.

    Somebody who did not arrive is a matter for a supervisor at once.

    Raises:
        CannotAgreeError: over 1,000 characters.

    """
    plan = session.scalars(
        sa.select(NightPlan).where(NightPlan.id == plan_id).with_for_update(of=NightPlan)
    ).one()
    if plan.arrival is not None:
        return
    plan.arrival, plan.arrival_by_id, plan.arrival_at = arrival, by, at
    plan.arrival_words = _text("what became of it", words)
    contacts.happened(session, plan.contact, _CAME_OF_IT[arrival], at=at, staff_id=by)
    audit.note(session, audit.Act.arrival_noted, at=at, who=by, about=plan.contact_id)
    if arrival is Arrival.not_arrived:
        alarms.sound(session, AlarmKind.not_arrived, plan.staff_id, plan.contact_id, at=at)
    contacts.tell_changed(session, plan.contact)
    live.tell(session, TOPIC)


def to_confirm(session: Session, *, owner_id: uuid.UUID | None = None) -> Sequence[NightPlan]:
    """List the plans whose arrival nobody has made sure of, soonest first; of one owner or all."""
    listed = (
        sa.select(NightPlan)
        .where(NightPlan.arrives_by.is_not(None), NightPlan.arrival.is_(None))
        .order_by(NightPlan.arrives_by)
        .limit(100)
    )
    if owner_id is not None:
        listed = listed.where(NightPlan.staff_id == owner_id)
    return session.scalars(listed).all()


def sound_what_is_late(session: Session, *, at: datetime) -> int:
    """Tell supervisors of arrivals that nobody made sure of; returns how many there are."""
    late = session.scalars(_late(), {"at": at}).all()
    for plan in late:
        plan.alarmed_at = at
        alarms.sound(session, AlarmKind.not_arrived, plan.staff_id, plan.contact_id, at=at)
        live.tell(session, TOPIC)
    return len(late)


@cache
def _late() -> sa.Select[NightPlan]:
    return (
        sa.select(NightPlan)
        .where(
            NightPlan.arrives_by <= AT - ALARM_AFTER,
            NightPlan.arrival.is_(None),
            NightPlan.alarmed_at.is_(None),
        )
        .limit(_MOST_AT_ONCE)
        .with_for_update(skip_locked=True, of=NightPlan)
    )


_CAME_OF_IT = {
    Arrival.arrived: Happening.arrived,
    Arrival.not_arrived: Happening.not_arrived,
    Arrival.not_known: Happening.arrival_not_known,
}


def _checked(agreed: Agreed, at: datetime) -> dict[str, str | None]:
    why_none = _text("why no plan is needed", agreed.why_none)
    if why_none is not None:
        return {"why_none": why_none}
    tonight = _text("where they are tonight", agreed.tonight)
    if tonight is None:
        raise CannotAgreeError("Write where they are tonight, or why no plan is needed")
    if agreed.safe_to_wait is None:
        raise CannotAgreeError("Choose whether it is safe to wait there")
    if agreed.arrives_by is not None and not at < agreed.arrives_by <= at + LONGEST:
        raise CannotAgreeError("Choose a time within a day by which somebody makes sure")
    return {
        "why_none": None,
        "tonight": tonight,
        "collected_by": _text("who collects them", agreed.collected_by),
        "collected_when": _text("when they are collected", agreed.collected_when),
    }


def _text(what: str, words: str) -> str | None:
    words = words.replace("\x00", "").strip()
    if len(words) > MOST_LETTERS:
        raise CannotAgreeError(f"Shorten {what} to 1,000 characters or fewer")
    return words or None
