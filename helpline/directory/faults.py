"""Faults of the directory that a call showed: tasks for those who keep it."""

import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live
from helpline.database import one_at_a_time
from helpline.directory.models import FaultKind, Partner, PartnerFault, PartnerNumber
from helpline.directory.partners import TOPIC

MOST_LETTERS = 1_000


class CannotReportError(ValueError):
    """The fault can't be taken like that; the words say why."""


def report_fault(  # noqa: PLR0913 - each is a fact of the fault
    session: Session,
    partner: Partner,
    kind: FaultKind,
    words: str,
    form_key: uuid.UUID,
    *,
    number: PartnerNumber | None = None,
    by: uuid.UUID,
    at: datetime,
) -> PartnerFault:
    """Take down what is wrong with a partner's entry. The same form again changes nothing.

    A number at which somebody else answers is not rung again until it was checked. That a number
    is missing is one task, however many calls show it.

    Raises:
        CannotReportError: over 1,000 characters, or the number is another partner's.

    """
    words = words.replace("\x00", "").strip()
    if len(words) > MOST_LETTERS:
        raise CannotReportError(f"Shorten this to {MOST_LETTERS:,} characters or fewer")
    if number is not None and number.partner_id != partner.id:
        raise CannotReportError("Choose a number of this partner")
    one_at_a_time(session, f"partner_fault:{partner.id}")
    known = _known(session, partner.id, kind, form_key)
    if known is not None:
        return known
    fault = PartnerFault(
        id=uuid.uuid4(),
        partner_id=partner.id,
        number_id=number.id if number else None,
        kind=kind,
        words=words,
        at=at,
        staff_id=by,
        form_key=form_key,
    )
    session.add(fault)
    if number is not None and kind is FaultKind.somebody_else_answers:
        number.stopped_at = number.stopped_at or at
    session.flush()
    audit.note(session, audit.Act.partner_fault_reported, at=at, who=by, about=partner.id)
    live.tell(session, TOPIC)
    return fault


def mend(session: Session, fault: PartnerFault, *, by: uuid.UUID, at: datetime) -> None:
    """Note that a fault is dealt with. A stopped number still waits for its check."""
    if fault.mended_at is None:
        fault.mended_at, fault.mended_by = at, by
        audit.note(session, audit.Act.partner_fault_mended, at=at, who=by, about=fault.partner_id)
        live.tell(session, TOPIC)


def to_mend(session: Session, partner_id: uuid.UUID | None = None) -> Sequence[PartnerFault]:
    """List what is still to be mended, oldest first; of one partner if it is named."""
    listed = (
        sa.select(PartnerFault)
        .where(PartnerFault.mended_at.is_(None))
        .order_by(PartnerFault.at)
        .limit(100)
    )
    if partner_id is not None:
        listed = listed.where(PartnerFault.partner_id == partner_id)
    return session.scalars(listed).all()


def _known(
    session: Session, partner_id: uuid.UUID, kind: FaultKind, form_key: uuid.UUID
) -> PartnerFault | None:
    same = PartnerFault.form_key == form_key
    if kind is FaultKind.number_missing:
        same = sa.or_(
            same,
            sa.and_(
                PartnerFault.partner_id == partner_id,
                PartnerFault.kind == kind,
                PartnerFault.mended_at.is_(None),
            ),
        )
    return session.scalars(sa.select(PartnerFault).where(same).limit(1)).first()
