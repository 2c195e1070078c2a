"""What the worker does for TextSafe: sends, looks up what nobody confirmed, takes turns."""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import encryption, log, outbox
from helpline.carrier import (
    TRY_AGAIN,
    Accepted,
    Carrier,
    CarrierSilentError,
    Outcome,
    Sender,
    TextSeen,
    TextToSend,
    Unavailable,
)
from helpline.confidentiality import hours, vault
from helpline.confidentiality.safe_contact import MAY_LEAVE, KeptBack, Verdict
from helpline.contacts.models import Caller
from helpline.database import transaction
from helpline.directory import line_hours
from helpline.directory.line_hours import Door
from helpline.outbox import Kind, Promise
from helpline.settings import Settings
from helpline.textsafe import delivery, sending, wording
from helpline.textsafe.models import WITHOUT_WORDS, TextSafeRequest, TextSafeText, TextState

_LOOK_FROM = timedelta(seconds=30)
NOT_THERE_AFTER = timedelta(minutes=10)
"""The carrier's list lags by seconds (twilio.md section 3): what it doesn't have by now it never
got. A text that is due once in a day may wait that long to be sure."""
_LOOK_UNTIL = timedelta(days=1)
_CLOCK_SLACK = timedelta(minutes=2)
_DAMAGED = (encryption.KeyMissingError, encryption.LockBrokenError, vault.NotInVaultError)
_STOPPED = Verdict(KeptBack.message_stopped)

_log = log.get(__name__)


def prepare(
    session: Session, promise: Promise, settings: Settings, *, at: datetime
) -> Callable[[Carrier], Outcome] | None:
    """Choose the words for this hour, read the number at the last moment; None: nothing to send.

    From now on the text counts as one that left, so that none can follow within a day even if
    nobody ever learns what became of it.
    """
    text = delivery.locked(session, promise.about)
    if text is None:
        return None
    request = session.get(TextSafeRequest, text.request_id, options=WITHOUT_WORDS)
    caller = session.get(Caller, text.caller_id)
    if request is None or caller is None or caller.number_token is None:
        return None
    is_open = hours.is_open(hours.read(settings.texting_hours), at)
    # The same hours as for the first answer and the greeting (domain.md 9, rule 19).
    is_open = is_open and line_hours.is_open(session, Door.texts, at=at)
    text.words = wording.texted(
        request.age_band, request.language, is_open=is_open, page=why_page(settings)
    )
    text.left_at = at
    to_send = TextToSend(
        to=vault.number_for_carrier(session, caller.number_token),
        words=text.words,
        status_url=f"{settings.public_base_url}/tw/textsafe/status/{text.id}{TRY_AGAIN}",
        sender=Sender.outreach,
    )
    return lambda carrier: carrier.send_text(to_send)


def why_page(settings: Settings) -> str:
    """Return the short address of the page that says why somebody got a text."""
    if settings.why_page:
        return settings.why_page
    return settings.public_base_url.partition("://")[2] + "/why"


def verdict(session: Session, promise: Promise, at: datetime) -> Verdict:
    """Say, right before it leaves, whether a text may still go."""
    text = session.get(TextSafeText, promise.about, populate_existing=True)
    may_go = text is not None and sending.may_leave(session, text, at=at)
    return MAY_LEAVE if may_go else _STOPPED


def lock(session: Session, promise: Promise) -> None:
    """Hold the text's row until the transaction ends; always before its promise."""
    delivery.locked(session, promise.about)


def settled(session: Session, promise: Promise, outcome: Outcome, at: datetime) -> None:
    """Show on the text what came of the promise."""
    del outcome
    text = delivery.locked(session, promise.about)
    if text is not None:
        delivery.settled(session, text, promise, at=at)


def kept_back(session: Session, promise: Promise, why: Verdict, at: datetime) -> None:
    """Show that a text may not leave: until an hour of their plan, or not at all."""
    text = delivery.locked(session, promise.about)
    if text is not None and why.until is None:
        delivery.settled(session, text, promise, at=at)


def left_unsure(session: Session, promise: Promise, *, at: datetime) -> None:
    """Show that a worker died in the middle of sending."""
    text = delivery.locked(session, promise.about)
    if text is not None:
        delivery.settled(session, text, promise, at=at)


def look_for_unsure(carrier: Carrier, *, at: datetime) -> int:
    """Ask the carrier for texts whose sending nobody confirmed; says how many were settled.

    One that the list has was sent. One that it still lacks after ten minutes was not, and goes
    again if it still may.
    """
    done = 0
    for promise_id, text_id, claimed_at in _unsure(at):
        try:
            done += _look_for(carrier, promise_id, text_id, claimed_at, at)
        except CarrierSilentError:
            return done
        except _DAMAGED as error:
            _log.error("textsafe.does_not_open", text=text_id, kind=type(error).__name__)
    return done


def _unsure(at: datetime) -> list[tuple[uuid.UUID, uuid.UUID, datetime]]:
    with transaction() as session:
        return [
            (each.id, each.about, each.claimed_at)
            for each in outbox.unsure(session, Kind.send_outreach, since=at - _LOOK_UNTIL)
            if each.claimed_at is not None and at - each.claimed_at >= _LOOK_FROM
        ]


def _look_for(
    carrier: Carrier, promise_id: uuid.UUID, text_id: uuid.UUID, claimed: datetime, at: datetime
) -> bool:
    with transaction() as session:
        text = session.get(TextSafeText, text_id)
        caller = session.get(Caller, text.caller_id) if text is not None else None
        if caller is None or caller.number_token is None:
            return False
        number = vault.number_for_carrier(session, caller.number_token)
    since = claimed - _CLOCK_SLACK
    seen = carrier.texts_sent_to(number, since)
    with transaction() as session:
        text = delivery.locked(session, text_id)
        promise = session.get(Promise, promise_id, with_for_update=True, populate_existing=True)
        if text is None or promise is None or promise.state is not outbox.State.unsure:
            return False
        outcome = _what_came(session, text, seen, since, is_late=at - claimed >= NOT_THERE_AFTER)
        if outcome is None:
            return False
        outbox.settle(session, promise, outcome, at=at)
        if isinstance(outcome, Unavailable):
            text.state, text.left_at = TextState.waiting, None
        delivery.settled(session, text, promise, at=at)
        return True


def _what_came(
    session: Session,
    text: TextSafeText,
    seen: Sequence[TextSeen],
    since: datetime,
    *,
    is_late: bool,
) -> Outcome | None:
    for candidate in reversed(seen):
        is_ours = candidate.words == text.words and candidate.created_at >= since
        if is_ours and not _belongs_to_another(session, candidate.sid, text.id):
            return Accepted(candidate.sid)
    return Unavailable("The carrier does not have it") if is_late else None


def _belongs_to_another(session: Session, sid: str, text_id: uuid.UUID) -> bool:
    other = sa.exists().where(TextSafeText.carrier_sid == sid, TextSafeText.id != text_id)
    return bool(session.scalar(sa.select(other)))
