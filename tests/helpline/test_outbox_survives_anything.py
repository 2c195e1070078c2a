"""Whatever happens in whatever order: at most once unless the carrier said no, and none lost."""

import os
import uuid
from collections import Counter
from datetime import timedelta

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from helpline import outbox
from helpline.carrier import Accepted, Outcome, Refused, Unavailable, Unsure
from helpline.clock import now
from helpline.outbox import Kind, Promise, State
from tests.system import System

WORKERS = ("one", "two", "three")
# Said here once more, so that a kind added to the wrong list is seen.
ONCE = frozenset({Kind.send_text, Kind.ring_call_taker})
OPEN = (State.waiting, State.claimed)

kinds = st.sampled_from([Kind.send_text, Kind.ring_call_taker, Kind.end_call])
workers = st.sampled_from(WORKERS)
answers = st.sampled_from(["accepted", "refused", "unavailable", "done, unheard", "lost"])


class Office(RuleBasedStateMachine):
    """Workers who claim, call the carrier, settle, are paused and die, over the real table."""

    system: System

    @initialize()
    def begin(self) -> None:
        self.at = now()
        self.lanes = [uuid.uuid4(), uuid.uuid4()]
        self.kinds: dict[uuid.UUID, Kind] = {}
        self.done: Counter[uuid.UUID] = Counter()
        self.in_hand: dict[str, list[uuid.UUID]] = {name: [] for name in WORKERS}
        self.heard: dict[str, dict[uuid.UUID, Outcome]] = {name: {} for name in WORKERS}
        with self.system.transaction() as session:
            session.execute(sa.delete(Promise))

    @rule(kind=kinds, lane=st.integers(0, 1))
    def promise(self, kind: Kind, lane: int) -> None:
        with self.system.transaction() as session:
            made = outbox.promise(
                session, kind, about=uuid.uuid4(), lane=self.lanes[lane], at=self.at
            )
            session.flush()
            self.kinds[made.id] = kind

    @rule(worker=workers, most=st.integers(1, 3))
    def claim(self, worker: str, most: int) -> None:
        with self.system.transaction() as session:
            claimed = outbox.claim(session, at=self.at, most=most)
            self.in_hand[worker] += [each.id for each in claimed]

    @precondition(lambda self: any(self.in_hand.values()))
    @rule(worker=workers, answer=answers)
    def call_the_carrier(self, worker: str, answer: str) -> None:
        if not self.in_hand[worker]:
            return
        mine = self.in_hand[worker].pop(0)
        self.done[mine] += answer in {"accepted", "done, unheard"}
        self.heard[worker][mine] = {
            "accepted": Accepted("SM1"),
            "refused": Refused(21211, ""),
            "unavailable": Unavailable(""),
        }.get(answer, Unsure(""))

    @precondition(lambda self: any(self.heard.values()))
    @rule(worker=workers)
    def settle(self, worker: str) -> None:
        for promise_id, outcome in self.heard[worker].items():
            with self.system.transaction() as session:
                promise = session.get_one(Promise, promise_id, with_for_update=True)
                # As the worker does: what is settled stays settled.
                if promise.state not in outbox.SETTLED:
                    outbox.settle(session, promise, outcome, at=self.at)
        self.heard[worker] = {}

    @rule(worker=workers)
    def die(self, worker: str) -> None:
        self.in_hand[worker], self.heard[worker] = [], {}

    @rule(seconds=st.sampled_from([1, 5, 50, 400]))
    def time_passes(self, seconds: int) -> None:
        """Also under a worker that was paused: it goes on later with what it has in hand."""
        self.at += timedelta(seconds=seconds)

    @rule()
    def look_for_the_dead(self) -> None:
        with self.system.transaction() as session:
            for each in outbox.leases_that_ended(session, at=self.at):
                outbox.end_lease(session, each, at=self.at)

    @invariant()
    def what_may_happen_once_happened_at_most_once(self) -> None:
        for promise_id, times in self.done.items():
            assert times <= 1 or self.kinds[promise_id] not in ONCE

    @invariant()
    def what_is_settled_is_true(self) -> None:
        for promise in self.everything():
            done = self.done[promise.id]
            if promise.state is State.accepted:
                assert done >= 1
            if promise.kind in ONCE and promise.state in {
                State.waiting,
                State.refused,
                State.given_up,
            }:
                assert done == 0, f"{promise.state} although it was done"

    def everything(self) -> list[Promise]:
        with self.system.transaction() as session:
            return list(session.scalars(sa.select(Promise)))

    def teardown(self) -> None:
        """When everybody has died and a new worker comes, nothing is left lying."""
        if not hasattr(self, "kinds"):
            return
        for worker in WORKERS:
            self.die(worker)
        for _ in range(3 * len(self.kinds) + 1):
            self.time_passes(500)
            self.look_for_the_dead()
            self.claim("one", 3)
            while self.in_hand["one"]:
                self.call_the_carrier("one", "accepted")
            self.settle("one")
        self.what_may_happen_once_happened_at_most_once()
        left = self.everything()
        assert {each.id for each in left} == set(self.kinds)
        assert not [each for each in left if each.state in OPEN]


def test_whatever_happens_a_promise_is_kept_at_most_once_and_none_is_lost(system: System) -> None:
    class HereOffice(Office):
        pass

    HereOffice.system = system
    run_state_machine_as_test(
        HereOffice,
        settings=settings(
            max_examples=int(os.environ.get("MACHINE_RUNS", "25")),
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
