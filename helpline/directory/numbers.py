"""Numbers of partners: added, changed, checked by a person, retired. Only checked ones are rung."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live
from helpline.clock import in_london
from helpline.confidentiality import vault
from helpline.confidentiality.hours import Window
from helpline.database import one_at_a_time
from helpline.directory.models import (
    OnBankHolidays,
    Partner,
    PartnerNumber,
    RungKind,
)
from helpline.directory.partners import TOPIC
from helpline.phone_numbers import PhoneNumber

CHECK_HOLDS = timedelta(days=90)
"""Source: domain.md section 8, crisis lines."""
LONGEST_CHECK = timedelta(days=366)
DUE_SOON = timedelta(days=14)
MOST_NAME_LETTERS = 80
MOST_HOW_LETTERS = 300
MOST_MINUTES = 30


@dataclass(frozen=True)
class About:
    """What is known of a number, but for the number itself."""

    rung: RungKind
    name: str
    windows: tuple[Window, ...]
    on_bank_holidays: OnBankHolidays
    minutes_before_next: int


class CannotKeepError(ValueError):
    """The number can't be kept like that; the words say why."""


def add(  # noqa: PLR0913 - each is a fact of the number
    session: Session,
    partner: Partner,
    number: PhoneNumber,
    about: About,
    form_key: uuid.UUID,
    *,
    by: uuid.UUID,
    at: datetime,
) -> PartnerNumber:
    """Add a number, which isn't rung until somebody has checked it. The same form twice adds one.

    Raises:
        CannotKeepError: no name, a rung that has no number, or minutes out of range.

    """
    one_at_a_time(session, form_key)
    known = session.scalar(sa.select(PartnerNumber).where(PartnerNumber.form_key == form_key))
    if known is not None:
        return known
    added = PartnerNumber(
        id=uuid.uuid4(),
        partner_id=partner.id,
        token=vault.keep(session, number),
        made_at=at,
        form_key=form_key,
        checked_how="",
    )
    _describe(added, about)
    session.add(added)
    session.flush()
    audit.note(session, audit.Act.partner_number_added, at=at, who=by, about=partner.id)
    live.tell(session, TOPIC)
    return added


def change(  # noqa: PLR0913 - each is a fact of the number
    session: Session,
    number: PartnerNumber,
    about: About,
    new_number: PhoneNumber | None,
    *,
    by: uuid.UUID,
    at: datetime,
) -> None:
    """Change when and as whom a number is rung; with a new number, it must be checked again.

    Raises:
        CannotKeepError: no name, a rung that has no number, or minutes out of range.

    """
    _describe(number, about)
    if new_number is not None:
        token = vault.keep(session, new_number)
        if token != number.token:
            number.token = token
            number.checked_on = number.checked_by = number.next_check = None
            number.checked_how = ""
    audit.note(session, audit.Act.partner_number_changed, at=at, who=by, about=number.partner_id)
    live.tell(session, TOPIC)


def check(  # noqa: PLR0913 - each is a fact of the check
    session: Session,
    number: PartnerNumber,
    how: str,
    next_check: date | None = None,
    *,
    by: uuid.UUID,
    at: datetime,
) -> None:
    """Note that a person made sure who answers this number; it may be rung until `next_check`.

    Raises:
        CannotKeepError: it isn't said how, or the next check is past or over a year away.

    """
    today = in_london(at).date()
    until = next_check or today + CHECK_HOLDS
    how = " ".join(how.split())
    if not how or len(how) > MOST_HOW_LETTERS:
        raise CannotKeepError("Say in a few words how it was checked")
    if not today < until <= today + LONGEST_CHECK:
        raise CannotKeepError("Choose a day of the next check within a year from tomorrow")
    number.checked_on, number.checked_by, number.checked_how = today, by, how
    number.next_check, number.stopped_at = until, None
    audit.note(session, audit.Act.partner_number_checked, at=at, who=by, about=number.partner_id)
    live.tell(session, TOPIC)


def retire(session: Session, number: PartnerNumber, *, by: uuid.UUID, at: datetime) -> None:
    """Ring a number never again. Retired already changes nothing."""
    if number.retired_at is None:
        number.retired_at = at
        audit.note(
            session, audit.Act.partner_number_retired, at=at, who=by, about=number.partner_id
        )
        live.tell(session, TOPIC)


def show(session: Session, number: PartnerNumber, *, to: uuid.UUID, at: datetime) -> PhoneNumber:
    """Open a partner's number for whoever is about to check it, on record."""
    audit.note(session, audit.Act.partner_number_seen, at=at, who=to, about=number.partner_id)
    return vault.number_for_carrier(session, number.token)


def in_use(session: Session, partner_id: uuid.UUID) -> Sequence[PartnerNumber]:
    """List the numbers of a partner that are not retired, in the order of the ladder."""
    found = session.scalars(
        sa.select(PartnerNumber)
        .where(PartnerNumber.partner_id == partner_id, PartnerNumber.retired_at.is_(None))
        .order_by(PartnerNumber.made_at)
    ).all()
    order = list(RungKind)
    return sorted(found, key=lambda each: order.index(each.rung))


def to_check(session: Session, *, at: datetime) -> Sequence[PartnerNumber]:
    """List numbers that are not rung until they are checked, or soon won't be; worst first."""
    soon = in_london(at).date() + DUE_SOON
    return session.scalars(
        sa.select(PartnerNumber)
        .join(PartnerNumber.partner)
        .where(
            Partner.is_active,
            PartnerNumber.retired_at.is_(None),
            sa.or_(
                PartnerNumber.next_check.is_(None),
                PartnerNumber.next_check <= soon,
                PartnerNumber.stopped_at.is_not(None),
            ),
        )
        .order_by(
            PartnerNumber.stopped_at.asc().nulls_last(),
            PartnerNumber.next_check.asc().nulls_first(),
            PartnerNumber.made_at,
        )
        .limit(100)
    ).all()


def _describe(number: PartnerNumber, about: About) -> None:
    name = " ".join(about.name.split())
    if not name or len(name) > MOST_NAME_LETTERS:
        raise CannotKeepError("Say in a few words who answers there")
    if about.rung is RungKind.by_hand:
        raise CannotKeepError("What is dialled by hand has no number here")
    if not 1 <= about.minutes_before_next <= MOST_MINUTES:
        raise CannotKeepError(f"Choose 1 to {MOST_MINUTES} minutes")
    number.rung, number.name = about.rung, name
    number.stored_windows = [each.stored() for each in about.windows]
    number.on_bank_holidays = about.on_bank_holidays
    number.minutes_before_next = about.minutes_before_next
