"""What a caller's words ask the directory for: topics, whom it is for, an age, a place.

"somewhere to sleep tonight Leeds 17" asks for a place to stay, for somebody of 17, in Leeds. The
expressions stand in `lists/callers.txt`; nothing of what was asked is kept anywhere.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from helpline.confidentiality.release_check.vocabulary import is_common
from helpline.directory import places
from helpline.directory.places import Place

MOST_LETTERS = 200
_WORD = re.compile(r"[0-9]+|[^\W\d_]+(?:['’][^\W\d_]+)*")  # noqa: RUF001 - both apostrophes
_LINE = re.compile(r"^(?P<name>[@+]?[a-z_ ]+): (?P<expressions>.+)$")
_AGE = re.compile(
    r"(?<![£\d.,/])\b(?P<age>\d{1,3})\b"
    r"(?!\s*(?:kids|children|times|years? ago|months?|weeks?|days?|hours?|minutes?|am|pm|k|%|"
    r"pounds|quid|miles|people|of us|nights?))"
)
_SOMEBODY_ELSES = frozenset(
    {"son", "daughter", "child", "kid", "kids", "children", "teenager", "teen", "baby", "toddler"}
    | {"sons", "daughters", "boy", "girl", "grandson", "granddaughter", "stepson", "stepdaughter"}
    | {"niece", "nephew", "pupil", "student", "he", "she", "his", "her"}
)
_OWN = re.compile(r"\b(?:i'?m|i am|im|aged? me)\s+(?:only\s+|just\s+)?\d{1,3}\b")
_YOUNGEST, _OLDEST, _OF_AGE = 5, 110, 18
_A_CHILD_ASKS = 0.9
_WEIGHTS = (0.0, 1.0, 1.7, 2.3, 2.6)
_EACH_MORE = 0.3
_MOST_MORE = 0.9
_TOO_SHORT_TO_MEND = 4
_ALIKE = 0.8
_ENDINGS = ("'s", "ies", "ing", "ed", "es", "s", "e")
_SHORTEST_STEM = 3


@dataclass(frozen=True)
class Asked:
    """What somebody's words ask for."""

    topics: Mapping[str, float] = field(default_factory=dict)
    """How strongly each topic is asked for."""
    audiences: Mapping[str, float] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    """Words to be looked for in what services say of themselves."""
    added: tuple[str, ...] = ()
    """Words that mean the same in the services' own language; they only help to order."""
    age: int | None = None
    """Of the person who asks; nobody's where they speak of somebody else."""
    place: Place | None = None
    unknown: tuple[str, ...] = ()
    """Words that no list has: perhaps a name, perhaps misspelt."""


def understood(said: str) -> Asked:
    """Find out what words ask for. Of more than 200 characters, the first 200 are read."""
    said = said[:MOST_LETTERS]
    cased = _WORD.findall(said)
    words = [plain(each) for each in cased]
    place = places.in_words(words, cased)
    in_place = set(place.said.split()) if place else set()
    mended = [_mended(each) if each not in in_place else each for each in words]
    stems = frozenset(stem(each) for each in (*words, *mended))
    topics: dict[str, float] = {}
    audiences: dict[str, float] = {}
    added: dict[str, float] = {}
    for name, weight in _led_to(stems).items():
        into = {"@": audiences, "+": added}.get(name[0], topics)
        into[name.lstrip("@+")] = weight
    content = [each for each in mended if each not in in_place and is_telling(each)]
    age = _age(said.lower(), frozenset(words))
    if topics and age is not None and age < _OF_AGE:
        # Whatever else a child needs, somebody has to see that they are safe (domain.md 7.4).
        topics["child_protection"] = topics.get("child_protection", 0.0) + _A_CHILD_ASKS
    return Asked(
        topics=topics,
        audiences=audiences,
        words=tuple(dict.fromkeys(content)),
        added=tuple(dict.fromkeys(" ".join(added).split())),
        age=age,
        place=place,
        unknown=tuple(each for each in content if stem(each) not in _stems_on_lists()),
    )


