"""Finding digits however they are written: figures, words in English or Welsh, or a mixture."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from helpline.confidentiality.release_check.reading import Reading

_WORDS = {
    "0": "zero oh o nought naught nowt nil zro zer0 dim ddim sero",
    "1": "one wun un",
    "2": "two dau ddau dwy ddwy",
    "3": "three thre tri dri thri tair dair thair",
    "4": "four foor pedwar bedwar phedwar pedair bedair phedair",
    "5": "five fiv pump bump phump pum bum",
    "6": "six sicks chwech chwe whech whe",
    "7": "seven sevn sevun saith",
    "8": "eight ait wyth",
    "9": "nine nein naw",
    "10": "ten deg ddeg",
    "11": "eleven",
    "12": "twelve deuddeg ddeuddeg",
    "13": "thirteen",
    "14": "fourteen",
    "15": "fifteen pymtheg bymtheg",
    "16": "sixteen",
    "17": "seventeen",
    "18": "eighteen",
    "19": "nineteen",
    "20": "twenty ugain hugain",
    "30": "thirty",
    "40": "forty fourty",
    "50": "fifty",
    "60": "sixty",
    "70": "seventy",
    "80": "eighty",
    "90": "ninety ninty",
    "00": "hundred hundrid cant gant chant",
    "000": "thousand mil fil",
}
VALUES = {word: digits for digits, words in _WORDS.items() for word in words.split()}
# Words that are digits only among digits.
_WEAK = {
    "o": "0", "oo": "00", "i": "1", "l": "1", "un": "1", "to": "2", "too": "2", "tu": "2",
    "tree": "3", "free": "3", "for": "4", "fore": "4", "ate": "8", "won": "1", "dim": "0",
    "ddim": "0", "mil": "000", "fil": "000", "ten": "10", "bum": "5", "nowt": "0", "nein": "9",
    "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9",
}  # fmt: skip
_TIMES = {"double": 2, "dubble": 2, "dbl": 2, "dwbl": 2, "dwbwl": 2, "treble": 3, "triple": 3}
_TIMES |= {"trebl": 3, "tripl": 3}
_PASSED_OVER = {"and", "then", "space", "dash", "dot", "point", "comma", "plus", "hyphen", "slash"}
_PASSED_OVER |= {"stop", "next", "a", "ac", "yna", "wedyn", "gofod"}
_INSIDE = sorted(VALUES.keys() - {"o", "mil", "fil", "un", "cant", "gant"}, key=len, reverse=True)
_RUN_TOGETHER = re.compile(rf"(?:{'|'.join(_INSIDE)}|double|treble|triple|\d|o)+")
_PART = re.compile(rf"{'|'.join(_INSIDE)}|double|treble|triple|\d|o")
_LIKE_DIGITS = re.compile(r"[0-9oilszbq]*[0-9][0-9oilszbq]*")
_AS_DIGITS = str.maketrans("oilszbq", "0115289")
_TOKEN = re.compile(r"(?!(?<=<)3\b)[a-z0-9]+")  # <3 is a heart
_ENOUGH_INSIDE = 6  # figures with letters put between them
_WIDEST_GAP = 6


@dataclass(frozen=True)
class Run:
    """Digits that stand together, and where (in the reading)."""

    digits: str
    start: int
    end: int
    sure: int
    """How many of them can hardly be anything else."""
    figures: bool
    """Written in figures only."""


@dataclass(frozen=True)
class _Read:
    digits: str
    start: int
    end: int
    sure: bool
    times: int = 0


def _parts(token: str) -> str | None:
    """Read `zeroseven` or `o7seven`; None if it is not all digits."""
    if token in _TIMES or not _RUN_TOGETHER.fullmatch(token):
        return None
    digits, times = "", 1
    for part in _PART.findall(token):
        if part in _TIMES:
            times = _TIMES[part]
            continue
        value = VALUES.get(part, part)
        digits += value * times
        times = 1
    return digits if len(digits) > 1 else None


def _read(token: str, start: int) -> _Read | None:
    end = start + len(token)
    if token in _TIMES:
        return _Read("", start, end, sure=False, times=_TIMES[token])
    if token in _WEAK:
        return _Read(_WEAK[token], start, end, sure=False)
    digits = token if token.isdigit() else VALUES.get(token) or _mixed(token)
    return _Read(digits, start, end, sure=True) if digits else None


def _mixed(token: str) -> str | None:
    """Read digits mixed with letters like them, with letters between them, or with words."""
    if _LIKE_DIGITS.fullmatch(token):
        return token.translate(_AS_DIGITS)
    figures = re.sub(r"\D", "", token)
    return figures if len(figures) >= _ENOUGH_INSIDE else _parts(token)


def _groups(text: str) -> Iterator[list[_Read]]:
    """Give what reads as digits, parted wherever something else stands between."""
    group: list[_Read] = []
    reach = 0
    for match in _TOKEN.finditer(text):
        near = match.start() - reach <= _WIDEST_GAP
        read = _read(match[0], match.start())
        if group and not near:
            yield group
            group = []
        if read is not None:
            group.append(read)
        elif group and match[0] not in _PASSED_OVER and len(match[0]) > 1:
            yield group
            group = []
        reach = match.end()
    if group:
        yield group


def _joined(group: list[_Read]) -> str:
    """Put the digits together: `double 0` is 00, `seventy seven` is 77."""
    digits, times, tens = "", 1, False
    for read in group:
        if read.times:
            times = read.times
            continue
        one = len(read.digits) == 1 and read.digits != "0"
        if tens and one and times == 1:
            digits = digits[:-1] + read.digits
        else:
            digits += read.digits[:1] * (times - 1) + read.digits
        tens = read.sure and len(read.digits) == 2 and read.digits[1] == "0" != read.digits[0]  # noqa: PLR2004 - two figures are tens
        times = 1
    return digits


def runs(reading: Reading) -> list[Run]:
    """Find all runs of digits, from single ones up."""
    found = []
    for group in _groups(reading.text):
        known = [read for read in group if read.sure]
        if not known:
            continue
        last = max(i for i, read in enumerate(group) if read.sure or read.digits[:1] == "0")
        trimmed = group[: last + 1]
        figures = all(reading.text[read.start : read.end].isdigit() for read in trimmed)
        sure = sum(len(read.digits) for read in known)
        found.append(Run(_joined(trimmed), trimmed[0].start, trimmed[-1].end, sure, figures))
    return found
