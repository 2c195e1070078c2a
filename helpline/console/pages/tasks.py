"""What is to be done by a certain time: messages to professionals, and making sure of arrivals."""

import uuid
from collections.abc import Callable
from functools import partial

from flask import abort, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline import audit, phone_numbers
from helpline.accounts.models import Role
from helpline.clock import now
from helpline.confidentiality import consent
from helpline.console.forms import ActionForm
from helpline.console.pages.bridge import active_partner, ground_of, own_contact
from helpline.console.pages.bridge_forms import (
    ArrivalForm,
    ClosedForm,
    ConfirmedForm,
    PlanForm,
    ProfessionalMessageForm,
)
from helpline.console.pages.edge import CONSOLE, REFUSED, blueprint, check, done
from helpline.contacts import night_plans
from helpline.contacts.night_plans import Arrival, NightPlan
from helpline.database import transaction
from helpline.directory import ladder
from helpline.voice import grounds, professional_messages
from helpline.voice.professional_messages import ProfessionalMessage
from helpline.web.access import Audience, audience, person

_REFUSALS = (
    professional_messages.CannotPassOnError,
    grounds.NoGroundError,
    consent.ConsentRefusedError,
)


@blueprint.get("/console/parts/tasks")
@audience(Audience.staff, *CONSOLE)
def part_tasks() -> str:
    """Render what is to be done: one's own; supervisors see everybody's."""
    with transaction() as session:
        whose = None if person().role == Role.supervisor else person().id
        messages = professional_messages.open_ones(session, owner_id=whose)
        plans = night_plans.to_confirm(session, owner_id=whose)
        if messages or plans:
            me = person().id
            audit.note_look(session, audit.Act.tasks_listed, at=now(), who=me, about=me)
        return render_template("console/_tasks.html", messages=messages, plans=plans, now=now())


@blueprint.route("/console/contacts/<uuid:contact_id>/plan", methods=["GET", "POST"])
@audience(Audience.staff, *CONSOLE)
def agree_plan(contact_id: uuid.UUID) -> Response | str | tuple[str, int]:
    """Write down what is agreed for tonight."""
    form = PlanForm()
    with transaction() as session:
        contact = own_contact(session, contact_id)
        if form.validate_on_submit():
            try:
                night_plans.agree(session, contact, form.agreed(now()), by=person().id, at=now())
                flash("Kept. What is agreed stands with the call.")
                return redirect(url_for("console.contact", contact_id=contact_id), 303)
            except night_plans.CannotAgreeError as error:
                form.tonight.errors = [str(error)]
        before = night_plans.latest(session, contact_id)
        page = render_template("console/plan.html", contact=contact, form=form, before=before)
    return (page, REFUSED) if form.is_submitted() else page


@blueprint.route("/console/plans/<uuid:plan_id>", methods=["GET", "POST"])
@audience(Audience.staff, *CONSOLE)
def confirm_arrival(plan_id: uuid.UUID) -> Response | str | tuple[str, int]:
    """Make sure that somebody arrived, and write down what is known."""
    form = ArrivalForm()
    with transaction() as session:
        plan = session.get(NightPlan, plan_id)
        if plan is None or not _may(plan.staff_id):
            abort(404)
        if form.validate_on_submit():
            try:
                arrival = Arrival(form.arrival.data)
                words = form.words.data or ""
                night_plans.confirm(session, plan_id, arrival, words, by=person().id, at=now())
                flash("Kept.")
                return redirect(url_for("console.console"), 303)
            except night_plans.CannotAgreeError as error:
                form.words.errors = [str(error)]
        audit.note(
            session, audit.Act.contact_seen, at=now(), who=person().id, about=plan.contact_id
        )
        page = render_template("console/arrival.html", plan=plan, form=form)
    return (page, REFUSED) if form.is_submitted() else page


