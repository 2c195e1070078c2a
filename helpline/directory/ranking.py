"""Putting found services in order: the most useful first, each with the reasons it was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from helpline.confidentiality.bank_holidays import Nation
from helpline.directory import places
from helpline.directory.asking import Asked, stem
from helpline.directory.entries import AUDIENCES, TOPICS, Entry
from helpline.directory.indexing import name_words
from helpline.directory.places import Place
from helpline.directory.services import Shown, Standing, standing

# What each fact is worth, beside a topic that is asked for in two words (about 3.4).
_AUDIENCE = 0.9
_NOT_FOR_THEM = -1.6
_AFTER_A_DEATH = -3.0
_FOR_SOME = -0.6
_FOR_OTHERS = -0.5
_AGE = 1.0
_THIS_AREA = 2.5
_THIS_NATION = 1.0
_FEWER_PEOPLE = -1.4
_NAMED = 4.0
_REACHED_BY_VOICE = 0.3
_OPEN = {True: 0.2, None: 0.0, False: -0.2}
_STANDINGS = {
    Standing.verified: 0.2,
    Standing.seen: 0.15,
    Standing.stale: 0.1,
    Standing.to_be_verified: 0.0,
}
_PEOPLE: Mapping[Nation, float] = {
    Nation.england: 0.84,
    Nation.scotland: 0.08,
    Nation.wales: 0.05,
    Nation.northern_ireland: 0.03,
}
"""Share of the UK's people, by nation: how likely somebody whose place isn't known is there."""
_SPECIAL = frozenset({"perpetrator", "deaf_people", "lgbtq", "refugee_migrant", "veteran"})
_SPECIAL_TOO = _SPECIAL | {"adult", "professional", "family_of_missing"}
"""Services for these alone are for nobody else, unless somebody says that they are one."""
_YOUNG = frozenset({"child", "young_person"})
_YOUNG_UNTIL, _OLD_FROM = 25, 60


@dataclass(frozen=True)
class Candidate:
    """A service that the database gathered, with how well it fits by topic and by words."""

    shown: Shown
    entry: Entry
    by_topic: float
    by_words: float
    has_words: bool


@dataclass(frozen=True)
class Ranked:
    """A found service: how it is said now, how well it fits, and why."""

    shown: Shown
    entry: Entry
    score: float
    reasons: tuple[str, ...]


def put_in_order(
    found: Sequence[Candidate],
    asked: Asked,
    age: int | None,
    place: Place | None,
    *,
    at: datetime,
) -> list[Ranked]:
    """Put services in order, the most useful first."""
    ranked = [_ranked(each, asked, age, place, at) for each in found]
    ranked.sort(key=lambda each: (-each.score, each.entry.name))
    return ranked


def _ranked(
    each: Candidate, asked: Asked, age: int | None, place: Place | None, at: datetime
) -> Ranked:
    entry = each.entry
    named = _named(entry, asked)
    score = (
        each.by_topic
        + each.by_words
        + named * _NAMED
        + _by_purpose(entry, asked)
        + _by_audience(entry, asked)
        + _by_age(entry, age)
        + _by_place(entry, place)
        + (_REACHED_BY_VOICE if entry.phone or entry.text else 0.0)
        + _OPEN[entry.is_open(at)]
        + _STANDINGS[standing(each.shown.service, entry, at=at)]
    )
    return Ranked(each.shown, entry, score, _reasons(each, asked, age, place, named))


def _named(entry: Entry, asked: Asked) -> float:
    """Say how much of its name was said: 1 where all of it was."""
    if not asked.unknown:
        return 0.0
    own = {stem(word) for word in name_words(entry.name)}
    said = {stem(word) for word in asked.unknown}
    return len(own & said) / len(own) if own else 0.0


def _by_purpose(entry: Entry, asked: Asked) -> float:
    """Put back what is for the bereaved where nobody has died: "suicidal" asks for another."""
    is_for_bereaved = entry.topics[:1] == ("bereavement",)
    return _AFTER_A_DEATH if is_for_bereaved and "bereavement" not in asked.topics else 0.0


def _by_audience(entry: Entry, asked: Asked) -> float:
    own = set(entry.audiences)
    score = sum(
        min(weight, 1.5) * _AUDIENCE for name, weight in asked.audiences.items() if name in own
    )
    special = own & _SPECIAL
    if special and not special & set(asked.audiences):
        score += _FOR_SOME
    if special and not special & set(asked.audiences) and own <= _SPECIAL_TOO:
        score += _NOT_FOR_THEM
    if own <= {"parent_carer", "professional"} and "parent_carer" not in asked.audiences:
        score += _FOR_OTHERS
    return score


def _by_age(entry: Entry, age: int | None) -> float:
    if age is None:
        return 0.0
    own = set(entry.audiences)
    if age <= _YOUNG_UNTIL:
        is_for_the_young = bool(own & _YOUNG)
        return (_AGE if is_for_the_young else 0.0) + (
            _AGE / 2 if is_for_the_young and (entry.max_age or entry.min_age) else 0.0
        )
    return _AGE if age >= _OLD_FROM and "older_adult" in own else 0.0


def _by_place(entry: Entry, place: Place | None) -> float:
    if place is None:
        covered = sum(_PEOPLE[each] for each in entry.nations)
        return _FEWER_PEOPLE * (1 - covered) + (_FEWER_PEOPLE if entry.areas else 0.0)
    score = 0.0
    if entry.areas and place.areas:
        score += _THIS_AREA
    if place.nations.issuperset(entry.nations):
        score += _THIS_NATION
    return score


def _reasons(
    each: Candidate, asked: Asked, age: int | None, place: Place | None, named: float
) -> tuple[str, ...]:
    entry = each.entry
    reasons = ["Its name"] if named else []
    reasons += [TOPICS[topic] for topic in entry.topics if topic in asked.topics]
    if not reasons and each.has_words:
        reasons.append("Words in its description")
    reasons += [
        f"For {AUDIENCES[name].lower().replace('lgbtq', 'LGBTQ')}"
        for name in entry.audiences
        if name in asked.audiences and name != "anyone"
    ]
    if age is not None and (entry.min_age is not None or entry.max_age is not None):
        reasons.append(f"Takes people of {age}")
    if place is not None and entry.areas:
        area = next((a for a in entry.areas if places.plain(a) in place.areas), entry.areas[0])
        reasons.append(f"Covers {area}")
    return tuple(dict.fromkeys(reasons))
