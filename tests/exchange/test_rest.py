"""The REST API as a whole: credentials, parameters, pages, and failing on purpose."""

import base64
import json
import socket
from urllib.parse import urlsplit

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from tests.exchange import oai
from tests.exchange.conftest import ACCOUNT, CALLER, KEY, NUMBER, OTHER, SECRET, TAKER, TOKEN, Line

BASE = f"/2010-04-01/Accounts/{ACCOUNT}"


def get(line: Line, path: str, who: tuple[str, str] | None = (ACCOUNT, TOKEN)):
    return requests.get(line.base + path, auth=who, timeout=10)


@pytest.mark.parametrize(
    "who", [None, (ACCOUNT, "wrong"), (KEY, TOKEN), ("", ""), (ACCOUNT, ""), ("x", SECRET)]
)
def test_wrong_credentials_are_refused(line: Line, who):
    answer = get(line, f"{BASE}/Messages.json", who)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Bearer x", "Basic /w==", ""])
def test_credentials_nobody_can_read_are_refused(line: Line, header: str):
    answer = requests.get(
        f"{line.base}{BASE}/Calls.json", headers={"Authorization": header}, timeout=10
    )
    assert answer.status_code == 401


def test_another_account_is_refused(line: Line):
    answer = get(line, f"/2010-04-01/Accounts/AC{'9' * 32}/Calls.json")
    assert answer.status_code == 401


def test_a_key_can_not_read_the_account_but_its_number(line: Line):
    assert get(line, f"{BASE}.json", (KEY, SECRET)).status_code == 401
    assert get(line, f"{BASE}.json").json()["sid"] == ACCOUNT
    (number,) = line.client.incoming_phone_numbers.list(limit=1)
    assert number.phone_number == NUMBER
    assert number.voice_url == line.customer.base + "/tw/voice/inbound"
    assert line.client.incoming_phone_numbers(number.sid).fetch().sid == number.sid


def test_a_customer_killed_in_the_middle_of_asking_is_no_fault_of_the_exchange(line: Line):
    there = urlsplit(line.base)
    credentials = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    asked = f"POST {BASE}/Messages.json HTTP/1.1\r\nHost: {there.netloc}\r\n"
    asked += f"Authorization: Basic {credentials}\r\nExpect: 100-continue\r\n"
    asked += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n"
    with socket.create_connection((there.hostname, there.port), timeout=10) as customer:
        customer.sendall(asked.encode())
        assert customer.recv(100).startswith(b"HTTP/1.1 100")
        customer.sendall(b"To=")
    assert get(line, f"{BASE}/Messages.json").status_code == 200
    assert line.incidents == []


def test_a_parameter_twilio_does_not_have_is_refused_and_noted(line: Line):
    answer = requests.post(
        f"{line.base}{BASE}/Messages.json",
        data={"To": CALLER, "From": NUMBER, "Body": "x", "Colour": "red"},
        auth=(ACCOUNT, TOKEN),
        timeout=10,
    )
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert "Colour" in answer.json()["message"]
    assert line.incidents == [{"kind": "parameter refused", "detail": "Colour"}]
    assert get(line, f"{BASE}/Messages.json?Colour=red").status_code == 400


@pytest.mark.parametrize("path", ["/Calls/CA0.json", "/Messages/SM0.json", "/Nothing.json"])
def test_what_is_not_there_is_not_found(line: Line, path: str):
    answer = get(line, BASE + path)
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"to": "07700 900123"}, 21211),
        ({"to": ""}, 21201),
        ({"from_": ""}, 21213),
        ({"from_": OTHER}, 21210),
        ({"from_": "x"}, 21212),
        ({"to": "+15005550001"}, 21217),
        ({"url": "leg"}, 21205),
        ({"status_callback": "leg"}, 21609),
        ({"timeout": 0}, 20001),
        ({"status_callback_event": ["rung"]}, 20001),
    ],
)
def test_a_call_that_can_not_be_placed_is_refused_with_twilios_code(line: Line, wish, code):
    order = {"to": TAKER, "from_": NUMBER, "url": "http://127.0.0.1:9/leg"} | wish
    with pytest.raises(TwilioRestException) as refused:
        line.client.calls.create(**order)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert refused.value.uri


def test_a_call_without_instructions_is_refused(line: Line):
    with pytest.raises(TwilioRestException) as refused:
        line.client.calls.create(to=TAKER, from_=NUMBER)
    assert refused.value.code == 21205


def texts(line: Line, count: int) -> list[str]:
    return [
        str(line.client.messages.create(to=CALLER, from_=NUMBER, body=str(n)).sid)
        for n in range(count)
    ]


def test_a_list_comes_in_pages_newest_first(line: Line):
    sent = texts(line, 7)
    listed = [one.sid for one in line.client.messages.list(page_size=3)]
    assert listed == sent[::-1]


