"""Conferences: joining, starting, holding, muting, coaching, leaving and ending."""

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.exchange.conftest import CALLER, NUMBER, OTHER, SOCIAL, TAKER, Line, Telephone

EVENT = {"AccountSid", "ConferenceSid", "FriendlyName", "SequenceNumber", "Timestamp"}
EVENT |= {"StatusCallbackEvent"}
PERSON = {"CallSid", "Muted", "Hold", "Coaching", "EndConferenceOnExit", "StartConferenceOnEnter"}
ROOM = (
    '<Response><Dial action="/done"><Conference waitUrl="/wait" statusCallback="/conf"'
    ' statusCallbackEvent="start end join leave mute hold modify" {how}>c-1</Conference>'
    "</Dial></Response>"
)
CALLER_HOW = 'startConferenceOnEnter="false" participantLabel="caller"'


class Story:
    """A caller waiting, and others who join."""

    def __init__(self, line: Line) -> None:
        self.line = line
        line.customer.replies |= {
            "/tw/voice/inbound": ROOM.format(how=CALLER_HOW),
            "/wait": "<Response><Say>Please wait.</Say><Pause length='9'/><Redirect/></Response>",
            "/done": "<Response><Say>Goodbye.</Say></Response>",
            "/hold": "<Response><Play>/sounds/hold_music.mp3</Play><Redirect/></Response>",
        }
        self.sam = line.telephone(CALLER)
        self.caller = self.sam.dial()

    def joins(self, number: str, how: str) -> tuple[Telephone, str]:
        self.line.customer.replies["/leg"] = ROOM.format(how=how)
        person = self.line.telephone(number)
        call = self.line.ring(number)
        person.do("answer")
        return person, call.sid

    def taker(self, how: str = "") -> tuple[Telephone, str]:
        return self.joins(TAKER, f'participantLabel="taker" {how}')

    @property
    def events(self) -> list[dict[str, str]]:
        return self.line.customer.at("/conf")

    @property
    def names(self) -> list[str]:
        return [one["StatusCallbackEvent"] for one in self.events]

    @property
    def sid(self) -> str:
        return self.events[0]["ConferenceSid"]

    @property
    def room(self):
        return self.line.client.conferences(self.sid)


@pytest.fixture
def story(line: Line) -> Story:
    return Story(line)


def test_a_lone_caller_waits_and_hears_the_waiting_document_again_and_again(story: Story):
    story.line.advance(25)
    assert story.sam.heard == ["Please wait."] * 3
    asked = story.line.customer.at("/wait")[0]
    assert (asked["ConferenceSid"], asked["FriendlyName"]) == (story.sid, "c-1")
    assert story.names == ["participant-join"]
    assert set(story.events[0]) == EVENT | PERSON | {"ParticipantLabel"}
    assert story.events[0]["StartConferenceOnEnter"] == "false"


def test_the_room_starts_when_somebody_who_starts_it_joins(story: Story):
    priya, _ = story.taker()
    assert story.names == ["participant-join", "participant-join", "conference-start"]
    assert [one["SequenceNumber"] for one in story.events] == ["1", "2", "3"]
    assert set(story.events[2]) == EVENT
    heard = len(story.sam.heard)
    story.line.advance(60)
    assert len(story.sam.heard) == heard
    assert priya.heard == ["You are connected."]


def test_one_who_starts_it_waits_as_long_as_nobody_else_is_there(line: Line):
    line.customer.replies["/leg"] = ROOM.format(how="")
    priya = line.telephone(TAKER)
    line.ring(TAKER)
    priya.do("answer")
    assert [one["StatusCallbackEvent"] for one in line.customer.at("/conf")] == ["participant-join"]


def test_two_who_do_not_start_it_wait_together(story: Story):
    story.joins(SOCIAL, 'startConferenceOnEnter="false"')
    assert "conference-start" not in story.names


def test_a_caller_on_hold_hears_the_hold_document_and_comes_back(story: Story):
    story.taker()
    seat = story.room.participants(story.caller)
    held = seat.update(hold=True, hold_url=story.line.customer.base + "/hold")
    assert held.hold is True
    story.line.settle()
    assert story.sam.call["on_hold"]
    story.line.advance(45)
    assert story.sam.heard[-2:] == ["(You are on hold.)", "(hold music)"]
    assert story.line.customer.received[-1].method in {"GET", "POST"}
    first = next(one for one in story.line.customer.received if one.path == "/hold")
    assert first.method == "GET"
    assert [one.call_sid for one in story.room.participants.list(hold=True)] == [story.caller]
    seat.update(hold=False)
    story.line.settle()
    assert story.sam.heard[-1] == "(You are back on the call.)"
    assert story.names[-2:] == ["participant-hold", "participant-unhold"]


def test_muting_is_told_once_each_way_and_can_use_the_label(story: Story):
    story.taker()
    assert story.room.participants("caller").update(muted=True).muted is True
    story.room.participants("caller").update(muted=True)
    assert story.sam.call["muted"]
    story.room.participants("caller").update(muted=False)
    story.line.settle()
    assert story.names[-2:] == ["participant-mute", "participant-unmute"]
    assert story.events[-2]["Muted"] == "true"


def test_a_supervisor_listens_whispers_and_joins_in(story: Story):
    _, taker = story.taker()
    heard = story.sam.heard
    _, supervisor = story.joins(OTHER, 'muted="true" participantLabel="supervisor"')
    assert story.sam.heard == heard
    seat = story.room.participants(supervisor)
    coaching = seat.update(coaching=True, call_sid_to_coach=taker, muted=False)
    assert (coaching.coaching, coaching.call_sid_to_coach) == (True, taker)
    story.line.settle()
    assert story.names[-1] == "participant-modify"
    assert story.events[-1]["CallSidToCoach"] == taker
    assert seat.update(coaching=False).coaching is False
    with pytest.raises(TwilioRestException):
        seat.update(coaching=True, call_sid_to_coach="CA" + "0" * 32)


