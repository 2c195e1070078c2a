"""Figures of signposting, in which no small number can be seen or worked out.

Counts under 5 are held back (domain.md 9, rule 17). A table never shows its whole, and where one
count alone would be held back, the next smallest is held back with it: so no count follows from
the others, nor from a table of the same things in other rows. Months are whole ones: two
stretches of time that differ by a day would tell of that day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.clock import LONDON, in_london
from helpline.directory.entries import TOPICS
from helpline.directory.models import ServiceVersion
from helpline.signposting import wording
from helpline.signposting.models import Outcome, Signpost, SignpostState, UnmetNeed

LEAST_SHOWN = 5
MONTHS = (1, 3, 12)


@dataclass(frozen=True)
class Row:
    """One count of a table; None where it is held back."""

    label: str
    count: int | None


@dataclass(frozen=True)
class Table:
    """Counts of one kind, the greatest first."""

    key: str
    title: str
    rows: tuple[Row, ...]

    @property
    def greatest(self) -> int:
        """The greatest count that is shown, for a chart; at least 1."""
        return max((row.count for row in self.rows if row.count), default=1)

    @property
    def held_back(self) -> int:
        """How many rows are held back."""
        return sum(row.count is None for row in self.rows)


def tables(session: Session, months: int, *, at: datetime) -> tuple[Table, ...]:
    """Return signposts by service, topic, answer and outcome, and needs with nothing found."""
    begins, ends = whole_months(months, at)
    given = sa.and_(Signpost.given_at >= begins, Signpost.given_at < ends)
    unmet = sa.and_(UnmetNeed.at >= begins, UnmetNeed.at < ends)
    named = ServiceVersion.entry["name"].astext
    services = session.execute(
        sa.select(named, sa.func.count())
        .select_from(Signpost)
        .join(ServiceVersion, ServiceVersion.id == Signpost.version_id)
        .where(given)
        .group_by(named)
    )
    counted = {str(name): int(number) for name, number in services}
    topics = _counted(session, Signpost.topic, given)
    states = _counted(session, Signpost.state, given)
    outcomes = _counted(session, Signpost.outcome, sa.and_(given, Signpost.outcome.is_not(None)))
    needs = _counted(session, UnmetNeed.topic, unmet)
    return (
        _table("services", "Services given", counted),
        _table("topics", "What they were given for", _said(topics, TOPICS)),
        _table("answers", "How people took them", _said(states, _labels(SignpostState))),
        _table("outcomes", "What came of them", _said(outcomes, _labels(Outcome))),
        _table("unmet", "Needs with no service found", _said(needs, TOPICS)),
    )


def whole_months(months: int, at: datetime) -> tuple[datetime, datetime]:
    """Return when so many whole months, the last ones that are over, began and ended."""
    this = in_london(at).date().replace(day=1)
    first = date(this.year, this.month, 1)
    for _ in range(months):
        first = date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)
    return _midnight(first), _midnight(this)


def hold_back(counts: Mapping[str, int]) -> dict[str, int | None]:
    """Hold back what is under 5, and one more where it would be the only one."""
    shown: dict[str, int | None] = {
        label: number if number >= LEAST_SHOWN else None
        for label, number in counts.items()
        if number
    }
    hidden = [label for label, number in shown.items() if number is None]
    if len(hidden) == 1 and len(shown) > 1:
        others = [(number, label) for label, number in shown.items() if number is not None]
        shown[min(others)[1]] = None
    return shown


def _table(key: str, title: str, counts: Mapping[str, int]) -> Table:
    shown = hold_back(counts)
    rows = [Row(label, number) for label, number in shown.items()]
    rows.sort(key=lambda row: (row.count is None, -(row.count or 0), row.label))
    return Table(key, title, tuple(rows))


def _counted(
    session: Session, column: "sa.orm.InstrumentedAttribute[object]", condition: object
) -> dict[str, int]:
    rows = session.execute(
        sa.select(column, sa.func.count()).where(condition).group_by(column)  # type: ignore[arg-type]
    )
    return {str(code): int(number) for code, number in rows}


def _said(counts: Mapping[str, int], labels: Mapping[str, str]) -> dict[str, int]:
    return {labels.get(code, code or "Not known"): number for code, number in counts.items()}


def _labels(codes: type[SignpostState] | type[Outcome]) -> dict[str, str]:
    if codes is SignpostState:
        return {code.value: said for code, (said, _) in wording.STATES.items()}
    return {code.value: said for code, said in wording.OUTCOMES.items()}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), LONDON).astimezone(UTC)
