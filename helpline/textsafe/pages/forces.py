"""Page of administrators: whether a force's texts leave, or all but the text is done."""

import uuid

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from helpline.accounts.models import Role
from helpline.clock import now
from helpline.database import transaction
from helpline.textsafe import forces
from helpline.web.access import Audience, audience, person
from helpline.web.freshness import fresh

blueprint = Blueprint(
    "textsafe_forces", __name__, url_prefix="/partners/<uuid:organisation_id>/textsafe"
)


@blueprint.get("")
@audience(Audience.staff, Role.administrator)
def force(organisation_id: uuid.UUID) -> str:
    """Show whether a force is live."""
    with transaction() as session:
        try:
            found = forces.check_may_ask(session, organisation_id)
        except forces.NotPoliceError:
            abort(404)
        is_live = forces.is_live(session, organisation_id)
        return render_template("textsafe/force.html", force=found, is_live=is_live)


@blueprint.post("/<any(live, training):what>")
@audience(Audience.staff, Role.administrator)
@fresh
def change(organisation_id: uuid.UUID, what: str) -> Response:
    """Let a force's texts leave, or put it back into training mode."""
    try:
        with transaction() as session:
            forces.set_live(session, organisation_id, live=what == "live", by=person().id, at=now())
    except forces.NotPoliceError:
        abort(404)
    flash("Texts leave for them now." if what == "live" else "They are in training mode now.")
    return redirect(url_for("textsafe_forces.force", organisation_id=organisation_id), 303)
