"""What became of a text that was promised: told by the carrier, or looked up. No force sees it."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from helpline import outbox
from helpline.carrier import Accepted
from helpline.contacts import outreach
from helpline.outbox import Kind, Promise
from helpline.textsafe.models import LEFT, Course, Ending, TextSafeText, TextState


def locked(session: Session, text_id: uuid.UUID) -> TextSafeText | None:
    """Read a text afresh and hold its row until the transaction ends."""
    return session.get(TextSafeText, text_id, with_for_update=True, populate_existing=True)


def status_changed(
    session: Session, text_id: uuid.UUID, sid: str, status: str, *, at: datetime
) -> None:
    """Hear from the carrier how a text stands. It is seen here, and by no force."""
    text = locked(session, text_id)
    if text is None:
        return
    made = outbox.of(session, text.id, Kind.send_outreach)
    if made is not None and made.state is outbox.State.unsure:
        # The carrier knows the text, so it was accepted after all.
        outbox.settle(session, made, Accepted(sid), at=at)
        settled(session, text, made, at=at)
    text.carrier_sid = text.carrier_sid or sid
    if status in {"delivered", "read"}:
        text.state = TextState.delivered
    elif status in {"undelivered", "failed"} and text.state is TextState.accepted:
        # It did leave, so it counts for the day.
        text.state = TextState.failed


def settled(session: Session, text: TextSafeText, promise: Promise, *, at: datetime) -> None:
    """Show on a text what came of the promise to send it."""
    match promise.state:
        case outbox.State.accepted:
            rise(text, TextState.accepted)
            text.carrier_sid = text.carrier_sid or promise.carrier_sid
        case outbox.State.unsure:
            rise(text, TextState.unsure)
        case outbox.State.refused | outbox.State.given_up:
            did_not_leave(text, TextState.failed, promise.code)
        case outbox.State.cancelled:
            did_not_leave(text, TextState.not_sent)
        case _:
            text.left_at = None
            return
    if text.state in LEFT:
        outreach.sent(session, text.caller_id, at=at)
    _end_if_last(session, text, at)


def rise(text: TextSafeText, state: TextState) -> None:
    """Move a text's state up, never back."""
    ranks = (TextState.waiting, TextState.unsure, TextState.accepted, TextState.delivered)
    if text.state in ranks and ranks.index(state) > ranks.index(text.state):
        text.state = state


def did_not_leave(text: TextSafeText, state: TextState, code: int | None = None) -> None:
    """Show that a text never left: it does not count for the day."""
    if text.state is not TextState.delivered:
        text.state, text.code, text.left_at = state, code, None


def _end_if_last(session: Session, text: TextSafeText, at: datetime) -> None:
    course = session.get(Course, text.request_id, with_for_update=True, populate_existing=True)
    if course is not None and course.next_at is None and course.ended_at is None:
        course.ended_at, course.ending = at, Ending.all_sent
