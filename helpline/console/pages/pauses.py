"""Time for oneself: longer to wrap up, and a break after a hard contact."""

from flask import url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline.accounts import availability, breaks
from helpline.clock import now
from helpline.console.forms import ActionForm
from helpline.console.pages.edge import CONSOLE, blueprint, check, done
from helpline.web.access import Audience, audience, person


@blueprint.post("/console/more-time")
@audience(Audience.staff, *CONSOLE)
def take_more_time() -> Response:
    """Stay out until the wrap-up is done."""

    def change(session: Session) -> None:
        check(ActionForm())
        availability.take_more_time(session, person().id)

    return done(change, url_for("console.console"))


@blueprint.post("/console/break")
@audience(Audience.staff, *CONSOLE)
def take_break() -> Response:
    """Take the break that is offered."""

    def change(session: Session) -> None:
        check(ActionForm())
        breaks.take(session, person().id, at=now())

    return done(change, url_for("console.console"))
