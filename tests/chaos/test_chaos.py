"""A short part of `make chaos`, and the harness itself: it notices what is planted in the code."""

import pytest

from chaos.__main__ import HARMED, ends_with, every_fault, run, summary
from chaos.faults import r01_web_killed, r03_told_thrice, r09_browser_gone
from chaos.ledger import Findings, Ledger
from chaos.plants import NOTICED_BY, PLANTS
from chaos.size import SHORT, Size

pytestmark = pytest.mark.timeout(900)


def test_there_are_thirteen_faults() -> None:
    assert [each.NAME for each in every_fault()] == [f"R{number}" for number in range(1, 14)]
    assert all(each.WHAT and each.run for each in every_fault())


@pytest.mark.parametrize("fault", [r01_web_killed, r09_browser_gone])
def test_a_fault_loses_nothing_doubles_nothing_and_leaves_nothing_half_done(fault) -> None:
    found = run(fault, SHORT)
    assert found.survived, found
    assert found.contacts >= 12
    assert found.kills >= 1


def test_what_is_acknowledged_and_forgotten_is_noticed() -> None:
    found = run(r03_told_thrice, SHORT, "acknowledged_unstored")
    assert found.lost > 0
    assert not found.survived


def test_every_fault_has_a_planted_one_that_it_must_notice() -> None:
    assert sorted(NOTICED_BY.values()) == sorted(each.NAME for each in every_fault())
    assert set(PLANTS) == {each.__name__ for each in NOTICED_BY}


def test_a_ledger_survives_only_where_nothing_is_missing() -> None:
    assert Findings(contacts=3).survived
    for harm in ("lost", "doubled", "stranded", "gave_up"):
        assert not Findings(**{harm: 1}).survived
    assert Findings(gave_up=2, allowed_to_give_up=2).survived
    assert not Findings(skipped="no disk").survived
    assert summary({"R1": Findings(lost=2), "R2": Findings(kills=3)}) == {
        "chaos_lost": 2,
        "chaos_doubled": 0,
        "chaos_stranded": 0,
        "chaos_kills": 3,
        "chaos_contacts": 0,
        "chaos_faults_survived": 1,
    }


def test_a_planted_fault_is_noticed_by_harm_and_not_by_a_run_that_broke_off() -> None:
    assert ends_with([Findings(contacts=3)]) == 0
    assert ends_with([Findings(), Findings(lost=1)]) == HARMED
    assert ends_with([Findings(stranded=1, broke_off=True)]) == 1
    assert ends_with([Findings(skipped="no disk")]) == 1


def test_an_event_counts_as_told_when_any_try_was_answered() -> None:
    ledger = Ledger()
    ledger.told("text", "SM1", answered=False)
    ledger.told("text", "SM1", answered=True)
    ledger.told("text", "SM1", answered=False)
    assert ledger.books["text"] == {"SM1": True}
    assert Size(0.02).of(500, 5) == 10
