"""What is done on the telephone: ringing a person, hold, the first minute, ending a talk."""

import uuid

from flask import flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline.clock import now
from helpline.console import contact_view
from helpline.console.forms import ActionForm
from helpline.console.pages.call_forms import FirstMinuteForm
from helpline.console.pages.edge import CONSOLE, blueprint, check, done, locked
from helpline.contacts import contacts, need, switching
from helpline.contacts.models import Channel, ContactState
from helpline.database import transaction
from helpline.messages import steps
from helpline.messages.delivery import TaskRefusedError
from helpline.messages.leaving import MayNotLeaveError
from helpline.messages.models import Party
from helpline.voice import (
    call_outs,
    calling_out,
    calls,
    first_minute,
    holding,
    may_ring,
    recipients,
    routing,
    three_way,
)
from helpline.web.access import Audience, audience, person


@blueprint.post("/console/contacts/<uuid:contact_id>/ring")
@audience(Audience.staff, *CONSOLE)
def ring(contact_id: uuid.UUID) -> Response:
    """Ring one's own phone and then the person, whose number nobody sees."""

    def change(session: Session) -> None:
        check(ActionForm())
        calling_out.ring(session, locked(session, contact_id), person().id, at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/ring-anew")
@audience(Audience.staff, *CONSOLE)
def ring_anew(contact_id: uuid.UUID) -> Response:
    """Ring the person of a closed contact: that is a new contact."""
    opened = contact_id

    def change(session: Session) -> None:
        nonlocal opened
        check(ActionForm())
        found = locked(session, contact_id)
        if not contact_view.may_see(found, person().id, person().role):
            raise contacts.NotYoursError
        opened = calling_out.ring_anew(session, found, person().id, at=now()).contact_id

    answer = done(change, url_for("console.contact", contact_id=contact_id))
    if opened != contact_id:
        return redirect(url_for("console.contact", contact_id=opened), 303)
    return answer


@blueprint.post("/console/contacts/<uuid:contact_id>/stop-ringing")
@audience(Audience.staff, *CONSOLE)
def stop_ringing(contact_id: uuid.UUID) -> Response:
    """Stop ringing after all."""

    def change(session: Session) -> None:
        check(ActionForm())
        calling_out.stop(session, locked(session, contact_id), person().id, at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/by-voice")
@audience(Audience.staff, *CONSOLE)
def go_on_by_voice(contact_id: uuid.UUID) -> Response:
    """Note that somebody who texts agreed to be rung."""

    def change(session: Session) -> None:
        check(ActionForm())
        found = locked(session, contact_id)
        switching.agree(session, found, Channel.voice, person().id, at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/end-talk")
@audience(Audience.staff, *CONSOLE)
def end_talk(contact_id: uuid.UUID) -> Response:
    """Hang up; a conversation by text goes on by text."""

    def change(session: Session) -> None:
        check(ActionForm())
        calls.end_call(session, locked(session, contact_id), person().id, at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/<any(hold, unhold):what>")
@audience(Audience.staff, *CONSOLE)
def hold(contact_id: uuid.UUID, what: str) -> Response:
    """Put the caller on hold, with words to hear, or take them back."""

    def change(session: Session) -> None:
        check(ActionForm())
        found = locked(session, contact_id)
        holding.hold_caller(session, found, person().id, held=what == "hold", at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/first-minute")
@audience(Audience.staff, *CONSOLE)
def note_first_minute(contact_id: uuid.UUID) -> Response:
    """Keep what was answered in the first minute."""
    form = FirstMinuteForm()

    def change(session: Session) -> None:
        check(form)
        found = locked(session, contact_id)
        first_minute.mark_child(
            session, found, person().id, is_child=bool(form.is_child.data), at=now()
        )
        first_minute.note(session, found, person().id, form.answers(), at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/no-danger")
@audience(Audience.staff, *CONSOLE)
def no_danger(contact_id: uuid.UUID) -> Response:
    """Say that words of danger meant none: whoever waits goes where they would have been."""

    def change(session: Session) -> None:
        check(ActionForm())
        found = locked(session, contact_id)
        may_see = contact_view.may_see(found, person().id, person().role)
        if found.state is not ContactState.waiting and not may_see:
            raise contacts.NotYoursError
        need.no_danger(session, found, person().id, at=now())

    return done(change, url_for("console.console"))


@blueprint.post("/console/contacts/<uuid:contact_id>/three-way/<uuid:party_id>")
@audience(Audience.staff, *CONSOLE)
def bring_together(contact_id: uuid.UUID, party_id: uuid.UUID) -> Response:
    """Hold the author and ring the other side, where both want to talk."""

    def change(session: Session) -> None:
        check(ActionForm())
        found = locked(session, contact_id)
        party = session.get(Party, party_id)
        if party is None:
            raise may_ring.MayNotRingError("There is nobody to ring")
        three_way.invite(session, found, party, person().id, at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.get("/messages/tasks/<uuid:message_id>/parts/call")
@audience(Audience.staff, *CONSOLE)
def part_recipient_call(message_id: uuid.UUID) -> str:
    """Render how the call to a recipient stands, for whoever rings them."""
    with transaction() as session:
        out = call_outs.of_message(session, message_id, person().id)
        return render_template("console/_recipient_call.html", out=out, message_id=message_id)


@blueprint.post("/messages/tasks/<uuid:message_id>/ring")
@audience(Audience.staff, *CONSOLE)
def ring_recipient(message_id: uuid.UUID) -> Response:
    """Ring the recipient of a message: the call-taker's phone, then theirs."""
    try:
        with transaction() as session:
            message = steps.locked(session, message_id)
            allowed = recipients.may_be_rung(session, message, person().id, at=now())
            contact = recipients.open_contact(session, allowed, person().id, at=now())
            calling_out.ring_on(session, contact, person().id, allowed, at=now())
        flash("Your phone rings first, then theirs. Say nothing until you know who it is")
    except (
        TaskRefusedError,
        MayNotLeaveError,
        may_ring.MayNotRingError,
        routing.CannotRingError,
    ) as error:
        flash(str(error))
    return redirect(url_for("delivering.one", message_id=message_id), 303)
