"""What every way of sending does for one text: one request of the official client, as it is."""

from typing import Any
from urllib.parse import urlsplit

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from helpline.settings import read_settings

_settings = read_settings()


class _Here(TwilioHttpClient):  # type: ignore[misc, unused-ignore]
    """Asks the pretended carrier; its address cannot be set in any other way."""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override, unused-ignore] # noqa: ANN401
        here = f"{_settings.carrier_base_url}{urlsplit(url).path}"
        return super().request(method, here, *args, **kwargs)


_client = Client(
    _settings.carrier_api_key_sid,
    _settings.carrier_api_key_secret,
    _settings.carrier_account_sid,
    http_client=_Here(timeout=_settings.carrier_timeout_seconds),
    environment={"_": ""},
)


def send() -> None:
    """Send one text."""
    _client.messages.create(
        to="+447700900123",
        from_=_settings.helpline_number,
        body="we have your message",
        status_callback="http://127.0.0.1/status",
    )
