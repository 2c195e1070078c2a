"""What a supervisor does in a colleague's call: listens, whispers, joins in, leaves."""

import uuid

from flask import url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline.accounts.models import Role
from helpline.clock import now
from helpline.console.forms import ActionForm, ListenForm
from helpline.console.pages.edge import blueprint, check, done, locked
from helpline.voice import supervising, taking_over
from helpline.voice.models import ListenBecause, Manner
from helpline.web.access import Audience, audience, person


@blueprint.post("/console/contacts/<uuid:contact_id>/listen")
@audience(Audience.staff, Role.supervisor)
def listen(contact_id: uuid.UUID) -> Response:
    """Have one's own phone rung for a call, or change how one is in it."""
    form = ListenForm()

    def change(session: Session) -> None:
        check(form)
        supervising.come_in(
            session,
            locked(session, contact_id),
            person().id,
            Manner(str(form.manner.data)),
            ListenBecause(str(form.because.data)),
            at=now(),
        )

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/take-over")
@audience(Audience.staff, Role.supervisor)
def take_over(contact_id: uuid.UUID) -> Response:
    """Have a call from now on in which one is already."""

    def change(session: Session) -> None:
        check(ActionForm())
        taking_over.take_over(session, locked(session, contact_id), person().id, at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/listen/leave")
@audience(Audience.staff, Role.supervisor)
def stop_listening(contact_id: uuid.UUID) -> Response:
    """Leave a call that goes on without one."""

    def change(session: Session) -> None:
        check(ActionForm())
        supervising.leave(session, locked(session, contact_id), person().id, at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))
