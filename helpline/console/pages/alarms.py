"""Alarms: the quiet call for help, and what supervisors look after."""

import uuid

from flask import make_response, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline.accounts.models import Role
from helpline.clock import now
from helpline.console.forms import ActionForm
from helpline.console.pages.call_forms import LineCheckForm
from helpline.console.pages.edge import CONSOLE, blueprint, check, done, locked
from helpline.contacts import alarms
from helpline.database import transaction
from helpline.voice import calling_out, duress
from helpline.web.access import Audience, audience, person


@blueprint.post("/console/line-check")
@audience(Audience.staff, *CONSOLE)
def line_check() -> Response:
    """Call for help without a word. Whatever happens, the answer looks the same."""
    form = LineCheckForm()
    open_contact = form.contact.id_or_none if form.validate() else None
    with transaction() as session:
        duress.call_for_help(session, person().id, open_contact, at=now())
    return make_response("", 204)


@blueprint.get("/shift/parts/alarms")
@audience(Audience.staff, Role.supervisor)
def part_alarms() -> str:
    """Render what a supervisor must look at now."""
    with transaction() as session:
        found = alarms.unseen(session, person().id)
        return render_template("console/_alarms.html", alarms=found)


@blueprint.post("/shift/alarms/<uuid:alarm_id>/look-after")
@audience(Audience.staff, Role.supervisor)
def look_after(alarm_id: uuid.UUID) -> Response:
    """Say that one looks after an alarm; it leaves every other screen."""

    def change(session: Session) -> None:
        check(ActionForm())
        alarms.look_after(session, alarm_id, person().id, at=now())

    return done(change, url_for("console.shift"))


@blueprint.post("/shift/contacts/<uuid:contact_id>/ring-back")
@audience(Audience.staff, Role.supervisor)
def ring_back(contact_id: uuid.UUID) -> Response:
    """Ring somebody back whose line was cut, in the place of their call-taker."""

    def change(session: Session) -> None:
        check(ActionForm())
        found = locked(session, contact_id)
        calling_out.take_over(session, found, person().id, at=now())
        calling_out.ring(session, found, person().id, at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))
