"""Taking a message in a contact: who they are, whom it is for, the words, read back, agreed."""

import uuid

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline.clock import now
from helpline.contacts.models import Contact
from helpline.database import transaction
from helpline.messages import checks, drafting, safety, threads, wording
from helpline.messages.drafting import MessageRefusedError
from helpline.messages.forms import AgreeForm, BeginForm, RecipientForm, WordsForm
from helpline.messages.models import Message, Party, Thread
from helpline.messages.pages.edge import (
    TALKERS,
    message_for_me,
    my_contact,
    status_of,
    thread_in,
)
from helpline.messages.safety import Handling
from helpline.messages.states import MessageState
from helpline.phone_numbers import NotANumberError
from helpline.web.access import Audience, audience, person
from helpline.web.forms import HelplineForm

blueprint = Blueprint(
    "messages", __name__, url_prefix="/console/contacts/<uuid:contact_id>/messages"
)


@blueprint.route("/begin", methods=["GET", "POST"])
@audience(Audience.staff, *TALKERS)
def begin(contact_id: uuid.UUID) -> Response | tuple[str, int]:
    """Begin a thread for whoever this contact is with."""
    form = BeginForm()
    with transaction() as session:
        contact = my_contact(session, contact_id)
        if _is_valid(form):
            try:
                made = threads.begin(session, contact, form.begun(), by=person().id, at=now())
                return redirect(
                    url_for(".recipient", contact_id=contact_id, thread_id=made.id), 303
                )
            except threads.ThreadRefusedError as error:
                form.name.errors = [str(error)]
        page = render_template("messages/begin.html", form=form, contact=contact, say=wording)
    return page, status_of(form)


@blueprint.route("/<uuid:thread_id>/recipient", methods=["GET", "POST"])
@audience(Audience.staff, *TALKERS)
def recipient(contact_id: uuid.UUID, thread_id: uuid.UUID) -> Response | tuple[str, int]:
    """Keep whom a message is for, and ask what has to be asked about them."""
    form = RecipientForm()
    with transaction() as session:
        contact = my_contact(session, contact_id)
        thread = thread_in(session, contact, thread_id)
        if _is_valid(form):
            try:
                party = drafting.add_party(
                    session, thread, form.recipient(), by=person().id, at=now()
                )
                address = url_for(
                    ".write", contact_id=contact_id, thread_id=thread_id, party_id=party.id
                )
                return redirect(address, 303)
            except MessageRefusedError as error:
                form.number.errors = [str(error)]
        page = render_template("messages/recipient.html", form=form, contact=contact, thread=thread)
    return page, status_of(form)


@blueprint.route("/<uuid:thread_id>/<uuid:party_id>/write", methods=["GET", "POST"])
@audience(Audience.staff, *TALKERS)
def write(
    contact_id: uuid.UUID, thread_id: uuid.UUID, party_id: uuid.UUID
) -> Response | tuple[str, int]:
    """Take down the words."""
    form = WordsForm()
    with transaction() as session:
        contact = my_contact(session, contact_id)
        thread = thread_in(session, contact, thread_id)
        party = session.get(Party, party_id)
        if party is None or party.thread_id != thread.id:
            abort(404)
        if form.validate_on_submit():
            try:
                made = drafting.write(
                    session, contact, party, form.given(), by=person().id, at=now()
                )
                return _to(contact, thread, made)
            except MessageRefusedError as error:
                form.words.errors = [str(error)]
        page = render_template(
            "messages/write.html", form=form, contact=contact, thread=thread, party=party
        )
    return page, status_of(form)


@blueprint.route("/<uuid:thread_id>/message/<uuid:message_id>", methods=["GET", "POST"])
@audience(Audience.staff, *TALKERS)
def step(
    contact_id: uuid.UUID, thread_id: uuid.UUID, message_id: uuid.UUID
) -> Response | tuple[str, int]:
    """Show a message with what is marked in it; posted, change its words."""
    form = WordsForm()
    with transaction() as session:
        contact, thread, message = _mine(session, contact_id, thread_id, message_id)
        if not form.is_submitted():
            form.suit(message)
        elif form.validate():
            try:
                drafting.change(session, message, form.given(), by=person().id, at=now())
                return _to(contact, thread, message)
            except MessageRefusedError as error:
                form.words.errors = [str(error)]
        page = _page(session, contact, message, form, AgreeForm(formdata=None))
    return page, status_of(form)


@blueprint.post("/<uuid:thread_id>/message/<uuid:message_id>/agree")
@audience(Audience.staff, *TALKERS)
def agree(
    contact_id: uuid.UUID, thread_id: uuid.UUID, message_id: uuid.UUID
) -> Response | tuple[str, int]:
    """Enter that it was read back and that they agree."""
    form = AgreeForm()
    with transaction() as session:
        contact, thread, message = _mine(session, contact_id, thread_id, message_id)
        if form.validate():
            try:
                drafting.agree(session, message, contact, by=person().id, at=now())
                flash(_what_comes_next(message))
                return _to(contact, thread, message)
            except MessageRefusedError as error:
                form.was_read_back.errors = [str(error)]
        words = WordsForm(formdata=None)
        words.suit(message)
        page = _page(session, contact, message, words, form)
    return page, status_of(form)


def _is_valid(form: HelplineForm) -> bool:
    """Check a form with a number in it; what is wrong with the number is said at its field."""
    try:
        return bool(form.validate_on_submit())
    except NotANumberError as error:
        field = form["number"] if "number" in form else form["safe_number"]
        field.errors = [str(error)]
        return False


def _mine(
    session: Session, contact_id: uuid.UUID, thread_id: uuid.UUID, message_id: uuid.UUID
) -> tuple[Contact, Thread, Message]:
    contact = my_contact(session, contact_id)
    thread = thread_in(session, contact, thread_id)
    message = session.get(Message, message_id)
    if message is None or message.party.thread_id != thread.id:
        abort(404)
    return contact, thread, message_for_me(session, message_id)


def _page(
    session: Session, contact: Contact, message: Message, form: WordsForm, agree_form: AgreeForm
) -> str:
    flags = checks.flags(session, message)
    thread = message.party.thread
    return render_template(
        "messages/message.html",
        form=form,
        agree_form=agree_form,
        contact=contact,
        message=message,
        thread=thread,
        flags=flags,
        pieces=wording.pieces(message.words or "", flags),
        reasons=safety.reasons(thread, message.party),
        say=wording,
        is_draft=message.state is MessageState.draft,
    )


def _to(contact: Contact, thread: Thread, message: Message) -> Response:
    address = url_for(".step", contact_id=contact.id, thread_id=thread.id, message_id=message.id)
    return redirect(address, 303)


def _what_comes_next(message: Message) -> str:
    if message.state is MessageState.blocked_safeguarding:
        needed = safety.handling(message.party.thread, message.party)
        if needed is Handling.blocked:
            return "Kept, and stopped: this can't be passed on. The safeguarding lead knows of it."
        return "Kept, and stopped until the safeguarding lead has decided."
    if message.state is MessageState.approved:
        return "Kept. It can be given now."
    return "Kept. A second person reads it before it goes."
