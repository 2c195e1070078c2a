"""The worker: carries out promises and watches over what waits. Any number may run anywhere.

One thread listens for work and claims it; a pool calls the carrier with no transaction open; a
ticker repeats what the clock asks for.
"""

import os
import select
import signal
import socket
import sys
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import sqlalchemy as sa
from apscheduler.schedulers.background import BackgroundScheduler

from helpline import heartbeat, live, log
from helpline.accounts import availability
from helpline.app import check_keys, create_app
from helpline.carrier import Carrier
from helpline.carrier.twilio_carrier import TwilioCarrier
from helpline.carrying_out import CarryingOut
from helpline.clock import now
from helpline.confidentiality.keys import KeyLostError
from helpline.contacts import night_plans
from helpline.database import alone, listening_address, transaction
from helpline.messages import jobs as message_jobs
from helpline.retention import jobs as retention_jobs
from helpline.settings import Settings, SettingsError, read_settings
from helpline.sms import first_answers, limits
from helpline.sms import jobs as sms_jobs
from helpline.textsafe import jobs as textsafe_jobs
from helpline.textsafe import sending as textsafe_sending
from helpline.textsafe import stopping as textsafe_stopping
from helpline.voice import call_backs, overflow, professional_messages, ringing, routing
from helpline.voice import jobs as voice_jobs

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

_LISTEN_SECONDS = 1.0
_RETRY_SECONDS = 1.0
_MOST_ANSWERS = 4096
# Singleton jobs take this advisory lock; it goes when the connection of its holder goes.
_COLLECTOR_LOCK = 116_000_1
_SWEEPER_LOCK = 116_000_4
_VOICEMAIL_LOCK = 116_000_7

_log = log.get(__name__)


class Worker:
    """One worker process, or its work done step by step in a test."""

    def __init__(self, app: "Flask", settings: Settings, carrier: Carrier) -> None:
        self.app = app
        self.settings = settings
        self.carrier = carrier
        self.name = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:6]}"
        self._wrap_up = timedelta(seconds=settings.wrap_up_seconds)
        self.promises = CarryingOut(app, settings, carrier)
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="ask-carrier")
        self._asked: Future[bool] | None = None

    def work_off(self) -> int:
        """Carry out what is due until nothing is; returns how many promises that were."""
        return self.promises.work_off()

    def look_after_waiting(self) -> None:
        """Every second: offer waiting calls, free stuck phones, find promises left half-done.

        Each rule is a unit of work of its own: one that fails keeps no other from its turn.

        Raises:
            ExceptionGroup: what failed, when every rule has had its turn.

        """
        at, known = now(), self.settings
        rules: tuple[Callable[[Session], object], ...] = (
            lambda session: ringing.give_up_on_silent_legs(
                session, at=at, ring_seconds=known.ring_seconds
            ),
            lambda session: availability.end_what_is_over(session, at=at, wrap_up=self._wrap_up),
            lambda session: call_backs.end_what_is_over(session, at=at),
            lambda session: routing.offer_waiting(session, at=at),
            lambda session: overflow.give_choices(session, at=at),
            lambda session: professional_messages.chase(session, at=at),
            lambda session: night_plans.sound_what_is_late(session, at=at),
        )
        failures: list[Exception] = []
        with self.app.app_context():
            for rule in rules:
                try:
                    with transaction() as session:
                        rule(session)
                except Exception as failure:  # noqa: BLE001 - told when all had their turn
                    failures.append(failure)
            self.promises.end_leases(at)
        if failures:
            raise ExceptionGroup("Some of what is done every second failed", failures)

    def look_after_textsafe(self) -> None:
        """Every second: promise the texts whose turn has come, as many as may leave soon."""
        known, at = self.settings, now()
        with self.app.app_context(), transaction() as session:
            if limits.has_left_today(session, known.texts_per_day, at=at):
                textsafe_sending.leave_due(session, per_second=known.texts_per_second, at=at)

    def end_textsafe(self) -> None:
        """End the requests that are over: found, in touch, stopped, seven days old."""
        with self.app.app_context(), transaction() as session:
            textsafe_stopping.sweep(session, at=now())

    def look_for_unsure(self) -> None:
        """Ask the carrier about texts that nobody confirmed."""
        with self.app.app_context():
            sms_jobs.look_for_unsure_texts(self.carrier, at=now())
            textsafe_jobs.look_for_unsure(self.carrier, at=now())

    def collect_missed(self) -> None:
        """Fetch texts whose webhook was lost; one worker at a time."""
        with self.app.app_context(), alone(_COLLECTOR_LOCK) as is_alone:
            if is_alone:
                how = first_answers.from_settings(self.settings)
                sms_jobs.collect_missed_texts(self.carrier, at=now(), how=how)

    def look_after_calls(self) -> None:
        """Ask the carrier about calls of which nothing was heard for a while: news gets lost."""
        with self.app.app_context(), alone(_SWEEPER_LOCK) as is_alone:
            if is_alone:
                voice_jobs.look_after_calls(self.carrier, at=now())

    def look_after_voicemails(self) -> None:
        """Ask the carrier for voicemails whose news was lost, and to delete what it still has."""
        with self.app.app_context(), alone(_VOICEMAIL_LOCK) as is_alone:
            if is_alone:
                voice_jobs.look_after_voicemails(self.carrier, at=now())

    def beat(self) -> None:
        """Write a sign of life. A carrier that takes its time counts as silent and delays none."""
        asked = self._asked or self._asking.submit(self.carrier.answers)
        try:
            self._asked, carrier_answers = None, asked.result(heartbeat.EVERY.total_seconds())
        except TimeoutError:
            self._asked, carrier_answers = asked, False
        except Exception as error:  # noqa: BLE001 - whatever the carrier says, this worker lives
            _log.warning("carrier.not_understood", kind=type(error).__name__)
            self._asked, carrier_answers = None, False
        with self.app.app_context(), transaction() as session:
            heartbeat.beat(session, self.name, carrier_answers=carrier_answers, at=now())

    def seal_audit(self) -> None:
        """Give the newest rows of the record of who did what their place in the chain."""
        with self.app.app_context():
            retention_jobs.seal_audit(at=now())

    def forget(self) -> None:
        """Forget all whose period is over, and note where the chain of the record ends."""
        with self.app.app_context():
            retention_jobs.forget(at=now())
            with transaction() as session:
                message_jobs.expire(session, at=now())
            retention_jobs.seal_audit(at=now(), everything=True)
            retention_jobs.note_head()

    def close(self) -> None:
        """Let what was begun end, and begin nothing more."""
        self.promises.close()
        self._asking.shutdown(wait=False)


