"""A real exchange and a real customer, each on a port of its own, for every test here."""

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client  # noqa: TID251 - the exchange is tested with the real SDK

from exchange.server import Exchange
from exchange.settings import Settings
from tests.exchange import oai
from tests.exchange.customer import Customer

ACCOUNT, TOKEN = "AC" + "0a" * 16, "a-token-for-tests"
KEY, SECRET = "SK" + "0b" * 16, "a-secret-for-tests-of-thirty-two"
NUMBER = "+441632960116"
CALLER, OTHER, TAKER, SOCIAL = (
    "+447700900123",
    "+447700900134",
    "+442079460101",
    "+441632960200",
)


class Loop:
    """An event loop in a thread, so that tests are plain functions and block as they like."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()


class CheckedHttpClient(TwilioHttpClient):
    """Sends the SDK's requests to the exchange and checks every answer."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=10)
        self.base = base
        self.faults: list[str] = []

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        answer = super().request(method, self.base + parts.path + query, *args, **kwargs)
        if oai.SPEC.exists():
            body = json.loads(answer.text) if answer.text else None
            found = oai.faults(method, parts.path, answer.status_code, body)
            self.faults += [f"{method} {parts.path}: {fault}" for fault in found]
        return answer


@dataclass
class Telephone:
    """A handset under a test's finger."""

    line: "Line"
    name: str
    number: str

    @property
    def state(self) -> dict[str, Any]:
        return self.line.get(f"/control/handsets/{self.name}")

    @property
    def call(self) -> dict[str, Any]:
        call = self.state["call"]
        assert call is not None
        return call

    @property
    def heard(self) -> list[str]:
        return [caption["words"] for caption in self.call["captions"]]

    def do(self, what: str, **wish: Any) -> dict[str, Any]:
        state = self.line.post(f"/control/handsets/{self.name}/{what}", wish)
        self.line.settle()
        return state

    def dial(self, **wish: Any) -> str:
        self.do("dial", to="116 000", **wish)
        return str(self.call["sid"])


@dataclass
class Line:
    """Everything a test needs: the exchange's API, the SDK, the customer, the clock."""

    base: str
    customer: Customer
    http: CheckedHttpClient
    client: Client
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str) -> Any:
        answer = self.session.get(self.base + path, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, wish: dict[str, Any] | None = None) -> Any:
        answer = self.session.post(self.base + path, json=wish or {}, timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    def refused(self, path: str, wish: dict[str, Any]) -> tuple[int, str]:
        answer = self.session.post(self.base + path, json=wish, timeout=30)
        return answer.status_code, answer.json()["error"]

    def settle(self) -> None:
        assert self.post("/control/settle")["quiet"]

    def advance(self, seconds: float) -> None:
        self.post("/control/clock", {"advance": seconds})

    def telephone(self, number: str) -> Telephone:
        opened = self.post("/control/handsets", {"number": number})
        return Telephone(self, opened["handset"], opened["number"])

    def ring(self, to: str, path: str = "/leg", **wish: Any) -> Any:
        """Place a call as the helpline does, and let it ring."""
        wish.setdefault("url", self.customer.base + path)
        call = self.client.calls.create(to=to, from_=NUMBER, **wish)
        self.settle()
        return call

    @property
    def incidents(self) -> list[dict[str, str]]:
        return self.get("/control/strict")


def settings_for(customer: Customer) -> Settings:
    return Settings(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        api_key_sid=KEY,
        api_key_secret=SECRET,
        number=NUMBER,
        webhook_base=customer.base,
        port=0,
        driven=True,
    )


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def running(loop: Loop) -> Iterator[tuple[str, Customer]]:
    customer = Customer(TOKEN)
    loop.run(customer.start())
    settings = settings_for(customer)

    async def start() -> tuple[Exchange, int]:
        exchange = Exchange(settings)
        return exchange, await exchange.start()

    exchange, port = loop.run(start())
    yield f"http://127.0.0.1:{port}", customer
    loop.run(exchange.stop())
    loop.run(customer.stop())


@pytest.fixture
def line(running: tuple[str, Customer]) -> Iterator[Line]:
    base, customer = running
    http = CheckedHttpClient(base)
    client = Client(KEY, SECRET, ACCOUNT, http_client=http, environment={"_": ""})
    with requests.Session() as session:
        line = Line(base, customer, http, client, session)
        line.settle()
        line.post("/control/reset")
        customer.clear()
        yield line
        assert http.faults == []
        assert all(one.signed for one in customer.received)
