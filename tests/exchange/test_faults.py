"""Faults on a switch: how one is taken off, and a leg that dies."""

import pytest

from tests.exchange.conftest import CALLER, OTHER, TAKER, Line

PAUSE = "<Response><Pause length='600'/></Response>"


@pytest.fixture(autouse=True)
def _line_that_talks(line: Line) -> None:
    line.customer.replies["/tw/voice/inbound"] = PAUSE
    line.customer.replies["/leg"] = PAUSE


def test_a_fault_wanted_no_times_takes_off_its_kind_and_no_other(line: Line):
    line.post(
        "/control/faults",
        {
            "webhooks": [
                {"kind": "drop", "match": "/tw/sms/"},
                {"kind": "drop"},
                {"kind": "delay"},
            ],
            "delivery": [{"code": 30003, "times": 2}, {"code": 30007}],
        },
    )
    wish = {"webhooks": {"kind": "drop", "times": 0}, "delivery": {"code": 30003, "times": 0}}
    left = line.post("/control/faults", wish)
    assert [one["kind"] for one in left["webhooks"]] == ["delay"]
    assert [one["code"] for one in left["delivery"]] == [30007]


@pytest.mark.parametrize("seconds", [-5, "NaN", "Infinity", 1e12])
def test_the_seconds_of_a_fault_stay_within_a_day(line: Line, seconds):
    left = line.post("/control/faults", {"legs": {"seconds": seconds}})
    assert 0 <= left["legs"][0]["seconds"] <= 86400


def test_a_phone_that_is_lost_ends_its_call_and_stays_away_until_all_is_put_right(line: Line):
    sam = line.telephone(CALLER)
    line.post("/control/faults", {"legs": {"seconds": 30}})
    sam.dial()
    line.advance(29)
    assert sam.call["state"] == "in-progress"
    line.advance(2)
    assert (sam.call["state"], sam.call["ended_because"]) == ("ended", "The line went dead.")
    assert line.customer.at("/tw/voice/status")[-1]["CallStatus"] == "completed"
    assert line.get("/control/faults")["legs"] == []
    lost = line.get("/control/legs")["lost"]
    assert [one["handset"] for one in lost] == [sam.name]
    line.post("/control/faults", {})
    assert sam.state["reachable"] is True
    assert line.get("/control/legs") == {"live": [], "lost": []}


def test_only_the_number_that_is_named_is_lost_even_when_it_is_withheld(line: Line):
    sam, luke = line.telephone(CALLER), line.telephone(OTHER)
    line.post("/control/faults", {"legs": {"number": "07700 900134", "seconds": 0}})
    sam.dial()
    luke.dial(withheld=True)
    line.settle()
    assert (sam.call["state"], luke.call["state"]) == ("in-progress", "ended")


def test_a_call_that_ends_in_time_does_not_lose_its_phone(line: Line):
    sam = line.telephone(CALLER)
    line.post("/control/faults", {"legs": {"seconds": 30}})
    sam.dial()
    sam.do("hang-up")
    line.advance(60)
    assert (sam.call["ended_because"], sam.state["reachable"]) == ("You hung up.", True)


def test_a_leg_dies_when_told_and_only_once(line: Line):
    priya = line.telephone(TAKER)
    call = line.ring(TAKER)
    assert line.get("/control/legs")["live"] == []
    priya.do("answer")
    (leg,) = line.get("/control/legs")["live"]
    assert leg == {"sid": call.sid, "number": TAKER, "name": ""}
    answer = line.post(f"/control/legs/{leg['sid']}/die")
    line.settle()
    assert answer["live"] == []
    assert (priya.call["state"], priya.state["reachable"]) == ("ended", False)
    assert line.client.calls(call.sid).fetch().status == "completed"
    assert line.refused(f"/control/legs/{leg['sid']}/die", {})[0] == 409


def test_a_leg_that_never_was_can_not_die(line: Line):
    assert line.refused("/control/legs/CA0/die", {}) == (409, "That call is over.")


def test_a_number_that_makes_no_sense_is_refused(line: Line):
    assert line.refused("/control/faults", {"legs": {"number": "x"}})[0] == 400
