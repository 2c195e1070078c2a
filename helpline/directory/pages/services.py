"""Pages of the services to point people to: found by all staff, kept and verified by a few."""

import uuid

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline.clock import now
from helpline.database import one_at_a_time, transaction
from helpline.directory import entries, searching, services, upkeep, wording
from helpline.directory.forms import CheckForm, FindServiceForm
from helpline.directory.models import Confidence, Service
from helpline.directory.pages import edge
from helpline.directory.pages.edge import KEEPERS, READERS
from helpline.directory.pages.service_forms import ServiceForm
from helpline.directory.services import Shown
from helpline.web.access import Audience, audience, person

MOST_LISTED = 40

blueprint = Blueprint("services", __name__, url_prefix="/directory/services")


@blueprint.route("", methods=["GET", "POST"])
@audience(Audience.staff, *READERS)
def listed() -> tuple[str, int]:
    """List services, or find some. Posted, so that no need stands in an address or a log."""
    return _found("directory/services.html")


@blueprint.post("/found")
@audience(Audience.staff, *READERS)
def found() -> tuple[str, int]:
    """Find services while somebody types: the list alone."""
    page, _ = _found("directory/_found.html")
    return page, 200


def _found(template: str) -> tuple[str, int]:
    form = FindServiceForm()
    is_keeper = person().role in KEEPERS
    with transaction() as session:
        form.validate_on_submit()
        wish = form.wish(also_stopped=is_keeper)
        page = render_template(
            template,
            form=form,
            found=searching.find(session, wish, at=now(), most=MOST_LISTED),
            is_keeper=is_keeper,
            standing=services.standing,
            to_do=edge.to_do(session, person().role, now()),
            to_verify=upkeep.to_verify(session, at=now()) if is_keeper else (),
            say=wording,
            now=now(),
            codes=entries,
        )
    return page, edge.status(form)


@blueprint.get("/<uuid:service_id>")
@audience(Audience.staff, *READERS)
def one(service_id: uuid.UUID) -> str:
    """Show a service as it is said now, or as it was said in an earlier version."""
    with transaction() as session:
        shown = _shown(session, service_id, request.args.get("version", type=_version))
        kept = services.versions(session, service_id)
        who = {each.by for each in kept} | {shown.service.verified_by}
        return render_template(
            "directory/service.html",
            shown=shown,
            entry=shown.entry,
            standing=services.standing(shown.service, shown.entry, at=now()),
            may_be_texted=services.may_be_texted(shown.service, shown.entry, at=now()),
            versions=kept,
            names=edge.names(session, who),
            is_keeper=person().role in KEEPERS,
            codes=entries,
            say=wording,
            now=now(),
        )


@blueprint.route("/new", methods=["GET", "POST"])
@audience(Audience.staff, *KEEPERS)
def new() -> Response | tuple[str, int]:
    """Add a service."""
    form = ServiceForm()
    if not form.is_submitted():
        form.nations.data = [each.value for each in wording.NATIONS]
        form.languages.data = ["en"]
    entry = form.entry() if form.validate_on_submit() else None
    if entry is not None:
        key = f"own-{form.form_key.key}"
        unsure = entry.model_copy(update={"confidence": Confidence.low})
        with transaction() as session:
            one_at_a_time(session, key)
            known = session.scalar(sa.select(Service).where(Service.key == key))
            added = known or services.add(session, key, unsure, by=person().id, at=now())
        return redirect(url_for("services.one", service_id=added.id), 303)
    return render_template("directory/service_form.html", form=form, shown=None), edge.status(form)


@blueprint.route("/<uuid:service_id>/change", methods=["GET", "POST"])
@audience(Audience.staff, *KEEPERS)
def change(service_id: uuid.UUID) -> Response | tuple[str, int]:
    """Write a new version of a service."""
    form = ServiceForm()
    with transaction() as session:
        service = _locked(session, service_id)
        shown = services.shown(session, service_id)
        if not form.is_submitted():
            form.fill_from(shown.entry)
        entry = form.entry(shown.entry) if form.validate_on_submit() else None
        if entry is not None:
            services.change(session, service, entry, by=person().id, at=now())
            return redirect(url_for("services.one", service_id=service_id), 303)
        page = render_template("directory/service_form.html", form=form, shown=shown)
    return page, edge.status(form)


@blueprint.route("/<uuid:service_id>/verify", methods=["GET", "POST"])
@audience(Audience.staff, *KEEPERS)
def verify(service_id: uuid.UUID) -> Response | tuple[str, int]:
    """Note that a person made sure that an entry is right."""
    form = CheckForm()
    with transaction() as session:
        service = _locked(session, service_id)
        shown = services.shown(session, service_id)
        if not form.is_submitted():
            form.next_check.data = wording.in_days(now(), services.check_holds(shown.entry))
        elif form.validate():
            try:
                how = form.how.data or ""
                services.verify(session, service, how, form.until(), by=person().id, at=now())
                flash("It is noted that you verified this")
                return redirect(url_for("services.one", service_id=service_id), 303)
            except services.CannotVerifyError as error:
                form.next_check.errors = [str(error)]
        page = render_template(
            "directory/verify.html", form=form, shown=shown, entry=shown.entry, say=wording
        )
    return page, edge.status(form)


@blueprint.post("/<uuid:service_id>/<any(stop, resume):what>")
@audience(Audience.staff, *KEEPERS)
def set_active(service_id: uuid.UUID, what: str) -> Response:
    """Stop or resume showing a service to those who look for one."""
    with transaction() as session:
        service = _locked(session, service_id)
        services.set_active(session, service, active=what == "resume", by=person().id, at=now())
    flash("Nobody is shown it any more" if what == "stop" else "It is shown again")
    return redirect(url_for("services.one", service_id=service_id), 303)


def _version(written: str) -> int:
    return max(1, min(int(written), 2**31 - 1))


def _shown(session: Session, service_id: uuid.UUID, number: int | None) -> Shown:
    try:
        return services.shown(session, service_id, number)
    except sa.exc.NoResultFound:
        abort(404)


def _locked(session: Session, service_id: uuid.UUID) -> Service:
    found = session.get(Service, service_id, with_for_update=True)
    if found is None:
        abort(404)
    return found
