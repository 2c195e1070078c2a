"""Finding a service while somebody talks: from a caller's words, an age, a place, the hour.

The database gathers what may fit, by topic and by words, and the best of that are put in order
here. What is asked is never kept: not with a person, not in a log, not in an address.

Source: issue 9, and domain.md section 8: nothing for adults only is ever shown for a child.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

from helpline.clock import in_london
from helpline.confidentiality.bank_holidays import Nation, is_bank_holiday
from helpline.directory import asking, indexing
from helpline.directory.asking import Asked
from helpline.directory.entries import AUDIENCES
from helpline.directory.models import Service, ServiceIndex, ServiceVersion, ServiceWord
from helpline.directory.places import Place
from helpline.directory.ranking import Candidate, Ranked, put_in_order
from helpline.directory.services import Shown

MOST_GATHERED = 40
MOST_SHOWN = 20
_OF_AGE = 18
_RANK_WEIGHTS: sa.ColumnElement[list[float]] = sa.literal_column("'{0.05, 0.2, 0.5, 1.0}'::real[]")
_CONFIGURATION: sa.ColumnElement[str] = sa.literal_column("'english'::regconfig")
_BY_WORDS = 3.0
_BY_TOPIC = 2.0
_LATER_TOPIC = 0.2
_STRONG = 0.5
_EVERYWHERE = 1.4
_ALIKE = 0.4
_MOST_ALIKE = 2
_LEAST_BEGINNING = 3  # letters


@dataclass(frozen=True)
class Wish:
    """What somebody looks for: words, and what was chosen beside them."""

    words: str = ""
    topic: str = ""
    audience: str = ""
    age: int | None = None
    is_under_18: bool = False
    place: Place | None = None
    is_open_now: bool = False
    language: str = ""
    access: str = ""
    is_typing: bool = False
    """Whether the last word may be only its beginning."""
    also_stopped: bool = False
    """For those who keep the directory: what is shown to nobody as well."""

    @property
    def is_anything(self) -> bool:
        """Whether anything is asked for, or everything would do."""
        chosen = (self.topic, self.audience, self.language, self.access, self.place, self.age)
        return bool(self.words.strip()) or any(each not in {"", None} for each in chosen)


def find(session: Session, wish: Wish, *, at: datetime, most: int = MOST_SHOWN) -> list[Ranked]:
    """Find services, the most useful first, each with the reasons for which it was found.

    Where age or words say that it is for somebody under 18, none for adults only is among them.
    """
    asked = asking.understood(wish.words)
    age = wish.age if wish.age is not None else asked.age
    is_child = wish.is_under_18 or (age is not None and age < _OF_AGE)
    place = wish.place or asked.place
    gathered = list(_gathered(session, wish, asked, age, place, is_child=is_child, at=at))
    fitting = [
        each
        for each in gathered
        if (not is_child or each.entry.suits_under_18s)
        and (not wish.is_open_now or each.entry.is_open(at))
    ]
    return put_in_order(fitting, asked, age, place, at=at)[:most]


def _gathered(  # noqa: PLR0913 - each is a fact of the search
    session: Session,
    wish: Wish,
    asked: Asked,
    age: int | None,
    place: Place | None,
    *,
    is_child: bool,
    at: datetime,
) -> Iterator[Candidate]:
    index = ServiceIndex
    query = _query(session, wish, asked)
    by_topic, by_words = _by_topic(asked), _by_words(query)
    # Local services come first where the place is known, those for everybody where it isn't.
    is_everywhere = sa.func.cardinality(index.areas) == 0
    reach = is_everywhere if place is None or not place.areas else sa.not_(is_everywhere)
    score = by_topic * _BY_TOPIC + by_words * _BY_WORDS + sa.case((reach, _EVERYWHERE), else_=0.0)
    found = (
        sa.select(index.service_id, by_topic.label("by_topic"), by_words.label("by_words"))
        .where(*_limits(wish, age, place, is_child=is_child, at=at))
        .order_by(score.desc(), index.name)
        .limit(MOST_GATHERED)
    )
    if wish.words.strip():
        found = found.where(_is_about(asked, query, place))
    rows = found.subquery()
    wanted = (
        sa.select(Service, ServiceVersion, rows.c.by_topic, rows.c.by_words)
        .join(rows, rows.c.service_id == Service.id)
        .join(
            ServiceVersion,
            sa.and_(
                ServiceVersion.service_id == Service.id,
                ServiceVersion.number == Service.current_number,
            ),
        )
    )
    for service, version, topic_score, word_score in session.execute(wanted):
        shown = Shown(service, version)
        yield Candidate(
            shown, shown.entry, topic_score * _BY_TOPIC, word_score * _BY_WORDS, bool(word_score)
        )


def _is_about(asked: Asked, query: str, place: Place | None) -> sa.ColumnElement[bool]:
    about = []
    strongest = max(asked.topics.values(), default=0.0)
    strong = [each for each, weight in asked.topics.items() if weight >= strongest * _STRONG]
    if strong:
        about.append(_any_of(ServiceIndex.topics, strong))
    if query:
        # Where topics are known, words gather by names alone: "bank" stands in many descriptions.
        said = ServiceIndex.in_name if strong else ServiceIndex.words
        about.append(said.bool_op("@@")(_tsquery(query)))
    if not about and (place is not None or asked.age is not None):
        return sa.true()
    special = [each for each in asked.audiences if each in AUDIENCES]
    if not about and special:
        return _any_of(ServiceIndex.audiences, special)
    return sa.or_(*about) if about else sa.false()


def _limits(
    wish: Wish, age: int | None, place: Place | None, *, is_child: bool, at: datetime
) -> list[sa.ColumnElement[bool]]:
    index = ServiceIndex
    limits: list[sa.ColumnElement[bool]] = []
    if not wish.also_stopped:
        limits.append(index.is_active.is_(True))
    if is_child:
        limits.append(index.suits_under_18s.is_(True))
    if age is not None:
        limits += [
            sa.or_(index.min_age.is_(None), index.min_age <= age),
            sa.or_(index.max_age.is_(None), index.max_age >= age),
        ]
    limits += _chosen(wish)
    if place is not None:
        limits += _covers(place)
    if wish.is_open_now:
        limits.append(_may_be_open(at))
    return limits


def _chosen(wish: Wish) -> list[sa.ColumnElement[bool]]:
    index = ServiceIndex
    columns = (
        (index.topics, wish.topic),
        (index.audiences, wish.audience),
        (index.languages, wish.language),
        (index.access, wish.access),
    )
    return [_any_of(column, [code]) for column, code in columns if code]


def _covers(place: Place) -> list[sa.ColumnElement[bool]]:
    index = ServiceIndex
    nations = _any_of(index.nations, [each.value for each in place.nations])
    if not place.areas:
        return [nations]
    everywhere = sa.func.cardinality(index.areas) == 0
    return [nations, sa.or_(everywhere, _any_of(index.areas, list(place.areas)))]


def _may_be_open(at: datetime) -> sa.ColumnElement[bool]:
    """Leave out what is surely closed; bank holidays are looked at one by one afterwards."""
    there = in_london(at)
    minute = there.weekday() * indexing.DAY + there.hour * 60 + there.minute
    open_by_hours = ServiceIndex.opens.bool_op("@>")(sa.literal(minute, sa.Integer))
    if any(is_bank_holiday(nation, there.date()) for nation in Nation):
        return sa.or_(open_by_hours, ServiceIndex.is_answered_on_holidays)
    return open_by_hours


def _by_topic(asked: Asked) -> sa.ColumnElement[float]:
    """Weigh the topics that were asked for; a service's first topics are what it is there for."""
    if not asked.topics:
        return sa.literal(0.0, sa.Float)
    parts: list[sa.ColumnElement[float]] = []
    for topic, weight in asked.topics.items():
        position = sa.func.array_position(ServiceIndex.topics, topic)
        parts.append(
            sa.func.coalesce(weight / (1 + _LATER_TOPIC * (sa.cast(position, sa.Float) - 1)), 0.0)
        )
    total = parts[0]
    for part in parts[1:]:
        total += part
    return total


