"""The database: base class, column types, and the only place that commits.

A rule takes a session and changes rows; the edge that called it opened the unit of work:

    with transaction() as session:
        calls.call_arrived(session, ...)

Nothing outside the database is touched while a transaction is open.
"""

import enum
import secrets
import select
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import psycopg
import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

from helpline import embedded_postgres, encryption
from helpline.round_trips import PromptSession
from helpline.settings import Settings

# How long an edge waits for a database that is restarting. The carrier reads for 15 s at most and
# drops a text whose webhook fails (../shared/carrier/twilio.md 2.6).
PATIENCE_SECONDS = 8.0
_FIRST_WAIT_SECONDS = 0.1
_ASK_AFTER_SECONDS = 30.0
_DRIVER = "postgresql+psycopg"

Result = TypeVar("Result")
Instant = datetime | sa.ColumnElement[datetime]
"""An instant, or what stands for it in a condition that is written once and asked often."""
AT = sa.bindparam("at", type_=sa.DateTime(timezone=True))
"""The instant of a statement that is written once: writing it takes longer than carrying it out."""


class NestedTransactionError(RuntimeError):
    """A unit of work was opened inside another one."""


class UtcTime(sa.types.TypeDecorator[datetime]):
    """An instant. Refuses one without a zone; always gives UTC back."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse a time without a zone: it would silently mean another instant."""
        del dialect
        if value is not None and value.tzinfo is None:
            raise ValueError("A time without a zone can't be stored")
        return value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give UTC back, whatever zone the connection speaks."""
        del dialect
        return value.astimezone(UTC) if value is not None else None


class EncryptedText(sa.types.TypeDecorator[str]):
    """Words that are stored locked (AES-256-GCM), bound to one purpose such as `text.words`."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Lock on the way in."""
        del dialect
        return None if value is None else encryption.text_keys().lock(value, self.purpose)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Unlock on the way out."""
        del dialect
        return None if value is None else encryption.text_keys().unlock(value, self.purpose)


def _values(enum_class: type[enum.Enum]) -> list[str]:
    return [str(member.value) for member in enum_class]


class Base(DeclarativeBase):
    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as it stands
        datetime: UtcTime,
        str: sa.Text,
        dict[str, Any]: JSONB,
        list[str]: JSONB,
        enum.Enum: sa.Enum(
            enum.Enum,
            native_enum=False,
            create_constraint=False,
            length=40,
            values_callable=_values,
        ),
    }


Id = Annotated[uuid.UUID, mapped_column(primary_key=True, default=uuid.uuid4)]


def id_by_time() -> uuid.UUID:
    """Make an id that begins with the time (RFC 9562, version 7), for rows that come by the dozen.

    What is new then stands together at the end of each index, in full pages, where ids by chance
    leave a third of each page empty. 74 bits are chance all the same; the time is on the row too.
    """
    of_time = time.time_ns() // 1_000_000 << 80
    version, variant = 0x7 << 76, 0x2 << 62
    by_chance = secrets.randbits(80) & ~(0xF << 76 | 0x3 << 62)
    return uuid.UUID(int=of_time | version | variant | by_chance)


IdByTime = Annotated[uuid.UUID, mapped_column(primary_key=True, default=id_by_time)]

db = SQLAlchemy(
    metadata=Base.metadata,
    session_options={"class_": PromptSession, "expire_on_commit": False},
    disable_autonaming=True,
)


def address(settings: Settings) -> str:
    """Return the address of the database for SQLAlchemy, starting our own where none is set."""
    if not settings.database_url:
        return embedded_postgres.start(settings.data_dir)
    scheme, _, rest = settings.database_url.partition("://")
    is_plain = scheme in {"postgres", "postgresql"}
    return f"{_DRIVER}://{rest}" if is_plain else settings.database_url


def listening_address(settings: Settings) -> str:
    """Return the same address for psycopg alone, which listens for notices."""
    return address(settings).replace(_DRIVER, "postgresql", 1)


def engine_options() -> dict[str, Any]:
    """Return how this program connects."""
    return {
        # What was bound into a failing statement may be a caller's: errors don't repeat it.
        "hide_parameters": True,
        "pool_size": 10,
        "max_overflow": 10,
        "pool_timeout": 5,
        # The connection given back last is taken first: a few are busy and know our statements.
        "pool_use_lifo": True,
        "connect_args": {
            # From its second use on a connection has a statement prepared; to plan it anew each
            # time costs the database more than to carry it out.
            "prepare_threshold": 1,
            "connect_timeout": 5,
            "options": "-c timezone=UTC -c lock_timeout=5s -c statement_timeout=20s",
            "application_name": "helpline",
        },
    }


@sa.event.listens_for(sa.pool.Pool, "checkout")
def _replace_if_lost(connection: Any, record: Any, proxy: Any) -> None:  # noqa: ANN401 - the driver's
    """Look whether a pooled connection still holds, before anything relies on it.

    A server that went away has said so: there is something to read where nothing was asked. To look
    costs a hundredth of asking the server. One that nobody used for a while is asked all the same,
    since a host or a firewall may have dropped it without a word.
    """
    del proxy
    is_lost = connection.closed or _has_said_something(connection)
    at, before = time.monotonic(), record.info.get("used_at")
    record.info["used_at"] = at
    if not is_lost and before is not None and at - before > _ASK_AFTER_SECONDS:
        is_lost = not _answers(connection)
    if is_lost:
        raise sa.exc.DisconnectionError


def _has_said_something(connection: Any) -> bool:  # noqa: ANN401 - the driver's
    # Not select(), which refuses all that a process opens beyond its first 1,024 files.
    hears = select.poll()
    hears.register(connection.fileno(), select.POLLIN)
    return bool(hears.poll(0))


def _answers(connection: Any) -> bool:  # noqa: ANN401 - the driver's
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error:
        return False
    return True


@contextmanager
def transaction() -> Iterator[Session]:
    """Open one unit of work: commits when the block ends, rolls back when it raises.

    Raises:
        NestedTransactionError: one is open already; rules must be handed its session instead.

    """
    session: Session = db.session()
    if session.info.get("unit_of_work"):
        raise NestedTransactionError("A unit of work is open already: hand its session on")
    session.info["unit_of_work"] = True
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        # Forget what consoles and workers were to be told (live.py): it did not happen.
        session.info.clear()
        raise
    finally:
        session.info["unit_of_work"] = False


def persistently(work: Callable[[], Result], patience: float = PATIENCE_SECONDS) -> Result:
    """Do `work` again while the database can't be reached, for `patience` seconds.

    Only for work that takes effect once however often it is tried (a de-duplicated event).

    Raises:
        sqlalchemy.exc.DBAPIError: the database stayed away, or refused for another reason.
        sqlalchemy.exc.TimeoutError: every connection stayed in use.

    """
    deadline = time.monotonic() + patience
    wait = _FIRST_WAIT_SECONDS
    while True:
        try:
            return work()
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            db.session.remove()
            if not _is_passing(error) or time.monotonic() + wait > deadline:
                raise
        time.sleep(wait)
        wait = min(wait * 2, 1.0)


_HELD = sa.select(
    sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(sa.bindparam("what", type_=sa.Text), 0))
)


def one_at_a_time(session: Session, what: object) -> None:
    """Let one transaction after the other do something, by its name, such as a form's key."""
    session.execute(_HELD, {"what": str(what)})


