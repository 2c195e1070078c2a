"""Whether a message may leave at this moment: asked before every try, and again right before it."""

import enum
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.clock import in_london
from helpline.confidentiality import consent, hours, safe_contact
from helpline.messages import approvals, checks, safety
from helpline.messages.happenings import Attempt, Outcome
from helpline.messages.models import Message, Way, Wish
from helpline.messages.states import MessageState

MOST_ATTEMPTS = 6
LEAST_PARTS_OF_DAY = 3
LEAST_BETWEEN = timedelta(hours=2)
"""So that nobody is rung again and again: the next try comes at another time of day."""
TRIES = frozenset(
    {
        Outcome.no_answer,
        Outcome.voicemail,
        Outcome.somebody_else,
        Outcome.not_verified,
        Outcome.not_taken,
    }
)
_MORNING_ENDS, _AFTERNOON_ENDS = 12, 17


class Stop(enum.StrEnum):
    """Why a message may not leave."""

    not_approved = "not_approved"
    words_changed = "words_changed"
    flags_open = "flags_open"
    consent_ended = "consent_ended"
    unsafe = "unsafe"
    author_wish = "author_wish"
    recipient_wish = "recipient_wish"
    thread_stopped = "thread_stopped"
    nobody_to_reach = "nobody_to_reach"
    outside_hours = "outside_hours"
    too_soon = "too_soon"
    not_by_text = "not_by_text"


STOPS = {
    Stop.not_approved: "It is not approved.",
    Stop.words_changed: "The words are not those that were approved.",
    Stop.flags_open: "Something in the words would disclose, and nobody has passed it.",
    Stop.consent_ended: "The author took their agreement back, or it has ended.",
    Stop.unsafe: "Abuse, a court order or age stands against it, and nobody has decided.",
    Stop.author_wish: "The author wants no message to go to this recipient.",
    Stop.recipient_wish: "The recipient wants to hear nothing more.",
    Stop.thread_stopped: "A supervisor stopped this thread.",
    Stop.nobody_to_reach: "There is no number any more.",
    Stop.outside_hours: "It is not a time at which they may be reached.",
    Stop.too_soon: "It was tried less than two hours ago. Try at another time of day.",
    Stop.not_by_text: "By text only where the author agreed, the number's owner is confirmed, "
    "and the author is known to us.",
}


class MayNotLeaveError(Exception):
    """The message stays; the words say why."""

    def __init__(self, why: Stop) -> None:
        super().__init__(STOPS[why])
        self.why = why


def check(session: Session, message: Message, *, at: datetime) -> None:
    """Make sure that a message may leave, whatever way it goes.

    Raises:
        MayNotLeaveError: says why not.

    """
    why = _by_state(session, message) or _by_wishes(session, message, at)
    if why is not None:
        raise MayNotLeaveError(why)


def check_now(session: Session, message: Message, *, at: datetime) -> None:
    """Make sure that its recipient may be reached at this moment.

    Raises:
        MayNotLeaveError: says why not.

    """
    party = message.party
    if party.caller_id is None:
        raise MayNotLeaveError(Stop.nobody_to_reach)
    if not hours.is_open(hours.from_stored(party.stored_hours), at):
        raise MayNotLeaveError(Stop.outside_hours)
    way = safe_contact.Way.call if party.way is Way.call else safe_contact.Way.text
    plan = safe_contact.current(session, party.caller_id)
    if not safe_contact.verdict(plan, way, at=at).may_leave:
        raise MayNotLeaveError(Stop.outside_hours)
    last = session.scalar(
        sa.select(sa.func.max(Attempt.at)).where(
            Attempt.message_id == message.id, Attempt.outcome.in_(TRIES)
        )
    )
    if last is not None and at - last < LEAST_BETWEEN:
        raise MayNotLeaveError(Stop.too_soon)


def was_tried_enough(session: Session, message: Message) -> bool:
    """Whether it counts as undeliverable: so many tries, at different times of day."""
    tries = session.scalars(
        sa.select(Attempt.at).where(Attempt.message_id == message.id, Attempt.outcome.in_(TRIES))
    ).all()
    parts = {part_of_day(each) for each in tries}
    return len(tries) >= MOST_ATTEMPTS and len(parts) >= LEAST_PARTS_OF_DAY


def part_of_day(at: datetime) -> str:
    """Say in which part of the day something is, by a clock in the UK."""
    hour = in_london(at).hour
    if hour < _MORNING_ENDS:
        return "morning"
    return "afternoon" if hour < _AFTERNOON_ENDS else "evening"


def _by_state(session: Session, message: Message) -> Stop | None:
    if message.state not in {MessageState.approved, MessageState.attempting}:
        return Stop.not_approved
    approval = approvals.in_force(session, message)
    if approval is None:
        return Stop.words_changed
    return Stop.flags_open if checks.open_flags(session, message, approval) else None


def _by_wishes(session: Session, message: Message, at: datetime) -> Stop | None:
    thread, party = message.party.thread, message.party
    if thread.stopped_at is not None:
        return Stop.thread_stopped
    if thread.wish is Wish.none or party.is_unwanted:
        return Stop.author_wish
    if party.wants_no_more_at is not None:
        return Stop.recipient_wish
    if message.consent_id is None or not consent.holds(session, message.consent_id, at=at):
        return Stop.consent_ended
    return None if safety.is_resolved(thread, party) else Stop.unsafe
