"""Pages of partner liaison and supervisors: all requests, one of them, and the second person."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline import audit
from helpline.accounts.models import Role
from helpline.clock import now
from helpline.database import transaction
from helpline.textsafe import approval, cases, incidents, listing, samaritans, wording
from helpline.textsafe.forms import (
    FindRequestForm,
    MisdirectedForm,
    RejectForm,
    SamaritansForm,
)
from helpline.textsafe.models import Course, Decision, HandOver
from helpline.textsafe.pages import edge
from helpline.textsafe.pages.edge import DECIDERS, READERS
from helpline.web.access import Audience, audience, person

blueprint = Blueprint("textsafe", __name__, url_prefix="/textsafe")


@blueprint.route("", methods=["GET", "POST"])
@audience(Audience.staff, *READERS)
def listed() -> tuple[str, int]:
    """List what waits for a second person and all requests, or find some."""
    form = FindRequestForm()
    with transaction() as session:
        found = None
        if form.validate_on_submit():
            found = listing.search(session, form.asked.data or "")
        audit.note(session, audit.Act.textsafe_listed, at=now(), who=person().id)
        shown = render_template(
            "textsafe/requests.html",
            form=form,
            found=found,
            page=listing.listed(session, after=request.args.get("after", type=uuid.UUID)),
            waiting=approval.waiting(session),
            hand_overs=samaritans.waiting(session),
            cases=cases.to_remind(session, most=200),
            why=approval.needed_because,
            say=wording,
            now=now(),
        )
    return shown, edge.status(form)


@blueprint.get("/<uuid:textsafe_id>")
@audience(Audience.staff, *READERS)
def one(textsafe_id: uuid.UUID) -> str:
    """Show one request."""
    with transaction() as session:
        return page(session, textsafe_id)


@blueprint.post("/<uuid:textsafe_id>/approve")
@audience(Audience.staff, *DECIDERS)
def approve(textsafe_id: uuid.UUID) -> Response:
    """Let a request be carried out, as its second person."""
    try:
        with transaction() as session:
            edge.request_for_me(session, textsafe_id)
            approval.approve(session, textsafe_id, by=person().id, at=now())
        flash("Approved. The text goes when its turn comes.")
    except approval.DecidedAlreadyError:
        flash("That was decided already, or is over.")
    except approval.SamePersonError:
        flash("Somebody else has to approve what you asked for.")
    return redirect(url_for("textsafe.one", textsafe_id=textsafe_id), 303)


@blueprint.post("/<uuid:textsafe_id>/reject")
@audience(Audience.staff, *DECIDERS)
def reject(textsafe_id: uuid.UUID) -> Response | tuple[str, int]:
    """Turn a request down."""
    form = RejectForm()
    try:
        with transaction() as session:
            if not form.validate():
                return page(session, textsafe_id, reject_form=form), edge.INVALID
            edge.request_for_me(session, textsafe_id)
            approval.reject(session, textsafe_id, form.because, by=person().id, at=now())
        flash("Rejected. The force reads the reason you chose.")
    except approval.DecidedAlreadyError:
        flash("That was decided already, or is over.")
    except approval.SamePersonError:
        flash("Somebody else has to decide what you asked for.")
    return redirect(url_for("textsafe.one", textsafe_id=textsafe_id), 303)


@blueprint.post("/<uuid:textsafe_id>/misdirected")
@audience(Audience.staff, *DECIDERS)
def misdirected(textsafe_id: uuid.UUID) -> Response | tuple[str, int]:
    """Note that the number is somebody else's."""
    form = MisdirectedForm()
    with transaction() as session:
        if form.validate():
            edge.request_for_me(session, textsafe_id)
            try:
                incidents.note(session, textsafe_id, form.noted(), by=person().id, at=now())
            except incidents.NothingDoneError as error:
                form.done.errors = [str(error)]
        if form.errors:
            return page(session, textsafe_id, misdirected_form=form), edge.INVALID
    flash("Noted. Nobody writes to this number again.")
    return redirect(url_for("textsafe.one", textsafe_id=textsafe_id), 303)


def page(
    session: Session,
    textsafe_id: uuid.UUID,
    *,
    reject_form: RejectForm | None = None,
    misdirected_form: MisdirectedForm | None = None,
    samaritans_form: SamaritansForm | None = None,
) -> str:
    """Render the page of one request, with whichever form was filled in."""
    shown = edge.request_for_me(session, textsafe_id)
    course = session.get(Course, textsafe_id, populate_existing=True)
    hand_over = session.get(HandOver, textsafe_id, populate_existing=True)
    consent = samaritans.consent_of(shown)
    people = [shown.officer_id, shown.decided_by]
    if hand_over is not None:
        people += [hand_over.proposed_by, hand_over.approved_by, hand_over.handed_over_by]
    return render_template(
        "textsafe/request.html",
        request_=shown,
        course=course,
        texts=listing.texts(session, textsafe_id),
        hand_over=hand_over,
        consent=consent,
        shut=samaritans.shut(session, shown, consent, at=now()),
        names=edge.names(session, *people),
        why=approval.needed_because(shown),
        waits=shown.decision is Decision.to_approve and shown.is_open,
        may_decide=person().role in DECIDERS,
        is_supervisor=person().role == Role.supervisor,
        reject_form=reject_form or RejectForm(formdata=None),
        misdirected_form=misdirected_form or MisdirectedForm(formdata=None),
        samaritans_form=samaritans_form or SamaritansForm(formdata=None),
        say=wording,
    )
