"""The page on opening hours: entered by supervisors, heard by the next caller."""

import pytest

from helpline.accounts.models import Role
from helpline.clock import now
from helpline.directory import line_hours
from helpline.directory.line_hours import Door
from helpline.directory.models import OnBankHolidays
from tests.system import Console, System

NINE_TO_FIVE = {
    "when": "hours",
    "days": ["0", "1", "2", "3", "4"],
    "start": "09:00",
    "end": "17:00",
    "on_bank_holidays": "closed",
    "closed_days": "24/12/2026\n2026-12-31\n",
}


@pytest.fixture
def morgan(system: System) -> Console:
    return system.call_taker("Morgan", None, Role.supervisor)


def test_hours_are_entered_shown_and_taken_back(system: System, morgan: Console) -> None:
    assert "At any hour" in morgan.page("/shift/hours").text
    assert morgan.post("/shift/hours/family", **NINE_TO_FIVE).status_code == 303
    page = morgan.page("/shift/hours").text
    assert "Monday to Friday, 09:00 to 17:00" in page
    assert "Closed on bank holidays" in page
    assert "Closed on Thursday 24 December 2026" in page
    with system.transaction() as session:
        found = line_hours.of(session, Door.family)
        assert found.on_bank_holidays is OnBankHolidays.closed
        assert len(found.closed_days) == 2
        assert line_hours.of(session, Door.sighting).windows == ()
    shown = morgan.page("/shift/hours/family")
    assert "24/12/2026" in shown.text
    assert morgan.post("/shift/hours/family/forget").status_code == 303
    with system.transaction() as session:
        assert line_hours.is_open(session, Door.family, at=now())


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"closed_days": "Christmas"}, "“Christmas” is no day"),
        ({"days": []}, "Choose the days, and the time from and to"),
    ],
)
def test_bad_hours_are_refused_with_what_to_do(
    system: System, morgan: Console, changed: dict[str, object], sentence: str
) -> None:
    answer = morgan.post("/shift/hours/family", **(NINE_TO_FIVE | changed))
    assert answer.status_code == 422
    assert sentence in answer.text
    with system.transaction() as session:
        assert not line_hours.entered(session)


def test_only_supervisors_and_administrators_enter_hours(system: System, morgan: Console) -> None:
    priya = system.call_taker("Priya", None)
    assert priya.get("/shift/hours").status_code == 403
    assert priya.post("/shift/hours/family", **NINE_TO_FIVE).status_code == 403
    assert system.call_taker("Ada", None, Role.administrator).get("/shift/hours").status_code == 200
    assert morgan.get("/shift/hours/nowhere").status_code == 404
