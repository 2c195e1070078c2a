"""Made-up calls of earlier today for a training instance, so that the shift page has figures."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from helpline.contacts import callers, contacts, wrap_up
from helpline.contacts.models import Channel, Contact, ContactState, Ending, Stream
from helpline.contacts.wrap_up import Coding

# Minutes ago, what it was about, seconds waited, and whether somebody answered.
_CALLS = (
    (320, Stream.family, 9, True),
    (290, Stream.young_person, 4, True),
    (275, Stream.family, 31, True),
    (230, Stream.adult_away, 12, True),
    (222, Stream.family, 48, False),
    (170, Stream.sighting, 7, True),
    (165, Stream.young_person, 5, True),
    (150, Stream.family, 18, True),
    (110, Stream.professional, 26, True),
    (95, Stream.family, 11, True),
    (50, Stream.adult_away, 15, True),
    (35, Stream.young_person, 3, True),
)
_CODING = Coding(
    contact_type="family_or_friend",
    age_band="40_64",
    situation="missing_now",
    tonight="unknown",
    risk="none",
    outcome="listened_only",
    reasons=("not_disclosed",),
)


def load(session: Session, *, by: uuid.UUID, at: datetime) -> None:
    """Add the calls; `by` answered those that were answered."""
    for minutes, stream, waited, is_answered in _CALLS:
        began = at - timedelta(minutes=minutes)
        contact = _wait(session, stream, began)
        then = began + timedelta(seconds=waited)
        if is_answered:
            _talk(session, contact, by, then)
        else:
            contacts.close(session, contact, Ending.left_while_waiting, at=then)


def _wait(session: Session, stream: Stream, began: datetime) -> Contact:
    caller = callers.recognise(session, None, at=began)
    contact = contacts.open_contact(session, Channel.voice, caller, ContactState.arriving, at=began)
    contact.stream = stream
    contacts.start_waiting(session, contact, at=began)
    return contact


def _talk(session: Session, contact: Contact, by: uuid.UUID, then: datetime) -> None:
    contacts.take(session, contact, by, at=then)
    over = then + timedelta(minutes=14)
    contacts.start_wrapping_up(session, contact, at=over)
    session.flush()
    wrap_up.wrap_up(session, contact, by, _CODING, at=over + timedelta(minutes=3))
