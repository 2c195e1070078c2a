"""Setting up second factors: before anything else for the new, at any time for the others."""

import uuid
from dataclasses import dataclass

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline.accounts import (
    authenticator,
    half_sign_in,
    passkeys,
    recovery_codes,
    second_factors,
)
from helpline.accounts.forms import CodeForm, PasskeyNameForm
from helpline.accounts.models import Proof, StaffMember
from helpline.accounts.pages.edge import WRONG, blueprint, let_in, me, on_to, site, where_to_go
from helpline.accounts.pages.second_step import half
from helpline.clock import now
from helpline.database import transaction
from helpline.web.access import Audience, audience
from helpline.web.freshness import fresh, require_fresh


@dataclass(frozen=True)
class Enrolling:
    """Who sets something up: somebody signed in, or somebody on the way who has nothing yet."""

    staff: StaffMember
    holder: uuid.UUID
    """The sign-in or half sign-in they do it in."""
    is_half: bool


@blueprint.get("/sign-in/set-up")
@audience(Audience.public)
def set_up() -> str:
    """Ask somebody without a second factor to choose one."""
    with transaction() as session:
        who = _who(session)
    return render_template("accounts/set_up.html", who=who)


@blueprint.post("/second-factors/authenticator")
@audience(Audience.public)
def start_authenticator() -> Response:
    """Make a secret for an app."""
    with transaction() as session:
        authenticator.start(session, _who(session).staff.id, at=now())
    return redirect(on_to("accounts.show_authenticator"), 303)


@blueprint.route("/second-factors/authenticator", methods=["GET"])
@audience(Audience.public)
def show_authenticator() -> str:
    """Show the secret to whoever sets it up, and ask for the first code."""
    return _authenticator_page(CodeForm(formdata=None))


@blueprint.post("/second-factors/authenticator/confirm")
@audience(Audience.public)
def confirm_authenticator() -> Response | tuple[str, int]:
    """Take the first code."""
    form = CodeForm()
    if not form.validate():
        return _authenticator_page(form), WRONG
    with transaction() as session:
        who = _who(session)
        is_right = authenticator.confirm(session, who.staff.id, form.code.data or "", at=now())
        then = _added(session, who, Proof.code) if is_right else ""
    if then:
        return redirect(then, 303)
    form.code.errors = ["That is not the code. Check that your phone's clock is right"]
    return _authenticator_page(form), WRONG


@blueprint.get("/second-factors/authenticator/picture.svg")
@audience(Audience.public)
def authenticator_picture() -> Response:
    """Draw the QR code that an app reads."""
    with transaction() as session:
        who = _who(session)
        begun = authenticator.being_set_up(session, who.staff.id, at=now())
        if begun is None:
            abort(404)
        drawn = authenticator.picture(authenticator.address(begun.secret, who.staff.email))
    return Response(drawn, mimetype="image/svg+xml")


@blueprint.post("/second-factors/passkeys/ask")
@audience(Audience.public)
def ask_to_make_passkey() -> Response | tuple[Response, int]:
    """Say what the browser needs to make a passkey."""
    try:
        with transaction() as session:
            who = _who(session)
            asked = passkeys.ask_to_make(session, who.holder, who.staff, site(), at=now())
    except passkeys.NotAPasskeyError as error:
        return jsonify(words=str(error)), WRONG
    return Response(asked, mimetype="application/json")


@blueprint.post("/second-factors/passkeys")
@audience(Audience.public)
def passkey_made() -> Response | tuple[Response, int]:
    """Keep the passkey that the browser made."""
    answer = passkeys.Answer(request.get_data(as_text=True), site())
    try:
        with transaction() as session:
            who = _who(session)
            made = passkeys.keep(session, who.holder, who.staff.id, answer, at=now())
            passkeys.rename(made, _unlike(session, who.staff.id))
            then = _added(session, who, Proof.passkey)
    except passkeys.NotAPasskeyError as error:
        return jsonify(words=str(error)), WRONG
    return jsonify(go=then)


@blueprint.post("/second-factors/passkeys/<uuid:passkey_id>/name")
@audience(Audience.signed_in)
def name_passkey(passkey_id: uuid.UUID) -> Response:
    """Call a passkey something else."""
    form = PasskeyNameForm()
    if form.validate():
        with transaction() as session:
            second_factors.rename_passkey(
                session, me().id, passkey_id, form.name.data or "", at=now()
            )
    return redirect(url_for("accounts.mine"), 303)


@blueprint.post("/second-factors/passkeys/<uuid:passkey_id>/remove")
@audience(Audience.signed_in)
@fresh
def remove_passkey(passkey_id: uuid.UUID) -> Response:
    """Remove one passkey, never the last factor."""
    try:
        with transaction() as session:
            second_factors.remove_passkey(session, me().id, passkey_id, at=now())
    except second_factors.LastFactorError as error:
        flash(str(error))
    return redirect(url_for("accounts.mine"), 303)


@blueprint.post("/second-factors/authenticator/remove")
@audience(Audience.signed_in)
@fresh
def remove_authenticator() -> Response:
    """Remove the authenticator app, never the last factor."""
    try:
        with transaction() as session:
            second_factors.remove_authenticator(session, me().id, at=now())
    except second_factors.LastFactorError as error:
        flash(str(error))
    return redirect(url_for("accounts.mine"), 303)


@blueprint.route("/second-factors/recovery-codes", methods=["GET", "POST"])
@audience(Audience.signed_in)
@fresh
def make_recovery_codes() -> str:
    """Make ten codes and show them this once."""
    with transaction() as session:
        factors = second_factors.of(session, me().id)
        codes = []
        if request.method == "POST":
            codes = recovery_codes.make(session, me().id, at=now())
    onward = where_to_go(me().role) if request.args.get("next") else url_for("accounts.mine")
    return render_template(
        "accounts/recovery_codes.html", codes=codes, factors=factors, onward=onward
    )


def _who(session: Session) -> Enrolling:
    """Return who may set something up now; everybody else goes the way of signing in."""
    if current_user.is_authenticated:
        require_fresh()
        return Enrolling(session.get_one(StaffMember, me().id), me().sign_in_id, is_half=False)
    waiting = half(session)
    if second_factors.of(session, waiting.staff_id).number:
        # Who has one must show it: a stolen password must not be enough to add another.
        abort(redirect(on_to("accounts.second_step"), 303))
    return Enrolling(waiting.staff, waiting.id, is_half=True)


def _added(session: Session, who: Enrolling, proof: Proof) -> str:
    """Put the new factor on record, let the new colleague in, and say where to go."""
    second_factors.added(session, who.staff.id, at=now())
    if who.is_half:
        if not half_sign_in.end(session, who.holder):
            abort(redirect(url_for("accounts.sign_in"), 303))
        let_in(session, who.staff, proof)
    if not recovery_codes.left(session, who.staff.id):
        return on_to("accounts.make_recovery_codes")
    flash("Your second step is set up")
    return url_for("accounts.mine")


def _unlike(session: Session, staff_id: uuid.UUID) -> str:
    return f"Passkey {len(passkeys.of(session, staff_id))}"


def _authenticator_page(form: CodeForm) -> str:
    with transaction() as session:
        who = _who(session)
        begun = authenticator.being_set_up(session, who.staff.id, at=now())
    if begun is None:
        page = "accounts.set_up" if who.is_half else "accounts.mine"
        abort(redirect(on_to(page), 303))
    return render_template("accounts/authenticator.html", form=form, secret=begun.secret)
