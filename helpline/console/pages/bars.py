"""Callers whose calls we don't take for a while: barred from their contact, listed, lifted."""

import uuid

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from helpline import audit
from helpline.accounts.models import Role
from helpline.clock import now
from helpline.console.pages.bar_forms import BarForm
from helpline.console.pages.edge import CONSOLE, REFUSED, blueprint, look_at
from helpline.database import transaction
from helpline.voice import bars
from helpline.voice.bars import CallerBar, CannotBarError
from helpline.web.access import Audience, audience, person
from helpline.web.forms import HelplineForm


@blueprint.route("/console/contacts/<uuid:contact_id>/bar", methods=["GET", "POST"])
@audience(Audience.staff, *CONSOLE)
def bar_caller(contact_id: uuid.UUID) -> Response | tuple[str, int]:
    """Bar the calls of the caller of a contact that one may read."""
    form, at = BarForm.of(person().role), now()
    with transaction() as session:
        view = look_at(session, contact_id)
        if view is None:
            abort(404)
        standing = bars.standing(session, view.contact.caller_id, at=at)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                caller = session.merge(view.contact.caller, load=True)
                bars.lay(session, caller, form.wanted(), person().id, person().role, at=at)
        except CannotBarError as error:
            form.words.errors = [str(error)]
        else:
            flash(f"Calls of caller {view.reference} are not taken until the time you chose")
            return redirect(url_for("console.contact", contact_id=contact_id), 303)
    page = render_template("console/bar.html", form=form, view=view, standing=standing)
    return page, REFUSED if form.errors else 200


@blueprint.get("/shift/bars")
@audience(Audience.staff, Role.supervisor)
def barred_callers() -> str:
    """List the callers who are barred now. Each look is on record."""
    at = now()
    with transaction() as session:
        found = bars.all_standing(session, at=at)
        newest = {bar.id: bars.newest_contact(session, bar.caller_id) for bar in found}
        for bar in found:
            audit.note_look(
                session, audit.Act.bar_seen, at=at, who=person().id, about=bar.caller_id
            )
    return render_template("console/bars.html", bars=found, newest=newest)


@blueprint.post("/shift/bars/<uuid:bar_id>/lift")
@audience(Audience.staff, Role.supervisor)
def lift_bar(bar_id: uuid.UUID) -> Response:
    """Take a caller's calls again."""
    if not HelplineForm().validate():
        abort(400)
    with transaction() as session:
        if session.get(CallerBar, bar_id) is None:
            abort(404)
        bars.lift(session, bar_id, by=person().id, at=now())
    flash("Their calls are taken again")
    return redirect(url_for("console.barred_callers"), 303)
