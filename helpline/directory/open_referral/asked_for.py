"""What a program asks the public directory for, and the services that answer it.

Every parameter that the two published descriptions have (Open Referral UK 3.0, and the HSDS that it
is taken from). What can't be read is refused by its name: a wrong filter must not look like none.
"""

import math
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from helpline.directory.models import Service, ServiceIndex, ServiceSource, ServiceVersion
from helpline.directory.open_referral import going_out
from helpline.directory.open_referral.shapes import Record
from helpline.directory.services import Shown, may_be_texted

MOST_PER_PAGE = 500
_AT_ONCE = 500
_DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_METRES_OF_A_DEGREE = 111_320
_POSTCODE = re.compile(r"^[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}$")
_OUTWARD = -3
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no", ""})


class CannotAskError(ValueError):
    """A parameter can't be read; the words name it and say what it should be."""


@dataclass(frozen=True)
class Asked:
    """What a program asks for."""

    page: int = 1
    per_page: int = 50
    is_ndjson: bool = False
    is_full: bool = False
    is_minimal: bool = False
    is_full_service: bool = False
    search: str = ""
    term_id: str = ""
    taxonomy_id: str = ""
    organisation_id: uuid.UUID | None = None
    minimum_age: float | None = None
    maximum_age: float | None = None
    starts: str = ""
    ends: str = ""
    day: int | None = None
    modified_after: datetime | None = None
    postcode: str = ""
    metres: float | None = None


def read(given: Mapping[str, str]) -> Asked:
    """Read the parameters of a question.

    Raises:
        CannotAskError: one of them can't be read.

    """
    organisation = given.get("organization_id", "")
    postcode = given.get("postcode", "").replace(" ", "").upper()
    if postcode and not _POSTCODE.match(postcode):
        raise CannotAskError("postcode should be a whole postcode of the UK")
    if given.get("proximity") and not postcode:
        raise CannotAskError("proximity needs a postcode")
    if given.get("format", "json") not in {"json", "ndjson"}:
        raise CannotAskError("format should be json or ndjson")
    return Asked(
        page=_whole(given, "page", 1, 1_000_000),
        per_page=_whole(given, "per_page", 50, MOST_PER_PAGE),
        is_ndjson=given.get("format") == "ndjson",
        is_full=_yes(given, "full"),
        is_minimal=_yes(given, "minimal"),
        is_full_service=_yes(given, "full_service"),
        search=given.get("search", "").replace("\x00", "")[:200],
        term_id=given.get("taxonomy_term_id", "")[:80],
        taxonomy_id=given.get("taxonomy_id", "")[:80],
        organisation_id=read_id(organisation) if organisation else None,
        minimum_age=_number(given, "minimum_age"),
        maximum_age=_number(given, "maximum_age"),
        starts=_time(given, "start_time"),
        ends=_time(given, "end_time"),
        day=_day(given.get("day", "")),
        modified_after=_instant(given.get("modified_after", "")),
        postcode=postcode,
        metres=_number(given, "proximity"),
    )


def read_id(given: str) -> uuid.UUID:
    """Read an id.

    Raises:
        CannotAskError: it is no UUID.

    """
    try:
        return uuid.UUID(given)
    except ValueError:
        raise CannotAskError("an id should be a UUID") from None


def page_of(session: Session, asked: Asked, *, at: datetime) -> tuple[list[Record], int]:
    """Return one page of whole services, and how many there are in all.

    Raises:
        CannotAskError: nobody here knows where the postcode is.

    """
    wanted = _wanted(asked)
    first = (asked.page - 1) * asked.per_page
    if asked.postcode:
        near = [*_near(session, asked, at)]
        return near[first : first + asked.per_page], len(near)
    total = session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    rows = session.execute(_in_order(wanted).limit(asked.per_page).offset(first)).all()
    return [_record(row, at) for row in rows], total


def everything(session: Session, asked: Asked, *, at: datetime) -> Iterator[Record]:
    """Give all whole services that answer a question, without pages.

    Raises:
        CannotAskError: nobody here knows where the postcode is.

    """
    if asked.postcode:
        yield from _near(session, asked, at)
        return
    few_at_once = {"yield_per": _AT_ONCE}
    with session.execute(_in_order(_wanted(asked)), execution_options=few_at_once) as rows:
        for row in rows:
            yield _record(row, at)


