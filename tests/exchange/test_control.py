"""The control API: telephones, the clock, faults, and what it refuses."""

import pytest
import requests

from tests.exchange.conftest import CALLER, NUMBER, Line

PAUSE = "<Response><Pause length='600'/></Response>"


def test_a_telephone_is_the_same_each_time_it_is_opened(line: Line):
    first = line.post("/control/handsets", {"number": "07700 900123", "name": "Sam"})
    again = line.post("/control/handsets", {"number": "+44 7700 900123"})
    assert first == again
    assert (first["number"], first["name"]) == (CALLER, "Sam")
    assert line.get("/control/handsets")["handsets"] == [first]
    state = line.get(f"/control/handsets/{first['handset']}")
    assert (state["call"], state["texts"], state["recent_calls"]) == (None, [], [])


@pytest.mark.parametrize(
    "wish", [{}, {"number": "x"}, {"number": "12"}, {"number": 7}, {"number": "1" * 81}]
)
def test_a_number_nobody_can_use_is_refused_in_words(line: Line, wish: dict):
    status, words = line.refused("/control/handsets", wish)
    assert status == 400
    assert words.endswith(".")


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff\xfe", b"7"])
def test_what_is_not_a_json_object_is_refused(line: Line, body: bytes):
    answer = requests.post(f"{line.base}/control/handsets", data=body, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_telephone_that_does_not_exist_is_not_found(line: Line):
    answer = requests.get(f"{line.base}/control/handsets/nobody", timeout=10)
    assert answer.status_code == 404
    assert answer.json()["error"]


@pytest.mark.parametrize(
    ("what", "wish", "status"),
    [
        ("answer", {}, 409),
        ("decline", {}, 409),
        ("hang-up", {}, 409),
        ("keys", {"digits": "1"}, 409),
        ("text", {"to": "116000", "body": " "}, 400),
        ("text", {"to": "116000", "body": "x" * 20_001}, 400),
        ("text", {"to": "soon", "body": "x"}, 400),
        ("dial", {"to": "999"}, 400),
        ("dial", {"to": "07700 900134"}, 400),
    ],
)
def test_what_can_not_be_done_is_refused_in_words(line: Line, what: str, wish: dict, status: int):
    sam = line.telephone(CALLER)
    answered, words = line.refused(f"/control/handsets/{sam.name}/{what}", wish)
    assert answered == status
    assert words.endswith(".")


def test_a_second_call_from_the_same_telephone_is_refused(line: Line):
    line.customer.replies["/tw/voice/inbound"] = PAUSE
    sam = line.telephone(CALLER)
    sam.dial()
    assert line.refused(f"/control/handsets/{sam.name}/dial", {"to": "116000"})[0] == 409


def test_calls_that_are_over_are_remembered(line: Line):
    line.customer.replies["/tw/voice/inbound"] = PAUSE
    sam = line.telephone(CALLER)
    sam.dial()
    sam.do("hang-up")
    (past,) = sam.state["recent_calls"]
    assert (past["direction"], past["other"], past["answered"]) == ("out", "116000", True)
    assert past["ended_because"] == "You hung up."


def test_a_page_is_told_that_something_changed_and_not_what(line: Line):
    sam = line.telephone(CALLER)
    with requests.get(
        f"{line.base}/control/handsets/{sam.name}/events", stream=True, timeout=10
    ) as stream:
        lines = stream.iter_lines()
        assert next(lines) == b"event: changed"
        assert next(lines) == f'data: {{"handset": "{sam.name}"}}'.encode()
        sam.do("text", to="116000", body="secret")
        assert next(lines) == b""
        assert next(lines) == b"event: changed"
        assert b"secret" not in next(lines)


def test_the_clock_moves_only_when_told(line: Line):
    before = line.get("/control/clock")
    assert before["driven"] is True
    line.advance(90)
    assert line.get("/control/clock")["seconds"] == before["seconds"] + 90


@pytest.mark.parametrize("seconds", [-1, "5", True, None, 10**9])
def test_a_step_of_the_clock_that_makes_no_sense_is_refused(line: Line, seconds):
    assert line.refused("/control/clock", {"advance": seconds})[0] == 400


def test_settling_counts_the_webhooks_since_the_last_time(line: Line):
    line.settle()
    line.post(
        f"/control/handsets/{line.telephone(CALLER).name}/text", {"to": "116000", "body": "hi"}
    )
    assert line.post("/control/settle") == {"quiet": True, "webhooks": 1}
    assert line.post("/control/settle") == {"quiet": True, "webhooks": 0}


def test_faults_are_listed_until_used_and_cleared_by_an_empty_wish(line: Line):
    wish = {"rest": [{"path": "Calls", "kind": "429", "times": 2}], "delivery": {"code": 30003}}
    armed = line.post("/control/faults", wish)
    assert armed["rest"][0]["times"] == 2
    assert line.get("/control/faults") == armed
    cleared = line.post("/control/faults", {})
    assert cleared.pop("lists") == {"lag_seconds": 0.0}
    assert cleared == {"webhooks": [], "rest": [], "delivery": [], "legs": []}


@pytest.mark.parametrize(
    "wish",
    [
        {"rain": 1},
        {"rest": {"kind": "x"}},
        {"rest": 7},
        {"delivery": {}},
        {"lists": {"lag_seconds": "x"}},
    ],
)
def test_a_fault_that_does_not_exist_is_refused_and_nothing_is_armed(line: Line, wish: dict):
    assert line.refused("/control/faults", wish)[0] == 400
    assert line.get("/control/faults")["rest"] == []


def test_reset_forgets_everything_and_tells_nobody(line: Line):
    line.customer.replies["/tw/voice/inbound"] = PAUSE
    sam = line.telephone(CALLER)
    sam.dial()
    line.post("/control/reset")
    assert line.get("/control/handsets")["handsets"] == []
    assert line.get("/control/webhooks") == []
    line.settle()
    assert line.customer.at("/tw/voice/status") == []


def test_pages_come_with_a_strict_policy_and_nothing_else_is_served(line: Line):
    answer = requests.get(f"{line.base}/handset", timeout=10)
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    for path in ("/pages/..%2Fserver.py", "/pages/%2e%2e/server.py", "/pages/nothing.css"):
        assert requests.get(line.base + path, timeout=10).status_code == 404


def test_a_telephone_that_loses_its_signal_drops_its_call_and_misses_everything(line: Line):
    line.customer.replies["/tw/voice/inbound"] = PAUSE
    sam = line.telephone(CALLER)
    sam.dial()
    assert sam.do("reachable", reachable=False)["reachable"] is False
    assert sam.call["ended_because"] == "The line went dead."
    assert line.refused(f"/control/handsets/{sam.name}/dial", {"to": "116000"})[0] == 409
    call = line.ring(CALLER)
    assert line.client.calls(call.sid).fetch().status == "no-answer"
    line.client.messages.create(to=CALLER, from_=NUMBER, body="Hello")
    line.advance(2)
    assert line.client.messages.list(to=CALLER)[0].error_code == 30003
    sam.do("reachable", reachable=True)
    line.ring(CALLER)
    assert sam.call["state"] == "ringing"


def test_another_site_can_not_use_a_telephone_through_a_browser(line: Line):
    sam = line.telephone(CALLER)
    url = f"{line.base}/control/handsets/{sam.name}/text"
    wish = '{"to": "116000", "body": "hi"}'
    for origin, status in (("http://evil.example", 403), ("null", 403), (line.base, 200)):
        answer = requests.post(url, data=wish, headers={"Origin": origin}, timeout=10)
        assert answer.status_code == status
