"""What call-takers do together: hand over, see who else is looking, say who goes first."""

import uuid

from flask import make_response, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline.clock import now
from helpline.console import contact_view
from helpline.console.forms import ActionForm, HandOverForm, NeedForm, PresenceForm
from helpline.console.pages.edge import (
    CONSOLE,
    READERS,
    RefusedError,
    blueprint,
    check,
    check_not_on_the_line,
    done,
    locked,
)
from helpline.contacts import alarms, contacts, handing_over, presence
from helpline.contacts.models import Contact, Need
from helpline.database import transaction
from helpline.voice import legs
from helpline.web.access import Audience, audience, person


@blueprint.post("/console/contacts/<uuid:contact_id>/hand-over")
@audience(Audience.staff, *CONSOLE)
def hand_over(contact_id: uuid.UUID) -> Response:
    """Ask a colleague to go on with a contact."""
    form = HandOverForm()

    def change(session: Session) -> None:
        check(form)
        found = locked(session, contact_id)
        check_not_on_the_line(session, found)
        handing_over.offer(session, found, person().id, form.colleague.data, at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/hand-over/accept")
@audience(Audience.staff, *CONSOLE)
def accept_hand_over(contact_id: uuid.UUID) -> Response:
    """Go on with a contact that a colleague hands over."""

    def change(session: Session) -> None:
        check(ActionForm())
        found = locked(session, contact_id)
        if legs.live(session, contact_id):
            raise RefusedError("Your colleague is on the telephone with them. Wait until they end")
        handing_over.accept(session, found, person().id, at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/hand-over/no")
@audience(Audience.staff, *CONSOLE)
def no_hand_over(contact_id: uuid.UUID) -> Response:
    """Keep a contact after all, or decline one."""

    def change(session: Session) -> None:
        check(ActionForm())
        handing_over.take_back(session, locked(session, contact_id), person().id)

    return done(change, url_for("console.console"))


@blueprint.post("/console/contacts/<uuid:contact_id>/need")
@audience(Audience.staff, *CONSOLE)
def decide_need(contact_id: uuid.UUID) -> Response:
    """Put somebody who waits first, or later."""
    form = NeedForm()

    def change(session: Session) -> None:
        check(form)
        chosen = None if form.need.data == NeedForm.AS_IT_WAS else Need(str(form.need.data))
        contacts.decide_need(session, locked(session, contact_id), chosen, at=now(), by=person().id)

    return done(change, url_for("console.console"))


@blueprint.post("/console/contacts/<uuid:contact_id>/presence")
@audience(Audience.staff, *READERS)
def be_present(contact_id: uuid.UUID) -> Response:
    """Hear that this person has the contact open, writes, or has closed it."""
    form = PresenceForm()
    with transaction() as session:
        if not form.validate() or not _may_see(session, contact_id):
            return make_response("", 204)
        if alarms.is_quiet(session, contact_id) and not _is_mine(session, contact_id):
            # Whoever stands beside the call-taker must not see that somebody looks on.
            return make_response("", 204)
        if form.state.data == "gone":
            presence.gone(session, contact_id, person().id)
        else:
            is_writing = form.state.data == "writing"
            presence.here(session, contact_id, person().id, is_writing=is_writing, at=now())
    return make_response("", 204)


@blueprint.get("/console/contacts/<uuid:contact_id>/parts/presence")
@audience(Audience.staff, *READERS)
def part_presence(contact_id: uuid.UUID) -> str:
    """Render who else has the contact open."""
    with transaction() as session:
        others = (
            presence.others(session, contact_id, person().id, at=now())
            if _may_see(session, contact_id)
            else []
        )
    return render_template("console/_presence.html", others=others)


def _is_mine(session: Session, contact_id: uuid.UUID) -> bool:
    found = session.get(Contact, contact_id)
    return found is not None and found.owner_id == person().id


def _may_see(session: Session, contact_id: uuid.UUID) -> bool:
    found = session.get(Contact, contact_id)
    if found is None:
        return False
    known = contact_view.asked_for(session, found, person().role)
    return contact_view.may_see(found, person().id, person().role, *known)
