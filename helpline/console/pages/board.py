"""The console itself: the page, the parts that refresh themselves, one's availability."""

import uuid

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline.accounts import availability
from helpline.accounts.models import Availability, Role
from helpline.clock import now
from helpline.console import overview
from helpline.console.forms import AvailabilityForm
from helpline.console.pages.edge import CONSOLE, READERS, RefusedError, blueprint, done, look_at
from helpline.contacts import contacts
from helpline.database import transaction
from helpline.voice import routing, voicemail_tasks
from helpline.web.access import Audience, audience, person

HOMES: dict[str, str] = {
    Role.safeguarding_lead: "people.flagged",
    Role.partner_liaison: "people.search",
    Role.administrator: "accounts.staff_list",
    Role.data_protection_officer: "record.read",
    Role.police_partner: "police.listed",
}
"""Where those begin who don't talk with callers."""


@blueprint.get("/console")
@audience(Audience.signed_in)
def console() -> Response | str:
    """Show the console with nothing opened; those who don't talk with callers go to their page."""
    if person().role in CONSOLE:
        return _page(None)
    return redirect(url_for(HOMES[person().role]))


@blueprint.get("/console/contacts/<uuid:contact_id>")
@audience(Audience.staff, *READERS)
def contact(contact_id: uuid.UUID) -> str:
    """Show the console with one contact opened."""
    return _page(contact_id)


@blueprint.get("/console/parts/waiting")
@audience(Audience.staff, *CONSOLE)
def part_waiting() -> str:
    """Render the list of what waits."""
    with transaction() as session:
        cards = overview.waiting(session, person().id, at=now())
        me = overview.me(session, person().id)
        left = voicemail_tasks.count(session)
    return render_template("console/_waiting.html", waiting=cards, me=me, voicemails=left)


@blueprint.get("/console/parts/mine")
@audience(Audience.staff, *CONSOLE)
def part_mine() -> str:
    """Render the lists of my contacts and my colleagues'."""
    open_id = request.args.get("open", type=uuid.UUID)
    with transaction() as session:
        in_hand = overview.in_hand(session, person().id)
    return render_template("console/_mine.html", in_hand=in_hand, open_id=open_id)


@blueprint.get("/console/parts/me")
@audience(Audience.staff, *CONSOLE)
def part_me() -> str:
    """Render the bar with my availability."""
    with transaction() as session:
        me = overview.me(session, person().id)
    return render_template("console/_me.html", me=me)


@blueprint.get("/console/contacts/<uuid:contact_id>/parts/<any(talk, about, actions):part>")
@audience(Audience.staff, *READERS)
def part_of_contact(contact_id: uuid.UUID, part: str) -> str:
    """Render one part of an opened contact."""
    with transaction() as session:
        view = look_at(session, contact_id, is_part=True)
        return render_template(f"console/_{part}.html", view=view)


@blueprint.post("/console/availability")
@audience(Audience.staff, *CONSOLE)
def choose_availability() -> Response:
    """Start the shift, go away, come back, end the shift."""
    form = AvailabilityForm()

    def change(session: Session) -> None:
        if not form.validate():
            raise RefusedError("Choose ready, away or end shift")
        chosen = Availability(form.availability.data)
        if chosen is Availability.off_shift and contacts.has_open(session, person().id):
            raise RefusedError("Wrap up or hand back what you have, then end your shift")
        availability.choose(session, person().id, chosen, at=now())
        if chosen is Availability.ready:
            routing.offer_waiting(session, at=now())

    return done(change, url_for("console.console"))


def _page(contact_id: uuid.UUID | None) -> str:
    with transaction() as session:
        view = look_at(session, contact_id) if contact_id is not None else None
        return render_template(
            "console/console.html",
            me=overview.me(session, person().id),
            waiting=overview.waiting(session, person().id, at=now()),
            in_hand=overview.in_hand(session, person().id),
            voicemails=voicemail_tasks.count(session),
            open_id=contact_id,
            view=view,
        )
