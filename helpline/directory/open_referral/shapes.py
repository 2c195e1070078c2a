"""What Open Referral UK 3.0 knows of a service, as data: its fields, their kinds, what must be.

Read from the profile's compiled schemas (version 3.0). Telephone numbers are no part of the UK
profile but of the standard that it is taken from: without them a directory helps nobody, so they
are kept and published as well, which the schemas allow.
"""

import math
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Shape:
    """One kind of thing: which fields it has, and which of them must be there."""

    needed: tuple[str, ...]
    fields: Mapping[str, "str | tuple[str, ...] | Shape | list[Shape]"]


_TERM = Shape(
    ("id", "name"),
    {
        "id": "uuid",
        "name": "text",
        "description": "text",
        "parent_id": "uuid",
        "taxonomy": "text",
        "taxonomy_id": "uuid",
        "term_uri": "uri",
        "term": "text",
    },
)
_ATTRIBUTE = Shape(
    ("id",),
    {
        "id": "uuid",
        "link_id": "uuid",
        "taxonomy_term_id": "uuid",
        "link_type": "text",
        "taxonomy_term": _TERM,
    },
)
_PHONE = Shape(
    ("number",),
    {
        "id": "uuid",
        "number": "text",
        "extension": "number",
        "type": "text",
        "description": "text",
        "location_id": "uuid",
        "service_id": "uuid",
        "organization_id": "uuid",
        "contact_id": "uuid",
        "service_at_location_id": "uuid",
    },
)
_SCHEDULE = Shape(
    ("id",),
    {
        "id": "uuid",
        "service_id": "uuid",
        "service_at_location_id": "uuid",
        "location_id": "uuid",
        "valid_from": "date",
        "valid_to": "date",
        "dtstart": "date",
        "freq": ("WEEKLY", "MONTHLY"),
        "interval": "number",
        "byday": "text",
        "bymonthday": "text",
        "description": "text",
        "opens_at": "time",
        "closes_at": "time",
        "schedule_link": "uri",
        "attending_type": "text",
        "notes": "text",
    },
)
_AREA = Shape(
    ("id",),
    {
        "id": "uuid",
        "service_id": "uuid",
        "name": "text",
        "extent": "text",
        "extent_type": "text",
        "uri": "text",
        "service_area": "text",
    },
)
_WHERE = ("physical", "postal", "virtual")
_ADDRESS = Shape(
    ("id", "address_1", "city", "state_province", "postal_code", "country", "address_type"),
    {
        "id": "uuid",
        "location_id": "uuid",
        "attention": "text",
        "address_1": "text",
        "city": "text",
        "region": "text",
        "state_province": "text",
        "postal_code": "text",
        "country": "text",
        "address_type": _WHERE,
        "attributes": [_ATTRIBUTE],
    },
)
_ACCESSIBILITY = Shape(
    ("id",),
    {
        "id": "uuid",
        "location_id": "uuid",
        "description": "text",
        "details": "text",
        "url": "uri",
        "accessibility": "text",
        "attributes": [_ATTRIBUTE],
    },
)
LOCATION = Shape(
    ("id", "location_type"),
    {
        "id": "uuid",
        "location_type": _WHERE,
        "name": "text",
        "description": "text",
        "latitude": "number",
        "longitude": "number",
        "external_identifier": "text",
        "external_identifier_type": "text",
        "addresses": [_ADDRESS],
        "accessibility": [_ACCESSIBILITY],
        "attributes": [_ATTRIBUTE],
        "phones": [_PHONE],
    },
)
_AT_LOCATION = Shape(
    ("id",),
    {"id": "uuid", "service_id": "uuid", "location_id": "uuid", "location": LOCATION},
)
_IDENTIFIER = Shape(
    ("id", "identifier_type", "identifier"),
    {
        "id": "uuid",
        "organization_id": "uuid",
        "identifier_scheme": "text",
        "identifier_type": "text",
        "identifier": "text",
        "attributes": [_ATTRIBUTE],
    },
)
ORGANISATION = Shape(
    ("id", "name", "description"),
    {
        "id": "uuid",
        "name": "text",
        "description": "text",
        "email": "email",
        "website": "uri",
        "logo": "text",
        "uri": "uri",
        "parent_organization_id": "uuid",
        "organization_identifiers": [_IDENTIFIER],
        "attributes": [_ATTRIBUTE],
        "phones": [_PHONE],
    },
)
_CONTACT = Shape(
    ("id",),
    {
        "id": "uuid",
        "service_id": "uuid",
        "name": "text",
        "title": "text",
        "attributes": [_ATTRIBUTE],
        "phones": [_PHONE],
    },
)
SERVICE = Shape(
    ("id", "name", "status"),
    {
        "id": "uuid",
        "organization_id": "uuid",
        "name": "text",
        "description": "text",
        "url": "uri",
        "email": "email",
        "status": ("active", "inactive", "defunct", "temporarily closed"),
        "fees": "text",
        "accreditations": "text",
        "minimum_age": "number",
        "maximum_age": "number",
        "assured_date": "date",
        "assurer_email": "email",
        "alert": "text",
        "last_modified": "date-time",
        "schedules": [_SCHEDULE],
        "service_areas": [_AREA],
        "service_at_locations": [_AT_LOCATION],
        "languages": [
            Shape(
                ("id",),
                {
                    "id": "uuid",
                    "service_id": "uuid",
                    "phone_id": "uuid",
                    "name": "text",
                    "code": "text",
                },
            )
        ],
        "organization": ORGANISATION,
        "funding": [Shape(("id",), {"id": "uuid", "service_id": "uuid", "source": "text"})],
        "cost_options": [
            Shape(
                ("id",),
                {
                    "id": "uuid",
                    "service_id": "uuid",
                    "valid_from": "date",
                    "valid_to": "date",
                    "option": "text",
                    "amount": "number",
                    "amount_description": "text",
                },
            )
        ],
        "contacts": [_CONTACT],
        "attributes": [_ATTRIBUTE],
        "phones": [_PHONE],
    },
)
_MOST_LETTERS = 20_000
_ADDRESS_OF_WEB = re.compile(r"^[a-z][a-z0-9+.-]*:\S+$", re.IGNORECASE)
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+$")


