"""Pages about people: records, enquiries, concerns raised, numbers revealed."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline import audit, phone_numbers
from helpline.accounts.models import Role, StaffMember
from helpline.clock import in_london, now
from helpline.confidentiality import reveal as revealing
from helpline.confidentiality.access import Data, Fact, Sight, may
from helpline.confidentiality.reveal import Purpose
from helpline.contacts import concerns, contacts, enquiries, finding, records
from helpline.contacts.enquiries import Asked, AskedBy
from helpline.contacts.forms import (
    STREAMS,
    ConcernForm,
    EnquiryForm,
    FindContactForm,
    LinkForm,
    RecordForm,
    RevealForm,
    SearchForm,
)
from helpline.contacts.models import Contact
from helpline.contacts.records import PersonRecord, RecordKind
from helpline.database import transaction
from helpline.web.access import Audience, audience, person
from helpline.web.freshness import fresh

blueprint = Blueprint("people", __name__)

_INVALID = 422
TALKERS = (Role.call_taker, Role.supervisor)
GUARDIANS = (Role.supervisor, Role.safeguarding_lead)
RECORD_READERS = (*TALKERS, Role.safeguarding_lead, Role.partner_liaison)
NOTE_READERS = (*TALKERS, Role.safeguarding_lead)


@blueprint.route("/records", methods=["GET", "POST"])
@audience(Audience.staff, *RECORD_READERS)
def search() -> str | tuple[str, int]:
    """Find a record. Posted, so that no name stands in an address or a log."""
    form = SearchForm()
    if not form.validate_on_submit():
        status = _INVALID if form.is_submitted() else 200
        return render_template("contacts/search.html", form=form, found=None), status
    with transaction() as session:
        found = records.find(session, _me(session), form.asked.data or "")
        _note_search(session, form.asked.data or "")
        return render_template("contacts/search.html", form=form, found=found)


@blueprint.route("/contacts/find", methods=["GET", "POST"])
@audience(Audience.staff, *NOTE_READERS)
def find_contact() -> tuple[str, int]:
    """Find contacts. Posted, so that no word that was looked for stands in an address or a log."""
    form = FindContactForm()
    found = None
    with transaction() as session:
        if form.validate_on_submit():
            try:
                found = finding.find(session, _me(session), form.wanted(), at=now())
            except finding.TooManySearchesError:
                form.words.errors = ["You have searched very often. Wait ten minutes, then go on"]
        page = render_template(
            "contacts/find.html", form=form, found=found, streams=STREAMS, on_day=_on_day
        )
    return page, _INVALID if form.errors else 200


@blueprint.get("/records/<uuid:record_id>")
@audience(Audience.staff, *RECORD_READERS)
def record(record_id: uuid.UUID) -> str:
    """Show one record, or the same "not found" whether it is missing or not for this person."""
    with transaction() as session:
        return _record_page(session, record_id, LinkForm())


@blueprint.post("/records/<uuid:record_id>/link")
@audience(Audience.staff, *GUARDIANS)
def link(record_id: uuid.UUID) -> Response | tuple[str, int]:
    """Join a missing person's record and a family's."""
    form = LinkForm()
    with transaction() as session:
        this, me = _visible(session, record_id), _me(session)
        other = _by_reference(session, me, form.reference.data or "")
        if form.validate() and other is not None:
            kinds = sorted((this, other), key=lambda each: each.kind is RecordKind.family)
            try:
                records.link(session, me, kinds[0], kinds[1], at=now())
                return redirect(url_for("people.record", record_id=record_id), 303)
            except records.RecordRefusedError as error:
                form.reference.errors = [str(error)]
        elif not form.reference.errors:
            form.reference.errors = ["There is no record with this reference that you may open"]
        return _record_page(session, record_id, form), _INVALID


@blueprint.route("/console/contacts/<uuid:contact_id>/record", methods=["GET", "POST"])
@audience(Audience.staff, *TALKERS)
def open_record(contact_id: uuid.UUID) -> Response | str | tuple[str, int]:
    """Open a record for whoever this contact is with."""
    form = RecordForm()
    with transaction() as session:
        contact = _readable(session, contact_id)
        if form.validate_on_submit():
            try:
                made = records.open_record(
                    session,
                    contact,
                    _me(session),
                    kind=RecordKind(form.kind.data),
                    name=form.name.data or "",
                    summary=form.summary.data or "",
                    form_key=form.form_key.key,
                    at=now(),
                )
                return redirect(url_for("people.record", record_id=made.id), 303)
            except records.RecordRefusedError as error:
                form.name.errors = [str(error)]
        page = render_template("contacts/open_record.html", form=form, contact=contact)
    return page, _INVALID if form.is_submitted() else 200


@blueprint.route("/enquiries/new", methods=["GET", "POST"])
@audience(Audience.staff, *TALKERS)
def new_enquiry() -> Response | str | tuple[str, int]:
    """Note that somebody asked about another person. Nothing is looked up."""
    form = EnquiryForm()
    try:
        is_valid = form.validate_on_submit()
    except phone_numbers.NotANumberError as error:
        form.asker_phone.errors = [str(error)]
        is_valid = False
    if not is_valid:
        page = render_template("contacts/enquiry.html", form=form, answer=enquiries.THE_ANSWER)
        return page, _INVALID if form.is_submitted() else 200
    phone = (form.asker_phone.data or "").strip()
    asked = Asked(
        asked_by=AskedBy(form.asked_by.data),
        asker=form.asker.data or "",
        asker_phone=phone_numbers.read(phone) if phone else None,
        about=form.about.data or "",
        message=form.message.data or "",
        form_key=form.form_key.key,
    )
    try:
        with transaction() as session:
            enquiries.keep(session, person().id, asked, at=now())
    except enquiries.EnquiryRefusedError as error:
        form.asker.errors = [str(error)]
        page = render_template("contacts/enquiry.html", form=form, answer=enquiries.THE_ANSWER)
        return page, _INVALID
    return redirect(url_for("people.enquiry_kept"), 303)


@blueprint.get("/enquiries/kept")
@audience(Audience.staff, *TALKERS)
def enquiry_kept() -> str:
    """Show what to tell the enquirer: the same words for everybody."""
    return render_template("contacts/enquiry_kept.html", answer=enquiries.THE_ANSWER)


@blueprint.route("/console/contacts/<uuid:contact_id>/concern", methods=["GET", "POST"])
@audience(Audience.staff, *TALKERS)
def raise_concern(contact_id: uuid.UUID) -> Response | str | tuple[str, int]:
    """Raise a concern with the safeguarding lead."""
    form = ConcernForm()
    with transaction() as session:
        contact = _readable(session, contact_id)
        if form.validate_on_submit():
            try:
                concerns.raise_concern(
                    session,
                    contact,
                    person().id,
                    form.words.data or "",
                    form.form_key.key,
                    at=now(),
                )
                flash("The safeguarding lead sees this contact now. Stay with the caller.")
                return redirect(url_for("console.contact", contact_id=contact_id), 303)
            except contacts.WordsMissingError as error:
                form.words.errors = [str(error)]
        page = render_template("contacts/concern.html", form=form, contact=contact)
    return page, _INVALID if form.is_submitted() else 200


@blueprint.get("/safeguarding")
@audience(Audience.staff, *GUARDIANS)
def flagged() -> str:
    """List the contacts about which a concern was raised."""
    with transaction() as session:
        return render_template("contacts/flagged.html", flagged=concerns.flagged(session))


@blueprint.route("/console/contacts/<uuid:contact_id>/reveal", methods=["GET", "POST"])
@audience(Audience.staff, *GUARDIANS)
@fresh
def reveal(contact_id: uuid.UUID) -> Response | str | tuple[str, int]:
    """Reveal a caller's number for five minutes, with a reason, on record."""
    form = RevealForm()
    with transaction() as session:
        contact = _readable(session, contact_id)
        token = contact.caller.number_token
        if token is not None and form.validate_on_submit():
            try:
                revealing.reveal(
                    session,
                    token,
                    about=contact.id,
                    staff_id=person().id,
                    role=person().role,
                    purpose=Purpose(form.purpose.data),
                    reason=form.reason.data or "",
                    at=now(),
                )
                return redirect(url_for("people.reveal", contact_id=contact_id), 303)
            except revealing.RevealRefusedError as error:
                form.reason.errors = [str(error)]
        page = render_template(
            "contacts/reveal.html",
            form=form,
            contact=contact,
            shown=revealing.shown(session, contact.id, person().id, at=now()),
        )
    return page, _INVALID if form.is_submitted() else 200


