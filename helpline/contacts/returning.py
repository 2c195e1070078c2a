"""Callers who come back: whoever was in touch a short while ago goes before others.

A child who rings again goes to the front (domain.md 1g, C5). That the last with this telephone
was a child is taken on: with a shared phone an adult gains a place, and no child loses one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from helpline.confidentiality import vault
from helpline.contacts import need
from helpline.contacts.models import Contact, Need
from helpline.phone_numbers import PhoneNumber
from helpline.round_trips import Question

WITHIN = timedelta(hours=3)


_LATELY = (
    "SELECT bool_or(contact.is_child) FROM contact JOIN caller ON caller.id = contact.caller_id "
    "JOIN vault_entry ON vault_entry.token = caller.number_token "
    "WHERE vault_entry.blind_index = %(mark)s "
    "AND coalesce(contact.ended_at, contact.opened_at) > %(since)s"
)


def was_here(number: PhoneNumber | None, *, at: datetime) -> Question:
    """Ask whether somebody was in touch a short while ago, for `note`; before they are now."""
    mark = vault.mark(number)
    return Question(_LATELY, {"mark": mark, "since": at - WITHIN})


def note(contact: Contact, lately: Sequence[Any]) -> None:
    """Note on a new contact what was answered to `was_here`."""
    ((was_child,),) = lately
    if was_child is None:
        return
    need.add(contact, Need.returning)
    if was_child:
        contact.is_child = True
        need.add(contact, Need.child)