def plain(word: str) -> str:
    """Give a word in small letters without its apostrophe."""
    return word.lower().replace("'", "").replace("’", "")  # noqa: RUF001


def stem(word: str) -> str:
    """Give what the forms of a word have in common: hits, hitting and hit."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            word = word.removesuffix(ending)
            if ending == "ies":
                return f"{word}y"
            if ending in {"ing", "ed"} and word[-1:] == word[-2:-1]:
                word = word[:-1]
            return word.removesuffix("e") if len(word) > _SHORTEST_STEM else word
    return word


def last_word(said: str) -> str:
    """Give the word that is being typed: the last one, unless a space ended it."""
    words = _WORD.findall(said)
    return plain(words[-1]) if words and said[-1:].isalnum() else ""


def is_telling(word: str) -> bool:
    """Whether a word tells services apart: not "help", not a number."""
    return word not in _stop_words() and not word.isdigit() and len(word) > 1


def _led_to(stems: frozenset[str]) -> dict[str, float]:
    weights: dict[str, list[float]] = {}
    for expression, names in _expressions().items():
        if expression <= stems:
            for name in names:
                weight = _WEIGHTS[min(len(expression), len(_WEIGHTS) - 1)]
                weights.setdefault(name, []).append(weight)
    return {
        name: max(found) + min(_EACH_MORE * (len(found) - 1), _MOST_MORE)
        for name, found in weights.items()
    }


def _age(said: str, words: frozenset[str]) -> int | None:
    ages = [int(each["age"]) for each in _AGE.finditer(said)]
    ages = [each for each in ages if _YOUNGEST <= each <= _OLDEST]
    if not ages or (words & _SOMEBODY_ELSES and not _OWN.search(said)):
        return None
    return ages[0]


def _mended(word: str) -> str:
    """Give the word of the lists that a misspelt one was meant to be; else the word itself."""
    if len(word) < _TOO_SHORT_TO_MEND or word.isdigit():
        return word
    if word in _words_on_lists() or stem(word) in _stems_on_lists() or is_common(word):
        return word
    begun = [each for each in _words_on_lists() if each.startswith(word)]
    if begun:
        return min(begun, key=lambda each: (len(each), each))
    near = [
        each
        for each in _words_on_lists()
        if each[0] == word[0] and abs(len(each) - len(word)) <= 2 and len(each) >= len(word) - 1  # noqa: PLR2004 - a slip or two
    ]
    return next(iter(difflib.get_close_matches(word, near, n=1, cutoff=_ALIKE)), word)


@cache
def _expressions() -> Mapping[frozenset[str], frozenset[str]]:
    read: dict[frozenset[str], set[str]] = {}
    for line in _lines("callers.txt"):
        if parts := _LINE.match(line):
            for expression in parts["expressions"].split(", "):
                key = frozenset(stem(plain(each)) for each in expression.split())
                read.setdefault(key, set()).add(parts["name"])
    return {key: frozenset(names) for key, names in read.items()}


@cache
def _words_on_lists() -> frozenset[str]:
    found = set[str]()
    for line in _lines("callers.txt"):
        if parts := _LINE.match(line):
            found.update(plain(each) for each in _WORD.findall(parts["expressions"]))
    return frozenset(found)


@cache
def _stems_on_lists() -> frozenset[str]:
    return frozenset(stem(each) for each in _words_on_lists())


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(word for line in _lines("stop.txt") for word in line.split())


def _lines(name: str) -> Sequence[str]:
    text = resources.files(__package__).joinpath("lists", name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def topics_of(texts: Iterable[str], *, most: int = 4) -> tuple[str, ...]:
    """Say which topics a service's own words are about, the strongest first."""
    found = understood_all(texts)
    return tuple(sorted(found, key=lambda each: -found[each])[:most])


def understood_all(texts: Iterable[str]) -> dict[str, float]:
    """Return how strongly texts ask for each topic, taken together."""
    weights: dict[str, float] = {}
    for text in texts:
        for topic, weight in understood(text).topics.items():
            weights[topic] = max(weights.get(topic, 0.0), weight)
    return weights
