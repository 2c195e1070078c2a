"""Showing again who is there, before what can do great harm."""

from collections.abc import Callable

from flask import jsonify, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline.accounts import authenticator, passkeys, second_factors, sign_in, throttle
from helpline.accounts.forms import CodeForm, PasswordAgainForm
from helpline.accounts.models import Proof, StaffMember
from helpline.accounts.pages.edge import (
    TOO_MANY,
    WRONG,
    blueprint,
    me,
    remember,
    site,
    wait_words,
    where_to_go,
)
from helpline.accounts.throttle import TooManyTriesError
from helpline.clock import now
from helpline.database import transaction
from helpline.web.access import Audience, audience


@blueprint.route("/prove", methods=["GET", "POST"])
@audience(Audience.signed_in)
def prove() -> Response | str | tuple[str, int]:
    """Ask for a second factor again; for the password where there is none."""
    with transaction() as session:
        factors = second_factors.of(session, me().id)
    form = CodeForm() if factors.number else PasswordAgainForm()
    status = 200
    if form.is_submitted():
        status = WRONG
        if form.validate():
            field = form.code if isinstance(form, CodeForm) else form.password
            shown = _code_of if isinstance(form, CodeForm) else _password_of
            proof = Proof.code if isinstance(form, CodeForm) else Proof.password_only
            try:
                if _proved(proof, shown(field.data or "")):
                    return redirect(where_to_go(me().role), 303)
                field.errors = ["That is wrong. Try again"]
            except TooManyTriesError as error:
                field.errors, status = [wait_words(error.until)], TOO_MANY
    return render_template("accounts/prove.html", form=form, factors=factors), status


@blueprint.post("/prove/passkey/ask")
@audience(Audience.signed_in)
def ask_to_prove() -> Response:
    """Say what the browser has to sign."""
    with transaction() as session:
        asked = passkeys.ask_to_sign(session, me().sign_in_id, me().id, site(), at=now())
    return Response(asked, mimetype="application/json")


@blueprint.post("/prove/passkey")
@audience(Audience.signed_in)
def proved_by_passkey() -> Response | tuple[Response, int]:
    """Go on, now that the browser signed."""
    answer = passkeys.Answer(request.get_data(as_text=True), site())

    def shown(session: Session) -> bool:
        return second_factors.attempt(
            session,
            me().id,
            lambda: passkeys.accept(session, me().sign_in_id, me().id, answer, at=now()),
            at=now(),
        )

    try:
        if _proved(Proof.passkey, shown):
            return jsonify(go=where_to_go(me().role))
    except TooManyTriesError as error:
        return jsonify(words=wait_words(error.until)), TOO_MANY
    return jsonify(words="That passkey could not be checked. Try again"), WRONG


def _proved(proof: Proof, shown: Callable[[Session], bool]) -> bool:
    with transaction() as session:
        is_right = shown(session)
        if is_right:
            remember(sign_in.begin_anew(session, me().sign_in_id, proof, at=now()).id)
    return is_right


def _code_of(typed: str) -> Callable[[Session], bool]:
    return lambda session: second_factors.attempt(
        session,
        me().id,
        lambda: authenticator.accept(session, me().id, typed, at=now()),
        at=now(),
    )


def _password_of(typed: str) -> Callable[[Session], bool]:
    def shown(session: Session) -> bool:
        staff = session.get_one(StaffMember, me().id)
        target = throttle.account(staff.email)
        throttle.check(session, target, at=now())
        if sign_in.is_password_of(staff, typed):
            return True
        throttle.count(session, target, at=now())
        return False

    return shown
