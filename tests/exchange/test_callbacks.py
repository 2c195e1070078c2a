"""Webhooks: signed, tried again by their rules, and failing on purpose."""

import pytest
from twilio.request_validator import RequestValidator

from exchange.retry_rules import split
from exchange.signing import signature
from tests.exchange.conftest import CALLER, NUMBER, OTHER, TOKEN, Line


def test_signatures_are_those_the_sdk_accepts():
    url, fields = "https://example.org/tw?x=1&y=%C3%A9", {"B": "", "A": "é 1", "Body": "a&b"}
    signed = signature(url, fields, TOKEN)
    assert RequestValidator(TOKEN).validate(url, fields, signed)
    assert not RequestValidator(TOKEN).validate(url, fields | {"B": "x"}, signed)
    assert not RequestValidator(TOKEN + "x").validate(url, fields, signed)


@pytest.mark.parametrize(
    ("url", "retries", "outcomes", "read"),
    [
        ("http://a/b", 1, {"ct"}, 15.0),
        ("http://a/b#rc=3&rp=5xx,ct,rt&rt=500", 3, {"5xx", "ct", "rt"}, 0.5),
        ("http://a/b#rc=99&rt=1", 5, {"ct"}, 0.1),
        ("http://a/b#rc=x&rt=", 1, {"ct"}, 15.0),
    ],
)
def test_rules_after_the_hash_are_read_and_bounded(url, retries, outcomes, read):
    bare, rules = split(url)
    assert bare == "http://a/b"
    assert (rules.retries, set(rules.on), rules.read) == (retries, outcomes, read)


def send(line: Line, path: str, to: str = CALLER) -> None:
    callback = line.customer.base + path
    line.client.messages.create(to=to, from_=NUMBER, body="Hello", status_callback=callback)
    line.advance(2)


def test_a_failed_webhook_is_tried_again_as_its_address_asks(line: Line):
    line.customer.replies["/sms"] = (503, "busy")
    send(line, "/sms#rc=2&rp=5xx", to="+447700900996")
    tries = [one for one in line.customer.received if one.path == "/sms"]
    assert len(tries) == 6
    tokens = [one.headers["I-Twilio-Idempotency-Token"] for one in tries]
    assert len(set(tokens)) == 2
    assert tokens[0] == tokens[1] == tokens[2]


def test_without_rules_a_server_error_is_not_tried_again(line: Line):
    line.customer.replies["/sms"] = (503, "busy")
    send(line, "/sms", to="+447700900996")
    assert len(line.customer.at("/sms")) == 2


def test_nobody_listening_is_tried_once_more(line: Line):
    line.client.messages.create(
        to="+447700900996", from_=NUMBER, body="x", status_callback="http://127.0.0.1:9/s"
    )
    line.advance(1)
    log = [entry for entry in line.get("/control/webhooks") if entry["url"].endswith(":9/s")]
    assert [entry["fault"] for entry in log] == ["", "retry", "", "retry"]
    assert {entry["status"] for entry in log} == {0}


def test_a_duplicated_webhook_comes_twice_with_one_token(line: Line):
    line.post("/control/faults", {"webhooks": {"match": "/tw/sms/", "kind": "duplicate"}})
    line.telephone(CALLER).do("text", to="116000", body="hi")
    first, second = line.customer.received
    assert first.params == second.params
    token = "I-Twilio-Idempotency-Token"
    assert first.headers[token] == second.headers[token]
    assert line.get("/control/faults")["webhooks"] == []


def test_a_dropped_webhook_never_comes(line: Line):
    line.post("/control/faults", {"webhooks": {"match": "/sms", "kind": "drop", "times": 2}})
    send(line, "/sms")
    assert [one["MessageStatus"] for one in line.customer.at("/sms")] == ["delivered"]


def test_a_delayed_webhook_is_overtaken(line: Line):
    line.post("/control/faults", {"webhooks": {"match": "/sms", "kind": "delay", "seconds": 20}})
    send(line, "/sms")
    assert [one["MessageStatus"] for one in line.customer.at("/sms")] == ["sent", "delivered"]
    line.advance(20)
    assert line.customer.at("/sms")[-1]["MessageStatus"] == "sending"


def test_a_reordered_webhook_comes_after_the_next(line: Line):
    line.post("/control/faults", {"webhooks": {"match": "/sms", "kind": "reorder"}})
    send(line, "/sms")
    states = [one["MessageStatus"] for one in line.customer.at("/sms")]
    assert states == ["sent", "sending", "delivered"]


def test_a_reordered_webhook_with_no_successor_still_comes(line: Line):
    line.post("/control/faults", {"webhooks": {"match": "/tw/voice/status", "kind": "reorder"}})
    line.customer.replies["/tw/voice/inbound"] = "<Response/>"
    line.telephone(CALLER).dial()
    assert line.customer.at("/tw/voice/status") == []
    line.advance(6)
    assert len(line.customer.at("/tw/voice/status")) == 1


def test_the_log_shows_what_was_sent_and_can_be_read_on(line: Line):
    line.telephone(CALLER).do("text", to="116000", body="hi")
    (entry,) = line.get("/control/webhooks")
    assert entry["url"] == line.customer.base + "/tw/sms/inbound"
    assert (entry["n"], entry["status"], entry["params"]["Body"]) == (1, 204, "hi")
    assert entry["signature_ok_to_check"] is True
    assert line.get("/control/webhooks?since=1") == []


def test_two_telephones_texting_do_not_wait_for_each_other(line: Line):
    line.post("/control/faults", {"webhooks": {"match": "inbound", "kind": "delay", "seconds": 9}})
    line.telephone(CALLER).do("text", to="116000", body="first")
    line.telephone(OTHER).do("text", to="116000", body="second")
    assert [one["Body"] for one in line.customer.at("/tw/sms/inbound")] == ["second"]
    line.advance(9)
    assert len(line.customer.at("/tw/sms/inbound")) == 2
