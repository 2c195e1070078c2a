"""Breaking the glass: a number is shown to one person, for a purpose, for minutes, on record.

Only whom the matrix lets (supervisors and safeguarding leads), only with a reason, and every reveal
waits until a supervisor other than the one who made it has looked at it (domain.md sections 7, 9).
"""

import enum
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline import audit, live
from helpline.confidentiality import vault
from helpline.confidentiality.access import Data, Fact, Sight, may
from helpline.database import Base, EncryptedText, Id
from helpline.phone_numbers import PhoneNumber

SHOWN_FOR = timedelta(minutes=5)
LEAST_REASON_LETTERS = 10
MOST_REASON_LETTERS = 2_000


class Purpose(enum.StrEnum):
    emergency_999 = "emergency_999"
    """To give to the emergency services, where a life is at risk."""
    safeguarding_referral = "safeguarding_referral"
    court_order = "court_order"
    call_back_failed = "call_back_failed"
    """The system can't ring somebody who wishes to be rung."""


class Reveal(Base):
    __tablename__ = "reveal"

    id: Mapped[Id]
    token: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("vault_entry.token"))
    about: Mapped[uuid.UUID]
    """The contact from which it was asked for."""
    staff_id: Mapped[uuid.UUID] = mapped_column(index=True)
    at: Mapped[datetime]
    until: Mapped[datetime]
    purpose: Mapped[Purpose]
    reason: Mapped[str] = mapped_column(EncryptedText("reveal.reason"))
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[uuid.UUID | None]

    __table_args__ = (
        sa.Index("ix_reveal_unreviewed", "at", postgresql_where=sa.text("reviewed_at IS NULL")),
    )


class RevealRefusedError(Exception):
    """The number is not revealed; the words say why."""


def reveal(  # noqa: PLR0913 - each is a fact of the reveal
    session: Session,
    token: vault.Token,
    *,
    about: uuid.UUID,
    staff_id: uuid.UUID,
    role: str,
    purpose: Purpose,
    reason: str,
    at: datetime,
) -> Reveal:
    """Open a number for one person for five minutes. The record of who did what keeps it.

    Raises:
        RevealRefusedError: the role may not, or no reason is given.

    """
    if may(role, Data.inbound_number, Fact.glass_is_broken) is not Sight.whole:
        raise RevealRefusedError("Only a supervisor or safeguarding lead can reveal a number")
    reason = reason.replace("\x00", "").strip()
    if not LEAST_REASON_LETTERS <= len(reason) <= MOST_REASON_LETTERS:
        raise RevealRefusedError("Write why the number is needed, in 10 to 2,000 characters")
    opened = Reveal(
        id=uuid.uuid4(),
        token=token,
        about=about,
        staff_id=staff_id,
        at=at,
        until=at + SHOWN_FOR,
        purpose=purpose,
        reason=reason,
    )
    session.add(opened)
    audit.note(session, audit.Act.number_revealed, at=at, who=staff_id, about=about)
    live.tell(session, "reveals")
    return opened


def shown(
    session: Session, about: uuid.UUID, staff_id: uuid.UUID, *, at: datetime
) -> tuple[PhoneNumber, datetime] | None:
    """Return the number and until when, if this person revealed it and the minutes still run."""
    opened = session.scalars(
        sa.select(Reveal)
        .where(Reveal.about == about, Reveal.staff_id == staff_id, Reveal.until > at)
        .order_by(Reveal.until.desc())
        .limit(1)
    ).first()
    if opened is None:
        return None
    return vault.number_for_carrier(session, opened.token), opened.until


def waiting_for_review(session: Session) -> Sequence[Reveal]:
    """List the reveals that no supervisor has looked at, oldest first."""
    return session.scalars(
        sa.select(Reveal).where(Reveal.reviewed_at.is_(None)).order_by(Reveal.at).limit(100)
    ).all()


def review(session: Session, reveal_id: uuid.UUID, staff_id: uuid.UUID, *, at: datetime) -> None:
    """Note that a supervisor has looked at a reveal. Looked at already changes nothing.

    Raises:
        RevealRefusedError: one's own reveal is for somebody else to look at.

    """
    opened = session.get(Reveal, reveal_id, with_for_update=True)
    if opened is None or opened.reviewed_at is not None:
        return
    if opened.staff_id == staff_id:
        raise RevealRefusedError("Another supervisor has to look at your own reveal")
    opened.reviewed_at, opened.reviewed_by = at, staff_id
    audit.note(session, audit.Act.reveal_reviewed, at=at, who=staff_id, about=opened.about)
    live.tell(session, "reveals")
