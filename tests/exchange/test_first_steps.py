"""The shortest stories: a call in, a call out, a text each way."""

from tests.exchange.conftest import CALLER, NUMBER, TAKER, Line

GREETING = "<Response><Say>Hello, this is the helpline.</Say></Response>"
ROOM = (
    '<Response><Dial><Conference startConferenceOnEnter="{start}" waitUrl="/wait"'
    ' participantLabel="{label}" statusCallback="/conf"'
    ' statusCallbackEvent="start end join leave">c-1</Conference></Dial></Response>'
)


def test_a_caller_hears_the_greeting_and_is_rung_off_at_its_end(line: Line):
    line.customer.replies["/tw/voice/inbound"] = GREETING
    sam = line.telephone(CALLER)
    sam.dial()
    assert sam.heard == ["Hello, this is the helpline."]
    assert sam.call["state"] == "in-progress"
    line.advance(5)
    assert sam.call["state"] == "ended"
    (status,) = line.customer.at("/tw/voice/status")
    assert status["CallStatus"] == "completed"


def test_a_caller_and_a_call_taker_meet_in_a_conference(line: Line):
    line.customer.replies["/tw/voice/inbound"] = ROOM.format(start="false", label="caller")
    line.customer.replies["/wait"] = "<Response><Play>/hold-music.mp3</Play><Redirect/></Response>"
    line.customer.replies["/leg"] = ROOM.format(start="true", label="taker")
    sam, priya = line.telephone(CALLER), line.telephone(TAKER)
    sam.dial()
    line.advance(30)
    assert sam.heard == ["(hold music)"]
    line.ring(TAKER)
    assert priya.call["state"] == "ringing"
    priya.do("answer")
    assert sam.heard[-1] == "You are through to the helpline."
    events = [one["StatusCallbackEvent"] for one in line.customer.at("/conf")]
    assert events == ["participant-join", "participant-join", "conference-start"]
    sam.do("hang-up")
    priya.do("hang-up")
    assert line.customer.at("/conf")[-1]["StatusCallbackEvent"] == "conference-end"


def test_a_text_goes_in_and_its_answer_comes_back(line: Line):
    sam = line.telephone(CALLER)
    sam.do("text", to="116000", body="hi")
    (text,) = line.customer.at("/tw/sms/inbound")
    assert (text["Body"], text["From"], text["To"]) == ("hi", CALLER, NUMBER)
    sent = line.client.messages.create(
        to=CALLER, from_=NUMBER, body="Hello", status_callback=line.customer.base + "/sms"
    )
    assert sent.status == "queued"
    line.advance(2)
    states = [one["MessageStatus"] for one in line.customer.at("/sms")]
    assert states == ["sending", "sent", "delivered"]
    texts = [(one["direction"], one["other"], one["body"]) for one in sam.state["texts"]]
    assert texts == [("out", "116000", "hi"), ("in", "116000", "Hello")]
