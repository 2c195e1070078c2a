"""Things that go wrong on purpose: in webhooks, in the REST API, in lists and in delivery."""

from dataclasses import asdict, dataclass, field
from typing import cast

WEBHOOK_KINDS = frozenset({"duplicate", "drop", "delay", "reorder"})
REST_KINDS = frozenset({"429", "500-before", "500-after", "hang-after", "drop-after"})
MOST_TIMES = 1000


class NoSuchFaultError(ValueError):
    """The fault asked for isn't one we have; the message says what is wrong."""


@dataclass(slots=True)
class WebhookFault:
    match: str
    kind: str
    times: int = 1
    seconds: float = 5.0


@dataclass(slots=True)
class RestFault:
    path: str
    kind: str
    times: int = 1
    method: str = ""


@dataclass(slots=True)
class DeliveryFault:
    code: int
    times: int = 1


@dataclass(slots=True)
class Faults:
    """Faults that are armed; each is used up `times` times, then gone."""

    webhooks: list[WebhookFault] = field(default_factory=list)
    rest: list[RestFault] = field(default_factory=list)
    delivery: list[DeliveryFault] = field(default_factory=list)
    lag_seconds: float = 0.0

    def for_webhook(self, url: str) -> WebhookFault | None:
        for fault in self.webhooks:
            if fault.match in url and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def for_rest(self, method: str, path: str) -> str | None:
        for fault in self.rest:
            if fault.path in path and fault.method in {"", method} and fault.times > 0:
                fault.times -= 1
                return fault.kind
        return None

    def for_delivery(self) -> int | None:
        for fault in self.delivery:
            if fault.times > 0:
                fault.times -= 1
                return fault.code
        return None

    def clear(self) -> None:
        self.webhooks, self.rest, self.delivery, self.lag_seconds = [], [], [], 0.0

    def left(self) -> dict[str, object]:
        return {
            "webhooks": [asdict(fault) for fault in self.webhooks if fault.times > 0],
            "rest": [asdict(fault) for fault in self.rest if fault.times > 0],
            "delivery": [asdict(fault) for fault in self.delivery if fault.times > 0],
            "lists": {"lag_seconds": self.lag_seconds},
        }

    def arm(self, wanted: dict[str, object]) -> None:
        """Add what is asked for; an empty wish clears everything. Raises NoSuchFaultError."""
        if not wanted:
            self.clear()
            return
        unknown = set(wanted) - {"webhooks", "rest", "delivery", "lists"}
        if unknown:
            raise NoSuchFaultError(f"There is no fault called {min(unknown)}.")
        try:
            hooks = [_webhook_fault(one) for one in _several(wanted.get("webhooks"))]
            rest = [_rest_fault(one) for one in _several(wanted.get("rest"))]
            delivery = [_delivery_fault(one) for one in _several(wanted.get("delivery"))]
            lists = _several(wanted.get("lists"))
            lag = float(str(lists[0].get("lag_seconds", 0))) if lists else self.lag_seconds
        except (KeyError, TypeError, ValueError) as error:
            raise NoSuchFaultError(f"That fault can't be read: {error}.") from error
        self.webhooks += hooks
        self.rest += rest
        self.delivery += delivery
        self.lag_seconds = max(0.0, lag)


def _several(wanted: object) -> list[dict[str, object]]:
    if wanted is None:
        return []
    several = wanted if isinstance(wanted, list) else [wanted]
    if not all(isinstance(one, dict) for one in several):
        raise TypeError("each fault is an object")
    return cast("list[dict[str, object]]", several)


def _times(wanted: dict[str, object]) -> int:
    return max(1, min(MOST_TIMES, int(str(wanted.get("times", 1)))))


def _kind(wanted: dict[str, object], known: frozenset[str]) -> str:
    kind = str(wanted["kind"])
    if kind not in known:
        raise ValueError(f"kind must be one of {', '.join(sorted(known))}")
    return kind


def _webhook_fault(wanted: dict[str, object]) -> WebhookFault:
    return WebhookFault(
        match=str(wanted.get("match", "")),
        kind=_kind(wanted, WEBHOOK_KINDS),
        times=_times(wanted),
        seconds=float(str(wanted.get("seconds", 5))),
    )


def _rest_fault(wanted: dict[str, object]) -> RestFault:
    return RestFault(
        path=str(wanted.get("path", "")),
        kind=_kind(wanted, REST_KINDS),
        times=_times(wanted),
        method=str(wanted.get("method", "")).upper(),
    )


def _delivery_fault(wanted: dict[str, object]) -> DeliveryFault:
    return DeliveryFault(code=int(str(wanted["code"])), times=_times(wanted))
