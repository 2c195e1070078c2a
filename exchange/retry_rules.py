"""The rules a webhook URL may carry after its # sign: time-outs, and when to try again.

Twilio calls these connection overrides. Without them it tries once more when it could not
connect, waits 5 s for a connection and 15 s for an answer, and spends 15 s in all.
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urldefrag

DEFAULT_CONNECT = 5000
DEFAULT_READ = 15000
MOST_RETRIES = 5


@dataclass(frozen=True, slots=True)
class RetryRules:
    """Time-outs in seconds; `on` holds outcomes (ct, rt, 4xx, 5xx, all) worth another try."""

    retries: int = 1
    on: frozenset[str] = frozenset({"ct"})
    connect: float = DEFAULT_CONNECT / 1000
    read: float = DEFAULT_READ / 1000
    total: float = DEFAULT_READ / 1000

    def again(self, outcome: str) -> bool:
        return outcome != "ok" and (outcome in self.on or "all" in self.on)


def _bounded(text: str | None, default: int, lowest: int, highest: int) -> int:
    if text is None or not text.isdigit():
        return default
    return max(lowest, min(highest, int(text)))


def split(url: str) -> tuple[str, RetryRules]:
    """Part a configured URL into the URL to call and sign, and its rules."""
    bare, fragment = urldefrag(url)
    said = dict(parse_qsl(fragment))
    return bare, RetryRules(
        retries=_bounded(said.get("rc"), 1, 0, MOST_RETRIES),
        on=frozenset(said.get("rp", "ct").split(",")),
        connect=_bounded(said.get("ct"), DEFAULT_CONNECT, 100, 10000) / 1000,
        read=_bounded(said.get("rt"), DEFAULT_READ, 100, DEFAULT_READ) / 1000,
        total=_bounded(said.get("tt"), DEFAULT_READ, 100, DEFAULT_READ) / 1000,
    )
