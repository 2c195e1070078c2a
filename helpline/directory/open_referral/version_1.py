"""Open Referral UK 1.0 read as 3.0: what the older profile said, under the newer names."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

Record = dict[str, Any]
_SAYS_1 = ("regular_schedules", "service_taxonomys", "eligibilitys", "fundings", "costoptions")
_LISTS = (
    "regular_schedules",
    "service_taxonomys",
    "eligibilitys",
    "fundings",
    "cost_options",
    "contacts",
    "languages",
    "service_areas",
    "service_at_locations",
)
_PLAIN = ("name", "description", "url", "email", "status", "fees", "accreditations")
_DAYS = {"1": "MO", "2": "TU", "3": "WE", "4": "TH", "5": "FR", "6": "SA", "7": "SU"}


def is_version_1(record: Mapping[str, Any]) -> bool:
    """Whether a record is written as the 1.0 profile writes it."""
    return any(name in record for name in _SAYS_1)


def as_version_3(old: Mapping[str, Any]) -> Record:
    """Return a 1.0 record under the names of 3.0. Ids that are no UUID are made into one."""
    for name in _LISTS:
        if not isinstance(old.get(name, []), list | None):
            # Left as it is: whoever checks the record says what is wrong with it.
            return {**old, "id": known_id(old.get("id"))}
    low, high = _ages(old)
    new: Record = {
        "id": known_id(old.get("id")),
        **{name: old[name] for name in _PLAIN if old.get(name)},
        "assured_date": (old.get("assured_date") or "")[:10],
        "minimum_age": low,
        "maximum_age": high,
        "schedules": [*map(_schedule, _all(old, "regular_schedules"))],
        "service_areas": [
            {"id": known_id(each.get("id")), "name": each.get("service_area"), **_area(each)}
            for each in _all(old, "service_areas")
        ],
        "service_at_locations": [*map(_at_location, _all(old, "service_at_locations"))],
        "languages": [
            {"id": known_id(each.get("id")), "name": each.get("language")}
            for each in _all(old, "languages")
        ],
        "funding": [
            {"id": known_id(each.get("id")), "source": each.get("source")}
            for each in _all(old, "fundings")
        ],
        "cost_options": [
            {
                **{k: v for k, v in each.items() if k in _COST},
                "id": known_id(each.get("id")),
            }
            for each in _all(old, "cost_options")
        ],
        "contacts": [*map(_contact, _all(old, "contacts"))],
        "attributes": [*_attributes(old)],
    }
    if isinstance(old.get("organization"), dict):
        new["organization"] = _organisation(old["organization"])
    return {name: value for name, value in new.items() if value not in (None, "", [])}


_COST = ("valid_from", "valid_to", "option", "amount", "amount_description")
_SCHEDULE = ("valid_from", "valid_to", "dtstart", "freq", "byday", "bymonthday", "description")


def known_id(given: Any) -> str:  # noqa: ANN401 - whatever a feed holds
    """Return an id as a UUID: itself, or one that always follows from it; empty without one."""
    if not given:
        return ""
    try:
        return str(UUID(str(given)))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, f"open-referral-uk-1:{given}"))


def _all(old: Mapping[str, Any], name: str) -> Iterator[Record]:
    yield from (each for each in old.get(name) or () if isinstance(each, dict))


def _ages(old: Mapping[str, Any]) -> tuple[Any, Any]:
    for each in _all(old, "eligibilitys"):
        if each.get("minimum_age") is not None or each.get("maximum_age") is not None:
            return each.get("minimum_age"), each.get("maximum_age")
    return None, None


def _schedule(old: Record) -> Record:
    new = {name: old[name] for name in _SCHEDULE if old.get(name)}
    day = str(new.get("byday") or old.get("weekday") or "")
    if day in _DAYS:
        new["byday"] = _DAYS[day]
    freq = str(new.get("freq") or ("WEEKLY" if day else "")).upper()
    new.pop("freq", None)
    if freq in {"WEEKLY", "MONTHLY"}:
        new["freq"] = freq
    for name in ("opens_at", "closes_at"):
        if old.get(name):
            new[name] = str(old[name])
    if str(old.get("interval") or "").isdigit():
        new["interval"] = int(old["interval"])
    return {"id": known_id(old.get("id")), **new}


def _area(old: Record) -> Record:
    return {name: old[name] for name in ("service_area", "extent", "uri") if old.get(name)}


def _at_location(old: Record) -> Record:
    place = old.get("location") if isinstance(old.get("location"), dict) else None
    new: Record = {"id": known_id(old.get("id"))}
    if place is not None:
        addresses = [*map(_address, _all(place, "physical_addresses"))]
        new["location"] = {
            **{k: place[k] for k in ("name", "description") if place.get(k)},
            **{k: place[k] for k in ("latitude", "longitude") if place.get(k) is not None},
            "id": known_id(place.get("id")),
            "location_type": "physical",
            "addresses": addresses,
            "accessibility": [
                {
                    "id": known_id(each.get("id")),
                    "description": each.get("accessibility"),
                    "accessibility": each.get("accessibility"),
                }
                for each in _all(place, "accessibility_for_disabilities")
            ],
        }
    return new


def _address(old: Record) -> Record:
    return {
        "id": known_id(old.get("id")),
        "address_1": old.get("address_1") or "Not given",
        "city": old.get("city") or "Not given",
        "state_province": old.get("state_province") or "Not given",
        "postal_code": old.get("postal_code") or "Not given",
        "country": old.get("country") or "GB",
        "address_type": "physical",
    }


def _contact(old: Record) -> Record:
    return {
        **{k: old[k] for k in ("name", "title") if old.get(k)},
        "id": known_id(old.get("id")),
        "phones": [
            {"id": known_id(each.get("id")), "number": str(each.get("number") or "")}
            for each in _all(old, "phones")
        ],
    }


def _attributes(old: Mapping[str, Any]) -> Iterator[Record]:
    for each in _all(old, "service_taxonomys"):
        term = each.get("taxonomy")
        if isinstance(term, dict) and term.get("name"):
            yield {
                "id": known_id(each.get("id")),
                "link_type": "service",
                "taxonomy_term": {
                    "id": known_id(term.get("id")),
                    "name": term["name"],
                    "description": term.get("description") or term["name"],
                    "taxonomy": term.get("vocabulary") or "",
                },
            }


def _organisation(old: Record) -> Record:
    new = {k: old[k] for k in ("name", "description", "email", "logo", "uri") if old.get(k)}
    new.setdefault("description", old.get("name") or "")
    if old.get("url"):
        new["website"] = old["url"]
    return {"id": known_id(old.get("id")), **new}
