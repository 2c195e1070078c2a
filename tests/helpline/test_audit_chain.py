"""Whoever changes the record of who did what is noticed, at the exact row."""

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpline import audit, audit_chain
from helpline.audit_chain import AuditSeal, Head, Report
from helpline.clock import now
from tests.system import System

SEVEN_YEARS = timedelta(days=7 * 366)


def act(system: System, times: int = 1) -> None:
    for _ in range(times):
        with system.transaction() as session:
            audit.note(session, audit.Act.contact_seen, at=now(), who=uuid.uuid4())


def seal(system: System, **options: Any) -> int:
    with system.transaction() as session:
        return audit_chain.seal(session, at=options.pop("at", now()), **options)


def verify(system: System, noted: Head | None = None) -> Report:
    with system.transaction() as session:
        return list(audit_chain.verify(session, noted=noted))[-1]


def faults(system: System) -> list[tuple[int, str]]:
    return [(fault.entry_id, fault.what) for fault in verify(system).faults]


def ids(system: System) -> list[int]:
    with system.transaction() as session:
        return list(session.scalars(sa.select(AuditSeal.entry_id).order_by(AuditSeal.number)))


@contextmanager
def as_intruder(system: System) -> Iterator[psycopg.Connection[Any]]:
    """Connect as the owner of the database with every trigger off."""
    with psycopg.connect(system.listening_address) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.fixture
def sealed(system: System) -> list[int]:
    """Nine rows, sealed; gives their ids."""
    act(system, 9)
    assert seal(system) == 9
    return ids(system)


def test_an_untouched_record_is_whole(system: System, sealed: list[int]) -> None:
    report = verify(system)
    assert report.faults == []
    assert report.head.number == 9
    assert report.not_sealed_yet == 0
    assert sealed == sorted(sealed)


def test_sealing_twice_seals_nothing_twice(system: System, sealed: list[int]) -> None:
    assert seal(system) == 0
    act(system)
    assert seal(system) == 1
    assert seal(system, everything=True) == 0
    assert faults(system) == []


@pytest.mark.parametrize(
    "change",
    [
        "act = 'note_written'",
        "who = NULL",
        "who = gen_random_uuid()",
        "about = gen_random_uuid()",
        "at = at + interval '1 microsecond'",
        "mark = '\\x00'",
        "transaction_number = transaction_number - 1",
    ],
)
def test_a_changed_row_is_named_and_no_other(
    system: System, sealed: list[int], change: str
) -> None:
    with as_intruder(system) as connection:
        connection.execute(
            f"UPDATE audit_entry SET {change} WHERE id = %s".encode(),  # noqa: S608 - our own words
            [sealed[4]],
        )
    assert faults(system) == [(sealed[4], "was changed")]


def test_the_last_row_changed_is_named_too(system: System, sealed: list[int]) -> None:
    with as_intruder(system) as connection:
        connection.execute("UPDATE audit_entry SET who = NULL WHERE id = %s", [sealed[-1]])
    assert faults(system) == [(sealed[-1], "was changed")]


@pytest.mark.parametrize("which", [0, 4, 8])
def test_a_removed_row_is_named(system: System, sealed: list[int], which: int) -> None:
    with as_intruder(system) as connection:
        connection.execute("DELETE FROM audit_entry WHERE id = %s", [sealed[which]])
    assert faults(system) == [(sealed[which], "was removed")]


def test_a_row_removed_with_its_seal_shows_where_it_stood(
    system: System, sealed: list[int]
) -> None:
    with as_intruder(system) as connection:
        connection.execute("DELETE FROM audit_entry WHERE id = %s", [sealed[4]])
        connection.execute("DELETE FROM audit_seal WHERE entry_id = %s", [sealed[4]])
    assert faults(system) == [(sealed[5], "stands after 1 removed seals")]


def test_two_rows_that_were_swapped_are_both_named(system: System, sealed: list[int]) -> None:
    with as_intruder(system) as connection:
        connection.execute(
            "UPDATE audit_entry SET who = other.who FROM audit_entry AS other "
            "WHERE (audit_entry.id, other.id) IN ((%(a)s, %(b)s), (%(b)s, %(a)s))",
            {"a": sealed[2], "b": sealed[6]},
        )
    assert faults(system) == [(sealed[2], "was changed"), (sealed[6], "was changed")]


