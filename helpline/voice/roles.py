"""What each party of a call means for it: when their phone is wanted, and what their coming does.

One row for each role, so that the rules about calls need not know who there may be.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from helpline.contacts.models import Contact
from helpline.voice import bridges, call_plan, diverts, parties, supervising, transfers
from helpline.voice.call_plan import Plan
from helpline.voice.models import Leg, LegEnding, LegRole


def _joins(session: Session, contact: Contact, leg: Leg, at: datetime) -> Plan:
    del session, at
    return call_plan.party_joins(contact, leg)


def _nothing_more(session: Session, contact: Contact, leg: Leg, at: datetime) -> None:
    del session, contact, leg, at


def _nothing_after(
    session: Session, contact: Contact, leg: Leg, because: LegEnding, at: datetime
) -> None:
    del session, contact, leg, because, at


@dataclass(frozen=True)
class Part:
    """The part that somebody plays in a call. The contact's row is locked whenever it is asked."""

    question: str = "press_1"
    """What a phone says when it is picked up (a file in templates/wording/spoken)."""
    is_wanted: Callable[[Session, Contact, Leg], bool] = parties.is_wanted
    accepted: Callable[[Session, Contact, Leg, datetime], Plan] = _joins
    """They pressed 1, or answered in their browser."""
    joined: Callable[[Session, Contact, Leg, datetime], None] = _nothing_more
    """They are in the room."""
    ended: Callable[[Session, Contact, Leg, LegEnding, datetime], None] = _nothing_after
    """They didn't answer, or left. The leg is ended already."""
    too_late: Callable[[], Plan] = call_plan.too_late
    """What they hear who answer when they are not wanted any more."""


PARTS: Mapping[LegRole, Part] = {
    LegRole.partner: Part(
        question="press_1_partner",
        is_wanted=bridges.is_wanted,
        accepted=bridges.accepted,
        joined=bridges.came,
        ended=bridges.ended,
        too_late=call_plan.party_too_late,
    ),
    LegRole.colleague: Part(
        question="press_1_colleague",
        accepted=transfers.accepted,
        joined=transfers.came,
        ended=transfers.ended,
    ),
    LegRole.supervisor: Part(
        question="press_1_to_listen",
        accepted=supervising.accepted,
        joined=supervising.joined,
        ended=supervising.left,
    ),
    LegRole.switchboard: Part(
        question="press_1_switchboard",
        is_wanted=diverts.is_wanted,
        accepted=diverts.accepted,
        ended=diverts.ended,
    ),
}
