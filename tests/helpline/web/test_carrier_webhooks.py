"""Only the carrier gets in, each event counts once, and nothing thrown at the door is a 500."""

import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpline import audit, outbox
from helpline.contacts.models import Contact, ContactState
from helpline.sms.models import Direction, Text, TextState
from helpline.voice.models import Leg
from helpline.web.access import Audience, audience_of
from helpline.web.events import CarrierEvent
from tests.helpline import making
from tests.signing import sign
from tests.system import ACCOUNT, TOKEN, System

SAM = "+447700900123"
AN_ID = "00000000-0000-4000-8000-000000000000"
# The system is emptied before each test, not before each example: no example may leave a trace.
HERE = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@dataclass
class Door:
    """Where webhooks arrive, and what came through it."""

    system: System
    http: requests.Session

    def knock(self, path: str, **request: object) -> int:
        answer = self.http.post(self.system.web + path, timeout=20, **request)  # type: ignore[arg-type]
        return answer.status_code

    def signature(self, path: str, fields: dict[str, str], token: str = TOKEN) -> dict[str, str]:
        return {"X-Twilio-Signature": sign(token, self.system.web + path, fields)}

    def stored(self) -> int:
        tables = (CarrierEvent, Contact, Text, Leg, outbox.Promise, audit.AuditEntry)
        with self.system.transaction() as session:
            counts = [session.scalar(sa.select(sa.func.count()).select_from(t)) for t in tables]
        return sum(count or 0 for count in counts)


@pytest.fixture
def door(system: System) -> Iterator[Door]:
    with requests.Session() as http:
        yield Door(system, http)


def a_text(**changed: str) -> dict[str, str]:
    return {"AccountSid": ACCOUNT, "MessageSid": making.sid(), "From": SAM, "Body": "hi"} | changed


def carrier_paths(system: System) -> list[str]:
    return [
        re.sub(r"<uuid:\w+>", AN_ID, rule.rule)
        for rule in system.app.url_map.iter_rules()
        if audience_of(system.app, rule.endpoint) is Audience.carrier
    ]


def test_no_webhook_answers_without_a_signature_and_all_answer_with_one(door: Door) -> None:
    paths = carrier_paths(door.system)
    assert len(paths) >= 13
    for path in paths:
        fields = a_text(CallSid=making.sid("CA"), CallStatus="ringing")
        assert door.knock(path, data=fields) == 403, path
        assert door.stored() == 0, path
    for path in paths:
        fields = a_text(CallSid=making.sid("CA"), CallStatus="ringing")
        headers = door.signature(path, fields)
        assert door.knock(path, data=fields, headers=headers) in {200, 204}, path


def test_a_rightly_signed_text_is_let_in(door: Door) -> None:
    fields = a_text()
    headers = door.signature("/tw/sms/inbound", fields)
    assert door.knock("/tw/sms/inbound", data=fields, headers=headers) == 200
    assert door.stored() > 0


@pytest.mark.parametrize(
    "signature",
    ["", "x", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "é", "a" * 10_000, "AAAA,BBBB"],
)
def test_a_wrong_signature_is_refused_whatever_it_looks_like(door: Door, signature: str) -> None:
    headers = {"X-Twilio-Signature": signature.encode("latin-1")}
    assert door.knock("/tw/sms/inbound", data=a_text(), headers=headers) == 403
    assert door.stored() == 0


def test_another_accounts_token_is_refused(door: Door) -> None:
    fields = a_text()
    headers = door.signature("/tw/sms/inbound", fields, token="another-accounts-token")
    assert door.knock("/tw/sms/inbound", data=fields, headers=headers) == 403
    assert door.stored() == 0


@pytest.mark.parametrize(
    "signed_url",
    [
        "/tw/sms/inbound?a=2",
        "/tw/sms/inbound",
        "/tw/sms/inbound?a=1&b=2",
        "/tw/sms/INBOUND?a=1",
        "/tw/sms/inbound/?a=1",
        "/tw/voice/inbound?a=1",
    ],
)
def test_a_signature_for_another_address_is_refused(door: Door, signed_url: str) -> None:
    fields = a_text()
    headers = door.signature(signed_url, fields)
    assert door.knock("/tw/sms/inbound?a=1", data=fields, headers=headers) == 403
    assert door.stored() == 0


def test_a_signature_for_https_does_not_open_a_door_known_by_http(door: Door) -> None:
    fields = a_text()
    url = door.system.web.replace("http:", "https:") + "/tw/sms/inbound"
    headers = {"X-Twilio-Signature": sign(TOKEN, url, fields)}
    assert door.knock("/tw/sms/inbound", data=fields, headers=headers) == 403
    assert door.stored() == 0


