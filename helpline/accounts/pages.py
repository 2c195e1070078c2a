"""The start page, signing in and out, and switching person on a training instance."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from flask import (
    Blueprint,
    Request,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as browser
from flask_login import UserMixin, current_user
from werkzeug.wrappers import Response

from helpline.accounts import sign_in as signing_in
from helpline.accounts.forms import SignInForm
from helpline.accounts.models import Role, StaffMember
from helpline.clock import now
from helpline.database import db, transaction
from helpline.settings import Settings
from helpline.web.access import Audience, audience
from helpline.web.headers import exchange_address

blueprint = Blueprint("accounts", __name__)

_SIGN_IN = "sign_in"


@dataclass
class Person(UserMixin):  # type: ignore[misc, unused-ignore]
    """Who is signed in, as pages see them."""

    id: uuid.UUID
    display_name: str
    role: Role
    sign_in_id: uuid.UUID


def load_person(_: Request) -> Person | None:
    """Return whoever is signed in in this browser, if the sign-in still holds."""
    settings = _settings()
    try:
        sign_in_id = uuid.UUID(str(browser.get(_SIGN_IN, "")))
    except ValueError:
        return None
    at = now()
    found = signing_in.current(
        db.session(),
        sign_in_id,
        at=at,
        longest=timedelta(hours=settings.session_hours),
        idle=timedelta(minutes=settings.session_idle_minutes),
    )
    if found is None:
        return None
    staff = found.staff
    if signing_in.needs_touch(found, at=at):
        with transaction() as session:
            signing_in.touch(session, sign_in_id, at=at)
    return Person(staff.id, staff.display_name, staff.role, sign_in_id)


@blueprint.get("/")
@audience(Audience.public)
def start() -> Response | str:
    """Show the doors in training; elsewhere go to work."""
    if not _settings().training:
        return redirect(url_for("console.console"))
    people = db.session.scalars(
        sa.select(StaffMember).where(StaffMember.is_active).order_by(StaffMember.display_name)
    ).all()
    return render_template(
        "accounts/start.html",
        call_takers=[each for each in people if each.role is Role.call_taker],
        supervisors=[each for each in people if each.role is Role.supervisor],
        handsets=exchange_address(_settings(), request.host),
    )


@blueprint.route("/sign-in", methods=["GET", "POST"])
@audience(Audience.public)
def sign_in() -> Response | str | tuple[str, int]:
    """Sign in with e-mail address and password."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _sign_in_page(form, 422 if form.is_submitted() else 200)
    try:
        with transaction() as session:
            staff = signing_in.check(
                session, form.email.data or "", form.password.data or "", at=now()
            )
            if staff is not None:
                _remember(signing_in.begin(session, staff, at=now()).id)
    except signing_in.TooManyTriesError:
        form.password.errors = ["Too many wrong tries. Wait 15 minutes, then try again"]
        return _sign_in_page(form, 429)
    if staff is None:
        form.password.errors = ["The e-mail address or the password is wrong. Try again"]
        return _sign_in_page(form, 422)
    return redirect(_where_to_go())


@blueprint.post("/sign-out")
@audience(Audience.staff)
def sign_out() -> Response:
    """Sign this browser out."""
    with transaction() as session:
        signing_in.end(session, current_user.sign_in_id, at=now())
    browser.clear()
    return redirect(url_for("accounts.start"))


@blueprint.post("/training/be/<uuid:staff_id>")
@audience(Audience.training)
def be(staff_id: uuid.UUID) -> Response:
    """Become a made-up person, on a training instance only."""
    with transaction() as session:
        staff = session.get(StaffMember, staff_id)
        if staff is None or not staff.is_active:
            flash("That person is not here any more. Choose another one")
            return redirect(url_for("accounts.start"))
        _remember(signing_in.begin(session, staff, at=now()).id)
        page = "console.shift" if staff.role is Role.supervisor else "console.console"
    return redirect(url_for(page))


def _remember(sign_in_id: uuid.UUID) -> None:
    # A new session at each sign-in, so that an older cookie can't be planted on somebody.
    browser.clear()
    browser.permanent = True
    browser[_SIGN_IN] = str(sign_in_id)


def _where_to_go() -> str:
    wanted = request.args.get("next", "")
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if is_ours else url_for("console.console")


def _sign_in_page(form: SignInForm, status: int) -> tuple[str, int]:
    return render_template("accounts/sign_in.html", form=form), status


def _settings() -> Settings:
    found: Settings = current_app.extensions["helpline_settings"]
    return found
