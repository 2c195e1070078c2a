"""Twilio, or the local exchange that speaks its protocol, through the official client.

Facts: ../shared/carrier/twilio.md sections 1.1, 1.2 and 3 (time-outs, what each failure means).
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import takewhile
from typing import Any

import requests
from twilio.base import values
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant
from twilio.rest import Client

from helpline import log
from helpline.carrier import (
    EVERYBODY,
    NOBODY,
    Accepted,
    BrowserPhone,
    CallSeen,
    CallToPlace,
    CarrierSilentError,
    NumberSetUp,
    Outcome,
    PartySeen,
    RecordingSeen,
    Refused,
    Sender,
    TextSeen,
    TextToSend,
    Unavailable,
    Unsure,
    as_seen,
)
from helpline.carrier.transport import NoAnswer, Transport, never_left
from helpline.phone_numbers import PhoneNumber
from helpline.settings import Settings

_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500
_NOT_FOUND = 20404
_PAGE = 200
# More than the helpline gets in the longest time that is looked back over.
_MOST_LISTED = 5000
_MOST_CALLS = 1000
# The call is over; the participant or conference is gone.
_OVER_ALREADY = frozenset({21220, _NOT_FOUND})
# Wrong credentials and too many requests: nothing was done, so asking again later is safe.
_ASK_AGAIN = frozenset({20003, 20429})

# What says nothing of what was asked: ValueError, as something on the way may answer with a page.
_UNHEARD = (TwilioException, NoAnswer, ValueError)

_log = log.get(__name__)


class TwilioCarrier:
    """The `Carrier` that the system runs on."""

    def __init__(self, settings: Settings) -> None:
        timeout = settings.carrier_timeout_seconds
        base = settings.carrier_base_url
        http = Transport(base, timeout=timeout, connections=settings.worker_threads)
        # A non-empty environment keeps TWILIO_REGION and its kind from leaking in.
        self._client = Client(
            settings.carrier_api_key_sid,
            settings.carrier_api_key_secret,
            settings.carrier_account_sid,
            http_client=http,
            environment={"_": ""},
        )
        self._number = settings.helpline_number
        self._account, self._timeout = settings.carrier_account_sid, timeout
        self._key = (settings.carrier_api_key_sid, settings.carrier_api_key_secret)
        self._media_base = base or "https://api.twilio.com"
        self._senders = {
            Sender.conversation: settings.helpline_number,
            Sender.outreach: settings.helpline_outreach_number or settings.helpline_number,
        }
        self._training = settings.training

    def send_text(self, text: TextToSend) -> Outcome:
        """Send one text. Never sent twice by this call, whatever happens."""
        if (refusal := self._refusal(text.to)) is not None:
            return refusal
        return _outcome(
            lambda: self._client.messages.create(
                to=text.to.e164,
                from_=self._senders[text.sender],
                body=text.words,
                status_callback=text.status_url,
            )
        )

    def place_call(self, call: CallToPlace) -> Outcome:
        """Ring one telephone from the helpline's number."""
        if (refusal := self._refusal(call.to)) is not None:
            return refusal
        return _outcome(
            lambda: self._client.calls.create(
                to=_address(call.to),
                from_=self._number,
                url=call.answer_url,
                method="POST",
                status_callback=call.status_url,
                status_callback_method="POST",
                status_callback_event=["initiated", "ringing", "answered", "completed"],
                timeout=call.ring_seconds,
            )
        )

    def end_call(self, call_sid: str) -> Outcome:
        """Hang up or stop ringing; `completed` does both."""
        return _ending(lambda: self._client.calls(call_sid).update(status="completed"))

    def hold(self, conference_sid: str, call_sid: str, hold_url: str) -> Outcome:
        """Hold one participant, with words to hear (HoldMethod is GET unless said otherwise)."""
        return _ending(
            lambda: self._participant(conference_sid, call_sid).update(
                hold=True, hold_url=hold_url, hold_method="POST"
            )
        )

    def release(self, conference_sid: str, call_sid: str) -> Outcome:
        """Bring a held participant back."""
        return _ending(lambda: self._participant(conference_sid, call_sid).update(hold=False))

    def mute(self, conference_sid: str, call_sid: str, *, muted: bool) -> Outcome:
        """Mute or unmute one participant."""
        return _ending(lambda: self._participant(conference_sid, call_sid).update(muted=muted))

    def be_heard(self, conference_sid: str, call_sid: str, *, by: str) -> Outcome:
        """Mute first, then say whom they coach, and unmute last (twilio.md 2.5, R5).

        In one request a refused coaching could leave them heard by everybody.
        """
        seat = self._participant(conference_sid, call_sid)
        outcome = _ending(lambda: seat.update(muted=True))
        if by == NOBODY or not isinstance(outcome, Accepted):
            return outcome
        whom = {"coaching": False} if by == EVERYBODY else {"call_sid_to_coach": by}
        outcome = _outcome(lambda: seat.update(**({"coaching": True} | whom)))
        if not isinstance(outcome, Accepted):
            return outcome
        return _ending(lambda: seat.update(muted=False))

    def end_conference(self, conference_sid: str) -> Outcome:
        """End a conference by its SID: by name it could hit a later one."""
        return _outcome(lambda: self._client.conferences(conference_sid).update(status="completed"))

    def redirect(self, call_sid: str, url: str) -> Outcome:
        """Let a call go on with the TwiML of another address."""
        return _ending(lambda: self._client.calls(call_sid).update(url=url, method="POST"))

    def fetch_picture(self, text_sid: str, media_sid: str, *, most_bytes: int) -> Outcome:
        """Fetch a picture from the carrier's own address, and from nowhere else."""
        outcome = self._fetch(f"/Messages/{text_sid}/Media/{media_sid}", most_bytes)
        return Refused(_NOT_FOUND, "The picture is gone") if outcome is None else outcome

    def delete_picture(self, text_sid: str, media_sid: str) -> Outcome:
        """Delete a picture where the carrier keeps it."""
        return _ending(lambda: self._client.messages(text_sid).media(media_sid).delete())

    def fetch_recording(self, recording_sid: str, *, most_bytes: int) -> Outcome:
        """Fetch a voicemail from the carrier's own address, and from nowhere else.

        The carrier may tell of it a moment before it can be had, so "not there" is asked again.
        """
        outcome = self._fetch(f"/Recordings/{recording_sid}.wav", most_bytes)
        return Unavailable("The recording is not there (yet)") if outcome is None else outcome

    def delete_recording(self, recording_sid: str) -> Outcome:
        """Delete a recording where the carrier keeps it."""
        return _ending(lambda: self._client.recordings(recording_sid).delete())

    def recordings_of(self, call_sid: str) -> Sequence[RecordingSeen]:
        """List what was recorded in one call."""
        try:
            listed = self._client.recordings.list(call_sid=call_sid, limit=_PAGE)
        except _UNHEARD as error:
            raise CarrierSilentError(type(error).__name__) from None
        return [
            RecordingSeen(
                str(each.sid), as_seen.whole(each.duration), str(each.status) == "completed"
            )
            for each in listed
        ]

    def texts_sent_to(self, to: PhoneNumber, since: datetime) -> Sequence[TextSeen]:
        """List our own texts to one number."""
        return self._of_all_numbers(lambda ours: self._texts(since, to=to.e164, sender=ours))

    def texts_received(self, since: datetime) -> Sequence[TextSeen]:
        """List the texts that came to the helpline's numbers."""
        return self._of_all_numbers(lambda ours: self._texts(since, to=ours))

    def pictures_of(self, text_sid: str) -> Sequence[str]:
        """List the pictures of one text."""
        try:
            return [str(each.sid) for each in self._client.messages(text_sid).media.list()]
        except _UNHEARD as error:
            if _is_gone(error):
                return ()
            raise CarrierSilentError(type(error).__name__) from None

    def call_status(self, call_sid: str) -> str:
        """Ask how one call stands."""
        try:
            return str(self._client.calls(call_sid).fetch().status)
        except _UNHEARD as error:
            if _is_gone(error):
                return "completed"
            raise CarrierSilentError(type(error).__name__) from None

    def calls_to_us(self) -> Sequence[CallSeen]:
        """List the inbound calls to our number that are in progress."""
        try:
            listed = self._client.calls.list(
                to=self._number, status="in-progress", limit=_MOST_CALLS, page_size=_PAGE
            )
        except _UNHEARD as error:
            raise CarrierSilentError(type(error).__name__) from None
        return [as_seen.call(each) for each in listed if str(each.direction) == "inbound"]

    def parties(self, conference_sid: str) -> Sequence[PartySeen]:
        """List the participants of a conference."""
        try:
            listed = self._client.conferences(conference_sid).participants.list()
        except _UNHEARD as error:
            if _is_gone(error):
                return ()
            raise CarrierSilentError(type(error).__name__) from None
        return [as_seen.party(each) for each in listed]

    def conferences_named(self, name: str) -> Sequence[str]:
        """List live conferences by their friendly name."""
        try:
            listed = self._client.conferences.list(friendly_name=name, status="in-progress")
        except _UNHEARD as error:
            raise CarrierSilentError(type(error).__name__) from None
        return [str(each.sid) for each in listed]

    def numbers(self) -> Sequence[NumberSetUp]:
        """List our numbers and where their calls and texts are sent."""
        try:
            listed = self._client.incoming_phone_numbers.list(limit=_MOST_LISTED, page_size=_PAGE)
        except _UNHEARD as error:
            raise CarrierSilentError(type(error).__name__) from None
        return [
            NumberSetUp(str(each.phone_number), str(each.voice_url or ""), str(each.sms_url or ""))
            for each in listed
        ]

    def answers(self) -> bool:
        """Ask for one of our numbers: API keys can't read the account itself."""
        try:
            self._client.incoming_phone_numbers.list(limit=1, page_size=1)
        except _UNHEARD:
            return False
        return True

    def _fetch(self, path: str, most_bytes: int) -> Outcome | None:
        """Fetch a file of our account; None where there is none."""
        address = f"{self._media_base}/2010-04-01/Accounts/{self._account}{path}"
        try:
            with requests.get(
                address, auth=self._key, timeout=self._timeout, stream=True
            ) as answer:
                return as_seen.file(answer, most_bytes)
        except requests.RequestException as error:
            return Unavailable(f"The file could not be fetched ({type(error).__name__})")

    def _participant(self, conference_sid: str, call_sid: str) -> Any:  # noqa: ANN401
        return self._client.conferences(conference_sid).participants(call_sid)

    def _texts(self, since: datetime, to: str, sender: str | None = None) -> list[TextSeen]:
        try:
            # No date filter: it is whole days, and leaves out texts not sent yet.
            listed = self._client.messages.stream(
                to=to, from_=sender or values.unset, limit=_MOST_LISTED, page_size=_PAGE
            )
            # Newest first: page after page, until they are older than was asked for.
            return list(takewhile(lambda text: text.created_at >= since, map(as_seen.text, listed)))
        except _UNHEARD as error:
            raise CarrierSilentError(type(error).__name__) from None

    def _of_all_numbers(self, ask: Callable[[str], list[TextSeen]]) -> list[TextSeen]:
        by_number = {number: sender for sender, number in reversed(self._senders.items())}
        seen = [
            replace(text, ours=sender)
            for number, sender in by_number.items()
            for text in ask(number)
        ]
        return sorted(seen, key=lambda text: text.created_at, reverse=True)

    def _refusal(self, to: PhoneNumber | BrowserPhone) -> Refused | None:
        """Keep a training instance from reaching anybody real."""
        if self._training and isinstance(to, PhoneNumber) and not to.is_made_up:
            return Refused(0, "This is a training system: it can't ring or text a real number.")
        return None


