"""What every way of sending has to do for one text: one request of the official client."""

from helpline.carrier import TextToSend
from helpline.carrier.twilio_carrier import TwilioCarrier
from helpline.phone_numbers import PhoneNumber
from helpline.settings import read_settings

_carrier = TwilioCarrier(read_settings())
_text = TextToSend(PhoneNumber("+447700900123"), "we have your message", "http://127.0.0.1/status")


def send() -> None:
    """Send one text."""
    _carrier.send_text(_text)
