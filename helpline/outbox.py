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
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline import live, round_trips
from helpline.carrier import Accepted, Outcome, Refused, Unavailable
from helpline.database import AT, Base, Id
from helpline.round_trips import Question

# Longer than the carrier client's time-out, so that a lease never ends under a living request.
LEASE = timedelta(seconds=45)
MOST_ATTEMPTS = 12
_FIRST_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(minutes=5)


class Kind(enum.StrEnum):
    send_text = "send_text"
    ring_call_taker = "ring_call_taker"
    ring_party = "ring_party"
    """Rings somebody who is to join a call: a partner, a colleague, a supervisor."""
    ring_person = "ring_person"
    """Rings a person, for a call-taker who is in the room already."""
    end_call = "end_call"
    hold_caller = "hold_caller"
    release_caller = "release_caller"
    hold_party = "hold_party"
    release_party = "release_party"
    mute_party = "mute_party"
    unmute_party = "unmute_party"
    set_manner = "set_manner"
    """Lets a supervisor in a call be unheard, heard by one, or heard by all."""
    end_conference = "end_conference"
    redirect_caller = "redirect_caller"
    """Takes a waiting caller out of the waiting room, to a choice by keys."""
    fetch_picture = "fetch_picture"
    delete_picture = "delete_picture"
    fetch_recording = "fetch_recording"
    """The sound of a voicemail."""
    delete_recording = "delete_recording"
    deliver_message = "deliver_message"
    """The words of a message to its recipient."""
    send_link = "send_link"
    give_reply = "give_reply"
    """A reply to the author, in the conversation in which they asked for it."""
    nudge_author = "nudge_author"
    send_outreach = "send_outreach"
    """A text that we send first, at the request of the police (TextSafe)."""
    send_signpost = "send_signpost"
    """A service's details, to whoever asked for them."""


REPEATABLE = frozenset(
    {
        Kind.end_call,
        Kind.hold_caller,
        Kind.release_caller,
        Kind.hold_party,
        Kind.release_party,
        Kind.mute_party,
        Kind.unmute_party,
        Kind.set_manner,
        Kind.end_conference,
        Kind.redirect_caller,
        Kind.fetch_picture,
        Kind.delete_picture,
        Kind.fetch_recording,
        Kind.delete_recording,
    },
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


class Basis(enum.StrEnum):
    """Why we may reach out: no promise goes without one (domain.md 9, rule 1)."""

    conversation = "conversation"
    """They wrote to us, and this answers them."""
    consent = "consent"
    """They agreed to it: `relies_on` names the entry of the ledger."""
    police_request = "police_request"
    """Police asked for it and said on what that rests: the request holds it (domain.md 2.4)."""
    call_in_progress = "call_in_progress"
    """It belongs to a call that is going on, and reaches nobody else."""
    wish = "wish"
    """They want to be rung: what they said is kept with the contact (`voice/may_ring.py`)."""


_BASES = {
    **dict.fromkeys((Kind.send_text, Kind.give_reply, Kind.send_signpost), Basis.conversation),
    Kind.ring_person: Basis.wish,
    Kind.send_outreach: Basis.police_request,
}
SETTLED = frozenset({State.accepted, State.refused, State.given_up, State.cancelled})
NEVER_LEFT = SETTLED - {State.accepted}
"""May be promised anew: nothing of it reached anybody."""
_IS_OPEN = sa.text("state IN ('waiting', 'claimed')")


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
    basis: Mapped[Basis]
    relies_on: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("consent_entry.id"))
    """The consent without which it may not be carried out."""
    reaches: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("caller.id"))
    """The caller whose telephone it reaches, and whose safe-to-contact plan it must keep to."""
    held_until: Mapped[datetime | None]
    """Kept back by a plan until then; meanwhile it doesn't hold up what comes after it."""

    __table_args__ = (
        sa.CheckConstraint(
            "basis <> 'consent' OR relies_on IS NOT NULL", name="consent_names_its_entry"
        ),
        sa.Index(
            "ix_promise_relies_on", "relies_on", postgresql_where=sa.text("relies_on IS NOT NULL")
        ),
        sa.Index("ix_promise_held", "reaches", postgresql_where=sa.text("held_until IS NOT NULL")),
        sa.Index("ix_promise_open", "due_at", "number", postgresql_where=_IS_OPEN),
        sa.Index("ix_promise_lane", "lane", "number", postgresql_where=_IS_OPEN),
        sa.Index("ix_promise_about", "about"),
        sa.Index("ix_promise_unsure", "claimed_at", postgresql_where=sa.text("state = 'unsure'")),
    )


