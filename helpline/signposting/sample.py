"""Made-up signposts for a training instance: some to be asked about, and months to be counted."""

import random
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.clock import in_london
from helpline.contacts import callers
from helpline.contacts.models import Channel, Contact, ContactState, Ending
from helpline.directory import services
from helpline.directory.models import Service
from helpline.signposting.models import Outcome, Signpost, SignpostState, UnmetNeed

_ACCEPTED, _DECLINED = SignpostState.accepted, SignpostState.declined
_HELPED, _NOT_KNOWN = Outcome.helped, Outcome.not_known
_RECENT = (
    ("missing-people", "family_of_missing", _ACCEPTED, _HELPED),
    ("samaritans", "emotional_support", SignpostState.offered, None),
    ("lbt-global", "missing_abroad", _DECLINED, None),
)
_BEFORE: tuple[tuple[str, str, int], ...] = (
    ("samaritans", "suicide", 11),
    ("missing-people", "family_of_missing", 9),
    ("childline", "child_protection", 8),
    ("national-domestic-abuse-helpline", "domestic_abuse", 6),
    ("shout", "mental_health", 5),
    ("frank", "substance_use", 2),
    ("citizens-advice", "debt", 1),
)
"""What was given in the months before: service, topic, how often."""
_UNMET = (("homelessness", 7), ("benefits", 2))
_FEW = 2
_MONTH = timedelta(days=35)
_VERIFIED = ("samaritans", "childline", "missing-people", "shout", "national-debtline")
_STALE = "nspcc-helpline"


def load(session: Session, *, by: uuid.UUID, keeper: uuid.UUID, at: datetime) -> int:
    """Give services in the earlier contacts and in contacts of the month before."""
    known = {each.key: each for each in session.scalars(sa.select(Service))}
    for key in _VERIFIED:
        services.verify(session, known[key], "Rang it and asked", by=keeper, at=at)
    long_ago = at - timedelta(days=100)
    next_check = in_london(at).date() - timedelta(days=9)
    services.verify(session, known[_STALE], "Read their page", next_check, by=keeper, at=long_ago)
    closed = session.scalars(
        sa.select(Contact).where(Contact.state == ContactState.closed).order_by(Contact.opened_at)
    ).all()
    for contact in closed[:_FEW]:
        for key, topic, state, outcome in _RECENT:
            session.add(_signpost(session, contact, known[key], topic, state, outcome, by, at))
    session.flush()
    return _months_before(session, known, by, at)


def _months_before(
    session: Session, known: Mapping[str, Service], by: uuid.UUID, at: datetime
) -> int:
    chance = random.Random(116_000)  # noqa: S311 - made-up data  # nosec B311
    contacts = [_closed(session, at - _MONTH, by) for _ in range(12)]
    given = 0
    for key, topic, number in _BEFORE:
        for contact in contacts[:number]:
            state = chance.choice((_ACCEPTED, _ACCEPTED, _ACCEPTED, _DECLINED))
            told = chance.choice((_HELPED, _HELPED, _NOT_KNOWN, None))
            outcome = told if state is _ACCEPTED else None
            session.add(
                _signpost(session, contact, known[key], topic, state, outcome, by, at - _MONTH)
            )
            given += 1
    _note_unmet(session, contacts, by, at - _MONTH)
    session.flush()
    return given


def _note_unmet(session: Session, contacts: Sequence[Contact], by: uuid.UUID, at: datetime) -> None:
    for topic, number in _UNMET:
        session.add_all(
            UnmetNeed(id=uuid.uuid4(), contact_id=each.id, topic=topic, at=at, staff_id=by)
            for each in contacts[:number]
        )


def _closed(session: Session, at: datetime, by: uuid.UUID) -> Contact:
    """Make a call of somebody who withheld their number, long over."""
    caller = callers.recognise(session, None, at=at)
    contact = Contact(
        id=uuid.uuid4(),
        channel=Channel.voice,
        state=ContactState.closed,
        caller_id=caller.id,
        owner_id=by,
        opened_at=at,
        ended_at=at + timedelta(minutes=20),
        closed_at=at + timedelta(minutes=25),
        ending=Ending.wrapped_up,
    )
    session.add(contact)
    session.flush()
    return contact


def _signpost(  # noqa: PLR0913, PLR0917 - each is a fact of the signpost
    session: Session,
    contact: Contact,
    service: Service,
    topic: str,
    state: SignpostState,
    outcome: Outcome | None,
    by: uuid.UUID,
    at: datetime,
) -> Signpost:
    is_due = state is SignpostState.offered
    return Signpost(
        id=uuid.uuid4(),
        contact_id=contact.id,
        service_id=service.id,
        version_id=services.shown(session, service.id).version.id,
        topic=topic,
        state=state,
        given_by=contact.owner_id or by,
        given_at=contact.opened_at,
        follow_up_on=in_london(at).date() if is_due else None,
        outcome=outcome,
        outcome_at=at if outcome else None,
        outcome_by=by if outcome else None,
        form_key=uuid.uuid4(),
    )
