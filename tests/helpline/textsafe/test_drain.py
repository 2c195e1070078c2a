"""A great many approved requests leave at the sender's pace, each once, though workers are killed.

Real worker processes on the real database against the real exchange. The suite drains a few dozen;
`make textsafe-drain` drains 10,000 while the worker is killed ten times, and prints what it saw.
"""

import itertools
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from helpline import live, outbox
from helpline.carrier.twilio_carrier import TwilioCarrier
from helpline.clock import now
from helpline.outbox import Kind, Promise
from helpline.phone_numbers import PhoneNumber
from helpline.textsafe import intake, jobs
from helpline.textsafe.models import Course, Ending, TextSafeText
from tests.helpline.textsafe import asking
from tests.system import OUTREACH, ROOT, System

COUNT = int(os.environ.get("DRAIN", "40"))
WORKERS = 2
"""As many as a line that must not pause has: while one is started again the other goes on."""
KILLS = int(os.environ.get("KILLS", "2"))
PER_SECOND = float(os.environ.get("PER_SECOND", "20"))
_BATCH = 500
_LONGEST = timedelta(seconds=60 + 4 * COUNT / PER_SECOND + 20 * KILLS)
OPEN = (outbox.State.waiting, outbox.State.claimed)


def number(nth: int) -> PhoneNumber:
    """Give one of many numbers; the exchange, which is on this machine, plays them all."""
    return PhoneNumber(f"+4479111{nth:05}")


# Processes are started and killed in real time; `make textsafe-drain` sets no limit.
@pytest.mark.timeout(0 if "DRAIN" in os.environ else 400)
def test_all_leave_once_at_the_senders_pace_although_the_worker_is_killed(
    system: System,
) -> None:
    _approve(system)
    began, killed = time.monotonic(), 0
    stop = now() + _LONGEST
    workers = [_start(system) for _ in range(WORKERS)]
    try:
        while now() < stop:
            time.sleep(0.2)
            _keep_the_exchanges_clock(system)
            left, waiting = _how_many(system)
            if killed < KILLS and left >= COUNT * (killed + 1) // (KILLS + 1):
                dead = workers.pop(0)
                dead.send_signal(signal.SIGKILL)
                dead.wait()
                killed += 1
                workers.append(_start(system))
            if not waiting:
                break
        took = time.monotonic() - began
        for each in workers:
            _stop(each)
        _finish(system)
    finally:
        for each in workers:
            each.kill()
            each.wait()
    _report(system, took, killed)
    assert killed == KILLS
    _each_left_once(system)
    _pace_was_kept(system)


def _approve(system: System) -> None:
    with system.transaction() as session:
        force_id = asking.force(session).id
    for first in range(0, COUNT, _BATCH):
        with system.transaction() as session:
            for nth in range(first, min(first + _BATCH, COUNT)):
                asked = asking.asked(mobile=number(nth).e164, force_reference=f"WM-{nth}")
                intake.ask(session, intake.Asker(force_id), asked, at=now())


def _start(system: System) -> subprocess.Popen[bytes]:
    environment = os.environ | system.environment
    environment |= {"TRAINING": "0", "TEXTS_PER_SECOND": str(PER_SECOND)}
    return subprocess.Popen(
        [sys.executable, "-m", "helpline.worker"],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _how_many(system: System) -> tuple[int, int]:
    """Say how many left, and how many wait for their turn or to be sent."""
    with system.transaction() as session:
        left = session.scalar(sa.select(sa.func.count()).where(TextSafeText.left_at.is_not(None)))
        turns = session.scalar(sa.select(sa.func.count()).where(Course.next_at.is_not(None)))
        waiting = session.scalar(
            sa.select(sa.func.count()).where(
                Promise.kind == Kind.send_outreach, Promise.state == outbox.State.waiting
            )
        )
        return int(left or 0), int(turns or 0) + int(waiting or 0)


def _stop(worker: subprocess.Popen[bytes]) -> None:
    """Let a worker end what it began: only dead ones leave anything half-done."""
    worker.send_signal(signal.SIGTERM)
    worker.wait(60)


def _keep_the_exchanges_clock(system: System) -> None:
    """Let as much time pass at the exchange as passed here: texts are found by when they left."""
    behind = time.time() - system.exchange("GET", "/control/clock")["seconds"]
    if behind >= 1:
        system.exchange("POST", "/control/clock", {"advance": behind})


def _finish(system: System) -> None:
    """Let the time pass after which dead workers' texts are looked up, without waiting for it."""
    for _ in range(5):
        at = now() + timedelta(minutes=12)
        _look_up(system, at)
        worker = _start(system)
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and _how_many(system)[1]:
                time.sleep(0.2)
        finally:
            _stop(worker)
        with system.transaction() as session:
            still = sa.select(sa.func.count()).where(
                Promise.kind == Kind.send_outreach,
                Promise.state.in_((*OPEN, outbox.State.unsure)),
            )
            if not session.scalar(still):
                break


def _look_up(system: System, at: datetime) -> None:
    carrier = TwilioCarrier(system.settings.model_copy(update={"training": False}))
    with system.app.app_context():
        with system.transaction() as session:
            for each in outbox.leases_that_ended(session, at=at, most=10_000):
                if outbox.end_lease(session, each, at=at):
                    jobs.left_unsure(session, each, at=at)
        while jobs.look_for_unsure(carrier, at=at):
            pass
        with system.transaction() as session:
            session.execute(
                sa.update(Promise).where(Promise.state == outbox.State.waiting).values(due_at=now())
            )
            live.wake_worker(session)


def _sent(system: System) -> Iterator[str]:
    carrier = TwilioCarrier(system.settings)
    for each in carrier._client.messages.stream(from_=OUTREACH, page_size=1000):
        yield str(each.to)


def _each_left_once(system: System) -> None:
    reached = Counter(_sent(system))
    assert [each for each, times in reached.items() if times > 1] == [], "doubles"
    assert set(reached) == {number(nth).e164 for nth in range(COUNT)}, "misses"
    with system.transaction() as session:
        endings = Counter(session.scalars(sa.select(Course.ending)))
    assert endings == {Ending.all_sent: COUNT}


def _seconds(system: System) -> Counter[datetime]:
    with system.transaction() as session:
        left = session.scalars(sa.select(TextSafeText.left_at)).all()
    return Counter(each.replace(microsecond=0) for each in left if each is not None)


def _pace_was_kept(system: System) -> None:
    """No second has more than the pace and what a full bucket allows on top of it."""
    assert max(_seconds(system).values()) <= 2 * PER_SECOND


def _report(system: System, took: float, killed: int) -> None:
    seconds = sorted(_seconds(system).items())
    first, last = seconds[0][0], seconds[-1][0]
    length = int((last - first).total_seconds()) + 1
    gap = max(
        ((b[0] - a[0]).total_seconds() for a, b in itertools.pairwise(seconds)),
        default=0.0,
    )
    sys.stderr.write(
        f"\n{COUNT} requests, {killed} kills, allowed {PER_SECOND}/s: {took:.0f} s, "
        f"{COUNT / max(took, 1):.1f}/s on average; busiest second {max(dict(seconds).values())}, "
        f"seconds with texts {len(seconds)} of {length}, longest gap {gap:.0f} s\n"
    )
