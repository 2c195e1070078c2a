"""Few round trips to the database: questions asked together, and rows written together.

What an event costs is the number of statements that travel one by one, and the objects made of
what comes back; rows themselves are cheap. So the busiest rules ask all they need in one trip, and
hand over rows that nobody reads back within their unit of work: those leave in one statement with
the notices of the transaction, before the session next asks anything, at the latest on commit.
"""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from flask_sqlalchemy.session import Session as BoundSession
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

Process = Callable[[Any], Any]
Values = Mapping[str, Any]
Row = TypeVar("Row", bound=DeclarativeBase)
# One statement takes 65,535 values, and no table of ours has sixty columns.
_MOST_ROWS = 1000


@dataclass(frozen=True)
class Question:
    """A statement in SQL with what is bound into it (`%(name)s`)."""

    sql: str
    values: Values = field(default_factory=dict, repr=False)


@dataclass
class _Waiting:
    rows: list[tuple[type[DeclarativeBase], Values]] = field(default_factory=list)
    kept: list[DeclarativeBase] = field(default_factory=list)
    changes: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    notices: list[tuple[str, str]] = field(default_factory=list)


class PromptSession(BoundSession):
    """A session that writes the rows handed over before it asks the database anything."""

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write what waits: rows handed over first, as what was changed since may be theirs."""
        send_rows(self)
        super().flush(objects)


def ask(session: Session, *questions: Question) -> list[list[Any]]:
    """Ask everything in one round trip, in this order; returns the rows of each answer.

    Each question sees what was committed before it was reached: one that waits for a lock lets
    the next ones see what the lock was waited for.

    Raises:
        sqlalchemy.exc.DBAPIError: as any statement of the session.

    """
    session.flush()
    connection = session.connection()
    driver: psycopg.Connection[Any] = driver_of(connection)
    try:
        if len(questions) == 1:
            return [driver.execute(questions[0].sql.encode(), questions[0].values).fetchall()]
        with driver.pipeline():
            asked = [driver.execute(each.sql.encode(), each.values) for each in questions]
        return [each.fetchall() for each in asked]
    except psycopg.Error as error:
        raise told(connection, error) from error


def change(session: Session, sql: str, *values: Any) -> None:  # noqa: ANN401 - whatever is bound
    """Have a change (`%s` for each value) carried out together with the rows handed over.

    It sees none of those rows, and answers nothing.
    """
    _waiting(session).changes.append((sql, values))


def write(session: Session, kind: type[DeclarativeBase], **values: Any) -> None:  # noqa: ANN401 - whatever the columns hold
    """Write a row with the others; nobody needs it back."""
    if session.new:
        # The row may refer to one of those.
        session.flush()
    _room_for_one_more(session).rows.append((kind, values))


def keep(session: Session, row: DeclarativeBase) -> None:
    """Write a row with the others and go on with it as with one that was read.

    What is set until it leaves is written with it.
    """
    for name, default in _defaults(type(row)):
        if row.__dict__.get(name) is None:
            row.__dict__[name] = default(None)
    if session.new:
        session.flush()
    waiting = _room_for_one_more(session)
    waiting.rows.append((type(row), row.__dict__))
    waiting.kept.append(row)


def notify(session: Session, channel: str, message: str) -> None:
    """Send a notice with the rows; PostgreSQL hands it on when the transaction commits."""
    _waiting(session).notices.append((channel, message))


def stored(session: Session, row: DeclarativeBase) -> None:
    """Take a row, whole as it is here, for one that a statement of ours has stored."""
    for column in _columns(type(row), dialect_of(session)):
        # What was never set is empty: nobody has to read it to know.
        row.__dict__.setdefault(column.name, None)
    make_transient_to_detached(row)
    session.add(row)


def known(session: Session, kind: type[Row], values: Sequence[Any], *, without: str = "") -> Row:
    """Return the row whose `column_names(kind)` a question has just read, as the session has it.

    A column that was left out is read when it is first asked for.
    """
    reading = _reading(kind, dialect_of(session), without)
    read = dict(zip(reading.names, values, strict=True))
    for name, understand in reading.understand:
        read[name] = understand(read[name])
    key = reading.mapper.identity_key_from_primary_key(tuple(read[each] for each in reading.key))
    here = session.identity_map.get(key)
    if here is None:
        row = kind()
        row.__dict__.update(read)
        make_transient_to_detached(row)
        session.add(row)
        return row
    for attribute, value in read.items():
        set_committed_value(here, attribute, value)
    assert isinstance(here, kind)  # noqa: S101 - the key says so  # nosec B101
    return here


@cache
def column_names(kind: type[DeclarativeBase], *, without: str = "") -> str:
    """Return the columns of a table as a question names them: `contact.id, contact.state, ...`."""
    return ", ".join(f'{kind.__tablename__}."{each.name}"' for each in _read(kind, without))


@event.listens_for(Session, "before_commit")
def send_rows(session: Session) -> None:
    """Have the rows leave that were handed over, with what goes with them."""
    waiting: _Waiting | None = session.info.pop("round_trips", None)
    if waiting is None:
        return
    connection = session.connection()
    shape: list[tuple[type[DeclarativeBase], int]] = []
    bound: list[Any] = []
    for kind in dict.fromkeys(kind for kind, _ in waiting.rows):
        rows = [values for each, values in waiting.rows if each is kind]
        columns = _columns(kind, connection.dialect)
        shape.append((kind, len(rows)))
        for values in rows:
            bound += [column.read(values) for column in columns]
    for _, given in (*waiting.changes, *(("", notice) for notice in waiting.notices)):
        bound += given
    changes = tuple(sql for sql, _ in waiting.changes)
    statement = _statement(tuple(shape), changes, len(waiting.notices))
    try:
        psycopg.RawCursor(driver_of(connection)).execute(statement, bound)
    except psycopg.Error as error:
        raise told(connection, error) from error
    for row in waiting.kept:
        stored(session, row)


def _waiting(session: Session) -> _Waiting:
    found: _Waiting | None = session.info.get("round_trips")
    if found is None:
        found = session.info["round_trips"] = _Waiting()
    return found


def _room_for_one_more(session: Session) -> _Waiting:
    waiting = _waiting(session)
    if len(waiting.rows) < _MOST_ROWS:
        return waiting
    send_rows(session)
    return _waiting(session)


def dialect_of(session: Session) -> sa.Dialect:
    """Return how values are said to this database; to ask the session for it is not cheap."""
    found: sa.Dialect | None = session.info.get("dialect")
    if found is None:
        found = session.info["dialect"] = session.connection().dialect
    return found


def driver_of(connection: sa.Connection) -> psycopg.Connection[Any]:
    """Return the driver's connection beneath one of SQLAlchemy's."""
    driver: psycopg.Connection[Any] | None = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("The connection was given back already")
    return driver


def told(connection: sa.Connection, error: psycopg.Error) -> sa.exc.DBAPIError:
    """Say an error of the driver as SQLAlchemy says it, and let a lost connection go."""
    is_lost = connection.dialect.is_disconnect(error, driver_of(connection), None)  # type: ignore[arg-type]
    if is_lost:
        connection.invalidate(error)
    told = sa.exc.DBAPIError.instance(
        None,
        None,
        error,
        psycopg.Error,
        hide_parameters=True,
        connection_invalidated=is_lost,
        dialect=connection.dialect,
    )
    assert isinstance(told, sa.exc.DBAPIError)  # noqa: S101 - it was one of the driver's  # nosec B101
    return told


@dataclass(frozen=True)
class _Column:
    name: str
    default: Any
    say: Process | None
    understand: Process | None

    def read(self, values: Values) -> Any:  # noqa: ANN401 - whatever the column holds
        """Return what is stored for a row."""
        value = values.get(self.name)
        if value is None and self.default is not None:
            value = self.default(None)
        return value if self.say is None else self.say(value)


@cache
def _written(kind: type[DeclarativeBase]) -> tuple[sa.Column[Any], ...]:
    """Return the columns of a table that we write, and not the database."""
    return tuple(
        column
        for column in kind.__table__.columns
        if isinstance(column, sa.Column)
        and column.identity is None
        and (column.server_default is None or column.default is not None)
    )


def columns_of(kind: type[DeclarativeBase]) -> tuple[sa.Column[Any], ...]:
    """Return the columns that `known` understands, in their order."""
    return _read(kind, "")


@cache
def _read(kind: type[DeclarativeBase], without: str) -> tuple[sa.Column[Any], ...]:
    """Return the columns of a table, but for one that is left out."""
    columns = kind.__table__.columns
    return tuple(each for each in columns if isinstance(each, sa.Column) and each.name != without)


@dataclass(frozen=True)
class _Reading:
    """How a row of a table is understood."""

    names: tuple[str, ...]
    understand: tuple[tuple[str, Process], ...]
    key: tuple[str, ...]
    mapper: sa.orm.Mapper[Any]


@cache
def _reading(kind: type[DeclarativeBase], dialect: sa.Dialect, without: str) -> _Reading:
    columns, mapper = _columns(kind, dialect, _read(kind, without)), sa.inspect(kind)
    return _Reading(
        tuple(each.name for each in columns),
        tuple((each.name, each.understand) for each in columns if each.understand is not None),
        tuple(each.name for each in mapper.primary_key),
        mapper,
    )


@cache
def _columns(
    kind: type[DeclarativeBase],
    dialect: sa.Dialect,
    columns: tuple[sa.Column[Any], ...] | None = None,
) -> tuple[_Column, ...]:
    """Return how columns are stored and understood; without any named, those that we write."""
    defaults = dict(_defaults(kind))
    found = []
    for column in _written(kind) if columns is None else columns:
        stored_as = column.type.dialect_impl(dialect)
        found.append(
            _Column(
                column.name,
                defaults.get(column.name),
                stored_as.bind_processor(dialect),
                stored_as.result_processor(dialect, None),
            )
        )
    return tuple(found)


@cache
def _defaults(kind: type[DeclarativeBase]) -> tuple[tuple[str, Process], ...]:
    """Return what a new row of a table holds where nothing was said."""
    return tuple(
        (column.name, made.arg if callable(made.arg) else _always(made.arg))
        for column in _written(kind)
        if isinstance(made := column.default, sa.ColumnDefault)
    )


def _always(value: Any) -> Process:  # noqa: ANN401 - whatever a column's default is
    return lambda _: value


@lru_cache(maxsize=500)
def _statement(
    shape: tuple[tuple[type[DeclarativeBase], int], ...], changes: tuple[str, ...], notices: int
) -> bytes:
    """Write one statement for these numbers of rows, these changes, and so many notices."""
    parts = []
    for kind, count in shape:
        names = [f'"{column.name}"' for column in _written(kind)]
        one = f"({', '.join(['%s'] * len(names))})"
        # Names of our own tables and columns; every value is bound.
        parts.append(
            f'INSERT INTO "{kind.__tablename__}" ({", ".join(names)}) '  # noqa: S608
            f"VALUES {', '.join([one] * count)}"  # nosec B608
        )
    parts += changes
    told = ", ".join(["pg_notify(%s, %s)"] * notices)
    last = f"SELECT {told}" if notices else parts.pop()
    named = ", ".join(f"part_{number} AS ({each})" for number, each in enumerate(parts))
    whole = f"WITH {named} {last}" if named else last
    # As PostgreSQL counts them: the driver would read a statement this long anew each time.
    places = itertools.count(1)
    return re.sub("%s", lambda _: f"${next(places)}", whole).encode()
