"""Made-up signposts for a training instance: given, answered, one of them to be asked about."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.clock import in_london
from helpline.contacts.models import Contact, ContactState
from helpline.directory import services
from helpline.directory.models import Service
from helpline.signposting.models import Outcome, Signpost, SignpostState

_GIVEN: tuple[tuple[str, str, SignpostState, Outcome | None], ...] = (
    ("missing-people", "family_of_missing", SignpostState.accepted, Outcome.helped),
    ("samaritans", "emotional_support", SignpostState.offered, None),
    ("lbt-global", "missing_abroad", SignpostState.declined, None),
)


def load(session: Session, *, at: datetime) -> int:
    """Give some services in each of the earlier contacts; says how many."""
    closed = session.scalars(
        sa.select(Contact).where(Contact.state == ContactState.closed).order_by(Contact.opened_at)
    ).all()
    known = {each.key: each for each in session.scalars(sa.select(Service))}
    given = 0
    for contact in closed:
        if contact.owner_id is None:
            continue
        for key, topic, state, outcome in _GIVEN:
            session.add(_signpost(session, contact, known[key], topic, state, outcome, at))
            given += 1
    session.flush()
    return given


def _signpost(  # noqa: PLR0913, PLR0917 - each is a fact of the signpost
    session: Session,
    contact: Contact,
    service: Service,
    topic: str,
    state: SignpostState,
    outcome: Outcome | None,
    at: datetime,
) -> Signpost:
    version_id = services.shown(session, service.id).version.id
    is_due = state is SignpostState.offered
    return Signpost(
        id=uuid.uuid4(),
        contact_id=contact.id,
        service_id=service.id,
        version_id=version_id,
        topic=topic,
        state=state,
        given_by=contact.owner_id,
        given_at=contact.opened_at,
        follow_up_on=in_london(at).date() if is_due else None,
        outcome=outcome,
        outcome_at=at if outcome else None,
        outcome_by=contact.owner_id if outcome else None,
        form_key=uuid.uuid4(),
    )
