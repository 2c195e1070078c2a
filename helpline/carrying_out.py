"""Carrying out promises: claimed, asked of the carrier with no transaction open, and settled.

One thread claims and settles texts, many at once; a pool asks the carrier. Whatever the carrier
takes its time with keeps nothing else waiting, as long as a thread of the pool is free.
"""

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import errands, live, log, outbox
from helpline.carrier import Accepted, Carrier, Outcome, Unavailable
from helpline.clock import now
from helpline.confidentiality import departures, safe_contact
from helpline.confidentiality.safe_contact import Verdict
from helpline.database import persistently, transaction
from helpline.errands import CarrierCall
from helpline.outbox import Kind, Promise, Taken
from helpline.settings import Settings
from helpline.sms import limits

if TYPE_CHECKING:
    from flask import Flask

_GATHER_SECONDS = 0.02
"""Answers that come within so long are settled together: alone each costs the database as much."""

_log = log.get(__name__)


@dataclass(frozen=True, eq=False)
class Claimed:
    """A promise that is this worker's to carry out."""

    id: uuid.UUID
    kind: Kind
    about: uuid.UUID
    call: CarrierCall = field(repr=False)


@dataclass(frozen=True)
class _Claim:
    calls: Sequence[Claimed] = ()
    any_due: bool = False
    is_beyond_pace: bool = False
    """Some of it must wait, as its number may send no more texts at this moment."""


_NOTHING = _Claim()
_EVERY_KIND = frozenset(Kind)


