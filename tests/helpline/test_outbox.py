"""Promises: each to one worker, in order, again only where that is safe, and never lost."""

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from helpline import outbox
from helpline.carrier import Accepted, Outcome, Refused, Unavailable, Unsure
from helpline.clock import now
from helpline.confidentiality import departures
from helpline.outbox import Kind, Promise, State
from tests.helpline import making
from tests.system import System

SECOND = timedelta(seconds=1)


def leave(
    system: System,
    kind: Kind = Kind.send_text,
    *,
    lane: uuid.UUID | None = None,
    at: datetime | None = None,
) -> uuid.UUID:
    with system.transaction() as session:
        lane = lane or uuid.uuid4()
        made = outbox.promise(session, kind, about=uuid.uuid4(), lane=lane, at=at or now())
        session.flush()
        return made.id


def claim(system: System, *, at: datetime | None = None, most: int = 100) -> list[uuid.UUID]:
    with system.transaction() as session:
        return [each.id for each in outbox.claim(session, at=at or now(), most=most)]


def settle(
    system: System, promise_id: uuid.UUID, outcome: Outcome, *, at: datetime | None = None
) -> State:
    with system.transaction() as session:
        promise = session.get_one(Promise, promise_id)
        return outbox.settle(session, promise, outcome, at=at or now())


def read(system: System, promise_id: uuid.UUID) -> Promise:
    with system.transaction() as session:
        return session.get_one(Promise, promise_id)


def ended(system: System, *, at: datetime) -> Sequence[uuid.UUID]:
    with system.transaction() as session:
        found = outbox.leases_that_ended(session, at=at)
        return [each.id for each in found if outbox.end_lease(session, each, at=at)]


def test_each_promise_goes_to_one_of_several_workers(system: System) -> None:
    made = {leave(system) for _ in range(40)}
    together = Barrier(6, timeout=10)

    def work(_: int) -> list[uuid.UUID]:
        together.wait()
        mine: list[uuid.UUID] = []
        while batch := claim(system, most=3):
            mine += batch
        return mine

    with ThreadPoolExecutor(6) as pool:
        claimed = [each for batch in pool.map(work, range(6)) for each in batch]
    assert len(claimed) == len(made)
    assert set(claimed) == made


def test_what_another_transaction_is_claiming_is_passed_over_without_waiting(
    system: System,
) -> None:
    made = leave(system)
    with system.transaction() as session:
        assert [each.id for each in outbox.claim(session, at=now(), most=1)] == [made]
        with ThreadPoolExecutor(1) as other:
            assert other.submit(claim, system).result(5) == []


def test_a_lane_moves_in_the_order_in_which_its_promises_were_made(system: System) -> None:
    lane = uuid.uuid4()
    made = [leave(system, lane=lane) for _ in range(3)]
    for expected in made:
        assert claim(system) == [expected]
        assert claim(system) == [], "the next one waits while this one is under way"
        settle(system, expected, Accepted("SM1"))


def test_promises_of_other_lanes_do_not_wait_for_each_other(system: System) -> None:
    made = [leave(system) for _ in range(3)]
    assert claim(system) == made


def test_a_promise_that_is_to_be_tried_again_holds_its_lane(system: System) -> None:
    lane = uuid.uuid4()
    first, second = leave(system, lane=lane), leave(system, lane=lane)
    claim(system)
    settle(system, first, Unavailable("429"))
    assert claim(system) == []
    later = now() + timedelta(seconds=10)
    assert claim(system, at=later) == [first]
    settle(system, first, Accepted("SM1"), at=later)
    assert claim(system, at=later) == [second]


def test_a_promise_that_nobody_is_sure_of_lets_the_next_one_go_on(system: System) -> None:
    lane = uuid.uuid4()
    first, second = leave(system, lane=lane), leave(system, lane=lane)
    claim(system)
    assert settle(system, first, Unsure("hung")) is State.unsure
    assert claim(system) == [second]


def test_a_promise_is_not_claimed_before_it_is_due(system: System) -> None:
    at = now()
    made = leave(system, at=at)
    assert claim(system, at=at) == [made]
    with system.transaction() as session:
        outbox.put_off(session.get_one(Promise, made), at + SECOND)
    assert claim(system, at=at) == []
    assert claim(system, at=at + SECOND) == [made]


def test_a_clock_that_is_set_back_makes_no_promise_wait(system: System) -> None:
    at = now()
    made = leave(system, at=at)
    assert claim(system, at=at - timedelta(hours=1)) == [made]


