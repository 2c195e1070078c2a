"""An exchange on real time, for sound can't be hurried, and softphones to hear it with."""

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant
from twilio.rest import Client  # noqa: TID251 - the exchange is tested with the real SDK

from exchange.server import Exchange
from exchange.settings import Settings
from tests.exchange.audio.softphone import Softphone
from tests.exchange.conftest import (
    ACCOUNT,
    KEY,
    NUMBER,
    SECRET,
    TOKEN,
    CheckedHttpClient,
    Loop,
)
from tests.exchange.customer import Customer

ROOM = (
    '<Response><Dial><Conference startConferenceOnEnter="true" waitUrl="" beep="false"'
    ' participantLabel="{label}" {more}>c-1</Conference></Dial></Response>'
)


def token_for(identity: str, *, secret: str = SECRET, ttl: int = 3600, **grant: Any) -> str:
    token = AccessToken(ACCOUNT, KEY, secret, identity=identity, ttl=ttl)
    grant = {"incoming_allow": True, "outgoing_application_sid": "AP" + "0" * 32} | grant
    token.add_grant(VoiceGrant(**grant))
    return token.to_jwt()


@dataclass
class Floor:
    """The exchange as an audio test sees it."""

    base: str
    customer: Customer
    client: Client
    run: Callable[[Coroutine[Any, Any, Any]], Any]
    phones: list[Softphone] = field(default_factory=list)

    def softphone(self, identity: str, hertz: float, **grant: Any) -> Softphone:
        phone = Softphone(self.base, token_for(identity, **grant), hertz)
        self.phones.append(phone)
        return phone

    def registered(self, identity: str, hertz: float) -> Softphone:
        phone = self.softphone(identity, hertz)
        self.run(phone.register())
        return phone

    def ring(self, identity: str, path: str = "/leg", **wish: Any) -> Any:
        wish.setdefault("url", self.customer.base + path)
        return self.client.calls.create(to=f"client:{identity}", from_=NUMBER, **wish)

    def bring_in(self, identity: str, hertz: float, more: str = "") -> Softphone:
        """Let somebody register, be rung, accept, and be put into the conference."""
        self.customer.replies[f"/leg/{identity}"] = ROOM.format(label=identity, more=more)
        phone = self.registered(identity, hertz)
        self.ring(identity, f"/leg/{identity}")
        self.run(phone.accept())
        return phone

    def room(self) -> Any:
        (room,) = self.client.conferences.list(status="in-progress")
        return self.client.conferences(room.sid)

    def ask(self, path: str, wish: dict[str, Any] | None = None) -> Any:
        answer = requests.post(self.base + path, json=wish or {}, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def told(self, path: str) -> Any:
        answer = requests.get(self.base + path, timeout=30)
        answer.raise_for_status()
        return answer.json()


@pytest.fixture(scope="package")
def sounding(loop: Loop, tmp_path_factory) -> Iterator[tuple[str, Customer]]:
    customer = Customer(TOKEN)
    loop.run(customer.start())
    settings = Settings(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        api_key_sid=KEY,
        api_key_secret=SECRET,
        number=NUMBER,
        webhook_base=customer.base,
        port=0,
        data_dir=tmp_path_factory.mktemp("exchange"),
    )

    async def start() -> tuple[Exchange, int]:
        exchange = Exchange(settings)
        return exchange, await exchange.start()

    exchange, port = loop.run(start())
    yield f"http://127.0.0.1:{port}", customer
    loop.run(exchange.stop())
    loop.run(customer.stop())


@pytest.fixture
def floor(sounding: tuple[str, Customer], loop: Loop) -> Iterator[Floor]:
    base, customer = sounding
    http = CheckedHttpClient(base)
    client = Client(KEY, SECRET, ACCOUNT, http_client=http, environment={"_": ""})
    floor = Floor(base, customer, client, loop.run)
    floor.ask("/control/reset")
    customer.clear()
    yield floor
    for phone in floor.phones:
        loop.run(phone.close())
    floor.ask("/control/reset")
    assert http.faults == []
