"""How partners and their numbers are said to staff, in plain words. Codes stay in tables."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from helpline.clock import in_london
from helpline.confidentiality.bank_holidays import Nation
from helpline.confidentiality.hours import Window
from helpline.directory import opening
from helpline.directory.entries import Entry
from helpline.directory.ladder import may_be_rung
from helpline.directory.models import (
    FaultKind,
    OnBankHolidays,
    PartnerKind,
    PartnerNumber,
    RungKind,
)
from helpline.directory.numbers import DUE_SOON
from helpline.directory.services import Standing

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
STANDINGS = {
    Standing.verified: ("Verified", "green"),
    Standing.stale: ("Verify again: this may have changed", "yellow"),
    Standing.seen: ("Not yet verified here", "grey"),
    Standing.to_be_verified: ("To be verified", "yellow"),
}
_ON_BANK_HOLIDAYS = {
    OnBankHolidays.closed: "not on bank holidays",
    OnBankHolidays.as_usual: "bank holidays as usual",
    OnBankHolidays.all_day: "and all day on bank holidays",
}


def answered_when(number: PartnerNumber) -> str:
    """Say when a number is answered: "Monday to Friday, 09:00 to 17:00; not on bank holidays"."""
    return _hours(number.windows, number.on_bank_holidays)


def service_hours(entry: Entry) -> str:
    """Say when a service is there, as far as that is known."""
    words = entry.hours_in_words
    if entry.windows is None:
        return words or "Not known"
    said = _hours(entry.windows, entry.on_bank_holidays)
    return f"{said}. {words}" if words else said


def open_now(entry: Entry, at: datetime) -> tuple[str, str]:
    """Say whether a service is there now, and the colour of the tag that says so."""
    is_open = entry.is_open(at)
    if is_open is None:
        return "Hours not known", "grey"
    return ("Open now", "green") if is_open else ("Closed now", "red")


def ages(entry: Entry) -> str:
    """Say for which ages a service is; empty where it is for all."""
    if entry.min_age is not None and entry.max_age is not None:
        return f"{entry.min_age} to {entry.max_age}"
    if entry.min_age is not None:
        return f"from {entry.min_age}"
    return f"up to {entry.max_age}" if entry.max_age is not None else ""


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


def _hours(windows: Sequence[Window], on_bank_holidays: OnBankHolidays) -> str:
    any_hour = not windows or tuple(windows) == opening.ANY_HOUR
    said = "at any hour" if any_hour else "; ".join(each.in_words() for each in windows)
    said = said[0].upper() + said[1:]
    if any_hour and on_bank_holidays is not OnBankHolidays.closed:
        return said
    return f"{said}; {_ON_BANK_HOLIDAYS[on_bank_holidays]}"
