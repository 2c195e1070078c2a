"""A call goes over to a colleague: asked, consulted, handed over by the room; or kept."""

import uuid

from flask import url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline.clock import now
from helpline.console.forms import ActionForm
from helpline.console.pages.bridge_forms import TransferForm
from helpline.console.pages.edge import CONSOLE, blueprint, check, done, locked
from helpline.voice import transfers
from helpline.web.access import Audience, audience, person


@blueprint.post("/console/contacts/<uuid:contact_id>/transfer")
@audience(Audience.staff, *CONSOLE)
def ask_colleague(contact_id: uuid.UUID) -> Response:
    """Ring a colleague who is to have the call: to talk alone first, or directly."""
    form = TransferForm()

    def change(session: Session) -> None:
        check(form)
        transfers.ask(
            session,
            locked(session, contact_id),
            form.colleague.data,
            directly=form.how.data == "directly",
            by=person().id,
            at=now(),
        )

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/transfer/<any(move, stop):deed>")
@audience(Audience.staff, *CONSOLE)
def change_transfer(contact_id: uuid.UUID, deed: str) -> Response:
    """Give the call to the colleague who is in the room, or keep it after all."""

    def change(session: Session) -> None:
        check(ActionForm())
        rule = transfers.hand_over if deed == "move" else transfers.stop
        rule(session, locked(session, contact_id), by=person().id, at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/leave")
@audience(Audience.staff, *CONSOLE)
def leave_call(contact_id: uuid.UUID) -> Response:
    """Leave a call that a colleague has by now."""

    def change(session: Session) -> None:
        check(ActionForm())
        transfers.leave(session, locked(session, contact_id), person().id, at=now())

    return done(change, url_for("console.console"))
