"""Pages of the data-protection officer: requests, holds, and how long what is kept."""

import uuid
from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from flask import Blueprint, abort, flash, make_response, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline import audit
from helpline.accounts.models import Role
from helpline.clock import in_london, now
from helpline.contacts.models import Caller, Contact
from helpline.database import transaction
from helpline.retention import answers, erasure, forms, holds, requests
from helpline.retention.models import (
    AskedBy,
    ForgottenRows,
    LegalHold,
    Refusal,
    RequestState,
    RightsKind,
    RightsRequest,
    Verified,
)
from helpline.retention.periods import periods
from helpline.web.access import Audience, audience, person
from helpline.web.freshness import fresh

blueprint = Blueprint("rights", __name__)

OFFICER = Role.data_protection_officer
_INVALID = 422


@blueprint.app_template_filter("day")
def day(on: date) -> str:
    """Write `12 November 2026`."""
    return f"{on.day} {on:%B %Y}"


# --- requests --------------------------------------------------------------------------------


@blueprint.get("/rights")
@audience(Audience.staff, OFFICER)
def listed() -> str:
    """List the requests, the most urgent first."""
    with transaction() as session:
        return render_template(
            "record/rights.html",
            requests=requests.listed(session),
            today=in_london(now()).date(),
            forms=forms,
        )


@blueprint.route("/rights/new", methods=["GET", "POST"])
@audience(Audience.staff, OFFICER)
def new_request() -> Response | tuple[str, int]:
    """Log that somebody asks for their data, or to be erased."""
    form = forms.RequestForm()
    if form.validate_on_submit():
        # The refusal is caught inside, so that the search stays on record.
        with transaction() as session:
            try:
                logged = requests.log_request(session, _asked(form), by=person().id, at=now())
                return redirect(url_for("rights.shown", request_id=logged.id), 303)
            except requests.RequestRefusedError as error:
                form.reference.errors = [str(error)]
    page = render_template("record/new_request.html", form=form)
    return page, _INVALID if form.is_submitted() else 200


@blueprint.get("/rights/<uuid:request_id>")
@audience(Audience.staff, OFFICER)
@fresh
def shown(request_id: uuid.UUID) -> str:
    """Show one request, and what answering it would do."""
    with transaction() as session:
        request = _locked(session, request_id)
        audit.note(session, audit.Act.request_seen, at=now(), who=person().id, about=request_id)
        return _request_page(session, request, forms.EraseForm())


@blueprint.post("/rights/<uuid:request_id>/verify")
@audience(Audience.staff, OFFICER)
def verify(request_id: uuid.UUID) -> Response:
    """Note how we came to know that it is them."""
    form = forms.VerifyForm()
    with transaction() as session:
        if form.validate():
            request = _locked(session, request_id)
            requests.verify(
                session, request, Verified(form.verified.data), by=person().id, at=now()
            )
        else:
            flash("Choose how we know that it is them")
    return _back_to(request_id)


@blueprint.post("/rights/<uuid:request_id>/erase")
@audience(Audience.staff, OFFICER)
@fresh
def erase(request_id: uuid.UUID) -> Response | tuple[str, int]:
    """Erase the person for good, once the reference was written again."""
    form = forms.EraseForm()
    is_valid = form.validate()
    try:
        with transaction() as session:
            request = _locked(session, request_id)
            written = requests.plain_reference(form.reference.data or "")
            if is_valid and requests.mark(written) != request.mark:
                form.reference.errors = ["This isn't the reference of the request"]
                is_valid = False
            if not is_valid:
                return _request_page(session, request, form), _INVALID
            answers.erase(session, request, person().id, at=now())
    except (requests.RequestRefusedError, erasure.ErasureRefusedError) as error:
        flash(str(error))
    return _back_to(request_id)


@blueprint.post("/rights/<uuid:request_id>/pack")
@audience(Audience.staff, OFFICER)
@fresh
def pack(request_id: uuid.UUID) -> Response:
    """Hand out what we hold about the person, as a file."""
    try:
        with transaction() as session:
            request = _locked(session, request_id)
            stored = answers.give(session, request, person().id, at=now()).as_zip()
    except requests.RequestRefusedError as error:
        flash(str(error))
        return _back_to(request_id)
    answer = make_response(stored)
    answer.mimetype = "application/zip"
    # No reference: the name of a file stays in a list of downloads.
    answer.headers["Content-Disposition"] = 'attachment; filename="what-we-hold.zip"'
    return answer


