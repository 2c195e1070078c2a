"""Who could be rung for whom, as conditions that the database weighs in one statement."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.accounts.models import Availability, StaffMember
from helpline.contacts import capacity, need, skills
from helpline.contacts.models import Channel, Contact, ContactState, Language, Need, Stream
from helpline.database import AT, Instant
from helpline.statements import WrittenFor
from helpline.voice import call_backs, overflow, softphones, wait_rules
from helpline.voice.models import Leg, LegRole, LegState

Value = TypeVar("Value")
Attribute = sa.ColumnElement[Value] | sa.orm.InstrumentedAttribute[Value]
# A phone that was not answered is not rung again for the same caller at once.
RING_AGAIN_AFTER = timedelta(seconds=10)
KNOWN_FOR = timedelta(days=30)
"""Whoever talked with a caller within this time is asked first."""
# As many as are told of in one notice.
MOST_AT_ONCE = 70
# Made once: an alias copies every column of its table.
_THEIRS = sa.orm.aliased(Leg)
# From this weight on, everybody is asked at once.
_URGENT = need.WEIGHTS[Need.danger]


def waiting(session: Session, *, at: datetime) -> Sequence[Contact]:
    """List the calls for which somebody is free, locked, whoever goes first at the front.

    No more than there are people free, so that five hundred who wait for one cost what one costs.
    """
    found = _WAITING.all(session, **wait_rules.given(session, at))
    # One may have been answered in the instant before it was ours.
    return [each for each in found if each.state is ContactState.waiting]


def is_left_alone() -> tuple[sa.ColumnElement[bool], ...]:
    """Write the conditions that no phone rings for a row of `Contact` and none is to wait."""
    return ~overflow.is_offered(), ~overflow.is_choosing(AT), ~call_backs.rests(AT)


def _waiting(contact: Sequence[sa.ColumnElement[Any]]) -> sa.Select[Any]:
    """Write who waits for somebody who is free.

    Who is free, and who may be offered at all, is found once for all of them: PostgreSQL takes both
    for few, and would find it anew for each caller.
    """
    rules = wait_rules.as_table(wait_rules.RULES)
    free = sa.select(StaffMember.id).where(*is_free(AT)).cte("free").prefix_with("MATERIALIZED")
    somebody = (
        sa.select(StaffMember.id)
        .join(free, free.c.id == StaffMember.id)
        .where(_rested(AT), is_able(Contact.stream, Contact.language, widened(rules)))
        .correlate(Contact, rules)
        .limit(1)
        .scalar_subquery()
    )
    number_free = sa.select(sa.func.least(sa.func.count(), MOST_AT_ONCE)).select_from(free)
    line = (
        sa.select(Contact.id)
        .join(rules, rules.c.stream == Contact.stream)
        .where(
            Contact.state == ContactState.waiting,
            sa.or_(Contact.channel == Channel.voice, _is_on_the_line()),
            *is_left_alone(),
            sa.exists().select_from(free),
            somebody.is_not(None),
        )
        .order_by(*need.in_line())
        .limit(number_free.scalar_subquery())
        .cte("line")
        .prefix_with("MATERIALIZED")
    )
    return (
        sa.select(*contact)
        .join(line, line.c.id == Contact.id)
        .order_by(*need.in_line())
        .with_for_update(skip_locked=True, of=Contact)
    )


_WAITING = WrittenFor(Contact, _waiting)


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
    return sa.exists().where(
        _THEIRS.contact_id == Contact.id,
        _THEIRS.role == LegRole.caller,
        _THEIRS.state == LegState.joined,
    )


def is_free(at: Instant) -> tuple[sa.ColumnElement[bool], ...]:
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


def widened(rules: sa.TableValuedAlias) -> sa.Case[int]:
    """Write up to which tier people are asked for a row of `Contact`, this long into its wait."""
    step = rules.c
    return sa.case(
        (sa.or_(Contact.is_child, Contact.need >= _URGENT), skills.ANYBODY),
        (Contact.waiting_since <= step.anybody_after, skills.ANYBODY),
        (Contact.waiting_since <= step.third_after, skills.LAST),
        (Contact.waiting_since <= step.second_after, skills.LAST - 1),
        else_=skills.FIRST,
    )


def is_able(
    stream: Attribute[Stream],
    language: Attribute[Language],
    widened: sa.ColumnElement[int],
) -> sa.ColumnElement[bool]:
    """Write the condition that the tier and language of a row of `StaffMember` do."""
    return sa.and_(
        skills.tier(stream) <= widened,
        sa.or_(widened == skills.ANYBODY, skills.speaks(language)),
    )
