"""What stories over the telephone do again and again."""

from datetime import timedelta

import time_machine

from helpline.accounts.models import Availability, StaffMember
from helpline.clock import now
from tests.system import Console, Handset, System

SAM = "07700 900123"
PRIYAS_DESK, TOMS_DESK, MORGANS_DESK = "020 7946 0101", "020 7946 0102", "020 7946 0110"
# As long as the greeting takes at the exchange, and a little.
GREETING = 60


def availability(system: System, console: Console) -> Availability:
    with system.transaction() as session:
        return session.get_one(StaffMember, console.staff_id).availability


def is_ringing(phone: Handset) -> bool:
    call = phone.call
    return call is not None and call["state"] == "ringing" and call["direction"] == "in"


def in_a_call(phone: Handset) -> bool:
    call = phone.call
    return call is not None and call["state"] == "in-progress"


def pick_up(phone: Handset) -> None:
    """Answer a telephone that rings, as a person."""
    assert is_ringing(phone)
    phone.answer()
    phone.press("1")


def talk(system: System, caller: Handset, phone: Handset) -> None:
    """Bring a caller and a call-taker together."""
    caller.dial()
    system.advance(GREETING)
    pick_up(phone)
    assert in_a_call(phone)
    assert in_a_call(caller)


def lose_news(system: System, of: str = "/tw/voice/", times: int = 50) -> None:
    """Let the carrier's webhooks of a kind never arrive."""
    system.carrier_fails({"webhooks": {"match": of, "kind": "drop", "times": times}})
    system.may_lose_webhooks = True


def find_news_again(system: System) -> None:
    system.carrier_fails({})


def look_after_calls(system: System, *, minutes: int = 2) -> None:
    """Let a worker ask the carrier about calls, as it does every half-minute."""
    with time_machine.travel(now() + timedelta(minutes=minutes), tick=False):
        system.worker.look_after_calls()
        system.settle()
