"""What callers and call-takers hear, written as the carrier reads it."""

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest

from helpline.clock import now
from helpline.contacts.models import Contact
from helpline.voice import call_plan, twiml, wording
from helpline.voice.call_plan import Pause, Plan
from helpline.voice.models import Leg

BASE = "https://line.example.org"
CONTACT = Contact(id=uuid.UUID(int=1), conference_name="c-0123456789abcdef", opened_at=now())
LEG = Leg(id=uuid.UUID(int=2), contact_id=CONTACT.id, made_at=now())

PLANS: dict[str, Plan] = {
    "greeting": call_plan.greeting(CONTACT, anybody_on_shift=True),
    "greeting, nobody here": call_plan.greeting(CONTACT, anybody_on_shift=False),
    "waiting": call_plan.waiting(CONTACT.id, 0, anybody_on_shift=True),
    "waiting, nobody here": call_plan.waiting(CONTACT.id, 7, anybody_on_shift=False),
    "on hold": call_plan.on_hold(),
    "screening": call_plan.screening(LEG),
    "call-taker joins": call_plan.call_taker_joins(CONTACT, LEG),
    "too late": call_plan.too_late(),
    "goodbye": call_plan.goodbye(),
    "sorry": call_plan.sorry(),
}


def written(plan: Plan) -> ET.Element:
    # The document is our own.
    return ET.fromstring(twiml.write(plan, BASE))  # noqa: S314


def verbs(plan: Plan) -> list[str]:
    return [verb.tag for verb in written(plan)]


def conferences(plan: Plan) -> Iterator[ET.Element]:
    return written(plan).iter("Conference")


def addresses(plan: Plan) -> Iterator[str]:
    for verb in written(plan).iter():
        for name, value in verb.attrib.items():
            if name in {"action", "waitUrl", "statusCallback", "url"}:
                yield value
        if verb.tag in {"Play", "Redirect"} and verb.text:
            yield verb.text


every_plan = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())


@every_plan
def test_nothing_is_ever_recorded(plan: Plan) -> None:
    assert "Record" not in {verb.tag for verb in written(plan).iter()}
    for verb in written(plan).iter():
        assert verb.attrib.get("record", "do-not-record") == "do-not-record"
        assert "transcribe" not in verb.attrib


@every_plan
def test_nobodys_leaving_ends_a_conference_and_nothing_beeps(plan: Plan) -> None:
    for conference in conferences(plan):
        assert conference.attrib["endConferenceOnExit"] == "false"
        assert conference.attrib["beep"] == "false"
        assert conference.attrib["record"] == "do-not-record"


@every_plan
def test_every_address_is_ours_and_posted_to(plan: Plan) -> None:
    """Only what is posted under our own address carries a signature that we can check."""
    for address in addresses(plan):
        assert address.startswith(f"{BASE}/")
    for conference in conferences(plan):
        # News of who comes and goes is sent again where it does not reach us.
        assert conference.attrib["statusCallback"].endswith("#rc=3&rp=5xx,ct,rt")
    for verb in written(plan).iter():
        for name in verb.attrib:
            if name in {"method", "waitMethod", "statusCallbackMethod"}:
                assert verb.attrib[name] == "POST"


@every_plan
def test_whoever_hears_a_plan_is_never_left_in_silence(plan: Plan) -> None:
    last = verbs(plan)[-1]
    assert last in {"Dial", "Redirect", "Hangup"}, "a plan that just ends cuts people off"


@every_plan
def test_every_word_that_is_spoken_exists_and_is_short(plan: Plan) -> None:
    for said in written(plan).iter("Say"):
        assert said.text
        assert said.attrib["language"] == "en-GB"
        assert len(said.text) < 600


@every_plan
def test_no_address_holds_a_number_and_no_conference_says_whose_it_is(plan: Plan) -> None:
    for address in addresses(plan):
        assert not any(part.startswith("+") for part in address.split("/"))
    for conference in conferences(plan):
        assert conference.text == CONTACT.conference_name


def test_a_caller_waits_inside_the_contacts_own_conference() -> None:
    (conference,) = conferences(PLANS["greeting"])
    assert conference.attrib["startConferenceOnEnter"] == "false"
    assert conference.attrib["participantLabel"] == "caller"
    assert conference.attrib["waitUrl"] == f"{BASE}/tw/voice/wait/{CONTACT.id}?turn=0"
    assert conference.attrib["statusCallback"].split("#")[0] == f"{BASE}/tw/voice/conf/{CONTACT.id}"
    events = conference.attrib["statusCallbackEvent"].split()
    assert {"start", "end", "join", "leave"} <= set(events)
    assert verbs(PLANS["greeting"])[0] == "Say"


def test_a_call_taker_starts_the_conference_in_the_same_room() -> None:
    (conference,) = conferences(PLANS["call-taker joins"])
    assert conference.attrib["startConferenceOnEnter"] == "true"
    assert conference.attrib["participantLabel"] == f"taker-{LEG.id.hex}"
    assert verbs(PLANS["call-taker joins"]) == ["Dial"]


def test_the_same_events_are_asked_for_whoever_comes_first() -> None:
    """The first participant decides for everybody."""
    (caller,) = conferences(PLANS["greeting"])
    (taker,) = conferences(PLANS["call-taker joins"])
    for name in ("statusCallback", "statusCallbackEvent", "beep", "waitUrl"):
        assert caller.attrib[name] == taker.attrib[name]


def test_with_nobody_on_shift_the_caller_is_told_so_and_still_waits() -> None:
    assert verbs(PLANS["greeting, nobody here"]) == ["Say", "Say", "Dial"]


def test_the_waiting_music_and_words_go_on_for_ever() -> None:
    for turn in range(7):
        plan = call_plan.waiting(CONTACT.id, turn, anybody_on_shift=True)
        assert verbs(plan) == ["Play", "Say", "Redirect"]
        assert list(addresses(plan))[-1].endswith(f"?turn={turn + 1}")
    said = {
        written(call_plan.waiting(CONTACT.id, turn, anybody_on_shift=True)).findtext("Say")
        for turn in range(3)
    }
    assert len(said) == 3, "the same sentence over and over wears people out"


def test_a_call_taker_is_asked_for_a_key_twice_and_then_let_go() -> None:
    """A voicemail box presses nothing."""
    plan = written(PLANS["screening"])
    assert [verb.tag for verb in plan] == ["Gather", "Gather", "Say", "Hangup"]
    gather = plan[0]
    assert gather.attrib["action"] == f"{BASE}/tw/voice/leg/{LEG.id}/accept"
    assert (gather.attrib["numDigits"], gather.attrib["input"]) == ("1", "dtmf")
    assert gather.find("Say") is not None


def test_a_held_caller_hears_something_until_somebody_is_back() -> None:
    assert verbs(PLANS["on hold"]) == ["Say", "Play", "Redirect"]
    assert list(addresses(PLANS["on hold"]))[-1] == f"{BASE}/tw/voice/hold"


def test_a_pause_is_written_in_seconds() -> None:
    (pause,) = written((Pause(3),))
    assert (pause.tag, pause.attrib["length"]) == ("Pause", "3")


def test_words_that_nobody_wrote_are_an_error_and_not_silence() -> None:
    with pytest.raises(FileNotFoundError):
        wording.spoken("there_are_no_such_words")


def test_an_apology_needs_nothing_that_may_have_failed() -> None:
    assert verbs(PLANS["sorry"]) == ["Say", "Hangup"]