@blueprint.get("/reveals")
@audience(Audience.staff, Role.supervisor)
def reveals() -> str:
    """List the reveals that no supervisor has looked at."""
    with transaction() as session:
        waiting = revealing.waiting_for_review(session)
        names = _names(session, {each.staff_id for each in waiting})
        return render_template("contacts/reveals.html", waiting=waiting, names=names)


@blueprint.post("/reveals/<uuid:reveal_id>/review")
@audience(Audience.staff, Role.supervisor)
def review(reveal_id: uuid.UUID) -> Response:
    """Note that a supervisor has looked at a reveal."""
    try:
        with transaction() as session:
            revealing.review(session, reveal_id, person().id, at=now())
    except revealing.RevealRefusedError as error:
        flash(str(error))
    return redirect(url_for("people.reveals"), 303)


def _on_day(at: datetime) -> str:
    """Write a moment of any year: "12 November 2026, 18:04"."""
    there = in_london(at)
    return f"{there.day} {there.strftime('%B %Y, %H:%M')}"


def _me(session: Session) -> StaffMember:
    return session.get_one(StaffMember, person().id)


def _names(session: Session, ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    rows = session.execute(
        sa.select(StaffMember.id, StaffMember.display_name).where(StaffMember.id.in_(ids))
    )
    return {row.id: row.display_name for row in rows}


def _note_search(session: Session, asked: str) -> None:
    """Record that somebody searched; for what, only as a keyed fingerprint."""
    audit.note(
        session, audit.Act.records_searched, at=now(), who=person().id, searched_for=asked.strip()
    )


def _visible(session: Session, record_id: uuid.UUID) -> PersonRecord:
    try:
        return records.get(session, _me(session), record_id)
    except records.NotForYouError:
        abort(404)


def _by_reference(session: Session, me: StaffMember, reference: str) -> PersonRecord | None:
    wanted = PersonRecord.reference == reference.strip().upper()
    return session.scalar(sa.select(PersonRecord).where(wanted, records.visible_to(me)))


def _record_page(session: Session, record_id: uuid.UUID, form: LinkForm) -> str:
    found, me = _visible(session, record_id), _me(session)
    audit.note(session, audit.Act.record_seen, at=now(), who=me.id, about=found.id)
    return render_template(
        "contacts/record.html",
        record=found,
        form=form,
        linked=records.linked_to(session, me, found),
        may_link=may(me.role, Data.record_link) is Sight.whole,
        contacts=[each for each in records.contacts_of(session, found) if _may_read(each, me)],
    )


def _readable(session: Session, contact_id: uuid.UUID) -> Contact:
    """Lock a contact for whoever may read it; 404 alike for a missing one and another's."""
    found = contacts.locked(session, contact_id)
    if found is None or not _may_read(found, _me(session)):
        abort(404)
    return found


def _may_read(contact: Contact, staff: StaffMember) -> bool:
    facts = [Fact.is_own] if contact.owner_id == staff.id else []
    if contact.is_flagged:
        facts.append(Fact.is_flagged)
    return may(staff.role, Data.contact_notes, *facts) is Sight.whole
