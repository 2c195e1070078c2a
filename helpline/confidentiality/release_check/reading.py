"""Reading words as a person reads them: without the dots, look-alikes and gaps that hide a word.

Each reading keeps where every one of its characters stands in the words as they were written.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from helpline.confidentiality.release_check import words

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK_ALIKES = str.maketrans(
    {odd: ours for ours, odds in map(str.split, words.lines("look_alikes")) for odd in odds}
)
_WIDE = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "Æ": "AE", "Œ": "OE", "🔟": "10"}
_MARKS = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´", "'"),  # noqa: RUF001 - they are the point
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("·•・。․‧∙⋅。", "."),  # noqa: RUF001 - they are the point
        **dict.fromkeys("∕⁄⧸", "/"),  # noqa: RUF001 - they are the point
        **dict.fromkeys("\u3164\u2800\u115f\u1160", " "),
    }
)
_SPACES = {"\n": "\n", "\r": "\n", "\t": " "}
_UNSEEN = {"Cf", "Mn", "Me", "Cc", "Cs", "Co"}
_SPACED_OUT = re.compile(r"(?<![a-z0-9&'])(?:[a-z0-9][ .,*_/|~\-]{1,3}){3,}[a-z0-9](?![a-z0-9'])")
_MIXED = re.compile(r"[a-z0-9@$!|]*(?:[a-z][0-9@$!|]|[0-9@$!|][a-z])[a-z0-9@$!|]*[a-z0-9@$|]")
_AS_LETTERS = str.maketrans("0134578@$!|", "oieastbasil")
_AS_LETTERS_L = str.maketrans("0134578@$!|", "oleastbasll")


@dataclass(frozen=True)
class Reading:
    """One way to read the words. `text` is lower case, `cased` the same with its capitals."""

    cased: str
    origins: tuple[int, ...]
    """For each character the index in the original words."""
    hidden: tuple[tuple[int, int], ...] = ()
    """Spans, in the original, of words made of mixed alphabets or with unseen characters inside."""

    @cached_property
    def text(self) -> str:
        return "".join(c.lower() if len(c.lower()) == 1 else c for c in self.cased)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Give where `text[start:end]` stands in the original words."""
        return self.origins[start], self.origins[end - 1] + 1

    def replaced(self, pattern: re.Pattern[str], by: "Callable[[str], str]") -> "Reading":
        """Read what matches another way; each new character stands where the match begins or ends.

        A replacement as long as the match keeps its characters one by one.
        """
        cased: list[str] = []
        origins: list[int] = []
        done = 0
        for match in pattern.finditer(self.text):
            cased.append(self.cased[done : match.start()])
            origins += self.origins[done : match.start()]
            new = by(match[0])
            where = self.origins[match.start() : match.end()]
            if len(new) != len(where):
                where = _spread(where, len(new))
            cased.append(new)
            origins += where
            done = match.end()
        cased.append(self.cased[done:])
        origins += self.origins[done:]
        return Reading("".join(cased), tuple(origins), self.hidden)


def _spread(where: tuple[int, ...], length: int) -> tuple[int, ...]:
    """Let fewer or more characters stand over the same part, from its first to its last one."""
    if length <= 1:
        return where[:length]
    last = len(where) - 1
    return tuple(where[round(i * last / (length - 1))] for i in range(length))


def _seen(character: str) -> str:
    """Give what a person sees in one character: plain letters, digits and marks, or nothing."""
    if character.isascii():
        return character if character.isprintable() else _SPACES.get(character, "")
    if character in _WIDE:
        return _WIDE[character]
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(character) in _UNSEEN:
        return ""
    return _enclosed(character) or _plain(character)


def _enclosed(character: str) -> str:
    """Give a letter in a square or circle, or of a flag; nothing for any other character."""
    point = ord(character)
    for first in (0x1F1E6, 0x1F170, 0x1F150):
        if first <= point < first + 26:
            return chr(point - first + ord("A"))
    return ""


def _plain(character: str) -> str:
    """Give a letter without its marks, in our alphabet where it looks the same."""
    plain = unicodedata.normalize("NFKD", character.translate(_MARKS))
    plain = "".join(c for c in plain if unicodedata.category(c) not in _UNSEEN)
    plain = plain.translate(_LOOK_ALIKES).translate(_MARKS)
    kinds = {unicodedata.category(c) for c in plain}
    if kinds <= {"Zs", "Zl", "Zp"}:
        return " " if plain else ""
    return "-" if kinds == {"Pd"} else plain


def plainly(words: str) -> Reading:
    """Read the words letter for letter."""
    cased: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(words):
        for seen in _seen(character):
            cased.append(seen)
            origins.append(index)
    return Reading("".join(cased), tuple(origins), tuple(_hidden(words)))


_WORD = re.compile(r"(?:[^\W\d_]|[\u200b-\u200f\u2060-\u2064\u00ad\ufeff\u034f\u180e])+")


def _hidden(words: str) -> list[tuple[int, int]]:
    """Find words with unseen characters inside, or letters of two alphabets."""
    if words.isascii():
        return []
    found = []
    for match in _WORD.finditer(words):
        inside = match[0].strip("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad")
        unseen = any(unicodedata.category(c) == "Cf" or c == "\u034f" for c in inside)
        scripts = {unicodedata.name(c, "?").partition(" ")[0] for c in inside if c.isalpha()}
        if unseen or (len(scripts) > 1 and scripts & {"CYRILLIC", "GREEK", "ARMENIAN"}):
            found.append(match.span())
    return found


def without_gaps(reading: Reading) -> Reading:
    """Read `l e e d s` and `L.E.E.D.S` as one word."""

    def close_up(spaced: str) -> str:
        return re.sub(r"[^a-z0-9]", "", spaced)

    return reading.replaced(_SPACED_OUT, close_up)


def spaced_out(reading: Reading) -> list[tuple[int, int, str]]:
    """Give start, end and closed-up word of whatever is written letter by letter."""
    return [
        (*match.span(), re.sub(r"[^a-z0-9]", "", match[0]))
        for match in _SPACED_OUT.finditer(reading.text)
    ]


def digits_as_letters(reading: Reading) -> list[Reading]:
    """Read `l33ds` as leeds and `b1ue` as both biue and blue; nothing if no word is mixed so."""
    if not _MIXED.search(reading.text):
        return []
    readings = [
        reading.replaced(_MIXED, lambda word: word.translate(_AS_LETTERS)),
        reading.replaced(_MIXED, lambda word: word.translate(_AS_LETTERS_L)),
    ]
    return readings[:1] if readings[0].cased == readings[1].cased else readings
