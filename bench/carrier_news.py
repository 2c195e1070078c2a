"""Rightly signed webhooks, made before anything is measured."""

import itertools
import urllib.parse
import uuid
from collections.abc import Iterator

from twilio.request_validator import RequestValidator

from bench.load import Request
from bench.workplace import ACCOUNT, BASE, Workplace

WORDS = "i left on thursday and i dont know who to ring. is this really confidential"
_PLACES = {
    side + part: "" for side in ("From", "To") for part in ("City", "State", "Zip", "Country")
}
# Mobile numbers that nobody is ever sent anything to: the carrier of a workplace does not exist.
_NUMBERS = itertools.count(447_700_100_000)


def number() -> str:
    """Give a number that nobody had before."""
    return f"+{next(_NUMBERS)}"


def text(place: Workplace, sender: str, words: str = WORDS) -> Request:
    """Return a text that arrives."""
    fields = {
        "MessageSid": f"SM{uuid.uuid4().hex}",
        "SmsStatus": "received",
        "From": sender,
        "To": place.settings.helpline_number,
        "Body": words,
        "NumMedia": "0",
        "NumSegments": "1",
        **_PLACES,
    }
    return signed(place, "/tw/sms/inbound", fields)


def sid_of(request: Request) -> str:
    """Return the id under which a text arrives."""
    return urllib.parse.parse_qs(request.body.decode())["MessageSid"][0]


def call(place: Workplace, sender: str) -> Request:
    """Return a call that arrives."""
    fields = {
        "CallSid": f"CA{uuid.uuid4().hex}",
        "CallStatus": "ringing",
        "Direction": "inbound",
        "From": sender,
        "To": place.settings.helpline_number,
        "Caller": sender,
        "Called": place.settings.helpline_number,
        **_PLACES,
    }
    return signed(place, "/tw/voice/inbound", fields)


def signed(place: Workplace, path: str, fields: dict[str, str]) -> Request:
    """Sign a form as the carrier does."""
    fields = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", **fields}
    validator = RequestValidator(place.settings.carrier_auth_token)
    return Request(
        path,
        urllib.parse.urlencode(fields).encode(),
        {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": validator.compute_signature(BASE + path, fields),
        },
    )


def conversations(place: Workplace, people: int, texts: int) -> Iterator[Request]:
    """Give the texts of some people who never wrote before, each a few in a row."""
    for _ in range(people):
        sender = number()
        for turn in range(texts):
            yield text(place, sender, WORDS if turn == 0 else f"{WORDS} {turn}")
