"""Words that may mean danger, and ages: they put a text first among those who wait, no more.

The list is data (risk_words.json), in English and Welsh, with texting spelling. It errs on the
side of danger: a person reads every text anyway, and this only says which one first. What was
found is not kept, only that something was.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).with_name("risk_words.json")
_UP_TO_THREE_WORDS = r"(?: \w+){0,3}"
_APOSTROPHES = re.compile("['\u2019\u2018`\u00b4]")
_NOT_LETTERS = re.compile(r"[^\w]+")
_THREE_ALIKE = re.compile(r"(\w)\1{2,}")
# Spelled with spaces or dots between the letters, as filters are dodged: "k i l l".
_SPACED = re.compile(r"\b(?:\w[ .\-_*]+){3,}\w\b")
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "5": "s", "@": "a", "$": "s"})
_ADULT = 18
# So many letters in a row are no accident of two words that meet.
_SURELY_A_PHRASE = 9
_OLDEST_IN_WORDS = {
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13,
    "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
}  # fmt: skip
_AGE = re.compile(
    r"\b(?:i am|im|am|dwi n|dw i n|rwy n|rwyf n|rydw i n)(?: only| just| nearly| almost)?"
    r" (\d{1,2}|" + "|".join(_OLDEST_IN_WORDS) + r")\b(?! (?:hours|hrs|minutes|mins|days|weeks|"
    r"months|miles|stone|weeks|quid|pounds))"
)
_YEARS_OLD = re.compile(
    r"\b(\d{1,2}) ?(?:yrs? old|years? old|yr old|yo|y o|oed|mlwydd oed|blwydd oed)\b"
)
_SCHOOL_YEAR = re.compile(
    r"\b(?:in|at) (?:year|yr) (?:[4-9]|1[0-3])\b|\bblwyddyn (?:[4-9]|1[0-3])\b"
)


def mean_danger(words: str) -> bool:
    """Whether a text holds words that may mean danger, in English or Welsh."""
    plain = _plain(words)
    if any(_phrases().search(said) for said in _readings(words, plain)):
        return True
    return _run_together().search(plain.replace(" ", "")) is not None


def mean_a_child(words: str) -> bool:
    """Whether somebody says in a text that they are under 18."""
    said = _plain(words)
    ages = [_OLDEST_IN_WORDS.get(each) or int(each) for each in _AGE.findall(said)]
    ages += [int(each) for each in _YEARS_OLD.findall(said)]
    is_young = any(4 < age < _ADULT for age in ages)  # noqa: PLR2004 - nobody of four texts
    return is_young or _SCHOOL_YEAR.search(said) is not None


def _readings(words: str, plain: str) -> Sequence[str]:
    """Return a text in the ways in which it may be meant: plain, undisguised, texting spelt out."""
    undisguised = _SPACED.sub(lambda found: re.sub(r"[^\w]", "", found.group()), words)
    together = plain if undisguised == words else _plain(undisguised)
    readings = [plain, together, plain.translate(_LEET)]
    # Mostly all of them are the same, and each costs a search.
    return list(dict.fromkeys([*readings, *(_spelt_out(each) for each in set(readings))]))


def _plain(words: str) -> str:
    letters = words.casefold()
    if not letters.isascii():
        letters = unicodedata.normalize("NFKD", words).casefold()
        letters = "".join(each for each in letters if not unicodedata.combining(each))
    letters = _THREE_ALIKE.sub(r"\1", _APOSTROPHES.sub("", letters))
    return " ".join(_NOT_LETTERS.sub(" ", letters).split())


def _spelt_out(plain: str) -> str:
    texting = _list()["texting"]
    return " ".join(texting.get(word, word) for word in plain.split())


@cache
def _list() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(_DATA.read_text("utf-8"))
    return read


@cache
def _phrases() -> re.Pattern[str]:
    danger = _list()["danger"]
    every = [phrase for language in danger.values() for phrase in language]
    return re.compile(r"\b(?:" + "|".join(_pattern(phrase) for phrase in every) + r")\b")


@cache
def _run_together() -> re.Pattern[str]:
    """Return the long phrases without their spaces, as in "k.i.l.l.m.y.s.e.l.f"."""
    danger = _list()["danger"]
    every = [
        _plain(phrase).replace(" ", "")
        for language in danger.values()
        for phrase in language
        if "*" not in phrase and "/" not in phrase
    ]
    return re.compile("|".join(each for each in every if len(each) >= _SURELY_A_PHRASE))


def _pattern(phrase: str) -> str:
    pieces: list[str] = []
    for piece in phrase.split():
        if piece == "*":
            pieces.append(_UP_TO_THREE_WORDS)
            continue
        either = "|".join(re.escape(_plain(one)) for one in piece.split("/"))
        pieces.append((" " if pieces else "") + f"(?:{either})")
    return "".join(pieces)
