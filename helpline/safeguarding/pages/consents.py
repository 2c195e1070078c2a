"""The ledger of one caller: what they agreed to, entered and taken back."""

import uuid

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline import audit, outbox
from helpline.accounts.models import Role
from helpline.clock import now
from helpline.confidentiality import consent, wording
from helpline.confidentiality.consent import ConsentEntry, Withdrawn
from helpline.confidentiality.safe_contact import KeptBack, Verdict
from helpline.contacts.models import Contact
from helpline.database import transaction
from helpline.safeguarding import sight
from helpline.safeguarding.forms import ConsentForm, WithdrawForm
from helpline.safeguarding.pages.entrance import TALKERS, status_of
from helpline.safeguarding.pages.entrance import contact as visible
from helpline.sms import delivery
from helpline.web.access import Audience, audience, person

blueprint = Blueprint(
    "consents", __name__, url_prefix="/console/contacts/<uuid:contact_id>/consents"
)


@blueprint.route("", methods=["GET", "POST"])
@audience(Audience.staff, *TALKERS, Role.safeguarding_lead)
def ledger(contact_id: uuid.UUID) -> Response | str | tuple[str, int]:
    """Show what a caller agreed to, and enter what they agree to now."""
    form = ConsentForm()
    with transaction() as session:
        contact = visible(session, contact_id)
        if not form.is_submitted():
            form.suit(contact)
        elif form.validate() and _enter(session, contact, form):
            flash("Kept. It counts from now on.")
            return redirect(url_for("consents.ledger", contact_id=contact_id), 303)
        audit.note(
            session, audit.Act.consents_seen, at=now(), who=person().id, about=contact.caller_id
        )
        return _page(session, contact, form), status_of(form)


@blueprint.route("/<uuid:entry_id>/withdraw", methods=["GET", "POST"])
@audience(Audience.staff, *TALKERS)
def withdraw(contact_id: uuid.UUID, entry_id: uuid.UUID) -> Response | tuple[str, int]:
    """Enter that a caller takes a consent back; what waits on it is stopped at once."""
    form = WithdrawForm()
    with transaction() as session:
        contact = visible(session, contact_id)
        entry = session.get(ConsentEntry, entry_id)
        if entry is None or entry.caller_id != contact.caller_id or entry.withdraws is not None:
            abort(404)
        if form.is_submitted() and form.validate():
            try:
                wish = form.taken_back(entry_id, contact)
                gone = consent.withdraw(session, contact.caller_id, wish, by=person().id, at=now())
                flash(_what_came_of_it(session, gone))
                return redirect(url_for("consents.ledger", contact_id=contact_id), 303)
            except consent.ConsentRefusedError as error:
                form.words.errors = [str(error)]
        audit.note(
            session, audit.Act.consents_seen, at=now(), who=person().id, about=contact.caller_id
        )
        page = render_template(
            "safeguarding/withdraw.html", form=form, contact=contact, entry=entry, say=wording
        )
    return page, status_of(form)


def _enter(session: Session, contact: Contact, form: ConsentForm) -> bool:
    try:
        wish = form.agreed(contact)
        consent.record(session, contact.caller_id, wish, by=person().id, at=now())
    except consent.ConsentRefusedError as error:
        form.last_day.errors = [str(error)]
        return False
    return True


def _what_came_of_it(session: Session, gone: Withdrawn) -> str:
    """Show on each stopped text why it was not sent, and say how many there were."""
    for promise in gone.stopped:
        if promise.kind is outbox.Kind.send_text:
            verdict = Verdict(KeptBack.consent_ended)
            delivery.kept_back(session, promise, verdict, at=now())
    said = "Taken back. It counts no more."
    if gone.stopped:
        said += f" Stopped before it left: {len(gone.stopped)}."
    if gone.under_way:
        said += f" On its way already, and may still arrive: {gone.under_way}."
    return said


def _page(session: Session, contact: Contact, form: ConsentForm) -> str:
    entries = consent.ledger(session, contact.caller_id)
    in_force = {each.id for each in consent.in_force(session, contact.caller_id, at=now())}
    return render_template(
        "safeguarding/consents.html",
        form=form,
        contact=contact,
        entries=entries,
        in_force=in_force,
        withdrawn={each.withdraws for each in entries},
        fault=consent.verify_chain(session, contact.caller_id),
        names=sight.names(session, {each.staff_id for each in entries}),
        say=wording,
        may_enter=person().role in TALKERS,
    )
