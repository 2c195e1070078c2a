"""Telephone numbers: read what people and the carrier write, say which can't be used and why."""

import re
from dataclasses import dataclass

import phonenumbers

HOME_REGION = "GB"

# Spellings of "no number" seen from carriers; +266696687 is ANONYMOUS on a keypad.
# Source: ../shared/carrier/twilio.md 2.4; anything else that is not a number is withheld as well.
_WITHHELD = frozenset(
    {"", "anonymous", "unknown", "unavailable", "restricted", "private", "+266696687", "266696687"}
)

# Ofcom keeps these ranges for drama: they belong to nobody, and phonenumbers calls them invalid.
_DRAMA = re.compile(r"^\+44(7700900\d{3}|2079460\d{3}|1632960\d{3}|8081570\d{3})$")
_DRAMA_MOBILE = re.compile(r"^\+447700900\d{3}$")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class NotANumberError(ValueError):
    """What was given can't be read as a telephone number."""


@dataclass(frozen=True)
class PhoneNumber:
    """A telephone number in E.164 (`+447700900123`). Never put one into a log or a URL."""

    e164: str

    def __repr__(self) -> str:
        """Hide the digits, so that no log line or traceback shows them by accident."""
        return "PhoneNumber(hidden)"

    __str__ = __repr__

    @property
    def is_made_up(self) -> bool:
        """Whether it lies in Ofcom's drama ranges, which reach nobody."""
        return bool(_DRAMA.match(self.e164))

    @property
    def is_mobile(self) -> bool:
        """Whether a text to it reaches a mobile phone (a landline may read it aloud)."""
        if _DRAMA_MOBILE.match(self.e164):
            return True
        try:
            kind = phonenumbers.number_type(phonenumbers.parse(self.e164))
        except phonenumbers.NumberParseException:
            # The carrier may name a sender whose country does not exist.
            return False
        return kind in (
            phonenumbers.PhoneNumberType.MOBILE,
            phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        )


def read(written: str) -> PhoneNumber:
    """Read a number as a person writes it (`07700 900123`, `+44 7700 900123`).

    Raises:
        NotANumberError: with a sentence that says what to do.

    """
    try:
        parsed = phonenumbers.parse(written, HOME_REGION)
    except phonenumbers.NumberParseException:
        raise NotANumberError(
            "Enter a telephone number, like 07700 900123 or +44 7700 900123"
        ) from None
    number = PhoneNumber(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    if number.is_made_up or phonenumbers.is_valid_number(parsed):
        return number
    raise NotANumberError("There is no such telephone number. Check the digits")


def from_carrier(sender: str) -> PhoneNumber | None:
    """Read the sender of a call or text as the carrier gives it; None if it was withheld.

    Anything that is not E.164 counts as withheld: a call must never be lost over its number.
    """
    sender = sender.strip()
    if sender.lower() in _WITHHELD or not _E164.fullmatch(sender):
        return None
    return PhoneNumber(sender)
