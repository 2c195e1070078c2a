"""What open consoles hear: once for each transaction that commits, and ids only."""

import json
import re
import uuid
from collections.abc import Iterator

import psycopg
import pytest

from helpline import live
from helpline.clock import now
from helpline.database import transaction
from helpline.sms import inbox
from tests.helpline import making
from tests.system import System

TOPIC = re.compile(r"(waiting|shift|everything|(contact|staff):[0-9a-f-]{36})")


class Ear:
    """A connection that listens as a console's process does."""

    def __init__(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        self.connection = connection

    def heard(self, channel: str = live.CHANNEL) -> list[str]:
        return [
            notice.payload
            for notice in self.connection.notifies(timeout=0.05)
            if notice.channel == channel
        ]


@pytest.fixture
def ear(system: System) -> Iterator[Ear]:
    with psycopg.connect(system.listening_address, autocommit=True) as connection:
        connection.execute(f"LISTEN {live.CHANNEL}")
        connection.execute(f"LISTEN {live.WORK_CHANNEL}")
        yield Ear(connection)


def test_one_transaction_is_one_notice_with_ids_and_nothing_else(system: System, ear: Ear) -> None:
    with system.transaction() as session:
        for words in ("please", "help"):
            inbox.text_arrived(session, making.incoming(words), at=now())
    heard = ear.heard()
    assert len(heard) == 1
    topics = json.loads(heard[0])
    assert len(topics) == 3, "both contacts, and the list of what waits once"
    assert all(TOPIC.fullmatch(topic) for topic in topics)


def test_nothing_is_heard_of_what_was_undone(system: System, ear: Ear) -> None:
    with making.undone(system) as session:
        live.tell(session, "waiting")
        live.wake_worker(session)
    with system.transaction():
        pass
    assert ear.heard() == []


def test_a_transaction_after_one_that_was_undone_tells_only_its_own_news(
    system: System, ear: Ear
) -> None:
    def fail() -> None:
        with transaction() as session:
            live.tell(session, "waiting")
            raise making.UndoneError

    with system.app.app_context():
        with pytest.raises(making.UndoneError):
            fail()
        with transaction() as session:
            live.tell(session, "shift")
    assert [json.loads(notice) for notice in ear.heard()] == [["shift"]]


def test_more_news_than_a_notice_holds_becomes_everything(system: System, ear: Ear) -> None:
    with system.transaction() as session:
        live.tell(session, *(f"contact:{uuid.uuid4()}" for _ in range(500)))
    assert ear.heard() == [json.dumps([live.EVERYTHING])]


def test_work_wakes_the_worker_without_saying_what_it_is(system: System, ear: Ear) -> None:
    with system.transaction() as session:
        live.wake_worker(session)
        live.wake_worker(session)
    assert ear.heard(live.WORK_CHANNEL) == [""]
