"""The pages of administrators about partners: organisations and the keys of their programs."""

import uuid
from collections.abc import Callable

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline.accounts import api_keys, officers, organisations, staff
from helpline.accounts.forms import (
    KINDS,
    SCOPES,
    InviteOfficerForm,
    KeyForm,
    OrganisationForm,
    ReplaceKeyForm,
)
from helpline.accounts.models import ApiKey, Organisation, OrganisationKind, Role
from helpline.accounts.pages.edge import WRONG, blueprint, me, settings
from helpline.clock import now
from helpline.database import transaction
from helpline.web.access import Audience, audience
from helpline.web.freshness import fresh

_MOST_DOMAIN_LETTERS = 2_000


@blueprint.route("/partners", methods=["GET", "POST"])
@audience(Audience.staff, Role.administrator)
def partners() -> Response | tuple[str, int]:
    """List partner organisations; add one."""
    form = OrganisationForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                added = organisations.add(
                    session,
                    form.name.data or "",
                    OrganisationKind(form.kind.data),
                    form.mail_domains.data or "",
                    by=me().id,
                    at=now(),
                )
            return redirect(url_for("accounts.partner", organisation_id=added.id), 303)
        except organisations.CannotKeepError as error:
            form.name.errors = [str(error)]
    with transaction() as session:
        shown = render_template(
            "accounts/partners.html",
            form=form,
            kinds=KINDS,
            organisations=organisations.everybody(session),
        )
    return shown, WRONG if form.is_submitted() else 200


@blueprint.get("/partners/<uuid:organisation_id>")
@audience(Audience.staff, Role.administrator)
def partner(organisation_id: uuid.UUID) -> str:
    """Show one partner and its keys."""
    return _page(organisation_id, KeyForm(formdata=None))


@blueprint.post("/partners/<uuid:organisation_id>/keys")
@audience(Audience.staff, Role.administrator)
@fresh
def make_key(organisation_id: uuid.UUID) -> tuple[str, int]:
    """Make a key, and show it this once."""
    form = KeyForm()
    if not form.validate():
        return _page(organisation_id, form), WRONG
    wanted = api_keys.Wanted(tuple(form.scopes.data or ()), form.days.data or 0, form.form_key.key)
    return _show_once(
        organisation_id,
        lambda session: api_keys.make(session, organisation_id, wanted, by=me().id, at=now()),
    )


@blueprint.post("/partners/<uuid:organisation_id>/keys/<uuid:key_id>/replace")
@audience(Audience.staff, Role.administrator)
@fresh
def replace_key(organisation_id: uuid.UUID, key_id: uuid.UUID) -> tuple[str, int]:
    """Make a key in place of another, and show it this once."""
    form = ReplaceKeyForm()
    if not form.validate():
        flash("Write for how many days the old key goes on")
        return _page(organisation_id, KeyForm(formdata=None)), WRONG

    def replace(session: Session) -> str:
        _key_of(session, organisation_id, key_id)
        days = form.overlap_days.data or 0
        return api_keys.replace(session, key_id, days, by=me().id, at=now())

    return _show_once(organisation_id, replace)


@blueprint.post("/partners/<uuid:organisation_id>/keys/<uuid:key_id>/revoke")
@audience(Audience.staff, Role.administrator)
def revoke_key(organisation_id: uuid.UUID, key_id: uuid.UUID) -> Response:
    """Let a key open nothing from now on."""
    with transaction() as session:
        _key_of(session, organisation_id, key_id)
        api_keys.revoke(session, key_id, by=me().id, at=now())
    flash("The key opens nothing any more")
    return redirect(url_for("accounts.partner", organisation_id=organisation_id), 303)


@blueprint.post("/partners/<uuid:organisation_id>/officers")
@audience(Audience.staff, Role.administrator)
@fresh
def invite_officer(organisation_id: uuid.UUID) -> tuple[str, int]:
    """Invite an officer of a force, and show the link this once."""
    form = InviteOfficerForm()
    if not form.validate():
        return _page(organisation_id, KeyForm(formdata=None), form), WRONG
    invited = officers.Invited(
        form.email.data or "", form.display_name.data or "", form.form_key.key
    )
    try:
        with transaction() as session:
            force = _organisation(session, organisation_id)
            secret = officers.invite(session, force, invited, by=me().id, at=now())
    except staff.CannotAddError as error:
        form.email.errors = [str(error)]
        return _page(organisation_id, KeyForm(formdata=None), form), WRONG
    link = f"{settings().public_base_url}{url_for('accounts.join')}#{secret}"
    shown = render_template(
        "accounts/officer_invited.html", organisation=force, invited=invited, link=link
    )
    return shown, 200


@blueprint.post("/partners/<uuid:organisation_id>/domains")
@audience(Audience.staff, Role.administrator)
@fresh
def change_domains(organisation_id: uuid.UUID) -> Response:
    """Keep the mail domains by which a partner's people are known."""
    try:
        with transaction() as session:
            _organisation(session, organisation_id)
            written = request.form.get("mail_domains", "")[:_MOST_DOMAIN_LETTERS]
            organisations.change_domains(session, organisation_id, written, by=me().id, at=now())
        flash("The mail domains are kept")
    except organisations.CannotKeepError as error:
        flash(str(error))
    return redirect(url_for("accounts.partner", organisation_id=organisation_id), 303)


@blueprint.post("/partners/<uuid:organisation_id>/<any(stop, resume):what>")
@audience(Audience.staff, Role.administrator)
@fresh
def set_partner_active(organisation_id: uuid.UUID, what: str) -> Response:
    """Stop or resume working with a partner."""
    with transaction() as session:
        _organisation(session, organisation_id)
        organisations.set_active(
            session, organisation_id, active=what == "resume", by=me().id, at=now()
        )
    flash("None of its keys opens anything now" if what == "stop" else "Its keys open again")
    return redirect(url_for("accounts.partner", organisation_id=organisation_id), 303)


def _show_once(organisation_id: uuid.UUID, make: Callable[[Session], str]) -> tuple[str, int]:
    try:
        with transaction() as session:
            organisation = _organisation(session, organisation_id)
            words = make(session)
    except api_keys.CannotMakeError as error:
        flash(str(error))
        return _page(organisation_id, KeyForm(formdata=None)), WRONG
    return render_template("accounts/key.html", organisation=organisation, words=words), 200


def _page(
    organisation_id: uuid.UUID, form: KeyForm, officer_form: InviteOfficerForm | None = None
) -> str:
    with transaction() as session:
        organisation = _organisation(session, organisation_id)
        keys = [
            (each, api_keys.opens(each, organisation, at=now()))
            for each in api_keys.of(session, organisation_id)
        ]
        return render_template(
            "accounts/partner.html",
            organisation=organisation,
            keys=keys,
            form=form,
            officer_form=officer_form or InviteOfficerForm(formdata=None),
            officers=officers.of(session, organisation_id),
            officers_invited=officers.invited_of(session, organisation_id, at=now()),
            is_police=organisation.kind is OrganisationKind.police,
            replace_form=ReplaceKeyForm(formdata=None),
            kinds=KINDS,
            scopes=SCOPES,
        )


def _organisation(session: Session, organisation_id: uuid.UUID) -> Organisation:
    found = session.get(Organisation, organisation_id)
    if found is None:
        abort(404)
    return found


def _key_of(session: Session, organisation_id: uuid.UUID, key_id: uuid.UUID) -> None:
    found = session.get(ApiKey, key_id)
    if found is None or found.organisation_id != organisation_id:
        abort(404)
