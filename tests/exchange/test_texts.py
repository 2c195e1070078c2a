"""Texts: their states, their errors, and what a handset shows."""

from datetime import UTC, datetime

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.exchange.conftest import ACCOUNT, CALLER, NUMBER, OTHER, SOCIAL, Line

INBOUND = {
    "MessageSid",
    "SmsSid",
    "SmsMessageSid",
    "AccountSid",
    "From",
    "To",
    "Body",
    "NumMedia",
    "NumSegments",
    "SmsStatus",
    "ApiVersion",
} | {f"{side}{place}" for side in ("From", "To") for place in ("City", "State", "Zip", "Country")}
RECEIPT = {"MessageSid", "SmsSid", "MessageStatus", "SmsStatus", "AccountSid", "From", "To"}
RECEIPT |= {"ApiVersion"}
SERVICE = "MG" + "0c" * 16


def send(line: Line, to: str = CALLER, body: str = "Hello", **wish):
    callback = line.customer.base + "/sms"
    if "messaging_service_sid" not in wish:
        wish.setdefault("from_", NUMBER)
    return line.client.messages.create(to=to, body=body, status_callback=callback, **wish)


def told(line: Line) -> list[str]:
    return [one["MessageStatus"] for one in line.customer.at("/sms")]


def refusal(line: Line, **wish) -> int:
    with pytest.raises(TwilioRestException) as refused:
        send(line, **wish)
    assert refused.value.status == 400
    return int(refused.value.code or 0)


def test_a_text_from_a_handset_is_told_with_the_fields_twilio_sends(line: Line):
    line.telephone(CALLER).do("text", to="116 000", body="I'm safe 🙂 — but")
    (text,) = line.customer.at("/tw/sms/inbound")
    assert set(text) == INBOUND
    assert text["MessageSid"] == text["SmsSid"] == text["SmsMessageSid"]
    assert (text["Body"], text["SmsStatus"]) == ("I'm safe 🙂 — but", "received")
    fetched = line.client.messages(text["MessageSid"]).fetch()
    assert (fetched.direction, fetched.status) == ("inbound", "received")


def test_a_very_long_text_arrives_in_parts_that_make_it_whole(line: Line):
    words = "a b" * 1500
    line.telephone(CALLER).do("text", to="116000", body=words)
    parts = line.customer.at("/tw/sms/inbound")
    assert len(parts) == 3
    assert sorted(len(one["Body"]) for one in parts) == [1300, 1600, 1600]


def test_odd_characters_arrive_unchanged(line: Line):
    sam = line.telephone(CALLER)
    for words in ("a\x00b", "<Response/>", "' OR 1=1", "\u202eabc", "line\nline"):
        sam.do("text", to="116000", body=words)
        assert line.customer.at("/tw/sms/inbound")[-1]["Body"] == words


def test_an_answer_in_twiml_is_sent_as_a_reply(line: Line):
    line.customer.replies["/tw/sms/inbound"] = (
        "<Response><Message>We read you.</Message></Response>"
    )
    sam = line.telephone(CALLER)
    sam.do("text", to="116000", body="hi")
    line.advance(2)
    assert sam.state["texts"][-1]["body"] == "We read you."
    assert line.client.messages.list(to=CALLER)[0].direction == "outbound-reply"


def test_an_inbound_text_that_nobody_takes_is_dropped_and_noted(line: Line):
    line.customer.replies["/tw/sms/inbound"] = (500, "oh")
    line.telephone(CALLER).do("text", to="116000", body="hi")
    assert len(line.customer.at("/tw/sms/inbound")) == 1
    assert "inbound text dropped" in str(line.incidents)
    assert [one.body for one in line.client.messages.list(from_=CALLER)] == ["hi"]


def test_receipts_follow_the_message_and_the_first_state_is_not_told(line: Line):
    sent = send(line)
    assert (sent.status, sent.num_segments, sent.direction) == ("queued", "1", "outbound-api")
    line.settle()
    assert told(line) == []
    line.advance(2)
    assert told(line) == ["sending", "sent", "delivered"]
    receipts = line.customer.at("/sms")
    assert set(receipts[0]) == RECEIPT
    assert set(receipts[2]) == RECEIPT | {"RawDlrDoneDate"}
    assert line.client.messages(sent.sid).fetch().date_sent is not None


