"""Callers who come back: whoever was in touch a short while ago goes before others.

A child who rings again goes to the front (domain.md 1g, C5). That the last with this telephone
was a child is taken on: with a shared phone an adult gains a place, and no child loses one.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.contacts import need
from helpline.contacts.models import Contact, Need

WITHIN = timedelta(hours=3)


def note(session: Session, contact: Contact, *, at: datetime) -> None:
    """Note that whoever has just come was in touch a short while ago, where they were."""
    was_child = session.scalar(
        sa.select(sa.func.bool_or(Contact.is_child)).where(
            Contact.caller_id == contact.caller_id,
            Contact.id != contact.id,
            sa.func.coalesce(Contact.ended_at, Contact.opened_at) > at - WITHIN,
        )
    )
    if was_child is None:
        return
    need.add(contact, Need.returning)
    if was_child:
        contact.is_child = True
        need.add(contact, Need.child)
