"""The few words that software may act on, and only where they were asked for (design.md 6.9).

STOP after an outreach text ends outreach and nothing else. In a conversation no word is acted on:
"end", "quit" or "stop it" are read by a person. The carrier's own opt-out is another matter: it
blocks us whatever we think, so it is noted wherever it is told.
"""

import enum
import re
import unicodedata


class Asked(enum.StrEnum):
    nothing = "nothing"
    stop = "stop"
    start = "start"


_STOP = frozenset(
    {"stop", "stopall", "stop all", "unsubscribe", "optout", "opt out", "stopio", "dim", "stopiwch"}
)
"""English, and Welsh STOPIO and DIM (domain.md 7.5). Words that a frightened person may mean
otherwise, such as "end", "quit" and "cancel", are not among them."""
_START = frozenset({"start", "unstop", "yes start", "dechrau", "cychwyn"})
_NOT_LETTERS = re.compile(r"[^\w]+")


def read(words: str) -> Asked:
    """Say what a whole text asks for; a word inside a sentence asks for nothing."""
    plain = unicodedata.normalize("NFKC", words).casefold()
    said = " ".join(_NOT_LETTERS.sub(" ", plain).split())
    if said in _STOP:
        return Asked.stop
    return Asked.start if said in _START else Asked.nothing


def told_by_carrier(opt_out_type: str) -> Asked:
    """Read the carrier's own word for what its opt-out made of a text (twilio.md section 3)."""
    return {"STOP": Asked.stop, "START": Asked.start}.get(opt_out_type.upper(), Asked.nothing)
