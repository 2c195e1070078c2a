"""Who is rung when: the ladder by day, by night, on bank holidays, and with faults in it."""

import uuid
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy.orm import Session

from helpline.accounts.models import Availability, Role, StaffMember
from helpline.clock import LONDON
from helpline.confidentiality.bank_holidays import Nation, is_bank_holiday
from helpline.confidentiality.hours import Window
from helpline.directory import faults, ladder, numbers, partners, wording
from helpline.directory.ladder import BY_HAND
from helpline.directory.models import (
    FaultKind,
    OnBankHolidays,
    Partner,
    PartnerKind,
    PartnerNumber,
    RungKind,
)
from tests.helpline import making
from tests.system import System

WEEKDAYS = frozenset(range(5))
OFFICE = (Window(WEEKDAYS, time(9), time(17)),)
NIGHTS = (Window(WEEKDAYS, time(17), time(9)), Window(frozenset({5, 6}), time(0), time(0)))
ADDED = datetime(2026, 11, 2, 10, tzinfo=UTC)


def london(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), LONDON)


def keeper(session: Session) -> StaffMember:
    return making.staff_member(session, Availability.off_shift, role=Role.partner_liaison)


def council(session: Session, nation: Nation = Nation.england, **about: str) -> Partner:
    described = partners.About(
        about.get("name", "Exampleshire Council"),
        PartnerKind.council_childrens_services,
        about.get("area", "Exampleshire, Little Example"),
        nation,
    )
    return partners.add(session, described, by=keeper(session).id, at=ADDED)


def number(
    session: Session,
    partner: Partner,
    rung: RungKind,
    windows: tuple[Window, ...] = (),
    on_bank_holidays: OnBankHolidays = OnBankHolidays.as_usual,
    *,
    is_checked: bool = True,
) -> PartnerNumber:
    about = numbers.About(rung, rung.value, windows, on_bank_holidays, 5)
    by = keeper(session).id
    added = numbers.add(session, partner, making.number(), about, uuid.uuid4(), by=by, at=ADDED)
    if is_checked:
        numbers.check(session, added, "Rang it", by=by, at=ADDED)
    return added


def kinds(session: Session, partner: Partner, at: datetime) -> list[RungKind]:
    return [each.kind for each in ladder.ladder(session, partner.id, at=at)]


def whole_council(session: Session, nation: Nation = Nation.england) -> Partner:
    partner = council(session, nation)
    closed, all_day = OnBankHolidays.closed, OnBankHolidays.all_day
    number(session, partner, RungKind.team_manager, OFFICE, closed)
    number(session, partner, RungKind.duty_team, NIGHTS, all_day)
    number(session, partner, RungKind.social_worker, OFFICE, closed)
    number(session, partner, RungKind.police)
    return partner


def test_in_office_hours_the_ladder_begins_with_the_social_worker(system: System) -> None:
    with system.transaction() as session:
        partner = whole_council(session)
        assert kinds(session, partner, london(date(2026, 11, 12), 11)) == [
            RungKind.social_worker,
            RungKind.team_manager,
            RungKind.police,
            RungKind.by_hand,
        ]


def test_in_the_evening_it_begins_with_the_duty_team(system: System) -> None:
    with system.transaction() as session:
        partner = whole_council(session)
        expected = [RungKind.duty_team, RungKind.police, RungKind.by_hand]
        assert kinds(session, partner, london(date(2026, 11, 12), 21, 30)) == expected
        assert kinds(session, partner, london(date(2026, 11, 13), 8, 59)) == expected


@pytest.mark.parametrize(
    ("nation", "day", "is_office_day"),
    [
        (Nation.england, date(2026, 12, 28), False),
        (Nation.england, date(2026, 11, 30), True),
        (Nation.scotland, date(2026, 11, 30), False),
        (Nation.northern_ireland, date(2027, 7, 12), False),
        (Nation.wales, date(2027, 7, 12), True),
        (Nation.england, date(2027, 3, 29), False),
        (Nation.scotland, date(2027, 3, 29), True),
    ],
)
def test_on_a_bank_holiday_the_office_is_closed_and_the_duty_team_there(
    system: System, nation: Nation, day: date, is_office_day: bool
) -> None:
    at = london(day, 11)
    with system.transaction() as session:
        partner = council(session, nation)
        office = number(session, partner, RungKind.social_worker, OFFICE, OnBankHolidays.closed)
        duty = number(session, partner, RungKind.duty_team, NIGHTS, OnBankHolidays.all_day)
        assert is_bank_holiday(nation, day) is not is_office_day
        assert ladder.is_answered(office, nation, at=at) is is_office_day
        assert ladder.is_answered(duty, nation, at=at) is not is_office_day


def test_a_night_that_began_before_a_bank_holiday_goes_on_into_it(system: System) -> None:
    new_year = date(2027, 1, 1)
    nights = (Window(WEEKDAYS, time(17), time(9)),)
    with system.transaction() as session:
        partner = council(session)
        closed = number(session, partner, RungKind.duty_team, nights, OnBankHolidays.closed)
        assert ladder.is_answered(closed, Nation.england, at=london(new_year, 8))
        assert not ladder.is_answered(closed, Nation.england, at=london(new_year, 18))
        next_day = new_year + timedelta(days=1)
        assert not ladder.is_answered(closed, Nation.england, at=london(next_day, 3))