def one(session: Session, service_id: uuid.UUID, *, at: datetime) -> Record | None:
    """Return one whole service; None where there is none that is published."""
    row = session.execute(_all().where(Service.id == service_id)).one_or_none()
    return _record(row, at) if row is not None else None


def _all() -> Any:  # noqa: ANN401 - of three tables, which the type of a selection can't say
    """Select what is published: what is shown, and what a feed says is not open at present."""
    return (
        sa.select(Service, ServiceVersion, ServiceSource)
        .join(ServiceIndex, ServiceIndex.service_id == Service.id)
        .join(
            ServiceVersion,
            sa.and_(
                ServiceVersion.service_id == Service.id,
                ServiceVersion.number == Service.current_number,
            ),
        )
        .outerjoin(ServiceSource, ServiceSource.service_id == Service.id)
        .where(Service.is_active.is_(True))
    )


def _in_order(wanted: sa.Select[Any]) -> sa.Select[Any]:
    return wanted.order_by(ServiceIndex.name, Service.id)


def _record(row: Any, at: datetime) -> Record:  # noqa: ANN401 - a row of three
    service, version, source = row
    shown = Shown(service, version)
    return going_out.full(shown, source, is_sure=may_be_texted(service, shown.entry, at=at))


def _wanted(asked: Asked) -> sa.Select[Any]:
    index, source = ServiceIndex, ServiceSource
    wanted: sa.Select[Any] = _all()
    if asked.search.strip():
        words = sa.func.websearch_to_tsquery(
            sa.literal_column("'english'::regconfig"), asked.search
        )
        wanted = wanted.where(index.words.bool_op("@@")(words))
    if asked.minimum_age is not None:
        wanted = wanted.where(index.min_age >= asked.minimum_age)
    if asked.maximum_age is not None:
        wanted = wanted.where(index.max_age <= asked.maximum_age)
    if asked.organisation_id is not None:
        theirs = _says({"organization": {"id": str(asked.organisation_id)}})
        ours = sa.and_(source.service_id.is_(None), Service.id == asked.organisation_id)
        wanted = wanted.where(sa.or_(theirs, ours))
    if asked.modified_after is not None:
        told = sa.cast(source.record["last_modified"].astext, sa.DateTime(timezone=True))
        wanted = wanted.where(sa.func.coalesce(told, ServiceVersion.at) >= asked.modified_after)
    return wanted.where(*_by_taxonomy(asked), *_by_hours(asked))


def _by_taxonomy(asked: Asked) -> Iterator[sa.ColumnElement[bool]]:
    if asked.term_id:
        topic = going_out.topic_of(asked.term_id)
        if topic:
            yield ServiceIndex.topics.bool_op("&&")(sa.cast([topic], ARRAY(sa.String)))
        else:
            yield _says({"attributes": [{"taxonomy_term": {"id": asked.term_id}}]})
    if asked.taxonomy_id == going_out.TAXONOMY_ID:
        yield sa.func.cardinality(ServiceIndex.topics) > 0
    elif asked.taxonomy_id:
        yield _says({"attributes": [{"taxonomy_term": {"taxonomy_id": asked.taxonomy_id}}]})


def _says(part: Record) -> sa.ColumnElement[bool]:
    return ServiceSource.record.contains(part)


def _by_hours(asked: Asked) -> Iterator[sa.ColumnElement[bool]]:
    if not asked.starts and not asked.ends and asked.day is None:
        return
    hours = ServiceVersion.entry["hours"]
    listed = sa.case((sa.func.jsonb_typeof(hours) == "array", hours), else_=sa.text("'[]'::jsonb"))
    window = sa.func.jsonb_array_elements(listed).table_valued("value").render_derived()
    value = sa.type_coerce(window.c.value, ServiceVersion.entry.type)
    limits = []
    if asked.starts:
        limits.append(value["start"].astext >= asked.starts)
    if asked.ends:
        limits.append(value["end"].astext <= asked.ends)
    if asked.day is not None:
        limits.append(value["days"].contains([asked.day]))
    yield sa.exists().select_from(window).where(*limits)


