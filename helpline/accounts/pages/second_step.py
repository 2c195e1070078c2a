"""The second step of signing in: a code, a passkey, or a recovery code."""

from collections.abc import Callable

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline.accounts import (
    authenticator,
    half_sign_in,
    passkeys,
    recovery_codes,
    second_factors,
)
from helpline.accounts.forms import CodeForm, RecoveryCodeForm
from helpline.accounts.models import HalfSignIn, Proof
from helpline.accounts.pages.edge import (
    TOO_MANY,
    WRONG,
    blueprint,
    half_id,
    let_in,
    on_to,
    site,
    wait_words,
    where_to_go,
)
from helpline.accounts.throttle import TooManyTriesError
from helpline.clock import now
from helpline.database import transaction
from helpline.web.access import Audience, audience

_WRONG_CODE = "That code is wrong or was used already. Wait for the next one and try again"
_WRONG_PASSKEY = "That passkey could not be checked. Try again, or use another way"
_WRONG_RECOVERY_CODE = "That recovery code is wrong or was used already"


class WrongError(Exception):
    """What was shown opens nothing; the words say so."""


@blueprint.route("/sign-in/second-step", methods=["GET", "POST"])
@audience(Audience.public)
def second_step() -> Response | str | tuple[str, int]:
    """Ask for the code of an authenticator app, or for a passkey."""
    form = CodeForm()
    status = 200
    if form.is_submitted():
        status = WRONG
        if form.validate():
            typed = form.code.data or ""
            try:
                return redirect(_finish(Proof.code, _code_of(typed), _WRONG_CODE), 303)
            except WrongError as error:
                form.code.errors = [str(error)]
            except TooManyTriesError as error:
                form.code.errors, status = [wait_words(error.until)], TOO_MANY
    with transaction() as session:
        factors = second_factors.of(session, half(session).staff_id)
    shown = render_template("accounts/second_step.html", form=form, factors=factors)
    return shown, status


@blueprint.post("/sign-in/second-step/passkey/ask")
@audience(Audience.public)
def ask_for_passkey() -> Response:
    """Say what the browser has to sign."""
    with transaction() as session:
        waiting = half(session)
        asked = passkeys.ask_to_sign(session, waiting.id, waiting.staff_id, site(), at=now())
    return Response(asked, mimetype="application/json")


@blueprint.post("/sign-in/second-step/passkey")
@audience(Audience.public)
def passkey_shown() -> Response | tuple[Response, int]:
    """Let somebody in whose browser signed."""
    answer = passkeys.Answer(request.get_data(as_text=True), site())

    def shown(session: Session, waiting: HalfSignIn) -> bool:
        return passkeys.accept(session, waiting.id, waiting.staff_id, answer, at=now())

    try:
        return jsonify(go=_finish(Proof.passkey, shown, _WRONG_PASSKEY))
    except WrongError as error:
        return jsonify(words=str(error)), WRONG
    except TooManyTriesError as error:
        return jsonify(words=wait_words(error.until)), TOO_MANY


@blueprint.route("/sign-in/recovery-code", methods=["GET", "POST"])
@audience(Audience.public)
def recovery_code() -> Response | str | tuple[str, int]:
    """Ask for one of the codes on paper."""
    form = RecoveryCodeForm()
    status = 200
    if form.is_submitted():
        status = WRONG
        if form.validate():
            typed = form.code.data or ""
            try:
                then = _finish(Proof.recovery_code, _recovery_code_of(typed), _WRONG_RECOVERY_CODE)
            except WrongError as error:
                form.code.errors = [str(error)]
            except TooManyTriesError as error:
                form.code.errors, status = [wait_words(error.until)], TOO_MANY
            else:
                flash("That recovery code is used up. Your account page says how many are left")
                return redirect(then, 303)
    with transaction() as session:
        half(session)
    return render_template("accounts/recovery_code.html", form=form), status


def half(session: Session) -> HalfSignIn:
    """Return the half sign-in of this browser, or go back to the password."""
    known = half_id()
    found = half_sign_in.current(session, known, at=now()) if known else None
    if found is None:
        abort(redirect(on_to("accounts.sign_in"), 303))
    return found


Shown = Callable[[Session, HalfSignIn], bool]


def _finish(proof: Proof, shown: Shown, wrong: str) -> str:
    """Turn a half sign-in into a whole one if what was shown is right; return where to go.

    Raises:
        WrongError: it is not; counted, and after five of them the password is asked for again.
        TooManyTriesError: too many wrong ones lately.

    """
    with transaction() as session:
        waiting = half(session)
        staff = waiting.staff
        if not second_factors.attempt(session, staff.id, lambda: shown(session, waiting), at=now()):
            half_sign_in.count_wrong(session, waiting.id)
            then = ""
        elif half_sign_in.end(session, waiting.id):
            let_in(session, staff, proof)
            then = where_to_go(staff.role)
        else:
            abort(redirect(url_for("accounts.sign_in"), 303))
    if not then:
        raise WrongError(wrong)
    return then


def _code_of(typed: str) -> Shown:
    return lambda session, waiting: authenticator.accept(session, waiting.staff_id, typed, at=now())


def _recovery_code_of(typed: str) -> Shown:
    return lambda session, waiting: recovery_codes.use(session, waiting.staff_id, typed, at=now())
