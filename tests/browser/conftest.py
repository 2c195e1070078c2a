"""Chromium for the browser tests: one for all of them, watched for anything it complains about."""

import os
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.live_process import LiveProcess
from tests.browser.local_exchange import GREETING, Customer, Exchange
from tests.system import System
from tools import chromium

CHROMIUM = os.environ.get("CHROMIUM") or chromium.find()
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]


class Watch:
    """Collects what went wrong in a browser; a test names beforehand what it provokes."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._allowed: list[str] = []

    def allow(self, pattern: str) -> None:
        """Expect console messages that match the regular expression."""
        self._allowed.append(pattern)

    def follow(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self._note(f"script error: {error.error}"))
        context.on("request", self._request)

    def _console(self, message) -> None:
        if message.type in {"error", "warning"}:
            where = (message.location or {}).get("url", "")
            self._note(f"console {message.type}: {message.text} {where}")

    def _request(self, request) -> None:
        host = urlsplit(request.url).hostname
        if host not in {None, "127.0.0.1", "localhost"}:
            self._note(f"request to another machine: {host}")

    def _note(self, problem: str) -> None:
        if not any(re.search(pattern, problem) for pattern in self._allowed):
            self.problems.append(problem)


# The scope is the folder, not the session: while Playwright runs, its event loop occupies the
# main thread, and tests elsewhere could not call asyncio.run.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail(chromium.HOW_TO_GET_IT)
        pytest.skip(chromium.HOW_TO_GET_IT)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield launched
    launched.close()


@pytest.fixture
def watch() -> Watch:
    """Collect what the browser complains about; any of it fails the test unless allowed."""
    return Watch()


@pytest.fixture
def new_context(browser: Browser, watch: Watch) -> Iterator[Callable[..., BrowserContext]]:
    """Open one more browser of its own (own cookies, own storage); the options are Playwright's."""
    contexts: list[BrowserContext] = []

    def open_one(**options) -> BrowserContext:
        opened = browser.new_context(locale="en-GB", **options)
        opened.set_default_timeout(10_000)
        watch.follow(opened)
        contexts.append(opened)
        return opened

    yield open_one
    for opened in contexts:
        opened.close()
    assert watch.problems == []


@pytest.fixture
def context(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    return new_context(viewport={"width": 1280, "height": 860})


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def axe_faults() -> Callable[[Page], list[str]]:
    """Ask axe about a page (WCAG 2.2 AA and good practice): one line for each kind of fault."""

    def find(page: Page) -> list[str]:
        violations = Axe().run(page).response["violations"]
        return [
            f"{one['id']}: {one['help']} {[node['target'] for node in one['nodes']]}"
            for one in violations
        ]

    return find


@pytest.fixture(scope="package")
def customer() -> Iterator[Customer]:
    running = Customer()
    yield running
    running.close()


@pytest.fixture(scope="package")
def running_exchange(customer: Customer, tmp_path_factory) -> Iterator[Exchange]:
    running = Exchange(customer, tmp_path_factory.mktemp("exchange"))
    yield running
    running.stop()


@pytest.fixture
def exchange(running_exchange: Exchange, customer: Customer) -> Exchange:
    running_exchange.ask("/control/reset", {})
    customer.received.clear()
    customer.answers.clear()
    customer.answers["/tw/voice/inbound"] = GREETING
    return running_exchange


# A start of it costs as much time as a whole test; what it knows, it asks the database for.
@pytest.fixture(scope="package")
def running_live(running_system: System) -> Iterator[LiveProcess]:
    running = LiveProcess(running_system)
    yield running
    running.kill()


@pytest.fixture
def live(system: System, running_live: LiveProcess) -> LiveProcess:
    """Give the live process, started anew where a test killed it."""
    running_live.start()
    return running_live
