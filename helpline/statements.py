"""Statements written with SQLAlchemy that are put into the database's words once.

To write a statement anew, to look up what it became before and to make objects of its rows costs
ten times what the driver needs to ask it. So the statements of the busiest rules are written once,
with what changes as parameters (`sa.bindparam`), and asked straight through the driver.

    _NEWEST = Written(lambda: sa.select(sa.func.max(Text.number)).where(
        Text.contact_id == sa.bindparam("contact_id")))

    _NEWEST.value(session, contact_id=contact_id)
"""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.orm import DeclarativeBase, Session

from helpline import round_trips
from helpline.round_trips import Process

Row = TypeVar("Row", bound=DeclarativeBase)
_PLACE = re.compile(r"%\((\w+)\)s|%%")


@dataclass(frozen=True)
class _Asked:
    """A statement in the database's words, and what is bound in the order of its places."""

    sql: bytes
    names: tuple[str, ...]
    says: Mapping[str, Process]
    understands: tuple[tuple[int, Process], ...]


class Written:
    """A statement that is written once, and asked often."""

    def __init__(self, write: Callable[[], sa.Select[*tuple[Any, ...]]]) -> None:
        self._write = write
        self._asked: _Asked | None = None

    def rows(self, session: Session, **values: Any) -> Sequence[Sequence[Any]]:  # noqa: ANN401 - whatever is bound
        """Return the rows of the answer, each value as SQLAlchemy would give it.

        Raises:
            sqlalchemy.exc.DBAPIError: as any statement of the session.

        """
        asked, found = self._ask(session, values)
        if not asked.understands:
            return found
        return [_understood(asked, each) for each in found]

    def raw(self, session: Session, **values: Any) -> Sequence[tuple[Any, ...]]:  # noqa: ANN401 - whatever is bound
        """Return the rows of the answer as the driver gives them, for `round_trips.known`."""
        return self._ask(session, values)[1]

    def first(self, session: Session, **values: Any) -> Sequence[Any] | None:  # noqa: ANN401 - whatever is bound
        """Return the first row of the answer, if there is one."""
        return next(iter(self.rows(session, **values)), None)

    def value(self, session: Session, **values: Any) -> Any:  # noqa: ANN401 - whatever was asked for
        """Return the first value of the first row; None if there is no row."""
        found = self.first(session, **values)
        return None if found is None else found[0]

    def _ask(
        self, session: Session, values: Mapping[str, Any]
    ) -> tuple[_Asked, list[tuple[Any, ...]]]:
        session.flush()
        connection = session.connection()
        asked = self._asked
        if asked is None:
            asked = self._asked = _put(self._write(), connection)
        bound = [_said(asked, name, values[name]) for name in asked.names]
        try:
            cursor = psycopg.RawCursor(round_trips.driver_of(connection))
            return asked, cursor.execute(asked.sql, bound).fetchall()
        except psycopg.Error as error:
            raise round_trips.told(connection, error) from error


class WrittenFor(Written, Generic[Row]):
    """A statement that is written once and whose rows are whole rows of one table.

    `write` is given the columns to select. The rows are as they are now, however long the session
    has had them.
    """

    def __init__(
        self,
        kind: type[Row],
        write: Callable[[Sequence[sa.ColumnElement[Any]]], sa.Select[*tuple[Any, ...]]],
    ) -> None:
        super().__init__(lambda: write(round_trips.columns_of(kind)))
        self._kind = kind

    def all(self, session: Session, **values: Any) -> list[Row]:  # noqa: ANN401 - whatever is bound
        """Return all rows, as the session has them."""
        found = self.raw(session, **values)
        return [round_trips.known(session, self._kind, each) for each in found]

    def one(self, session: Session, **values: Any) -> Row | None:  # noqa: ANN401 - whatever is bound
        """Return the first row, if there is one."""
        found = self.raw(session, **values)
        return round_trips.known(session, self._kind, found[0]) if found else None


class WrittenForSeveral(Written):
    """A statement that is written once and whose rows are whole rows of several tables.

    `write` is given the columns of all of them, in the order of `kinds`.
    """

    def __init__(
        self,
        kinds: Sequence[type[DeclarativeBase]],
        write: Callable[[Sequence[sa.ColumnElement[Any]]], sa.Select[*tuple[Any, ...]]],
    ) -> None:
        self._kinds = kinds
        columns = [round_trips.columns_of(kind) for kind in kinds]
        super().__init__(lambda: write([each for theirs in columns for each in theirs]))
        self._ends = list(itertools.accumulate(len(theirs) for theirs in columns))
        self._keys = [
            next(place for place, each in enumerate(theirs) if each.primary_key)
            for theirs in columns
        ]

    def all(self, session: Session, **values: Any) -> list[list[Any]]:  # noqa: ANN401 - whatever is bound
        """Return all rows, as the session has them; None for a table that has none (LEFT JOIN)."""
        return [
            [
                None
                if (theirs := row[begin:end])[key] is None
                else round_trips.known(session, kind, theirs)
                for kind, begin, end, key in zip(
                    self._kinds, [0, *self._ends], self._ends, self._keys, strict=False
                )
            ]
            for row in self.raw(session, **values)
        ]


def _said(asked: _Asked, name: str, value: Any) -> Any:  # noqa: ANN401 - whatever is bound
    say = asked.says.get(name)
    return value if say is None else say(value)


def _understood(asked: _Asked, row: Sequence[Any]) -> list[Any]:
    understood = list(row)
    for place, understand in asked.understands:
        understood[place] = understand(understood[place])
    return understood


def _put(statement: sa.Select[*tuple[Any, ...]], connection: sa.Connection) -> _Asked:
    """Put a statement into the database's words: with numbered places, as PostgreSQL has them.

    The driver would read one with names, if it is long, anew each time. What never changes is
    written out: PostgreSQL then knows without planning anew that an index for one state will do.
    """
    dialect, driver = connection.dialect, round_trips.driver_of(connection)
    compiled = statement.compile(dialect=dialect)
    left_open = {name: None for name, each in compiled.binds.items() if each.required}
    expanded = compiled.construct_expanded_state(left_open)
    names: list[str] = []

    def place(found: re.Match[str]) -> str:
        name = found.group(1)
        if name is None:
            return "%"
        if name not in left_open:
            given = expanded.parameters[name]
            said = says[name](given) if name in says else given
            return sql.Literal(said).as_string(driver)
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    says = {
        name: say
        for name, each in compiled.binds.items()
        if (say := each.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    } | dict(expanded.processors)
    written = _PLACE.sub(place, expanded.statement).encode()
    types = [each.type.dialect_impl(dialect) for each in statement.selected_columns]
    processes = [each.result_processor(dialect, None) for each in types]
    understands = tuple((at, each) for at, each in enumerate(processes) if each is not None)
    return _Asked(written, tuple(names), says, understands)
