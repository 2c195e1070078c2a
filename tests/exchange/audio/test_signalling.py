"""Registering, ringing and losing touch: the signalling of softphones, message by message."""

import threading
import time

import jwt

from tests.exchange.audio.conftest import Floor, token_for
from tests.exchange.conftest import ACCOUNT, SECRET

LUKE, PRIYA = 700.0, 1100.0
WAIT = "<Response><Pause length='60'/></Response>"


def refusal(floor: Floor, token: str) -> int:
    phone = floor.softphone("luke", LUKE)
    phone.token = token
    floor.run(phone.connect())
    return floor.run(phone.told("error"))["error"]["code"]


def status_of(floor: Floor, call) -> str:
    return floor.client.calls(call.sid).fetch().status


def comes_to_be(floor: Floor, call, status: str) -> bool:
    """Ask, as often as it takes for at most ten seconds, until a call has this state."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if status_of(floor, call) == status:
            return True
    return False


def told_by_then(floor: Floor, path: str):
    """Give the first webhook to a path, waiting at most ten seconds: news follows the event."""
    end = time.monotonic() + 10
    while not floor.customer.at(path):
        assert time.monotonic() < end, f"nothing was told to {path}"
        threading.Event().wait(0.02)
    return floor.customer.at(path)[0]


def test_who_shows_a_good_token_is_connected_and_ready(floor: Floor):
    phone = floor.softphone("luke", LUKE)
    floor.run(phone.connect())
    connected = floor.run(phone.told("connected"))
    assert connected["token"]["identity"] == "luke"
    assert 3590 <= connected["token"]["ttl"] <= 3600
    floor.run(phone.send("register", media={"audio": True}))
    floor.run(phone.told("ready"))
    assert floor.told("/control/softphones")["softphones"] == [{"identity": "luke", "devices": 1}]


def test_a_token_signed_by_somebody_else_is_invalid(floor: Floor):
    assert refusal(floor, token_for("luke", secret="another-secret-of-thirty-two-let")) == 31204


def test_what_is_no_token_is_invalid(floor: Floor):
    assert refusal(floor, "") == 31204
    assert refusal(floor, "a.b.c") == 31204


def test_a_token_of_another_account_is_invalid(floor: Floor):
    claims = jwt.decode(token_for("luke"), SECRET, algorithms=["HS256"])
    for changed in ({"sub": "AC" + "9" * 32}, {"iss": "SK" + "9" * 32}, {"grants": {}}):
        token = jwt.encode(claims | changed, SECRET, headers={"cty": "twilio-fpa;v=1"})
        assert refusal(floor, token) == 31204


def test_a_token_that_is_over_says_so(floor: Floor):
    assert refusal(floor, token_for("luke", ttl=-5)) == 31205


def test_a_token_for_longer_than_a_day_is_refused(floor: Floor):
    assert refusal(floor, token_for("luke", ttl=2 * 86400)) == 31207


def test_a_token_that_allows_no_incoming_calls_can_not_register(floor: Floor):
    phone = floor.softphone("luke", LUKE, incoming_allow=False)
    floor.run(phone.connect())
    floor.run(phone.send("register"))
    assert floor.run(phone.told("error"))["error"]["code"] == 31201


def test_nothing_is_done_for_somebody_who_has_not_shown_a_token(floor: Floor):
    phone = floor.softphone("luke", LUKE)
    phone.token = "none"
    floor.run(phone.connect())
    floor.run(phone.told("error"))
    floor.run(phone.send("register"))
    assert floor.run(phone.told("error"))["error"]["code"] == 31201


def test_a_fresh_token_of_the_same_person_is_taken_and_anothers_is_not(floor: Floor):
    luke = floor.registered("luke", LUKE)
    floor.run(luke.told("connected"))
    floor.run(luke.send("listen", token=token_for("luke", ttl=60)))
    assert floor.run(luke.told("connected"))["token"]["ttl"] <= 60
    floor.run(luke.send("listen", token=token_for("priya")))
    assert floor.run(luke.told("error"))["error"]["code"] == 31204


def test_nonsense_does_no_harm(floor: Floor):
    luke = floor.registered("luke", LUKE)
    for nonsense in ("{", "[]", '"x"', "{}", '{"type":5}', '{"type":"invite","payload":[]}'):
        floor.run(luke._socket.send_str(nonsense))
    floor.run(luke.send("dtmf", callsid=None, dtmf=7))
    floor.run(luke.send("register"))
    floor.run(luke.told("ready"))


def test_an_identity_nobody_registered_is_not_reached(floor: Floor):
    call = floor.ring("nobody", status_callback=floor.customer.base + "/status")
    assert comes_to_be(floor, call, "no-answer")
    assert told_by_then(floor, "/status")["SipResponseCode"] == "480"


def test_two_devices_ring_together_and_the_first_to_accept_has_the_call(floor: Floor):
    floor.customer.replies["/leg"] = WAIT
    desk, pocket = floor.registered("luke", LUKE), floor.registered("luke", LUKE)
    call = floor.ring("luke")
    floor.run(pocket.accept())
    assert floor.run(desk.told("cancel"))["callsid"] == call.sid
    assert status_of(floor, call) == "in-progress"


def test_a_call_is_declined_when_every_device_rejected_it(floor: Floor):
    desk, pocket = floor.registered("luke", LUKE), floor.registered("luke", LUKE)
    call = floor.ring("luke")
    for phone in (desk, pocket):
        assert status_of(floor, call) in {"queued", "ringing"}
        invite = floor.run(phone.told("invite"))
        floor.run(phone.send("reject", callsid=invite["callsid"]))
    assert comes_to_be(floor, call, "busy")


def test_a_call_that_is_withdrawn_stops_ringing(floor: Floor):
    luke = floor.registered("luke", LUKE)
    call = floor.ring("luke")
    floor.run(luke.told("invite"))
    floor.client.calls(call.sid).update(status="canceled")
    assert floor.run(luke.told("cancel"))["callsid"] == call.sid


def test_a_softphone_calls_out_through_the_application(floor: Floor):
    floor.customer.replies["/tw/voice/client"] = WAIT
    luke = floor.registered("luke", LUKE)
    floor.run(luke.call("To=room&reason=whisper&CallSid=CAforged&AccountSid=forged"))
    (webhook,) = floor.customer.at("/tw/voice/client")
    assert webhook["From"] == "client:luke"
    assert (webhook["To"], webhook["reason"]) == ("room", "whisper")
    assert (webhook["CallSid"], webhook["AccountSid"]) == (luke.sid, ACCOUNT)
    floor.run(luke.send("hangup", callsid=luke.sid))
    floor.run(luke.told("hangup"))


def test_a_softphone_without_an_application_can_not_call_out(floor: Floor):
    luke = floor.softphone("luke", LUKE, outgoing_application_sid=None)
    floor.run(luke.register())
    floor.run(luke.send("invite", callsid="TJS1", sdp="v=0", twilio={}))
    assert floor.run(luke.told("hangup"))["error"]["code"] == 31201


def test_nobody_ends_the_call_of_somebody_else(floor: Floor):
    floor.customer.replies["/leg"] = WAIT
    luke, priya = floor.registered("luke", LUKE), floor.registered("priya", PRIYA)
    call = floor.ring("luke")
    floor.run(luke.accept())
    floor.run(priya.send("hangup", callsid=luke.sid))
    floor.run(priya.send("register"))
    floor.run(priya.told("ready"))
    assert status_of(floor, call) == "in-progress"


def test_a_call_goes_on_when_the_signalling_is_cut_and_is_found_again(floor: Floor):
    luke, priya = floor.bring_in("luke", LUKE), floor.bring_in("priya", PRIYA)
    floor.run(luke.sound.hears({PRIYA}, {LUKE, PRIYA}))
    assert floor.ask("/control/softphones/cut")["cut"] == 2
    floor.run(luke.sound.hears({PRIYA}, {LUKE, PRIYA}))
    floor.run(luke.register())
    floor.run(luke.send("invite", callsid=luke.sid, reconnect=luke.reconnect, sdp="", twilio={}))
    assert floor.run(luke.told("answer"))["callsid"] == luke.sid
    floor.run(luke.send("hangup", callsid=luke.sid))
    floor.run(priya.sound.hears(set(), {LUKE, PRIYA}))


def test_a_call_is_not_found_again_with_a_wrong_word(floor: Floor):
    luke = floor.bring_in("luke", LUKE)
    floor.run(luke.send("invite", callsid=luke.sid, reconnect="guess", sdp="", twilio={}))
    assert floor.run(luke.told("hangup"))["error"]["code"] == 31107
