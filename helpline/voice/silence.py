"""Silent calls are contacts (domain.md 7.9). A run of them from one caller is shown."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.contacts.models import Caller, Contact, WrapUp
from helpline.voice.voicemails import Voicemail, VoicemailOutcome

CODE = "silent"
"""In the taxonomy, as the type of a contact."""
A_RUN = 3
WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Run:
    """Silent calls of one caller within a week."""

    reference: str
    number: int
    last_at: datetime
    contact_id: uuid.UUID
    """The newest of them."""


def runs(session: Session, *, at: datetime) -> Sequence[Run]:
    """List callers with several silent calls lately, the newest first."""
    coded = sa.exists().where(WrapUp.contact_id == Contact.id, WrapUp.contact_type == CODE)
    recorded = sa.exists().where(
        Voicemail.contact_id == Contact.id, Voicemail.outcome == VoicemailOutcome.silent
    )
    newest = sa.func.max(Contact.opened_at)
    newest_id = sa.func.array_agg(
        sa.dialects.postgresql.aggregate_order_by(Contact.id, Contact.opened_at.desc())
    )[1]
    rows = session.execute(
        sa.select(Caller.reference, sa.func.count(), newest, newest_id)
        .select_from(Contact)
        .join(Caller, Caller.id == Contact.caller_id)
        .where(Contact.opened_at > at - WITHIN, sa.or_(coded, recorded))
        .group_by(Caller.id, Caller.reference)
        .having(sa.func.count() >= A_RUN)
        .order_by(newest.desc())
        .limit(20)
    )
    return [Run(*row) for row in rows]