def test_a_claim_counts_the_try_and_takes_a_lease(system: System) -> None:
    made, at = leave(system), now()
    claim(system, at=at)
    promise = read(system, made)
    assert (promise.state, promise.attempts) == (State.claimed, 1)
    assert (promise.claimed_at, promise.lease_until) == (at, at + outbox.LEASE)


@pytest.mark.parametrize(
    ("kind", "outcome", "state"),
    [
        (Kind.send_text, Accepted("SM1"), State.accepted),
        (Kind.send_text, Refused(21211, "no such number"), State.refused),
        (Kind.send_text, Unavailable("429"), State.waiting),
        (Kind.send_text, Unsure("hung"), State.unsure),
        (Kind.ring_call_taker, Unsure("hung"), State.unsure),
        (Kind.end_call, Unsure("hung"), State.waiting),
        (Kind.hold_caller, Unsure("hung"), State.waiting),
        (Kind.release_caller, Unsure("hung"), State.waiting),
        (Kind.end_conference, Unsure("hung"), State.waiting),
    ],
)
def test_the_carriers_answer_decides_what_becomes_of_a_promise(
    system: System, kind: Kind, outcome: Outcome, state: State
) -> None:
    made = leave(system, kind)
    claim(system)
    assert settle(system, made, outcome) is state
    promise = read(system, made)
    assert promise.lease_until is None
    assert (promise.settled_at is not None) is (state in outbox.SETTLED)
    assert promise.carrier_sid == ("SM1" if state is State.accepted else None)
    assert promise.code == (21211 if state is State.refused else None)


def test_nothing_that_reaches_a_person_is_repeated_blindly() -> None:
    rings = {kind for kind in Kind if kind.startswith("ring_")}
    assert rings
    assert not outbox.REPEATABLE & (rings | set(departures.WAYS))


def test_tries_come_further_and_further_apart_and_end(system: System) -> None:
    made, at = leave(system), now()
    waits: list[float] = []
    while True:
        assert claim(system, at=at) == [made]
        if settle(system, made, Unavailable("429"), at=at) is State.given_up:
            break
        due = read(system, made).due_at
        assert claim(system, at=due - SECOND / 100) == []
        waits.append((due - at).total_seconds())
        at = due
    assert len(waits) == outbox.MOST_ATTEMPTS - 1
    assert 2.0 <= waits[0] <= 2.4
    assert max(waits) <= 360
    shortest = [min(2.0 * 2**n, 300.0) for n in range(len(waits))]
    assert all(low <= wait <= low * 1.2 for low, wait in zip(shortest, waits, strict=True))


@pytest.mark.parametrize("kind", list(Kind))
def test_a_worker_that_died_leaves_an_honest_state(system: System, kind: Kind) -> None:
    made, at = leave(system, kind), now()
    claim(system, at=at)
    assert ended(system, at=at + outbox.LEASE) == [], "it may still be at work"
    unsure = ended(system, at=at + outbox.LEASE + SECOND)
    if kind in outbox.REPEATABLE:
        assert unsure == []
        assert read(system, made).state is State.waiting
    else:
        assert unsure == [made]
        assert read(system, made).state is State.unsure


def test_a_lease_that_ended_is_found_once(system: System) -> None:
    leave(system)
    at = now()
    claim(system, at=at)
    late = at + outbox.LEASE * 2
    assert len(ended(system, at=late)) == 1
    assert ended(system, at=late) == []


def test_only_what_nobody_has_begun_can_be_taken_back(system: System) -> None:
    first, second = leave(system), leave(system)
    at = now()
    claim(system, most=1)
    with system.transaction() as session:
        began = outbox.cancel(session, read(system, first).about, Kind.send_text, at=at)
        waits = outbox.cancel(session, read(system, second).about, Kind.send_text, at=at)
        again = outbox.cancel(session, read(system, second).about, Kind.send_text, at=at)
    assert (began, waits, again) == (False, True, False)
    assert read(system, second).state is State.cancelled
    assert claim(system) == []


def test_what_was_promised_is_undone_with_the_facts_it_follows_from(system: System) -> None:
    with making.undone(system) as session:
        outbox.promise(session, Kind.send_text, about=uuid.uuid4(), lane=uuid.uuid4(), at=now())
        session.flush()
    with system.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Promise)) == 0
