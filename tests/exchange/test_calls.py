"""Calls: their states, what is told of them, and how instructions lead them."""

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.exchange.conftest import ACCOUNT, CALLER, NUMBER, OTHER, TAKER, Line

COMMON = {"CallSid", "AccountSid", "ApiVersion", "CallStatus", "Direction", "From", "To"}
COMMON |= {"Caller", "Called"}
PLACES = {
    f"{side}{place}"
    for side in ("From", "To", "Caller", "Called")
    for place in ("City", "State", "Zip", "Country")
}
PROGRESS = {"CallbackSource", "SequenceNumber", "Timestamp"}
EVENTS = ["initiated", "ringing", "answered", "completed"]
PAUSE = "<Response><Pause length='600'/></Response>"


def code_of(refused: pytest.ExceptionInfo[TwilioRestException]) -> int:
    return int(refused.value.code or 0)


def test_an_inbound_call_is_told_with_the_fields_twilio_sends(line: Line):
    line.customer.replies["/tw/voice/inbound"] = PAUSE
    line.telephone(CALLER).dial()
    (request,) = line.customer.at("/tw/voice/inbound")
    assert set(request) == COMMON | PLACES
    assert request["CallStatus"] == "ringing"
    assert request["Direction"] == "inbound"
    assert (request["From"], request["Caller"]) == (CALLER, CALLER)
    assert (request["To"], request["Called"]) == (NUMBER, NUMBER)
    assert request["AccountSid"] == ACCOUNT


def test_a_caller_who_withholds_the_number_is_anonymous_everywhere(line: Line):
    line.customer.replies["/tw/voice/inbound"] = PAUSE
    sam = line.telephone(CALLER)
    sid = sam.dial(withheld=True)
    (request,) = line.customer.at("/tw/voice/inbound")
    assert request["From"] == request["Caller"] == "anonymous"
    assert request["FromCountry"] == ""
    assert sam.call["from"] == "Withheld"
    assert line.client.calls(sid).fetch()._from == "anonymous"


def test_the_end_of_an_inbound_call_is_told_in_seconds_and_billed_minutes(line: Line):
    line.customer.replies["/tw/voice/inbound"] = PAUSE
    sam = line.telephone(CALLER)
    sid = sam.dial()
    line.advance(70)
    sam.do("hang-up")
    (status,) = line.customer.at("/tw/voice/status")
    assert set(status) == COMMON | PLACES | PROGRESS | {"CallDuration", "Duration"}
    assert (status["CallDuration"], status["Duration"]) == ("70", "2")
    assert (status["SequenceNumber"], status["CallStatus"]) == ("0", "completed")
    assert status["CallbackSource"] == "call-progress-events"
    fetched = line.client.calls(sid).fetch()
    assert (fetched.status, fetched.duration) == ("completed", "70")
    assert sam.call["ended_because"] == "You hung up."


def test_a_caller_who_hangs_up_before_the_answer_was_never_in_a_call(line: Line):
    line.post("/control/faults", {"webhooks": {"match": "/inbound", "kind": "delay", "seconds": 9}})
    sam = line.telephone(CALLER)
    sam.dial()
    assert sam.call["state"] == "dialling"
    sam.do("hang-up")
    (status,) = line.customer.at("/tw/voice/status")
    assert (status["CallStatus"], status["CallDuration"], status["Duration"]) == (
        "no-answer",
        "0",
        "0",
    )
    line.advance(60)
    assert sam.call["state"] == "ended"


def test_a_call_placed_is_told_step_by_step_in_order(line: Line):
    line.customer.replies["/leg"] = PAUSE
    priya = line.telephone(TAKER)
    status = line.customer.base + "/status"
    call = line.ring(TAKER, status_callback=status, status_callback_event=EVENTS)
    assert call.status == "queued"
    assert priya.call["from"] == "116000"
    priya.do("answer")
    line.advance(5)
    priya.do("hang-up")
    told = line.customer.at("/status")
    assert [one["CallStatus"] for one in told] == [
        "initiated",
        "ringing",
        "in-progress",
        "completed",
    ]
    assert [one["SequenceNumber"] for one in told] == ["0", "1", "2", "3"]
    assert {one["CallSid"] for one in told} == {call.sid}
    assert line.customer.at("/leg")[0]["Direction"] == "outbound-api"


def test_only_the_events_asked_for_are_told_and_counted(line: Line):
    line.customer.replies["/leg"] = PAUSE
    priya = line.telephone(TAKER)
    line.ring(TAKER, status_callback=line.customer.base + "/status")
    priya.do("answer")
    priya.do("hang-up")
    (told,) = line.customer.at("/status")
    assert (told["CallStatus"], told["SequenceNumber"]) == ("completed", "0")


