"""Where records come from: a file or a feed, one record after the other, resumable by a count.

A feed is asked only over http or https and only at the hosts in `DIRECTORY_FEED_HOSTS`; it is
never followed elsewhere, and no answer may be larger than 32 MB.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests

MOST_BYTES = 32 * 1024 * 1024
SECONDS = 30
PER_PAGE = 50
_LISTS = ("contents", "content", "services", "data")
_ENDS = (("last_page", True), ("last", True), ("empty", True))
_OK = 200


class CannotReadError(Exception):
    """The file or feed can't be read; the words say why and what to do."""


def is_feed(source: str) -> bool:
    """Whether a source is the address of a feed."""
    return urlsplit(source).scheme in {"http", "https"}


def records(source: str, hosts: Sequence[str], skip: int = 0) -> Iterator[Any]:
    """Give the records of a file or feed in their order, leaving out the first `skip`.

    Raises:
        CannotReadError: it isn't there, isn't allowed, or isn't what it should be.

    """
    if is_feed(source):
        yield from _of_feed(source.rstrip("/"), hosts, skip)
        return
    for number, each in enumerate(_of_file(Path(source))):
        if number >= skip:
            yield each


def _of_file(path: Path) -> Iterator[Any]:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise CannotReadError("There is no such file, or it isn't UTF-8 text") from None
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        yield from _of_lines(text)
    else:
        yield from _of_document(document)


def _of_lines(text: str) -> Sequence[Any]:
    read = [_line(line) for line in text.splitlines() if line.strip()]
    if not any(isinstance(each, dict) for each in read):
        raise CannotReadError("The file is neither JSON nor JSON lines")
    return read


def _line(line: str) -> Any:  # noqa: ANN401 - whatever a file holds
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        return line[:80]


def _of_document(document: Any) -> Sequence[Any]:  # noqa: ANN401
    if isinstance(document, list):
        return document
    if not isinstance(document, dict):
        raise CannotReadError("The file holds neither a service nor a list of services")
    for name in _LISTS:
        if isinstance(document.get(name), list):
            return list(document[name])
    if isinstance(document.get("service"), dict):
        return [_turned_round(document)]
    return [document]


def _turned_round(at_location: Mapping[str, Any]) -> dict[str, Any]:
    """Read a service_at_location as its service, which then names that location."""
    place = {k: v for k, v in at_location.items() if k != "service"}
    service = dict(at_location["service"])
    return {**service, "service_at_locations": [*service.get("service_at_locations", []), place]}


def _of_feed(base: str, hosts: Sequence[str], skip: int) -> Iterator[Any]:
    services = base if base.endswith("/services") else f"{base}/services"
    page, skip = skip // PER_PAGE + 1, skip % PER_PAGE
    while True:
        answer = _ask(f"{services}?{urlencode({'page': page, 'per_page': PER_PAGE})}", hosts)
        listed = _of_document(answer) if isinstance(answer, dict | list) else []
        for each in listed[skip:]:
            yield _whole(services, each, hosts)
        skip = 0
        if _is_last(answer, page, listed):
            return
        page += 1


def _is_last(answer: Any, page: int, listed: Sequence[Any]) -> bool:  # noqa: ANN401
    if not listed or not isinstance(answer, dict):
        return True
    if any(answer.get(name) is value for name, value in _ENDS):
        return True
    total = answer.get("total_pages", answer.get("totalPages"))
    return isinstance(total, int) and page >= total


def _whole(services: str, listed: Any, hosts: Sequence[str]) -> Any:  # noqa: ANN401
    """Ask for the whole record: a list holds only its plain fields."""
    if not isinstance(listed, dict) or not listed.get("id"):
        return listed
    try:
        return _ask(f"{services}/{listed['id']}", hosts)
    except CannotReadError:
        return listed


def _ask(address: str, hosts: Sequence[str]) -> Any:  # noqa: ANN401
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or (parts.hostname or "") not in hosts:
        raise CannotReadError(
            f"{parts.hostname or 'This address'} is not among DIRECTORY_FEED_HOSTS. Add it there "
            "first, if you trust it"
        )
    try:
        with requests.get(
            address,
            timeout=SECONDS,
            allow_redirects=False,
            stream=True,
            headers={"Accept": "application/json"},
        ) as answer:
            if answer.status_code != _OK:
                raise CannotReadError(f"The feed answered {answer.status_code}. Try again later")
            return json.loads(_bounded(answer))
    except (requests.RequestException, UnicodeDecodeError, json.JSONDecodeError):
        raise CannotReadError(
            "The feed did not answer, or not with JSON. Try again later"
        ) from None


def _bounded(answer: requests.Response) -> str:
    read = bytearray()
    for part in answer.iter_content(64 * 1024):
        read += part
        if len(read) > MOST_BYTES:
            raise CannotReadError("The feed answered with more than 32 MB at once")
    return read.decode("utf-8")