def test_pages_do_not_shift_when_something_new_arrives(line: Line):
    sent = texts(line, 4)
    first = get(line, f"{BASE}/Messages.json?PageSize=2").json()
    texts(line, 3)
    second = get(line, first["next_page_uri"]).json()
    assert [one["sid"] for one in second["messages"]] == [sent[1], sent[0]]
    assert second["next_page_uri"] is None
    assert second["previous_page_uri"].endswith("PageSize=2&Page=0")
    assert (second["start"], second["end"], second["page"]) == (2, 3, 1)


@pytest.mark.parametrize("size", ["0", "1001", "x", "-1"])
def test_a_page_size_out_of_bounds_is_refused(line: Line, size: str):
    assert get(line, f"{BASE}/Calls.json?PageSize={size}").status_code == 400


def test_lists_can_be_narrowed_by_number_day_and_state(line: Line):
    texts(line, 1)
    line.client.messages.create(to=OTHER, from_=NUMBER, body="other")
    line.advance(2)
    today = line.get("/control/clock")["now"][:10]
    assert [one.to for one in line.client.messages.list(to=OTHER)] == [OTHER]
    listed = get(line, f"{BASE}/Messages.json?DateSent%3E={today}").json()["messages"]
    assert len(listed) == 2
    listed = get(line, f"{BASE}/Messages.json?DateSent%3E=2099-01-01").json()["messages"]
    assert listed == []
    listed = get(line, f"{BASE}/Messages.json?DateSent={today}").json()["messages"]
    assert len(listed) == 2
    assert get(line, f"{BASE}/Messages.json?DateSent=soon").status_code == 400
    line.telephone(TAKER)
    call = line.ring(TAKER)
    assert [one.sid for one in line.client.calls.list(status="ringing", to=TAKER)] == [call.sid]
    assert line.client.calls.list(status="completed") == []


def test_a_list_can_lag_behind(line: Line):
    line.post("/control/faults", {"lists": {"lag_seconds": 60}})
    (sid,) = texts(line, 1)
    assert line.client.messages.list() == []
    assert line.client.messages(sid).fetch().sid == sid
    line.advance(61)
    assert [one.sid for one in line.client.messages.list()] == [sid]


@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("500-before", 500)])
def test_a_request_can_be_refused_before_it_is_carried_out(line: Line, kind: str, status: int):
    line.post("/control/faults", {"rest": {"path": "Messages", "kind": kind, "times": 1}})
    with pytest.raises(TwilioRestException) as refused:
        texts(line, 1)
    assert refused.value.status == status
    assert line.client.messages.list() == []
    assert len(texts(line, 1)) == 1


def test_a_request_can_fail_although_it_was_carried_out(line: Line):
    line.post("/control/faults", {"rest": {"path": "Messages", "kind": "500-after"}})
    with pytest.raises(TwilioRestException) as failed:
        texts(line, 1)
    assert (failed.value.status, failed.value.code) == (500, 20500)
    assert len(line.client.messages.list()) == 1


@pytest.mark.parametrize("kind", ["drop-after", "hang-after"])
def test_the_answer_to_a_request_can_be_lost(line: Line, kind: str):
    wish = {"path": "Messages", "kind": kind, "method": "POST"}
    line.post("/control/faults", {"rest": wish})
    with pytest.raises((requests.ConnectionError, requests.ReadTimeout)):
        requests.post(
            f"{line.base}{BASE}/Messages.json",
            data={"To": CALLER, "From": NUMBER, "Body": "x"},
            auth=(ACCOUNT, TOKEN),
            timeout=1,
        )
    assert len(line.client.messages.list()) == 1


def test_every_answer_is_checked_against_twilios_description(line: Line):
    if not oai.SPEC.exists():
        pytest.skip("Twilio's OpenAPI description is not beside this repository")
    texts(line, 1)
    listed = get(line, f"{BASE}/Messages.json").json()
    path = f"{BASE}/Messages.json"
    assert oai.faults("GET", path, 200, listed) == []
    spoilt = json.loads(json.dumps(listed))
    spoilt["messages"][0]["status"] = "flying"
    del spoilt["messages"][0]["body"]
    assert len(oai.faults("GET", path, 200, spoilt)) == 2
    assert oai.faults("GET", path, 200, {}) != []
    assert oai.faults("GET", path, 400, {}) != []


def test_webhooks_can_be_pointed_elsewhere_and_the_next_call_goes_there(line: Line):
    (number,) = line.client.incoming_phone_numbers.list()
    before = number.voice_url
    set_up = line.client.incoming_phone_numbers(number.sid)
    line.customer.replies["/new"] = "<Response><Say>New</Say></Response>"
    sam = line.telephone(CALLER)
    assert set_up.update(voice_url=line.customer.base + "/new").voice_url.endswith("/new")
    sam.dial()
    assert sam.heard == ["New"]
    with pytest.raises(TwilioRestException) as refused:
        set_up.update(voice_url="nowhere")
    assert refused.value.code == 21502
    set_up.update(voice_url=before)
    application = line.client.applications("AP" + "0d" * 16)
    client_url = application.fetch().voice_url
    assert client_url.endswith("/tw/voice/client")
    assert application.update(voice_url=client_url).voice_url == client_url
