"""Pages of an officer: ask, see one's force's requests, say that somebody is found."""

import uuid

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline import audit
from helpline.accounts.models import Organisation, Role, StaffMember
from helpline.clock import now
from helpline.database import transaction
from helpline.textsafe import forces, intake, police_view, stopping, wording
from helpline.textsafe.forms import FindReferenceForm, RequestForm
from helpline.textsafe.intake import Asker
from helpline.textsafe.pages import edge
from helpline.textsafe.stopping import NotTheirsError
from helpline.web.access import Audience, audience, person

blueprint = Blueprint("police", __name__, url_prefix="/police/requests")

_DO = {"found": stopping.found, "withdraw": stopping.withdraw}
_SAID = {
    "found": "Thank you for telling us. No further text goes.",
    "withdraw": "Noted. No further text goes.",
}


@blueprint.route("", methods=["GET", "POST"])
@audience(Audience.officer, Role.police_partner)
def listed() -> tuple[str, int]:
    """List the force's requests, or find some by its reference."""
    form = FindReferenceForm()
    reference = form.asked.data or "" if form.validate_on_submit() else ""
    with transaction() as session:
        force = _force(session)
        try:
            page = police_view.listed(
                session,
                force.id,
                after=request.args.get("after", type=uuid.UUID),
                reference=reference,
                most=police_view.MOST if reference else police_view.PAGE,
            )
        except NotTheirsError:
            abort(404)
        audit.note(session, audit.Act.textsafe_listed, at=now(), who=person().id, about=force.id)
        shown = render_template(
            "textsafe/police_requests.html",
            form=form,
            page=page,
            reference=reference,
            force=force,
            is_live=forces.is_live(session, force.id),
            say=wording,
        )
    return shown, edge.status(form)


@blueprint.route("/new", methods=["GET", "POST"])
@audience(Audience.officer, Role.police_partner)
def ask() -> Response | tuple[str, int]:
    """Ask for a TextSafe."""
    form = RequestForm()
    with transaction() as session:
        force = _force(session)
        if form.validate_on_submit():
            officer = session.get_one(StaffMember, person().id)
            try:
                kept = intake.ask(
                    session, Asker(force.id, officer_id=officer.id), form.asked(officer), at=now()
                )
                return redirect(url_for("police.one", textsafe_id=kept.id), 303)
            except intake.AskedWronglyError as error:
                form.show(error.problems)
            except intake.OtherContentError:
                form.force_reference.errors = ["This form was sent already. Begin a new one"]
        shown = render_template(
            "textsafe/police_ask.html",
            form=form,
            force=force,
            is_live=forces.is_live(session, force.id),
        )
    return shown, edge.status(form)


@blueprint.get("/<uuid:textsafe_id>")
@audience(Audience.officer, Role.police_partner)
def one(textsafe_id: uuid.UUID) -> str:
    """Show one request of the officer's force."""
    with transaction() as session:
        force = _force(session)
        try:
            seen = police_view.one(session, force.id, textsafe_id)
        except NotTheirsError:
            abort(404)
        audit.note(session, audit.Act.textsafe_seen, at=now(), who=person().id, about=textsafe_id)
        return render_template("textsafe/police_request.html", seen=seen, force=force, say=wording)


@blueprint.post("/<uuid:textsafe_id>/<any(found, withdraw):what>")
@audience(Audience.officer, Role.police_partner)
def tell(textsafe_id: uuid.UUID, what: str) -> Response:
    """Hear that somebody is found, or that the request no longer holds."""
    with transaction() as session:
        force = _force(session)
        try:
            _DO[what](session, force.id, textsafe_id, by=person().id, at=now())
        except NotTheirsError:
            abort(404)
    flash(_SAID[what])
    return redirect(url_for("police.one", textsafe_id=textsafe_id), 303)


def _force(session: Session) -> Organisation:
    """Return the force of the officer who is signed in."""
    organisation_id = session.get_one(StaffMember, person().id).organisation_id
    if organisation_id is None:
        abort(403)
    try:
        return forces.check_may_ask(session, organisation_id)
    except forces.NotPoliceError:
        abort(403)
