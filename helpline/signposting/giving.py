"""Giving a service to somebody, how they took it, and what came of it.

Source: issue 9; domain.md sections 8 and 9, rule 15: a signpost is logged with the service's
version, who gave it and when. Nothing for adults only is given to a child.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit
from helpline.clock import in_london
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState, Happening
from helpline.database import one_at_a_time
from helpline.directory import services
from helpline.directory.entries import TOPICS
from helpline.signposting.models import STEPS, Outcome, Signpost, SignpostState, UnmetNeed

LONGEST_FOLLOW_UP = timedelta(days=92)
MOST_IN_A_CONTACT = 30
_OPEN = (ContactState.with_call_taker, ContactState.wrapping_up)


class CannotGiveError(ValueError):
    """It can't be given or noted like that; the words say why and what to do."""


@dataclass(frozen=True)
class Gift:
    """What a call-taker's form says of a service that they give."""

    service_id: uuid.UUID
    state: SignpostState
    topic: str
    form_key: uuid.UUID


def give(
    session: Session, contact: Contact, gift: Gift, *, by: uuid.UUID, at: datetime
) -> Signpost:
    """Note that a service was given, as it is shown now. The contact must be locked.

    The same form again changes nothing; the same service again notes how they take it now.

    Raises:
        contacts.NotYoursError: somebody else has the contact.
        CannotGiveError: the contact is over, the service isn't shown, or it isn't for a child.

    """
    _check_contact(contact, by)
    known = session.scalar(
        sa.select(Signpost).where(
            Signpost.contact_id == contact.id, Signpost.service_id == gift.service_id
        )
    )
    if known is not None:
        if gift.state is not SignpostState.offered:
            take(session, contact, known, gift.state, by=by, at=at)
        return known
    try:
        shown = services.shown(session, gift.service_id)
    except sa.exc.NoResultFound:
        raise CannotGiveError("The directory has no such service") from None
    if not shown.service.is_active:
        raise CannotGiveError("This service isn't shown any more. Choose another")
    if contact.is_child and not shown.entry.suits_under_18s:
        raise CannotGiveError("This is for adults only, and they are under 18. Choose another")
    if len(of_contact(session, contact.id)) >= MOST_IN_A_CONTACT:
        raise CannotGiveError("That many services help nobody. Take one back first")
    topic = gift.topic if gift.topic in TOPICS else next(iter(shown.entry.topics), "")
    given = Signpost(
        id=uuid.uuid4(),
        contact_id=contact.id,
        service_id=shown.service.id,
        version_id=shown.version.id,
        topic=topic,
        state=gift.state,
        given_by=by,
        given_at=at,
        form_key=gift.form_key,
    )
    session.add(given)
    session.flush()
    contacts.happened(session, contact, Happening.signpost_given, at=at, staff_id=by)
    audit.note(session, audit.Act.signpost_given, at=at, who=by, about=contact.id)
    contacts.tell_changed(session, contact)
    return given


def take(  # noqa: PLR0913 - each is a fact of the answer
    session: Session,
    contact: Contact,
    signpost: Signpost,
    state: SignpostState,
    *,
    by: uuid.UUID,
    at: datetime,
) -> None:
    """Note how they took it: accepted or declined. As it is already: nothing changes.

    Raises:
        contacts.NotYoursError: somebody else has the contact.
        CannotGiveError: what was answered can't become unanswered.

    """
    _check_contact(contact, by)
    if signpost.state is state:
        return
    if state not in STEPS[signpost.state]:
        raise CannotGiveError("They have answered already. Choose accepted or declined")
    signpost.state = state
    _changed(session, contact, by=by, at=at)


def note_call(
    session: Session, contact: Contact, signpost: Signpost, *, by: uuid.UUID, at: datetime
) -> None:
    """Note that the service was called for them. Noted already: nothing changes.

    Raises:
        contacts.NotYoursError: somebody else has the contact.
        CannotGiveError: the contact is over, or the entry has no telephone number.

    """
    _check_contact(contact, by)
    if not services.read_entry(signpost.version).phone:
        raise CannotGiveError("The entry has no telephone number")
    if signpost.called_at is None:
        signpost.called_at = at
        contacts.happened(session, contact, Happening.signpost_called, at=at, staff_id=by)
        _changed(session, contact, by=by, at=at)


