"""The supervisor's view of the shift."""

import uuid
from typing import Any

from flask import render_template

from helpline.accounts.models import Role
from helpline.clock import now
from helpline.console import overview
from helpline.console.pages.edge import blueprint
from helpline.database import transaction
from helpline.sms import blocks, marks
from helpline.textsafe import approval
from helpline.voice import silence
from helpline.web.access import Audience, audience, person


@blueprint.get("/shift")
@audience(Audience.staff, Role.supervisor)
def shift() -> str:
    """Show the shift: who is here, what waits, what was closed last."""
    return render_template("console/shift.html", **_shift())


@blueprint.get("/shift/parts/board")
@audience(Audience.staff, Role.supervisor)
def part_board() -> str:
    """Render the part of the shift page that refreshes itself."""
    return render_template("console/_board.html", **_shift())


def _shift() -> dict[str, Any]:
    with transaction() as session:
        return {
            "people": overview.people_on_shift(session),
            "waiting": overview.waiting(session, person().id, at=now()),
            "others": overview.with_others(session, uuid.UUID(int=0)),
            "closed": overview.latest_closed(session),
            "blocked": blocks.unanswered(session),
            "silent": silence.runs(session, at=now()),
            "textsafe": approval.waiting(session),
            "marks": marks.count(session, at=now()),
        }
