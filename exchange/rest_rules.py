"""What the REST API accepts, refuses and calls its refusals."""

import base64
import binascii
import hmac
from collections.abc import Iterable
from typing import TYPE_CHECKING

from aiohttp import web

from exchange.settings import Settings

if TYPE_CHECKING:
    from multidict import MultiMapping

USER = web.RequestKey("user", str)
_STATUS = {20003: 401, 20404: 404, 20429: 429, 20500: 500}
_MESSAGES = {
    20001: "Unknown or invalid parameter",
    20003: "Authenticate",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20500: "An internal server error has occurred",
    13224: "Dial: Invalid phone number",
    16025: "Participant label is already in use",
    21201: "No 'To' number is specified",
    21205: "Url is not a valid URL",
    21210: "'From' phone number not verified",
    21211: "Invalid 'To' Phone Number",
    21212: "Invalid 'From' Phone Number",
    21213: "'From' phone number is required",
    21220: "Call is not in-progress. Cannot redirect.",
    21408: "Permission to send an SMS has not been enabled for the region",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21606: "The 'From' phone number provided is not a valid message-capable phone number",
    21609: "The 'StatusCallback' URL is not a valid URL",
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number has exceeded the maximum number of queued messages",
    21612: "The 'To' phone number is not currently reachable via SMS",
    21614: "'To' number is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit",
    21624: "Invalid validity period value",
    21266: "'To' and 'From' number cannot be the same",
    21502: "Invalid URL",
    30409: "The message can no longer be canceled",
    35111: "SendAt timestamp is missing",
    35114: "SendAt must be between 5 minutes and 35 days from now",
    35118: "MessagingServiceSid is required to schedule a message",
}


class RefusedError(Exception):
    """A REST request is refused with one of Twilio's codes."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail

    def response(self) -> web.Response:
        status = _STATUS.get(self.code, 400)
        message = _MESSAGES.get(self.code, "The request could not be carried out")
        body = {
            "code": self.code,
            "message": f"{message}: {self.detail}" if self.detail else message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": status,
        }
        return web.json_response(body, status=status)


def check_credentials(settings: Settings, header: str) -> str:
    """Check HTTP Basic credentials and give the user name. Raises RefusedError 20003."""
    try:
        kind, _, text = header.partition(" ")
        user, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise RefusedError(20003) from error
    known = {
        settings.account_sid: settings.auth_token,
        settings.api_key_sid: settings.api_key_secret,
    }
    expected = known.get(user, "")
    right = hmac.compare_digest(expected.encode(), password.encode())
    if kind.lower() != "basic" or not expected or not right:
        raise RefusedError(20003)
    return user


class Given:
    """The parameters of one request, only those that Twilio knows."""

    def __init__(self, fields: "MultiMapping[str]", known: Iterable[str]) -> None:
        """Take them. Raises RefusedError 20001, which names the parameter nobody knows."""
        unknown = set(fields) - set(known)
        if unknown:
            raise RefusedError(20001, min(unknown))
        self._fields = fields

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def text(self, name: str, default: str = "") -> str:
        return str(self._fields.get(name, default))

    def several(self, name: str) -> tuple[str, ...]:
        """Give a repeated parameter; one that holds spaces counts as several."""
        return tuple(word for one in self._fields.getall(name, []) for word in str(one).split())

    def method(self, name: str, default: str = "POST") -> str:
        method = self.text(name, default).upper()
        if method not in {"GET", "POST"}:
            raise RefusedError(20001, name)
        return method

    def flag(self, name: str, *, default: bool) -> bool:
        said = self.text(name).lower()
        if said not in {"", "true", "false"}:
            raise RefusedError(20001, name)
        return default if said == "" else said == "true"

    def whole(self, name: str, default: int, lowest: int, highest: int) -> int:
        said = self.text(name)
        if said == "":
            return default
        if not (said.isascii() and said.isdigit()) or not lowest <= int(said) <= highest:
            raise RefusedError(20001, name)
        return int(said)

    def url(self, name: str, code: int) -> str:
        said = self.text(name)
        if said and not said.startswith(("http://", "https://")):
            raise RefusedError(code)
        return said
