"""What callers and call-takers wait for never reads a whole table that grows with the years.

Each statement of the busiest rules and pages is planned with scans of whole tables made as
unattractive as can be: where PostgreSQL still scans one, no index serves.
"""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from helpline import outbox
from helpline.clock import now
from helpline.console import overview
from helpline.outbox import Kind
from helpline.sms import conversations
from helpline.voice import overflow, routing
from tests.helpline import making
from tests.system import System

GROWS = (
    "contact|text|timeline_entry|audit_entry|carrier_event|promise|leg|note|caller|vault_entry|"
    "wrap_up|availability_change|picture"
)
SCAN = re.compile(rf"Seq Scan on ({GROWS})\b")
Seen = list[tuple[Any, Any]]


@contextmanager
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    """Note each statement that leaves for the database, whoever sends it."""
    found: Seen = []
    send = psycopg.Cursor.execute

    def noted(self: Any, query: Any, params: Any = None, **kwargs: Any) -> Any:
        found.append((query, params))
        return send(self, query, params, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", noted)
        yield found


def plans(system: System, statements: Seen) -> Iterator[tuple[str, str]]:
    """Give each statement, once, with how PostgreSQL would carry it out if it must not scan."""
    with psycopg.connect(system.listening_address) as connection:
        connection.execute("SET enable_seqscan = off")
        for query, params in {str(query): (query, params) for query, params in statements}.values():
            sql = query if isinstance(query, bytes) else str(query).encode()
            if not re.match(rb"\s*(SELECT|WITH|UPDATE|INSERT|DELETE)", sql):
                continue
            # What numbers its places itself is sent by a cursor that leaves them alone.
            asks = psycopg.RawCursor if b"$1" in sql else psycopg.Cursor
            plan = asks(connection).execute(b"EXPLAIN " + sql, params).fetchall()
            yield sql.decode(), "\n".join(str(row[0]) for row in plan)


def whole_tables(system: System, statements: Seen) -> list[str]:
    return [sql for sql, plan in plans(system, statements) if SCAN.search(plan)]


def test_arrivals_and_assignment_read_no_whole_table(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = making.number()
    with seen(monkeypatch) as statements:
        for _ in range(2):
            system.webhook("/tw/sms/inbound", MessageSid=making.sid(), From=number.e164, Body="hi")
            system.webhook("/tw/voice/inbound", CallSid=making.sid("CA"), From=number.e164)
        with system.transaction() as session:
            staff = making.staff_member(session)
            contact = making.waiting_call(session, at=now())
            routing.offer_waiting(session, at=now())
            overflow.give_choices(session, at=now())
            outbox.claim(session, at=now(), most=8)
            outbox.leases_that_ended(session, at=now())
            outbox.unsure(session, Kind.send_text, since=now())
            outbox.cancel(session, contact.id, Kind.send_text, at=now())
            conversations.newest_incoming(session, contact.id)
            assert staff.id
    assert len(statements) > 20
    assert whole_tables(system, statements) == []


def test_the_console_and_an_opened_contact_read_no_whole_table(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = system.call_taker("Priya", "020 7946 0101")
    with system.transaction() as session:
        text = making.inbox.text_arrived(session, making.incoming(), at=now())
        contact_id = text.contact_id
    with seen(monkeypatch) as statements:
        for path in ("/console", f"/console/contacts/{contact_id}"):
            assert console.get(path).status_code == 200
        for part in ("waiting", "mine", "me"):
            assert console.get(f"/console/parts/{part}").status_code == 200
        with system.transaction() as session:
            overview.latest_closed(session)
    assert len(statements) > 15
    assert whole_tables(system, statements) == []
    skips = [sql for sql, _ in plans(system, statements) if "OFFSET" in sql.upper()]
    assert skips == [], "page by a key, not by counting off what came before"


def test_a_scan_would_be_seen(system: System) -> None:
    statements: Seen = [("SELECT count(*) FROM text WHERE at > now()", None)]
    assert whole_tables(system, statements)


def test_claiming_looks_at_each_open_promise_once_however_many_there_are(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a carrier's outage ten thousand may wait: compared with each other they would block."""
    few, many = (_read_for_a_claim(system, monkeypatch, more) for more in (100, 400))
    assert many < 8 * few


def _read_for_a_claim(system: System, monkeypatch: pytest.MonkeyPatch, more: int) -> int:
    """Let so many more promises wait; returns the blocks that are read to claim eight of them."""
    with system.transaction() as session:
        for _ in range(more):
            lane = uuid.uuid4()
            made = outbox.promise(session, Kind.end_call, about=lane, lane=lane, at=now())
            # Later than the system's own worker would take it.
            made.due_at = now() + timedelta(days=1)
    with seen(monkeypatch) as statements, making.undone(system) as session:
        assert len(outbox.claim(session, at=now() + timedelta(days=2), most=8)) == 8
    query, bound = next(each for each in statements if b"FOR UPDATE" in each[0])
    explain = b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + query
    with psycopg.connect(system.listening_address) as connection:
        row = connection.execute(explain, bound).fetchone()
        connection.rollback()
    assert row is not None
    return int(row[0][0]["Plan"]["Shared Hit Blocks"])
