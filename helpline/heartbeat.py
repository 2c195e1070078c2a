"""Signs of life: each worker writes one every few seconds, with what it knows of the carrier."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline.database import Base

EVERY = timedelta(seconds=3)
# Two beats may be missed before a worker counts as gone.
ALIVE_FOR = timedelta(seconds=10)
_FORGOTTEN_AFTER = timedelta(hours=1)


class Heartbeat(Base):
    __tablename__ = "heartbeat"

    worker: Mapped[str] = mapped_column(primary_key=True)
    """Host and process, so that many workers on many hosts each have a row."""
    at: Mapped[datetime]
    carrier_answers: Mapped[bool]


@dataclass(frozen=True)
class Signs:
    """What is known of the workers and, through them, of the carrier."""

    worker: bool
    carrier: bool


def beat(session: Session, worker: str, *, carrier_answers: bool, at: datetime) -> None:
    """Write down that a worker lives, and forget those that have been gone for an hour."""
    row = {"at": at, "carrier_answers": carrier_answers}
    session.execute(
        insert(Heartbeat)
        .values(worker=worker, **row)
        .on_conflict_do_update(index_elements=[Heartbeat.worker], set_=row)
    )
    session.execute(sa.delete(Heartbeat).where(Heartbeat.at < at - _FORGOTTEN_AFTER))


def signs(session: Session, *, at: datetime) -> Signs:
    """Read whether any worker lives and whether the carrier answered it."""
    beats = session.scalars(sa.select(Heartbeat).where(Heartbeat.at > at - ALIVE_FOR)).all()
    return Signs(worker=bool(beats), carrier=any(beat.carrier_answers for beat in beats))
