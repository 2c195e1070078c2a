"""The page on which it is said when the line is open, for each kind of call and for texts."""

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from helpline.accounts.models import Role
from helpline.clock import now
from helpline.console.pages.edge import REFUSED, blueprint
from helpline.console.pages.hours_forms import LineHoursForm
from helpline.database import transaction
from helpline.directory import line_hours
from helpline.directory.line_hours import Door, Hours, HoursError
from helpline.web.access import Audience, audience, person
from helpline.web.forms import HelplineForm

EDITORS = (Role.supervisor, Role.administrator)


@blueprint.get("/shift/hours")
@audience(Audience.staff, *EDITORS)
def opening_hours() -> str:
    """Show for each door when it is open, and how it is at this moment."""
    at = now()
    with transaction() as session:
        entered = line_hours.entered(session)
        open_now = {door: line_hours.is_open(session, door, at=at) for door in Door}
    told = {door: line_hours.in_words(hours) for door, hours in entered.items()}
    return render_template("console/hours.html", doors=list(Door), told=told, open_now=open_now)


@blueprint.route("/shift/hours/<any(" + ", ".join(Door) + "):name>", methods=["GET", "POST"])
@audience(Audience.staff, *EDITORS)
def change_hours(name: str) -> Response | tuple[str, int]:
    """Enter the hours of one door."""
    door, form = Door(name), LineHoursForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                line_hours.change(session, door, form.hours(), by=person().id, at=now())
        except HoursError as error:
            form.closed_days.errors = [str(error)]
        else:
            flash("Saved. It counts from the next call on")
            return redirect(url_for("console.opening_hours"), 303)
    with transaction() as session:
        known = line_hours.entered(session).get(door)
    if not form.is_submitted():
        form.fill(known or Hours())
    page = render_template("console/hours_of.html", form=form, door=door, is_entered=bool(known))
    return page, REFUSED if form.errors else 200


@blueprint.post("/shift/hours/<any(" + ", ".join(Door) + "):name>/forget")
@audience(Audience.staff, *EDITORS)
def forget_hours(name: str) -> Response:
    """Take the hours of one door back."""
    if not HelplineForm().validate():
        abort(400)
    with transaction() as session:
        line_hours.forget(session, Door(name), by=person().id, at=now())
    flash("It follows the hours of every call again" if name != Door.texts else "Open at any hour")
    return redirect(url_for("console.opening_hours"), 303)
