"""A neutral sign to the author's safe number that it is worth being in touch. Says nothing else."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, outbox
from helpline.confidentiality import consent
from helpline.confidentiality.consent import Scope
from helpline.database import one_at_a_time
from helpline.messages import sendings
from helpline.messages.happenings import Nudge, Side, Told
from helpline.messages.models import ReturnPath, Thread, Wish
from helpline.messages.sendings import Ground, Leaving
from helpline.outbox import Promise

WORDS = "Hello. You asked us to let you know. Phone or text 116 000 when it suits you. It is free."
"""All that is ever pushed to an author. It names nobody, and no message."""


class NeverPushedError(Exception):
    """The author is never reached by us: they ask, or nothing happens."""


def send(
    session: Session, thread: Thread, form_key: uuid.UUID, *, by: uuid.UUID, at: datetime
) -> Nudge:
    """Promise the sign. The thread must be locked; the same form again changes nothing.

    Raises:
        NeverPushedError: "collect only", no agreement to be texted, or the author wants nothing.

    """
    one_at_a_time(session, form_key)
    known = session.scalar(sa.select(Nudge).where(Nudge.form_key == form_key))
    if known is not None:
        return known
    agreed = consent.in_force(session, thread.caller_id, at=at, scope=Scope.text_back)
    if not agreed or not may_push(thread):
        raise NeverPushedError
    nudge = Nudge(
        id=uuid.uuid4(),
        thread_id=thread.id,
        return_path=thread.return_path,
        at=at,
        staff_id=by,
        consent_id=agreed[0].id,
        form_key=form_key,
    )
    session.add(nudge)
    session.flush()
    outbox.promise(
        session,
        outbox.Kind.nudge_author,
        about=nudge.id,
        lane=thread.safe_caller_id or thread.id,
        reaches=thread.safe_caller_id,
        relies_on=nudge.consent_id,
        at=at,
    )
    audit.note(session, audit.Act.author_nudged, at=at, who=by, about=thread.id)
    return nudge


def may_push(thread: Thread) -> bool:
    """Whether anything may be pushed to an author at all."""
    return (
        thread.return_path is ReturnPath.safe_number
        and thread.safe_caller_id is not None
        and thread.wish not in {Wish.none, Wish.out_only}
        and thread.stopped_at is None
    )


def collect_only(session: Session, thread: Thread, *, by: uuid.UUID, at: datetime) -> None:
    """Let go of the safe number: from now on the author asks, and nothing is pushed."""
    end_all(session, thread, at=at)
    session.flush()
    thread.return_path, thread.safe_caller_id = ReturnPath.collect_only, None
    audit.note(session, audit.Act.wish_changed, at=at, who=by, about=thread.id)


def end_all(session: Session, thread: Thread, *, at: datetime) -> None:
    """Take back every sign that no worker has begun, and tie none to the thread any more."""
    for each in session.scalars(
        sa.select(Nudge)
        .where(Nudge.thread_id == thread.id, Nudge.over_at.is_(None))
        .with_for_update()
    ).all():
        outbox.cancel(session, each.id, outbox.Kind.nudge_author, at=at)
        each.over_at, each.return_path = at, None


def settled(session: Session, promise: Promise, *, at: datetime) -> None:
    """Enter that a sign left, or never will."""
    nudge = session.get(Nudge, promise.about, with_for_update=True, populate_existing=True)
    if nudge is None or promise.state is outbox.State.waiting:
        return
    if promise.state in {outbox.State.accepted, outbox.State.unsure}:
        leaving = Leaving(
            Side.author,
            Told.nudge,
            nudge.id,
            WORDS,
            Ground(consent_id=nudge.consent_id),
            promise_id=promise.id,
            by_text=True,
        )
        sendings.record(session, nudge.thread_id, leaving, at=at)
    nudge.over_at, nudge.return_path = nudge.over_at or at, None
