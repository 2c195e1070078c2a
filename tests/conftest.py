"""The running system, for every test that asks for it."""

import gc
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system import System

# Chromium, sound, a whole start and processes that are killed run in real time beside everything
# else on the machine: what fails there once is tried a second time, and pytest counts it. Nothing
# else is ever tried again.
IN_REAL_TIME = (
    "tests/browser/",
    "tests/chaos/",
    "tests/exchange/audio/",
    "tests/tools/test_make_run.py",
)

# What takes longest, begun first: a minute that is begun last is a minute in which every other
# worker has nothing to do.
BEGUN_FIRST = (
    "tests/confidentiality/test_nothing_leaks.py",
    "tests/helpline/console/test_every_form.py",
    "tests/tools/test_make_run.py",
    "tests/browser/",
    "tests/journeys/test_lucy.py",
    "tests/chaos/",
    "tests/exchange/audio/",
    "tests/helpline/textsafe/test_drain.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            # None takes half a minute. One whose browser never closes is not to cost four.
            item.add_marker(pytest.mark.timeout(120))
        if any(folder in item.path.as_posix() for folder in IN_REAL_TIME):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_collection_finish() -> None:
    # Three thousand tests and all our modules live until the end: nobody need look at them again
    # for each handful of new objects.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _turn(item: pytest.Item) -> int:
    path = item.path.as_posix()
    return next((n for n, slow in enumerate(BEGUN_FIRST) if slow in path), len(BEGUN_FIRST))


@pytest.fixture(scope="session")
def running_system() -> Iterator[System]:
    # Not a folder of pytest's: another pytest would close that to the database's own user.
    with tempfile.TemporaryDirectory(prefix="helpline-tests-", ignore_cleanup_errors=True) as made:
        started = System(Path(made))
        yield started
        started.close()


@pytest.fixture
def system(running_system: System) -> Iterator[System]:
    """Give the whole system with nobody in it; a fault that the exchange noticed fails the test."""
    running_system.reset()
    yield running_system
    running_system.settle()
    if not running_system.may_lose_webhooks:
        assert running_system.strict_violations() == []
