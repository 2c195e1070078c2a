"""Made-up partners for a training instance, with numbers that belong to nobody."""

import uuid
from dataclasses import dataclass
from datetime import datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import phone_numbers
from helpline.confidentiality.bank_holidays import Nation
from helpline.confidentiality.hours import Window
from helpline.directory import numbers, partners
from helpline.directory.models import OnBankHolidays, Partner, PartnerKind, RungKind

OFFICE = (Window(frozenset(range(5)), time(9), time(17)),)
# Sunday's night is one too: without it nobody would answer until nine on Monday.
NIGHTS = (
    Window(frozenset(range(7)), time(17), time(9)),
    Window(frozenset({5, 6}), time(0), time(0)),
)


@dataclass(frozen=True)
class SampleNumber:
    rung: RungKind
    name: str
    phone: str
    windows: tuple[Window, ...]
    on_bank_holidays: OnBankHolidays
    minutes: int
    is_checked: bool = True


def _social_worker(phone: str) -> SampleNumber:
    closed = OnBankHolidays.closed
    return SampleNumber(RungKind.social_worker, "Children's social care", phone, OFFICE, closed, 5)


def _duty_team(phone: str, *, is_checked: bool = True) -> SampleNumber:
    all_day = OnBankHolidays.all_day
    name = "Emergency duty team"
    return SampleNumber(RungKind.duty_team, name, phone, NIGHTS, all_day, 5, is_checked)


def _manager(phone: str) -> SampleNumber:
    usual = OnBankHolidays.as_usual
    return SampleNumber(RungKind.team_manager, "Manager on call", phone, (), usual, 3)


PARTNERS: tuple[tuple[partners.About, tuple[SampleNumber, ...]], ...] = (
    (
        partners.About(
            "Northmoor Council",
            PartnerKind.council_childrens_services,
            "Northmoor, Ashby Vale, Thornbeck",
            Nation.england,
        ),
        (
            _social_worker("020 7946 0401"),
            _duty_team("020 7946 0402"),
            _manager("020 7946 0403"),
        ),
    ),
    (
        partners.About(
            "Cyngor Glan-y-Llyn",
            PartnerKind.council_childrens_services,
            "Glan-y-Llyn, Lakeside, Pentre Isaf",
            Nation.wales,
        ),
        # Nobody has checked its duty team yet: at night the police are left, by hand.
        (_social_worker("020 7946 0411"), _duty_team("020 7946 0412", is_checked=False)),
    ),
    (
        partners.About(
            "Strathfinnan Council",
            PartnerKind.council_childrens_services,
            "Strathfinnan, Kirkfinnan",
            Nation.scotland,
        ),
        (_social_worker("020 7946 0421"), _duty_team("020 7946 0422")),
    ),
    (
        partners.About(
            "Northmoor Police", PartnerKind.police, "Northmoor, Ashby Vale", Nation.england
        ),
        (
            SampleNumber(
                RungKind.police,
                "Control room",
                "020 7946 0431",
                (),
                OnBankHolidays.as_usual,
                5,
            ),
        ),
    ),
    # A kind of call may go there for some hours (voice/diverts.py).
    (
        partners.About("Northmoor Night Line", PartnerKind.other, "everywhere", Nation.england),
        (
            SampleNumber(
                RungKind.duty_team,
                "Switchboard",
                "020 7946 0441",
                (),
                OnBankHolidays.as_usual,
                5,
            ),
        ),
    ),
)


def load(session: Session, *, by: uuid.UUID, at: datetime) -> int:
    """Add the made-up partners, unless one of them is there; says how many were added."""
    first = PARTNERS[0][0].name
    if session.scalar(sa.select(sa.exists().where(Partner.name == first))):
        return 0
    for about, telephones in PARTNERS:
        partner = partners.add(session, about, by=by, at=at)
        for telephone in telephones:
            _add(session, partner, telephone, by=by, at=at)
    return len(PARTNERS)


def _add(
    session: Session, partner: Partner, sample: SampleNumber, *, by: uuid.UUID, at: datetime
) -> None:
    about = numbers.About(
        sample.rung, sample.name, sample.windows, sample.on_bank_holidays, sample.minutes
    )
    phone = phone_numbers.read(sample.phone)
    added = numbers.add(session, partner, phone, about, uuid.uuid4(), by=by, at=at)
    if sample.is_checked:
        numbers.check(session, added, "Made up for training", by=by, at=at)
