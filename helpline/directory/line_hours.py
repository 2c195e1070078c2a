"""When the helpline itself answers: hours for calls of each kind, and for texts, as data.

Whoever says that we are open or closed asks here, so that the greeting of a call, the first answer
to a text and a TextSafe text change together (domain.md 9, rule 19). Without a row a door is open
at any hour: 116 000 is not limited in time (Decision 2007/116/EC, Art. 4c; domain.md 4.1).
"""

import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline import audit
from helpline.clock import LONDON, in_london
from helpline.confidentiality import hours
from helpline.confidentiality.bank_holidays import Nation
from helpline.confidentiality.hours import Window
from helpline.database import Base
from helpline.directory import opening
from helpline.directory.models import OnBankHolidays

LOOK_AHEAD_DAYS = 14
"""So far it is said when we open again; a door that is closed for longer is "closed for now"."""
MOST_CLOSED_DAYS = 60
_NATION = Nation.england
_DAY = timedelta(days=1)


class Door(enum.StrEnum):
    """By what somebody comes to us. Kinds of call are named like their streams."""

    every_call = "every_call"
    """All calls of a kind that has no hours of its own."""
    young_person = "young_person"
    adult_away = "adult_away"
    family = "family"
    sighting = "sighting"
    professional = "professional"
    message_collection = "message_collection"
    texts = "texts"


class HoursError(ValueError):
    """Hours that can't be; the words say what to do."""


class LineHours(Base):
    """The hours of one door, as somebody entered them."""

    __tablename__ = "line_hours"

    door: Mapped[Door] = mapped_column(primary_key=True)
    stored_hours: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Windows of the week (`hours.Window.stored`); none means any hour."""
    on_bank_holidays: Mapped[OnBankHolidays]
    """Bank holidays of England."""
    closed_days: Mapped[list[str]]
    """Further days on which nobody answers, like `2026-12-25`."""


@dataclass(frozen=True)
class Hours:
    """When a door is open."""

    windows: tuple[Window, ...] = ()
    on_bank_holidays: OnBankHolidays = OnBankHolidays.as_usual
    closed_days: frozenset[date] = frozenset()

    def is_open(self, at: datetime) -> bool:
        """Whether somebody answers at this instant."""
        return opening.is_answered(
            self.windows, self.on_bank_holidays, _NATION, at=at, closed_on=self.closed_days
        )

    def next_open(self, at: datetime) -> datetime | None:
        """Return from when on somebody answers again; None if that is not in sight."""
        if self.is_open(at):
            return at
        today = in_london(at).date()
        starts = {time(0), *(window.start for window in self.windows)}
        moments = sorted(
            datetime.combine(today + ahead * _DAY, start, LONDON).astimezone(UTC)
            for ahead in range(LOOK_AHEAD_DAYS + 1)
            for start in starts
        )
        return next((each for each in moments if each > at and self.is_open(each)), None)


def door_of(stream: str) -> Door:
    """Return by which door a kind of call comes; none chosen is every call."""
    return Door(stream) if stream in set(Door) - {Door.texts} else Door.every_call


def of(session: Session, door: Door) -> Hours:
    """Return the hours that hold for a door: its own, else those of every call, else any."""
    asked = {door} if door is Door.texts else {door, Door.every_call}
    rows = {
        row.door: row
        for row in session.scalars(sa.select(LineHours).where(LineHours.door.in_(asked)))
    }
    found = rows.get(door) or rows.get(Door.every_call)
    return _read(found) if found is not None else Hours()


def is_open(session: Session, door: Door, *, at: datetime) -> bool:
    """Whether a door is open at this instant."""
    return of(session, door).is_open(at)


def entered(session: Session) -> dict[Door, Hours]:
    """Return the hours of the doors for which somebody entered any."""
    return {row.door: _read(row) for row in session.scalars(sa.select(LineHours))}


def change(session: Session, door: Door, new: Hours, *, by: uuid.UUID, at: datetime) -> None:
    """Enter the hours of one door. They count from the next call on.

    Raises:
        HoursError: too many days, or hours that would never open.

    """
    if len(new.closed_days) > MOST_CLOSED_DAYS:
        raise HoursError(
            f"Enter up to {MOST_CLOSED_DAYS} closed days; leave out those that are over"
        )
    if any(not window.days for window in new.windows):
        raise HoursError("Choose the days that the hours are for")
    values = {
        "stored_hours": [window.stored() for window in new.windows],
        "on_bank_holidays": new.on_bank_holidays,
        "closed_days": [day.isoformat() for day in sorted(new.closed_days)],
    }
    row = insert(LineHours).values(door=door, **values)
    session.execute(row.on_conflict_do_update(index_elements=["door"], set_=values))
    audit.note(session, audit.Act.line_hours_changed, at=at, who=by)


def forget(session: Session, door: Door, *, by: uuid.UUID, at: datetime) -> None:
    """Take the hours of one door back, so that it follows the others again."""
    gone = session.execute(
        sa.delete(LineHours).where(LineHours.door == door).returning(LineHours.door)
    ).all()
    if gone:
        audit.note(session, audit.Act.line_hours_changed, at=at, who=by)


def in_words(found: Hours) -> Sequence[str]:
    """Say hours, line by line."""
    lines = [window.in_words() for window in found.windows] or ["At any hour"]
    lines.append(_HOLIDAYS[found.on_bank_holidays])
    lines += [f"Closed on {day:%A} {day.day} {day:%B %Y}" for day in sorted(found.closed_days)]
    return [line for line in lines if line]


_HOLIDAYS = {
    OnBankHolidays.as_usual: "",
    OnBankHolidays.closed: "Closed on bank holidays",
    OnBankHolidays.all_day: "All day on bank holidays",
}


def _read(row: LineHours) -> Hours:
    return Hours(
        hours.from_stored(row.stored_hours),
        row.on_bank_holidays,
        frozenset(date.fromisoformat(day) for day in row.closed_days),
    )
