"""Who could be rung for whom, as conditions that the database weighs in one statement."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from helpline.accounts.models import Availability, StaffMember
from helpline.contacts import capacity, need, skills
from helpline.contacts.models import Channel, Contact, ContactState, Need
from helpline.database import Instant
from helpline.voice import call_backs, overflow, softphones, wait_rules
from helpline.voice.models import Leg, LegRole, LegState

# A phone that was not answered is not rung again for the same caller at once.
RING_AGAIN_AFTER = timedelta(seconds=10)
KNOWN_FOR = timedelta(days=30)
"""Whoever talked with a caller within this time is asked first."""
MOST_AT_ONCE = 50
_OTHER_LANGUAGE = 10
# Statements are written once: to write one anew takes longer than to carry it out.
_AT = sa.bindparam("at", type_=sa.DateTime(timezone=True))
_RULES = sa.bindparam("rules", type_=JSONB)
# From this weight on, everybody is asked at once.
_URGENT = need.WEIGHTS[Need.danger]


def best(
    session: Session, contact: Contact, at: datetime, first: uuid.UUID | None
) -> tuple[StaffMember, int] | None:
    """Return who is rung next for a contact, locked, and how often they were for this wait.

    Whoever is named or knows the caller; then who was rung least for this wait; then the first
    tier; then the longest free.
    """
    given = _given(session, at) | {
        "first": first or _who_knows(session, contact, at),
        "contact": contact.id,
        "since": contact.waiting_since,
    }
    found = session.execute(_best(), given, execution_options={"populate_existing": True}).first()
    return None if found is None else (found[0], int(found[1]))


@cache
def _best() -> sa.Select[StaffMember, int]:
    first = StaffMember.id == sa.bindparam("first", type_=sa.Uuid)
    contact_id = sa.bindparam("contact", type_=sa.Uuid)
    rung = (
        sa.select(Leg.staff_id, sa.func.count().label("times"))
        .where(
            Leg.contact_id == contact_id,
            Leg.role == LegRole.call_taker,
            Leg.made_at >= sa.bindparam("since", type_=sa.DateTime(timezone=True)),
        )
        .group_by(Leg.staff_id)
        .subquery("rung")
    )
    times = sa.func.coalesce(rung.c.times, 0)
    rules = wait_rules.as_table(_RULES)
    return (
        sa.select(StaffMember, times)
        .select_from(StaffMember)
        .join(Contact, Contact.id == contact_id)
        .join(rules, rules.c.stream == Contact.stream)
        .outerjoin(rung, rung.c.staff_id == StaffMember.id)
        .where(*_free(_AT), _rested(_AT), sa.or_(_able(rules), first))
        .order_by(first.desc(), times, _rank(), StaffMember.ready_since)
        .limit(1)
        .with_for_update(skip_locked=True, of=StaffMember)
    )


def waiting(session: Session, *, at: datetime) -> Sequence[Contact]:
    """List the calls for which somebody is free, locked, whoever goes first at the front.

    No more than there are people free, so that five hundred who wait for one cost what one costs.
    """
    found = session.scalars(
        _waiting(), _given(session, at), execution_options={"populate_existing": True}
    )
    # One may have been answered in the instant before it was ours.
    return [each for each in found if each.state is ContactState.waiting]


@cache
def _waiting() -> sa.Select[Contact]:
    """Write who waits for somebody who is free.

    Who is free, and who may be offered at all, is found once for all of them: PostgreSQL takes both
    for few, and would find it anew for each caller.
    """
    rules = wait_rules.as_table(_RULES)
    free = sa.select(StaffMember.id).where(*_free(_AT)).cte("free").prefix_with("MATERIALIZED")
    line = (
        sa.select(Contact.id)
        .where(
            Contact.state == ContactState.waiting,
            sa.or_(Contact.channel == Channel.voice, _is_on_the_line()),
            ~overflow.is_offered(),
            ~overflow.is_choosing(_AT),
            ~call_backs.rests(_AT),
            sa.exists().select_from(free),
        )
        .cte("line")
        .prefix_with("MATERIALIZED")
    )
    somebody = (
        sa.select(StaffMember.id)
        .join(free, free.c.id == StaffMember.id)
        .where(_rested(_AT), _able(rules))
        .correlate(Contact, rules)
        .limit(1)
        .scalar_subquery()
    )
    number_free = sa.select(sa.func.least(sa.func.count(), MOST_AT_ONCE)).select_from(free)
    return (
        sa.select(Contact)
        .join(line, line.c.id == Contact.id)
        .join(rules, rules.c.stream == Contact.stream)
        .where(somebody.is_not(None))
        .order_by(*need.in_line())
        .limit(number_free.scalar_subquery())
        .with_for_update(skip_locked=True, of=Contact)
    )


def _given(session: Session, at: datetime) -> dict[str, Any]:
    return {"at": at, "rules": wait_rules.rows(wait_rules.every(session), at)}


def is_in_use(session: Session, staff_id: uuid.UUID) -> bool:
    """Whether somebody's phone rings or is in a call, as it is at this moment."""
    return bool(
        session.scalar(
            sa.select(sa.exists().where(Leg.staff_id == staff_id, Leg.state != LegState.ended))
        )
    )