@blueprint.post("/rights/<uuid:request_id>/handed-over")
@audience(Audience.staff, OFFICER)
def handed_over(request_id: uuid.UUID) -> Response:
    """Note that the person has got it."""
    try:
        with transaction() as session:
            answers.handed_over(session, _locked(session, request_id), person().id, at=now())
    except requests.RequestRefusedError as error:
        flash(str(error))
    return _back_to(request_id)


@blueprint.post("/rights/<uuid:request_id>/refuse")
@audience(Audience.staff, OFFICER)
def refuse(request_id: uuid.UUID) -> Response:
    """Refuse a request, with the reason."""
    form = forms.RefuseForm()
    with transaction() as session:
        if form.validate():
            request, refusal = _locked(session, request_id), Refusal(form.refusal.data)
            requests.refuse(session, request, refusal, person().id, at=now())
        else:
            flash("Choose why it is refused")
    return _back_to(request_id)


# --- holds and periods -----------------------------------------------------------------------


@blueprint.route("/rights/holds", methods=["GET", "POST"])
@audience(Audience.staff, OFFICER)
def legal_holds() -> Response | tuple[str, int]:
    """List the legal holds, and place one."""
    form = forms.HoldForm()
    with transaction() as session:
        if form.validate_on_submit() and _place(session, form):
            return redirect(url_for("rights.legal_holds"), 303)
        page = render_template(
            "record/holds.html", form=form, holds=holds.all_in_force(session, at=now())
        )
    return page, _INVALID if form.is_submitted() else 200


@blueprint.post("/rights/holds/<uuid:hold_id>/lift")
@audience(Audience.staff, OFFICER)
def lift(hold_id: uuid.UUID) -> Response:
    """Lift a hold."""
    with transaction() as session:
        hold = session.get(LegalHold, hold_id)
        if hold is not None and forms.ButtonForm().validate():
            holds.lift(session, hold, by=person().id, at=now())
    return redirect(url_for("rights.legal_holds"), 303)


@blueprint.get("/rights/periods")
@audience(Audience.staff, OFFICER)
def kept_for() -> str:
    """Show how long what is kept, and what was forgotten last."""
    with transaction() as session:
        last = session.scalars(
            sa.select(ForgottenRows).order_by(ForgottenRows.id.desc()).limit(30)
        ).all()
        return render_template("record/periods.html", periods=periods().values(), last=last)


# --- what they share -------------------------------------------------------------------------


def _asked(form: forms.RequestForm) -> requests.Asked:
    return requests.Asked(
        RightsKind(form.kind.data),
        AskedBy(form.asked_by.data),
        Verified(form.verified.data),
        form.reference.data or "",
        form.form_key.key,
    )


def _locked(session: Session, request_id: uuid.UUID) -> RightsRequest:
    found = requests.locked(session, request_id)
    if found is None:
        abort(404)
    return found


def _request_page(session: Session, request: RightsRequest, form: forms.EraseForm) -> str:
    is_open = request.state is RequestState.open
    caller = session.get(Caller, request.caller_id) if request.caller_id and is_open else None
    plan = None
    if caller is not None:
        audit.note(session, audit.Act.caller_seen, at=now(), who=person().id, about=caller.id)
        plan = erasure.plan(session, caller, at=now())
    return render_template(
        "record/request.html",
        request_=request,
        caller=caller,
        plan=plan,
        contacts=_contacts(session, caller),
        form=form,
        verify_form=forms.VerifyForm(formdata=None),
        refuse_form=forms.RefuseForm(formdata=None),
        forms=forms,
        may_be_answered=request.asked_by in requests.ANSWERED,
        the_refusal=requests.THE_REFUSAL,
    )


def _contacts(session: Session, caller: Caller | None) -> Sequence[Contact]:
    if caller is None:
        return ()
    found = sa.select(Contact).where(Contact.caller_id == caller.id)
    return session.scalars(found.order_by(Contact.opened_at)).all()


def _place(session: Session, form: forms.HoldForm) -> bool:
    caller = requests.find_caller(session, form.reference.data or "", by=person().id, at=now())
    if caller is None:
        form.reference.errors = ["Nobody has this reference"]
        return False
    wanted = holds.Wanted(form.why.data or "", form.until.data, form.form_key.key)
    try:
        holds.place(session, caller, wanted, by=person().id, at=now())
    except holds.HoldRefusedError as error:
        form.until.errors = [str(error)]
        return False
    return True


def _back_to(request_id: uuid.UUID) -> Response:
    return redirect(url_for("rights.shown", request_id=request_id), 303)