def test_a_row_changed_with_its_seal_breaks_the_chain_there(
    system: System, sealed: list[int]
) -> None:
    with as_intruder(system) as connection:
        connection.execute("UPDATE audit_seal SET hash = %s WHERE number = 5", [bytes(32)])
    assert faults(system) == [(sealed[4], "has a changed seal")]


@pytest.fixture
def free(system: System) -> int:
    """Eight sealed rows, and between them the number of a row that was undone."""
    act(system, 4)
    with psycopg.connect(system.listening_address) as undone:
        found = undone.execute(
            "INSERT INTO audit_entry (at, act) VALUES (now(), 'contact_seen') RETURNING id"
        ).fetchone()
        undone.rollback()
    act(system, 4)
    assert seal(system) == 8
    assert found is not None
    return int(found[0])


@pytest.mark.parametrize("sealer_came_by", [True, False])
@pytest.mark.parametrize("back", [0, 1, 4], ids=["the first", "its own", "an earlier one"])
def test_a_row_put_in_between_afterwards_is_named(
    system: System, free: int, back: int, *, sealer_came_by: bool
) -> None:
    """A forger takes a number that was left free, and may lie about the transaction too."""
    with as_intruder(system) as connection:
        connection.execute(
            "INSERT INTO audit_entry (id, at, act, transaction_number) OVERRIDING SYSTEM VALUE "
            "VALUES (%s, now() - interval '1 day', 'contact_seen', "
            "CASE WHEN %s = 0 THEN 1 ELSE pg_current_xact_id()::text::bigint - %s END)",
            [free, back, back - 1],
        )
    if sealer_came_by:
        assert seal(system, everything=True) == 1
    assert faults(system) == [(free, "was inserted afterwards")]


def test_an_end_that_was_cut_off_shows_by_the_head_noted_elsewhere(
    system: System, sealed: list[int]
) -> None:
    noted = Head.read(str(verify(system).head))
    with as_intruder(system) as connection:
        connection.execute("DELETE FROM audit_entry WHERE id > %s", [sealed[5]])
        connection.execute("DELETE FROM audit_seal WHERE number > 6")
    assert verify(system).faults == []
    assert verify(system, noted).faults[0].what == "the chain was cut off after place 6"


def test_a_chain_made_anew_shows_by_the_head_noted_elsewhere(
    system: System, sealed: list[int]
) -> None:
    noted = verify(system).head
    with as_intruder(system) as connection:
        connection.execute("UPDATE audit_entry SET who = NULL WHERE id = %s", [sealed[3]])
        connection.execute("DELETE FROM audit_seal")
    seal(system, everything=True)
    assert verify(system).faults == []
    assert [fault.entry_id for fault in verify(system, noted).faults] == [sealed[8]]


def test_a_row_is_sealed_only_when_none_can_come_before_it(system: System) -> None:
    """A slow transaction took a lower number: the rows after it wait for it."""
    with psycopg.connect(system.listening_address) as slow:
        slow.execute("INSERT INTO audit_entry (at, act) VALUES (now(), 'contact_opened')")
        act(system, 3)
        assert seal(system) == 0
        assert verify(system).not_sealed_yet == 3
        slow.commit()
    assert seal(system) == 4
    assert ids(system) == sorted(ids(system))
    assert faults(system) == []


def test_a_row_of_a_slow_transaction_that_is_sealed_late_is_honest(system: System) -> None:
    """The younger transaction took the lower number, and was still running at the sealing."""
    opened = "INSERT INTO audit_entry (at, act) VALUES (now(), 'contact_opened')"
    with (
        psycopg.connect(system.listening_address) as older,
        psycopg.connect(system.listening_address) as younger,
    ):
        older.execute("SELECT pg_current_xact_id()")
        younger.execute(opened)
        older.execute(opened)
        older.commit()
        assert seal(system) == 1
        younger.commit()
    assert seal(system) == 1
    assert ids(system) == sorted(ids(system), reverse=True)
    assert faults(system) == []


