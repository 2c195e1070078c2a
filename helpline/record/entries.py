"""Reading the record of who did what: filtered, newest first, a page at a time by key."""

import csv
import io
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.accounts.models import StaffMember
from helpline.audit import Act, AuditEntry
from helpline.clock import LONDON, in_london
from helpline.contacts.models import Caller, Contact

PAGE = 50
MOST_EXPORTED = 20_000
NOBODY = "The system"


@dataclass(frozen=True)
class Wanted:
    """What is asked of the record; ids only, so it may stand in an address."""

    caller_id: uuid.UUID | None = None
    who: uuid.UUID | None = None
    act: Act | None = None
    first_day: date | None = None
    last_day: date | None = None
    before: int | None = None
    """Only rows numbered below this: where the page before ended."""

    def as_query(self, **changed: Any) -> dict[str, Any]:  # noqa: ANN401 - the values of the fields
        """Return it for an address, without what is not asked."""
        return {name: value for name, value in (vars(self) | changed).items() if value is not None}


@dataclass(frozen=True)
class Line:
    """One row of the record as people read it. Nothing that was said or seen."""

    id: int
    at: datetime
    who: str
    what: str
    about: str


@dataclass(frozen=True)
class Page:
    """Some lines, and the number before which the next ones are; None where there are none."""

    lines: Sequence[Line]
    next_before: int | None


def page(session: Session, wanted: Wanted) -> Page:
    """Read one page."""
    entries = session.scalars(_select(session, wanted).limit(PAGE + 1)).all()
    shown = entries[:PAGE]
    return Page(_lines(session, shown), shown[-1].id if len(entries) > PAGE else None)


def as_csv(session: Session, wanted: Wanted) -> str:
    """Write up to 20,000 rows for a spreadsheet."""
    entries = session.scalars(_select(session, wanted).limit(MOST_EXPORTED)).all()
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow(["number", "time (London)", "who", "what", "about"])
    for line in _lines(session, entries):
        at = in_london(line.at).isoformat(sep=" ", timespec="seconds")
        sheet.writerow([line.id, at, *map(_harmless, (line.who, line.what, line.about))])
    return written.getvalue()


def in_words(act: Act) -> str:
    """Say what an act was: `contact_seen` is `Contact seen`."""
    return act.value.replace("_", " ").capitalize()


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from taking a name for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@"} else cell


def _select(session: Session, wanted: Wanted) -> sa.Select[AuditEntry]:
    found = sa.select(AuditEntry).order_by(AuditEntry.id.desc())
    if wanted.caller_id is not None:
        contacts = sa.select(Contact.id).where(Contact.caller_id == wanted.caller_id)
        ids = [wanted.caller_id, *session.scalars(contacts)]
        found = found.where(AuditEntry.about.in_(ids))
    if wanted.who is not None:
        found = found.where(AuditEntry.who == wanted.who)
    if wanted.act is not None:
        found = found.where(AuditEntry.act == wanted.act)
    if wanted.first_day is not None:
        found = found.where(AuditEntry.at >= _start_of(wanted.first_day))
    if wanted.last_day is not None:
        found = found.where(AuditEntry.at < _start_of(wanted.last_day + timedelta(days=1)))
    if wanted.before is not None:
        found = found.where(AuditEntry.id < wanted.before)
    return found


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON)


def _lines(session: Session, entries: Sequence[AuditEntry]) -> list[Line]:
    names = _names(session, entries)
    return [
        Line(
            each.id,
            each.at,
            names.get(each.who, "Somebody who has left") if each.who else NOBODY,
            in_words(each.act),
            names.get(each.about, "Not kept any more, or a record of another kind")
            if each.about
            else "",
        )
        for each in entries
    ]


def _names(session: Session, entries: Iterable[AuditEntry]) -> Mapping[uuid.UUID, str]:
    ids = {each for entry in entries for each in (entry.who, entry.about) if each is not None}
    staff = session.execute(
        sa.select(StaffMember.id, StaffMember.display_name).where(StaffMember.id.in_(ids))
    )
    callers = session.execute(sa.select(Caller.id, Caller.reference).where(Caller.id.in_(ids)))
    contacts = session.execute(
        sa.select(Contact.id, Caller.reference)
        .join(Caller, Caller.id == Contact.caller_id)
        .where(Contact.id.in_(ids))
    )
    named = {staff_id: name for staff_id, name in staff}  # noqa: C416 - rows aren't pairs to mypy
    named |= {caller_id: f"Caller {reference}" for caller_id, reference in callers}
    named |= {contact_id: f"A contact of caller {reference}" for contact_id, reference in contacts}
    return named
