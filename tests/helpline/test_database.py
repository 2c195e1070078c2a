"""Units of work, column types, and patience with a database that goes away."""

import os
import resource
import threading
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from helpline import encryption
from helpline.clock import now
from helpline.confidentiality.vault import VaultEntry
from helpline.contacts.models import Caller
from helpline.database import (
    EncryptedText,
    NestedTransactionError,
    UtcTime,
    alone,
    db,
    id_by_time,
    persistently,
    transaction,
)
from helpline.sms import inbox
from helpline.sms.models import Text
from tests.helpline import making
from tests.system import System

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def add_caller(reference: str) -> Callable[[], None]:
    def work() -> None:
        with transaction() as session:
            session.add(Caller(reference=reference, first_seen_at=now()))

    return work


def references(system: System) -> list[str]:
    with system.transaction() as session:
        return list(session.scalars(sa.select(Caller.reference)))


def end_every_connection(system: System) -> None:
    """Do to the server's sessions what a restart does."""
    with psycopg.connect(system.listening_address, autocommit=True) as connection:
        # Waits until they are gone, as they are after a restart.
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )


def test_what_a_unit_of_work_did_is_there_when_it_ends(system: System) -> None:
    with system.app.app_context():
        add_caller("AAA-AAA")()
    assert references(system) == ["AAA-AAA"]


def test_a_unit_of_work_that_raises_leaves_nothing_behind(system: System) -> None:
    with making.undone(system) as session:
        session.add(Caller(reference="AAA-AAA", first_seen_at=now()))
        session.flush()
    assert references(system) == []


def test_a_unit_of_work_cannot_be_opened_inside_another_one(system: System) -> None:
    with system.app.app_context():
        with pytest.raises(NestedTransactionError), transaction():
            add_caller("AAA-AAA")()
        # The one outside was undone, and the next one begins as if nothing had been.
        add_caller("CCC-CCC")()
    assert references(system) == ["CCC-CCC"]


