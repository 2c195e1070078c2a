"""The running system, for every test that asks for it."""

from collections.abc import Iterator

import pytest

from tests.system import System


@pytest.fixture(scope="session")
def running_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    started = System(tmp_path_factory.mktemp("system"))
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
