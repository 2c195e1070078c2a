"""What in a family's answer must be looked at before the person gets it."""

import re
from functools import cache
from pathlib import Path

from helpline.confidentiality.release_check.flags import Flag, Kind
from helpline.confidentiality.release_check.reading import plainly

_LIST = Path(__file__).parent / "lists" / "replies.txt"
_YOU = "(?:you|u|ya|yous)"


def screen_reply(words: str) -> tuple[Flag, ...]:
    """Find threats, questions that trace and pressure in a reply, English or Welsh.

    Source: domain.md 1g, L8. Flags lie inside `words`, in their order. It errs on the side of
    marking: a supervisor reads what is marked, and lets it go on if it is kind.
    """
    reading = plainly(words)
    found = [
        Flag.of(*reading.span(*match.span()), kind)
        for kind, pattern in _patterns()
        for match in pattern.finditer(reading.text)
    ]
    return tuple(sorted(found, key=lambda flag: (flag.start, flag.end)))


@cache
def _patterns() -> tuple[tuple[Kind, re.Pattern[str]], ...]:
    lines = _LIST.read_text("utf-8").splitlines()
    given = [line.partition(": ") for line in lines if not line.startswith("#")]
    return tuple(
        (Kind(kind), re.compile(pattern.replace("{you}", _YOU))) for kind, _, pattern in given
    )