class Taken(NamedTuple):
    """A promise that the carrier accepted, and by which id the carrier knows it."""

    id: uuid.UUID
    about: uuid.UUID
    sid: str


_CLAIM = (
    "WITH due AS MATERIALIZED (SELECT id FROM promise WHERE state = 'waiting' "  # noqa: S608 - our names
    # What was due when it was made is due by every clock: one that is ahead, or was set back
    # meanwhile, must not make a caller wait for an hour.
    "AND (due_at <= %(at)s OR due_at <= made_at) "
    # A newer program may know more kinds and bases: they wait for a newer worker.
    "AND kind = ANY(%(kinds)s) AND basis = ANY(%(bases)s) "
    # Not an EXISTS: PostgreSQL takes open promises for few, and would compare all with all.
    "AND (SELECT earlier.id FROM promise earlier "
    "WHERE earlier.lane = promise.lane AND earlier.number < promise.number "
    "AND earlier.state IN ('waiting', 'claimed') "
    "AND (earlier.held_until IS NULL OR earlier.held_until <= %(at)s) "
    # The order for which the index of lanes is there: no other serves so well.
    "ORDER BY earlier.lane, earlier.number LIMIT 1) IS NULL "
    "ORDER BY due_at, number LIMIT %(most)s FOR UPDATE SKIP LOCKED) "
    "UPDATE promise SET state = 'claimed', attempts = attempts + 1, claimed_at = %(at)s, "
    "lease_until = %(until)s, held_until = NULL WHERE id IN (SELECT id FROM due) "
    f"RETURNING {round_trips.column_names(Promise)}"
)
_HOLD = "SELECT id, state FROM promise WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE"
_ACCEPT = (
    "UPDATE promise SET state = 'accepted', carrier_sid = taken.sid, settled_at = %s, "
    "lease_until = NULL FROM unnest(%s::uuid[], %s::text[]) AS taken (id, sid) "
    "WHERE promise.id = taken.id"
)


def promise(  # noqa: PLR0913 - each is a fact of the promise
    session: Session,
    kind: Kind,
    *,
    about: uuid.UUID,
    lane: uuid.UUID,
    at: datetime,
    details: dict[str, Any] | None = None,
    reaches: uuid.UUID | None = None,
    relies_on: uuid.UUID | None = None,
) -> Promise:
    """Leave one promise; a worker carries it out once the transaction has committed.

    What reaches a caller's telephone names the caller, and the consent it relies on; without one
    it must answer a conversation. Consent and plan are looked at again when it is carried out.
    """
    made = Promise(
        kind=kind,
        about=about,
        lane=lane,
        details=details or {},
        due_at=at,
        made_at=at,
        basis=_basis(kind, relies_on),
        relies_on=relies_on,
        reaches=reaches,
    )
    round_trips.keep(session, made)
    live.wake_worker(session)
    return made


def claim(
    session: Session, *, at: datetime, most: int, kinds: Collection[Kind] = tuple(Kind)
) -> Sequence[Promise]:
    """Claim up to `most` promises that are due, under a lease; each goes to one worker only.

    A lane moves in order: a promise waits while an earlier one in its lane is not settled, unless
    a plan keeps that one back for now.
    """
    asked = {"kinds": [str(each) for each in kinds], "bases": [str(each) for each in Basis]}
    asked_at = {"at": at, "until": at + LEASE, "most": most}
    (found,) = round_trips.ask(session, Question(_CLAIM, asked | asked_at))
    claimed = [round_trips.known(session, Promise, values) for values in found]
    return sorted(claimed, key=lambda each: each.number)


def holding(taken: Collection[Taken]) -> Question:
    """Ask for ids and states of promises, held until the transaction ends, always in one order.

    What they concern is held before them.
    """
    return Question(_HOLD, {"ids": [each.id for each in taken]})