def test_a_number_is_rung_only_while_its_check_is_in_date(system: System) -> None:
    with system.transaction() as session:
        partner = council(session)
        duty = number(session, partner, RungKind.duty_team, is_checked=False)
        assert kinds(session, partner, ADDED) == [RungKind.by_hand]
        with pytest.raises(ladder.NotToBeRungError):
            ladder.token_to_ring(session, duty.id, at=ADDED)
        numbers.check(session, duty, "Rang it", date(2026, 12, 1), by=keeper(session).id, at=ADDED)
        last_minute = london(date(2026, 12, 1), 23, 59)
        assert kinds(session, partner, last_minute) == [RungKind.duty_team, RungKind.by_hand]
        assert ladder.token_to_ring(session, duty.id, at=last_minute) == duty.token
        assert kinds(session, partner, last_minute + timedelta(minutes=1)) == [RungKind.by_hand]


def test_a_number_that_somebody_else_answers_is_not_rung_until_it_is_checked_again(
    system: System,
) -> None:
    with system.transaction() as session:
        partner = council(session)
        duty = number(session, partner, RungKind.duty_team)
        said = {"number": duty, "by": keeper(session).id, "at": ADDED}
        nobody = FaultKind.nobody_answers
        faults.report_fault(session, partner, nobody, "It rang out", uuid.uuid4(), **said)
        assert kinds(session, partner, ADDED) == [RungKind.duty_team, RungKind.by_hand]
        wrong = FaultKind.somebody_else_answers
        faults.report_fault(session, partner, wrong, "A shop", uuid.uuid4(), **said)
        assert kinds(session, partner, ADDED) == [RungKind.by_hand]
        assert [each.id for each in numbers.to_check(session, at=ADDED)] == [duty.id]
        numbers.check(session, duty, "Rang it", by=keeper(session).id, at=ADDED)
        assert kinds(session, partner, ADDED) == [RungKind.duty_team, RungKind.by_hand]


def test_a_changed_number_must_be_checked_again(system: System) -> None:
    with system.transaction() as session:
        partner = council(session)
        duty = number(session, partner, RungKind.duty_team)
        about = numbers.About(RungKind.duty_team, "Night team", (), OnBankHolidays.as_usual, 5)
        by = keeper(session).id
        numbers.change(session, duty, about, None, by=by, at=ADDED)
        assert kinds(session, partner, ADDED) == [RungKind.duty_team, RungKind.by_hand]
        numbers.change(session, duty, about, making.number(), by=by, at=ADDED)
        assert kinds(session, partner, ADDED) == [RungKind.by_hand]


def test_a_retired_number_and_a_stopped_partner_are_not_rung(system: System) -> None:
    with system.transaction() as session:
        partner = council(session)
        duty = number(session, partner, RungKind.duty_team)
        police = number(session, partner, RungKind.police)
        by = keeper(session).id
        numbers.retire(session, duty, by=by, at=ADDED)
        assert kinds(session, partner, ADDED) == [RungKind.police, RungKind.by_hand]
        partners.set_active(session, partner, active=False, by=by, at=ADDED)
        assert ladder.ladder(session, partner.id, at=ADDED) == (BY_HAND,)
        with pytest.raises(ladder.NotToBeRungError):
            ladder.token_to_ring(session, police.id, at=ADDED)


def test_an_unknown_partner_has_the_police_by_hand(system: System) -> None:
    with system.transaction() as session:
        assert ladder.ladder(session, uuid.uuid4(), at=ADDED) == (BY_HAND,)
    assert BY_HAND.is_by_hand
    assert "999" in BY_HAND.words
    assert "101" in BY_HAND.words


def test_a_night_that_everybody_forgot_is_seen_by_whoever_keeps_the_directory(
    system: System,
) -> None:
    sunday = london(date(2026, 11, 15), 12)
    with system.transaction() as session:
        partner = whole_council(session)
        for each in numbers.in_use(session, partner.id):
            if each.rung is RungKind.police:
                numbers.retire(session, each, by=keeper(session).id, at=ADDED)
        session.flush()
        forgotten = ladder.hours_of_nobody(session, partner, at=sunday)
        assert [wording.stretch(*each) for each in forgotten] == ["Monday 00:00 to 09:00"]
        number(session, partner, RungKind.team_manager)
        assert ladder.hours_of_nobody(session, partner, at=sunday) == []


def test_a_missing_number_is_one_task_however_many_calls_show_it(system: System) -> None:
    with system.transaction() as session:
        partner = council(session)
        by = keeper(session).id
        for _ in range(2):
            faults.report_fault(
                session, partner, FaultKind.number_missing, "", uuid.uuid4(), by=by, at=ADDED
            )
        (fault,) = faults.to_mend(session)
        faults.mend(session, fault, by=by, at=ADDED)
        assert list(faults.to_mend(session)) == []
        faults.report_fault(
            session, partner, FaultKind.number_missing, "", uuid.uuid4(), by=by, at=ADDED
        )
        assert len(faults.to_mend(session)) == 1


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("Exampleshire", ["Exampleshire Council"]),
        ("little example", ["Exampleshire Council"]),
        ("exampelshire council", ["Exampleshire Council"]),
        ("caerynys", ["Cyngor Caer-ynys"]),
        ("caer ynys", ["Cyngor Caer-ynys"]),
        ("Nowhereton", []),
        ("", []),
    ],
)
def test_a_partner_is_found_by_name_or_place_also_misspelt(
    system: System, asked: str, found: list[str]
) -> None:
    with system.transaction() as session:
        council(session)
        council(session, Nation.wales, name="Cyngor Caer-ynys", area="Caerynys, Llanexample")
        assert [each.name for each in partners.search(session, asked)] == found
