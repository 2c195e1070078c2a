"""Lists in Twilio's manner: newest first, in pages, with links to the next and previous one."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from multidict import MultiDict
from yarl import URL

from exchange.clock import moment
from exchange.rest_rules import Given, RefusedError

DEFAULT_SIZE, LARGEST_SIZE = 50, 1000
PAGING = ("PageSize", "Page", "PageToken")
T = TypeVar("T")


def page(
    url: URL,
    given: Given,
    name: str,
    items: Sequence[T],
    shown: Callable[[T], dict[str, object]],
) -> dict[str, object]:
    """Give one page of `items` (already filtered and sorted) under `name`."""
    size = given.whole("PageSize", DEFAULT_SIZE, 1, LARGEST_SIZE)
    number = given.whole("Page", 0, 0, 10**9)
    views = [shown(item) for item in items]
    start = _start(given, views, number * size)
    chosen = views[start : start + size]
    more = start + size < len(views)
    token = f"PA{_key(chosen[-1])}" if chosen else ""
    return {
        name: chosen,
        "end": max(0, number * size + len(chosen) - 1),
        "first_page_uri": _link(url, size, 0, ""),
        "next_page_uri": _link(url, size, number + 1, token) if more else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": _link(url, size, number - 1, "") if number > 0 else None,
        "start": number * size,
        "uri": url.raw_path_qs,
    }


def _key(view: dict[str, object]) -> str:
    return str(view.get("sid") or view.get("call_sid"))


def _start(given: Given, views: list[dict[str, object]], counted: int) -> int:
    """Begin after the item the token names, so that new items don't shift the pages."""
    after = given.text("PageToken").removeprefix("PA")
    for place, view in enumerate(views):
        if after and _key(view) == after:
            return place + 1
    return counted


def _link(url: URL, size: int, number: int, token: str) -> str:
    query = MultiDict(url.query)
    for name in PAGING:
        query.pop(name, None)
    query["PageSize"], query["Page"] = str(size), str(number)
    if token:
        query["PageToken"] = token
    return f"{url.raw_path}?{urlencode(list(query.items()))}"


def in_time(given: Given, name: str, seconds: float | None) -> bool:
    """Tell whether a time passes the filters Name, Name< and Name> (a day, or a moment)."""
    for suffix in ("", "<", ">"):
        said = given.text(name + suffix)
        if said and (seconds is None or not _passes(said, suffix, moment(seconds))):
            return False
    return True


def _passes(said: str, suffix: str, when: datetime) -> bool:
    try:
        limit = datetime.fromisoformat(said.replace("Z", "+00:00").replace(" ", "+"))
    except ValueError as error:
        raise RefusedError(20001, "date") from error
    limit = limit if limit.tzinfo is not None else limit.replace(tzinfo=UTC)
    length = timedelta(days=1) if len(said) == len("2026-01-01") else timedelta(seconds=1)
    if suffix == "<":
        return when < limit + length
    if suffix == ">":
        return when >= limit
    return limit <= when < limit + length