def _by_words(query: str) -> sa.ColumnElement[float]:
    if not query:
        return sa.literal(0.0, sa.Float)
    return sa.cast(sa.func.ts_rank(_RANK_WEIGHTS, ServiceIndex.words, _tsquery(query)), sa.Float)


def _any_of(column: InstrumentedAttribute[list[str]], codes: list[str]) -> sa.ColumnElement[bool]:
    return column.bool_op("&&")(sa.cast(codes, ARRAY(sa.String)))


def _tsquery(query: str) -> sa.ColumnElement[str]:
    """Write a query to be read once: alone, a prepared statement reads it again at each row."""
    return sa.select(sa.func.to_tsquery(_CONFIGURATION, query)).scalar_subquery()


def _query(session: Session, wish: Wish, asked: Asked) -> str:
    """Write the query for the database: any of the words, the last one perhaps begun only."""
    words = [*asked.words, *asked.added]
    for unknown in asked.unknown:
        words += _alike(session, unknown)
    safe = [each for each in dict.fromkeys(words) if each.isalnum()]
    last = asking.last_word(wish.words) if wish.is_typing else ""
    begun = [f"{last}:*"] if len(last) >= _LEAST_BEGINNING and last.isalnum() else []
    return " | ".join((*safe, *begun))


def _alike(session: Session, word: str) -> Sequence[str]:
    """Find the words of services' names that a misspelt one may have been meant to be."""
    alike = sa.func.similarity(ServiceWord.word, word)
    found = session.execute(
        sa.select(ServiceWord.word, alike.label("alike"))
        .where(ServiceWord.word.bool_op("%")(word))
        .order_by(alike.desc(), ServiceWord.word)
        .limit(_MOST_ALIKE)
    ).all()
    if any(row.word == word for row in found):
        return []
    return [row.word for row in found if row.alike >= _ALIKE]
