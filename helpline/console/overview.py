"""What the console shows, read only. Each function is a handful of statements, whatever waits."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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
# Columns of what stands on a card, and no objects: lists are read all day long by everybody.
_OF_A_CARD = (
    Contact.id,
    Caller.reference,
    Contact.channel,
    Contact.state,
    Contact.opened_at,
    Contact.taken_at,
)
_OPEN = (ContactState.with_call_taker, ContactState.wrapping_up)


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
    call_back: CallBack | None
    """They hung up and are rung when it is their turn."""

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
    staff = session.get_one(StaffMember, staff_id, populate_existing=True)
    leg = session.scalars(
        sa.select(Leg).where(Leg.staff_id == staff_id, Leg.state != LegState.ended)
    ).first()
    return Me(
        staff.id,
        staff.display_name,
        staff.availability,
        staff.availability_since,
        staff.phone_token is not None,
        leg.state if leg is not None else None,
        leg.contact_id if leg is not None else None,
        staff.because,
        staff.away_until,
    )


def waiting(session: Session, staff_id: uuid.UUID, *, at: datetime) -> list[WaitingCard]:
    """List what waits: by need, then whoever has waited longest."""
    offer = sa.and_(
        Leg.contact_id == Contact.id,
        Leg.role == LegRole.call_taker,
        Leg.state != LegState.ended,
    )
    before = sa.orm.aliased(StaffMember)
    rows = session.execute(
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
            CallBack,
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
    ).all()
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
            call_back=row.CallBack,
        )
        for row in rows
    ]


def offered(session: Session, staff_id: uuid.UUID) -> list[OthersCard]:
    """List the contacts that colleagues want to hand over to a call-taker."""
    wanted = (Contact.offered_to_id == staff_id, Contact.state == ContactState.with_call_taker)
    return _with_somebody(session, *wanted)


def mine(session: Session, staff_id: uuid.UUID) -> list[MyCard]:
    """List the contacts that a call-taker has, calls first, then the longest held."""
    newest = (
        sa.select(Text.direction)
        .where(Text.contact_id == Contact.id)
        .order_by(Text.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(*_OF_A_CARD, newest.label("newest"))
        .join(Caller, Caller.id == Contact.caller_id)
        .where(Contact.owner_id == staff_id, Contact.state.in_(_OPEN))
        .order_by((Contact.channel == Channel.voice).desc(), Contact.taken_at)
        .limit(MOST_SHOWN)
    ).all()
    return [
        MyCard(
            contact_id=row.id,
            reference=row.reference,
            channel=row.channel,
            state=row.state,
            since=row.taken_at or row.opened_at,
            needs_answer=row.newest == Direction.inbound,
        )
        for row in rows
    ]


def with_others(session: Session, staff_id: uuid.UUID) -> list[OthersCard]:
    """List what colleagues are doing, without a word of it."""
    return _with_somebody(session, Contact.owner_id != staff_id, Contact.state.in_(_OPEN))


def latest_closed(session: Session) -> Sequence[Contact]:
    """List the contacts that were closed last, newest first."""
    return session.scalars(
        sa.select(Contact)
        .where(Contact.state == ContactState.closed)
        .order_by(Contact.closed_at.desc())
        .limit(30)
    ).all()


def _with_somebody(session: Session, *wanted: sa.ColumnElement[bool]) -> list[OthersCard]:
    rows = session.execute(
        sa.select(*_OF_A_CARD, StaffMember.display_name)
        .join(Caller, Caller.id == Contact.caller_id)
        .outerjoin(StaffMember, StaffMember.id == Contact.owner_id)
        .where(*wanted)
        .order_by(Contact.taken_at)
        .limit(MOST_SHOWN)
    ).all()
    return [
        OthersCard(
            contact_id=row.id,
            reference=row.reference,
            channel=row.channel,
            state=row.state,
            owner=row.display_name or "",
            since=row.taken_at or row.opened_at,
        )
        for row in rows
    ]


def _is_over(since: datetime | None, within: timedelta, at: datetime) -> bool:
    return since is not None and at > since + within


def _is_kept(until: datetime | None, at: datetime) -> bool:
    return until is not None and until > at
