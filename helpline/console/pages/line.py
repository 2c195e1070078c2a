"""The supervisor's pages on the line itself: who takes what, and how long whom is tried."""

import uuid

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from helpline.accounts.models import Role, StaffMember
from helpline.clock import now
from helpline.console.pages.edge import REFUSED, blueprint
from helpline.console.pages.line_forms import CHOSEN, SkillsForm, WaitRuleForm
from helpline.contacts import skills
from helpline.contacts.models import Language, Stream
from helpline.database import transaction
from helpline.voice import wait_rules
from helpline.web.access import Audience, audience, person


@blueprint.get("/shift/skills")
@audience(Audience.staff, Role.supervisor)
def who_takes_what() -> str:
    """List everybody who talks with callers, and what each takes."""
    with transaction() as session:
        return render_template("console/skills.html", everybody=skills.everybody(session))


@blueprint.route("/shift/skills/<uuid:staff_id>", methods=["GET", "POST"])
@audience(Audience.staff, Role.supervisor)
def change_skills(staff_id: uuid.UUID) -> Response | str | tuple[str, int]:
    """Set what one call-taker takes."""
    form = SkillsForm()
    with transaction() as session:
        found = session.get(StaffMember, staff_id)
        if found is None or found.role not in skills.WHO_CAN:
            abort(404)
        if not form.is_submitted():
            _fill_in(form, found, skills.of(session, staff_id))
    if not form.validate_on_submit():
        return _skills_page(form, found)
    try:
        with transaction() as session:
            skills.change(
                session,
                staff_id,
                form.tiers(),
                [Language(each) for each in form.languages.data or ()],
                (form.most_texts.data or 0, form.texts_beside_call.data or 0),
                by=person().id,
                at=now(),
            )
    except skills.SkillsError as error:
        form.languages.errors = [str(error)]
        return _skills_page(form, found)
    flash(f"Saved what {found.display_name} takes")
    return redirect(url_for("console.who_takes_what"), 303)


@blueprint.get("/shift/waits")
@audience(Audience.staff, Role.supervisor)
def waits() -> str:
    """Show for each kind of call when whom is tried, as it holds now."""
    with transaction() as session:
        return render_template("console/waits.html", rules=wait_rules.every(session))


@blueprint.route("/shift/waits/<stream>", methods=["GET", "POST"])
@audience(Audience.staff, Role.supervisor)
def change_wait(stream: str) -> Response | str | tuple[str, int]:
    """Enter the figures of one kind of call."""
    try:
        chosen = Stream(stream)
    except ValueError:
        abort(404)
    form = WaitRuleForm()
    if form.validate_on_submit():
        with transaction() as session:
            figures = {name: form[name].data for name in wait_rules.FIELDS}
            wait_rules.change(session, chosen, figures, by=person().id, at=now())
        flash("Saved. It counts from now on")
        return redirect(url_for("console.waits"), 303)
    if not form.is_submitted():
        with transaction() as session:
            for name, figure in wait_rules.entered(session, chosen).items():
                form[name].data = figure
    page = render_template("console/wait.html", form=form, stream=chosen, own=wait_rules.Rule())
    return (page, REFUSED) if form.is_submitted() else page


def _fill_in(form: SkillsForm, staff: StaffMember, tiers: dict[Stream, int]) -> None:
    form.languages.data = staff.languages
    form.most_texts.data, form.texts_beside_call.data = (
        staff.text_capacity,
        staff.texts_beside_call,
    )
    for stream in CHOSEN:
        form[stream.value].data = str(tiers.get(stream, ""))


def _skills_page(form: SkillsForm, staff: StaffMember) -> str | tuple[str, int]:
    page = render_template("console/skill.html", form=form, colleague=staff, streams=CHOSEN)
    return (page, REFUSED) if form.is_submitted() else page
