"""What left us, for whom, and on what it rests: one row for each thing, never changed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import encryption
from helpline.contacts.models import Contact
from helpline.messages.happenings import Proof, Sending, Side, Told
from helpline.messages.models import Thread


@dataclass(frozen=True)
class Ground:
    """On what a sending rests: an agreement in the ledger, or the author's asking for it."""

    consent_id: uuid.UUID | None = None
    proof_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Leaving:
    """One thing that left."""

    side: Side
    told: Told
    about: uuid.UUID
    words: str
    ground: Ground
    party_id: uuid.UUID | None = None
    staff_id: uuid.UUID | None = None
    promise_id: uuid.UUID | None = None
    by_text: bool = False


def mark(words: str) -> bytes:
    """Return the keyed fingerprint of exact words: equal words match, nobody reads them back."""
    return encryption.blind_index(f"message:{words}", encryption.index_key())


def record(session: Session, thread_id: uuid.UUID, leaving: Leaving, *, at: datetime) -> None:
    """Write down that something left. What left by one promise stands once."""
    if leaving.promise_id is not None and by_promise(session, leaving.promise_id):
        return
    session.add(
        Sending(
            thread_id=thread_id,
            party_id=leaving.party_id,
            side=leaving.side,
            told=leaving.told,
            about=leaving.about,
            at=at,
            by_text=leaving.by_text,
            staff_id=leaving.staff_id,
            promise_id=leaving.promise_id,
            consent_id=leaving.ground.consent_id,
            proof_id=leaving.ground.proof_id,
            words_mark=mark(leaving.words),
        )
    )
    session.flush()


def by_promise(session: Session, promise_id: uuid.UUID) -> Sending | None:
    """Return what left by one promise."""
    return session.scalar(sa.select(Sending).where(Sending.promise_id == promise_id))


def of_thread(session: Session, thread: Thread) -> Sequence[Sending]:
    """List all that left in one thread, in order."""
    return session.scalars(
        sa.select(Sending).where(Sending.thread_id == thread.id).order_by(Sending.number)
    ).all()


def newest_proof(session: Session, thread_id: uuid.UUID, contact_id: uuid.UUID) -> Proof | None:
    """Return the newest proof, in one contact, that it is the author; None where there is none.

    It holds for one sitting: whoever takes the conversation up again later, perhaps with somebody
    else at the telephone, asks anew.
    """
    return session.scalars(
        sa.select(Proof)
        .join(Contact, Contact.id == Proof.contact_id)
        .where(
            Proof.thread_id == thread_id,
            Proof.contact_id == contact_id,
            sa.or_(Contact.taken_at.is_(None), Proof.at >= Contact.taken_at),
        )
        .order_by(Proof.at.desc())
        .limit(1)
    ).first()
