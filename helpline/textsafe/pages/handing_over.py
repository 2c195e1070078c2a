"""Giving a number to Samaritans: proposed by one, approved by a supervisor, shown once."""

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from helpline.accounts.models import Role
from helpline.clock import now
from helpline.database import transaction
from helpline.textsafe import samaritans, wording
from helpline.textsafe.forms import SamaritansForm
from helpline.textsafe.pages import edge, requests
from helpline.textsafe.pages.edge import DECIDERS
from helpline.textsafe.samaritans import GateShutError
from helpline.web.access import Audience, audience, person
from helpline.web.freshness import fresh

blueprint = Blueprint(
    "textsafe_hand_over", __name__, url_prefix="/textsafe/<uuid:textsafe_id>/samaritans"
)


@blueprint.post("/propose")
@audience(Audience.staff, *DECIDERS)
def propose(textsafe_id: uuid.UUID) -> Response | tuple[str, int]:
    """Propose a hand-over, with the consent of the next of kin."""
    form = SamaritansForm()
    try:
        with transaction() as session:
            known = samaritans.consent_of(edge.request_for_me(session, textsafe_id))
            if known is None and not form.validate():
                return requests.page(session, textsafe_id, samaritans_form=form), edge.INVALID
            samaritans.propose(
                session, textsafe_id, known or form.consent(), by=person().id, at=now()
            )
        flash("Proposed. A supervisor who is somebody else has to approve it.")
    except GateShutError as error:
        flash(wording.gates(error.gates))
    return _back(textsafe_id)


@blueprint.post("/approve")
@audience(Audience.staff, Role.supervisor)
@fresh
def approve(textsafe_id: uuid.UUID) -> Response:
    """Approve a hand-over."""
    try:
        with transaction() as session:
            edge.request_for_me(session, textsafe_id)
            samaritans.approve(session, textsafe_id, by=person().id, at=now())
        flash("Approved. The number can be given to Samaritans now.")
    except GateShutError as error:
        flash(wording.gates(error.gates))
    return _back(textsafe_id)


@blueprint.post("/give")
@audience(Audience.staff, *DECIDERS)
@fresh
def give(textsafe_id: uuid.UUID) -> Response | str:
    """Show the number this once, to be told to Samaritans and to nobody else."""
    try:
        with transaction() as session:
            edge.request_for_me(session, textsafe_id)
            number = samaritans.hand_over_number(session, textsafe_id, by=person().id, at=now())
        return render_template(
            "textsafe/number_once.html", number=number.e164, textsafe_id=textsafe_id
        )
    except GateShutError as error:
        flash(wording.gates(error.gates))
    return _back(textsafe_id)


def _back(textsafe_id: uuid.UUID) -> Response:
    return redirect(url_for("textsafe.one", textsafe_id=textsafe_id), 303)
