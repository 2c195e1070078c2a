"""The telephone company in plain words: what we ask of it and how its answers are understood.

Nothing here knows Twilio; `twilio_carrier` does. An answer is one of four:

- `Accepted`: it will happen; the carrier's id is known.
- `Refused`: it will not happen, and asking again won't help.
- `Unavailable`: it did not happen; asking again is safe.
- `Unsure`: it may or may not have happened. Never repeated blindly.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from helpline.phone_numbers import PhoneNumber

TRY_AGAIN = "#rc=3&rp=5xx,ct,rt"
"""Put behind an address of ours: the carrier tells us again where its first try failed."""

NOBODY, EVERYBODY = "", "everybody"
"""By whom somebody in a conference is heard, where it is not one call alone."""


@dataclass(frozen=True)
class Accepted:
    sid: str
    status: str = ""
    body: bytes = field(default=b"", repr=False)
    """What was fetched, where something was."""


@dataclass(frozen=True)
class Refused:
    code: int
    reason: str


@dataclass(frozen=True)
class Unavailable:
    reason: str


@dataclass(frozen=True)
class Unsure:
    reason: str


Outcome = Accepted | Refused | Unavailable | Unsure


class Sender(enum.StrEnum):
    """From which of our numbers a text leaves (domain.md 7.5)."""

    conversation = "conversation"
    """Answers people. The carrier's own opt-out is switched off for it."""
    outreach = "outreach"
    """Writes first. STOP after it ends outreach and nothing else."""


@dataclass(frozen=True)
class TextToSend:
    to: PhoneNumber
    words: str = field(repr=False)
    status_url: str
    sender: Sender = Sender.conversation


@dataclass(frozen=True)
class BrowserPhone:
    """A telephone in a call-taker's browser, by the name the carrier knows it by."""

    identity: str


@dataclass(frozen=True)
class CallToPlace:
    to: PhoneNumber | BrowserPhone
    answer_url: str
    status_url: str
    ring_seconds: int


@dataclass(frozen=True)
class TextSeen:
    """A text as the carrier's own list shows it."""

    sid: str
    sender: str = field(repr=False)
    to: str = field(repr=False)
    words: str = field(repr=False)
    created_at: datetime
    status: str
    ours: Sender = Sender.conversation
    """Which of our numbers it left from, or came to."""
    pictures: int = 0
    """How many came with it."""


@dataclass(frozen=True)
class PartySeen:
    """Somebody in a conference, as the carrier shows them."""

    call_sid: str
    label: str
    is_held: bool
    is_muted: bool
    coaches: str
    """The call whose person alone hears them; empty: everybody does."""


@dataclass(frozen=True)
class CallSeen:
    """A call to one of our numbers that goes on, as the carrier's own list shows it."""

    sid: str
    sender: str = field(repr=False)
    began_at: datetime


@dataclass(frozen=True)
class RecordingSeen:
    """A voicemail as the carrier's own list shows it."""

    sid: str
    seconds: int
    is_ready: bool
    """Its sound can be fetched."""


@dataclass(frozen=True)
class NumberSetUp:
    """One of our numbers at the carrier, and where its calls and texts are sent."""

    number: str = field(repr=False)
    voice_url: str
    sms_url: str


class Carrier(Protocol):
    """What the rest of the system may ask of the telephone company. No call raises."""

    def send_text(self, text: TextToSend) -> Outcome:
        """Send one text from the helpline's number."""

    def place_call(self, call: CallToPlace) -> Outcome:
        """Ring one telephone; the answer URL decides what it hears."""

    def end_call(self, call_sid: str) -> Outcome:
        """Hang up, or stop ringing. Already over counts as accepted."""

    def hold(self, conference_sid: str, call_sid: str, hold_url: str) -> Outcome:
        """Take one person out of the conversation; they hear what `hold_url` says."""

    def release(self, conference_sid: str, call_sid: str) -> Outcome:
        """Bring a held person back into the conversation."""

    def mute(self, conference_sid: str, call_sid: str, *, muted: bool) -> Outcome:
        """Let somebody in a conference be unheard, or heard again. They hear all the same."""

    def be_heard(self, conference_sid: str, call_sid: str, *, by: str) -> Outcome:
        """Let somebody in a conference be heard by nobody, everybody, or one call alone.

        Whatever goes wrong on the way, they are heard by nobody.
        """

    def end_conference(self, conference_sid: str) -> Outcome:
        """End a conference for everyone in it. Already over counts as accepted."""

    def redirect(self, call_sid: str, url: str) -> Outcome:
        """Let a call go on at another address; it leaves its conference at once."""

    def fetch_picture(self, text_sid: str, media_sid: str, *, most_bytes: int) -> Outcome:
        """Fetch one picture of a text; `Accepted.body` has it. Larger ones are refused."""

    def delete_picture(self, text_sid: str, media_sid: str) -> Outcome:
        """Delete one picture at the carrier. Gone already counts as accepted."""

    def fetch_recording(self, recording_sid: str, *, most_bytes: int) -> Outcome:
        """Fetch the sound of a voicemail; `Accepted.body` has it. Larger ones are refused."""

    def delete_recording(self, recording_sid: str) -> Outcome:
        """Delete a recording at the carrier. Gone already counts as accepted."""

    def recordings_of(self, call_sid: str) -> Sequence[RecordingSeen]:
        """List what was recorded in a call, newest first.

        Raises:
            CarrierSilentError: the list could not be had.

        """

    def texts_sent_to(self, to: PhoneNumber, since: datetime) -> Sequence[TextSeen]:
        """List texts we sent to a number since an instant, newest first.

        Raises:
            CarrierSilentError: the list could not be had.

        """

    def texts_received(self, since: datetime) -> Sequence[TextSeen]:
        """List texts that reached the helpline since an instant, newest first.

        Raises:
            CarrierSilentError: the list could not be had.

        """

    def pictures_of(self, text_sid: str) -> Sequence[str]:
        """List the ids of the pictures that came with a text, in their order.

        Raises:
            CarrierSilentError: the list could not be had.

        """

    def call_status(self, call_sid: str) -> str:
        """Return how a call stands, in the carrier's word (`in-progress`, `completed`).

        Raises:
            CarrierSilentError: it could not be learned.

        """

    def calls_to_us(self) -> Sequence[CallSeen]:
        """List the calls to the helpline's number that go on at this moment. It may lag.

        Raises:
            CarrierSilentError: the list could not be had.

        """

    def parties(self, conference_sid: str) -> Sequence[PartySeen]:
        """List who is in a conference at this moment. One that is over has nobody.

        Raises:
            CarrierSilentError: it could not be learned.

        """

    def conferences_named(self, name: str) -> Sequence[str]:
        """List the ids of the conferences of a name that are live. The list may lag.

        Raises:
            CarrierSilentError: the list could not be had.

        """

    def numbers(self) -> Sequence[NumberSetUp]:
        """List our numbers.

        Raises:
            CarrierSilentError: the list could not be had.

        """

    def answers(self) -> bool:
        """Whether the carrier can be reached and knows our account."""


class CarrierSilentError(Exception):
    """The carrier did not answer a question. Nothing was changed by asking."""
