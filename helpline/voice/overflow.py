"""A choice for those whom nobody answers: wait on, be rung back, leave a message.

The waiting room can't hear keys, so a caller is taken out of it for the choice and comes back to
the same one (twilio.md 2.3, W10). Meanwhile no phone rings for them.
"""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from helpline import outbox
from helpline.accounts import availability
from helpline.contacts import contacts
from helpline.contacts.models import Channel, Contact, ContactState, Happening
from helpline.database import AT, Instant
from helpline.statements import Written, WrittenForSeveral
from helpline.voice import legs, wait_rules
from helpline.voice.models import Leg, LegRole, LegState

CHOICE_LASTS = timedelta(minutes=2)
"""Longer than the menu with all its repeats: then the news of their coming back was lost."""
_MOST_AT_ONCE = 50
# Made once: an alias copies every column of its table, and these are asked every second.
_THEIRS = sa.orm.aliased(Leg)


def is_offered() -> sa.ColumnElement[bool]:
    """Write the condition that a call-taker, or a switchboard, is rung for a row of `Contact`."""
    return sa.exists().where(
        _THEIRS.contact_id == Contact.id,
        _THEIRS.role.in_((LegRole.call_taker, LegRole.switchboard)),
        _THEIRS.state != LegState.ended,
    )


def is_choosing(at: Instant) -> sa.ColumnElement[bool]:
    """Write the condition that the caller of a row of `Contact` hears the choice now."""
    return sa.exists().where(
        _THEIRS.contact_id == Contact.id,
        _THEIRS.role == LegRole.caller,
        _THEIRS.state != LegState.ended,
        _THEIRS.is_in_menu,
        _THEIRS.menu_at > at - CHOICE_LASTS,
    )


def is_in_company() -> sa.ColumnElement[bool]:
    """Write the condition that a partner is in the room of a row of `Contact`.

    Whose call-taker was cut off may be talking with one: nobody is taken out of that.
    """
    return sa.exists().where(
        _THEIRS.contact_id == Contact.id,
        _THEIRS.role == LegRole.partner,
        _THEIRS.state == LegState.joined,
    )


def chooses_now(session: Session, contact_id: uuid.UUID, *, at: datetime) -> bool:
    """Whether one caller hears the choice at this moment."""
    return _CHOOSES_NOW.value(session, id=contact_id, at=at) is not None


def give_choices(session: Session, *, at: datetime) -> int:
    """Give a choice to everybody for whom it is time; returns to how many.

    With nobody on shift at all that is at once.
    """
    found = _DUE.all(session, **_given(session, at))
    # A phone may have begun to ring for one before its row was ours, which that does not show.
    still = due_among(session, [contact.id for contact, _ in found], at=at) if found else ()
    due = [(contact, leg) for contact, leg in found if contact.id in still]
    for contact, leg in due:
        _give(session, contact, leg, at)
    return len(due)


def due_among(
    session: Session, contact_ids: Collection[uuid.UUID], *, at: datetime
) -> Collection[uuid.UUID]:
    """Say for which callers it is time for a choice, so that no phone is rung again before it."""
    given = _given(session, at) | {"contacts": list(contact_ids)}
    return {contact_id for (contact_id,) in _DUE_AMONG.rows(session, **given)}


def is_over(session: Session, contact: Contact, leg: Leg) -> None:
    """Note that a caller is back in the waiting room, or has gone elsewhere."""
    if leg.is_in_menu:
        leg.is_in_menu = False
        contacts.tell_changed(session, contact)


def redirect_settled(session: Session, promise: outbox.Promise) -> None:
    """Let phones ring again for a caller whom the carrier would not redirect."""
    leg = session.get(Leg, promise.about, populate_existing=True)
    if leg is not None and promise.state in outbox.SETTLED - {outbox.State.accepted}:
        is_over(session, legs.lock_contact(session, leg), leg)


