"""How much somebody who waits needs to go first, and why. The reasons are shown to call-takers.

The row of the contact must be locked; whoever changes it tells the consoles.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live
from helpline.contacts.models import Contact, Happening, Need, TimelineEntry

WEIGHTS = {
    Need.cut_off: 100,
    Need.first_by_hand: 98,
    Need.danger: 80,
    Need.child: 30,
    Need.returning: 20,
    Need.later_by_hand: 0,
}
_RETURNING_CHILD = 95
"""A child who rings again goes to the front (domain.md 1g, C5)."""
_BY_HAND = frozenset({Need.first_by_hand, Need.later_by_hand})


WORTH = timedelta(seconds=18)
"""What one point of need is worth in waiting: the greatest need goes before those who came up to
half an hour earlier, and nobody is passed by anybody who came later than that. So none starves."""


def in_line() -> tuple[Any, Any]:
    """Write the order in which those who wait are served: need and waiting, weighed together."""
    worth = sa.cast(sa.literal(WORTH), sa.Interval)
    return (Contact.waiting_since - Contact.need * worth, Contact.id)


def weigh(reasons: frozenset[Need]) -> int:
    """Return the place of somebody with these reasons: greater goes first."""
    if Need.later_by_hand in reasons:
        return WEIGHTS[Need.later_by_hand]
    weights = [WEIGHTS[each] for each in reasons]
    if {Need.child, Need.returning} <= reasons:
        weights.append(_RETURNING_CHILD)
    return max(weights, default=0)


def reasons(contact: Contact) -> frozenset[Need]:
    """Return why a contact goes first."""
    return read(contact.need_because)


def read(codes: Iterable[str]) -> frozenset[Need]:
    """Understand reasons as they are stored."""
    return frozenset(map(Need, codes))


def add(contact: Contact, *more: Need) -> None:
    """Note reasons why a contact goes first."""
    _set(contact, reasons(contact) | set(more))


def drop(contact: Contact, *fewer: Need) -> None:
    """Take reasons back."""
    _set(contact, reasons(contact) - set(fewer))


def no_danger(session: Session, contact: Contact, by: uuid.UUID, *, at: datetime) -> None:
    """Let a person say that words of danger meant none. Not marked any more: nothing changes.

    Counted as a false alarm of the list of risk words (`sms/marks.py`).
    """
    if Need.danger not in reasons(contact):
        return
    drop(contact, Need.danger)
    entry = TimelineEntry(contact_id=contact.id, at=at, what=Happening.no_danger, staff_id=by)
    session.add(entry)
    audit.note(session, audit.Act.need_decided, at=at, who=by, about=contact.id)
    live.tell(session, f"contact:{contact.id}", "waiting")


def decide(contact: Contact, by_hand: Need | None) -> None:
    """Let a person decide: first, later, or (None) as the other reasons say."""
    _set(contact, (reasons(contact) - _BY_HAND) | ({by_hand} if by_hand else set()))


def _set(contact: Contact, to: frozenset[Need]) -> None:
    contact.need_because = sorted(to)
    contact.need = weigh(to)