def known_fields(shape: Shape, given: Mapping[str, Any]) -> Record:
    """Keep the fields that the standard knows and that hold something, as deep as it goes."""
    kept: Record = {}
    for name, kind in shape.fields.items():
        value = given.get(name)
        if value is None or value in ("", []):
            continue
        if isinstance(kind, Shape) and isinstance(value, dict):
            value = known_fields(kind, value)
        elif isinstance(kind, list) and isinstance(value, list):
            value = [known_fields(kind[0], each) for each in value if isinstance(each, dict)]
        kept[name] = value
    return kept


def faults(shape: Shape, given: Any, where: str = "") -> Iterator[str]:  # noqa: ANN401 - whatever a feed holds
    """Say what is wrong with a record, field by field, in words that its publisher can act on."""
    if not isinstance(given, dict):
        yield f"{where or 'the record'} is not an object"
        return
    for name in shape.needed:
        if given.get(name) in (None, ""):
            yield f"{where}{name} is missing"
    filled = {name: given.get(name) for name in shape.fields if given.get(name) not in (None, "")}
    for name, value in filled.items():
        kind = shape.fields[name]
        if isinstance(kind, Shape):
            yield from faults(kind, value, f"{where}{name}.")
        elif isinstance(kind, list):
            yield from _faults_of_list(kind[0], value, f"{where}{name}")
        elif not _is(kind, value):
            yield f"{where}{name} is no {_SAID.get(str(kind), 'known word')}"


def doubts(service: Mapping[str, Any]) -> Iterator[str]:
    """Say what looks wrong in a record that is taken all the same."""
    for each in service.get("service_at_locations", ()):
        location = each.get("location") or {}
        for name, most in (("latitude", 90), ("longitude", 180)):
            if abs(location.get(name) or 0) > most:
                yield f"{name} {location[name]} is no place on earth"
    low, high = service.get("minimum_age"), service.get("maximum_age")
    if low is not None and high is not None and low > high:
        yield "minimum_age is over maximum_age, so neither is used"


def _faults_of_list(shape: Shape, given: Any, where: str) -> Iterator[str]:  # noqa: ANN401
    if not isinstance(given, list):
        yield f"{where} is no list"
        return
    for number, each in enumerate(given):
        yield from faults(shape, each, f"{where}[{number}].")


def _is(kind: str | tuple[str, ...], value: Any) -> bool:  # noqa: ANN401
    if isinstance(kind, tuple):
        return value in kind
    if kind == "number":
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and math.isfinite(value)
    if not isinstance(value, str) or len(value) > _MOST_LETTERS or "\x00" in value:
        return False
    return kind == "text" or _reads(kind, value)


def _reads(kind: str, value: str) -> bool:
    if kind == "uri":
        return bool(_ADDRESS_OF_WEB.match(value))
    if kind == "email":
        return bool(_EMAIL.match(value))
    try:
        _READ[kind](value)
    except ValueError:
        return False
    return True


_READ: Mapping[str, Callable[[str], object]] = {
    "uuid": uuid.UUID,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "date-time": datetime.fromisoformat,
}
_SAID = {
    "uuid": "UUID",
    "text": "text, or far too long",
    "number": "number",
    "uri": "web address",
    "email": "email address",
    "date": "date like 2026-11-25",
    "time": "time like 09:30",
    "date-time": "date and time like 2026-11-25T09:30:00Z",
}
