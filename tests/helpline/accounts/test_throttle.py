"""Guessing gets slower and slower, for the known and the unknown alike."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from helpline.accounts import throttle
from helpline.accounts.models import FailedSignIn
from helpline.accounts.throttle import TooManyTriesError
from tests.system import System

AT = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


def test_five_wrong_tries_are_free_and_then_each_costs_twice_as_much_up_to_an_hour():
    waits = [throttle.wait_after(wrong, 5).total_seconds() for wrong in range(14)]
    assert waits == [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_a_try_during_the_wait_is_not_let_through_and_not_counted(system: System):
    priya = throttle.account("priya@example.org")
    with system.transaction() as session:
        for _ in range(5):
            throttle.check(session, priya, at=AT)
            throttle.count(session, priya, at=AT)
        for seconds in (0, 10, 29):
            with pytest.raises(TooManyTriesError) as held:
                throttle.check(session, priya, at=AT + timedelta(seconds=seconds))
            assert held.value.until == AT + timedelta(seconds=30)
        throttle.check(session, priya, at=AT + timedelta(seconds=30))
        throttle.check(session, throttle.account("tom@example.org"), at=AT)


def test_only_the_wait_is_told_when_it_begins(system: System):
    priya = throttle.account("priya@example.org")
    with system.transaction() as session:
        begins = [throttle.count(session, priya, at=AT) for _ in range(6)]
    assert begins == [False, False, False, False, True, True]


def test_what_was_wrong_yesterday_counts_no_more_and_is_forgotten(system: System):
    priya = throttle.account("priya@example.org")
    with system.transaction() as session:
        for _ in range(9):
            throttle.count(session, priya, at=AT)
        next_day = AT + timedelta(hours=24, seconds=1)
        throttle.check(session, priya, at=next_day)
        throttle.count(session, priya, at=next_day)
        assert session.scalar(sa.select(sa.func.count()).select_from(FailedSignIn)) == 1


def test_a_network_may_try_more_often_than_one_account(system: System):
    office = throttle.network("203.0.113.7")
    with system.transaction() as session:
        for _ in range(29):
            assert not throttle.count(session, office, at=AT)
        assert throttle.count(session, office, at=AT)


def test_no_address_and_no_network_is_kept_in_clear(system: System):
    with system.transaction() as session:
        for target in (throttle.account("Priya@example.org"), throttle.network("203.0.113.7")):
            throttle.count(session, target, at=AT)
        kept = b"".join(session.scalars(sa.select(FailedSignIn.who)))
    assert len(kept) == 64
    for word in (b"riya", b"example", b"203"):
        assert word not in kept


def test_tries_sent_all_at_once_are_looked_at_one_at_a_time(system: System):
    priya, checked, done = (
        throttle.account("priya@example.org"),
        threading.Event(),
        threading.Event(),
    )

    def first() -> None:
        with system.transaction() as session:
            throttle.check(session, priya, at=AT)
            checked.set()
            done.wait(10)

    slow = threading.Thread(target=first)
    slow.start()
    assert checked.wait(10)
    try:
        with system.transaction() as session, pytest.raises(TooManyTriesError):
            throttle.check(session, priya, at=AT)
    finally:
        done.set()
        slow.join(10)
