"""What became of a text we sent: told by the carrier, or looked up where nobody told us."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import outbox, round_trips
from helpline.carrier import Accepted, Outcome, Refused, Sender, TextSeen
from helpline.confidentiality.safe_contact import Verdict
from helpline.contacts import contacts
from helpline.contacts.models import Contact, Happening
from helpline.outbox import Promise, Taken
from helpline.round_trips import Question
from helpline.sms import blocks
from helpline.sms.models import RANK, Direction, Text, TextState

STATES = {
    "accepted": TextState.accepted,
    "scheduled": TextState.accepted,
    "queued": TextState.accepted,
    "sending": TextState.accepted,
    "sent": TextState.sent,
    "delivered": TextState.delivered,
    "read": TextState.delivered,
    "partially_delivered": TextState.sent,
    "undelivered": TextState.failed,
    "failed": TextState.failed,
    "canceled": TextState.failed,
}
"""The carrier's words for how a text stands (twilio.md section 3)."""

# Clocks of two machines differ; a text of ours can't be much older than its promise.
_CLOCK_SLACK = timedelta(minutes=2)
# How a text stands can change even where its words can't be read.
_WITHOUT_WORDS = (sa.orm.defer(Text.words), sa.orm.lazyload(Text.staff))
# Whoever settles several has nobody else to wait with: somebody's call may be next.
_DO_NOT_WAIT = Question("SELECT set_config('lock_timeout', '300ms', true)")
_HOLD = "SELECT id, state, contact_id FROM text WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE"
_OWNERS = (
    "SELECT id, owner_id FROM contact "
    "WHERE id IN (SELECT contact_id FROM text WHERE text.id = ANY(%(ids)s))"
)
_NAME = (
    "UPDATE text SET carrier_sid = coalesce(carrier_sid, taken.sid) "
    "FROM unnest(%s::uuid[], %s::text[]) AS taken (id, sid) WHERE text.id = taken.id"
)
_RISE = (
    "UPDATE text SET state = 'accepted', state_since = %s, code = NULL, held_until = NULL, "
    "kept_back = NULL, carrier_sid = coalesce(carrier_sid, taken.sid) "
    "FROM unnest(%s::uuid[], %s::text[]) AS taken (id, sid) WHERE text.id = taken.id"
)


def status_changed(  # noqa: PLR0913 - each is a fact of the event
    session: Session,
    text_id: uuid.UUID,
    sid: str,
    status: str,
    code: int | None,
    *,
    at: datetime,
) -> None:
    """Hear from the carrier how a text stands. Late and repeated news never moves it back."""
    text = _locked(session, text_id)
    state = STATES.get(status)
    if text is None or state is None or text.direction is Direction.inbound:
        return
    text.carrier_sid = text.carrier_sid or sid
    made = outbox.of(session, text.id, outbox.Kind.send_text)
    if made is not None and made.state is outbox.State.unsure:
        # The carrier knows the text, so it was accepted after all.
        outbox.settle(session, made, Accepted(sid), at=at)
    _rise(session, text, state, at=at, code=code)


def settled(session: Session, promise: Promise, outcome: Outcome, *, at: datetime) -> None:
    """Show on the text, which is held, what came of the promise to send it."""
    text = session.get(Text, promise.about, options=_WITHOUT_WORDS)
    if text is None:
        return
    if isinstance(outcome, Accepted):
        text.carrier_sid = text.carrier_sid or outcome.sid
    code = outcome.code if isinstance(outcome, Refused) else None
    match promise.state:
        case outbox.State.accepted:
            _rise(session, text, TextState.accepted, at=at)
        case outbox.State.unsure:
            _rise(session, text, TextState.not_confirmed, at=at)
        case outbox.State.refused | outbox.State.given_up | outbox.State.cancelled:
            _rise(session, text, TextState.failed, at=at, code=code)
        case _:
            return


def kept_back(session: Session, promise: Promise, verdict: Verdict, *, at: datetime) -> None:
    """Show on the text that it may not leave: held until a time, or not sent at all."""
    text = _locked(session, promise.about)
    if text is None or RANK[text.state] > RANK[TextState.held]:
        return
    text.kept_back, text.held_until = verdict.because, verdict.until
    if verdict.until is None:
        _rise(session, text, TextState.failed, at=at)
        return
    if text.state is not TextState.held:
        text.state, text.state_since = TextState.held, at
    contacts.tell_changed(session, session.get_one(Contact, text.contact_id))