def test_an_undone_act_leaves_a_gap_and_no_fault(system: System) -> None:
    act(system)
    with psycopg.connect(system.listening_address) as undone:
        undone.execute("INSERT INTO audit_entry (at, act) VALUES (now(), 'contact_opened')")
        undone.rollback()
    act(system)
    assert seal(system) == 2
    assert faults(system) == []


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_whatever_the_order_of_commits_the_chain_holds(system: System, data: Any) -> None:
    """Several writers hold transactions open and end them in any order; sealing comes between."""
    system.reset()
    steps = data.draw(
        st.lists(
            st.tuples(st.sampled_from(["write", "commit", "undo", "seal"]), st.integers(0, 3)),
            max_size=30,
        )
    )
    writers = [psycopg.connect(system.listening_address) for _ in range(4)]
    try:
        for what, which in steps:
            do: dict[str, Callable[[], object]] = {
                "write": lambda writer=writers[which]: writer.execute(
                    "INSERT INTO audit_entry (at, act) VALUES (now(), 'contact_seen')"
                ),
                "commit": writers[which].commit,
                "undo": writers[which].rollback,
                "seal": lambda: seal(system),
            }
            do[what]()
        for writer in writers:
            writer.commit()
    finally:
        for writer in writers:
            writer.close()
    seal(system)
    report = verify(system)
    assert report.faults == []
    assert report.not_sealed_yet == 0


def test_sealing_keeps_up_with_many_who_write_at_once(system: System) -> None:
    stop = threading.Event()

    def write(_: int) -> None:
        act(system, 25)

    def keep_sealing() -> None:
        while not stop.is_set():
            seal(system)

    sealer = threading.Thread(target=keep_sealing)
    sealer.start()
    with ThreadPoolExecutor(4) as writers:
        list(writers.map(write, range(4)))
    stop.set()
    sealer.join()
    seal(system)
    report = verify(system)
    assert report.faults == []
    assert report.head.number == 100
    assert report.not_sealed_yet == 0


def test_two_sealers_at_once_seal_each_row_once(system: System) -> None:
    from helpline.retention import jobs

    act(system, 20)
    with system.app.app_context(), ThreadPoolExecutor(2) as both:

        def work(_: int) -> int:
            with system.app.app_context():
                return jobs.seal_audit(at=now())

        assert sum(both.map(work, range(2))) in {0, 20}
        jobs.seal_audit(at=now())
    assert verify(system).head.number == 20
    assert faults(system) == []


def test_what_is_over_six_years_old_goes_and_the_rest_still_holds(system: System) -> None:
    act(system, 4)
    seal(system, at=now() - SEVEN_YEARS)
    act(system, 3)
    seal(system)
    with system.transaction() as session:
        assert session.scalar(sa.select(sa.func.forget_old_audit())) == 4
    report = verify(system)
    assert report.faults == []
    assert (report.first, report.head.number) == (5, 7)
    act(system)
    seal(system)
    assert faults(system) == []


def test_a_younger_beginning_that_was_cut_off_is_noticed(system: System, sealed: list[int]) -> None:
    with as_intruder(system) as connection:
        connection.execute("DELETE FROM audit_entry WHERE id <= %s", [sealed[3]])
        connection.execute("DELETE FROM audit_seal WHERE number < 4")
    assert faults(system) == [(sealed[3], "was removed before its time")]


@pytest.mark.usefixtures("sealed")
@pytest.mark.parametrize("table", ["audit_seal", "retention_log"])
@pytest.mark.parametrize("change", ["UPDATE {} SET at = now()", "DELETE FROM {}", "TRUNCATE {}"])
def test_seals_and_what_was_forgotten_can_only_be_added_to(
    system: System, table: str, change: str
) -> None:
    change = change.format(table).replace(
        "at = now()", "sealed_at = now()" if table == "audit_seal" else "at = now()"
    )
    with (
        psycopg.connect(system.listening_address) as connection,
        pytest.raises(psycopg.errors.RaiseException, match=f"{table} is append-only"),
    ):
        connection.execute(change.encode())


def test_the_transaction_that_forgets_persons_cannot_forget_the_record(
    system: System, sealed: list[int]
) -> None:
    with psycopg.connect(system.listening_address) as connection:
        connection.execute("SET LOCAL helpline.forgetting = 'yes'")
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            connection.execute("DELETE FROM audit_entry")
