"""One's own account: where one is signed in, the password, the second factors."""

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from helpline.accounts import passwords, second_factors, sign_in, staff
from helpline.accounts.forms import ChangePasswordForm, PasskeyNameForm
from helpline.accounts.models import SignIn, StaffMember
from helpline.accounts.pages.edge import (
    TOO_MANY,
    WRONG,
    blueprint,
    forget_browser,
    idle,
    longest,
    me,
    remember,
    wait_words,
)
from helpline.accounts.throttle import TooManyTriesError
from helpline.clock import now
from helpline.database import transaction
from helpline.web.access import Audience, audience
from helpline.web.freshness import fresh


@blueprint.get("/me")
@audience(Audience.signed_in)
def mine() -> str:
    """Show one's own account."""
    with transaction() as session:
        return render_template(
            "accounts/mine.html",
            account=session.get_one(StaffMember, me().id),
            here=me().sign_in_id,
            sign_ins=sign_in.where_signed_in(
                session, me().id, at=now(), longest=longest(), idle=idle()
            ),
            factors=second_factors.of(session, me().id),
            name_form=PasskeyNameForm(formdata=None),
        )


@blueprint.post("/me/sign-ins/<uuid:sign_in_id>/end")
@audience(Audience.signed_in)
def end_sign_in(sign_in_id: uuid.UUID) -> Response:
    """Sign out one other browser of one's own."""
    with transaction() as session:
        found = session.get(SignIn, sign_in_id)
        if found is not None and found.staff_id == me().id:
            sign_in.end(session, sign_in_id, at=now())
    flash("Signed out there")
    return redirect(url_for("accounts.mine"), 303)


@blueprint.post("/me/sign-ins/end-others")
@audience(Audience.signed_in)
def end_other_sign_ins() -> Response:
    """Sign out everywhere but here."""
    with transaction() as session:
        sign_in.end_all(session, me().id, at=now(), by=me().id, but=me().sign_in_id)
    flash("Signed out everywhere else")
    return redirect(url_for("accounts.mine"), 303)


@blueprint.post("/me/sign-ins/end-all")
@audience(Audience.signed_in)
def end_all_sign_ins() -> Response:
    """Sign out everywhere, here too."""
    with transaction() as session:
        sign_in.end_all(session, me().id, at=now(), by=me().id)
    forget_browser()
    return redirect(url_for("accounts.sign_in"), 303)


@blueprint.route("/me/password", methods=["GET", "POST"])
@audience(Audience.signed_in)
# A new password counts as having shown oneself: the old one alone must not be enough for that.
@fresh
def change_password() -> Response | tuple[str, int]:
    """Change one's own password; every other browser is signed out."""
    form = ChangePasswordForm()
    if not form.validate_on_submit():
        return _password_page(form, WRONG if form.is_submitted() else 200)
    try:
        is_changed = _changed(form.old.data or "", form.new.data or "")
    except TooManyTriesError as error:
        form.old.errors = [wait_words(error.until)]
        return _password_page(form, TOO_MANY)
    except passwords.WeakPasswordError as error:
        form.new.errors = [str(error)]
        return _password_page(form, WRONG)
    if not is_changed:
        form.old.errors = ["That is not your password now"]
        return _password_page(form, WRONG)
    flash("Your password is changed, and you are signed out everywhere else")
    return redirect(url_for("accounts.mine"), 303)


def _changed(old: str, new: str) -> bool:
    with transaction() as session:
        here = session.get_one(SignIn, me().sign_in_id)
        is_changed = staff.change_password(
            session, me().id, old, new, at=now(), staying=me().sign_in_id
        )
        if is_changed:
            remember(sign_in.begin_anew(session, me().sign_in_id, here.proof, at=now()).id)
    return is_changed


def _password_page(form: ChangePasswordForm, status: int) -> tuple[str, int]:
    return render_template("accounts/change_password.html", form=form), status
