"""Pages of the partners for calls: found by all staff, kept by a few, numbers hidden."""

import uuid

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline.clock import now
from helpline.database import transaction
from helpline.directory import faults, ladder, numbers, partners, wording
from helpline.directory.forms import (
    CheckForm,
    FaultForm,
    FindPartnerForm,
    NumberForm,
    PartnerForm,
)
from helpline.directory.models import Partner, PartnerFault, PartnerNumber
from helpline.directory.pages import edge
from helpline.directory.pages.edge import KEEPERS, READERS
from helpline.web.access import Audience, audience, person
from helpline.web.freshness import fresh

blueprint = Blueprint("directory", __name__, url_prefix="/directory")


@blueprint.route("/partners", methods=["GET", "POST"])
@audience(Audience.staff, *READERS)
def listed() -> tuple[str, int]:
    """List partners or find some; for those who keep them, what is to be done."""
    form = FindPartnerForm()
    is_keeper = person().role in KEEPERS
    with transaction() as session:
        found = None
        if form.validate_on_submit():
            found = partners.search(session, form.asked.data or "", only_active=not is_keeper)
        page = render_template(
            "directory/partners.html",
            form=form,
            found=found,
            partners=partners.everybody(session, only_active=not is_keeper),
            is_keeper=is_keeper,
            to_do=edge.to_do(session, person().role, now()),
            to_mend=faults.to_mend(session) if is_keeper else (),
            to_check=numbers.to_check(session, at=now()) if is_keeper else (),
            say=wording,
            now=now(),
        )
    return page, edge.status(form)


@blueprint.route("/partners/new", methods=["GET", "POST"])
@audience(Audience.staff, *KEEPERS)
def new_partner() -> Response | tuple[str, int]:
    """Add a partner."""
    form = PartnerForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                added = partners.add(session, form.about(), by=person().id, at=now())
            return redirect(url_for("directory.partner", partner_id=added.id), 303)
        except partners.CannotKeepError as error:
            form.name.errors = [str(error)]
    return render_template("directory/partner_form.html", form=form, partner=None), edge.status(
        form
    )


@blueprint.get("/partners/<uuid:partner_id>")
@audience(Audience.staff, *READERS)
def partner(partner_id: uuid.UUID) -> str:
    """Show one partner: who is rung now, and all its numbers by name."""
    with transaction() as session:
        found = _partner(session, partner_id)
        listed_numbers = numbers.in_use(session, partner_id)
        to_mend = faults.to_mend(session, partner_id)
        named = {each.checked_by for each in listed_numbers} | {each.staff_id for each in to_mend}
        return render_template(
            "directory/partner.html",
            partner=found,
            rungs=ladder.ladder(session, partner_id, at=now()),
            nobody_at=ladder.hours_of_nobody(session, found, at=now()),
            numbers=listed_numbers,
            to_mend=to_mend,
            names=edge.names(session, named),
            is_keeper=person().role in KEEPERS,
            say=wording,
            now=now(),
        )


@blueprint.route("/partners/<uuid:partner_id>/change", methods=["GET", "POST"])
@audience(Audience.staff, *KEEPERS)
def change_partner(partner_id: uuid.UUID) -> Response | tuple[str, int]:
    """Change what is known of a partner."""
    form = PartnerForm()
    with transaction() as session:
        found = _partner(session, partner_id)
        if not form.is_submitted():
            form.fill_from(found)
        elif form.validate():
            try:
                partners.change(session, found, form.about(), by=person().id, at=now())
                return redirect(url_for("directory.partner", partner_id=partner_id), 303)
            except partners.CannotKeepError as error:
                form.name.errors = [str(error)]
        page = render_template("directory/partner_form.html", form=form, partner=found)
    return page, edge.status(form)


@blueprint.post("/partners/<uuid:partner_id>/<any(stop, resume):what>")
@audience(Audience.staff, *KEEPERS)
def set_partner_active(partner_id: uuid.UUID, what: str) -> Response:
    """Stop or resume offering a partner on calls."""
    with transaction() as session:
        found = _partner(session, partner_id)
        partners.set_active(session, found, active=what == "resume", by=person().id, at=now())
    flash("It is no longer offered on calls" if what == "stop" else "It is offered on calls again")
    return redirect(url_for("directory.partner", partner_id=partner_id), 303)


@blueprint.route("/partners/<uuid:partner_id>/numbers/new", methods=["GET", "POST"])
@audience(Audience.staff, *KEEPERS)
@fresh
def new_number(partner_id: uuid.UUID) -> Response | tuple[str, int]:
    """Add a number, which is rung only once it is checked."""
    form = NumberForm()
    with transaction() as session:
        found = _partner(session, partner_id)
        given = form.phone_number() if form.validate_on_submit() else None
        if given is not None:
            try:
                added = numbers.add(
                    session,
                    found,
                    given,
                    form.about(),
                    form.form_key.key,
                    by=person().id,
                    at=now(),
                )
                return redirect(url_for("directory.check", number_id=added.id), 303)
            except numbers.CannotKeepError as error:
                form.name.errors = [str(error)]
        page = render_template("directory/number_form.html", form=form, partner=found, number=None)
    return page, edge.status(form)


