"""What the author wants: wishes that bind everybody, and taking a message back."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit
from helpline.confidentiality import consent
from helpline.confidentiality.consent import Heard
from helpline.messages import approvals, nudges, steps
from helpline.messages.models import Message, Party, Thread, Wish
from helpline.messages.states import OVER, MessageState


@dataclass(frozen=True)
class TakenBack:
    """What taking a message back came to."""

    was_in_time: bool
    """Nothing of it had left."""


def wish(  # noqa: PLR0913 - each is a fact of the wish
    session: Session,
    thread: Thread,
    what: Wish,
    unwanted: Collection[uuid.UUID],
    *,
    by: uuid.UUID,
    at: datetime,
) -> None:
    """Keep what the author wants from now on; what would break it is taken back at once.

    `unwanted`: ids of the parties with whom they want nothing to do, for `none_from_named`.
    """
    thread.wish = what
    for party in thread.parties:
        party.is_unwanted = what is Wish.none_from_named and party.id in unwanted
    audit.note(session, audit.Act.wish_changed, at=at, who=by, about=thread.id)
    if what in {Wish.none, Wish.out_only}:
        nudges.end_all(session, thread, at=at)
    stopped = [p.id for p in thread.parties if what is Wish.none or p.is_unwanted]
    for message in _under_way(session, stopped):
        take_back(session, message, by=by, at=at)


def take_back(session: Session, message: Message, *, by: uuid.UUID, at: datetime) -> TakenBack:
    """Take a message back, until it is delivered. Taken back already: no change.

    After delivery only the wish can be recorded (domain.md 3.2, rule 3): it stands in the ledger.
    """
    if message.consent_id is not None and consent.holds(session, message.consent_id, at=at):
        said = consent.TakenBack(
            message.consent_id, "They take the message back.", Heard.in_person, uuid.uuid4()
        )
        caller_id = message.party.thread.caller_id
        consent.withdraw(session, caller_id, said, by=by, at=at)
    if message.state in OVER:
        audit.note(session, audit.Act.message_withdrawn, at=at, who=by, about=message.id)
        return TakenBack(was_in_time=message.state is not MessageState.delivered)
    may_have_left = approvals.take_back_what_was_promised(session, message, at=at)
    steps.move(session, message, MessageState.withdrawn, at=at)
    audit.note(session, audit.Act.message_withdrawn, at=at, who=by, about=message.id)
    return TakenBack(was_in_time=not may_have_left)


def wants_no_more(session: Session, party: Party, *, by: uuid.UUID | None, at: datetime) -> None:
    """Keep that a recipient wants to hear nothing more; the reasons are theirs."""
    party.wants_no_more_at = party.wants_no_more_at or at
    audit.note(session, audit.Act.wish_changed, at=at, who=by, about=party.id)


def would_talk(session: Session, party: Party, *, by: uuid.UUID, at: datetime) -> None:
    """Keep that a recipient would talk with the author, with one of us on the line."""
    party.wants_to_talk = True
    audit.note(session, audit.Act.wish_changed, at=at, who=by, about=party.id)


def _under_way(session: Session, party_ids: list[uuid.UUID]) -> list[Message]:
    found = session.scalars(
        sa.select(Message)
        .where(Message.party_id.in_(party_ids), Message.state.not_in(tuple(OVER)))
        .with_for_update(of=Message)
    )
    return list(found)