def follow_up(  # noqa: PLR0913 - each is a fact of the follow-up
    session: Session,
    contact: Contact,
    signpost: Signpost,
    on: date | None,
    *,
    by: uuid.UUID,
    at: datetime,
) -> None:
    """Set the day from which to ask what came of it; none: nobody is to ask.

    Raises:
        contacts.NotYoursError: somebody else has the contact.
        CannotGiveError: the day is past or over three months away.

    """
    _check_contact(contact, by)
    today = in_london(at).date()
    if on is not None and not today <= on <= today + LONGEST_FOLLOW_UP:
        raise CannotGiveError("Choose a day from today on, within three months")
    signpost.follow_up_on = on
    _changed(session, contact, by=by, at=at)


def note_outcome(
    session: Session, signpost: Signpost, outcome: Outcome, *, by: uuid.UUID, at: datetime
) -> None:
    """Note what came of it, as they told whoever asked."""
    signpost.outcome, signpost.outcome_at, signpost.outcome_by = outcome, at, by
    contact = session.get_one(Contact, signpost.contact_id)
    contacts.happened(session, contact, Happening.signpost_outcome, at=at, staff_id=by)
    _changed(session, contact, by=by, at=at)


def note_unmet(
    session: Session, contact: Contact, topic: str, *, by: uuid.UUID, at: datetime
) -> UnmetNeed:
    """Note that nothing was found for a need. The same need again changes nothing.

    Raises:
        contacts.NotYoursError: somebody else has the contact.
        CannotGiveError: no topic was chosen.

    """
    _check_contact(contact, by)
    if topic not in TOPICS:
        raise CannotGiveError("Choose what they needed")
    one_at_a_time(session, f"unmet:{contact.id}:{topic}")
    known = session.scalar(
        sa.select(UnmetNeed).where(UnmetNeed.contact_id == contact.id, UnmetNeed.topic == topic)
    )
    if known is not None:
        return known
    unmet = UnmetNeed(id=uuid.uuid4(), contact_id=contact.id, topic=topic, at=at, staff_id=by)
    session.add(unmet)
    session.flush()
    contacts.happened(session, contact, Happening.need_unmet, at=at, staff_id=by)
    _changed(session, contact, by=by, at=at)
    return unmet


def of_contact(session: Session, contact_id: uuid.UUID) -> Sequence[Signpost]:
    """List what was given in a contact, oldest first."""
    return session.scalars(
        sa.select(Signpost).where(Signpost.contact_id == contact_id).order_by(Signpost.given_at)
    ).all()


def due(session: Session, *, by: uuid.UUID | None, at: datetime) -> Sequence[Signpost]:
    """List whose outcome is to be asked now: of one call-taker, or of everybody; oldest first."""
    listed = (
        sa.select(Signpost)
        .where(
            Signpost.follow_up_on.is_not(None),
            Signpost.follow_up_on <= in_london(at).date(),
            Signpost.outcome.is_(None),
        )
        .order_by(Signpost.follow_up_on, Signpost.given_at)
        .limit(200)
    )
    if by is not None:
        listed = listed.where(Signpost.given_by == by)
    return session.scalars(listed).all()


def locked(
    session: Session, signpost_id: uuid.UUID, contact_id: uuid.UUID | None = None
) -> Signpost | None:
    """Read one signpost afresh, of one contact if it is named, and hold its row."""
    wanted = sa.select(Signpost).where(Signpost.id == signpost_id)
    if contact_id is not None:
        wanted = wanted.where(Signpost.contact_id == contact_id)
    return session.scalars(
        wanted.with_for_update(of=Signpost).execution_options(populate_existing=True)
    ).one_or_none()


def _check_contact(contact: Contact, by: uuid.UUID) -> None:
    if contact.owner_id != by:
        raise contacts.NotYoursError
    if contact.state not in _OPEN:
        raise CannotGiveError("The contact is over")


def _changed(session: Session, contact: Contact, *, by: uuid.UUID, at: datetime) -> None:
    session.flush()
    audit.note(session, audit.Act.signpost_changed, at=at, who=by, about=contact.id)
    contacts.tell_changed(session, contact)
