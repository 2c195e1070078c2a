"""Webhooks that were refused or failed, counted by the hour: how many, never which.

A failing webhook mostly means that the database is away, so each process keeps its counts and
writes them down when it can again.
"""

import threading
from collections import Counter
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline.database import Base

WRITTEN_EVERY = timedelta(seconds=10)
KEPT_FOR = timedelta(days=35)


class WebhookFailure(Base):
    """How many webhooks were refused (not rightly signed) or failed in one hour."""

    __tablename__ = "webhook_failure"

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]


class Counts:
    """What one process has counted and not yet written down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted: Counter[tuple[datetime, str]] = Counter()
        self._written: datetime | None = None

    def add(self, kind: str, *, at: datetime) -> bool:
        """Count one; says whether it is time to write down."""
        with self._lock:
            self._counted[at.replace(minute=0, second=0, microsecond=0), kind] += 1
            if self._written is not None and at - self._written < WRITTEN_EVERY:
                return False
            self._written = at
            return True

    def take(self) -> Counter[tuple[datetime, str]]:
        """Hand over what was counted, to be written down."""
        with self._lock:
            taken, self._counted = self._counted, Counter()
            return taken

    def put_back(self, taken: Counter[tuple[datetime, str]]) -> None:
        """Keep what could not be written down."""
        with self._lock:
            self._counted += taken


def write_down(session: Session, counted: Counter[tuple[datetime, str]], *, at: datetime) -> None:
    """Add counts to those of all processes, and forget those of long ago."""
    for (hour, kind), number in sorted(counted.items()):
        row = insert(WebhookFailure).values(hour=hour, kind=kind, number=number)
        added = WebhookFailure.number + row.excluded.number
        session.execute(
            row.on_conflict_do_update(index_elements=["hour", "kind"], set_={"number": added})
        )
    session.execute(sa.delete(WebhookFailure).where(WebhookFailure.hour < at - KEPT_FOR))
