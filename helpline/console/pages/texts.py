"""What is done in a conversation by text."""

import uuid

from flask import abort, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline import audit
from helpline.clock import now
from helpline.console import contact_view
from helpline.console.forms import ActionForm, ReplyForm, SendAgainForm
from helpline.console.pages.edge import (
    CONSOLE,
    READERS,
    RefusedError,
    blueprint,
    check,
    check_not_on_the_line,
    done,
    locked,
    look_at,
)
from helpline.contacts import contacts, switching
from helpline.contacts.models import Channel
from helpline.database import transaction
from helpline.sms import conversations, pictures
from helpline.web.access import Audience, audience, person
from helpline.web.carrier_webhooks import settings


@blueprint.post("/console/contacts/<uuid:contact_id>/reply")
@audience(Audience.staff, *CONSOLE)
def reply(contact_id: uuid.UUID) -> Response:
    """Send a text to the caller."""
    form = ReplyForm()

    def change(session: Session) -> None:
        check(form)
        answer = conversations.Reply(
            words=form.words.data or "",
            last_seen=form.last_seen.data or 0,
            form_key=form.form_key.key,
            saved_reply=form.saved_reply.id_or_none,
        )
        conversations.reply(
            session,
            locked(session, contact_id),
            person().id,
            answer,
            at=now(),
            most_an_hour=settings().texts_per_person_hour,
        )

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/texts/<uuid:text_id>/send-again")
@audience(Audience.staff, *CONSOLE)
def send_again(contact_id: uuid.UUID, text_id: uuid.UUID) -> Response:
    """Send a text again that failed or was not confirmed."""
    form = SendAgainForm()

    def change(session: Session) -> None:
        check(form)
        found = locked(session, contact_id)
        conversations.send_again(
            session,
            found,
            person().id,
            text_id,
            form.form_key.key,
            at=now(),
            most_an_hour=settings().texts_per_person_hour,
        )

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/go-on")
@audience(Audience.staff, *CONSOLE)
def go_on(contact_id: uuid.UUID) -> Response:
    """Go on with a conversation by text that was ended too soon."""

    def change(session: Session) -> None:
        found = locked(session, contact_id)
        if not found.is_by_text:
            raise RefusedError("A call that has ended can't be taken up again")
        conversations.go_on(session, found, person().id)

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/hand-back")
@audience(Audience.staff, *CONSOLE)
def hand_back(contact_id: uuid.UUID) -> Response:
    """Put a conversation by text back among those who wait; a supervisor may do it for others."""

    def change(session: Session) -> None:
        found = locked(session, contact_id)
        if not contact_view.may_see(found, person().id, person().role):
            raise contacts.NotYoursError
        if found.channel is not Channel.sms or found.owner_id is None:
            raise RefusedError("Only a conversation by text can be handed back")
        check_not_on_the_line(session, found)
        contacts.hand_back(session, found, at=now(), by=person().id)

    return done(change, url_for("console.console"))


@blueprint.get("/console/contacts/<uuid:contact_id>/pictures/<uuid:picture_id>")
@audience(Audience.staff, *READERS)
def picture(contact_id: uuid.UUID, picture_id: uuid.UUID) -> Response:
    """Show one picture, alone, to whoever may read the contact. Each look is on record."""
    with transaction() as session:
        if look_at(session, contact_id) is None:
            abort(404)
        body = pictures.opened(session, picture_id, contact_id)
        if body is None:
            abort(404)
        audit.note(session, audit.Act.picture_seen, at=now(), who=person().id, about=contact_id)
    return Response(body, mimetype="image/jpeg")


@blueprint.post("/console/contacts/<uuid:contact_id>/by-text")
@audience(Audience.staff, *CONSOLE)
def go_on_by_text(contact_id: uuid.UUID) -> Response:
    """Note that somebody on the telephone agreed to go on by text too."""

    def change(session: Session) -> None:
        check(ActionForm())
        found = locked(session, contact_id)
        switching.agree(session, found, Channel.sms, person().id, at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))
