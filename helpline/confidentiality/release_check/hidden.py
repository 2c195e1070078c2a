"""Words whose very writing is a disguise, though no rule knows the word."""

from collections.abc import Iterator

from helpline.confidentiality.release_check import vocabulary
from helpline.confidentiality.release_check.flags import Flag, Kind
from helpline.confidentiality.release_check.reading import plainly, spaced_out
from helpline.confidentiality.release_check.vocabulary import is_common

_SHORTEST = 4  # letters


def hidden(words: str, agreed: frozenset[str]) -> Iterator[Flag]:
    """Find words spelled out letter by letter, or made of letters that are not what they seem."""
    reading = plainly(words)
    names = {vocabulary.bare(name) for name in agreed}
    for start, end, word in spaced_out(reading):
        if len(word) >= _SHORTEST and not is_common(word) and word not in names:
            yield Flag.of(*reading.span(start, end), Kind.disguised)
    for start, end in reading.hidden:
        yield Flag.of(start, end, Kind.disguised)
