"""What is done with an opened contact, whichever way it came."""

import uuid

from flask import render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline.accounts import breaks
from helpline.clock import now
from helpline.console import contact_view
from helpline.console.forms import NoteForm, WrapUpForm
from helpline.console.pages.edge import (
    CONSOLE,
    REFUSED,
    RefusedError,
    blueprint,
    check,
    check_not_on_the_line,
    done,
    locked,
    look_at,
)
from helpline.contacts import capacity, contacts, wrap_up
from helpline.contacts.models import Channel, ContactState
from helpline.database import transaction
from helpline.sms import conversations
from helpline.voice import call_backs, calls, legs, routing
from helpline.web.access import Audience, audience, person


@blueprint.post("/console/contacts/<uuid:contact_id>/take")
@audience(Audience.staff, *CONSOLE)
def take(contact_id: uuid.UUID) -> Response:
    """Take a waiting text, or have one's own phone ring for a waiting call."""

    def change(session: Session) -> None:
        found = locked(session, contact_id)
        on_the_line = legs.live_caller(session, contact_id) is not None
        if call_backs.is_for_a_person(session, contact_id) and not on_the_line:
            contacts.take(session, found, person().id, at=now())
        elif found.channel is Channel.voice or on_the_line:
            routing.take(session, contact_id, person().id, at=now())
        elif not (found.owner_id == person().id and found.state is ContactState.with_call_taker):
            if not capacity.room_for(session, person().id, Channel.sms):
                raise RefusedError("You have as many conversations as you can hold. End one first")
            contacts.take(session, found, person().id, at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/note")
@audience(Audience.staff, *CONSOLE)
def note(contact_id: uuid.UUID) -> Response:
    """Write a note."""
    form = NoteForm()

    def change(session: Session) -> None:
        check(form)
        found = locked(session, contact_id)
        if not contact_view.may_see(found, person().id, person().role):
            raise contacts.NotYoursError
        contacts.write_note(
            session, found, person().id, form.words.data or "", form.form_key.key, at=now()
        )

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/end")
@audience(Audience.staff, *CONSOLE)
def end(contact_id: uuid.UUID) -> Response:
    """End the talking and go on to the wrap-up."""

    def change(session: Session) -> None:
        found = locked(session, contact_id)
        if found.channel is Channel.voice:
            calls.end_call(session, found, person().id, at=now())
        else:
            check_not_on_the_line(session, found)
            conversations.end_conversation(session, found, person().id, at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.route("/console/contacts/<uuid:contact_id>/wrap-up", methods=["GET", "POST"])
@audience(Audience.staff, *CONSOLE)
def wrap_up_contact(contact_id: uuid.UUID) -> Response | str | tuple[str, int]:
    """Wrap a contact up."""
    form = WrapUpForm()
    if not form.validate_on_submit():
        with transaction() as session:
            view = look_at(session, contact_id)
            said = render_template("console/wrap_up.html", view=view, form=form)
        return said, REFUSED if form.is_submitted() else 200

    def change(session: Session) -> None:
        found = locked(session, contact_id)
        is_new = found.state is ContactState.wrapping_up
        wrap_up.wrap_up(session, found, person().id, form.coding(), at=now())
        if is_new and form.coding().risk in wrap_up.SEVERE:
            breaks.offer(session, person().id, at=now())
        calls.wrapped_up(session, person().id, at=now())

    return done(change, url_for("console.console"))
