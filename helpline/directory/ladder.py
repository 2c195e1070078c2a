"""Who of a partner is to be rung at this moment: the rungs in their order, the last one by hand.

Source: domain.md 1g, C4 and C6, and rule 20 of section 9: whoever can't be reached is followed by
the next rung in the set minutes. Outside office hours an office's number is no rung.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.clock import in_london
from helpline.confidentiality.bank_holidays import Nation
from helpline.confidentiality.vault import Token
from helpline.directory import opening
from helpline.directory.models import Partner, PartnerNumber, RungKind

ORDER = tuple(RungKind)
BY_HAND_WORDS = "Police, dialled by hand: 999 if there is danger now, otherwise 101"
_WEEK = timedelta(days=7)
_QUARTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Rung:
    """One telephone to try. Knows no number: whoever rings it asks `token_to_ring` then."""

    kind: RungKind
    words: str
    """Whom one reaches, for the screen."""
    number_id: uuid.UUID | None
    """None where a person dials by hand."""
    minutes_before_next: int
    """After so many minutes without an answer the next rung is offered; 0 on the last."""

    @property
    def is_by_hand(self) -> bool:
        """Whether a person has to dial, from an ordinary telephone."""
        return self.number_id is None


BY_HAND = Rung(RungKind.by_hand, BY_HAND_WORDS, None, 0)


class NotToBeRungError(Exception):
    """The number isn't checked, its check is too old, or it was stopped or retired."""


def ladder(session: Session, partner_id: uuid.UUID, *, at: datetime) -> tuple[Rung, ...]:
    """Return whom to ring now, first to last; never empty: the last rung is always by hand.

    An unknown partner, or one we stopped working with, has that rung alone.
    """
    partner = session.get(Partner, partner_id)
    if partner is None or not partner.is_active:
        return (BY_HAND,)
    now_answered = [
        each
        for each in _numbers(session, partner_id)
        if may_be_rung(each, at=at) and is_answered(each, partner.nation, at=at)
    ]
    now_answered.sort(key=lambda each: (ORDER.index(each.rung), each.made_at, each.id))
    rungs = [Rung(each.rung, each.name, each.id, each.minutes_before_next) for each in now_answered]
    return (*rungs, BY_HAND)


def hours_of_nobody(
    session: Session, partner: Partner, *, at: datetime
) -> list[tuple[datetime, datetime]]:
    """Return the stretches of the next seven days in which only the last rung is left.

    Looked at by quarters of an hour: whoever keeps the directory sees a forgotten Sunday night.
    """
    numbers = [each for each in _numbers(session, partner.id) if may_be_rung(each, at=at)]
    quarter = at - timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    found: list[tuple[datetime, datetime]] = []
    while quarter < at + _WEEK:
        then, after = quarter, quarter + _QUARTER
        quarter = after
        if any(is_answered(each, partner.nation, at=then) for each in numbers):
            continue
        if found and found[-1][1] == then:
            found[-1] = (found[-1][0], after)
        else:
            found.append((then, after))
    return found


def token_to_ring(session: Session, number_id: uuid.UUID, *, at: datetime) -> Token:
    """Return what stands for the number, right before it is rung.

    Raises:
        NotToBeRungError: it may not be rung (any more).

    """
    number = session.get(PartnerNumber, number_id, populate_existing=True)
    if number is None or not number.partner.is_active or not may_be_rung(number, at=at):
        raise NotToBeRungError
    return number.token


def may_be_rung(number: PartnerNumber, *, at: datetime) -> bool:
    """Whether a person has checked it and the check still counts; says nothing of the hour."""
    return (
        number.retired_at is None
        and number.stopped_at is None
        and number.checked_on is not None
        and number.next_check is not None
        and in_london(at).date() <= number.next_check
    )


def is_answered(number: PartnerNumber, nation: Nation, *, at: datetime) -> bool:
    """Whether somebody should pick up at this hour; says nothing of the check."""
    return opening.is_answered(number.windows, number.on_bank_holidays, nation, at=at)


def _numbers(session: Session, partner_id: uuid.UUID) -> Sequence[PartnerNumber]:
    in_use = PartnerNumber.retired_at.is_(None)
    return session.scalars(
        sa.select(PartnerNumber).where(PartnerNumber.partner_id == partner_id, in_use)
    ).all()
