"""The supervisor's view of the shift: what goes on now, today's calls, and a wall for the room."""

from typing import Any

from flask import render_template, request
from sqlalchemy.orm import Session

from helpline.accounts.models import Role
from helpline.clock import now
from helpline.console import overview, service_level, shift_board
from helpline.console.pages.edge import blueprint
from helpline.console.service_level import Today
from helpline.contacts.models import ContactState
from helpline.database import transaction
from helpline.sms import blocks, marks
from helpline.voice import silence
from helpline.web import charts
from helpline.web.access import Audience, audience, person


@blueprint.get("/shift")
@audience(Audience.staff, Role.supervisor)
def shift() -> str:
    """Show the shift: who is here, what waits, how today went, what was closed last."""
    with transaction() as session:
        shown = _now(session) | _service(session) | _past(session) | {"by_stream": True}
        return render_template("console/shift.html", **shown)


@blueprint.get("/shift/parts/board")
@audience(Audience.staff, Role.supervisor)
def part_board() -> str:
    """Render what goes on now, which refreshes itself with every change."""
    with transaction() as session:
        return render_template("console/_board.html", **_now(session), **_service(session))


@blueprint.get("/shift/parts/past")
@audience(Audience.staff, Role.supervisor)
def part_past() -> str:
    """Render what was, which can be a minute old."""
    with transaction() as session:
        return render_template("console/_past.html", **_past(session))


@blueprint.get("/shift/parts/service")
@audience(Audience.staff, Role.supervisor)
def part_service() -> str:
    """Render how well today's calls were answered, which can be a minute old."""
    by_stream = request.args.get("by_stream") == "yes"
    with transaction() as session:
        shown = _service(session)
    return render_template("console/_service.html", by_stream=by_stream, **shown)


@blueprint.get("/shift/wall")
@audience(Audience.staff, Role.supervisor)
def wall() -> str:
    """Show figures for a screen on the wall: nothing on it names a caller or can be pressed."""
    with transaction() as session:
        return render_template("console/wall.html", **_now(session), **_service(session))


@blueprint.get("/shift/parts/wall")
@audience(Audience.staff, Role.supervisor)
def part_wall() -> str:
    """Render the part of the wall that refreshes itself."""
    with transaction() as session:
        return render_template("console/_wall.html", **_now(session), **_service(session))


def _now(session: Session) -> dict[str, Any]:
    at_work = shift_board.at_work(session)
    has = [doing for each in at_work for doing in each.has]
    return {
        "at_work": at_work,
        "waiting": overview.waiting(session, person().id, at=now()),
        "most_shown": overview.MOST_SHOWN,
        "talking": sum(each.state is ContactState.with_call_taker for each in has),
        "to_wrap_up": sum(each.state is ContactState.wrapping_up for each in has),
        "blocked": blocks.unanswered(session),
        "silent": silence.runs(session, at=now()),
    }


def _past(session: Session) -> dict[str, Any]:
    return {"closed": overview.latest_closed(session), "marks": marks.count(session, at=now())}


def _service(session: Session) -> dict[str, Any]:
    found = service_level.today(session, at=now())
    return {
        "service": found,
        "chart": charts.stacked_columns(_columns(found)),
        "rows": [(f"{hour:02}:00", _figures(counts)) for hour, counts in found.by_hour],
        "aim": service_level.AIM,
        "most_given_up": service_level.MOST_GIVEN_UP,
    }


def _columns(found: Today) -> list[tuple[str, list[tuple[str, int]]]]:
    kinds = ("quickly", "later", "gave_up")
    return [
        (f"{hour:02}", list(zip(kinds, _figures(counts), strict=True)))
        for hour, counts in found.by_hour
    ]


def _figures(counts: service_level.Counts) -> tuple[int, int, int]:
    return (counts.quickly, counts.later, counts.gave_up)