def test_a_message_by_a_service_is_accepted_first_and_chooses_its_number_later(line: Line):
    sent = send(line, messaging_service_sid=SERVICE)
    assert (sent.status, sent.from_, sent.messaging_service_sid) == ("accepted", None, SERVICE)
    line.advance(2)
    assert line.customer.at("/sms")[0]["MessagingServiceSid"] == SERVICE
    assert line.client.messages(sent.sid).fetch().from_ == NUMBER


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"to": ""}, 21604),
        ({"to": "07700 900123"}, 21211),
        ({"to": "+4477"}, 21211),
        ({"to": NUMBER}, 21266),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"from_": OTHER}, 21606),
        ({"from_": "nobody"}, 21212),
        ({"to": "+15005550001"}, 21211),
        ({"to": "+15005550002"}, 21612),
        ({"to": "+15005550003"}, 21408),
        ({"to": "+15005550004"}, 21610),
        ({"to": "+15005550009"}, 21614),
        ({"from_": "+15005550001"}, 21212),
        ({"from_": "+15005550007"}, 21606),
        ({"from_": "+15005550008"}, 21611),
        ({"validity_period": 36001}, 21624),
        ({"schedule_type": "fixed"}, 35118),
    ],
)
def test_a_message_that_can_not_be_sent_is_refused_with_twilios_code(
    line: Line, wish: dict, code: int
):
    assert refusal(line, **wish) == code


@pytest.mark.parametrize(
    ("to", "states", "code"),
    [
        ("+447700900990", ["sending", "sent", "undelivered"], "30003"),
        ("+447700900992", ["sending", "sent", "undelivered"], "30005"),
        (SOCIAL, ["sending", "sent", "undelivered"], "30006"),
        ("+447700900996", ["sending", "sent"], None),
    ],
)
def test_some_numbers_always_end_the_same_way(line: Line, to: str, states: list, code: str | None):
    sent = send(line, to=to)
    line.advance(5)
    assert told(line) == states
    assert line.customer.at("/sms")[-1].get("ErrorCode") == code
    error = line.client.messages(sent.sid).fetch().error_code
    assert error == (int(code) if code else None)


def test_a_delivery_failure_can_be_switched_on(line: Line):
    line.post("/control/faults", {"delivery": {"code": 21610, "times": 1}})
    sam = line.telephone(CALLER)
    send(line)
    line.advance(2)
    assert told(line) == ["failed"]
    assert sam.state["texts"] == []
    send(line)
    line.advance(2)
    assert told(line)[-1] == "delivered"


def test_a_scheduled_message_waits_and_can_be_canceled(line: Line):
    now = line.get("/control/clock")["seconds"]
    wish = {"messaging_service_sid": SERVICE, "schedule_type": "fixed"}
    at = datetime.fromtimestamp(now + 600, UTC)
    first, second = (send(line, send_at=at, **wish) for _ in range(2))
    assert first.status == "scheduled"
    assert line.client.messages(first.sid).update(status="canceled").status == "canceled"
    line.advance(700)
    assert told(line) == ["canceled", "queued", "sending", "sent", "delivered"]
    with pytest.raises(TwilioRestException) as late:
        line.client.messages(second.sid).update(status="canceled")
    assert late.value.code == 30409


def test_redacting_and_deleting_leave_the_handset_its_copy(line: Line):
    sam = line.telephone(CALLER)
    sent = send(line, body="private")
    line.advance(2)
    assert line.client.messages(sent.sid).update(body="").body == ""
    assert line.client.messages(sent.sid).delete()
    with pytest.raises(TwilioRestException) as gone:
        line.client.messages(sent.sid).fetch()
    assert gone.value.status == 404
    assert line.client.messages.list() == []
    assert sam.state["texts"][0]["body"] == "private"


def test_texts_between_two_handsets_stay_between_them(line: Line):
    sam, mum = line.telephone(CALLER), line.telephone(OTHER)
    sam.do("text", to="07700 900134", body="hi mum")
    assert [one["body"] for one in mum.state["texts"]] == ["hi mum"]
    assert line.customer.received == []


def test_a_thread_appears_when_its_telephone_is_opened_later(line: Line):
    send(line)
    line.advance(2)
    assert [one["body"] for one in line.telephone(CALLER).state["texts"]] == ["Hello"]


def test_a_message_says_which_account_it_belongs_to(line: Line):
    assert send(line).account_sid == ACCOUNT