def test_somebody_put_out_goes_on_with_the_action(story: Story):
    _, taker = story.taker()
    assert story.room.participants("taker").delete()
    story.line.settle()
    left = story.events[-1]
    assert left["StatusCallbackEvent"] == "participant-leave"
    assert left["ReasonParticipantLeft"] == "participant_updated_via_api"
    assert left["ParticipantCallStatus"] == "in-progress"
    assert story.line.customer.at("/done")[0]["CallSid"] == taker
    assert [one.call_sid for one in story.room.participants.list()] == [story.caller]


def test_hanging_up_is_leaving_and_the_last_one_ends_the_room(story: Story):
    priya, taker = story.taker()
    priya.do("hang-up")
    left = story.events[-1]
    assert set(left) == EVENT | PERSON | {
        "ParticipantLabel",
        "ParticipantCallStatus",
        "ReasonParticipantLeft",
    }
    assert left["ReasonParticipantLeft"] == "participant_hung_up"
    assert left["ParticipantCallStatus"] == "completed"
    assert story.sam.heard[-1] == "Someone left the call."
    story.sam.do("hang-up")
    ended = story.events[-1]
    assert ended["ReasonConferenceEnded"] == "last-participant-left"
    assert ended["CallSidEndingConference"] == story.caller
    assert ended["ParticipantLabelEndingConference"] == "caller"
    room = story.room.fetch()
    assert (room.status, room.reason_conference_ended) == ("completed", "last-participant-left")
    assert story.room.participants.list() == []
    with pytest.raises(TwilioRestException) as gone:
        story.room.participants(taker).fetch()
    assert gone.value.status == 404


def test_a_live_call_led_elsewhere_leaves_its_room_at_once(story: Story):
    story.taker()
    story.line.client.calls(story.caller).update(twiml="<Response><Say>Menu</Say></Response>")
    story.line.settle()
    assert story.events[-1]["ReasonParticipantLeft"] == "participant_updated_via_api"
    assert story.events[-1]["ParticipantCallStatus"] == "in-progress"
    assert story.sam.heard[-1] == "Menu"
    assert [one["CallSid"] for one in story.line.customer.at("/done")] == []


def test_a_room_ended_by_the_api_lets_everyone_go_on(story: Story):
    story.taker()
    ended = story.room.update(status="completed")
    assert ended.reason_conference_ended == "conference-ended-via-api"
    story.line.settle()
    reasons = [one.get("ReasonParticipantLeft") for one in story.events[-3:]]
    assert reasons == ["conference_ended_via_api", "conference_ended_via_api", None]
    assert story.events[-1]["ReasonConferenceEnded"] == "conference-ended-via-api"
    assert story.sam.heard[-1] == "Goodbye."
    assert len(story.line.customer.at("/done")) == 2


def test_one_who_ends_the_room_on_leaving_takes_everyone_out(story: Story):
    priya, _ = story.taker('endConferenceOnExit="true"')
    priya.do("hang-up")
    reasons = [one.get("ReasonParticipantLeft") for one in story.events[-3:]]
    assert reasons == ["participant_hung_up", "moderator_ended_conference", None]
    reason = "participant-with-end-conference-on-exit-left"
    assert story.room.fetch().reason_conference_ended == reason


def test_a_label_in_use_keeps_the_second_call_out(story: Story):
    _, call = story.joins(TAKER, CALLER_HOW)
    assert [one.call_sid for one in story.room.participants.list()] == [story.caller]
    assert story.line.customer.at("/done")[0]["DialCallStatus"] == "failed"
    assert "code 16025" in str(story.line.incidents)
    assert call != story.caller


def test_an_ended_name_makes_a_new_room(story: Story):
    first = story.sid
    story.sam.do("hang-up")
    story.sam.dial()
    assert story.events[-1]["StatusCallbackEvent"] == "participant-join"
    assert story.events[-1]["ConferenceSid"] != first
    assert story.events[-1]["SequenceNumber"] == "1"
    live = story.line.client.conferences.list(friendly_name="c-1", status="in-progress")
    assert [one.sid for one in live] == [story.events[-1]["ConferenceSid"]]


def test_a_participant_can_be_rung_straight_into_the_room(story: Story):
    social = story.line.telephone(SOCIAL)
    made = story.room.participants.create(from_=NUMBER, to=SOCIAL, label="social")
    assert (made.status, made.label, made.conference_sid) == ("queued", "social", story.sid)
    story.line.settle()
    social.do("answer")
    assert {one.label for one in story.room.participants.list()} == {"caller", "social"}
    with pytest.raises(TwilioRestException) as refused:
        story.room.participants.create(from_=NUMBER, to=OTHER, label="social")
    assert refused.value.code == 16025


def test_an_announcement_is_heard_by_those_in_the_room(story: Story):
    story.taker()
    story.line.customer.replies["/news"] = "<Response><Say>Two minutes left.</Say></Response>"
    story.room.update(announce_url=story.line.customer.base + "/news")
    story.line.settle()
    assert story.sam.heard[-1] == "Two minutes left."


def test_a_waiting_document_that_fails_leaves_the_caller_in_the_room(line: Line):
    line.customer.replies |= {
        "/tw/voice/inbound": ROOM.format(how=CALLER_HOW),
        "/wait": (500, "oh"),
    }
    sam = line.telephone(CALLER)
    sam.dial()
    line.advance(60)
    assert sam.call["state"] == "in-progress"
    assert "waiting document failed" in str(line.incidents)
