"""Whatever people and programs do, in whatever order: what must always hold in the exchange."""

from collections import defaultdict
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twilio.base.exceptions import TwilioRestException

from tests.exchange.conftest import CALLER, NUMBER, OTHER, TAKER, Line

FINAL = {"completed", "busy", "failed", "no-answer", "canceled"}
RANK = {"initiated": 0, "ringing": 1, "in-progress": 2} | dict.fromkeys(FINAL, 3)
ROOM = (
    '<Response><Dial action="/done"><Conference waitUrl="/wait" statusCallback="/conf"'
    ' statusCallbackEvent="start end join leave mute hold modify"'
    ' startConferenceOnEnter="{start}">c-1</Conference></Dial></Response>'
)
MENU = "<Response><Gather numDigits='1' action='/room'><Say>Press 1</Say></Gather></Response>"
ALL = {"initiated", "ringing", "answered", "completed"}

numbers = st.sampled_from([CALLER, OTHER, TAKER])
steps = st.one_of(
    st.tuples(st.just("join"), numbers, st.just("/room")),
    st.tuples(st.just("come in"), numbers, st.just("")),
    st.tuples(st.just("handset"), numbers, st.sampled_from(["dial", "answer", "decline"])),
    st.tuples(st.just("handset"), numbers, st.sampled_from(["hang-up", "keys", "text"])),
    st.tuples(st.just("ring"), numbers, st.sampled_from(["/room", "/menu", "/broken"])),
    st.tuples(st.just("update"), numbers, st.sampled_from(["completed", "canceled", "/menu"])),
    st.tuples(st.just("seat"), numbers, st.sampled_from(["hold", "unhold", "mute", "kick"])),
    st.tuples(st.just("end room"), numbers, st.just("")),
    st.tuples(st.just("wait"), st.integers(1, 40), st.just("")),
)


class Play:
    def __init__(self, line: Line) -> None:
        self.line = line
        line.customer.replies |= {
            "/tw/voice/inbound": MENU,
            "/menu": MENU,
            "/room": ROOM.format(start="true"),
            "/wait": "<Response><Play>/music.mp3</Play><Redirect/></Response>",
            "/hold": "<Response><Pause length='5'/><Redirect/></Response>",
            "/done": "<Response><Say>Goodbye</Say></Response>",
            "/broken": (500, ""),
            "/tw/voice/fallback": "<Response><Say>Sorry</Say></Response>",
        }
        self.people = {number: line.telephone(number) for number in (CALLER, OTHER, TAKER)}

    def live(self, number: str) -> str:
        call = self.people[number].state["call"]
        return "CA" + "0" * 32 if call is None else call["sid"]

    def step(self, kind: str, who, what: str) -> None:
        with suppress(TwilioRestException):
            getattr(self, kind.replace(" ", "_"))(who, what)
        self.line.settle()

    def handset(self, number: str, what: str) -> None:
        wish = {"to": "116000", "body": "hi", "digits": "1"}
        path = f"/control/handsets/{self.people[number].name}/{what}"
        answer = self.line.session.post(self.line.base + path, json=wish, timeout=10)
        assert answer.status_code in {200, 409}

    def join(self, number: str, path: str) -> None:
        self.ring(number, path)
        self.line.settle()
        self.handset(number, "answer")

    def come_in(self, number: str, _what: str) -> None:
        for what in ("dial", "keys"):
            self.handset(number, what)
            self.line.settle()

    def ring(self, number: str, path: str) -> None:
        self.line.client.calls.create(
            to=number,
            from_=NUMBER,
            url=self.line.customer.base + path,
            timeout=20,
            status_callback=self.line.customer.base + "/status",
            status_callback_event=sorted(ALL),
        )

    def update(self, number: str, what: str) -> None:
        call = self.line.client.calls(self.live(number))
        if what.startswith("/"):
            call.update(url=self.line.customer.base + what)
        else:
            call.update(status=what)

    def seat(self, number: str, what: str) -> None:
        for room in self.line.client.conferences.list(status="in-progress"):
            seat = self.line.client.conferences(room.sid).participants(self.live(number))
            if what == "kick":
                seat.delete()
            elif what == "mute":
                seat.update(muted=True)
            else:
                held = what == "hold"
                seat.update(hold=held, hold_url=self.line.customer.base + "/hold")

    def end_room(self, _number: str, _what: str) -> None:
        for room in self.line.client.conferences.list(status="in-progress"):
            self.line.client.conferences(room.sid).update(status="completed")

    def wait(self, seconds: int, _what: str) -> None:
        self.line.advance(seconds)

    def everyone_goes_home(self) -> None:
        for number in self.people:
            self.handset(number, "hang-up")
            self.line.settle()
        self.line.advance(120)

    def check(self) -> None:
        faults = [one for one in self.line.incidents if one["kind"] == "exchange fault"]
        assert faults == []
        self._check_calls()
        self._check_rooms()

    def _check_calls(self) -> None:
        told = defaultdict(list)
        for one in self.line.customer.received:
            if one.path in {"/status", "/tw/voice/status"}:
                told[one.params["CallSid"]].append(one.params)
        for call in self.line.client.calls.list():
            assert call.status in FINAL
            states = [one["CallStatus"] for one in told[call.sid]]
            assert states[-1] == call.status
            assert [RANK[state] for state in states] == sorted({RANK[state] for state in states})
            numbered = [int(one["SequenceNumber"]) for one in told[call.sid]]
            assert numbered == list(range(len(numbered)))

    def _check_rooms(self) -> None:
        rooms = defaultdict(list)
        for one in self.line.customer.at("/conf"):
            rooms[one["ConferenceSid"]].append(one)
        for events in rooms.values():
            assert [int(one["SequenceNumber"]) for one in events] == list(range(1, len(events) + 1))
            names = [one["StatusCallbackEvent"] for one in events]
            assert names.count("conference-end") == 1
            assert names[-1] == "conference-end"
            inside: set[str] = set()
            for one in events:
                name, call = one["StatusCallbackEvent"], one.get("CallSid", "")
                if name == "participant-join":
                    assert call not in inside
                    inside.add(call)
                elif name == "participant-leave":
                    inside.remove(call)
                elif name == "conference-start":
                    assert len(inside) > 1
            assert inside == set()
        for room in self.line.client.conferences.list():
            assert room.status == "completed"


@pytest.fixture
def fresh(line: Line):
    def again() -> Play:
        line.settle()
        line.post("/control/reset")
        line.customer.clear()
        return Play(line)

    return again


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=st.lists(steps, min_size=5, max_size=20))
def test_every_call_and_room_is_told_once_in_order_and_comes_to_an_end(fresh, story):
    play = fresh()
    for kind, who, what in story:
        play.step(kind, who, what)
    play.everyone_goes_home()
    play.check()
