"""Faults that are put into the code of a child, one of each kind, to see the harness notice them.

Only the harness knows them: they are put in by `seam/sitecustomize.py`, in children that it starts.
"""

import random
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from helpline import audit_chain, database, outbox
from helpline.sms import inbox
from helpline.sms import jobs as sms_jobs
from helpline.voice import legs, ringing
from helpline.voice.models import LegState
from helpline.web import carrier_webhooks, events


def plant(name: str) -> None:
    """Put one fault into this process, for good."""
    PLANTS[name]()


def acknowledged_unstored() -> None:
    """Lost: every other text is answered well and forgotten."""
    kept = inbox.text_arrived

    def forget(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the rule takes
        return None if random.random() < 0.5 else kept(*given, **named)  # noqa: S311, PLR2004

    inbox.text_arrived = forget


def every_event_is_new() -> None:
    """Doubled: a repeat takes effect again, under another key."""
    kept = events.record

    def always(key: str, **named: Any) -> Any:  # noqa: ANN401
        return kept(f"{key}:{random.random()}", **named)  # noqa: S311

    events.record = always


def impatient() -> None:
    """Given up: nobody waits for a database that is restarting."""

    def at_once(work: Callable[[], Any], patience: float = 0) -> Any:  # noqa: ANN401
        del patience
        return work()

    database.persistently = carrier_webhooks.persistently = at_once


def unsure_is_tried_again() -> None:
    """Doubled: a text of which nobody knows whether it left is simply sent again."""
    outbox.REPEATABLE = outbox.REPEATABLE | {outbox.Kind.send_text}


def leases_never_end() -> None:
    """Stranded: what a dead worker had in hand stays in its hand."""
    outbox.leases_that_ended = lambda *_, **__: []


def claims_are_kept_by_nobody() -> None:
    """Doubled: what a worker claims looks to the others as if nobody had."""
    kept = outbox.claim

    def claim(session: Any, **named: Any) -> Any:  # noqa: ANN401
        claimed = kept(session, **named)
        for each in claimed:
            each.state = outbox.State.waiting
        return claimed

    outbox.claim = claim


def due_by_one_clock() -> None:
    """Stranded: what is due by one clock is not done by another."""
    kept = outbox.claim

    def claim(session: Any, *, at: Any, **named: Any) -> Any:  # noqa: ANN401
        return [each for each in kept(session, at=at, **named) if each.due_at <= at]

    outbox.claim = claim


def acknowledges_what_failed() -> None:
    """Lost: whatever went wrong with the database, the carrier hears that all is well."""
    kept = carrier_webhooks.persistently

    def well(work: Callable[[], Any], patience: float = 0) -> Any:  # noqa: ANN401
        del patience
        try:
            return kept(work, 0.1)
        except sa.exc.SQLAlchemyError:
            return ""

    carrier_webhooks.persistently = well


def silent_phones_ring_for_ever() -> None:
    """Stranded: an offer of which nothing is heard is never given up."""
    ringing.give_up_on_silent_legs = lambda *_, **__: 0


def some_notices_are_dropped() -> None:
    """Lost: one notice in three never reaches the consoles."""
    from helpline.console import live_updates  # noqa: PLC0415 - only where it is needed

    kept = live_updates.Streams._hand_on

    def hand_on(self: Any, notice: Any) -> None:  # noqa: ANN401
        if random.random() > 1 / 3:  # noqa: S311
            kept(self, notice)

    live_updates.Streams._hand_on = hand_on


def nothing_is_collected() -> None:
    """Lost: nobody asks the carrier for texts whose webhook never came."""
    sms_jobs.collect_missed_texts = lambda *_, **__: 0


def seals_are_forged() -> None:
    """Lost: the chain of the record is sealed with something that is not its hash."""
    kept = audit_chain.seal

    def seal(session: Any, **named: Any) -> int:  # noqa: ANN401
        true = audit_chain._hash
        audit_chain._hash = lambda *_: random.randbytes(32)  # noqa: S311
        try:
            return kept(session, **named)
        finally:
            audit_chain._hash = true

    audit_chain.seal = seal


def early_ends_are_dropped() -> None:
    """Stranded: an end that is told before the ringing is taken for a mistake."""
    kept = legs.end

    def end(leg: Any, because: Any, at: Any) -> bool:  # noqa: ANN401
        return leg.state is not LegState.promised and kept(leg, because, at)

    legs.end = end


NOTICED_BY: dict[Callable[[], None], str] = {
    acknowledged_unstored: "R1",
    impatient: "R2",
    every_event_is_new: "R3",
    leases_never_end: "R4",
    unsure_is_tried_again: "R5",
    claims_are_kept_by_nobody: "R6",
    due_by_one_clock: "R7",
    acknowledges_what_failed: "R8",
    silent_phones_ring_for_ever: "R9",
    some_notices_are_dropped: "R10",
    nothing_is_collected: "R11",
    seals_are_forged: "R12",
    early_ends_are_dropped: "R13",
}
"""Each planted fault, and the fault of the line that must notice it."""

PLANTS: dict[str, Callable[[], None]] = {each.__name__: each for each in NOTICED_BY}
