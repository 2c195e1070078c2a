"""For planners: how many people are needed, hour by hour."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request

from helpline.accounts.models import Role
from helpline.planning import demand, staffing
from helpline.planning.staffing import Aim, Need
from helpline.web import charts
from helpline.web.access import Audience, audience

blueprint = Blueprint("planning", __name__, url_prefix="/planning")

PLANNERS = (Role.supervisor, Role.administrator)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_INVALID = 422


@dataclass(frozen=True)
class Figure:
    """One figure that a planner may change, and between what it makes sense."""

    name: str
    label: str
    unit: str
    usual: float
    least: float
    most: float


FIGURES = (
    Figure("calls", "Calls in a year", "", demand.CALLS_A_YEAR, 100, 5_000_000),
    Figure("minutes", "Talking and wrapping up", "minutes a call", 15, 1, 120),
    Figure("patience", "How long callers wait before they give up", "seconds", 120, 10, 3_600),
    Figure("share", "Calls to answer in time", "per cent", 80, 50, 99),
    Figure("within", "In time means within", "seconds", 20, 0, 300),
)


@blueprint.get("/people")
@audience(Audience.staff, *PLANNERS)
def people_needed() -> str | tuple[str, int]:
    """Show the people needed in each hour of a week, for figures that can be changed."""
    given, wrong = _read()
    if wrong:
        return _page(given, wrong, []), _INVALID
    aim = Aim(given["minutes"], given["patience"], given["share"] / 100, given["within"])
    try:
        needs = list(staffing.plan(demand.week(given["calls"]), aim))
    except ValueError as error:
        return _page(given, {"calls": f"{error}. Enter fewer calls"}, []), _INVALID
    return _page(given, {}, needs)


def _read() -> tuple[dict[str, float], dict[str, str]]:
    """Read the figures; what is missing is as usual, what makes no sense is said."""
    given, wrong = {}, {}
    for each in FIGURES:
        raw = request.args.get(each.name, "").strip().replace(",", "")
        try:
            number = float(raw) if raw else each.usual
        except ValueError:
            number = float("nan")
        if not each.least <= number <= each.most:
            wrong[each.name] = f"Enter a number from {each.least:,.0f} to {each.most:,.0f}"
            number = each.usual
        given[each.name] = number
    return given, wrong


def _page(given: dict[str, float], wrong: dict[str, str], needs: list[Need]) -> str:
    by_day = [needs[24 * day : 24 * day + 24] for day in range(7)] if needs else []
    busiest = max(range(7), key=lambda day: sum(n.calls for n in by_day[day])) if needs else 0
    return render_template(
        "planning/people_needed.html",
        figures=FIGURES,
        given=given,
        wrong=wrong,
        days=DAYS,
        by_day=by_day,
        busiest=busiest,
        chart=charts.stacked_columns(
            [
                (str(hour), [("people", need.people)])
                for hour, need in enumerate(by_day[busiest] if needs else [])
            ]
        ),
        hours_a_week=sum(each.people for each in needs),
    )
