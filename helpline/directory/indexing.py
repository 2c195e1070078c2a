"""What a service is found by, kept beside it: made anew with each of its versions."""

import re
from collections.abc import Iterator, Sequence
from datetime import time
from functools import cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.orm import Session

from helpline.confidentiality.hours import Window
from helpline.directory import places
from helpline.directory.asking import is_telling
from helpline.directory.entries import AUDIENCES, LANGUAGES, TOPICS, Entry
from helpline.directory.models import (
    OnBankHolidays,
    Service,
    ServiceIndex,
    ServiceVersion,
    ServiceWord,
)

DAY = 24 * 60
"""Minutes."""
WEEK = 7 * DAY
_AT_ONCE = 500
_CONFIGURATION: sa.ColumnElement[str] = sa.literal_column("'english'::regconfig")


def index(session: Session, *said: tuple[Service, Entry]) -> None:
    """Make services findable as they are said now."""
    if said:
        session.execute(_put(), [_row(service, entry) for service, entry in said])
        learn(session, [entry.name for _, entry in said])


def set_active(session: Session, service: Service) -> None:
    """Stop or resume finding a service."""
    session.execute(
        sa.update(ServiceIndex)
        .where(ServiceIndex.service_id == service.id)
        .values(is_active=service.is_active)
    )


def catch_up(session: Session) -> int:
    """Make findable what is not yet, such as what was there before there was an index."""
    missing = session.execute(
        sa.select(Service, ServiceVersion.entry)
        .join(
            ServiceVersion,
            sa.and_(
                ServiceVersion.service_id == Service.id,
                ServiceVersion.number == Service.current_number,
            ),
        )
        .outerjoin(ServiceIndex, ServiceIndex.service_id == Service.id)
        .where(ServiceIndex.number.is_distinct_from(Service.current_number))
    ).all()
    index(session, *((service, Entry.model_validate(entry)) for service, entry in missing))
    return len(missing)


def learn(session: Session, names: Sequence[str]) -> None:
    """Remember the words of names, in one order so that two who do so never block each other."""
    words = sorted({word for name in names for word in name_words(name)})
    for start in range(0, len(words), _AT_ONCE):
        rows = [{"word": word} for word in words[start : start + _AT_ONCE]]
        session.execute(insert(ServiceWord).values(rows).on_conflict_do_nothing())


def name_words(name: str) -> Iterator[str]:
    """Give the words of a service's name that tell it from others."""
    for word in re.findall(r"[a-z0-9]+", name.lower().replace("'", "")):
        if is_telling(word):
            yield word


def minutes_of(windows: Sequence[Window] | None) -> list[Range[int]] | None:
    """Give the minutes of a week in which windows hold; None where they aren't known."""
    if windows is None:
        return None
    if not windows:
        return [Range(0, WEEK)]
    found = []
    for window in windows:
        start, end = _minute(window.start), _minute(window.end)
        length = end - start if end > start else end + DAY - start
        for day in window.days:
            begins = day * DAY + start
            found.append(Range(begins, min(begins + length, WEEK)))
            if begins + length > WEEK:
                found.append(Range(0, begins + length - WEEK))
    return found


def _minute(given: time) -> int:
    return given.hour * 60 + given.minute


def _row(service: Service, entry: Entry) -> dict[str, Any]:
    filed = (
        *(TOPICS[each] for each in entry.topics),
        *(AUDIENCES[each] for each in entry.audiences),
        *(LANGUAGES[each] for each in entry.languages if each != "en"),
        *entry.areas,
    )
    return {
        "service_id": service.id,
        "number": service.current_number,
        "is_active": service.is_active,
        "name": entry.name,
        "named": _spoken(entry.name),
        "described": _spoken(entry.description),
        "filed": _spoken(" ".join(filed)),
        "topics": list(entry.topics),
        "audiences": list(entry.audiences),
        "nations": [each.value for each in entry.nations],
        "areas": [places.plain(each) for each in entry.areas],
        "languages": list(entry.languages),
        "access": list(entry.access),
        "min_age": entry.min_age,
        "max_age": entry.max_age,
        "suits_under_18s": entry.suits_under_18s,
        "opens": minutes_of(entry.windows),
        "is_answered_on_holidays": entry.on_bank_holidays is OnBankHolidays.all_day,
    }


@cache
def _put() -> sa.Insert:
    """Write the statement once: its name weighs most, then what it says, then where it is filed."""
    columns = sa.inspect(ServiceIndex).columns
    values: dict[str, Any] = {
        each.name: sa.bindparam(each.name, type_=each.type)
        for each in columns
        if each.computed is None
    }
    values["words"] = (
        _weighed("named", "A").op("||")(_weighed("described", "B")).op("||")(_weighed("filed", "C"))
    )
    added = insert(cast("sa.Table", ServiceIndex.__table__)).values(values)
    return added.on_conflict_do_update(
        index_elements=["service_id"],
        set_={name: added.excluded[name] for name in values if name != "service_id"},
    )


def _weighed(part: str, weight: str) -> sa.ColumnElement[str]:
    words = sa.func.to_tsvector(_CONFIGURATION, sa.bindparam(part, type_=sa.Text))
    return sa.func.setweight(words, sa.literal_column(f"'{weight}'"))


def _spoken(words: str) -> str:
    return words.replace("'", "")
