"""Knowing when everything that can happen now has happened, and moving a driven clock on."""

import asyncio
import time

from exchange.clock import DrivenClock
from exchange.office import Office

LONGEST_WAIT = 20.0
QUIET_TURNS = 40


async def settle(office: Office, limit: float = LONGEST_WAIT) -> bool:
    """Wait until no webhook is in flight and nothing is due now; False when it took too long."""
    end = time.monotonic() + limit
    quiet = 0
    while quiet < QUIET_TURNS:
        if time.monotonic() > end:
            return False
        if office.callbacks.in_flight:
            quiet = 0
            await asyncio.sleep(0.001)
        elif _wake_due(office):
            quiet = 0
        else:
            quiet += 1
            await asyncio.sleep(0)
    return True


def _wake_due(office: Office) -> bool:
    clock = office.clock
    if not isinstance(clock, DrivenClock):
        return False
    due = clock.next_due()
    if due is None or due > clock.now():
        return False
    clock.wake_next()
    return True


async def advance(office: Office, clock: DrivenClock, seconds: float) -> bool:
    """Let `seconds` pass, timer by timer, with everything each one causes; False if it jams."""
    target = clock.now() + seconds
    end = time.monotonic() + 3 * LONGEST_WAIT
    while await settle(office) and time.monotonic() < end:
        due = clock.next_due()
        if due is None or due > target:
            clock.move_to(target)
            return await settle(office)
        clock.wake_next()
    return False
