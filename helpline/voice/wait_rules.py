"""How long whom is tried, and when a caller gets a choice: a row for each kind of call, as data.

What somebody enters may be empty, absurd or contradict itself. It is made sound whenever it is
read, so that no row can leave a caller with nobody and no choice (design.md 6.10): everybody is
tried within five minutes, and a choice comes within ten and again every ten.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline import audit
from helpline.contacts.models import Stream
from helpline.database import Base, UtcTime
from helpline.statements import WrittenFor

LONGEST_TO_ANYBODY = 300
LONGEST_TO_CHOICE = 600
_SOONEST_CHOICE = 20
_SOONEST_AGAIN = 60
_RINGS = (2, 20)


RULES = sa.bindparam("rules", type_=JSONB)


class WaitRule(Base):
    """What a supervisor entered; None means the house's own figure. Seconds, and rings."""

    __tablename__ = "wait_rule"

    stream: Mapped[Stream] = mapped_column(primary_key=True)
    second_after: Mapped[int | None]
    third_after: Mapped[int | None]
    anybody_after: Mapped[int | None]
    choice_after: Mapped[int | None]
    choice_after_rings: Mapped[int | None]
    choice_every: Mapped[int | None]


_EVERY = WrittenFor(WaitRule, lambda rule: sa.select(*rule))


@dataclass(frozen=True)
class Rule:
    """What is done for those who wait, in seconds since they began to wait."""

    second_after: int = 20
    """From then on second choices are tried too."""
    third_after: int = 40
    anybody_after: int = 60
    choice_after: int = 90
    """Unanswered for so long, a caller may wait on, be rung back or leave a message."""
    choice_after_rings: int = 6
    """Or after so many phones that nobody answered."""
    choice_every: int = 180


FIELDS = tuple(Rule.__dataclass_fields__)
RULES = sa.bindparam("rules", type_=JSONB)
"""The `rows` of a statement that is written once."""
_STEPS = tuple(name for name in FIELDS if name != "choice_after_rings")


def sound(figures: Mapping[str, int | None]) -> Rule:
    """Make a rule of whatever was entered."""
    own = Rule()
    given = {name: figures.get(name) for name in FIELDS}
    raw = {name: getattr(own, name) if each is None else each for name, each in given.items()}
    anybody = _within(raw["anybody_after"], 0, LONGEST_TO_ANYBODY)
    third = _within(raw["third_after"], 0, anybody)
    return Rule(
        second_after=_within(raw["second_after"], 0, third),
        third_after=third,
        anybody_after=anybody,
        choice_after=_within(raw["choice_after"], _SOONEST_CHOICE, LONGEST_TO_CHOICE),
        choice_after_rings=_within(raw["choice_after_rings"], *_RINGS),
        choice_every=_within(raw["choice_every"], _SOONEST_AGAIN, LONGEST_TO_CHOICE),
    )


def every(session: Session) -> dict[Stream, Rule]:
    """Return the rule of each stream: one statement, a handful of rows."""
    rows = {row.stream: row for row in _EVERY.all(session)}
    return {stream: sound(_as_entered(rows.get(stream))) for stream in Stream}


def entered(session: Session, stream: Stream) -> dict[str, int | None]:
    """Return the figures that were entered for one stream; None: the house's own."""
    return _as_entered(session.get(WaitRule, stream))


def change(
    session: Session,
    stream: Stream,
    figures: Mapping[str, int | None],
    *,
    by: uuid.UUID,
    at: datetime,
) -> None:
    """Enter the figures of one stream; they count from the next second on."""
    values = {name: figures.get(name) for name in FIELDS}
    row = insert(WaitRule).values(stream=stream, **values)
    session.execute(row.on_conflict_do_update(index_elements=["stream"], set_=values))
    audit.note(session, audit.Act.wait_rule_changed, at=at, who=by)


def given(session: Session, at: datetime) -> dict[str, Any]:
    """Return `AT` and `RULES` for this instant."""
    return {"at": at, "rules": rows(every(session), at)}


def rows(rules: Mapping[Stream, Rule], at: datetime) -> list[dict[str, Any]]:
    """Return the rules as one value, for `as_table`.

    A wait has come to a step if it began no later than that step's instant.
    """
    return [
        {
            "stream": stream.value,
            **{name: (at - timedelta(seconds=getattr(rule, name))).isoformat() for name in _STEPS},
            "choice_after_rings": rule.choice_after_rings,
        }
        for stream, rule in rules.items()
    ]


def as_table(value: sa.ColumnElement[Any]) -> sa.TableValuedAlias:
    """Write one value as rows to be joined by stream.

    A statement with a VALUES of many is compiled anew every time, and that cost more than all the
    rest of an offer.
    """
    columns: list[sa.ColumnClause[Any]] = [sa.column("stream", sa.String)]
    columns += [sa.column(name, UtcTime) for name in _STEPS]
    columns += [sa.column("choice_after_rings", sa.Integer)]
    written = sa.func.jsonb_to_recordset(value)
    return written.table_valued(*columns, name="rules").render_derived(with_types=True)


def _within(number: int, least: int, most: int) -> int:
    return max(least, min(number, most))


def _as_entered(row: WaitRule | None) -> dict[str, int | None]:
    return {name: getattr(row, name) if row is not None else None for name in FIELDS}
