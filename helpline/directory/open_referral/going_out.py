"""Services as Open Referral UK 3.0 says them: what a feed brought goes out again whole.

Where staff say something else than the record did, that counts. A field that holds nothing is left
out. Ids that the standard wants and we don't have follow from the service's own, always the same.
"""

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from helpline.directory import wording
from helpline.directory.entries import LANGUAGES, TOPICS, Entry
from helpline.directory.models import ServiceSource
from helpline.directory.open_referral import shapes
from helpline.directory.open_referral.shapes import ORGANISATION, SERVICE, Record, known_fields
from helpline.directory.services import Shown

TAXONOMY_ID = str(uuid.uuid5(uuid.NAMESPACE_URL, "helpline:topics"))
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LISTS = frozenset(name for name, kind in SERVICE.fields.items() if isinstance(kind, list))
_NOT_CHECKED = "We have not checked this entry yet: it may have changed."


def full(shown: Shown, source: ServiceSource | None, *, is_sure: bool) -> Record:
    """Return a service with all that belongs to it."""
    entry = shown.entry
    own = _own(shown, entry, is_sure=is_sure)
    if source is None:
        return known_fields(SERVICE, own)
    record = dict(source.record)
    before = Entry.model_validate(source.entry)
    for ours, theirs in _SAME:
        if getattr(entry, ours) != getattr(before, ours):
            for name in theirs:
                record.pop(name, None)
                if name in own:
                    record[name] = own[name]
    record["status"] = _status(shown, record)
    return known_fields(SERVICE, record)


def plain(record: Record) -> Record:
    """Return a service as a list shows it: only what it has one of."""
    kept = {name: value for name, value in record.items() if name not in _LISTS}
    if "organization" in kept:
        kept["organization"] = plain_organisation(kept["organization"])
    return kept


def plain_organisation(organisation: Record) -> Record:
    """Return an organisation as a list shows it."""
    lists = {name for name, kind in ORGANISATION.fields.items() if isinstance(kind, list)}
    return {name: value for name, value in organisation.items() if name not in lists}


def at_locations(record: Record, *, is_full: bool) -> Iterator[Record]:
    """Give each place at which a service is, with the service in it."""
    service = {k: v for k, v in record.items() if k != "service_at_locations"}
    lists = {n for n, kind in shapes.LOCATION.fields.items() if isinstance(kind, list)}
    for each in record.get("service_at_locations", ()):
        if is_full:
            yield {**each, "service": service}
            continue
        place = {k: v for k, v in (each.get("location") or {}).items() if k not in lists}
        plain_place = {**each, "location": place} if place else each
        yield {**plain_place, "service": plain(service)}


def terms() -> list[Record]:
    """Return our own topics as terms of a taxonomy."""
    return [_term(code) for code in TOPICS]


def taxonomy(*, is_full: bool) -> Record:
    """Return our own taxonomy: the topics by which the directory is searched."""
    told = {
        "id": TAXONOMY_ID,
        "name": "Topics",
        "description": "What people who contact a helpline for missing people need.",
        "version": "1",
    }
    return {**told, "taxonomy_terms": terms()} if is_full else told


def topic_of(term_id: str) -> str:
    """Return the code of our topic that a term stands for; empty for any other term."""
    return next((code for code in TOPICS if _id("topic", code) == term_id), "")


_SAME = (
    ("name", ("name",)),
    ("description", ("description",)),
    ("url", ("url",)),
    ("min_age", ("minimum_age",)),
    ("max_age", ("maximum_age",)),
    ("cost", ("fees",)),
    ("hours", ("schedules",)),
    ("areas", ("service_areas",)),
    ("phone", ("phones",)),
    ("languages", ("languages",)),
    ("topics", ("attributes",)),
)
"""Which fields of a record say what a field of an entry says."""


def _own(shown: Shown, entry: Entry, *, is_sure: bool) -> Record:
    service = shown.service
    told: Record = {
        "id": str(service.id),
        "name": entry.name,
        "description": entry.description,
        "url": entry.url,
        "status": "active" if service.is_active else "inactive",
        "fees": entry.cost,
        "minimum_age": entry.min_age,
        "maximum_age": entry.max_age,
        "assured_date": service.verified_on.isoformat() if service.verified_on else None,
        "alert": None if is_sure else _NOT_CHECKED,
        "last_modified": _utc(shown.version.at),
        "schedules": [*_schedules(str(service.id), entry)],
        "service_areas": [*_areas(str(service.id), entry)],
        "languages": [
            {"id": _id("language", service.id, each), "name": LANGUAGES[each], "code": each}
            for each in entry.languages
        ],
        "organization": {
            "id": str(service.id),
            "name": entry.name,
            "description": entry.description or entry.name,
            "website": entry.url,
        },
        "attributes": [
            {
                "id": _id("attribute", service.id, each),
                "link_type": "service",
                "taxonomy_term": _term(each),
            }
            for each in entry.topics
        ],
        "phones": [*_phones(str(service.id), entry)],
    }
    return {name: value for name, value in told.items() if value not in (None, "", [])}


def _phones(service_id: str, entry: Entry) -> Iterator[Record]:
    if entry.phone:
        yield {"id": _id("phone", service_id), "number": entry.phone, "type": "voice"}
    if entry.text is not None:
        told = {"id": _id("text", service_id), "number": entry.text.number, "type": "text"}
        if entry.text.word:
            told["description"] = f"Begin the text with {entry.text.word}"
        yield told


def _schedules(service_id: str, entry: Entry) -> Iterator[Record]:
    for number, window in enumerate(entry.windows or ()):
        yield {
            "id": _id("schedule", service_id, number),
            "freq": "WEEKLY",
            "interval": 1,
            "byday": ",".join(_DAYS[day] for day in sorted(window.days)),
            "opens_at": window.start.strftime("%H:%M:%S"),
            # The standard has no end of a day: an hour from midnight to midnight ends just before.
            "closes_at": "23:59:59" if window.start == window.end else f"{window.end:%H:%M:%S}",
            "description": wording.service_hours(entry),
        }


def _areas(service_id: str, entry: Entry) -> Iterator[Record]:
    for name in entry.areas or tuple(wording.NATIONS[each] for each in entry.nations):
        yield {"id": _id("area", service_id, name), "name": name, "service_area": name}


def _term(code: str) -> Record:
    return {
        "id": _id("topic", code),
        "name": TOPICS[code],
        "description": TOPICS[code],
        "taxonomy": "Topics",
        "taxonomy_id": TAXONOMY_ID,
        "term": code,
    }


def _status(shown: Shown, record: Mapping[str, Any]) -> str:
    told = str(record["status"])
    if shown.service.is_active:
        return "active"
    return told if told != "active" else "inactive"


def _id(*parts: object) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "helpline:" + ":".join(map(str, parts))))


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