def _ticker(worker: Worker) -> BackgroundScheduler:
    # The default grace time of 1 s would silently skip a late tick.
    ticker = BackgroundScheduler(
        timezone=UTC,
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    for job, seconds in (
        (worker.look_after_waiting, 1),
        (worker.beat, heartbeat.EVERY.total_seconds()),
        (worker.look_for_unsure, 15),
        (worker.collect_missed, 120),
        (worker.seal_audit, 5),
        (worker.forget, 3600),
        (worker.look_after_calls, 30),
        (worker.look_after_voicemails, 60),
        (worker.look_after_textsafe, 1),
        (worker.end_textsafe, 60),
    ):
        ticker.add_job(_safely, "interval", args=[job], seconds=seconds, id=job.__name__)
    return ticker


def _safely(job: Callable[[], None]) -> None:
    """Log a failing tick; the next one tries again."""
    try:
        job()
    except Exception as error:  # noqa: BLE001 - a tick must never stop the ticker
        _log.exception("tick.failed", job=job.__name__, kind=type(error).__name__)


def _listen(worker: Worker, url: str, stop: threading.Event) -> None:
    """Work whenever a transaction or the carrier says that there is work, and every second."""
    hears, says = socket.socketpair()
    for each in (hears, says):
        each.settimeout(0)

    def say_so() -> None:
        # One that is full says so already; one that is closed has nobody to say it to.
        with suppress(OSError):
            says.send(b".")

    worker.promises.on_answer = say_so
    with hears, says:
        while not stop.is_set():
            try:
                _work(worker, url, hears, stop)
            except (psycopg.Error, sa.exc.SQLAlchemyError, OSError) as error:
                _log.warning("database.lost", kind=type(error).__name__)
                stop.wait(_RETRY_SECONDS)
            except Exception as error:  # noqa: BLE001 - if it ended, all in hand would be unsure
                _log.exception("worker.stumbled", kind=type(error).__name__)
                stop.wait(_RETRY_SECONDS)


def _work(worker: Worker, url: str, hears: socket.socket, stop: threading.Event) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"LISTEN {live.WORK_CHANNEL}")
        while not stop.is_set():
            worker.promises.go_on()
            _wait_for_work(connection, hears)


def _wait_for_work(connection: psycopg.Connection[Any], hears: socket.socket) -> None:
    database, answered = connection.fileno(), hears.fileno()
    listens = select.poll()
    for each in (database, answered):
        listens.register(each, select.POLLIN)
    told = {each for each, _ in listens.poll(_LISTEN_SECONDS * 1000)}
    if answered in told:
        hears.recv(_MOST_ANSWERS)
    if database in told:
        for _ in connection.notifies(timeout=0):
            pass


def main() -> None:
    """Run until told to stop (SIGTERM, SIGINT); what was begun is finished first."""
    try:
        settings = read_settings()
        app = create_app(settings)
        check_keys(app)
    except (SettingsError, KeyLostError) as error:
        sys.exit(str(error))
    worker = Worker(app, settings, TwilioCarrier(settings))
    stop = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stop.set())
    _safely(worker.beat)
    ticker = _ticker(worker)
    ticker.start()
    _log.info("worker.ready")
    _listen(worker, listening_address(settings), stop)
    ticker.shutdown(wait=True)
    worker.close()
    _log.info("worker.stopped")


if __name__ == "__main__":
    main()
