"""When no more texts go, asked before a text is promised and again right before it leaves.

What a person does is not told to this folder: it is looked up in the contacts, so no webhook can
come too late, and none has to know of TextSafe (domain.md 2.4, rule 4).
"""

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from helpline import audit, outbox
from helpline.contacts import outreach
from helpline.contacts.models import Contact, ContactState, Happening, TimelineEntry
from helpline.textsafe import cases
from helpline.textsafe.models import (
    WITHOUT_WORDS,
    Course,
    Decision,
    Ending,
    MisdirectedNumber,
    TextSafeRequest,
    TextSafeText,
    TextState,
)

LIVES = timedelta(days=7)
OF_THE_PERSON = frozenset({Ending.in_touch, Ending.asked_to_stop, Ending.wrong_number})
"""What no force may learn, not even from when something happens."""
_IN_TOUCH = (Happening.text_arrived, Happening.call_arrived, Happening.reopened)


class NotTheirsError(LookupError):
    """There is no such request of this force."""


def locked(session: Session, request_id: uuid.UUID) -> TextSafeRequest | None:
    """Read a request afresh and hold its row until the transaction ends."""
    return session.scalars(
        sa.select(TextSafeRequest)
        .where(TextSafeRequest.id == request_id)
        .with_for_update(of=TextSafeRequest)
        .execution_options(populate_existing=True)
    ).one_or_none()


def why_over(session: Session, request: TextSafeRequest, *, at: datetime) -> Ending | None:
    """Say why no (more) text may go to somebody; None where one may."""
    for ending, is_so in (
        (Ending.rejected, request.decision is Decision.rejected),
        (Ending.found, request.found_at is not None),
        (Ending.withdrawn, request.withdrawn_at is not None),
        (Ending.expired, at >= request.asked_at + LIVES),
        (Ending.force_stopped, not request.organisation.is_active),
    ):
        if is_so:
            return ending
    if _is_wrong(session, request):
        return Ending.wrong_number
    if outreach.is_stopped(session, request.caller.number_token):
        return Ending.asked_to_stop
    return Ending.in_touch if _is_in_touch(session, request) else None


def end(session: Session, request: TextSafeRequest, because: Ending, *, at: datetime) -> None:
    """End a request's course and take back what no worker has begun.

    What the person did ends nothing before the request's turn: the turn comes when it would have
    come anyway, since a force sees it.
    """
    if because in OF_THE_PERSON and request.dealt_with_at is None:
        return
    course = session.get(Course, request.id, with_for_update=True, populate_existing=True)
    if course is None or course.ended_at is not None:
        return
    course.next_at, course.ended_at, course.ending = None, at, because
    waiting = session.scalars(
        sa.select(TextSafeText).where(
            TextSafeText.request_id == request.id, TextSafeText.state == TextState.waiting
        )
    )
    for text in waiting:
        if outbox.cancel(session, text.id, outbox.Kind.send_outreach, at=at):
            text.state = TextState.not_sent


def found(
    session: Session,
    organisation_id: uuid.UUID,
    request_id: uuid.UUID,
    *,
    by: uuid.UUID | None,
    at: datetime,
) -> TextSafeRequest:
    """Hear from the force that the person is found: every text for this number of theirs ends.

    Raises:
        NotTheirsError: the force has no such request.

    """
    request = _theirs(session, organisation_id, request_id)
    if request.found_at is None:
        request.found_at = at
        _end_for_force(session, request, Ending.found, by, at)
        cases.found(session, request, at=at)
    return request


def withdraw(
    session: Session,
    organisation_id: uuid.UUID,
    request_id: uuid.UUID,
    *,
    by: uuid.UUID | None,
    at: datetime,
) -> TextSafeRequest:
    """Hear from the force that the consent, or its request, no longer holds.

    Raises:
        NotTheirsError: the force has no such request.

    """
    request = _theirs(session, organisation_id, request_id)
    if request.withdrawn_at is None:
        request.withdrawn_at = at
        _end_for_force(session, request, Ending.withdrawn, by, at)
    return request


def sweep(session: Session, *, at: datetime, most: int = 200) -> int:
    """End what is over, so that lists say so before the next text would be due."""
    open_ones = session.scalars(
        sa.select(Course)
        .join(Course.request)
        .options(contains_eager(Course.request).options(*WITHOUT_WORDS))
        .where(Course.ended_at.is_(None), Course.next_at.is_not(None))
        .order_by(Course.next_at.desc())
        .limit(most)
        # The request before its course, in the same order as everywhere.
        .with_for_update(of=TextSafeRequest, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    ended = 0
    for course in open_ones:
        because = why_over(session, course.request, at=at)
        if because is not None:
            end(session, course.request, because, at=at)
            ended += 1
    # By the clock alone: a force may ask anew for what is over.
    session.execute(
        sa.update(TextSafeRequest)
        .where(TextSafeRequest.is_open, TextSafeRequest.asked_at <= at - LIVES)
        .values(is_open=False)
    )
    return ended


_ACTS = {Ending.found: audit.Act.textsafe_found, Ending.withdrawn: audit.Act.textsafe_withdrawn}


def _end_for_force(
    session: Session, request: TextSafeRequest, because: Ending, by: uuid.UUID | None, at: datetime
) -> None:
    request.is_open = False
    end(session, request, because, at=at)
    audit.note(session, _ACTS[because], at=at, who=by, about=request.id)


def _theirs(session: Session, organisation_id: uuid.UUID, request_id: uuid.UUID) -> TextSafeRequest:
    request = locked(session, request_id)
    if request is None or request.organisation_id != organisation_id:
        raise NotTheirsError
    return request


def _is_wrong(session: Session, request: TextSafeRequest) -> bool:
    incident = (
        sa.select(MisdirectedNumber.id)
        .join(TextSafeRequest, TextSafeRequest.id == MisdirectedNumber.request_id)
        .where(TextSafeRequest.caller_id == request.caller_id)
    )
    return bool(session.scalar(sa.select(incident.exists())))


def _is_in_touch(session: Session, request: TextSafeRequest) -> bool:
    """Whether they wrote or rang since the request, or are in a conversation with us."""
    theirs = Contact.caller_id == request.caller_id
    talking = sa.exists().where(theirs, Contact.state != ContactState.closed)
    came = sa.exists().where(theirs, Contact.opened_at >= request.asked_at)
    wrote = (
        sa.select(TimelineEntry.id)
        .join(Contact, Contact.id == TimelineEntry.contact_id)
        .where(
            theirs,
            TimelineEntry.at >= request.asked_at,
            TimelineEntry.what.in_(_IN_TOUCH),
        )
        .exists()
    )
    return bool(session.scalar(sa.select(sa.or_(talking, came, wrote))))
