"""The pages of administrators about staff: who works here, inviting, changing, letting go."""

import uuid
from collections.abc import Callable

from flask import abort, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline import phone_numbers
from helpline.accounts import half_sign_in, invitations, second_factors, sign_in, staff
from helpline.accounts.forms import ROLE_WORDS, ROLES, InviteForm, PhoneForm, ResetForm, RoleForm
from helpline.accounts.models import Role, StaffMember
from helpline.accounts.pages.edge import (
    WRONG,
    blueprint,
    idle,
    longest,
    me,
    settings,
)
from helpline.clock import now
from helpline.database import transaction
from helpline.phone_numbers import PhoneNumber
from helpline.web.access import Audience, audience
from helpline.web.forms import HelplineForm
from helpline.web.freshness import fresh

_SAY_THEMSELVES = (
    staff.CannotAddError,
    staff.NotOneselfError,
    second_factors.ReasonMissingError,
    phone_numbers.NotANumberError,
)


@blueprint.get("/staff")
@audience(Audience.staff, Role.administrator)
def staff_list() -> str:
    """List everybody who works here, and who is invited."""
    with transaction() as session:
        return render_template(
            "accounts/staff.html",
            everybody=staff.everybody(session),
            invitations=[
                each
                for each in invitations.open_ones(session, at=now())
                if each.organisation_id is None
            ],
            roles=ROLES,
        )


@blueprint.route("/staff/invite", methods=["GET", "POST"])
@audience(Audience.staff, Role.administrator)
@fresh
def invite() -> tuple[str, int]:
    """Invite somebody, and show the link this once."""
    form = InviteForm()
    if not form.validate_on_submit():
        return _invite_page(form, WRONG if form.is_submitted() else 200)
    try:
        invited = invitations.Invited(
            form.email.data or "",
            form.name.data or "",
            Role(form.role.data),
            _number(form.phone.data),
            form.form_key.key,
        )
        with transaction() as session:
            secret = invitations.invite(session, invited, by=me().id, at=now())
    except staff.CannotAddError as error:
        form.email.errors = [str(error)]
        return _invite_page(form, WRONG)
    except phone_numbers.NotANumberError as error:
        form.phone.errors = [str(error)]
        return _invite_page(form, WRONG)
    link = f"{settings().public_base_url}{url_for('accounts.join')}#{secret}"
    return render_template("accounts/invited.html", invited=invited, link=link), 200


@blueprint.post("/staff/invitations/<uuid:invitation_id>/withdraw")
@audience(Audience.staff, Role.administrator)
def withdraw_invitation(invitation_id: uuid.UUID) -> Response:
    """Let an invitation open nothing any more."""
    with transaction() as session:
        invitations.withdraw(session, invitation_id, by=me().id, at=now())
    flash("The invitation is withdrawn")
    return redirect(url_for("accounts.staff_list"), 303)


@blueprint.get("/staff/<uuid:staff_id>")
@audience(Audience.staff, Role.administrator)
def colleague(staff_id: uuid.UUID) -> str:
    """Show one member of staff and what can be done."""
    with transaction() as session:
        person = session.get(StaffMember, staff_id)
        if person is None:
            abort(404)
        return render_template(
            "accounts/colleague.html",
            colleague=person,
            roles=ROLE_WORDS,
            role_form=RoleForm(formdata=None, role=person.role.value),
            phone_form=PhoneForm(formdata=None),
            reset_form=ResetForm(formdata=None),
            factors=second_factors.of(session, staff_id),
            is_held=staff.is_held(session, person, at=now()),
            sign_ins=sign_in.where_signed_in(
                session, staff_id, at=now(), longest=longest(), idle=idle()
            ),
        )


@blueprint.post("/staff/<uuid:staff_id>/role")
@audience(Audience.staff, Role.administrator)
@fresh
def change_role(staff_id: uuid.UUID) -> Response:
    """Give somebody another role."""
    form = RoleForm()
    return _do(
        staff_id,
        form,
        lambda session: staff.change_role(
            session, staff_id, Role(form.role.data), by=me().id, at=now()
        ),
        "The role is changed",
    )


@blueprint.post("/staff/<uuid:staff_id>/phone")
@audience(Audience.staff, Role.administrator)
def change_phone(staff_id: uuid.UUID) -> Response:
    """Let another telephone ring for somebody, or none."""
    form = PhoneForm()
    return _do(
        staff_id,
        form,
        lambda session: staff.change_phone(
            session, staff_id, _number(form.phone.data), by=me().id, at=now()
        ),
        "The phone is changed",
    )


@blueprint.post("/staff/<uuid:staff_id>/reset")
@audience(Audience.staff, Role.administrator)
@fresh
def reset_second_factors(staff_id: uuid.UUID) -> Response:
    """Take somebody's second factors away, so that they set up new ones."""
    form = ResetForm()
    return _do(
        staff_id,
        form,
        lambda session: second_factors.reset(
            session, staff_id, by=me().id, reason=form.reason.data or "", at=now()
        ),
        "They set up a new second step when they next sign in",
    )


@blueprint.post("/staff/<uuid:staff_id>/deactivate")
@audience(Audience.staff, Role.administrator)
@fresh
def deactivate(staff_id: uuid.UUID) -> Response:
    """Let somebody go."""
    return _do(
        staff_id,
        HelplineForm(),
        lambda session: staff.deactivate(session, staff_id, by=me().id, at=now()),
        "They are signed out everywhere and can't sign in any more",
    )


@blueprint.post("/staff/<uuid:staff_id>/reactivate")
@audience(Audience.staff, Role.administrator)
@fresh
def reactivate(staff_id: uuid.UUID) -> Response:
    """Let somebody sign in again."""
    return _do(
        staff_id,
        HelplineForm(),
        lambda session: staff.reactivate(session, staff_id, by=me().id, at=now()),
        "They can sign in again",
    )


@blueprint.post("/staff/<uuid:staff_id>/sign-out")
@audience(Audience.staff, Role.administrator)
def sign_out_colleague(staff_id: uuid.UUID) -> Response:
    """Sign somebody out everywhere."""

    def change(session: Session) -> None:
        sign_in.end_all(session, staff_id, at=now(), by=me().id)
        half_sign_in.end_all(session, staff_id)

    return _do(staff_id, HelplineForm(), change, "They are signed out everywhere")


@blueprint.post("/staff/<uuid:staff_id>/free")
@audience(Audience.staff, Role.administrator)
def free_colleague(staff_id: uuid.UUID) -> Response:
    """Let somebody try again at once after too many wrong tries."""
    return _do(
        staff_id,
        HelplineForm(),
        lambda session: staff.free(session, staff_id, by=me().id, at=now()),
        "They can try again at once",
    )


def _do(
    staff_id: uuid.UUID, form: HelplineForm, change: Callable[[Session], None], done: str
) -> Response:
    """Do what a button asks about one member of staff, and go back to their page."""
    then = redirect(url_for("accounts.colleague", staff_id=staff_id), 303)
    if not form.validate():
        flash(next(str(problem) for each in form.errors.values() for problem in each))
        return then
    try:
        with transaction() as session:
            if session.get(StaffMember, staff_id) is None:
                abort(404)
            change(session)
    except _SAY_THEMSELVES as error:
        flash(str(error))
    else:
        flash(done)
    return then


def _number(typed: str | None) -> PhoneNumber | None:
    return phone_numbers.read(typed) if typed and typed.strip() else None


def _invite_page(form: InviteForm, status: int) -> tuple[str, int]:
    return render_template("accounts/invite.html", form=form), status
