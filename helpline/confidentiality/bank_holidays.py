"""Bank holidays of the four nations, a day that one of them proclaims included.

Computed by the `holidays` package from the Banking and Financial Dealings Act 1971 and what was
proclaimed since; a newly proclaimed day comes with a newer version of the package.
"""

import enum
from datetime import date
from functools import cache

import holidays


class Nation(enum.StrEnum):
    england = "england"
    wales = "wales"
    scotland = "scotland"
    northern_ireland = "northern_ireland"


_SUBDIVISIONS = {
    Nation.england: "ENG",
    Nation.wales: "WLS",
    Nation.scotland: "SCT",
    Nation.northern_ireland: "NIR",
}


def is_bank_holiday(nation: Nation, day: date) -> bool:
    """Whether offices in this nation are closed on a day for a bank holiday."""
    return day in _of(nation, day.year)


@cache
def _of(nation: Nation, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv=_SUBDIVISIONS[nation], years=year))
