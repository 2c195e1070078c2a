"""What supervisors must look at now: a quiet call for help, somebody in danger, a child who left.

An alarm stays on every supervisor's screen until one of them says that they look after it.
"""

import enum
import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from helpline import audit, live
from helpline.accounts.models import StaffMember
from helpline.contacts.models import Contact
from helpline.database import Base, Id

_MOST_SHOWN = 20


class AlarmKind(enum.StrEnum):
    quiet = "quiet"
    """A call-taker asked for help without a word. Nothing on their own screen says so."""
    danger = "danger"
    """A call-taker noted that somebody is in danger now."""
    gone = "gone"
    """A child, or somebody in danger, is off the line before anything was agreed."""
    cut_off = "cut_off"
    """The call-taker of a child, or of somebody in danger, was cut off."""
    not_arrived = "not_arrived"
    """Somebody did not arrive as agreed, or nobody made sure."""
    not_confirmed = "not_confirmed"
    """No professional has confirmed a message, and nobody is left to try."""
    not_rung_back = "not_rung_back"
    """A professional has the message and has not rung back in time."""


class Alarm(Base):
    __tablename__ = "alarm"

    id: Mapped[Id]
    kind: Mapped[AlarmKind]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    """The call-taker with whom it happens."""
    contact_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("contact.id"), index=True)
    raised_at: Mapped[datetime]
    seen_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    seen_at: Mapped[datetime | None]

    staff: Mapped[StaffMember] = relationship(
        lazy="joined", innerjoin=True, foreign_keys="Alarm.staff_id"
    )
    contact: Mapped[Contact | None] = relationship(lazy="joined")

    __table_args__ = (
        sa.Index(
            "uq_alarm_open",
            "kind",
            "staff_id",
            "contact_id",
            unique=True,
            postgresql_where=sa.text("seen_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
    )


def sound(
    session: Session,
    kind: AlarmKind,
    staff_id: uuid.UUID,
    contact_id: uuid.UUID | None,
    *,
    at: datetime,
) -> None:
    """Sound an alarm for supervisors. The same again, while it is unseen, changes nothing."""
    row = insert(Alarm).values(
        id=uuid.uuid4(), kind=kind, staff_id=staff_id, contact_id=contact_id, raised_at=at
    )
    is_new = session.scalar(row.on_conflict_do_nothing().returning(Alarm.id))
    if is_new is not None:
        audit.note(session, audit.Act.alarm_raised, at=at, who=staff_id, about=contact_id)
        live.tell(session, "shift")


def unseen(session: Session, supervisor_id: uuid.UUID) -> Sequence[Alarm]:
    """List what nobody looks after yet, oldest first.

    A supervisor who takes calls never sees their own: whoever looks over their shoulder must not.
    """
    return session.scalars(
        sa.select(Alarm)
        .where(Alarm.seen_at.is_(None), Alarm.staff_id != supervisor_id)
        .order_by(Alarm.raised_at)
        .limit(_MOST_SHOWN)
    ).all()


def look_after(
    session: Session, alarm_id: uuid.UUID, supervisor_id: uuid.UUID, *, at: datetime
) -> None:
    """Note who looks after an alarm; the first one counts."""
    found = session.get(Alarm, alarm_id, populate_existing=True, with_for_update={"of": Alarm})
    if found is None or found.seen_at is not None:
        return
    found.seen_by_id, found.seen_at = supervisor_id, at
    audit.note(session, audit.Act.alarm_seen, at=at, who=supervisor_id, about=found.contact_id)
    live.tell(session, "shift")


def is_quiet(session: Session, contact_id: uuid.UUID) -> bool:
    """Whether its call-taker asked for help quietly: from then on no help may show on a screen."""
    asked = sa.exists().where(Alarm.contact_id == contact_id, Alarm.kind == AlarmKind.quiet)
    return bool(session.scalar(sa.select(asked)))
