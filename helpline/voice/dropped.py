"""A line that is cut: who must know at once, and who may ring back.

Nobody is rung back by itself. A child, or somebody in danger, who is gone before the call was ended
alarms the supervisors (domain.md 1g, the negative tests of Lucy); the call-taker, or the supervisor
who looks after it, rings back with one button where that was wished.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from helpline.contacts import alarms
from helpline.contacts.alarms import AlarmKind
from helpline.contacts.models import Contact, ContactState, Need
from helpline.voice import first_minute
from helpline.voice.first_minute import Answer


def alarm_if_gone(session: Session, contact: Contact, *, at: datetime) -> None:
    """Sound the alarm where a child, or somebody in danger, is suddenly off the line."""
    if contact.owner_id is None or contact.state is not ContactState.with_call_taker:
        return
    if contact.is_child or is_in_danger(session, contact):
        alarms.sound(session, AlarmKind.gone, contact.owner_id, contact.id, at=at)


def is_in_danger(session: Session, contact: Contact) -> bool:
    """Whether somebody said so in the first minute, or was put first because of it."""
    noted = first_minute.read(session, contact.id)
    said_so = noted is not None and noted.in_danger is Answer.yes
    return said_so or Need.danger.value in contact.need_because
