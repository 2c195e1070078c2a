"""What the console shows, read only. Each function is a handful of statements, whatever waits."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from helpline.accounts.models import Availability, Role, StaffMember
from helpline.confidentiality import consent, safe_contact, wording
from helpline.confidentiality.access import Data, Fact, Sight, may
from helpline.confidentiality.safe_contact import Verdict, Way
from helpline.contacts.models import (
    Caller,
    Channel,
    Contact,
    ContactState,
    Ending,
    Note,
    TimelineEntry,
    WrapUp,
)
from helpline.contacts.wrap_up import latest
from helpline.retention import requests
from helpline.sms import conversations
from helpline.sms.models import Direction, Text
from helpline.voice.models import Leg, LegRole, LegState

MOST_SHOWN = 100
_OPEN = (ContactState.with_call_taker, ContactState.wrapping_up)


@dataclass(frozen=True)
class WaitingCard:
    """A contact that waits. Says nothing of what was written: that is for whoever takes it."""

    contact_id: uuid.UUID
    reference: str
    channel: Channel
    since: datetime
    is_urgent: bool
    rings_at: str | None
    """Name of the call-taker whose phone rings for it."""
    rings_at_me: bool


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
    reference: str
    channel: Channel
    state: ContactState
    owner: str
    since: datetime


@dataclass(frozen=True)
class CallView:
    """How a call stands."""

    caller_is_on_the_line: bool
    call_taker_is_on_the_line: bool
    talking_since: datetime | None


@dataclass(frozen=True)
class EarlierContact:
    channel: Channel
    opened_at: datetime
    owner: str | None
    ending: Ending | None


@dataclass(frozen=True)
class ContactView:
    """All that the person who has a contact may see of it."""

    contact: Contact
    reference: str
    texts: Sequence[Text]
    newest_incoming: int
    can_be_texted: bool
    call: CallView | None
    timeline: Sequence[TimelineEntry]
    notes: Sequence[Note]
    wrap_up: WrapUp | None
    earlier: Sequence[EarlierContact]
    plan: Sequence[str]
    """How they may safely be reached, in sentences."""
    text_verdict: Verdict
    """Whether an answer by text may leave now, by their plan."""
    consents: Sequence[str]
    """What they agreed to and may be relied on, in sentences."""


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
    )


def waiting(session: Session, staff_id: uuid.UUID) -> list[WaitingCard]:
    """List what waits: urgent first, then whoever has waited longest."""
    offer = sa.and_(
        Leg.contact_id == Contact.id,
        Leg.role == LegRole.call_taker,
        Leg.state != LegState.ended,
    )
    rows = session.execute(
        sa.select(Contact, Leg.staff_id, StaffMember.display_name)
        .outerjoin(Leg, offer)
        .outerjoin(StaffMember, StaffMember.id == Leg.staff_id)
        .where(Contact.state == ContactState.waiting)
        .order_by(Contact.is_urgent.desc(), Contact.waiting_since)
        .limit(MOST_SHOWN)
        .options(joinedload(Contact.caller))
    ).all()
    return [
        WaitingCard(
            contact_id=contact.id,
            reference=contact.caller.reference,
            channel=contact.channel,
            since=contact.waiting_since or contact.opened_at,
            is_urgent=contact.is_urgent,
            rings_at=name,
            rings_at_me=rung_id == staff_id,
        )
        for contact, rung_id, name in rows
    ]


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
    ).all()
    return [
        OthersCard(
            reference=contact.caller.reference,
            channel=contact.channel,
            state=contact.state,
            owner=contact.owner.display_name if contact.owner else "",
            since=contact.taken_at or contact.opened_at,
        )
        for contact in rows
    ]


def contact_view(session: Session, contact: Contact, *, at: datetime) -> ContactView:
    """Read one contact for whoever may see it."""
    texts = conversations.thread(session, contact.id)
    incoming = [text for text in texts if text.direction is Direction.inbound]
    plan = safe_contact.current(session, contact.caller_id)
    last_wrote = incoming[-1].at if incoming else None
    return ContactView(
        contact=contact,
        reference=contact.caller.reference,
        texts=texts,
        newest_incoming=max((text.number for text in incoming), default=0),
        can_be_texted=contact.caller.number_token is not None,
        call=_call(session, contact) if contact.channel is Channel.voice else None,
        timeline=session.scalars(
            sa.select(TimelineEntry)
            .where(TimelineEntry.contact_id == contact.id)
            .order_by(TimelineEntry.id.desc())
            .limit(MOST_SHOWN)
        ).all(),
        notes=session.scalars(
            sa.select(Note).where(Note.contact_id == contact.id).order_by(Note.at)
        ).all(),
        wrap_up=latest(session, contact.id),
        earlier=_earlier(session, contact),
        plan=wording.plan_in_sentences(plan, at),
        text_verdict=safe_contact.verdict(plan, Way.text, at=at, last_wrote=last_wrote),
        consents=[
            f"{scope}: {wording.recipient(entry)}"
            for entry in consent.in_force(session, contact.caller_id, at=at)
            for scope in wording.scopes(entry)
        ],
    )


def may_see(contact: Contact, staff_id: uuid.UUID, role: str, *known: Fact) -> bool:
    """Whether somebody may read a contact, as the matrix says (domain.md 9).

    `known` is what else is true of the two: that the person has asked for their data.
    """
    facts = [*known, Fact.is_own] if contact.owner_id == staff_id else [*known]
    if contact.is_flagged:
        facts.append(Fact.is_flagged)
    return may(role, Data.contact_notes, *facts) is Sight.whole


def asked_for(session: Session, contact: Contact, role: str) -> list[Fact]:
    """Say whether the person has asked for their data: only then its officer reads a contact."""
    if role != Role.data_protection_officer:
        return []
    return [Fact.has_request] if requests.is_open_about(session, contact.caller_id) else []


def people_on_shift(session: Session) -> Sequence[StaffMember]:
    """List everybody who is on shift, by name."""
    return session.scalars(
        sa.select(StaffMember)
        .where(StaffMember.is_active, StaffMember.availability != Availability.off_shift)
        .order_by(StaffMember.display_name)
    ).all()


def latest_closed(session: Session) -> Sequence[Contact]:
    """List the contacts that were closed last, newest first."""
    return session.scalars(
        sa.select(Contact)
        .where(Contact.state == ContactState.closed)
        .order_by(Contact.closed_at.desc())
        .limit(30)
    ).all()


def _call(session: Session, contact: Contact) -> CallView:
    legs = session.scalars(sa.select(Leg).where(Leg.contact_id == contact.id)).all()
    live = [leg for leg in legs if leg.state is not LegState.ended]
    talking = [
        leg for leg in live if leg.role is LegRole.call_taker and leg.state is LegState.joined
    ]
    return CallView(
        caller_is_on_the_line=any(leg.role is LegRole.caller for leg in live),
        call_taker_is_on_the_line=bool(talking),
        talking_since=talking[0].joined_at if talking else None,
    )


def _earlier(session: Session, contact: Contact) -> list[EarlierContact]:
    if contact.caller.number_token is None:
        return []
    rows = session.scalars(
        sa.select(Contact)
        .join(Caller)
        .where(Contact.caller_id == contact.caller_id, Contact.id != contact.id)
        .order_by(Contact.opened_at.desc())
        .limit(20)
    ).all()
    return [
        EarlierContact(
            channel=each.channel,
            opened_at=each.opened_at,
            owner=each.owner.display_name if each.owner else None,
            ending=each.ending,
        )
        for each in rows
    ]
