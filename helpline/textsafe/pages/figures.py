"""Figures by force, misdirected numbers, and the reminder of 72 hours."""

import uuid

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from helpline import audit
from helpline.clock import now
from helpline.database import transaction
from helpline.textsafe import cases, figures, incidents, wording
from helpline.textsafe.models import PoliceCase
from helpline.textsafe.pages import edge
from helpline.textsafe.pages.edge import DECIDERS, READERS
from helpline.web.access import Audience, audience, person

blueprint = Blueprint("textsafe_figures", __name__, url_prefix="/textsafe")


@blueprint.get("/figures")
@audience(Audience.staff, *READERS)
def shown() -> str:
    """Show figures by force, without small numbers."""
    with transaction() as session:
        return render_template(
            "textsafe/figures.html", figures=figures.figures(session), least=figures.LEAST
        )


@blueprint.get("/misdirected")
@audience(Audience.staff, *READERS)
def misdirected() -> str:
    """List the numbers that turned out to be somebody else's."""
    with transaction() as session:
        listed = incidents.listed(session)
        audit.note(session, audit.Act.textsafe_listed, at=now(), who=person().id)
        who = edge.names(session, *(incident.noted_by for incident, _ in listed))
        return render_template(
            "textsafe/misdirected.html", incidents=listed, names=who, say=wording
        )


@blueprint.get("/cases")
@audience(Audience.staff, *READERS)
def to_remind() -> str:
    """List the cases of forces that are neither referred nor found."""
    with transaction() as session:
        audit.note(session, audit.Act.textsafe_listed, at=now(), who=person().id)
        return render_template(
            "textsafe/cases.html", cases=cases.to_remind(session), now=now(), say=wording
        )


@blueprint.post("/cases/<uuid:case_id>/referred")
@audience(Audience.staff, *DECIDERS)
def referred(case_id: uuid.UUID) -> Response:
    """Note that the force told the national experts."""
    with transaction() as session:
        if session.get(PoliceCase, case_id) is None:
            abort(404)
        cases.referred(session, case_id, by=person().id, at=now())
    flash("Noted. The reminder for this case is over.")
    return redirect(url_for("textsafe_figures.to_remind"), 303)
