"""What the console shows, read only. Each function is a handful of statements, whatever waits."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from helpline.accounts.models import Availability, Because, StaffMember
from helpline.contacts import need
from helpline.contacts.models import Caller, Channel, Contact, ContactState, Need
from helpline.sms.models import Direction, Text
from helpline.voice.call_backs import CallBack, Stage
from helpline.voice.models import Leg, LegRole, LegState

MOST_SHOWN = 100
ANSWER_WITHIN = timedelta(minutes=60)
"""How soon whoever answers a TextSafe is answered (domain.md 2.1 and 2.4, rule 7)."""
# What stands on a card, and no more: lists are read all day long by everybody.
_OF_A_CARD = (
    sa.orm.load_only(
        Contact.channel,
        Contact.state,
        Contact.opened_at,
        Contact.taken_at,
        Contact.waiting_since,
        Contact.need_because,
        Contact.follows_outreach_at,
        Contact.kept_for_id,
        Contact.kept_until,
    ),
    joinedload(Contact.caller).load_only(Caller.reference),
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
        sa.select(Contact, Leg.staff_id, StaffMember.display_name, before.display_name, CallBack)
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
        .options(*_OF_A_CARD, sa.orm.lazyload(Contact.owner))
    ).all()
    return [
        WaitingCard(
            contact_id=contact.id,
            reference=contact.caller.reference,
            channel=contact.channel,
            since=contact.waiting_since or contact.opened_at,
            because=need.reasons(contact),
            follows_textsafe_at=contact.follows_outreach_at,
            is_late=_is_late(contact, at),
            rings_at=name,
            rings_at_me=rung_id == staff_id,
            kept_for=kept_for if _is_kept(contact, at) else None,
            kept_for_me=_is_kept(contact, at) and contact.kept_for_id == staff_id,
            call_back=call_back,
        )
        for contact, rung_id, name, kept_for, call_back in rows
    ]


def offered(session: Session, staff_id: uuid.UUID) -> list[OthersCard]:
    """List the contacts that colleagues want to hand over to a call-taker."""
    rows = session.scalars(
        sa.select(Contact)
        .where(Contact.offered_to_id == staff_id, Contact.state == ContactState.with_call_taker)
        .order_by(Contact.taken_at)
        .limit(MOST_SHOWN)
    ).all()
    return [_others_card(contact) for contact in rows]


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
        sa.select(Contact, newest)
        .where(Contact.owner_id == staff_id, Contact.state.in_(_OPEN))
        .order_by((Contact.channel == Channel.voice).desc(), Contact.taken_at)
        .limit(MOST_SHOWN)
        .options(*_OF_A_CARD, sa.orm.lazyload(Contact.owner))
    ).all()
    return [
        MyCard(
            contact_id=contact.id,
            reference=contact.caller.reference,
            channel=contact.channel,
            state=contact.state,
            since=contact.taken_at or contact.opened_at,
            needs_answer=direction == Direction.inbound,
        )
        for contact, direction in rows
    ]


def with_others(session: Session, staff_id: uuid.UUID) -> list[OthersCard]:
    """List what colleagues are doing, without a word of it."""
    rows = session.scalars(
        sa.select(Contact)
        .where(Contact.owner_id != staff_id, Contact.state.in_(_OPEN))
        .order_by(Contact.taken_at)
        .limit(MOST_SHOWN)
        .options(*_OF_A_CARD, joinedload(Contact.owner).load_only(StaffMember.display_name))
    ).all()
    return [_others_card(contact) for contact in rows]


def latest_closed(session: Session) -> Sequence[Contact]:
    """List the contacts that were closed last, newest first."""
    return session.scalars(
        sa.select(Contact)
        .where(Contact.state == ContactState.closed)
        .order_by(Contact.closed_at.desc())
        .limit(30)
    ).all()


def _others_card(contact: Contact) -> OthersCard:
    return OthersCard(
        contact_id=contact.id,
        reference=contact.caller.reference,
        channel=contact.channel,
        state=contact.state,
        owner=contact.owner.display_name if contact.owner else "",
        since=contact.taken_at or contact.opened_at,
    )


def _is_late(contact: Contact, at: datetime) -> bool:
    since = contact.follows_outreach_at
    return since is not None and at > since + ANSWER_WITHIN


def _is_kept(contact: Contact, at: datetime) -> bool:
    return contact.kept_until is not None and contact.kept_until > at
