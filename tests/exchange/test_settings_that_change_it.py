"""An exchange set up otherwise: on real time, with opt-out words, with faults from the start."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import islice

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client  # noqa: TID251 - the exchange is tested with the real SDK

from exchange.server import Exchange
from exchange.settings import SettingError
from tests.exchange.conftest import (
    ACCOUNT,
    CALLER,
    KEY,
    NUMBER,
    SECRET,
    TOKEN,
    CheckedHttpClient,
    Line,
    Loop,
    settings_for,
)
from tests.exchange.customer import Customer


@contextmanager
def another_customer(loop: Loop) -> Iterator[Customer]:
    customer = Customer(TOKEN)
    loop.run(customer.start())
    try:
        yield customer
    finally:
        loop.run(customer.stop())


@contextmanager
def another(loop: Loop, **otherwise) -> Iterator[Line]:
    with ExitStack() as stack:
        customer = stack.enter_context(another_customer(loop))
        settings = replace(settings_for(customer), **otherwise)

        async def start() -> tuple[Exchange, int]:
            exchange = Exchange(settings)
            return exchange, await exchange.start()

        exchange, port = loop.run(start())
        stack.callback(lambda: loop.run(exchange.stop()))
        http = CheckedHttpClient(f"http://127.0.0.1:{port}")
        client = Client(KEY, SECRET, ACCOUNT, http_client=http, environment={"_": ""})
        session = stack.enter_context(requests.Session())
        yield Line(http.base, customer, http, client, session)
        assert http.faults == []


def test_on_real_time_a_text_arrives_by_itself(loop: Loop):
    with another(loop, driven=False) as line:
        sam = line.telephone(CALLER)
        url = f"{line.base}/control/handsets/{sam.name}/events"
        with requests.get(url, stream=True, timeout=10) as stream:
            line.client.messages.create(to=CALLER, from_=NUMBER, body="Hello")
            changes = (one for one in stream.iter_lines() if one == b"event: changed")
            assert len(list(islice(changes, 2))) == 2
        assert sam.state["texts"][0]["body"] == "Hello"
        assert line.refused("/control/clock", {"advance": 5})[0] == 409


def test_with_opt_out_words_a_stop_blocks_what_follows_until_start(loop: Loop):
    with another(loop, opt_out=True) as line:
        sam = line.telephone(CALLER)
        sam.do("text", to="116000", body=" Stop ")
        line.advance(2)
        assert "unsubscribed" in sam.state["texts"][-1]["body"]
        assert len(line.customer.at("/tw/sms/inbound")) == 1
        with pytest.raises(TwilioRestException) as refused:
            line.client.messages.create(to=CALLER, from_=NUMBER, body="Hello")
        assert refused.value.code == 21610
        sam.do("text", to="116000", body="stop it please")
        sam.do("text", to="116000", body="START")
        assert line.client.messages.create(to=CALLER, from_=NUMBER, body="Hello").sid


def test_without_opt_out_words_a_stop_is_a_text_like_any_other(line: Line):
    sam = line.telephone(CALLER)
    sam.do("text", to="116000", body="STOP")
    assert line.client.messages.create(to=CALLER, from_=NUMBER, body="Hello").sid
    assert len(sam.state["texts"]) == 1


def test_faults_can_be_armed_by_a_setting(loop: Loop):
    faults = '{"rest": {"path": "Messages", "kind": "429"}}'
    with another(loop, faults=faults) as line, pytest.raises(TwilioRestException) as refused:
        line.client.messages.create(to=CALLER, from_=NUMBER, body="Hello")
    assert refused.value.code == 20429


@pytest.mark.parametrize("faults", ["{", "7", '{"rain": 1}'])
def test_faults_that_can_not_be_read_stop_the_start(loop: Loop, faults: str):
    with pytest.raises(SettingError), another(loop, faults=faults):
        pass


def test_a_webhook_that_hangs_is_given_up_after_its_read_time(loop: Loop):
    with another(loop) as line:
        line.customer.hang.add("/slow")
        callback = line.customer.base + "/slow#rt=100&rc=1&rp=rt"
        line.client.messages.create(
            to="+447700900996", from_=NUMBER, body="x", status_callback=callback
        )
        line.advance(1)
        assert len(line.customer.at("/slow")) == 4
        assert {entry["status"] for entry in line.get("/control/webhooks")} == {0}
