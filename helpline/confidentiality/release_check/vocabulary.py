"""Which words are common, which are names of people and of places."""

import functools
import re
from collections.abc import Iterator

from helpline.confidentiality.release_check import words

MORE_MEANINGS = "?"
ONE_MEANING = "="
_WELSH = "+"
LONGEST_PLACE = 4  # words
_SHORTEST = 3  # letters


def listed(name: str) -> frozenset[str]:
    """Give the words of one list, as `bare` has them."""
    return frozenset(word for line in words.lines(name) for word in bare(line).split())


def bare(text: str) -> str:
    """Give words as the lists have them: no apostrophes and no letters with marks."""
    return re.sub("['’]", "", text.lower().translate(_PLAIN))  # noqa: RUF001 - it is the point


_PLAIN = str.maketrans("âêîôûŵŷäëïöüáéíóúàèìòùç", "aeiouwyaeiouaeiouaeiouc")
COMMON = listed("vocabulary")
NOT_NAMES = listed("not_names")
_ENDINGS = (
    "s", "es", "d", "ed", "ing", "in", "ly", "er", "ers", "est", "y", "ness", "ful", "less", "nt",
    "ll", "ve", "re", "m", "self",
)  # fmt: skip


@functools.lru_cache(maxsize=20_000)
def is_common(word: str) -> bool:
    """Whether a word, or the word it is made from, is a common one."""
    word = word.replace("'", "")
    return word in COMMON or any(stem in COMMON for stem in _stems(word))


def _stems(word: str) -> Iterator[str]:
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 1:
            yield stem
            yield stem + "e"
            if stem[-1] == stem[-2]:
                yield stem[:-1]
            if stem[-1] == "i":
                yield stem[:-1] + "y"
    shorter = re.sub(r"(.)\1+", r"\1", word)
    if shorter != word:
        yield shorter  # sooo, loove
        yield re.sub(r"(.)\1+", r"\1\1", word)


_names = [name for line in words.lines("names") for name in bare(line).split()]
NAMES_WITH_MORE_MEANINGS = frozenset(
    name.rstrip(MORE_MEANINGS) for name in _names if name.endswith(MORE_MEANINGS) or name in COMMON
)
NAMES = frozenset(_names) - NAMES_WITH_MORE_MEANINGS

# How the first letter of a Welsh word changes after some words.
_MUTATIONS = (
    ("ll", ("l",)), ("rh", ("r",)), ("p", ("b", "mh", "ph")), ("t", ("d", "nh", "th")),
    ("c", ("g", "ngh", "ch")), ("b", ("f", "m")), ("d", ("dd", "n")), ("g", ("", "ng")),
    ("m", ("f",)),
)  # fmt: skip
_SHORTEST_CHANGED = 5


def mutated(name: str) -> Iterator[str]:
    """Give the forms a Welsh name takes: Caerdydd, Gaerdydd, Nghaerdydd, Chaerdydd."""
    for first, others in _MUTATIONS:
        if name.startswith(first):
            for other in others:
                changed = other + name[len(first) :]
                if len(changed) >= _SHORTEST_CHANGED:
                    yield changed
            return


def _places() -> Iterator[tuple[str, str]]:
    """Give each name of a place in each of its forms, with its mark for other meanings."""
    for line in words.lines("places") + words.lines("more_places"):
        name = re.sub(r"[^a-z]+", " ", bare(line)).strip()
        mark = line[-1] if line[-1] in MORE_MEANINGS + ONE_MEANING else ""
        if not mark and " " not in name and (is_common(name) or len(name) < _SHORTEST):
            mark = MORE_MEANINGS
        yield name, mark
        if _WELSH in line:
            for changed in mutated(name):
                yield changed, MORE_MEANINGS if is_common(changed) else ""
        if name.startswith("saint "):
            yield "st " + name.removeprefix("saint "), mark


_marked = {name: mark for name, mark in _places() if name}
PLACES_WITH_MORE_MEANINGS = frozenset(
    name for name, mark in _marked.items() if mark == MORE_MEANINGS
)
PLACES = frozenset(_marked) - PLACES_WITH_MORE_MEANINGS


def _shortened(word: str) -> Iterator[str]:
    """Give a word, and the word with each one of its letters left out."""
    yield word
    yield from (word[:i] + word[i + 1 :] for i in range(len(word)))


_LONG_ENOUGH = 6  # letters: shorter words are too often one letter from another
_NEARLY = frozenset(
    short
    for name in PLACES
    if len(name) > _LONG_ENOUGH and " " not in name
    for short in _shortened(name)
)


@functools.lru_cache(maxsize=20_000)
def is_nearly_a_place(word: str) -> bool:
    """Whether a word is the name of a place with a slip of the finger."""
    return len(word) >= _LONG_ENOUGH and any(short in _NEARLY for short in _shortened(word))
