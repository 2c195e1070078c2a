"""Places as callers name them: which nation they lie in, and which council looks after children."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from helpline.confidentiality.bank_holidays import Nation
from helpline.confidentiality.release_check.vocabulary import is_common

LONGEST_NAME = 5  # words
_HEADING = re.compile(r"^\[(\w+)\]$")
_COUNCIL = re.compile(r"^(?P<name>[^(:]+?)(?: \((?P<wider>[^)]+)\))?(?:: (?P<others>.+))?$")
_NATIONS = {
    Nation.england: ("england", "english"),
    Nation.wales: ("wales", "cymru"),
    Nation.scotland: ("scotland", "scottish"),
    Nation.northern_ireland: ("northern ireland", "ulster", "n ireland"),
}
_LEADS_TO_A_PLACE = frozenset({"in", "from", "near", "around", "outside", "to", "at"})
_FEW_LETTERS = 4


@dataclass(frozen=True)
class Council:
    """A council that looks after children, and the wider area that it lies in."""

    name: str
    nation: Nation
    wider: str
    others: tuple[str, ...]

    @property
    def areas(self) -> frozenset[str]:
        """Its own name and its wider area's, as `plain` has them."""
        return frozenset(plain(each) for each in (self.name, self.wider) if each)


@dataclass(frozen=True)
class Place:
    """Where somebody is, as far as a service's coverage asks."""

    said: str
    nations: frozenset[Nation]
    """More than one where several places have that name."""
    areas: frozenset[str] = frozenset()
    """Names under which a service may say that it covers this place; none for a whole nation."""


def plain(name: str) -> str:
    """Give a name in the form in which names are compared."""
    return " ".join(re.findall(r"[a-z]+", name.lower().replace("'", "")))


@cache
def councils() -> Sequence[Council]:
    """List the councils of the four nations."""
    return tuple(_read())


def find(name: str) -> Place | None:
    """Find a place by its name alone; None if nobody knows it."""
    return _known().get(plain(name))


def in_words(words: Sequence[str], cased: Sequence[str]) -> Place | None:
    """Find the first place in what somebody said; a longer name goes before a shorter one.

    `words` are in small letters, `cased` the same as they were written.
    """
    for length in range(min(LONGEST_NAME, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            found = _known().get(" ".join(words[start : start + length]))
            if found is None:
                continue
            if length > 1 or _is_meant(words, cased, start):
                return found
    return None


def _is_meant(words: Sequence[str], cased: Sequence[str], start: int) -> bool:
    """Whether a word such as "reading" or "sale" is the name of a place here."""
    if words[start] in {name for names in _NATIONS.values() for name in names}:
        return True
    if len(words[start]) > _FEW_LETTERS and not is_common(words[start]):
        return True
    follows_in = start > 0 and words[start - 1] in _LEADS_TO_A_PLACE
    has_capital = start > 0 and cased[start][:1].isupper() and not "".join(cased).isupper()
    return follows_in or has_capital


@cache
def _known() -> Mapping[str, Place]:
    known: dict[str, Place] = {
        name: Place(name, frozenset({nation}))
        for nation, names in _NATIONS.items()
        for name in names
    }
    for council in councils():
        for said in (council.name, council.wider, *council.others):
            key = plain(said)
            if key and not (key in known and not known[key].areas):
                _add(known, key, council, is_wider=said == council.wider)
    return known


def _add(known: dict[str, Place], key: str, council: Council, *, is_wider: bool) -> None:
    before = known.get(key, Place(key, frozenset()))
    areas = frozenset({key}) if is_wider else council.areas | {key}
    known[key] = Place(key, before.nations | {council.nation}, before.areas | areas)


def _read() -> Iterator[Council]:
    nation = Nation.england
    listed = resources.files(__package__).joinpath("lists", "places.txt").read_text("utf-8")
    for line in listed.splitlines():
        if heading := _HEADING.match(line):
            nation = Nation(heading[1])
        elif line and not line.startswith("#") and (read := _COUNCIL.match(line)):
            others = tuple(each.strip() for each in (read["others"] or "").split(",") if each)
            yield Council(read["name"], nation, read["wider"] or "", others)
