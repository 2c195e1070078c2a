"""What the console shows, read only. Each function is a handful of statements, whatever waits."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.accounts.models import Availability, Because, StaffMember
from helpline.contacts import need
from helpline.contacts.models import Caller, Channel, Contact, ContactState, Need
from helpline.sms.models import Direction, Text
from helpline.voice.call_backs import CallBack, Stage
from helpline.voice.models import Leg, LegRole, LegState

MOST_SHOWN = 100
ANSWER_WITHIN = timedelta(minutes=60)
"""How soon whoever answers a TextSafe is answered (domain.md 2.1 and 2.4, rule 7)."""
_OPEN = (ContactState.with_call_taker, ContactState.wrapping_up)
# Lists are read all day long by everybody. So statements are written once, which takes longer than
# to carry them out, and read columns of what stands on a card in place of objects.
_ME = sa.bindparam("me", type_=sa.Uuid)


@dataclass(frozen=True)
class WaitingCard:
    """A contact that waits. Says nothing of what was written: that is for whoever takes it."""

    contact_id: uuid.UUID
    reference: str
    channel: Channel
    since: datetime
    because: frozenset[Need]
    """Why it goes first."""
    follows_textsafe_at: datetime | None
    """When they wrote or rang after a TextSafe: answered within the hour."""
    is_late: bool
    """Whether that hour is over."""
    rings_at: str | None
    """Name of the call-taker whose phone rings for it."""
    rings_at_me: bool
    kept_for: str | None
    """Name of the call-taker who had it before and is first in line for it."""
    kept_for_me: bool
    call_back: Stage | None
    """They hung up and are rung when it is their turn."""
    tries: int
    """How often they were rung back."""

    @property
    def answer_by(self) -> datetime | None:
        """Until when somebody has to answer (domain.md 2.4, rule 7)."""
        return self.follows_textsafe_at + ANSWER_WITHIN if self.follows_textsafe_at else None

    @property
    def goes_first(self) -> bool:
        """Whether a reason puts it before others."""
        return need.weigh(self.because) > 0


@dataclass(frozen=True)
class MyCard:
    contact_id: uuid.UUID
    reference: str
    channel: Channel
    state: ContactState
    since: datetime
    needs_answer: bool
    """The caller wrote last."""


@dataclass(frozen=True)
class OthersCard:
    contact_id: uuid.UUID
    reference: str
    channel: Channel
    state: ContactState
    owner: str
    since: datetime


@dataclass(frozen=True)
class InHand:
    """What call-takers have at this moment, as one of them sees it."""

    mine: Sequence[MyCard]
    """Calls first, then the longest held."""
    offered: Sequence[OthersCard]
    """What colleagues want to hand over to me."""
    others: Sequence[OthersCard]
    """What colleagues are doing, without a word of it."""


@dataclass(frozen=True)
class Me:
    """The person at the console."""

    id: uuid.UUID
    name: str
    availability: Availability
    since: datetime
    has_phone: bool
    phone_is: LegState | None
    """What one's own phone does: rings, is answered, in a call; None if nothing."""
    phone_contact_id: uuid.UUID | None
    """The contact for which it does so."""
    because: Because | None
    """Why they are not ready, where they did not choose it."""
    until: datetime | None
    """When being away ends by itself."""


def me(session: Session, staff_id: uuid.UUID) -> Me:
    """Read one's own availability and what one's phone does."""
    return Me(*session.execute(_me(), {"me": staff_id}).one())


@cache
def _me() -> sa.Select[*tuple[Any, ...]]:
    """Write who is at the console, in the order of `Me`."""
    return (
        sa.select(
            StaffMember.id,
            StaffMember.display_name,
            StaffMember.availability,
            StaffMember.availability_since,
            StaffMember.phone_token.is_not(None),
            Leg.state,
            Leg.contact_id,
            StaffMember.because,
            StaffMember.away_until,
        )
        .outerjoin(Leg, sa.and_(Leg.staff_id == StaffMember.id, Leg.state != LegState.ended))
        .where(StaffMember.id == _ME)
        .limit(1)
    )


def waiting(session: Session, staff_id: uuid.UUID, *, at: datetime) -> list[WaitingCard]:
    """List what waits: by need, then whoever has waited longest."""
    return [
        WaitingCard(
            contact_id=row.id,
            reference=row.reference,
            channel=row.channel,
            since=row.waiting_since or row.opened_at,
            because=need.read(row.need_because),
            follows_textsafe_at=row.follows_outreach_at,
            is_late=_is_over(row.follows_outreach_at, ANSWER_WITHIN, at),
            rings_at=row.rings_at,
            rings_at_me=row.rings_at_id == staff_id,
            kept_for=row.kept_for if _is_kept(row.kept_until, at) else None,
            kept_for_me=_is_kept(row.kept_until, at) and row.kept_for_id == staff_id,
            call_back=row.call_back,
            tries=row.tries or 0,
        )
        for row in session.execute(_waiting())
    ]


