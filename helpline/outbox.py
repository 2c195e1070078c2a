"""Promises to the outside world: promise, claim, settle.

A rule leaves a promise in the same transaction as the facts it follows from. A worker claims it,
calls the carrier with no transaction open, and settles it. A promise holds ids, never words or
numbers: those are read where they live, at the moment of sending.

If a worker dies between claiming and settling, nobody knows whether the carrier acted. What may be
repeated is repeated; anything else becomes unsure and is looked up (../shared/carrier/twilio.md 3).
"""

import enum
import random
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline import live
from helpline.carrier import Accepted, Outcome, Refused, Unavailable
from helpline.database import Base, Id

# Longer than the carrier client's time-out, so that a lease never ends under a living request.
LEASE = timedelta(seconds=45)
MOST_ATTEMPTS = 12
_FIRST_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(minutes=5)


class Kind(enum.StrEnum):
    send_text = "send_text"
    ring_call_taker = "ring_call_taker"
    end_call = "end_call"
    hold_caller = "hold_caller"
    release_caller = "release_caller"
    end_conference = "end_conference"


REPEATABLE = frozenset(
    {Kind.end_call, Kind.hold_caller, Kind.release_caller, Kind.end_conference},
)
"""Doing these twice is the same as doing them once."""


class State(enum.StrEnum):
    waiting = "waiting"
    claimed = "claimed"
    accepted = "accepted"
    refused = "refused"
    unsure = "unsure"
    given_up = "given_up"
    cancelled = "cancelled"


SETTLED = frozenset({State.accepted, State.refused, State.given_up, State.cancelled})


class Promise(Base):
    __tablename__ = "promise"

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True))
    """Order in which promises were made."""
    kind: Mapped[Kind]
    about: Mapped[uuid.UUID]
    """The text, leg or contact that it concerns."""
    lane: Mapped[uuid.UUID]
    """Promises in one lane are carried out one after the other, in order."""
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Ids of the carrier and switches; never words or numbers."""
    state: Mapped[State] = mapped_column(default=State.waiting)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    made_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    carrier_sid: Mapped[str | None]
    code: Mapped[int | None]

    __table_args__ = (
        sa.Index(
            "ix_promise_open",
            "due_at",
            "number",
            postgresql_where=sa.text("state IN ('waiting', 'claimed')"),
        ),
        sa.Index(
            "ix_promise_lane",
            "lane",
            "number",
            postgresql_where=sa.text("state IN ('waiting', 'claimed')"),
        ),
        sa.Index("ix_promise_about", "about"),
        sa.Index("ix_promise_unsure", "claimed_at", postgresql_where=sa.text("state = 'unsure'")),
    )


def promise(  # noqa: PLR0913 - each is a fact of the promise
    session: Session,
    kind: Kind,
    *,
    about: uuid.UUID,
    lane: uuid.UUID,
    at: datetime,
    details: dict[str, Any] | None = None,
) -> Promise:
    """Leave one promise; a worker carries it out once the transaction has committed."""
    made = Promise(kind=kind, about=about, lane=lane, details=details or {}, due_at=at, made_at=at)
    session.add(made)
    live.wake_worker(session)
    return made


def claim(session: Session, *, at: datetime, most: int) -> Sequence[Promise]:
    """Claim up to `most` promises that are due, under a lease; each goes to one worker only.

    A lane moves in order: a promise waits while an earlier one in its lane is not settled.
    """
    earlier = sa.orm.aliased(Promise)
    due = (
        sa.select(Promise.id)
        .where(
            Promise.state == State.waiting,
            Promise.due_at <= at,
            ~sa.exists().where(
                earlier.lane == Promise.lane,
                earlier.number < Promise.number,
                earlier.state.in_((State.waiting, State.claimed)),
            ),
        )
        .order_by(Promise.due_at, Promise.number)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("due")
        .prefix_with("MATERIALIZED")
    )
    claimed = session.scalars(
        sa.update(Promise)
        .where(Promise.id.in_(sa.select(due.c.id)))
        .values(
            state=State.claimed,
            attempts=Promise.attempts + 1,
            claimed_at=at,
            lease_until=at + LEASE,
        )
        .returning(Promise),
        execution_options={"synchronize_session": False, "populate_existing": True},
    ).all()
    return sorted(claimed, key=lambda each: each.number)


def settle(session: Session, settled: Promise, outcome: Outcome, *, at: datetime) -> State:
    """Record what the carrier answered; says in which state the promise now is."""
    settled.lease_until = None
    match outcome:
        case Accepted():
            settled.state, settled.carrier_sid = State.accepted, outcome.sid or None
        case Refused():
            settled.state, settled.code = State.refused, outcome.code
        case Unavailable():
            _try_again_later(settled, at)
        case _ if settled.kind in REPEATABLE:
            _try_again_later(settled, at)
        case _:
            settled.state = State.unsure
    if settled.state in SETTLED:
        settled.settled_at = at
    if settled.state is State.waiting:
        live.wake_worker(session)
    return settled.state


def cancel(session: Session, about: uuid.UUID, kind: Kind, *, at: datetime) -> bool:
    """Take back what no worker has begun. Says whether there was anything to take back."""
    taken_back = session.scalars(
        sa.update(Promise)
        .where(Promise.about == about, Promise.kind == kind, Promise.state == State.waiting)
        .values(state=State.cancelled, settled_at=at)
        .returning(Promise.id)
    ).all()
    return bool(taken_back)


def leases_that_ended(session: Session, *, at: datetime, most: int = 100) -> Sequence[Promise]:
    """Find promises whose worker died in the middle, and give each its honest state.

    Repeatable ones wait again; the others are unsure. Returns those that became unsure.
    """
    stranded = session.scalars(
        sa.select(Promise)
        .where(Promise.state == State.claimed, Promise.lease_until < at)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    for each in stranded:
        each.lease_until = None
        if each.kind in REPEATABLE:
            _try_again_later(each, at)
        else:
            each.state = State.unsure
    return [each for each in stranded if each.state is State.unsure]


def unsure(session: Session, kind: Kind, *, most: int = 50) -> Sequence[Promise]:
    """List promises of a kind whose outcome nobody knows, oldest first, locked for settling."""
    return session.scalars(
        sa.select(Promise)
        .where(Promise.state == State.unsure, Promise.kind == kind)
        .order_by(Promise.claimed_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()


def of(session: Session, about: uuid.UUID, kind: Kind) -> Promise | None:
    """Find the newest promise of a kind about one thing, locked."""
    return session.scalars(
        sa.select(Promise)
        .where(Promise.about == about, Promise.kind == kind)
        .order_by(Promise.number.desc())
        .limit(1)
        .with_for_update()
    ).first()


def _try_again_later(waiting: Promise, at: datetime) -> None:
    if waiting.attempts >= MOST_ATTEMPTS:
        waiting.state, waiting.settled_at = State.given_up, at
        return
    wait: timedelta = min(_FIRST_WAIT * 2 ** (waiting.attempts - 1), _LONGEST_WAIT)
    waiting.state = State.waiting
    # Spread by up to a fifth, so that a thousand promises don't come back in the same second.
    waiting.due_at = at + wait * random.uniform(1.0, 1.2)  # noqa: S311 - not a secret
