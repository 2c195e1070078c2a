"""Things that go wrong on purpose: webhooks, the REST API, lists, delivery, and lost phones."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TypeVar, cast

from exchange.telephone_numbers import e164

WEBHOOK_KINDS = frozenset({"duplicate", "drop", "delay", "reorder"})
REST_KINDS = frozenset({"429", "500-before", "500-after", "hang-after", "drop-after"})
KINDS = frozenset({"webhooks", "rest", "delivery", "legs", "lists"})
MOST_TIMES = 1000
LONGEST = 86400.0


Fault = TypeVar("Fault", "WebhookFault", "RestFault", "DeliveryFault", "LegFault")


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
class LegFault:
    """The phone of a leg is lost, seconds after the leg was answered; no number means any leg."""

    number: str = ""
    seconds: float = 5.0
    times: int = 1


@dataclass(slots=True)
class Faults:
    """Faults that are armed; each is used up `times` times, then gone."""

    webhooks: list[WebhookFault] = field(default_factory=list)
    rest: list[RestFault] = field(default_factory=list)
    delivery: list[DeliveryFault] = field(default_factory=list)
    legs: list[LegFault] = field(default_factory=list)
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

    def for_leg(self, address: str) -> float | None:
        """Give the seconds after which this leg, just answered, loses its phone."""
        for fault in self.legs:
            if fault.number in {"", address} and fault.times > 0:
                fault.times -= 1
                return fault.seconds
        return None

    def clear(self) -> None:
        self.webhooks, self.rest, self.delivery, self.legs = [], [], [], []
        self.lag_seconds = 0.0

    def left(self) -> dict[str, object]:
        return {
            "webhooks": [asdict(fault) for fault in self.webhooks if fault.times > 0],
            "rest": [asdict(fault) for fault in self.rest if fault.times > 0],
            "delivery": [asdict(fault) for fault in self.delivery if fault.times > 0],
            "legs": [asdict(fault) for fault in self.legs if fault.times > 0],
            "lists": {"lag_seconds": self.lag_seconds},
        }

    def arm(self, wanted: dict[str, object]) -> None:
        """Add what is asked for; an empty wish clears everything. Raises NoSuchFaultError.

        A fault wanted 0 times takes off all those of its kind that were armed before.
        """
        if not wanted:
            self.clear()
            return
        unknown = set(wanted) - KINDS
        if unknown:
            raise NoSuchFaultError(f"There is no fault called {min(unknown)}.")
        try:
            hooks = [_webhook_fault(one) for one in _several(wanted.get("webhooks"))]
            rest = [_rest_fault(one) for one in _several(wanted.get("rest"))]
            delivery = [_delivery_fault(one) for one in _several(wanted.get("delivery"))]
            legs = [_leg_fault(one) for one in _several(wanted.get("legs"))]
            lags = [_seconds(one, "lag_seconds", 0) for one in _several(wanted.get("lists"))]
        except (KeyError, TypeError, ValueError) as error:
            raise NoSuchFaultError(f"That fault can't be read: {error}.") from error
        self.webhooks = _together(self.webhooks, hooks, lambda fault: fault.kind)
        self.rest = _together(self.rest, rest, lambda fault: fault.kind)
        self.delivery = _together(self.delivery, delivery, lambda fault: fault.code)
        self.legs = _together(self.legs, legs, lambda _fault: "")
        self.lag_seconds = lags[-1] if lags else self.lag_seconds


def _together(
    armed: list[Fault], wanted: list[Fault], kind: Callable[[Fault], object]
) -> list[Fault]:
    taken_off = {kind(fault) for fault in wanted if fault.times == 0}
    kept = [fault for fault in armed if kind(fault) not in taken_off]
    return kept + [fault for fault in wanted if fault.times > 0]


def _several(wanted: object) -> list[dict[str, object]]:
    if wanted is None:
        return []
    several = wanted if isinstance(wanted, list) else [wanted]
    if not all(isinstance(one, dict) for one in several):
        raise TypeError("each fault is an object")
    return cast("list[dict[str, object]]", several)


def _times(wanted: dict[str, object]) -> int:
    return max(0, min(MOST_TIMES, int(str(wanted.get("times", 1)))))


def _seconds(wanted: dict[str, object], name: str, usual: float) -> float:
    return max(0.0, min(LONGEST, float(str(wanted.get(name, usual)))))


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
        seconds=_seconds(wanted, "seconds", 5),
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


def _leg_fault(wanted: dict[str, object]) -> LegFault:
    number = str(wanted.get("number", ""))
    return LegFault(
        number=number if not number or number.startswith("client:") else e164(number),
        seconds=_seconds(wanted, "seconds", 5),
        times=_times(wanted),
    )