def is_still_wanted(session: Session, leg_id: uuid.UUID) -> bool:
    """Whether a caller should still be taken out of the waiting room."""
    leg = session.get(Leg, leg_id, populate_existing=True)
    return leg is not None and leg.is_in_menu and leg.state is not LegState.ended


def bring_back(session: Session, contact: Contact, leg: Leg, *, at: datetime) -> None:
    """Give a caller who is on the line and in no room the way back, by the same door."""
    lead_to(session, contact, leg, f"/tw/voice/menu/{contact.id}", at=at)


def lead_to(session: Session, contact: Contact, leg: Leg, path: str, *, at: datetime) -> None:
    """Let a caller go on at an address of ours; no phone rings for them until they are back."""
    leg.is_in_menu, leg.menu_at = True, at
    _redirect(session, contact, leg, at, path)
    contacts.tell_changed(session, contact)


def _give(session: Session, contact: Contact, leg: Leg, at: datetime) -> None:
    leg.is_in_menu, leg.menu_at = True, at
    _redirect(session, contact, leg, at, f"/tw/voice/menu/{contact.id}")
    contacts.happened(session, contact, Happening.choice_given, at=at)
    contacts.tell_changed(session, contact)


def _redirect(session: Session, contact: Contact, leg: Leg, at: datetime, path: str) -> None:
    outbox.promise(
        session,
        outbox.Kind.redirect_caller,
        about=leg.id,
        lane=contact.id,
        at=at,
        details={"call_sid": leg.call_sid, "path": path},
    )


def _given(session: Session, at: datetime) -> dict[str, Any]:
    nobody_here = not availability.anybody_on_shift(session)
    return wait_rules.given(session, at) | {"nobody_here": nobody_here}


def _due(columns: Sequence[Any]) -> sa.Select[Any]:
    rules = wait_rules.as_table(wait_rules.RULES)
    asked = sa.and_(Leg.menu_at.is_not(None), Leg.menu_at >= Contact.waiting_since)
    rings = (
        sa.select(sa.func.count())
        .select_from(_THEIRS)
        .where(
            _THEIRS.contact_id == Contact.id,
            _THEIRS.role == LegRole.call_taker,
            _THEIRS.made_at >= Contact.waiting_since,
        )
        .correlate(Contact)
        .scalar_subquery()
    )
    first_time = sa.or_(
        sa.bindparam("nobody_here", type_=sa.Boolean),
        Contact.waiting_since <= rules.c.choice_after,
        rings >= rules.c.choice_after_rings,
    )
    return (
        sa.select(*columns)
        .join_from(Contact, Leg, sa.and_(Leg.contact_id == Contact.id, Leg.role == LegRole.caller))
        .join(rules, rules.c.stream == Contact.stream)
        .where(
            Contact.state == ContactState.waiting,
            Contact.channel == Channel.voice,
            Leg.state == LegState.joined,
            Leg.call_sid.is_not(None),
            sa.not_(sa.and_(Leg.is_in_menu, Leg.menu_at > AT - CHOICE_LASTS)),
            ~is_offered(),
            ~is_in_company(),
            sa.case((asked, Leg.menu_at <= rules.c.choice_every), else_=first_time),
        )
    )


_DUE = WrittenForSeveral(
    (Contact, Leg),
    lambda both: (
        _due(both)
        .order_by(sa.func.coalesce(Leg.menu_at, Contact.waiting_since))
        .limit(_MOST_AT_ONCE)
        .with_for_update(skip_locked=True, of=Contact)
    ),
)
_DUE_AMONG = Written(
    lambda: _due([Contact.id]).where(
        Contact.id == sa.any_(sa.bindparam("contacts", type_=ARRAY(sa.Uuid)))
    )
)
_CHOOSES_NOW = Written(
    lambda: sa.select(Contact.id).where(
        Contact.id == sa.bindparam("id", type_=sa.Uuid), is_choosing(AT)
    )
)