@blueprint.route(
    "/console/contacts/<uuid:contact_id>/professional/<uuid:partner_id>", methods=["GET", "POST"]
)
@audience(Audience.staff, *CONSOLE)
def message_professional(
    contact_id: uuid.UUID, partner_id: uuid.UUID
) -> Response | str | tuple[str, int]:
    """Write a message to a professional, such as to ring somebody back."""
    form = ProfessionalMessageForm()
    with transaction() as session:
        contact = own_contact(session, contact_id)
        partner = active_partner(session, partner_id)
        form.offer(grounds.that_may_be_told(session, contact, partner))
        if form.validate_on_submit():
            try:
                wish = form.wish(form.call_back_number())
                ground = ground_of(session, contact, partner, form, for_message=True)
                made = professional_messages.ask(
                    session, contact, partner, ground, wish, by=person().id, at=now()
                )
                return redirect(url_for("console.professional_message", passed_on_id=made.id), 303)
            except phone_numbers.NotANumberError as error:
                form.call_back.errors = [str(error)]
            except _REFUSALS as error:
                form.ground.errors = [str(error)]
        rungs = ladder.ladder(session, partner_id, at=now())
        page = render_template(
            "console/message_professional.html",
            contact_id=contact_id,
            partner=partner,
            form=form,
            rungs=rungs,
        )
    return (page, REFUSED) if form.is_submitted() else page


@blueprint.get("/console/messages/<uuid:passed_on_id>")
@audience(Audience.staff, *CONSOLE)
def professional_message(passed_on_id: uuid.UUID) -> str:
    """Show one message to a professional, and what to do next."""
    with transaction() as session:
        message = _message(session, passed_on_id)
        return render_template("console/professional_message.html", message=message, numbers=None)


@blueprint.post("/console/messages/<uuid:passed_on_id>/read-out")
@audience(Audience.staff, *CONSOLE)
def read_out(passed_on_id: uuid.UUID) -> str | Response:
    """Show once, on record, whom to dial and which number to pass on."""
    with transaction() as session:
        message = _message(session, passed_on_id)
        try:
            shown = professional_messages.to_read_out(session, message, to=person().id, at=now())
        except professional_messages.CannotPassOnError as error:
            flash(str(error))
            shown = None
        return render_template("console/professional_message.html", message=message, numbers=shown)


@blueprint.post(
    "/console/messages/<uuid:passed_on_id>/<any(confirmed, not_reached, rang_back, given_up):deed>"
)
@audience(Audience.staff, *CONSOLE)
def change_message(passed_on_id: uuid.UUID, deed: str) -> Response:
    """Note that somebody has the message, can't be reached, rang back, or that it is over."""
    form = _FORMS[deed]()

    def change(session: Session) -> None:
        check(form)
        message = _message(session, passed_on_id)
        _CHANGES[deed](session, message, form)

    return done(
        change,
        url_for("console.professional_message", passed_on_id=passed_on_id),
    )


def _confirmed(session: Session, message: ProfessionalMessage, form: ConfirmedForm) -> None:
    who = form.who.data or ""
    professional_messages.confirm(session, message, who, by=person().id, at=now())


def _not_reached(session: Session, message: ProfessionalMessage, form: ActionForm) -> None:
    del form
    professional_messages.not_reached(session, message, by=person().id, at=now())


def _closed(
    session: Session, message: ProfessionalMessage, form: ClosedForm, *, rang_back: bool
) -> None:
    words = form.words.data or ""
    professional_messages.close(
        session, message, words, rang_back=rang_back, by=person().id, at=now()
    )


_FORMS = {
    "confirmed": ConfirmedForm,
    "not_reached": ActionForm,
    "rang_back": ClosedForm,
    "given_up": ClosedForm,
}
_CHANGES: dict[str, Callable[..., None]] = {
    "confirmed": _confirmed,
    "not_reached": _not_reached,
    "rang_back": partial(_closed, rang_back=True),
    "given_up": partial(_closed, rang_back=False),
}


def _message(session: Session, passed_on_id: uuid.UUID) -> ProfessionalMessage:
    """Read and hold a message, on record: its owner's, or any for a supervisor; else 404."""
    message = professional_messages.locked(session, passed_on_id)
    if message is None or not _may(message.owner_id):
        abort(404)
    audit.note(session, audit.Act.contact_seen, at=now(), who=person().id, about=message.contact_id)
    return message


def _may(owner_id: uuid.UUID) -> bool:
    return person().id == owner_id or person().role == Role.supervisor