def test_the_name_in_the_request_does_not_matter(door: Door) -> None:
    """A proxy may change the host; the signature is checked against the address we are known by."""
    fields = a_text()
    headers = door.signature("/tw/sms/inbound", fields) | {
        "Host": "evil.example.org",
        "X-Forwarded-Host": "evil.example.org",
        "X-Forwarded-Proto": "https",
    }
    assert door.knock("/tw/sms/inbound", data=fields, headers=headers) == 200


@pytest.mark.parametrize("field", ["Body", "From", "MessageSid", "AccountSid"])
def test_a_field_changed_on_the_way_is_refused(door: Door, field: str) -> None:
    fields = a_text()
    headers = door.signature("/tw/sms/inbound", fields)
    fields[field] += "1"
    assert door.knock("/tw/sms/inbound", data=fields, headers=headers) == 403
    assert door.stored() == 0


@pytest.mark.parametrize("account", ["AC" + "1" * 32, "", "é"])
def test_another_account_is_refused_even_with_a_right_signature(door: Door, account: str) -> None:
    fields = a_text(AccountSid=account)
    headers = door.signature("/tw/sms/inbound", fields)
    assert door.knock("/tw/sms/inbound", data=fields, headers=headers) == 403
    assert door.stored() == 0


def test_a_body_that_is_no_form_is_refused(door: Door) -> None:
    fields = a_text()
    path = "/tw/sms/inbound"
    signed = door.signature(path, fields)
    json_type = {"Content-Type": "application/json"}
    hashed = f"{path}?bodySHA256={'0' * 64}"
    assert door.knock(path, json=fields, headers=signed) == 403
    assert door.knock(path, data=b"\xff\xfe\x00{", headers=signed | json_type) == 403
    assert door.knock(hashed, json=fields, headers=door.signature(hashed, {})) == 403
    assert door.knock(path, files={"Body": b"hi"}, data=fields, headers=signed) == 403
    assert door.knock(path, data=b"", headers=signed) == 403
    assert door.knock(path, data=b"\xff\xfe\x00" * 50, headers=signed) == 403
    assert door.knock(path, data=b"--\r\n", headers=signed | {"Content-Type": "multipart/x"}) == 403
    assert door.stored() == 0


def test_a_huge_body_is_refused(door: Door) -> None:
    fields = a_text(Body="a" * 600_000)
    headers = door.signature("/tw/sms/inbound", fields)
    assert door.knock("/tw/sms/inbound", data=fields, headers=headers) in {403, 413}
    assert door.stored() == 0


def test_a_webhook_cannot_be_fetched(door: Door) -> None:
    for path in carrier_paths(door.system):
        answer = door.http.get(door.system.web + path, timeout=10)
        assert answer.status_code == 405, path


@HERE
@given(
    body=st.binary(max_size=400),
    kind=st.sampled_from(
        ["application/x-www-form-urlencoded", "application/json", "multipart/form-data", "", "x"]
    ),
    signature=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40),
)
def test_whatever_is_thrown_at_the_door_is_refused(
    door: Door, body: bytes, kind: str, signature: str
) -> None:
    headers = {"Content-Type": kind, "X-Twilio-Signature": signature}
    assert door.knock("/tw/sms/inbound", data=body, headers=headers) in {400, 403}
    assert door.stored() == 0


words = st.text(st.characters(codec="utf-8"), max_size=60)
odd = words | st.sampled_from(
    ["\x00", "-1", "99999999999999999999", "9" * 5000, "1e9", "٣", "completed", "delivered", "1"]
)


@settings(HERE, max_examples=40)
@given(
    which=st.integers(0, 12),
    fields=st.dictionaries(
        st.sampled_from(
            ["MessageSid", "From", "Body", "NumMedia", "MessageStatus", "ErrorCode", "CallSid",
             "CallStatus", "StatusCallbackEvent", "ConferenceSid", "SequenceNumber", "Digits",
             "ParticipantCallStatus"]
        ),
        odd,
    ),
)  # fmt: skip
def test_nothing_that_is_rightly_signed_is_ever_a_fault_of_ours(
    door: Door, which: int, fields: dict[str, str]
) -> None:
    path = sorted(carrier_paths(door.system))[which]
    fields = {"AccountSid": ACCOUNT} | fields
    headers = door.signature(path, fields)
    assert door.knock(path, data=fields, headers=headers) in {200, 204}