@contextmanager
def _logged(claimed: Claimed) -> Iterator[None]:
    """Let one that fails stop no other: its lease runs out and says that nobody knows."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it was
        _log.exception("promise.failed", promise=claimed.id, kind=type(error).__name__)


class CarryingOut:
    """What one worker process has in hand."""

    def __init__(self, app: "Flask", settings: Settings, carrier: Carrier) -> None:
        self.app = app
        self.settings = settings
        self.carrier = carrier
        self.on_answer: Callable[[], None] = lambda: None
        """Called, in whatever thread, when the carrier answered and `go_on` has something to do."""
        self._errands = errands.table(settings)
        self._pool = ThreadPoolExecutor(settings.worker_threads, thread_name_prefix="carry-out")
        self._under_way: dict[Future[Accepted | None], Claimed] = {}

    def work_off(self) -> int:
        """Carry out what is due until nothing is; returns how many promises that were."""
        done = self.go_on()
        while self._under_way:
            wait(self._under_way, return_when=FIRST_COMPLETED)
            done += self.go_on()
        return done

    def go_on(self) -> int:
        """Settle what the carrier answered, and have free threads carry out what is due.

        Whatever keeps the carrier from answering one keeps no other waiting, as long as a thread is
        free. Returns how many promises were begun.
        """
        begun, kinds = 0, _EVERY_KIND
        while True:
            self._settle_what_was_answered()
            free = self.settings.worker_threads - len(self._under_way)
            claim = self._claim(free, kinds) if free else _NOTHING
            for each in claim.calls:
                self._begin(each)
            begun += len(claim.calls)
            if claim.is_beyond_pace:
                # A thousand texts that must wait are passed over by a call that must not.
                kinds = departures.REACHES_BY_NO_TEXT
            elif not claim.any_due and not any(each.done() for each in self._under_way):
                return begun

    def end_leases(self, at: datetime) -> None:
        """Give promises whose worker died their honest state, and show it; in an app context."""
        with transaction() as session:
            stranded = [each.id for each in outbox.leases_that_ended(session, at=at)]
        for promise_id in stranded:
            try:
                self._end_lease(promise_id, at)
            except Exception as error:  # noqa: BLE001 - one must hide no other
                kind = type(error).__name__
                _log.error("promise.not_shown_as_unsure", promise=promise_id, kind=kind)

    def _end_lease(self, promise_id: uuid.UUID, at: datetime) -> None:
        try:
            with transaction() as session:
                promise = session.get_one(Promise, promise_id)
                errand = self._errands[promise.kind]
                errand.lock(session, promise)
                session.refresh(promise, with_for_update=True)
                if outbox.end_lease(session, promise, at=at):
                    errand.left_unsure(session, promise, at)
        except sa.exc.DBAPIError:
            # It is looked at again in a second.
            raise
        except Exception:
            # What it concerns can't be read: it must not hold up its lane for ever.
            with transaction() as session:
                promise = session.get_one(Promise, promise_id, with_for_update=True)
                outbox.end_lease(session, promise, at=at)
            raise

    def close(self) -> None:
        """Let what was begun end, and begin nothing more."""
        while self._under_way:
            wait(self._under_way, return_when=FIRST_COMPLETED)
            self._settle_what_was_answered()
        self._pool.shutdown(wait=True)

    def _claim(self, most: int, kinds: Collection[Kind]) -> "_Claim":
        """Claim what is due, and read what is to be sent."""
        at = now()
        with self.app.app_context():
            with transaction() as session:
                due = outbox.claim(session, at=at, most=most, kinds=kinds)
                claimed = limits.keep_to_pace(
                    session, due, per_second=self.settings.texts_per_second, at=at
                )
                ahead = self._prepare_several(session, claimed)
                known = departures.plans(session, claimed)
                prepared = [
                    (each, self._prepare(session, each, known, ahead, at)) for each in claimed
                ]
            for promise, found in prepared:
                if isinstance(found, Verdict):
                    self._keep_back_safely(promise.id, at)
        calls = [
            Claimed(each.id, each.kind, each.about, found)
            for each, found in prepared
            if callable(found)
        ]
        return _Claim(calls, any_due=bool(due), is_beyond_pace=len(claimed) < len(due))

    def _keep_back_safely(self, promise_id: uuid.UUID, at: datetime) -> None:
        try:
            self._keep_back(promise_id, at)
        except Exception as error:  # noqa: BLE001 - the others are claimed and must be carried out
            # Its lease runs out, and nothing has left.
            _log.exception("promise.not_kept_back", promise=promise_id, kind=type(error).__name__)

    def _keep_back(self, promise_id: uuid.UUID, at: datetime) -> None:
        """Keep back what may not leave, as it is now: a plan may have changed since the claim.

        Whoever changes one looks for what is held back, and would find nothing yet.
        """
        with transaction() as session:
            promise = session.get_one(Promise, promise_id)
            if promise.reaches is not None:
                safe_contact.hold(session, promise.reaches)
            errand = self._errands[promise.kind]
            errand.lock(session, promise)
            session.refresh(promise, with_for_update=True)
            if promise.state is not outbox.State.claimed:
                # Its lease ended first: somebody was told so already, and may have sent it again.
                return
            verdict = self._verdict(session, promise, departures.plans(session, [promise]), at)
            if verdict.may_leave:
                outbox.put_off(promise, at)
                live.wake_worker(session)
                return
            departures.keep_back(session, promise, verdict, at=at)
            errand.kept_back(session, promise, verdict, at)

    def _prepare_several(
        self, session: Session, promises: Sequence[Promise]
    ) -> Mapping[uuid.UUID, CarrierCall]:
        """Read together what is to be sent by several promises of one kind."""
        by_kind: dict[Kind, list[Promise]] = {}
        for each in promises:
            by_kind.setdefault(each.kind, []).append(each)
        ahead: dict[uuid.UUID, CarrierCall] = {}
        for kind, alike in by_kind.items():
            try:
                ahead |= self._errands[kind].prepare_several(session, alike)
            except sa.exc.DBAPIError:
                raise
            except Exception:  # noqa: BLE001, S112 - one does not open: it is told which, one by one  # nosec B112
                continue
        return ahead

    def _prepare(
        self,
        session: Session,
        promise: Promise,
        known: departures.Plans,
        ahead: Mapping[uuid.UUID, CarrierCall],
        at: datetime,
    ) -> CarrierCall | Verdict | None:
        """Read what is to be sent; a verdict where it may not leave, None if there is nothing."""
        errand = self._errands[promise.kind]
        try:
            verdict = self._verdict(session, promise, known, at)
            call = None
            if verdict.may_leave:
                call = ahead.get(promise.id) or errand.prepare(session, promise)
        except sa.exc.DBAPIError:
            # The claim is undone with it: what was prepared before is not ours to carry out.
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one stops no other
            # It is tried again, and given up in the end.
            _log.error("promise.does_not_open", promise=promise.id, kind=type(error).__name__)
            return lambda _: Unavailable("What is stored does not open")
        if not verdict.may_leave:
            return verdict
        if call is None:
            promise.state, promise.settled_at = outbox.State.cancelled, at
        return call

    def _verdict(
        self, session: Session, promise: Promise, known: departures.Plans, at: datetime
    ) -> Verdict:
        errand = self._errands[promise.kind]
        verdict = departures.verdict(
            session,
            promise,
            known,
            at=at,
            last_wrote=lambda: errand.last_wrote(session, promise),
        )
        return errand.verdict(session, promise, at) if verdict.may_leave else verdict

    def _begin(self, claimed: Claimed) -> None:
        self._in_a_thread(claimed, lambda: self._carry_out(claimed))

    def _in_a_thread(self, claimed: Claimed, work: Callable[[], Accepted | None]) -> None:
        begun = self._pool.submit(work)
        self._under_way[begun] = claimed
        begun.add_done_callback(lambda _: self.on_answer())

    def _carry_out(self, claimed: Claimed) -> Accepted | None:
        """Ask the carrier; returns its answer where that is settled together with others."""
        with _logged(claimed):
            outcome = claimed.call(self.carrier)
            together = self._errands[claimed.kind].accepted_together
            if together is not None and isinstance(outcome, Accepted):
                return outcome
            self._settle_alone(claimed, outcome)
        return None

    def _settle_what_was_answered(self) -> None:
        if 0 < sum(each.done() for each in self._under_way) < len(self._under_way):
            wait(self._under_way, _GATHER_SECONDS)
        ended = [each for each in self._under_way if each.done()]
        answered = [(self._under_way.pop(each), each.result()) for each in ended]
        self._settle_answers([(each, answer) for each, answer in answered if answer is not None])

    def _settle_answers(self, answers: Sequence[tuple[Claimed, Accepted]]) -> None:
        by_kind: dict[Kind, dict[Claimed, Accepted]] = {}
        for claimed, answer in answers:
            by_kind.setdefault(claimed.kind, {})[claimed] = answer
        for kind, alike in by_kind.items():
            self._settle_together(kind, alike)

    def _settle_together(self, kind: Kind, answers: Mapping[Claimed, Accepted]) -> None:
        """Settle several in one unit of work; where that fails, each in one of its own.

        Those have threads of their own: this one must not wait for a row that somebody holds, or
        for a database that is away.
        """
        together = self._errands[kind].accepted_together
        assert together is not None  # noqa: S101 - else it is settled alone  # nosec B101
        taken = [Taken(each.id, each.about, answer.sid) for each, answer in answers.items()]
        try:
            with self.app.app_context(), transaction() as session:
                together(session, taken, now())
        except Exception as error:  # noqa: BLE001 - one failure must not stop the others
            _log.warning("promises.not_settled_together", kind=type(error).__name__)
            for claimed, answer in answers.items():
                self._in_a_thread(claimed, partial(self._settle_safely, claimed, answer))

    def _settle_safely(self, claimed: Claimed, outcome: Outcome) -> None:
        with _logged(claimed):
            self._settle_alone(claimed, outcome)

    def _settle_alone(self, claimed: Claimed, outcome: Outcome) -> None:
        def settle() -> None:
            with transaction() as session:
                promise = session.get_one(Promise, claimed.id)
                self._errands[claimed.kind].lock(session, promise)
                session.refresh(promise, with_for_update=True)
                self._settle(session, promise, outcome, now())

        with self.app.app_context():
            persistently(settle)

    def _settle(self, session: Session, promise: Promise, outcome: Outcome, at: datetime) -> None:
        if promise.state in outbox.SETTLED:
            return
        outbox.settle(session, promise, outcome, at=at)
        self._errands[promise.kind].settled(session, promise, outcome, at)