@cache
def _waiting() -> sa.Select[*tuple[Any, ...]]:
    """Write what waits, for whom it is kept and at whose phone it rings."""
    offer = sa.and_(
        Leg.contact_id == Contact.id,
        Leg.role == LegRole.call_taker,
        Leg.state != LegState.ended,
    )
    before = sa.orm.aliased(StaffMember)
    return (
        sa.select(
            Contact.id,
            Caller.reference,
            Contact.channel,
            Contact.waiting_since,
            Contact.opened_at,
            Contact.need_because,
            Contact.follows_outreach_at,
            Contact.kept_for_id,
            Contact.kept_until,
            before.display_name.label("kept_for"),
            Leg.staff_id.label("rings_at_id"),
            StaffMember.display_name.label("rings_at"),
            CallBack.stage.label("call_back"),
            CallBack.tries,
        )
        .join(Caller, Caller.id == Contact.caller_id)
        .outerjoin(Leg, offer)
        .outerjoin(StaffMember, StaffMember.id == Leg.staff_id)
        .outerjoin(before, before.id == Contact.kept_for_id)
        .outerjoin(
            CallBack,
            sa.and_(CallBack.contact_id == Contact.id, CallBack.stage != Stage.over),
        )
        .where(Contact.state == ContactState.waiting)
        .order_by(*need.in_line())
        .limit(MOST_SHOWN)
    )


def in_hand(session: Session, staff_id: uuid.UUID) -> InHand:
    """List what call-takers have: one's own, what one is handed, and what colleagues do."""
    rows = session.execute(_in_hand(), {"me": staff_id, "most": 3 * MOST_SHOWN}).all()
    own = [row for row in rows if row.owner_id == staff_id]
    own.sort(key=lambda row: row.channel is not Channel.voice)
    handed = [
        row
        for row in rows
        if row.offered_to_id == staff_id and row.state is ContactState.with_call_taker
    ]
    others = [row for row in rows if row.owner_id != staff_id]
    return InHand(
        mine=[
            MyCard(
                contact_id=row.id,
                reference=row.reference,
                channel=row.channel,
                state=row.state,
                since=row.taken_at or row.opened_at,
                needs_answer=row.newest == Direction.inbound,
            )
            for row in own[:MOST_SHOWN]
        ],
        offered=_with_somebody(handed),
        others=_with_somebody(others),
    )


@cache
def _in_hand() -> sa.Select[*tuple[Any, ...]]:
    """Write what call-takers have, the longest held first; the limit never cuts off one's own."""
    newest = (
        sa.select(Text.direction)
        .where(Text.contact_id == Contact.id)
        .order_by(Text.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    is_mine = Contact.owner_id == _ME
    is_for_me = sa.or_(is_mine, Contact.offered_to_id == _ME)
    return (
        sa.select(
            Contact.id,
            Caller.reference,
            Contact.channel,
            Contact.state,
            Contact.opened_at,
            Contact.taken_at,
            Contact.owner_id,
            Contact.offered_to_id,
            StaffMember.display_name.label("owner"),
            # Of a colleague's conversation nothing is said, not even who wrote last.
            sa.case((is_mine, newest)).label("newest"),
        )
        .join(Caller, Caller.id == Contact.caller_id)
        .join(StaffMember, StaffMember.id == Contact.owner_id)
        .where(Contact.state.in_(_OPEN))
        .order_by(sa.case((is_for_me, 0), else_=1), Contact.taken_at)
        .limit(sa.bindparam("most", type_=sa.Integer))
    )


def latest_closed(session: Session) -> Sequence[Contact]:
    """List the contacts that were closed last, newest first."""
    return session.scalars(
        sa.select(Contact)
        .where(Contact.state == ContactState.closed)
        .order_by(Contact.closed_at.desc())
        .limit(30)
    ).all()


def _with_somebody(rows: Sequence[sa.Row[*tuple[Any, ...]]]) -> list[OthersCard]:
    return [
        OthersCard(
            contact_id=row.id,
            reference=row.reference,
            channel=row.channel,
            state=row.state,
            owner=row.owner,
            since=row.taken_at or row.opened_at,
        )
        for row in rows[:MOST_SHOWN]
    ]


def _is_over(since: datetime | None, within: timedelta, at: datetime) -> bool:
    return since is not None and at > since + within


def _is_kept(until: datetime | None, at: datetime) -> bool:
    return until is not None and until > at
