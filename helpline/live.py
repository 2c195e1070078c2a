"""What changed, told to open consoles: topics only, one NOTIFY a transaction.

A console that hears a topic fetches that part of the page again, so rights are checked each time
and a lost notice does no harm. Topics carry ids, never content.
"""

import json

from sqlalchemy import event
from sqlalchemy.orm import Session

from helpline import round_trips

CHANNEL = "helpline_live"
WORK_CHANNEL = "helpline_work"
# PostgreSQL refuses a notice of 8,000 bytes or more; past this, everybody looks at everything.
_MOST_BYTES = 7000
EVERYTHING = "everything"
SIGN_IN = "sign-in:"
"""Begins a topic that is for one browser's stream alone: its sign-in has ended."""


def tell(session: Session, *topics: str) -> None:
    """Say that these topics changed; consoles hear it when the transaction commits."""
    session.info.setdefault("live_topics", {}).update(dict.fromkeys(topics))


def wake_worker(session: Session) -> None:
    """Say that there is work in the outbox; workers hear it when the transaction commits."""
    session.info["live_work"] = True


def _notify(session: Session) -> None:
    topics = list(session.info.pop("live_topics", {}))
    if topics:
        message = json.dumps(topics)
        if len(message) > _MOST_BYTES:
            message = json.dumps([EVERYTHING])
        round_trips.notify(session, CHANNEL, message)
    if session.info.pop("live_work", False):
        round_trips.notify(session, WORK_CHANNEL, "")


# First of all that happens before a commit: the late rows take the notices with them.
event.listen(Session, "before_commit", _notify, insert=True)
