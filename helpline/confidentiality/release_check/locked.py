"""What lies in the author's vault, in whatever disguise."""

import re
from collections.abc import Iterator

from helpline.confidentiality.release_check.digits import Run
from helpline.confidentiality.release_check.flags import Kind
from helpline.confidentiality.release_check.reach import Found
from helpline.confidentiality.release_check.reading import Reading, plainly

_TAIL = 5  # digits: the last of a number are enough to know it by
_SHORTEST = 3  # letters: a shorter entry would be found in every other word
_SHORT = {
    "road": "rd", "street": "st", "avenue": "ave", "lane": "ln", "close": "cl", "drive": "dr",
    "gardens": "gdns", "terrace": "terr", "crescent": "cres", "saint": "st", "at": "", "dot": "",
    "com": "", "apartment": "flat",
}  # fmt: skip
_ALIKE = str.maketrans("i1053478", "lloseatb")  # as they are drawn, or stand for each other
_HOUSE = re.compile(r"^\W*\d+[a-z]?\s+")
_WORD = re.compile(r"[a-z]+|\d+")


def _bones(text: str, *, cut_all: bool = False) -> tuple[str, list[int]]:
    """Give letters and figures only, with words that have a short form cut to it, and where.

    The "at" of AT3-F2G is no word, and stays unless `cut_all`.
    """
    bones, where = "", []
    for match in _WORD.finditer(text):
        is_word = not _touches(text, match.start(), match.end())
        short = _SHORT.get(match[0], match[0]) if is_word or cut_all else match[0]
        bones += short.translate(_ALIKE)
        where += [match.start() + min(i, len(match[0]) - 1) for i in range(len(short))]
    return bones, where


def _touches(text: str, start: int, end: int) -> bool:
    return text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()


def _entries(secret: str) -> Iterator[str]:
    """Give a secret and those parts of it that give it away alone: the words of an address."""
    secret = plainly(secret).text
    yield _bones(secret)[0]
    yield _bones(secret, cut_all=True)[0]
    for line in re.split(r"[,\n]", secret):
        for part in (line, _HOUSE.sub("", line)):
            bones, _ = _bones(part)
            if len(bones) > _TAIL:
                yield bones


def words(reading: Reading, secrets: frozenset[str]) -> Iterator[Found]:
    """Find locked words: whole, in parts, with anything between their letters."""
    entries = {entry for secret in secrets for entry in _entries(secret)}
    for cut_all in (False, True):
        bones, where = _bones(reading.text, cut_all=cut_all)
        for entry in entries:
            if len(entry) < _SHORTEST:
                continue
            found = re.escape(entry) if len(entry) <= _TAIL else f"{entry}|{entry[::-1]}"
            for match in re.finditer(found, bones):
                start, end = where[match.start()], where[match.end() - 1] + 1
                if len(entry) > _TAIL or _stands_alone(reading.text, start, end):
                    yield start, end, Kind.vault


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not text[start - 1 : start].isalpha() and not text[end : end + 1].isalpha()


def numbers(runs: list[Run], secrets: frozenset[str]) -> Iterator[Found]:
    """Find locked numbers: whole or their end, forwards or backwards."""
    tails = set()
    for secret in secrets:
        digits = re.sub(r"\D", "", secret)
        if len(digits) >= _TAIL:
            tails |= {digits[-_TAIL:], digits[::-1][:_TAIL]}
    for run in runs:
        if any(tail in run.digits for tail in tails):
            yield run.start, run.end, Kind.vault