def test_nobody_answering_ends_a_call_five_seconds_after_its_timeout(line: Line):
    priya = line.telephone(TAKER)
    call = line.ring(TAKER, timeout=20, status_callback=line.customer.base + "/status")
    line.advance(24)
    assert priya.call["state"] == "ringing"
    line.advance(1)
    assert line.customer.at("/status")[0]["CallStatus"] == "no-answer"
    assert line.client.calls(call.sid).fetch().status == "no-answer"
    assert line.customer.at("/leg") == []
    assert line.refused(f"/control/handsets/{priya.name}/answer", {})[0] == 409


def test_declining_is_busy(line: Line):
    priya = line.telephone(TAKER)
    line.ring(TAKER, status_callback=line.customer.base + "/status")
    priya.do("decline")
    (told,) = line.customer.at("/status")
    assert (told["CallStatus"], told["SipResponseCode"]) == ("busy", "486")


def test_a_telephone_in_a_call_is_busy_for_the_next(line: Line):
    line.customer.replies["/tw/voice/inbound"] = PAUSE
    sam = line.telephone(CALLER)
    sam.dial()
    call = line.ring(CALLER)
    assert line.client.calls(call.sid).fetch().status == "busy"
    assert sam.call["direction"] == "out"


def test_a_number_nobody_holds_rings_out(line: Line):
    call = line.ring(OTHER, timeout=10)
    assert line.client.calls(call.sid).fetch().status == "ringing"
    line.advance(15)
    assert line.client.calls(call.sid).fetch().status == "no-answer"


def test_a_softphone_that_is_not_registered_gives_no_answer_at_once(line: Line):
    call = line.ring("client:worker_7", status_callback=line.customer.base + "/status")
    assert line.client.calls(call.sid).fetch().status == "no-answer"
    assert line.customer.at("/status")[0]["SipResponseCode"] == "480"


def test_a_ringing_call_can_be_canceled(line: Line):
    priya = line.telephone(TAKER)
    call = line.ring(TAKER, status_callback=line.customer.base + "/status")
    assert line.client.calls(call.sid).update(status="canceled").status == "canceled"
    line.settle()
    assert priya.call["state"] == "ended"
    assert line.customer.at("/status")[0]["CallStatus"] == "canceled"
    with pytest.raises(TwilioRestException) as refused:
        line.client.calls(call.sid).update(status="canceled")
    assert code_of(refused) == 21220


def test_a_live_call_can_be_completed_and_led_elsewhere(line: Line):
    line.customer.replies |= {
        "/tw/voice/inbound": PAUSE,
        "/menu": "<Response><Say>Menu</Say><Pause length='60'/></Response>",
    }
    sam = line.telephone(CALLER)
    sid = sam.dial()
    line.client.calls(sid).update(url=line.customer.base + "/menu")
    line.settle()
    assert sam.heard == ["Menu"]
    line.client.calls(sid).update(twiml="<Response><Say>Short</Say><Pause/></Response>")
    line.settle()
    assert sam.heard == ["Menu", "Short"]
    line.client.calls(sid).update(status="completed")
    line.settle()
    assert sam.call["state"] == "ended"
    assert sam.call["ended_because"] == "The helpline ended the call."
    assert len(line.customer.at("/tw/voice/status")) == 1


def test_a_ringing_call_can_not_be_led_elsewhere(line: Line):
    line.telephone(TAKER)
    call = line.ring(TAKER)
    with pytest.raises(TwilioRestException) as refused:
        line.client.calls(call.sid).update(url=line.customer.base + "/menu")
    assert code_of(refused) == 21220


def test_a_refused_caller_is_told_busy_and_is_not_billed(line: Line):
    line.customer.replies["/tw/voice/inbound"] = "<Response><Reject reason='busy'/></Response>"
    sam = line.telephone(CALLER)
    sam.dial()
    (status,) = line.customer.at("/tw/voice/status")
    assert (status["CallStatus"], status["CallDuration"]) == ("busy", "0")


def test_a_time_limit_ends_a_call(line: Line):
    line.customer.replies["/leg"] = PAUSE
    priya = line.telephone(TAKER)
    line.ring(TAKER, time_limit=60)
    priya.do("answer")
    line.advance(61)
    assert priya.call["ended_because"] == "The call reached its time limit."


