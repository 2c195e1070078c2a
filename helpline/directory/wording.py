"""How partners and their numbers are said to staff, in plain words. Codes stay in tables."""

from datetime import date, datetime, timedelta

from helpline.clock import in_london
from helpline.confidentiality.bank_holidays import Nation
from helpline.directory.ladder import may_be_rung
from helpline.directory.models import (
    FaultKind,
    OnBankHolidays,
    PartnerKind,
    PartnerNumber,
    RungKind,
)
from helpline.directory.numbers import DUE_SOON

KINDS = {
    PartnerKind.council_childrens_services: "Children's services of a council",
    PartnerKind.police: "Police",
    PartnerKind.hospital: "Hospital",
    PartnerKind.other: "Somebody else",
}
NATIONS = {
    Nation.england: "England",
    Nation.wales: "Wales",
    Nation.scotland: "Scotland",
    Nation.northern_ireland: "Northern Ireland",
}
RUNGS = {
    RungKind.social_worker: "Social worker",
    RungKind.duty_team: "Duty team",
    RungKind.team_manager: "Team manager",
    RungKind.police: "Police",
    RungKind.by_hand: "Police, by hand",
}
BANK_HOLIDAYS = {
    OnBankHolidays.closed: "Nobody is there",
    OnBankHolidays.as_usual: "As on any other day",
    OnBankHolidays.all_day: "Somebody is there the whole day",
}
FAULTS = {
    FaultKind.somebody_else_answers: "Somebody else answers",
    FaultKind.nobody_answers: "Nobody answers",
    FaultKind.number_missing: "A number is missing",
    FaultKind.other: "Something else",
}
_ON_BANK_HOLIDAYS = {
    OnBankHolidays.closed: "not on bank holidays",
    OnBankHolidays.as_usual: "bank holidays as usual",
    OnBankHolidays.all_day: "and all day on bank holidays",
}


def answered_when(number: PartnerNumber) -> str:
    """Say when a number is answered: "Monday to Friday, 09:00 to 17:00; not on bank holidays"."""
    windows = "; ".join(each.in_words() for each in number.windows) or "at any hour"
    said = windows[0].upper() + windows[1:]
    if not number.windows and number.on_bank_holidays is not OnBankHolidays.closed:
        return said
    return f"{said}; {_ON_BANK_HOLIDAYS[number.on_bank_holidays]}"


def standing(number: PartnerNumber, at: datetime) -> tuple[str, str]:
    """Say how far a number's check goes, and the colour of the tag that says so."""
    if number.stopped_at is not None:
        return "Not rung: somebody else answered", "red"
    if number.checked_on is None or number.next_check is None:
        return "Not rung: never checked", "red"
    if not may_be_rung(number, at=at):
        return "Not rung: the check is too old", "red"
    if number.next_check <= in_london(at).date() + DUE_SOON:
        return f"Check again by {day(number.next_check)}", "yellow"
    return "Checked", "green"


def stretch(begins: datetime, ends: datetime) -> str:
    """Say a stretch of time: "Monday 00:00 to 09:00", "Friday 17:00 to Monday 09:00"."""
    first, last = in_london(begins), in_london(ends)
    until = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%A %H:%M}"
    return f"{first:%A %H:%M} to {until}"


def day(given: date) -> str:
    """Write a day: "3 November 2026"."""
    return f"{given.day} {given.strftime('%B %Y')}"


def minutes(number: int) -> str:
    """Say how long: "1 minute", "5 minutes"."""
    return "1 minute" if number == 1 else f"{number} minutes"


def in_days(at: datetime, length: timedelta) -> date:
    """Return the day that comes a while after this one."""
    return in_london(at).date() + length
