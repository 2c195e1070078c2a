"""What a call-taker can take: kinds of call and languages, as first choice or in reserve.

Nobody needs to be told what they can: without a single row somebody takes everything, so that a
small line works from its first day.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline import audit, live
from helpline.accounts import availability
from helpline.accounts.models import Role, StaffMember
from helpline.contacts.models import Language, Stream
from helpline.database import Base

FIRST, LAST = 1, 3
ANYBODY = LAST + 1
"""The tier of those who have skills, but not this one."""
MOST_TEXTS = 20
WHO_CAN = (Role.call_taker, Role.supervisor)


class SkillsError(ValueError):
    """What was set can't be; the words say why."""


class Skill(Base):
    """A kind of call that somebody takes. Tier 1 is asked first, 2 and 3 as the wait grows."""

    __tablename__ = "skill"

    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"), primary_key=True)
    stream: Mapped[Stream] = mapped_column(primary_key=True)
    tier: Mapped[int]

    __table_args__ = (sa.CheckConstraint("tier BETWEEN 1 AND 3", name="tier"),)


def tier(stream: sa.ColumnElement[Stream] | sa.orm.InstrumentedAttribute[Stream]) -> sa.Case[int]:
    """Write the tier in which a row of `StaffMember` takes a stream."""
    has_any = sa.exists().where(Skill.staff_id == StaffMember.id)
    own = (
        sa.select(Skill.tier)
        .where(Skill.staff_id == StaffMember.id, Skill.stream == stream)
        .correlate_except(Skill)
        .scalar_subquery()
    )
    return sa.case(
        (stream == Stream.not_chosen, FIRST),
        (~has_any, FIRST),
        else_=sa.func.coalesce(own, ANYBODY),
    )


def speaks(
    language: sa.ColumnElement[Language] | sa.orm.InstrumentedAttribute[Language],
) -> sa.ColumnElement[bool]:
    """Write the condition that a row of `StaffMember` talks in a language."""
    return StaffMember.languages.op("?", is_comparison=True, return_type=sa.Boolean())(
        sa.cast(language, sa.Text)
    )


def of(session: Session, staff_id: uuid.UUID) -> dict[Stream, int]:
    """Return what somebody takes, and in which tier; empty: everything."""
    rows = session.execute(sa.select(Skill.stream, Skill.tier).where(Skill.staff_id == staff_id))
    return {row.stream: row.tier for row in rows}


def everybody(session: Session) -> list[tuple[StaffMember, dict[Stream, int]]]:
    """List all who talk with callers, by name, and what each takes."""
    people = session.scalars(
        sa.select(StaffMember)
        .where(StaffMember.is_active, StaffMember.role.in_(WHO_CAN))
        .order_by(StaffMember.display_name, StaffMember.id)
    ).all()
    found: dict[uuid.UUID, dict[Stream, int]] = {each.id: {} for each in people}
    for skill in session.scalars(sa.select(Skill).where(Skill.staff_id.in_(found))):
        found[skill.staff_id][skill.stream] = skill.tier
    return [(each, found[each.id]) for each in people]


def change(  # noqa: PLR0913 - each is a fact of what they take
    session: Session,
    staff_id: uuid.UUID,
    tiers: Mapping[Stream, int],
    languages: Sequence[Language],
    texts: tuple[int, int],
    *,
    by: uuid.UUID,
    at: datetime,
) -> None:
    """Set what somebody takes from now on. What they have already stays theirs.

    `texts`: most conversations at once, and with how many of them a call is still offered.

    Raises:
        SkillsError: no language, a tier other than 1 to 3, or a number of texts out of bounds.

    """
    most, beside = texts
    if not languages:
        raise SkillsError("Choose at least one language")
    if any(not FIRST <= each <= LAST for each in tiers.values()):
        raise SkillsError("Choose first, second or third")
    if not (0 <= beside <= MOST_TEXTS and 0 <= most <= MOST_TEXTS):
        raise SkillsError(f"Choose between 0 and {MOST_TEXTS} conversations by text")
    person = availability.locked(session, staff_id)
    person.languages = sorted(each.value for each in set(languages))
    person.text_capacity, person.texts_beside_call = most, beside
    session.execute(sa.delete(Skill).where(Skill.staff_id == staff_id))
    session.add_all(
        Skill(staff_id=staff_id, stream=stream, tier=tier_)
        for stream, tier_ in tiers.items()
        if stream is not Stream.not_chosen
    )
    audit.note(session, audit.Act.skills_changed, at=at, who=by, about=staff_id)
    live.tell(session, "shift", f"staff:{staff_id}")
