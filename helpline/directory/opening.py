"""When somebody should pick up: hours of the week, and what holds on bank holidays."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from helpline.clock import in_london
from helpline.confidentiality.bank_holidays import Nation, is_bank_holiday
from helpline.confidentiality.hours import Window
from helpline.directory.models import OnBankHolidays

ANY_HOUR = (Window(frozenset(range(7)), time(0), time(0)),)
_DAY = timedelta(days=1)


def is_answered(
    windows: Sequence[Window],
    on_bank_holidays: OnBankHolidays,
    nation: Nation,
    *,
    at: datetime,
    closed_on: Collection[date] = (),
) -> bool:
    """Whether somebody should pick up at this hour; no window at all means any hour.

    `closed_on`: further days on which nobody does, whatever else holds.

    What a window opens belongs to the day on which it begins: an office that is closed on a bank
    holiday opens no window on that day, and a night that began the evening before goes on.
    """
    today = in_london(at).date()
    is_open_holiday = on_bank_holidays is OnBankHolidays.all_day and today not in closed_on
    if is_open_holiday and is_bank_holiday(nation, today):
        return True
    for began in (today, today - _DAY):
        if began in closed_on:
            continue
        if on_bank_holidays is OnBankHolidays.closed and is_bank_holiday(nation, began):
            continue
        that_day = frozenset({began.weekday()})
        if any(
            replace(window, days=window.days & that_day).holds(at) for window in windows or ANY_HOUR
        ):
            return True
    return False