def test_an_application_that_fails_is_replaced_by_its_fallback(line: Line):
    line.customer.replies |= {
        "/tw/voice/inbound": (500, "oh"),
        "/tw/voice/fallback": "<Response><Say>Please try again.</Say></Response>",
    }
    sam = line.telephone(CALLER)
    sam.dial()
    (request,) = line.customer.at("/tw/voice/fallback")
    assert request["ErrorCode"] == "11200"
    assert request["ErrorUrl"] == line.customer.base + "/tw/voice/inbound"
    assert sam.heard == ["Please try again."]
    assert {one["kind"] for one in line.incidents} >= {"webhook failed", "fallback used"}


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        ("not xml", "text/xml", "12100"),
        ("<Answer/>", "text/xml", "12102"),
        ("<!DOCTYPE x><Response/>", "text/xml", "12100"),
        ("{}", "application/json", "12300"),
        ("<Response>" + " " * 70_000 + "</Response>", "text/xml", "11750"),
    ],
)
def test_twiml_that_can_not_be_used_is_refused_with_its_code(
    line: Line, reply: str, kind: str, code: str
):
    line.customer.replies["/tw/voice/inbound"] = reply
    line.customer.content_types["/tw/voice/inbound"] = kind
    line.customer.replies["/tw/voice/fallback"] = PAUSE
    line.telephone(CALLER).dial()
    assert line.customer.at("/tw/voice/fallback")[0]["ErrorCode"] == code


def test_without_any_instructions_the_caller_hears_an_apology(line: Line):
    line.customer.replies |= {"/tw/voice/inbound": (500, ""), "/tw/voice/fallback": (500, "")}
    sam = line.telephone(CALLER)
    sam.dial()
    assert sam.heard == ["We are sorry, an application error has occurred. Goodbye."]
    line.advance(10)
    assert line.customer.at("/tw/voice/status")[0]["CallStatus"] == "completed"


def test_instructions_that_go_in_circles_are_cut_off(line: Line):
    line.customer.replies["/tw/voice/inbound"] = "<Response><Redirect/></Response>"
    sam = line.telephone(CALLER)
    sam.dial()
    line.advance(10)
    assert sam.call["state"] == "ended"
    assert len(line.customer.at("/tw/voice/inbound")) < 60


def test_relative_addresses_lead_from_where_the_document_came_from(line: Line):
    line.customer.replies |= {
        "/tw/voice/inbound": "<Response><Redirect method='GET'>../next?a=1</Redirect></Response>",
        "/tw/next": "<Response><Say>There</Say></Response>",
    }
    sam = line.telephone(CALLER)
    sam.dial()
    assert sam.heard == ["There"]
    assert line.customer.received[-1].method == "GET"
    assert line.customer.at("/tw/next")[0]["CallSid"] == sam.call["sid"]


def test_two_people_are_connected_and_the_action_hears_how_it_went(line: Line):
    line.customer.replies |= {
        "/tw/voice/inbound": f"<Response><Dial action='/done'>{TAKER}</Dial></Response>",
        "/done": "<Response><Say>Bye</Say></Response>",
    }
    sam, priya = line.telephone(CALLER), line.telephone(TAKER)
    sid = sam.dial()
    priya.do("answer")
    assert priya.heard == ["You are connected."]
    child = line.client.calls.list(parent_call_sid=sid)[0]
    assert child.direction == "outbound-dial"
    line.advance(30)
    priya.do("hang-up")
    (done,) = line.customer.at("/done")
    assert (done["DialCallStatus"], done["DialCallSid"]) == ("completed", child.sid)
    assert done["DialCallDuration"] == "30"
    assert sam.heard[-1] == "Bye"


def test_a_caller_who_rings_off_while_somebody_is_rung_stops_the_ringing(line: Line):
    line.customer.replies["/tw/voice/inbound"] = (
        f"<Response><Dial action='/done'><Number>{TAKER}</Number></Dial></Response>"
    )
    sam, priya = line.telephone(CALLER), line.telephone(TAKER)
    sam.dial()
    assert priya.call["state"] == "ringing"
    sam.do("hang-up")
    assert priya.call["state"] == "ended"
    assert line.customer.at("/done")[0]["CallStatus"] == "completed"


def test_a_message_is_recorded_until_the_caller_hangs_up(line: Line):
    line.customer.replies["/tw/voice/inbound"] = (
        "<Response><Record action='/kept' recordingStatusCallback='/stored'/></Response>"
    )
    sam = line.telephone(CALLER)
    sam.dial()
    line.advance(12)
    sam.do("hang-up")
    (kept,) = line.customer.at("/kept")
    assert (kept["RecordingDuration"], kept["Digits"]) == ("12", "hangup")
    (stored,) = line.customer.at("/stored")
    assert stored["RecordingSid"] == kept["RecordingSid"]
    assert stored["RecordingStatus"] == "completed"
    recording = line.client.recordings(kept["RecordingSid"]).fetch()
    assert recording.duration == "12"
    sound = line.session.get(kept["RecordingUrl"] + ".wav", auth=(ACCOUNT, "a-token-for-tests"))
    assert sound.content.startswith(b"RIFF")
    assert line.session.get(kept["RecordingUrl"] + ".wav").status_code == 401
    assert recording.delete()
