"""The carrier's signature of a webhook, for a question to ourselves."""

from twilio.request_validator import RequestValidator


def signature(token: str, url: str, fields: dict[str, str]) -> str:
    """Sign fields posted to an address as the carrier does (twilio.md 1.3)."""
    return str(RequestValidator(token).compute_signature(url, fields))
