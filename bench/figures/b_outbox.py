"""Promises carried out: claim, call to the carrier and settling, beside the carrier's bare client.

And beside two peers: pgqueuer, which queues in PostgreSQL as well, and celery, where there is a
Redis for it.

The carrier is a program that accepts at once, so that only our own cost is seen.
"""

import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime

import psycopg

from bench import carrier_news, cpu, servers
from bench.registry import Figure, from_pairs
from bench.workplace import Workplace
from helpline.clock import now
from helpline.database import transaction
from helpline.phone_numbers import PhoneNumber
from helpline.sms import first_answers, inbox

TITLE = "the outbox drained, against a bare loop over the official client"
PAIRS, TEXTS, WARM, PORT = 5, 600, 8, 8244
_LONGEST_SECONDS = 240.0
_ALL_DONE = "SELECT NOT EXISTS (SELECT FROM promise WHERE state IN ('waiting', 'claimed'))"


def measure(place: Workplace) -> Sequence[Figure]:
    """Give promises carried out in a second, and their CPU, as shares of the bare loop's."""
    # In training only made-up numbers are written to, and there are too few of those.
    there = place.with_settings(carrier_base_url=f"http://127.0.0.1:{PORT}", training=False)
    provider = ["-m", "bench.floors.provider", str(PORT)]
    ours, two, bare, peer, celery, our_cpu, bare_cpu = [], [], [], [], [], [], []
    has_redis = shutil.which("redis-server") is not None
    with servers.program(there, provider, PORT, "/"):
        for _ in range(PAIRS):
            seconds, spent = _loop(there, "sdk_loop")
            bare.append(TEXTS / seconds)
            bare_cpu.append(1000 * spent / TEXTS)
            peer.append(TEXTS / _loop(there, "pgqueuer_loop")[0])
            if has_redis:
                celery.append(TEXTS / _loop(there, "celery_loop")[0])
            seconds, spent = _drain(there, 1)
            ours.append(TEXTS / seconds)
            our_cpu.append(1000 * spent / TEXTS)
            two.append(TEXTS / _drain(there, 2)[0])
    found = [
        from_pairs("outbox_drain_vs_sdk_loop", ours, bare, unit="a second", goal=">= 0.8"),
        from_pairs("outbox_drain_two_workers_vs_sdk_loop", two, bare, unit="a second"),
        from_pairs("outbox_drain_cpu_vs_sdk_loop", our_cpu, bare_cpu, unit="ms CPU"),
        from_pairs("outbox_drain_vs_pgqueuer", ours, peer, unit="a second", goal=">= 1.5"),
        from_pairs("outbox_drain_two_workers_vs_pgqueuer", two, peer, unit="a second"),
    ]
    if has_redis:
        # Both as one would run them on two cores: two of ours, four of celery (it did best so).
        name = "outbox_drain_vs_celery"
        found.append(from_pairs(name, two, celery, unit="a second", goal=">= 1.5"))
        name = "outbox_drain_one_worker_vs_celery"
        found.append(from_pairs(name, ours, celery, unit="a second"))
    else:
        print("      celery is left out: it needs redis-server (sudo apt-get install redis-server)")
    return found


def _loop(place: Workplace, floor: str) -> tuple[float, float]:
    """Let a floor send as many; gives seconds and CPU seconds."""
    said = subprocess.run(
        [sys.executable, "-m", f"bench.floors.{floor}", str(TEXTS)],
        cwd=servers.ROOT,
        env=place.environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    return float(said[0]), float(said[1])


def _drain(place: Workplace, workers: int) -> tuple[float, float]:
    """Let workers carry out promises that wait for them; gives seconds and CPU seconds.

    One has as many threads as the floor; of several each has its share of them.
    """
    threads = place.settings.worker_threads // workers
    one = place.with_settings(worker_threads=threads)
    with psycopg.connect(place.database, autocommit=True) as database, ExitStack() as running:
        database.execute("UPDATE promise SET state = 'cancelled' WHERE state = 'waiting'")
        pids = [
            running.enter_context(servers.program(one, ["-m", "helpline.worker"]))
            for _ in range(workers)
        ]
        _wait_until(database, "SELECT count(*) >= %s FROM heartbeat", workers)
        # The floors send some before their clock starts as well.
        _promise(place, now(), WARM)
        _wait_until(database, _ALL_DONE)
        at = now()
        _promise(place, at, TEXTS)
        before = cpu.of_programs(pids) + cpu.of_database(place.data_dir)
        _wait_until(database, _ALL_DONE)
        spent = cpu.of_programs(pids) + cpu.of_database(place.data_dir) - before
        running.close()
        database.execute("DELETE FROM heartbeat")
        row = database.execute(
            "SELECT extract(epoch FROM max(settled_at) - min(claimed_at)), count(*) FROM promise "
            "WHERE made_at = %s AND state = 'accepted'",
            (at,),
        ).fetchone()
    if row is None or row[1] != TEXTS:
        raise RuntimeError(f"Not all of {TEXTS} promises were carried out: {row}")
    return float(row[0]), spent


def _promise(place: Workplace, at: datetime, number: int) -> None:
    """Let so many people write for the first time, each of whom is promised an answer."""
    how = first_answers.from_settings(place.settings)
    with place.app.app_context(), transaction() as session:
        for _ in range(number):
            sender = PhoneNumber(carrier_news.number())
            incoming = inbox.IncomingText(f"SM{uuid.uuid4().hex}", sender, carrier_news.WORDS)
            inbox.text_arrived(session, incoming, at=at, how=how)


def _wait_until(
    database: psycopg.Connection[tuple[object, ...]], question: str, *bound: int
) -> None:
    until = time.monotonic() + _LONGEST_SECONDS
    while time.monotonic() < until:
        row = database.execute(question.encode(), bound).fetchone()
        if row is not None and row[0]:
            return
        time.sleep(0.02)
    raise RuntimeError(f"It took too long until: {question}")
