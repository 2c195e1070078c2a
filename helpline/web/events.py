"""Carrier events: each takes effect once, however often and in whatever order it arrives."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline import round_trips
from helpline.database import Base
from helpline.round_trips import Question

Answers = list[list[Any]]


class CarrierEvent(Base):
    """One event of the carrier. Its key is unique, so it takes effect once."""

    __tablename__ = "carrier_event"

    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    answer: Mapped[str | None]
    """The TwiML that was answered, so that a repeat is answered alike. No number, no words."""


_RECORD = (
    "INSERT INTO carrier_event (key, at) VALUES (%(key)s, %(at)s) "
    "ON CONFLICT DO NOTHING RETURNING key"
)
_KEEP = "UPDATE carrier_event SET answer = %s WHERE key = %s"


def record(key: str, *, at: datetime) -> Question:
    """Ask to record an event; answered by a row unless it was recorded before.

    Where the same event is under way in another transaction, this waits for that one to end.
    """
    return Question(_RECORD, {"key": key, "at": at})


def is_new(session: Session, key: str, *, at: datetime) -> bool:
    """Record an event; False if it was recorded before."""
    (added,) = round_trips.ask(session, record(key, at=at))
    return bool(added)


def take_effect_once(
    session: Session, key: str, effect: Callable[[], object], *, at: datetime
) -> bool:
    """Let an event take effect unless it did before; says whether it did now."""
    if not is_new(session, key, at=at):
        return False
    effect()
    return True


def answer_once(
    session: Session,
    key: str,
    questions: Sequence[Question],
    rule: Callable[[Answers], str | None],
    *,
    at: datetime,
) -> str:
    """Let an event take effect once, and answer a repeat as it was answered then.

    The rule gets the answers to `questions`, which travel with the event in one round trip.
    """
    is_first, *answers = round_trips.ask(session, record(key, at=at), *questions)
    if not is_first:
        kept = sa.select(CarrierEvent.answer).where(CarrierEvent.key == key)
        return session.scalar(kept) or ""
    said = rule(answers) or ""
    if said:
        round_trips.change(session, _KEEP, said, key)
    return said
