"""Four eyes: nobody's words leave before somebody else has read exactly these words."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, outbox
from helpline.accounts.models import Role
from helpline.messages import checks, safety, steps
from helpline.messages.happenings import Approval, Ground, Link
from helpline.messages.models import Message
from helpline.messages.safety import Handling
from helpline.messages.states import MessageState

APPROVERS = frozenset({Role.supervisor, Role.safeguarding_lead})
LEAST_REASON_LETTERS = 10


class NotApprovedError(ValueError):
    """It can't be approved so; the words say why."""


@dataclass(frozen=True)
class Approver:
    """Who decides."""

    staff_id: uuid.UUID
    role: str
    in_training: bool = False
    """On a training instance one person may play both parts."""


@dataclass(frozen=True)
class Decision:
    """What the second person saw, and why they let it go."""

    seen_words: bytes
    """Fingerprint of the words that stood on their screen."""
    passes_flags: bool = False
    why: str = field(default="", repr=False)


def approve(
    session: Session, message: Message, decision: Decision, *, by: Approver, at: datetime
) -> Approval:
    """Let a message go, as the second person. Its row must be locked.

    Raises:
        NotApprovedError: it waits for no approval, the words were changed meanwhile, the same
            person wrote it, something stands against it, or marks are not passed with a reason.

    """
    if message.state is not MessageState.awaiting_approval:
        raise NotApprovedError("This message waits for no approval any more")
    if by.role not in APPROVERS and not by.in_training:
        raise NotApprovedError("Only a supervisor or safeguarding lead can approve")
    if message.written_by == by.staff_id and not by.in_training:
        raise NotApprovedError("Somebody other than the one who wrote it has to approve")
    if decision.seen_words != checks.words_mark(message):
        raise NotApprovedError("The words were changed meanwhile. Read them again")
    if not safety.is_resolved(message.party.thread, message.party):
        raise NotApprovedError("Decide first what stands against it: see above the words")
    found = checks.flags(session, message)
    if found and not (decision.passes_flags and len(decision.why.strip()) >= LEAST_REASON_LETTERS):
        raise NotApprovedError(
            "Something is marked in the words. Send it back, or pass it and write why"
        )
    ground = Ground.training if message.written_by == by.staff_id else Ground.second_person
    return _approve(
        session,
        message,
        ground,
        by.staff_id,
        passed=[checks.flag_key(each) for each in found],
        why=decision.why,
        at=at,
    )


def approve_for_known_recipient(session: Session, message: Message, *, at: datetime) -> None:
    """Let a clean message go at once to somebody who was given one before.

    Source: domain.md 3.2: a second person is needed before the first delivery to a new recipient.
    """
    party = message.party
    is_known = sa.select(
        sa.exists().where(Message.party_id == party.id, Message.state == MessageState.delivered)
    )
    is_harmless = safety.handling(party.thread, party) is Handling.may_go
    if is_harmless and session.scalar(is_known) and not checks.flags(session, message):
        _approve(
            session, message, Ground.known_recipient, message.written_by, passed=[], why="", at=at
        )


def send_back(session: Session, message: Message, why: str, *, by: Approver, at: datetime) -> None:
    """Send a message back to whoever wrote it: the words have to change.

    Raises:
        NotApprovedError: it waits for no approval, or no reason is given.

    """
    if message.state is not MessageState.awaiting_approval:
        raise NotApprovedError("This message waits for no approval any more")
    if len(why.strip()) < LEAST_REASON_LETTERS:
        raise NotApprovedError("Write what has to change, in a sentence")
    message.sent_back_why = why.strip()
    steps.move(session, message, MessageState.draft, at=at)
    audit.note(session, audit.Act.message_sent_back, at=at, who=by.staff_id, about=message.id)


def in_force(session: Session, message: Message) -> Approval | None:
    """Return the approval under which these very words may go; None after any edit."""
    if message.approval_id is None:
        return None
    approval = session.get(Approval, message.approval_id)
    if approval is None or approval.words_mark != checks.words_mark(message):
        return None
    return approval


def take_back_what_was_promised(session: Session, message: Message, *, at: datetime) -> bool:
    """Take back texts and links that no worker has begun, and end pages that were not opened.

    Says whether something may have left already.
    """
    links = session.scalars(
        sa.select(Link).where(Link.message_id == message.id).with_for_update()
    ).all()
    for each in links:
        outbox.cancel(session, each.id, outbox.Kind.send_link, at=at)
        if each.opened_at is None and each.ended_at is None:
            each.ended_at = at
    outbox.cancel(session, message.id, outbox.Kind.deliver_message, at=at)
    about = [message.id, *(each.id for each in links)]
    begun = (outbox.State.claimed, outbox.State.unsure, outbox.State.accepted)
    return bool(
        session.scalar(
            sa.select(
                sa.exists().where(outbox.Promise.about.in_(about), outbox.Promise.state.in_(begun))
            )
        )
    )


def _approve(  # noqa: PLR0913 - each is a fact of the approval
    session: Session,
    message: Message,
    ground: Ground,
    staff_id: uuid.UUID,
    *,
    passed: list[str],
    why: str,
    at: datetime,
) -> Approval:
    approval = Approval(
        id=uuid.uuid4(),
        message_id=message.id,
        at=at,
        staff_id=staff_id,
        ground=ground,
        words_mark=checks.words_mark(message),
        passed_flags=passed,
        why=why.strip() or None,
    )
    session.add(approval)
    session.flush()
    message.approval_id = approval.id
    message.sent_back_why = None
    steps.move(session, message, MessageState.approved, at=at)
    audit.note(session, audit.Act.message_approved, at=at, who=staff_id, about=message.id)
    return approval
