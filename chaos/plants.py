"""Faults that are put into the code of a child, one of each kind, to see the harness notice them.

Only the harness knows them: they are put in by `seam/sitecustomize.py`, in children that it starts.
"""

import random
from collections.abc import Callable
from typing import Any

from helpline import database, outbox
from helpline.sms import inbox
from helpline.web import carrier_webhooks, events


def plant(name: str) -> None:
    """Put one fault into this process."""
    PLANTS[name]()


def acknowledged_unstored() -> None:
    """Lost: one text in ten is answered well and forgotten."""
    kept = inbox.text_arrived

    def forget(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the rule takes
        return None if random.random() < 0.1 else kept(*given, **named)  # noqa: S311, PLR2004

    inbox.text_arrived = forget


def every_event_is_new() -> None:
    """Doubled: a repeat takes effect again, under another key."""
    kept = events.is_new

    def always(session: Any, key: str, **named: Any) -> bool:  # noqa: ANN401
        return kept(session, f"{key}:{random.random()}", **named)  # noqa: S311

    events.is_new = always


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


PLANTS: dict[str, Callable[[], None]] = {
    each.__name__: each
    for each in (
        acknowledged_unstored,
        every_event_is_new,
        impatient,
        unsure_is_tried_again,
        leases_never_end,
    )
}
