"""New names for things, in Twilio's form: two letters and 32 hexadecimal digits."""

import hashlib
import secrets


def new_sid(kind: str) -> str:
    """Make a fresh sid such as CA… (call), CF… (conference), SM… (message)."""
    return kind + secrets.token_hex(16)


def fixed_sid(kind: str, of: str) -> str:
    """Make the same sid every time for the same thing, as for the helpline's own number."""
    return kind + hashlib.sha256(of.encode()).hexdigest()[:32]


def new_handset_name() -> str:
    return secrets.token_urlsafe(12)