@pytest.mark.parametrize("count", ["99999999999999999999", "-1", "x", "", "1e3", "9" * 5000])
def test_a_count_or_a_code_that_cannot_be_one_is_left_out(door: Door, count: str) -> None:
    text = {"MessageSid": making.sid(), "From": SAM, "Body": "hi", "NumMedia": count}
    assert door.system.webhook("/tw/sms/inbound", **text).status_code == 200
    with door.system.transaction() as session:
        received = session.scalars(sa.select(Text)).one()
        assert received.pictures == 0
        ours = Text(
            id=uuid.uuid4(),
            contact_id=received.contact_id,
            direction=Direction.outbound,
            words="hello",
            at=received.at,
            state=TextState.accepted,
            state_since=received.at,
        )
        session.add(ours)
    news = {"MessageSid": making.sid(), "MessageStatus": "failed", "ErrorCode": count}
    assert door.system.webhook(f"/tw/sms/status/{ours.id}", **news).status_code == 204
    with door.system.transaction() as session:
        failed = session.get_one(Text, ours.id)
        assert (failed.state, failed.code) == (TextState.failed, None)


@pytest.mark.parametrize("turn", ["-1", "x", "9" * 5000, "", "1", "\x00"])
def test_a_waiting_caller_hears_something_whatever_turn_is_asked_for(door: Door, turn: str) -> None:
    prepared = requests.Request(
        "POST", f"{door.system.web}/tw/voice/wait/{AN_ID}", params={"turn": turn}
    ).prepare()
    assert prepared.url is not None
    path = prepared.url.removeprefix(door.system.web)
    fields = {"AccountSid": ACCOUNT, "CallSid": "CA1"}
    assert door.knock(path, data=fields, headers=door.signature(path, fields)) == 200


def test_while_a_token_is_replaced_both_are_good(door: Door) -> None:
    known = door.system.settings
    both = known.model_copy(update={"carrier_auth_token_next": "the-next-token-of-the-account"})
    door.system.app.extensions["helpline_settings"] = both
    try:
        for token in (TOKEN, "the-next-token-of-the-account"):
            fields = a_text()
            headers = door.signature("/tw/sms/inbound", fields, token=token)
            assert door.knock("/tw/sms/inbound", data=fields, headers=headers) == 200
        headers = door.signature("/tw/sms/inbound", a_text(), token="a-third-token-of-nobody")
        assert door.knock("/tw/sms/inbound", data=a_text(), headers=headers) == 403
    finally:
        door.system.app.extensions["helpline_settings"] = known


def test_without_a_next_token_an_empty_one_opens_nothing(door: Door) -> None:
    fields = a_text()
    headers = door.signature("/tw/sms/inbound", fields, token="")
    assert door.knock("/tw/sms/inbound", data=fields, headers=headers) == 403


def test_one_event_arriving_many_times_at_once_counts_once_and_is_answered_alike(
    door: Door,
) -> None:
    call = {"CallSid": making.sid("CA"), "From": SAM, "CallStatus": "ringing"}
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(lambda _: door.system.webhook("/tw/voice/inbound", **call), range(6))
        )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    with door.system.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Contact)) == 1


@pytest.mark.parametrize("number", [SAM, "anonymous"])
def test_a_caller_who_hangs_up_while_the_call_is_being_taken_in_has_left(
    door: Door, number: str
) -> None:
    """Both of the carrier's events find that nobody knows of the call, and both take it in."""
    for _ in range(5):
        call, together = {"CallSid": making.sid("CA"), "From": number}, Barrier(2)

        def knock(path: str, status: str, call: Any = call, together: Any = together) -> int:
            together.wait()
            return door.system.webhook(path, CallStatus=status, **call).status_code

        with ThreadPoolExecutor(2) as pool:
            arrived = pool.submit(knock, "/tw/voice/inbound", "ringing")
            left = pool.submit(knock, "/tw/voice/status", "completed")
        assert (arrived.result(), left.result()) == (200, 204)
    with door.system.transaction() as session:
        assert set(session.scalars(sa.select(Contact.state))) == {ContactState.closed}
        assert session.scalar(sa.select(sa.func.count()).select_from(Contact)) == 5


def test_an_answer_that_is_kept_holds_no_number_and_no_words(door: Door) -> None:
    door.system.webhook("/tw/voice/inbound", CallSid=making.sid("CA"), From=SAM, CallStatus="x")
    door.system.webhook("/tw/sms/inbound", MessageSid=making.sid(), From=SAM, Body="stepfather")
    with door.system.transaction() as session:
        kept = " ".join(
            f"{event.key} {event.answer}" for event in session.scalars(sa.select(CarrierEvent))
        )
    assert "900123" not in kept
    assert "stepfather" not in kept


def test_an_error_answer_tells_the_carrier_nothing_about_the_inside(door: Door) -> None:
    answer = requests.post(f"{door.system.web}/tw/sms/inbound", timeout=10)
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert len(answer.text) < 100
    assert uuid.UUID(AN_ID).hex not in answer.text