def _near(session: Session, asked: Asked, at: datetime) -> list[Record]:
    """Give services by where they are; the places of postcodes are those the directory knows."""
    has_places = _says({"service_at_locations": [{}]})
    records = [_record(row, at) for row in session.execute(_in_order(_wanted(asked)))]
    located = [_record(row, at) for row in session.execute(_in_order(_all().where(has_places)))]
    centre = _centre([*located], asked.postcode)
    if asked.metres is None:
        return [each for each in records if _reaches(each, located, asked.postcode)]
    return [each for each in records if _distance(each, centre) <= asked.metres]


def _centre(records: Sequence[Record], postcode: str) -> tuple[float, float]:
    for wanted in (postcode, postcode[:_OUTWARD]):
        points = [
            point
            for record in records
            for code, point in _points(record)
            if code == wanted or code[:_OUTWARD] == wanted
        ]
        if points:
            return (
                sum(each[0] for each in points) / len(points),
                sum(each[1] for each in points) / len(points),
            )
    raise CannotAskError("nobody here knows where this postcode is")


def _points(record: Record) -> Iterator[tuple[str, tuple[float, float]]]:
    for each in record.get("service_at_locations", ()):
        place = each.get("location") or {}
        if place.get("latitude") is None or place.get("longitude") is None:
            continue
        for address in place.get("addresses", ()):
            code = address["postal_code"].replace(" ", "").upper()
            yield code, (float(place["latitude"]), float(place["longitude"]))


def _reaches(record: Record, located: Sequence[Record], postcode: str) -> bool:
    """Whether its areas name the town of the postcode; one that names none is for everybody."""
    towns = {
        address["city"].lower()
        for each in located
        for place in each.get("service_at_locations", ())
        for address in (place.get("location") or {}).get("addresses", ())
        if address["postal_code"].replace(" ", "").upper()[:_OUTWARD] == postcode[:_OUTWARD]
    }
    areas = [str(each.get("name") or "").lower() for each in record.get("service_areas", ())]
    return not areas or any(town in area for town in towns for area in areas)


def _distance(record: Record, centre: tuple[float, float]) -> float:
    metres = [math.inf]
    for _, (latitude, longitude) in _points(record):
        north = (latitude - centre[0]) * _METRES_OF_A_DEGREE
        east = (longitude - centre[1]) * _METRES_OF_A_DEGREE * math.cos(math.radians(centre[0]))
        metres.append(math.hypot(north, east))
    return min(metres)


def _whole(given: Mapping[str, str], name: str, default: int, most: int) -> int:
    said = given.get(name, "")
    if not said:
        return default
    if not said.isascii() or not said.isdigit() or not 1 <= int(said[:9]) <= most:
        raise CannotAskError(f"{name} should be a whole number from 1 to {most:,}")
    return int(said)


def _number(given: Mapping[str, str], name: str) -> float | None:
    said = given.get(name, "")
    if not said:
        return None
    try:
        number = float(said)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < 0:
        raise CannotAskError(f"{name} should be a number")
    return number


def _yes(given: Mapping[str, str], name: str) -> bool:
    said = given.get(name, "").lower()
    if said not in _TRUE | _FALSE:
        raise CannotAskError(f"{name} should be true or false")
    return said in _TRUE


def _time(given: Mapping[str, str], name: str) -> str:
    said = given.get(name, "")
    try:
        return time.fromisoformat(said).strftime("%H:%M") if said else ""
    except ValueError:
        raise CannotAskError(f"{name} should be a time like 09:30") from None


def _day(said: str) -> int | None:
    if not said:
        return None
    if said[:2].lower() not in _DAYS:
        raise CannotAskError("day should be a day of the week like MO or Monday")
    return _DAYS.index(said[:2].lower())


def _instant(said: str) -> datetime | None:
    if not said:
        return None
    try:
        read_ = datetime.fromisoformat(said)
    except ValueError:
        raise CannotAskError("modified_after should be a date and time") from None
    return read_ if read_.tzinfo else read_.replace(tzinfo=UTC)
