"""The role under which the helpline may run can't touch the record of who did what."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

from helpline.clock import now
from helpline.retention import application_role
from tests.helpline.retention.conftest import Live
from tests.system import System

ROLE = "helpline_application"


@pytest.fixture
def as_application(system: System) -> Iterator[psycopg.Connection[Any]]:
    name = sql.Identifier(ROLE)
    with psycopg.connect(system.listening_address, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE ROLE {}").format(name))
        owner.execute(application_role.grants(ROLE).encode())
        with psycopg.connect(system.listening_address) as connection:
            connection.execute(sql.SQL("SET ROLE {}").format(name))
            connection.commit()
            yield connection
            connection.rollback()
        owner.execute(sql.SQL("DROP OWNED BY {}").format(name))
        owner.execute(sql.SQL("DROP ROLE {}").format(name))


@pytest.mark.parametrize("table", application_role.RECORD)
@pytest.mark.parametrize("change", ["UPDATE {} SET at = at", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_record_is_closed_to_it_even_without_the_trigger(
    as_application: psycopg.Connection[Any], table: str, change: str
) -> None:
    change = change.replace("at = at", "hash = hash" if table == "audit_seal" else "at = at")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_application.execute(change.format(table).encode())


def test_it_cannot_switch_the_trigger_off(as_application: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_application.execute("ALTER TABLE audit_entry DISABLE TRIGGER ALL")


def test_it_cannot_play_a_replica(as_application: psycopg.Connection[Any]) -> None:
    with psycopg.connect(as_application.info.dsn) as fresh:
        fresh.execute(sql.SQL("SET SESSION AUTHORIZATION {}").format(sql.Identifier(ROLE)))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            fresh.execute("SET session_replication_role = replica")


def test_it_can_add_to_the_record_and_let_the_oldest_part_go(
    as_application: psycopg.Connection[Any],
) -> None:
    as_application.execute("INSERT INTO audit_entry (at, act) VALUES (now(), 'contact_seen')")
    found = as_application.execute("SELECT forget_old_audit()").fetchone()
    assert found == (0,)


def test_it_can_forget_a_person(as_application: psycopg.Connection[Any], live_fully: Live) -> None:
    life = live_fully(now() - timedelta(days=3))
    as_application.execute("SET LOCAL helpline.forgetting = 'yes'")
    as_application.execute("DELETE FROM professional_message")
    as_application.execute("DELETE FROM bridge")
    gone = as_application.execute(
        "DELETE FROM consent_entry WHERE caller_id = %s", [life.caller_id]
    )
    assert gone.rowcount == 3
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_application.execute("UPDATE consent_entry SET number = 9")


@pytest.mark.parametrize("name", ["", "Helpline", "a;b", 'a"b', "1a", "a" * 80])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(application_role.BadNameError):
        application_role.grants(name)
