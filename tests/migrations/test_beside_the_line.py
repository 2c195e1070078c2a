"""A migration that builds indexes on tables of years keeps nobody on the line waiting."""

import time
from threading import Thread

import flask_migrate
import psycopg
from flask import Flask

from tests.migrations.test_migrations import empty as empty  # noqa: PLC0414 - a fixture

# In the words of that revision: the program of today may know more columns.
_A_TEXT = (
    "WITH c AS (INSERT INTO caller (id, reference, first_seen_at, is_identified) "
    "VALUES (gen_random_uuid(), gen_random_uuid(), now(), false) RETURNING id), "
    "k AS (INSERT INTO contact (id, channel, state, caller_id, opened_at, is_flagged) "
    "SELECT gen_random_uuid(), 'sms', 'waiting', id, now(), false FROM c RETURNING id), "
    "l AS (INSERT INTO timeline_entry (contact_id, at, what) "
    "SELECT id, now(), 'text_arrived' FROM k), "
    "a AS (INSERT INTO audit_entry (at, act) VALUES (now(), 'text_received')) "
    "INSERT INTO text (id, contact_id, direction, words, at, state, state_since, pictures) "
    "SELECT gen_random_uuid(), id, 'inbound', '', now(), 'received', now(), 0 FROM k"
)


def test_texts_arrive_while_smaller_indexes_are_built(empty: tuple[Flask, str]) -> None:
    app, address = empty
    flask_migrate.upgrade(revision="0030")
    _text_arrives(address)
    with psycopg.connect(address) as slow:
        # Somebody's unit of work is open; whoever wanted the tables for themselves would wait for
        # it, with everybody else behind them.
        slow.execute(_A_TEXT)
        upgrading = Thread(target=_upgrade, args=(app,))
        upgrading.start()
        try:
            _wait_until_it_waits(address)
            _text_arrives(address)
            assert upgrading.is_alive()
        finally:
            slow.commit()
            upgrading.join(60)
    assert not upgrading.is_alive()
    assert _indexes_unfinished(address) == []
    with psycopg.connect(address) as connection:
        row = connection.execute("SELECT count(*) FROM text").fetchone()
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert (row, revision) == ((3,), ("0031",))


def test_what_a_broken_off_build_left_is_built_anew(empty: tuple[Flask, str]) -> None:
    _, address = empty
    flask_migrate.upgrade(revision="0030")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE INDEX ix_text_sid ON text (at)")
        connection.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_text_sid'::regclass"
        )
    flask_migrate.upgrade()
    assert _indexes_unfinished(address) == []
    with psycopg.connect(address) as connection:
        row = connection.execute("SELECT pg_get_indexdef('ix_text_sid'::regclass)").fetchone()
    assert row is not None
    assert "USING hash (carrier_sid)" in row[0]


def _upgrade(app: Flask) -> None:
    with app.app_context():
        flask_migrate.upgrade(revision="0031")


def _text_arrives(address: str) -> None:
    with psycopg.connect(address) as connection:
        connection.execute("SET lock_timeout = '2s'")
        connection.execute(_A_TEXT)


def _wait_until_it_waits(address: str) -> None:
    until = time.monotonic() + 30
    with psycopg.connect(address, autocommit=True) as connection:
        while time.monotonic() < until:
            waits = connection.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() "
                "AND query LIKE '%INDEX%ix_%' AND wait_event_type = 'Lock'"
            ).fetchone()
            if waits:
                return
            time.sleep(0.05)
    raise AssertionError("The migration never waited for the open unit of work")


def _indexes_unfinished(address: str) -> list[str]:
    with psycopg.connect(address) as connection:
        rows = connection.execute(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
        ).fetchall()
    return [str(row[0]) for row in rows]