def browser_phone_token(settings: Settings, identity: str, seconds: int) -> str:
    """Make the token with which a browser registers to be rung (twilio.md 1.4)."""
    token = AccessToken(
        settings.carrier_account_sid,
        settings.carrier_api_key_sid,
        settings.carrier_api_key_secret,
        identity=identity,
        ttl=seconds,
    )
    token.add_grant(VoiceGrant(incoming_allow=True))
    return str(token.to_jwt())


def _address(to: PhoneNumber | BrowserPhone) -> str:
    return f"client:{to.identity}" if isinstance(to, BrowserPhone) else to.e164


def _is_gone(error: Exception) -> bool:
    """Whether the carrier says that there is no such thing.

    It says so by a code of its own. Of a page that says 404, something else on the way is the
    author, and no call is over because of it. Of a list the client keeps what was said.
    """
    if isinstance(error, TwilioRestException):
        return error.code == _NOT_FOUND
    answer = error.args[1] if len(error.args) > 1 else None
    try:
        said = json.loads(getattr(answer, "text", ""))
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("code") == _NOT_FOUND


def _outcome(ask: Callable[[], Any]) -> Outcome:
    """Turn what the client does into one of the four answers (twilio.md section 3)."""
    try:
        answer = ask()
    except TwilioRestException as error:
        return _refusal_or_doubt(error)
    except NoAnswer as error:
        if never_left(error):
            return Unavailable("The carrier could not be reached")
        return Unsure(f"The carrier's answer did not arrive ({type(error).__name__})")
    except (TwilioException, ValueError) as error:
        return Unsure(f"The carrier's answer could not be read ({type(error).__name__})")
    return Accepted(str(getattr(answer, "sid", "") or ""), str(getattr(answer, "status", "")))


def _ending(ask: Callable[[], Any]) -> Outcome:
    """Ask for a change to something that may be over already: then there is nothing to do."""
    outcome = _outcome(ask)
    if isinstance(outcome, Refused) and outcome.code in _OVER_ALREADY:
        return Accepted("", "already over")
    return outcome


def _refusal_or_doubt(error: TwilioRestException) -> Outcome:
    status, code = int(error.status), int(error.code or 0)
    _log.warning("carrier.said_no", status=status, code=code)
    if status == _TOO_MANY_REQUESTS or code in _ASK_AGAIN:
        return Unavailable(f"The carrier asked us to wait ({code})")
    if status >= _SERVER_ERROR:
        return Unsure(f"The carrier had a fault ({status})")
    return Refused(code, f"The carrier refused it ({code})")
