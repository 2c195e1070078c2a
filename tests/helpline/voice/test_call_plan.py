"""What callers and call-takers hear, written as the carrier reads it."""

import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpline.clock import now
from helpline.contacts.models import Contact, Language
from helpline.voice import bars, call_plan, closed, menu, twiml, voicemails, wording
from helpline.voice.call_plan import COMFORT, Pause, Plan, Say
from helpline.voice.models import Leg

BASE = "https://line.example.org"
# The carrier has one Welsh voice, which must be named.
VOICES = {("en-GB", None), ("cy-GB", "Polly.Gwyneth")}
A_SECOND = 2.5
"""Words that are spoken in a second."""
CONTACT = Contact(
    id=uuid.UUID(int=1), conference_name="c-0123456789abcdef", opened_at=now(), language=Language.en
)
WELSH = Contact(
    id=uuid.UUID(int=3), conference_name="c-1234567890abcdef", opened_at=now(), language=Language.cy
)
LEG = Leg(id=uuid.UUID(int=2), contact_id=CONTACT.id, made_at=now())

VOICEMAIL = voicemails.plan(CONTACT)
WAITS = (
    *("nobody_before_you", "one_before_you", "some_before_you", "many_before_you"),
    *("others_waited", "others_waited_a_minute"),
)
FOR_CALLERS = (
    *COMFORT,
    *WAITS,
    *("barred", "barred_goodbye"),
    *("choice", "closed", "closed_choice", "closed_for_now", "days", "greeting"),
    *("in_this_language", "leave_message", "menu", "menu_again", "message_left", "no_such_key"),
    *("nobody_here", "nothing_heard", "on_hold", "other_ways", "parts_of_the_day", "put_through"),
    *("sorry", "wait_on", "when_on_day", "when_today", "when_tomorrow"),
)
PLANS: dict[str, Plan] = {
    "greeting": menu.greeting(CONTACT, in_welsh_too=True),
    "greeting, English only": menu.greeting(CONTACT, in_welsh_too=False),
    "greeting, in Welsh": menu.greeting(WELSH, in_welsh_too=True),
    "caller joins": (call_plan.caller_joins(CONTACT),),
    "choice": call_plan.choice(CONTACT),
    "choice, in Welsh": call_plan.choice(WELSH),
    "other ways": call_plan.other_ways(CONTACT),
    "other ways, in Welsh": call_plan.other_ways(WELSH),
    "closed": (
        Say("closed", values=(("when", "tomorrow at 9 in the morning"),)),
        *closed._ask(CONTACT, 1, ()),
    ),
    "closed for now, in Welsh": (
        Say("closed_for_now", Language.cy),
        *closed._ask(WELSH, 1, ()),
    ),
    "barred": bars.greeting(CONTACT),
    "barred, in Welsh": bars.greeting(WELSH),
    "waits told": tuple(
        Say(words, each, (("number", "3"), ("minutes", "5")))
        for words in WAITS
        for each in Language
    )
    + call_plan.goodbye(),
    "voicemail": VOICEMAIL,
    "waits on": call_plan.waits_on(CONTACT),
    "waiting, in Welsh": call_plan.waiting(
        CONTACT.id, 1, anybody_on_shift=True, language=Language.cy
    ),
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
def test_nothing_is_ever_recorded_but_a_voicemail(plan: Plan) -> None:
    if plan is not VOICEMAIL:
        assert "Record" not in {verb.tag for verb in written(plan).iter()}
    for verb in written(plan).iter():
        assert verb.attrib.get("record", "do-not-record") == "do-not-record"
        assert verb.attrib.get("transcribe", "false") == "false"


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
        assert (said.attrib["language"], said.attrib.get("voice")) in VOICES
        assert len(said.text) < 600


@every_plan
def test_no_address_holds_a_number_and_no_conference_says_whose_it_is(plan: Plan) -> None:
    for address in addresses(plan):
        assert not any(part.startswith("+") for part in address.split("/"))
    for conference in conferences(plan):
        assert conference.text in {CONTACT.conference_name, WELSH.conference_name}


def test_a_caller_waits_inside_the_contacts_own_conference() -> None:
    (conference,) = conferences(PLANS["caller joins"])
    assert conference.attrib["startConferenceOnEnter"] == "false"
    assert conference.attrib["participantLabel"] == "caller"
    assert conference.attrib["waitUrl"] == f"{BASE}/tw/voice/wait/{CONTACT.id}?turn=0"
    assert conference.attrib["statusCallback"].split("#")[0] == f"{BASE}/tw/voice/conf/{CONTACT.id}"
    events = conference.attrib["statusCallbackEvent"].split()
    assert {"start", "end", "join", "leave"} <= set(events)


def test_a_call_taker_starts_the_conference_in_the_same_room() -> None:
    (conference,) = conferences(PLANS["call-taker joins"])
    assert conference.attrib["startConferenceOnEnter"] == "true"
    assert conference.attrib["participantLabel"] == f"taker-{LEG.id.hex}"
    assert verbs(PLANS["call-taker joins"]) == ["Dial"]


def test_the_same_events_are_asked_for_whoever_comes_first() -> None:
    """The first participant decides for everybody."""
    (caller,) = conferences(PLANS["caller joins"])
    (taker,) = conferences(PLANS["call-taker joins"])
    for name in ("statusCallback", "statusCallbackEvent", "beep", "waitUrl"):
        assert caller.attrib[name] == taker.attrib[name]


def test_the_greeting_says_free_confidential_and_its_limits_in_fifteen_seconds() -> None:
    words, _ = wording.spoken("greeting")
    assert len(words.split()) / A_SECOND < 15
    for said in ("free and confidential", "never recorded", "serious danger", "may listen"):
        assert said in words


def test_a_key_counts_from_the_first_word_of_the_greeting_on() -> None:
    gather, redirect = written(PLANS["greeting"])
    assert [said.tag for said in gather] == ["Say", "Say", "Say"]
    assert gather.attrib["numDigits"] == "1"
    assert redirect.text == gather.attrib["action"], "nothing pressed is an answer too"
    greeting, welsh, menu_itself = gather
    assert greeting.attrib["language"] == "en-GB"
    assert welsh.attrib["language"] == "cy-GB"
    assert "press 1" in str(menu_itself.text)


def test_no_language_is_offered_that_nobody_here_speaks() -> None:
    said = list(written(PLANS["greeting, English only"]).iter("Say"))
    assert {each.attrib["language"] for each in said} == {"en-GB"}
    assert len(said) == 2


def test_a_voicemail_is_announced_short_and_never_shared_with_a_conference() -> None:
    said, record, redirect = written(VOICEMAIL)
    assert "after the tone" in str(said.text).lower()
    assert "deleted" in str(said.text)
    assert int(record.attrib["maxLength"]) == 120
    assert record.attrib["recordingStatusCallback"].startswith(f"{BASE}/tw/voice/recording/")
    assert record.attrib["recordingStatusCallback"].endswith("#rc=3&rp=5xx,ct,rt")
    assert redirect.text == record.attrib["action"], "where nothing is said the call goes on"
    assert not list(written(VOICEMAIL).iter("Conference"))


def test_a_recording_is_asked_for_in_one_place_only() -> None:
    makers = [
        str(path)
        for path in Path("helpline").rglob("*.py")
        if re.search(
            r"\bRecord\(|response\.record\(|recording_start|recordings\.create",
            path.read_text("utf-8"),
        )
    ]
    assert sorted(makers) == ["helpline/voice/twiml.py", "helpline/voice/voicemails.py"]


def test_a_welsh_caller_hears_welsh_all_the_way() -> None:
    for name in ("choice, in Welsh", "other ways, in Welsh", "waiting, in Welsh"):
        for said in written(PLANS[name]).iter("Say"):
            assert said.attrib["language"] == "cy-GB", name
    assert list(addresses(PLANS["waiting, in Welsh"]))[-1].endswith("?turn=2&in=cy")
    (conference,) = conferences(PLANS["other ways, in Welsh"])
    assert conference.attrib["waitUrl"].endswith("?turn=0&in=cy")


def test_all_that_callers_hear_is_there_in_welsh() -> None:
    for name in FOR_CALLERS:
        assert wording.spoken(name, Language.cy)[1] is Language.cy, name


def test_what_nobody_put_into_welsh_is_said_in_english_and_not_left_out() -> None:
    words, language = wording.spoken("press_1", Language.cy)
    assert language is Language.en
    assert "Press 1" in words


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