@contextmanager
def alone(job: int) -> Iterator[bool]:
    """Hold the advisory lock of one job; gives False where another process holds it.

    The lock lives on a connection of its own, so it goes when its holder dies.
    """
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        got_it = bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(job))))
        try:
            yield got_it
        finally:
            if got_it:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(job)))


def _is_passing(error: sa.exc.DBAPIError | sa.exc.TimeoutError) -> bool:
    """Whether trying again can help: connection lost, server starting, deadlock, lock time-out.

    So it can where all connections are in use, as while a database that is away keeps each waiting.
    """
    if isinstance(error, sa.exc.TimeoutError):
        return True
    state = getattr(error.orig, "sqlstate", None) or ""
    return (
        error.connection_invalidated
        or (isinstance(error, sa.exc.OperationalError) and not state)
        or state[:2] in {"08", "40", "57", "53"}
        or state == "55P03"
    )


def render_type(kind: str, item: object, autogen_context: object) -> str | bool:
    """Write our own column types into migrations as the plain types they are stored as."""
    del autogen_context
    if kind == "type" and isinstance(item, UtcTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, EncryptedText):
        return "sa.Text()"
    if kind == "type" and isinstance(item, sa.Enum):
        # Which values there are is the program's business: a new one needs no migration.
        return f"sa.String(length={item.length})"
    return False
