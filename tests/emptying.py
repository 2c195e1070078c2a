"""Empties the database between two tests."""

from typing import Any

import psycopg


class Emptying:
    """Deletes every row, again and again, over one connection.

    Each new connection would have to learn of every table there is, which takes longer than to
    empty them.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection: psycopg.Connection[Any] | None = None

    def empty(self) -> None:
        try:
            _empty_tables(self._connected())
        except psycopg.OperationalError:
            # A test before cut every connection to the database, this one too.
            _empty_tables(self._connected())

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._address, autocommit=True)
        return self._connection


def _empty_tables(connection: psycopg.Connection[Any]) -> None:
    """Delete every row, and let numbers begin at one again.

    Emptying only what holds something takes a tenth of the time of truncating everything. The
    vacuum gives the pages back, so that rows lie in the order in which the next test makes them.
    """
    # The audit trigger refuses everybody else, as it should.
    connection.execute("SET session_replication_role = replica")
    # A table without a page has no row, and its size is known without reading it.
    filled = _names(
        connection,
        "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' "
        "AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version' "
        "AND pg_relation_size(oid) > 0",
    )
    if filled:
        deletions = (f"DELETE FROM {each}" for each in filled)  # noqa: S608 - names of tables
        connection.execute(";".join(deletions).encode())
        how = "INDEX_CLEANUP ON, TRUNCATE ON, SKIP_DATABASE_STATS"
        connection.execute(f"VACUUM ({how}) {','.join(filled)}".encode())
    connection.execute(
        "SELECT setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences "
        "WHERE schemaname = 'public' AND last_value IS NOT NULL"
    )


def _names(connection: psycopg.Connection[Any], asked: str) -> list[str]:
    return [str(row[0]) for row in connection.execute(asked.encode()).fetchall()]
