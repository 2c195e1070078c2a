"""What a waiting caller is told of their wait: what is so now, and what was so for others.

Never a guess: how many are before them is counted, and how long others waited is only said where
enough were answered lately, and only while it may still come true. A child, and somebody in danger,
is told no figures: those would frighten, and they go first anyhow.
"""

import math
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.contacts import need
from helpline.contacts.models import Channel, Contact, ContactState, Need
from helpline.voice.call_plan import Ask, Plan, Say

LATELY = timedelta(minutes=30)
ENOUGH = 5
"""Fewer calls than these say nothing of the next one."""
MOST = 0.8
"""So much of those who were answered lately is "most people"."""
_STEPS = (1, 2, 3, 5, 10, 15, 20, 30, 45, 60)
_MANY = 10


def told(session: Session, contact: Contact, *, at: datetime) -> tuple[Say, ...]:
    """Say how a caller's wait stands, for words before a choice."""
    if contact.is_child or Need.danger in need.reasons(contact):
        return ()
    words = [_place(contact, ahead_of(session, contact))]
    minutes = usual_minutes(session, at=at)
    waited = at - (contact.waiting_since or at)
    if minutes is not None and waited < timedelta(minutes=minutes):
        which = "others_waited_a_minute" if minutes == 1 else "others_waited"
        words.append(Say(which, contact.language, (("minutes", str(minutes)),)))
    return tuple(words)


def said_first(told: tuple[Say, ...], plan: Plan) -> Plan:
    """Put words before the first question of a plan; a key that is pressed meanwhile counts."""
    question, *rest = plan
    if not isinstance(question, Ask):
        return plan
    return (replace(question, before=(*told, *question.before)), *rest)


def ahead_of(session: Session, contact: Contact) -> int:
    """Count the calls that are served before this one, as it is now."""
    place = sa.orm.aliased(Contact)
    worth = sa.cast(sa.literal(need.WORTH), sa.Interval)
    counted = (
        sa.select(sa.func.count())
        .select_from(place)
        .where(
            place.state == ContactState.waiting,
            place.channel == Channel.voice,
            place.id != contact.id,
            place.waiting_since - place.need * worth
            < sa.select(need.in_line()[0]).where(Contact.id == contact.id).scalar_subquery(),
        )
    )
    return int(session.scalar(counted) or 0)


def usual_minutes(session: Session, *, at: datetime) -> int | None:
    """Return within how many minutes most calls were answered lately; None if too few were."""
    waited = sa.func.extract("epoch", Contact.taken_at - Contact.waiting_since)
    row = session.execute(
        sa.select(sa.func.count(), sa.func.percentile_disc(MOST).within_group(waited)).where(
            Contact.channel == Channel.voice,
            Contact.taken_at > at - LATELY,
            Contact.taken_at <= at,
            Contact.waiting_since <= Contact.taken_at,
        )
    ).one()
    if row[0] < ENOUGH:
        return None
    minutes = math.ceil(float(row[1]) / 60)
    return next((step for step in _STEPS if step >= minutes), None)


def _place(contact: Contact, ahead: int) -> Say:
    if ahead == 0:
        return Say("nobody_before_you", contact.language)
    if ahead == 1:
        return Say("one_before_you", contact.language)
    if ahead > _MANY:
        return Say("many_before_you", contact.language)
    return Say("some_before_you", contact.language, (("number", str(ahead)),))