def test_a_process_with_very_many_open_files_goes_on_working(system: System) -> None:
    """Open connections of browsers count too; select() would refuse what comes after 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2000:
        pytest.skip("this machine allows no more open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2000), hard))
    with system.app.app_context():
        db.engine.dispose()
    with ExitStack() as files:
        for _ in range(1100):
            files.enter_context(Path(os.devnull).open("rb"))
        with system.app.app_context():
            for reference in ("AAA-AAA", "BBB-BBB"):
                add_caller(reference)()
                db.session.remove()
        with system.app.app_context():
            db.engine.dispose()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert references(system) == ["AAA-AAA", "BBB-BBB"]


def test_a_time_without_a_zone_is_refused(system: System) -> None:
    zoneless = datetime(2026, 11, 22)  # noqa: DTZ001 - that is the point
    with making.undone(system) as session:
        session.add(Caller(reference="AAA-AAA", first_seen_at=zoneless))
        with pytest.raises(sa.exc.StatementError, match="without a zone"):
            session.flush()


@given(
    at=st.datetimes(
        min_value=datetime(1970, 1, 2),  # noqa: DTZ001 - the zone is drawn beside it
        timezones=st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
    )
)
def test_an_instant_stays_the_same_and_comes_back_in_utc(at: datetime) -> None:
    column = UtcTime()
    back = column.process_result_value(column.process_bind_param(at, DIALECT), DIALECT)
    assert back is not None
    assert (back, back.tzinfo) == (at, UTC)


def test_words_are_stored_as_ciphertext_bound_to_their_column(system: System) -> None:
    with system.transaction() as session:
        text = inbox.text_arrived(session, making.incoming("nobody must read this"), at=now())
    with psycopg.connect(system.listening_address) as connection:
        row = connection.execute("SELECT words FROM text WHERE id = %s", (text.id,)).fetchone()
    assert row is not None
    stored = row[0]
    assert stored.startswith("t1:")
    assert "nobody" not in stored
    assert EncryptedText("text.words").process_result_value(stored, DIALECT) == text.words
    with pytest.raises(encryption.LockBrokenError):
        EncryptedText("note.words").process_result_value(stored, DIALECT)


def test_nothing_stays_nothing_when_it_is_locked() -> None:
    column = EncryptedText("text.words")
    assert column.process_bind_param(None, DIALECT) is None
    assert column.process_result_value(None, DIALECT) is None


def test_a_text_that_comes_while_the_database_restarts_is_stored_once(system: System) -> None:
    """Its connection dies in the middle of the work; the carrier must not notice."""
    sender = making.number().e164
    with psycopg.connect(system.listening_address) as lock:
        # The webhook waits at this lock, so that its connection can be ended under it.
        lock.execute("LOCK TABLE carrier_event IN ACCESS EXCLUSIVE MODE")
        answers: list[int] = []
        post = threading.Thread(
            target=lambda: answers.append(
                system.webhook(
                    "/tw/sms/inbound", MessageSid=making.sid(), From=sender, Body="help"
                ).status_code
            )
        )
        post.start()
        wait_until_somebody_waits(lock)
        end_every_connection_but(lock)
    post.join(15)
    assert answers == [200]
    with system.transaction() as session:
        assert [text.words for text in session.scalars(sa.select(Text))] == ["help"]
        assert session.scalar(sa.select(sa.func.count()).select_from(VaultEntry)) == 1


def wait_until_somebody_waits(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    for _ in range(400):
        waiting = connection.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
        ).fetchone()
        if waiting and waiting[0]:
            return
        threading.Event().wait(0.01)
    raise AssertionError("Nobody came to the lock")


def end_every_connection_but(mine: psycopg.Connection[tuple[object, ...]]) -> None:
    mine.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )


def test_a_pooled_connection_that_died_unnoticed_is_replaced(system: System) -> None:
    add = making.incoming("first")
    with system.transaction() as session:
        inbox.text_arrived(session, add, at=now())
    end_every_connection(system)
    with system.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Text)) == 1


def test_work_is_done_again_when_every_connection_was_in_use(system: System) -> None:
    tries = []

    def work() -> str:
        tries.append(len(tries))
        if len(tries) == 1:
            raise sa.exc.TimeoutError("QueuePool limit reached")
        return "done"

    with system.app.app_context():
        assert persistently(work, patience=2.0) == "done"
    assert len(tries) == 2


def test_work_is_not_done_again_when_the_database_refuses_it_for_good(system: System) -> None:
    tries = []

    def wrong() -> None:
        tries.append(1)
        with transaction() as session:
            session.execute(sa.text("SELECT * FROM there_is_no_such_table"))

    with system.app.app_context(), pytest.raises(sa.exc.ProgrammingError):
        persistently(wrong)
    assert len(tries) == 1


def test_patience_with_the_database_ends(system: System) -> None:
    tries = []

    def lost() -> None:
        tries.append(1)
        with transaction() as session:
            session.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with system.app.app_context(), pytest.raises(sa.exc.OperationalError):
        persistently(lost, patience=0.5)
    assert len(tries) > 1


def test_a_lonely_job_is_held_by_one_process_and_freed_when_it_ends(system: System) -> None:
    with system.app.app_context():
        with alone(4711) as mine, alone(4711) as also_mine:
            assert (mine, also_mine) == (True, False)
        with alone(4711) as mine_again:
            assert mine_again


def test_the_lock_of_a_job_goes_when_its_holder_dies(system: System) -> None:
    with system.app.app_context():
        engine = db.engine
        holder = engine.connect()
        assert holder.scalar(sa.select(sa.func.pg_try_advisory_lock(4712)))
        end_every_connection(system)
        with alone(4712) as mine:
            assert mine
        holder.invalidate()
        holder.close()


def test_ids_by_time_begin_with_it_and_are_otherwise_chance() -> None:
    before = int(now().timestamp() * 1000)
    made = [id_by_time() for _ in range(1000)]
    after = int(now().timestamp() * 1000)
    assert all(before <= each.int >> 80 <= after for each in made)
    assert {(each.version, each.variant) for each in made} == {(7, uuid.RFC_4122)}
    chance = [each.int & ((1 << 62) - 1) for each in made]
    assert len(set(chance)) == len(made)
    # Each of the bits is set about half of the time; one that never is would be told nobody.
    assert all(300 < sum(each >> bit & 1 for each in chance) < 700 for bit in range(62))
    assert all(300 < sum(each.int >> bit & 1 for each in made) < 700 for bit in range(64, 76))