def has_free_phone(at: Instant) -> sa.ColumnElement[bool]:
    """Write the condition that a row of `StaffMember` has a phone that is not in use."""
    in_use = sa.exists().where(Leg.staff_id == StaffMember.id, Leg.state != LegState.ended)
    has_one = sa.or_(StaffMember.phone_token.is_not(None), softphones.is_on(at))
    return sa.and_(has_one, ~in_use)


def _is_on_the_line() -> sa.ColumnElement[bool]:
    """Write the condition that somebody is on the telephone in a conversation by text."""
    theirs = sa.orm.aliased(Leg)
    return sa.exists().where(
        theirs.contact_id == Contact.id,
        theirs.role == LegRole.caller,
        theirs.state == LegState.joined,
    )


def _free(at: Instant) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        StaffMember.availability == Availability.ready,
        StaffMember.is_active.is_(True),
        has_free_phone(at),
        capacity.has_room_for_call(),
    )


def _rested(at: Instant) -> sa.ColumnElement[bool]:
    return ~(
        sa.exists()
        .where(
            Leg.contact_id == Contact.id,
            Leg.staff_id == StaffMember.id,
            Leg.made_at >= Contact.waiting_since,
            Leg.ended_at > at - RING_AGAIN_AFTER,
        )
        # Left to itself, a condition within a condition would mean any contact.
        .correlate_except(Leg)
    )


def _able(rules: sa.TableValuedAlias) -> sa.ColumnElement[bool]:
    """Write the condition that somebody's tier and language do, this long into the wait."""
    step = rules.c
    widened = sa.case(
        (sa.or_(Contact.is_child, Contact.need >= _URGENT), skills.ANYBODY),
        (Contact.waiting_since <= step.anybody_after, skills.ANYBODY),
        (Contact.waiting_since <= step.third_after, skills.LAST),
        (Contact.waiting_since <= step.second_after, skills.LAST - 1),
        else_=skills.FIRST,
    )
    return sa.and_(
        skills.tier(Contact.stream) <= widened,
        sa.or_(widened == skills.ANYBODY, skills.speaks(Contact.language)),
    )


def _rank() -> sa.ColumnElement[int]:
    other = sa.case((skills.speaks(Contact.language), 0), else_=_OTHER_LANGUAGE)
    return skills.tier(Contact.stream) + other


def _who_knows(session: Session, contact: Contact, at: datetime) -> uuid.UUID | None:
    """Return who talked with this caller last: nobody should have to tell everything twice."""
    return session.scalar(
        sa.select(Contact.owner_id)
        .where(
            Contact.caller_id == contact.caller_id,
            Contact.owner_id.is_not(None),
            Contact.opened_at > at - KNOWN_FOR,
        )
        .order_by(Contact.opened_at.desc())
        .limit(1)
    )