def accept(session: Session, taken: Collection[Taken], *, at: datetime) -> None:
    """Settle promises, which are held and not settled yet, all of which the carrier accepted."""
    ids, sids = [each.id for each in taken], [each.sid or None for each in taken]
    round_trips.change(session, _ACCEPT, at, ids, sids)


def put_off(claimed: Promise, until: datetime) -> None:
    """Give a claimed promise back until an instant, as if it had not been claimed."""
    claimed.state, claimed.due_at, claimed.lease_until = State.waiting, until, None
    claimed.attempts -= 1


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
    if settled.state is State.waiting:
        live.wake_worker(session)
    elif settled.state in SETTLED:
        settled.settled_at = at
    return settled.state


def cancel(session: Session, about: uuid.UUID, kind: Kind, *, at: datetime) -> bool:
    """Take back what no worker has begun. Says whether there was anything to take back."""
    taken_back = (
        sa.update(Promise)
        .where(Promise.about == about, Promise.kind == kind, Promise.state == State.waiting)
        .values(state=State.cancelled, settled_at=at)
    )
    return bool(session.scalars(taken_back.returning(Promise.id)).all())


def cancel_relying_on(session: Session, entry_id: uuid.UUID, *, at: datetime) -> Sequence[Promise]:
    """Take back all that relies on one consent and that no worker has begun.

    Returns what was taken back, for whoever shows what became of it.
    """
    return session.scalars(
        sa.update(Promise)
        .where(Promise.relies_on == entry_id, Promise.state == State.waiting)
        .values(state=State.cancelled, settled_at=at, held_until=None)
        .returning(Promise),
        execution_options={"synchronize_session": False, "populate_existing": True},
    ).all()


_ENDED = (
    sa.select(Promise)
    .where(
        Promise.state == State.claimed,
        Promise.lease_until < AT,
        Promise.kind.in_(tuple(Kind)),
        Promise.basis.in_(tuple(Basis)),
    )
    .order_by(Promise.lease_until)
    .limit(sa.bindparam("most", type_=sa.Integer))
)


def leases_that_ended(session: Session, *, at: datetime, most: int = 100) -> Sequence[Promise]:
    """List promises whose worker died in the middle; `end_lease` gives each its honest state."""
    return session.scalars(_ENDED, {"at": at, "most": most}).all()


def end_lease(session: Session, held: Promise, *, at: datetime) -> bool:
    """Give a promise, which is held, the honest state of one whose worker died in the middle.

    A repeatable one waits again; any other is unsure. Says whether it became unsure, which is to be
    shown in the same unit of work: whoever does so may die in the middle as well.
    """
    if held.state is not State.claimed or held.lease_until is None or held.lease_until >= at:
        return False
    held.lease_until = None
    if held.kind in REPEATABLE:
        _try_again_later(held, at)
        live.wake_worker(session)
        return False
    held.state = State.unsure
    return True


def unsure(session: Session, kind: Kind, *, since: datetime, most: int = 50) -> Sequence[Promise]:
    """List promises of a kind whose outcome nobody knows, oldest first, locked for settling.

    Those claimed before `since` are left out: for ever unsure, they would hide all newer ones.
    """
    return session.scalars(
        sa.select(Promise)
        .where(Promise.state == State.unsure, Promise.kind == kind, Promise.claimed_at >= since)
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


def is_of_an_earlier(session: Session, made: Promise, sid: str) -> bool:
    """Whether news with this id of the carrier is of an earlier promise about the same thing."""
    earlier = sa.exists().where(
        Promise.about == made.about, Promise.number < made.number, Promise.carrier_sid == sid
    )
    return bool(session.scalar(sa.select(earlier)))


def _basis(kind: Kind, relies_on: uuid.UUID | None) -> Basis:
    if relies_on is not None:
        return Basis.consent
    return _BASES.get(kind, Basis.call_in_progress)


def _try_again_later(waiting: Promise, at: datetime) -> None:
    if waiting.attempts >= MOST_ATTEMPTS:
        waiting.state, waiting.settled_at = State.given_up, at
        return
    wait: timedelta = min(_FIRST_WAIT * 2 ** (waiting.attempts - 1), _LONGEST_WAIT)
    waiting.state = State.waiting
    # Spread by up to a fifth, so that a thousand promises don't come back in the same second.
    waiting.due_at = at + wait * random.uniform(1.0, 1.2)  # noqa: S311 - not a secret  # nosec B311
