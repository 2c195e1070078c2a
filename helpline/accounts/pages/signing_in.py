"""The start page, the password, signing out, and switching person on a training instance."""

import uuid

import sqlalchemy as sa
from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline.accounts import half_sign_in, second_factors, sign_in
from helpline.accounts.forms import SignInForm
from helpline.accounts.models import Proof, Role, StaffMember
from helpline.accounts.pages import known_browsers
from helpline.accounts.pages.edge import (
    TOO_MANY,
    WRONG,
    blueprint,
    forget_browser,
    landing,
    let_in,
    me,
    on_to,
    remember_half,
    settings,
    wait_words,
    where_to_go,
)
from helpline.accounts.throttle import TooManyTriesError
from helpline.clock import now
from helpline.database import db, transaction
from helpline.web.access import Audience, audience
from helpline.web.headers import exchange_address
from helpline.web.networks import network


@blueprint.get("/")
@audience(Audience.public)
def start() -> Response | str:
    """Show the doors in training; elsewhere go to work."""
    if not settings().training:
        return redirect(url_for("console.console"))
    people = db.session.scalars(
        sa.select(StaffMember).where(StaffMember.is_active).order_by(StaffMember.display_name)
    ).all()
    return render_template(
        "accounts/start.html",
        call_takers=[each for each in people if each.role is Role.call_taker],
        supervisors=[each for each in people if each.role is Role.supervisor],
        administrators=[each for each in people if each.role is Role.administrator],
        officers=[each for each in people if each.role is Role.data_protection_officer],
        liaison=[each for each in people if each.role is Role.partner_liaison],
        police=[each for each in people if each.role is Role.police_partner],
        handsets=exchange_address(settings(), request.host),
    )


@blueprint.route("/sign-in", methods=["GET", "POST"], endpoint="sign_in")
@audience(Audience.public)
def sign_in_page() -> Response | str | tuple[str, int]:
    """Sign in with e-mail address and password; the second step follows."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _page(form, WRONG if form.is_submitted() else 200)
    try:
        with transaction() as session:
            email, password = form.email.data or "", form.password.data or ""
            staff = sign_in.check(
                session,
                email,
                password,
                at=now(),
                network=network(),
                known_browser=known_browsers.mark_for(email),
            )
            then = _next_step(session, staff) if staff is not None else ""
    except TooManyTriesError as error:
        form.password.errors = [wait_words(error.until)]
        return _page(form, TOO_MANY)
    if not then:
        form.password.errors = ["The e-mail address or the password is wrong. Try again"]
        return _page(form, WRONG)
    return redirect(then, 303)


@blueprint.post("/sign-out")
@audience(Audience.signed_in)
def sign_out() -> Response:
    """Sign this browser out."""
    with transaction() as session:
        sign_in.end(session, me().sign_in_id, at=now())
    forget_browser()
    return redirect(url_for("accounts.start"), 303)


@blueprint.post("/training/be/<uuid:staff_id>")
@audience(Audience.training)
def be(staff_id: uuid.UUID) -> Response:
    """Become a made-up person, on a training instance only."""
    with transaction() as session:
        staff = session.get(StaffMember, staff_id)
        if staff is None or not staff.is_active:
            flash("That person is not here any more. Choose another one")
            return redirect(url_for("accounts.start"), 303)
        let_in(session, staff, Proof.password_only)
        is_supervisor = staff.role is Role.supervisor
        then = url_for("console.shift") if is_supervisor else landing(staff.role)
    return redirect(then, 303)


def _next_step(session: Session, staff: StaffMember) -> str:
    """Return where the right password leads."""
    has_factors = second_factors.of(session, staff.id).number > 0
    if settings().training and not has_factors:
        let_in(session, staff, Proof.password_only)
        return where_to_go(staff.role)
    remember_half(half_sign_in.begin(session, staff, at=now()).id)
    page = "accounts.second_step" if has_factors else "accounts.set_up"
    return on_to(page)


def _page(form: SignInForm, status: int) -> tuple[str, int]:
    return render_template("accounts/sign_in.html", form=form), status
