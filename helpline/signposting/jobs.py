"""What the worker carries out for signposting: the text with a service's details."""

import uuid
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from helpline import outbox
from helpline.carrier import TRY_AGAIN, Carrier, Outcome, TextToSend
from helpline.confidentiality import vault
from helpline.confidentiality.safe_contact import Verdict
from helpline.contacts.models import Caller
from helpline.outbox import Promise
from helpline.signposting import giving, texting
from helpline.signposting.models import Signpost, TextStanding

Call = Callable[[Carrier], Outcome]
CARRIED = frozenset({outbox.Kind.send_signpost})


def prepare(session: Session, promise: Promise, base_url: str) -> Call | None:
    """Read words and number at the last moment; None if there is nothing to send."""
    signpost = session.get(Signpost, promise.about, populate_existing=True)
    caller = session.get(Caller, promise.reaches) if promise.reaches is not None else None
    if signpost is None or not signpost.text_words or caller is None or not caller.number_token:
        return None
    to_send = TextToSend(
        to=vault.number_for_carrier(session, caller.number_token),
        words=signpost.text_words,
        status_url=f"{base_url}/tw/signposts/status/{signpost.id}{TRY_AGAIN}",
    )
    return lambda carrier: carrier.send_text(to_send)


def lock(session: Session, promise: Promise) -> None:
    """Hold the signpost until the transaction ends; before the promise."""
    giving.locked(session, promise.about)


def settled(session: Session, promise: Promise, outcome: Outcome, at: datetime) -> None:
    """Show what came of it."""
    del outcome
    texting.settled(session, promise, at=at)


def kept_back(session: Session, promise: Promise, verdict: Verdict, at: datetime) -> None:
    """Show that it may not leave, unless it only waits for its hour."""
    if verdict.until is None:
        texting.settled(session, promise, at=at)


def left_unsure(session: Session, promise: Promise, *, at: datetime) -> None:
    """Show that a worker died in the middle of sending."""
    signpost = giving.locked(session, promise.about)
    if signpost is not None:
        texting.came_to(session, signpost, TextStanding.not_confirmed, at=at)


def contact_of(session: Session, promise: Promise) -> uuid.UUID | None:
    """Return the contact in which it was given."""
    signpost = session.get(Signpost, promise.about)
    return signpost.contact_id if signpost is not None else None
