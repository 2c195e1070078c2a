"""The safe-to-contact plan of one caller: shown, and agreed anew."""

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from helpline import audit
from helpline.clock import now
from helpline.confidentiality import safe_contact, wording
from helpline.contacts import contacts
from helpline.database import transaction
from helpline.safeguarding import sight
from helpline.safeguarding.forms import PlanForm
from helpline.safeguarding.pages.entrance import TALKERS, status_of
from helpline.safeguarding.pages.entrance import contact as visible
from helpline.sms import conversations
from helpline.web.access import Audience, audience, person

blueprint = Blueprint("plans", __name__, url_prefix="/console/contacts/<uuid:contact_id>")


@blueprint.route("/safe-to-contact", methods=["GET", "POST"])
@audience(Audience.staff, *TALKERS)
def plan(contact_id: uuid.UUID) -> Response | tuple[str, int]:
    """Show how a person may safely be reached, and keep what they tell us now."""
    form = PlanForm()
    with transaction() as session:
        contact = visible(session, contact_id)
        current = safe_contact.current(session, contact.caller_id)
        if not form.is_submitted():
            form.fill_from(current)
        elif form.validate():
            try:
                wishes = form.wishes()
                safe_contact.agree(session, contact.caller_id, wishes, by=person().id, at=now())
                contacts.tell_changed(session, contact)
                flash("The plan is kept, and everything we send keeps to it from now on.")
                return redirect(url_for("console.contact", contact_id=contact_id), 303)
            except safe_contact.PlanRefusedError as error:
                form.valid_until.errors = [str(error)]
        audit.note(
            session, audit.Act.safe_contact_seen, at=now(), who=person().id, about=contact.caller_id
        )
        versions = safe_contact.versions(session, contact.caller_id)
        page = render_template(
            "safeguarding/plan.html",
            form=form,
            contact=contact,
            versions=versions,
            names=sight.names(session, {each.staff_id for each in versions}),
            now=now(),
            say=wording,
        )
    return page, status_of(form)


@blueprint.post("/texts/<uuid:text_id>/take-back")
@audience(Audience.staff, *TALKERS)
def take_back(contact_id: uuid.UUID, text_id: uuid.UUID) -> Response:
    """Decide not to send a text that a plan holds back."""
    try:
        with transaction() as session:
            contact = visible(session, contact_id, hold=True)
            conversations.take_back(session, contact, person().id, text_id, at=now())
        flash("The text is taken back. It is not sent.")
    except conversations.CannotSendError as error:
        flash(f"{error}.")
    except contacts.NotYoursError:
        flash("A colleague has this conversation now, so you can't change it.")
    return redirect(url_for("console.contact", contact_id=contact_id), 303)
