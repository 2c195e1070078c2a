"""What a planner types."""

import click

from helpline.planning import demand, staffing
from helpline.planning.staffing import Aim, Need

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@click.command("plan-staff")
@click.option("--calls", default=demand.CALLS_A_YEAR, show_default=True, help="Calls in a year.")
@click.option("--minutes", default=15.0, show_default=True, help="Talking and wrapping up a call.")
@click.option("--patience", default=120.0, show_default=True, help="Seconds until callers give up.")
@click.option("--share", default=80.0, show_default=True, help="Per cent to answer in time.")
@click.option("--within", default=20.0, show_default=True, help="In time: within so many seconds.")
def plan_staff(calls: int, minutes: float, patience: float, share: float, within: float) -> None:
    """Print the people needed in each hour of a week, by Erlang-A."""
    aim = Aim(minutes, patience, share / 100, within)
    try:
        needs = list(staffing.plan(demand.week(calls), aim))
    except ValueError as error:
        raise click.ClickException(f"{error}.") from None
    click.echo(f"People needed so that {share:g} % are answered within {within:g} s:")
    for line in _table(needs):
        click.echo(line)
    click.echo(f"{sum(each.people for each in needs):,} hours of call-takers in a week.")


def _table(needs: list[Need]) -> list[str]:
    by_place = {(each.hour.weekday, each.hour.hour): each.people for each in needs}
    rows = [
        f"{hour:02}:00 " + "".join(f"{by_place[day, hour]:5}" for day in range(7))
        for hour in range(24)
    ]
    return ["      " + "".join(f"{day:>5}" for day in _DAYS), *rows]


COMMANDS = (plan_staff,)
