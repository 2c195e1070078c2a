"""Telephone numbers: what people type, what the network carries, what a screen shows."""

import re

import phonenumbers

WITHHELD = "anonymous"
EMERGENCY = frozenset({"999", "112", "911"})
_MOBILE = re.compile(r"\+447[1-57-9]\d{8}")


class NotANumberError(ValueError):
    """What was given can't be a telephone number; the message says so in plain words."""


def e164(text: str) -> str:
    """Turn a number as a person in Britain types it into E.164.

    Raises NotANumberError. Ofcom's drama ranges are valid here: they are possible, not assigned.
    """
    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or number.extension or not phonenumbers.is_possible_number(number):
        raise NotANumberError("That isn't a telephone number we know how to use.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_e164(text: str) -> bool:
    """Tell whether the network could carry it: E.164 and of a possible length."""
    if not re.fullmatch(r"\+[1-9]\d{6,14}", text):
        return False
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(text))
    except phonenumbers.NumberParseException:
        return False


def is_british_landline(number: str) -> bool:
    return number.startswith("+44") and not _MOBILE.fullmatch(number)


def formatted(number: str) -> str:
    """Give the national form for `to_formatted` and `from_formatted`, or the text unchanged."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def country(number: str) -> str:
    return "GB" if number.startswith("+44") else ""
