"""What the carrier's answers say, in our own words. The client does not type them."""

from datetime import UTC, datetime
from typing import Any

import requests

from helpline.carrier import Accepted, CallSeen, Outcome, PartySeen, Refused, TextSeen, Unavailable

_NOT_FOUND = 404


def text(item: Any) -> TextSeen:  # noqa: ANN401 - the client does not type its answers
    return TextSeen(
        sid=str(item.sid),
        sender=str(item.from_),
        to=str(item.to),
        words=_written(str(item.body)),
        created_at=item.date_created or datetime.min.replace(tzinfo=UTC),
        status=str(item.status),
        pictures=int(item.num_media or 0),
    )


def call(item: Any) -> CallSeen:  # noqa: ANN401 - the client does not type its answers
    began_at = item.start_time or item.date_created or datetime.min.replace(tzinfo=UTC)
    return CallSeen(sid=str(item.sid), sender=str(item._from), began_at=began_at)  # noqa: SLF001 - the client's own name for From


def party(item: Any) -> PartySeen:  # noqa: ANN401 - the client does not type its answers
    return PartySeen(
        call_sid=str(item.call_sid),
        label=str(item.label or ""),
        is_held=bool(item.hold),
        is_muted=bool(item.muted),
        coaches=str(item.call_sid_to_coach or "") if item.coaching else "",
    )


def file(answer: requests.Response, most_bytes: int) -> Outcome | None:
    if answer.status_code == _NOT_FOUND:
        return None
    if not answer.ok:
        return Unavailable(f"The carrier answered {answer.status_code}")
    body = answer.raw.read(most_bytes + 1, decode_content=True)
    if len(body) > most_bytes:
        return Refused(0, "The file is too large")
    return Accepted("", body=body)


def _written(words: str) -> str:
    """Replace half a character, as a cut emoji leaves behind: it could not be stored."""
    return words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def whole(given: object) -> int:
    text = str(given or "")
    return int(text) if text.isascii() and text.isdigit() else 0
