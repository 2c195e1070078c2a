"""The page and the command for planners."""

import pytest
from click.testing import CliRunner

from helpline.accounts.models import Role
from helpline.commands import main
from tests.system import System


def test_a_planner_sees_the_people_needed_and_may_change_the_figures(system: System) -> None:
    planner = system.call_taker("Morgan", None, Role.supervisor)
    usual = planner.page("/planning/people")
    assert "849 hours of call-takers" in usual.text
    # The chart says in bars what the table says in figures.
    assert len(usual.select("rect.chart__block")) == 24
    assert len(usual.select("tbody tr")) == 24
    quiet = planner.page("/planning/people?calls=5,000&minutes=10")
    assert "hours of call-takers" in quiet.text
    assert "849" not in quiet.text


@pytest.mark.parametrize("asked", ["calls=x", "calls=-1", "share=100", "minutes=nan", "within=9e9"])
def test_figures_that_make_no_sense_are_said_and_nothing_breaks(system: System, asked: str) -> None:
    planner = system.call_taker("Morgan", None, Role.supervisor)
    answer = planner.get(f"/planning/people?{asked}")
    assert answer.status_code == 422
    assert "Enter a number from" in answer.text


def test_more_than_can_be_planned_is_said(system: System) -> None:
    planner = system.call_taker("Morgan", None, Role.administrator)
    answer = planner.get("/planning/people?calls=5000000&minutes=120&patience=10&share=99&within=0")
    assert answer.status_code in {200, 422}
    assert system.call_taker("Priya", None).get("/planning/people").status_code == 403


def test_the_command_prints_every_hour() -> None:
    said = CliRunner().invoke(main, ["plan-staff", "--calls", "114000"])
    assert said.exit_code == 0
    assert said.output.count(":00") == 24
    wrong = CliRunner().invoke(main, ["plan-staff", "--share", "100"])
    assert "between 0 and 1" in wrong.output