@blueprint.route("/numbers/<uuid:number_id>/change", methods=["GET", "POST"])
@audience(Audience.staff, *KEEPERS)
@fresh
def change_number(number_id: uuid.UUID) -> Response | tuple[str, int]:
    """Change when and as whom a number is rung, or the number itself."""
    form = NumberForm(has_number=True)
    with transaction() as session:
        found = _number(session, number_id)
        if not form.is_submitted():
            form.fill_from(found)
        elif form.validate():
            try:
                given = form.phone_number()
                numbers.change(session, found, form.about(), given, by=person().id, at=now())
                if found.checked_on is None:
                    return redirect(url_for("directory.check", number_id=number_id), 303)
                return redirect(url_for("directory.partner", partner_id=found.partner_id), 303)
            except numbers.CannotKeepError as error:
                form.name.errors = [str(error)]
        page = render_template(
            "directory/number_form.html", form=form, partner=found.partner, number=found
        )
    return page, edge.status(form)


@blueprint.route("/numbers/<uuid:number_id>/check", methods=["GET", "POST"])
@audience(Audience.staff, *KEEPERS)
@fresh
def check(number_id: uuid.UUID) -> Response | tuple[str, int]:
    """Show a number to whoever makes sure who answers it, and note that they did."""
    form = CheckForm()
    with transaction() as session:
        found = _number(session, number_id)
        if not form.is_submitted():
            form.next_check.data = wording.in_days(now(), numbers.CHECK_HOLDS)
        elif form.validate():
            try:
                how = form.how.data or ""
                numbers.check(session, found, how, form.until(), by=person().id, at=now())
                flash("The check is noted. The number is rung from now on")
                return redirect(url_for("directory.partner", partner_id=found.partner_id), 303)
            except numbers.CannotKeepError as error:
                form.next_check.errors = [str(error)]
        page = render_template(
            "directory/check.html",
            form=form,
            number=found,
            phone=numbers.show(session, found, to=person().id, at=now()).e164,
            say=wording,
            now=now(),
        )
    return page, edge.status(form)


@blueprint.post("/numbers/<uuid:number_id>/retire")
@audience(Audience.staff, *KEEPERS)
def retire_number(number_id: uuid.UUID) -> Response:
    """Ring a number never again."""
    with transaction() as session:
        found = _number(session, number_id)
        numbers.retire(session, found, by=person().id, at=now())
        partner_id = found.partner_id
    flash("The number is not rung any more")
    return redirect(url_for("directory.partner", partner_id=partner_id), 303)


@blueprint.route("/partners/<uuid:partner_id>/faults/new", methods=["GET", "POST"])
@audience(Audience.staff, *READERS)
def report_fault(partner_id: uuid.UUID) -> Response | tuple[str, int]:
    """Say that something is wrong with a partner's entry."""
    form = FaultForm()
    with transaction() as session:
        found = _partner(session, partner_id)
        offered = {str(each.id): each for each in numbers.in_use(session, partner_id)}
        form.offer(list(offered.values()))
        if form.validate_on_submit():
            try:
                faults.report_fault(
                    session,
                    found,
                    form.fault_kind(),
                    form.words.data or "",
                    form.form_key.key,
                    number=offered.get(form.number_id.data or ""),
                    by=person().id,
                    at=now(),
                )
                flash("Thank you. Those who keep the directory see it now")
                return redirect(url_for("directory.partner", partner_id=partner_id), 303)
            except faults.CannotReportError as error:
                form.words.errors = [str(error)]
        page = render_template("directory/fault.html", form=form, partner=found)
    return page, edge.status(form)


@blueprint.post("/faults/<uuid:fault_id>/mended")
@audience(Audience.staff, *KEEPERS)
def mend_fault(fault_id: uuid.UUID) -> Response:
    """Note that a fault is dealt with."""
    with transaction() as session:
        fault = session.get(PartnerFault, fault_id)
        if fault is None:
            abort(404)
        faults.mend(session, fault, by=person().id, at=now())
    flash("The fault is dealt with")
    return redirect(url_for("directory.listed"), 303)


def _partner(session: Session, partner_id: uuid.UUID) -> Partner:
    found = session.get(Partner, partner_id)
    if found is None:
        abort(404)
    return found


def _number(session: Session, number_id: uuid.UUID) -> PartnerNumber:
    """Lock a number that is in use; 404 for any other."""
    found = session.get(PartnerNumber, number_id, with_for_update=True)
    if found is None or found.retired_at is not None:
        abort(404)
    return found
