"""Whether the system is well: said to whoever asks, and never untrue."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
import requests
import sqlalchemy as sa

from helpline import heartbeat
from helpline.carrier.twilio_carrier import TwilioCarrier
from helpline.clock import now
from helpline.worker import Worker
from tests.system import System


def health(system: System) -> tuple[int, dict[str, str]]:
    answer = requests.get(f"{system.web}/healthz", timeout=20)
    return answer.status_code, answer.json()


def test_all_is_well_when_a_worker_lives_and_the_carrier_answers_it(system: System) -> None:
    system.worker.beat()
    assert health(system) == (200, {"database": "up", "worker": "up", "carrier": "up"})


def test_without_a_worker_the_system_is_not_well(system: System) -> None:
    assert health(system) == (503, {"database": "up", "worker": "down", "carrier": "down"})


def test_a_worker_counts_as_gone_when_it_has_been_silent_too_long(system: System) -> None:
    with system.transaction() as session:
        long_ago = now() - heartbeat.ALIVE_FOR - timedelta(seconds=1)
        heartbeat.beat(session, "a", carrier_answers=True, at=long_ago)
    assert health(system)[0] == 503


def test_a_carrier_that_does_not_answer_is_said_to_be_down(system: System) -> None:
    fault = {"rest": {"path": "IncomingPhoneNumbers", "kind": "500-before", "times": 1}}
    system.exchange("POST", "/control/faults", fault)
    system.worker.beat()
    assert health(system) == (503, {"database": "up", "worker": "up", "carrier": "down"})
    system.worker.beat()
    assert health(system)[0] == 200


class _Mad(TwilioCarrier):
    """A carrier that raises what nobody expects."""

    def answers(self) -> bool:
        raise LookupError


def test_a_carrier_that_nobody_understands_makes_no_worker_look_dead(system: System) -> None:
    worker = Worker(system.app, system.settings, _Mad(system.settings))
    for _ in range(2):
        worker.beat()
        assert health(system) == (503, {"database": "up", "worker": "up", "carrier": "down"})
    worker.close()


def test_a_carrier_that_takes_its_time_makes_no_worker_look_dead(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    monkeypatch.setattr(heartbeat, "EVERY", timedelta(milliseconds=50))
    monkeypatch.setattr(system.worker.carrier, "answers", lambda: goes_on.wait(20))
    began = time.monotonic()
    for _ in range(2):
        system.worker.beat()
        assert health(system) == (503, {"database": "up", "worker": "up", "carrier": "down"})
    assert time.monotonic() - began < heartbeat.ALIVE_FOR.total_seconds()
    goes_on.set()
    monkeypatch.setattr(heartbeat, "EVERY", timedelta(seconds=5))
    system.worker.beat()
    assert health(system)[0] == 200


def test_one_worker_that_reaches_the_carrier_is_enough(system: System) -> None:
    with system.transaction() as session:
        heartbeat.beat(session, "a", carrier_answers=False, at=now())
        heartbeat.beat(session, "b", carrier_answers=True, at=now())
    assert health(system)[0] == 200


def test_workers_that_went_long_ago_are_forgotten(system: System) -> None:
    at = now()
    with system.transaction() as session:
        heartbeat.beat(session, "old", carrier_answers=True, at=at - timedelta(hours=2))
        heartbeat.beat(session, "new", carrier_answers=True, at=at)
        heartbeat.beat(session, "new", carrier_answers=False, at=at)
        left = session.scalars(sa.select(heartbeat.Heartbeat)).all()
        assert [(beat.worker, beat.carrier_answers) for beat in left] == [("new", False)]


@pytest.fixture
def database_away(system: System) -> Iterator[None]:
    """Make the server refuse everybody, as while it restarts."""
    address = psycopg.conninfo.conninfo_to_dict(system.listening_address)
    name = str(address["dbname"])
    elsewhere = psycopg.conninfo.make_conninfo(system.listening_address, dbname="template1")
    allow = psycopg.sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format
    with psycopg.connect(elsewhere, autocommit=True) as connection:
        named = psycopg.sql.Identifier(name)
        connection.execute(allow(named, psycopg.sql.SQL("false")))
        try:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
            )
            yield
        finally:
            connection.execute(allow(named, psycopg.sql.SQL("true")))


@pytest.mark.usefixtures("database_away")
def test_a_database_that_refuses_everybody_is_said_to_be_down(system: System) -> None:
    assert health(system) == (503, {"database": "down", "worker": "down", "carrier": "down"})


def test_it_is_well_again_by_itself_when_the_database_is_back(
    system: System, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("database_away")
    assert health(system)[0] == 503
