"""Signs webhooks as the carrier does, with the SDK's own code."""

from twilio.request_validator import RequestValidator


def sign(token: str, url: str, fields: dict[str, str]) -> str:
    return str(RequestValidator(token).compute_signature(url, fields))
