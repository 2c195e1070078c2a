"""What in a family's answer must be looked at before the person gets it."""

import re

from helpline.confidentiality.release_check.flags import Flag, Kind
from helpline.confidentiality.release_check.reading import plainly

_PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.threat, re.compile(r"\byou'?ll regret\b|\bwe will find you\b")),
    (Kind.tracing, re.compile(r"\bwhere are you\b|\bwh(?:at|ich) (?:town|number)\b")),
    (Kind.pressure, re.compile(r"\bif you don'?t come\b|\bbecause of you\b")),
)


def screen_reply(words: str) -> tuple[Flag, ...]:
    """Find threats, questions that trace and pressure in a reply, English or Welsh.

    Source: domain.md 1g, L8. Flags lie inside `words`, in their order.
    """
    reading = plainly(words)
    return tuple(
        Flag.of(*reading.span(*match.span()), kind)
        for kind, pattern in _PATTERNS
        for match in pattern.finditer(reading.text)
    )
