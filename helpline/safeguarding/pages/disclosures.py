"""Breaking a confidence: raised, decided by a second person, told, corrected, reviewed, printed."""

import uuid
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline import audit
from helpline.clock import in_london, now
from helpline.confidentiality import disclosures, wording
from helpline.confidentiality.disclosures import Actor, DisclosureRefusedError
from helpline.confidentiality.models import Disclosure, Step
from helpline.contacts.models import Caller
from helpline.database import transaction
from helpline.safeguarding import sight
from helpline.safeguarding.forms import DecideForm, DisclosureForm, LineForm, ToldForm
from helpline.safeguarding.pages.entrance import GUARDIANS, LOG_READERS, TALKERS, status_of
from helpline.safeguarding.pages.entrance import contact as visible_contact
from helpline.safeguarding.pages.entrance import disclosure as visible
from helpline.web.access import Audience, audience, person
from helpline.web.forms import HelplineForm

blueprint = Blueprint("disclosures", __name__)

# Three forms on one page: each has names of its own.
_DECIDE, _TOLD, _LINE = "decide-", "told-", "line-"
_RAISERS = tuple(dict.fromkeys((*TALKERS, *GUARDIANS)))
_READERS = tuple(dict.fromkeys((*TALKERS, *LOG_READERS)))


@blueprint.route("/console/contacts/<uuid:contact_id>/disclosures/new", methods=["GET", "POST"])
@audience(Audience.staff, *_RAISERS)
def new(contact_id: uuid.UUID) -> Response | tuple[str, int]:
    """Raise that something must be told without the person's agreement."""
    form = DisclosureForm()
    with transaction() as session:
        contact = visible_contact(session, contact_id)
        if not form.is_submitted():
            form.suit()
        elif form.validate():
            try:
                raised = disclosures.raise_(
                    session,
                    contact.caller_id,
                    form.proposal(contact),
                    by=person().id,
                    at=now(),
                )
                return redirect(url_for("disclosures.one", disclosure_id=raised.id), 303)
            except DisclosureRefusedError as error:
                form.why_not_told.errors = [str(error)]
        page = render_template("safeguarding/disclose.html", form=form, contact=contact)
    return page, status_of(form)


@blueprint.get("/disclosures")
@audience(Audience.staff, *LOG_READERS)
def listed() -> str:
    """List the disclosures, newest first."""
    with transaction() as session:
        found = disclosures.listed(session)
        audit.note(session, audit.Act.disclosures_listed, at=now(), who=person().id)
        return render_template(
            "safeguarding/disclosures.html",
            disclosures=found,
            references=_references(session, {each.caller_id for each in found}),
            names=sight.names(session, {each.raised_by for each in found}),
            is_late=lambda each: disclosures.is_late(each, now()),
            today=in_london(now()).date(),
            say=wording,
        )


@blueprint.get("/disclosures/<uuid:disclosure_id>")
@audience(Audience.staff, *_READERS)
def one(disclosure_id: uuid.UUID) -> tuple[str, int]:
    """Show one disclosure, and what may be done next."""
    return _page(disclosure_id)


@blueprint.get("/disclosures/<uuid:disclosure_id>/pack")
@audience(Audience.staff, *_READERS)
def pack(disclosure_id: uuid.UUID) -> str:
    """Show each fact that was told, to print."""
    with transaction() as session:
        return render_template("safeguarding/pack.html", **_shown(session, disclosure_id))


@blueprint.post("/disclosures/<uuid:disclosure_id>/decide")
@audience(Audience.staff, *GUARDIANS)
def decide(disclosure_id: uuid.UUID) -> Response | tuple[str, int]:
    """Decide as the second person."""
    form = DecideForm(prefix=_DECIDE)
    return _do(
        disclosure_id,
        form,
        lambda session: disclosures.decide(
            session,
            disclosure_id,
            Actor(person().id, person().role),
            agrees=form.agrees.data == "yes",
            words=form.words.data or "",
            form_key=form.form_key.key,
            at=now(),
        ),
        decide_form=form,
    )


@blueprint.post("/disclosures/<uuid:disclosure_id>/told")
@audience(Audience.staff, *_RAISERS)
def told(disclosure_id: uuid.UUID) -> Response | tuple[str, int]:
    """Enter that it was told."""
    form = ToldForm(prefix=_TOLD)
    return _do(
        disclosure_id,
        form,
        lambda session: disclosures.make(
            session,
            disclosure_id,
            by=person().id,
            told_at=form.told,
            incident_number=form.incident_number.data or "",
            words=form.words.data or "",
            form_key=form.form_key.key,
            at=now(),
        ),
        told_form=form,
    )


@blueprint.post("/disclosures/<uuid:disclosure_id>/line")
@audience(Audience.staff, *_RAISERS)
def line(disclosure_id: uuid.UUID) -> Response | tuple[str, int]:
    """Add a correction or a review."""
    form = LineForm(prefix=_LINE)
    return _do(
        disclosure_id,
        form,
        lambda session: disclosures.add_line(
            session,
            disclosure_id,
            Step(form.step.data),
            by=person().id,
            words=form.words.data or "",
            next_review_on=form.next_review_on.data,
            form_key=form.form_key.key,
            at=now(),
        ),
        line_form=form,
    )


def _do(
    disclosure_id: uuid.UUID,
    form: HelplineForm,
    rule: Callable[[Session], object],
    **as_sent: HelplineForm,
) -> Response | tuple[str, int]:
    """Do what a form asks and show the disclosure; or show it with what is wrong in the form."""
    if form.validate():
        try:
            with transaction() as session:
                visible(session, disclosure_id)
                rule(session)
            return redirect(url_for("disclosures.one", disclosure_id=disclosure_id), 303)
        except DisclosureRefusedError as error:
            flash(f"{error}.")
    return _page(disclosure_id, **as_sent)


def _page(disclosure_id: uuid.UUID, **as_sent: HelplineForm) -> tuple[str, int]:
    with transaction() as session:
        context = _shown(session, disclosure_id)
    disclosure: Disclosure = context["disclosure"]
    forms: dict[str, HelplineForm] = {
        "decide_form": DecideForm(formdata=None, prefix=_DECIDE),
        "told_form": ToldForm(formdata=None, prefix=_TOLD),
        "line_form": LineForm(formdata=None, prefix=_LINE),
    }
    page = render_template(
        "safeguarding/disclosure.html",
        **context,
        **(forms | as_sent),
        may_decide=disclosure.decision is None
        and person().role in GUARDIANS
        and disclosure.raised_by != person().id,
        may_write=person().role in _RAISERS,
        is_late=disclosures.is_late(disclosure, now()),
    )
    return page, status_of(next(iter(as_sent.values()), None))


def _shown(session: Session, disclosure_id: uuid.UUID) -> dict[str, Any]:
    found = visible(session, disclosure_id)
    audit.note(session, audit.Act.disclosure_seen, at=now(), who=person().id, about=found.id)
    staff = {found.raised_by, *(each.staff_id for each in found.steps)}
    return {
        "disclosure": found,
        "reference": _references(session, {found.caller_id})[found.caller_id],
        "names": sight.names(session, staff),
        "say": wording,
        "now": now(),
    }


def _references(session: Session, ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    found = session.execute(sa.select(Caller.id, Caller.reference).where(Caller.id.in_(ids)))
    return {row.id: row.reference for row in found}