def left_unsure(session: Session, text_id: uuid.UUID, *, at: datetime) -> None:
    """Show on the text that its worker died in the middle of sending it."""
    text = _locked(session, text_id)
    if text is not None:
        _rise(session, text, TextState.not_confirmed, at=at)


def lock(session: Session, text_id: uuid.UUID) -> None:
    """Hold a text's row until the transaction ends; always before its promise."""
    _locked(session, text_id)


def accepted_together(session: Session, taken: Collection[Taken], *, at: datetime) -> None:
    """Settle promises of texts that the carrier accepted, and show it, as `settled` does for one.

    Two trips for all of them. What was settled meanwhile stays as it is.

    Raises:
        sqlalchemy.exc.OperationalError: somebody else holds one of them for a while.

    """
    asked = {"ids": [each.about for each in taken]}
    _, texts, promises, contacts_of = round_trips.ask(
        session,
        _DO_NOT_WAIT,
        Question(_HOLD, asked),
        outbox.holding(taken),
        Question(_OWNERS, asked),
    )
    settled_already = {each for each, state in promises if state in outbox.SETTLED}
    fresh = [each for each in taken if each.id not in settled_already]
    outbox.accept(session, fresh, at=at)
    rises = {
        text_id: contact_id
        for text_id, state, contact_id in texts
        if RANK[state] < RANK[TextState.accepted]
    }
    risen = [each for each in fresh if each.about in rises]
    if others := [each for each in fresh if each.about not in rises]:
        round_trips.change(session, _NAME, *_columns(others))
    round_trips.change(session, _RISE, at, *_columns(risen))
    owners = dict(contacts_of)
    for contact_id in {rises[each.about] for each in risen}:
        contacts.tell_of(session, contact_id, owners[contact_id])


def _columns(taken: Collection[Taken]) -> tuple[list[uuid.UUID], list[str | None]]:
    return [each.about for each in taken], [each.sid or None for each in taken]


def found_at_carrier(
    session: Session, promise: Promise, seen: Sequence[TextSeen], *, at: datetime
) -> bool:
    """Look for an unsure text among those the carrier lists; settle it if it is there.

    It must carry the exact words, be made since the attempt, and belong to no other text of ours.
    Not finding it proves nothing: lists lag. Then the text stays "not confirmed".
    """
    text = _locked(session, promise.about)
    if text is None or promise.claimed_at is None:
        return False
    since = promise.claimed_at - _CLOCK_SLACK
    for candidate in reversed(seen):
        is_ours = candidate.words == text.words and candidate.created_at >= since
        if is_ours and not _belongs_to_another(session, candidate.sid, text.id):
            outbox.settle(session, promise, Accepted(candidate.sid), at=at)
            text.carrier_sid = candidate.sid
            _rise(session, text, STATES.get(candidate.status, TextState.accepted), at=at)
            return True
    return False


def _belongs_to_another(session: Session, sid: str, text_id: uuid.UUID) -> bool:
    return bool(
        session.scalar(sa.select(sa.exists().where(Text.carrier_sid == sid, Text.id != text_id)))
    )


def _rise(
    session: Session, text: Text, state: TextState, *, at: datetime, code: int | None = None
) -> None:
    if RANK[state] <= RANK[text.state]:
        return
    text.state, text.state_since = state, at
    text.code = code if state is TextState.failed else None
    text.held_until = None
    if state is not TextState.failed:
        text.kept_back = None
    contact = session.get_one(Contact, text.contact_id)
    if text.sender is Sender.conversation:
        if text.code == blocks.OPTED_OUT:
            blocks.begin(session, contact, at=at)
        elif state is TextState.delivered:
            blocks.end(session, contact, at=at)
    if state is TextState.not_confirmed:
        contacts.happened(session, contact, Happening.text_not_confirmed, at=at)
    elif state is TextState.failed:
        contacts.happened(session, contact, Happening.text_refused, at=at)
    contacts.tell_changed(session, contact)


def _locked(session: Session, text_id: uuid.UUID) -> Text | None:
    return session.scalars(_holding(Text.id == text_id)).one_or_none()


def _holding(wanted: sa.ColumnElement[bool]) -> sa.Select[Text]:
    return (
        sa.select(Text)
        .where(wanted)
        .with_for_update(of=Text)
        .options(*_WITHOUT_WORDS)
        .execution_options(populate_existing=True)
    )
