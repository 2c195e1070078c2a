"""Letting a kind of call go to a switchboard for some hours, and the banner that says so."""

import uuid

from flask import flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]

from helpline.accounts.models import Role
from helpline.clock import now
from helpline.console import words
from helpline.console.forms import ActionForm
from helpline.console.pages.edge import CONSOLE, REFUSED, blueprint, check, done
from helpline.contacts.models import Stream
from helpline.database import transaction
from helpline.voice import diverts
from helpline.web.access import Audience, audience, person
from helpline.web.forms import HelplineForm


class DivertForm(HelplineForm):
    stream = SelectField(
        "Kind of call",
        choices=[SelectChoice(each.value, words.STREAMS[each]) for each in Stream],
    )
    number_id = SelectField("Switchboard", coerce=uuid.UUID, validate_choice=False)


@blueprint.get("/console/parts/diverts")
@audience(Audience.staff, *CONSOLE)
def part_diverts() -> str:
    """Render the banner that stands on every console while calls go elsewhere."""
    with transaction() as session:
        return render_template("console/_diverts.html", diverts=diverts.on_now(session, at=now()))


@blueprint.route("/shift/diverts", methods=["GET", "POST"])
@audience(Audience.staff, Role.supervisor)
def divert() -> Response | str | tuple[str, int]:
    """Show what goes where, and let a kind of call go to a switchboard."""
    form = DivertForm()
    if not form.is_submitted():
        return _page(form)
    if not form.validate():
        return _page(form, "Choose a kind of call and a switchboard"), REFUSED
    try:
        with transaction() as session:
            diverts.start(
                session,
                Stream(form.stream.data),
                form.number_id.data,
                by=person().id,
                at=now(),
            )
    except diverts.CannotDivertError as error:
        return _page(form, str(error)), REFUSED
    flash("These callers are now asked whether they want to be put through")
    return redirect(url_for("console.divert"), 303)


@blueprint.post("/shift/diverts/<uuid:divert_id>/<any(renew, end):what>")
@audience(Audience.staff, Role.supervisor)
def change_divert(divert_id: uuid.UUID, what: str) -> Response:
    """Let it last longer, or take the calls back."""

    def change(session: Session) -> None:
        check(ActionForm())
        act = diverts.renew if what == "renew" else diverts.end
        act(session, divert_id, by=person().id, at=now())

    return done(change, url_for("console.divert"))


def _page(form: DivertForm, problem: str = "") -> str:
    with transaction() as session:
        return render_template(
            "console/diverts.html",
            form=form,
            problem=problem,
            diverts=diverts.on_now(session, at=now()),
            switchboards=diverts.switchboards(session, at=now()),
            hours=diverts.LASTS.seconds // 3600,
        )
