"""When a call with a child may end, and what is sounded when it ends by itself.

Source: domain.md 1g, C7: the call-taker can't leave a child before a plan is agreed, or a
supervisor is in; a child whose line goes is a matter for a supervisor at once.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from helpline.contacts import alarms, need, night_plans
from helpline.contacts.alarms import AlarmKind
from helpline.contacts.models import Contact, Need
from helpline.voice import legs, supervising


class PlanFirstError(Exception):
    """A child would be left with nothing agreed."""


def needs_a_plan(session: Session, contact: Contact) -> bool:
    """Whether the call can't be ended yet: a child is on the line, and nothing is agreed.

    Not where a supervisor has joined in: then it is theirs to say.
    """
    return (
        contact.is_child
        and legs.live_caller(session, contact.id) is not None
        and night_plans.latest(session, contact.id) is None
        and supervising.who_joined_in(session, contact.id) is None
    )


def check_may_end(session: Session, contact: Contact) -> None:
    """Make sure that ending the call leaves no child with nothing agreed.

    Raises:
        PlanFirstError: says what to do first.

    """
    if needs_a_plan(session, contact):
        raise PlanFirstError(
            "They are under 18. Note first what is agreed for tonight, or ask a supervisor in"
        )


def sound_if_gone(session: Session, contact: Contact, *, at: datetime) -> None:
    """Tell supervisors that a child, or somebody in danger, is off the line with nothing agreed."""
    if contact.owner_id is None or not _matters(contact):
        return
    if night_plans.latest(session, contact.id) is None:
        alarms.sound(session, AlarmKind.gone, contact.owner_id, contact.id, at=at)


def sound_if_cut_off(session: Session, contact: Contact, *, at: datetime) -> None:
    """Tell supervisors that the call-taker of a child, or of somebody in danger, was cut off."""
    if contact.owner_id is not None and _matters(contact):
        alarms.sound(session, AlarmKind.cut_off, contact.owner_id, contact.id, at=at)


def _matters(contact: Contact) -> bool:
    return contact.is_child or Need.danger in need.reasons(contact)
