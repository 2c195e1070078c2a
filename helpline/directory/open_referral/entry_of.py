"""A record of Open Referral UK read as an entry of our directory.

What isn't stated is read on the side of safety: a service that names no age is taken to be for
adults until a person has verified it, so that no child is sent there; and every entry that came
from a feed is to be verified before its number is texted.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any

from helpline.confidentiality.bank_holidays import Nation
from helpline.confidentiality.hours import Window
from helpline.directory import asking, places
from helpline.directory.entries import LANGUAGES, Entry
from helpline.directory.models import Confidence, OnBankHolidays

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_OF_AGE, _OLDEST = 18, 120
_MOST_AREAS = 20
_LANGUAGE_CODES = {said.lower(): code for code, said in LANGUAGES.items()}
_EVERYWHERE = frozenset({"uk", "united kingdom", "great britain", "national", "nationwide"})


def entry_of(record: Mapping[str, Any], *, on: date) -> Entry:
    """Read a whole, checked 3.0 record as an entry, as it holds on a day."""
    low, high = _ages(record)
    nations, areas = _where(record)
    return Entry.model_validate(
        {
            "name": _short(record["name"], 160),
            "description": _short(record.get("description"), 2_000),
            "phone": _short(next(_numbers(record), ""), 40),
            "url": _web(record.get("url")),
            "audiences": _audiences(low, high),
            "topics": asking.topics_of(_about(record)),
            "min_age": low,
            "max_age": high,
            "nations": nations,
            "areas": areas,
            "languages": _languages(record) or ("en",),
            "cost": _short(record.get("fees") or _cost(record), 120),
            "hours": _hours(record, on),
            "hours_in_words": _short(_hours_in_words(record), 200),
            "on_bank_holidays": OnBankHolidays.closed,
            "confidence": Confidence.medium,
        }
    )


def _numbers(record: Mapping[str, Any]) -> Iterator[str]:
    for holder in (record, *record.get("contacts", ()), *_locations(record)):
        for phone in holder.get("phones", ()):
            yield phone["number"].strip().strip('"')


def _locations(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for each in record.get("service_at_locations", ()):
        if each.get("location"):
            yield each["location"]


def _ages(record: Mapping[str, Any]) -> tuple[int | None, int | None]:
    low, high = record.get("minimum_age"), record.get("maximum_age")
    least = math.ceil(low) if low is not None and 0 <= low <= _OLDEST else None
    most = math.floor(high) if high is not None and 0 <= high <= _OLDEST else None
    return (
        (None, None) if least is not None and most is not None and least > most else (least, most)
    )


def _audiences(low: int | None, high: int | None) -> tuple[str, ...]:
    if low is None and (high is None or high >= _OF_AGE):
        return ("adult",)
    if high is not None and high < _OF_AGE:
        return ("child", "young_person")
    return ("adult",) if low is not None and low >= _OF_AGE else ("young_person", "adult")


def _about(record: Mapping[str, Any]) -> Iterator[str]:
    yield record["name"]
    yield record.get("description") or ""
    for each in record.get("attributes", ()):
        term = each.get("taxonomy_term") or {}
        yield term.get("name") or ""


def _where(record: Mapping[str, Any]) -> tuple[tuple[Nation, ...], tuple[str, ...]]:
    """Say where it is for. What nobody knows stays as it is written, and matches no other place."""
    named = [
        each.get("name") or each.get("service_area") or ""
        for each in record.get("service_areas", ())
    ]
    if not named:
        named = [
            address["city"]
            for place in _locations(record)
            for address in place.get("addresses", ())
        ]
    nations: set[Nation] = set()
    areas = []
    for name in named[:_MOST_AREAS]:
        place = places.find(name)
        if place is not None:
            nations |= place.nations
        if (place is None or place.areas) and name.lower() not in _EVERYWHERE:
            areas.append(_short(name, 60))
    known = nations or set(Nation)
    return tuple(each for each in Nation if each in known), tuple(
        dict.fromkeys(filter(None, areas))
    )


def _languages(record: Mapping[str, Any]) -> tuple[str, ...]:
    found = []
    for each in record.get("languages", ()):
        said = str(each.get("code") or each.get("name") or "").lower()
        code = said if said in LANGUAGES else _LANGUAGE_CODES.get(said)
        if code:
            found.append(code)
    return tuple(dict.fromkeys(found))


def _cost(record: Mapping[str, Any]) -> str:
    for each in record.get("cost_options", ()):
        amount = each.get("amount")
        said = (
            f"£{amount:g}" if amount else "",
            each.get("amount_description"),
            each.get("option"),
        )
        return ", ".join(filter(None, said))
    return ""


def _hours(record: Mapping[str, Any], on: date) -> tuple[dict[str, Any], ...] | None:
    """Return the hours of the week; None where a schedule can't be said as such."""
    windows = []
    for each in record.get("schedules", ()):
        if _is_over(each, on):
            continue
        window = _window(each)
        if window is None:
            return None
        windows.append(window.stored())
    return tuple(windows) or None


def _is_over(schedule: Mapping[str, Any], on: date) -> bool:
    until = schedule.get("valid_to")
    return until is not None and date.fromisoformat(until) < on


def _window(schedule: Mapping[str, Any]) -> Window | None:
    days = [each.strip().upper() for each in (schedule.get("byday") or "").split(",")]
    opens, closes = schedule.get("opens_at"), schedule.get("closes_at")
    is_weekly = schedule.get("freq") == "WEEKLY" and schedule.get("interval") in {None, 1}
    is_plain = is_weekly and not schedule.get("bymonthday") and all(day in _DAYS for day in days)
    if not is_plain or not opens or not closes:
        return None
    clock = [time.fromisoformat(each).replace(second=0, tzinfo=None) for each in (opens, closes)]
    return Window(frozenset(_DAYS.index(day) for day in days), clock[0], clock[1])


def _hours_in_words(record: Mapping[str, Any]) -> str:
    said = (each.get("description") or "" for each in record.get("schedules", ()))
    return next(filter(None, said), "")


def _web(address: Any) -> str:  # noqa: ANN401 - whatever a feed holds
    """Return an address that may be linked to: only what is safe on its way."""
    given = str(address or "").strip()
    return given if given.startswith("https://") and len(given) <= 500 else ""  # noqa: PLR2004 - as `Entry.url`


def _short(words: Any, most: int) -> str:  # noqa: ANN401
    plain = " ".join(str(words or "").split())
    return plain if len(plain) <= most else f"{plain[: most - 1].rstrip()}…"
