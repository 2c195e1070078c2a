"""Bringing a partner onto a call: found in the directory, on a ground, rung, briefed, joined."""

import uuid

from flask import abort, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline import audit
from helpline.clock import now
from helpline.confidentiality import consent
from helpline.console.forms import ActionForm
from helpline.console.pages.bridge_forms import GroundForm, PartnerSearchForm, RingForm
from helpline.console.pages.edge import CONSOLE, REFUSED, blueprint, check, done, locked
from helpline.contacts import contacts
from helpline.contacts.models import Contact
from helpline.database import transaction
from helpline.directory import ladder, partners
from helpline.directory.models import Partner
from helpline.voice import bridges, changes_by_hand, grounds
from helpline.voice.changes_by_hand import Deed
from helpline.voice.grounds import Ground
from helpline.voice.models import Bridge
from helpline.web.access import Audience, audience, person

_DEEDS = {"join": bridges.join, "brief": bridges.brief, "close": bridges.close}
_REFUSALS = (
    bridges.CannotBridgeError,
    grounds.NoGroundError,
    consent.ConsentRefusedError,
)


@blueprint.route(
    "/console/contacts/<uuid:contact_id>/<any(bridge, professional):what>", methods=["GET", "POST"]
)
@audience(Audience.staff, *CONSOLE)
def find_partner(contact_id: uuid.UUID, what: str) -> str | tuple[str, int]:
    """Find the partner who is to be brought in, or told something, in the checked directory."""
    form = PartnerSearchForm()
    with transaction() as session:
        contact = own_contact(session, contact_id)
        found = partners.search(session, form.asked.data or "") if form.validate_on_submit() else []
        page = render_template(
            "console/find_partner.html",
            contact=contact,
            form=form,
            what=what,
            found=[(each, ladder.ladder(session, each.id, at=now())) for each in found],
            known=partners.everybody(session)[:20],
        )
    return (page, REFUSED) if form.errors else page


@blueprint.route(
    "/console/contacts/<uuid:contact_id>/bridge/<uuid:partner_id>", methods=["GET", "POST"]
)
@audience(Audience.staff, *CONSOLE)
def bring_in(contact_id: uuid.UUID, partner_id: uuid.UUID) -> Response | str | tuple[str, int]:
    """Note on what ground a partner is brought in, and ring the first who answers at this hour."""
    form = GroundForm()
    with transaction() as session:
        contact = own_contact(session, contact_id)
        partner = active_partner(session, partner_id)
        form.offer(grounds.that_may_be_told(session, contact, partner))
        if form.validate_on_submit() and not _agreed_without_words(form):
            try:
                _begin(session, contact, partner, form)
                return redirect(url_for("console.contact", contact_id=contact_id), 303)
            except contacts.NotYoursError:
                abort(404)
            except _REFUSALS as error:
                form.ground.errors = [str(error)]
        page = render_template(
            "console/bring_in.html",
            contact=contact,
            partner=partner,
            form=form,
            rungs=ladder.ladder(session, partner_id, at=now()),
        )
    return (page, REFUSED) if form.is_submitted() else page


@blueprint.post(
    "/console/contacts/<uuid:contact_id>/bridges/<uuid:bridge_id>"
    "/<any(ring, join, brief, close):deed>"
)
@audience(Audience.staff, *CONSOLE)
def change_bridge(contact_id: uuid.UUID, bridge_id: uuid.UUID, deed: str) -> Response:
    """Ring a rung, bring caller and partner together, talk alone again, or let the partner go."""

    def change(session: Session) -> None:
        contact = locked(session, contact_id)
        bridge = session.get(Bridge, bridge_id)
        if bridge is None or bridge.contact_id != contact_id:
            abort(404)
        if deed == "ring":
            form = RingForm()
            check(form)
            number = form.number.id_or_none or uuid.UUID(int=0)
            bridges.ring(session, contact, bridge, number, by=person().id, at=now())
        else:
            check(ActionForm())
            _DEEDS[deed](session, contact, bridge, by=person().id, at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post(
    "/console/contacts/<uuid:contact_id>/legs/<uuid:leg_id>"
    "/<any(hold, release, mute, unmute, put_out):deed>"
)
@audience(Audience.staff, *CONSOLE)
def change_party(contact_id: uuid.UUID, leg_id: uuid.UUID, deed: str) -> Response:
    """Hold, mute or let go of somebody in one's call."""

    def change(session: Session) -> None:
        check(ActionForm())
        contact = locked(session, contact_id)
        changes_by_hand.change(session, contact, leg_id, Deed(deed), by=person().id, at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))


def own_contact(session: Session, contact_id: uuid.UUID) -> Contact:
    """Read and hold a contact that the person who is signed in has, on record; 404 for others."""
    contact = locked(session, contact_id)
    if contact.owner_id != person().id:
        abort(404)
    audit.note(session, audit.Act.contact_seen, at=now(), who=person().id, about=contact_id)
    return contact


def active_partner(session: Session, partner_id: uuid.UUID) -> Partner:
    """Read a partner that is worked with; 404 for others."""
    partner = session.get(Partner, partner_id)
    if partner is None or not partner.is_active:
        abort(404)
    return partner


def ground_of(
    session: Session,
    contact: Contact,
    partner: Partner,
    form: GroundForm,
    *,
    for_message: bool = False,
) -> Ground:
    """Return the ground that was filled in; an agreement is entered in the ledger first."""
    if not form.has_agreed:
        return form.decided
    words = form.agreed_words.data or ""
    return grounds.agreed(
        session,
        contact,
        partner,
        words,
        form.form_key.key,
        by=person().id,
        at=now(),
        for_message=for_message,
    )


def _agreed_without_words(form: GroundForm) -> bool:
    missing = form.has_agreed and not (form.agreed_words.data or "").strip()
    if missing:
        form.agreed_words.errors = ["Write what they said, as nearly as you can"]
    return missing


def _begin(session: Session, contact: Contact, partner: Partner, form: GroundForm) -> None:
    ground = ground_of(session, contact, partner, form)
    by, at = person().id, now()
    bridge = bridges.open_bridge(session, contact, partner, ground, by=by, at=at)
    first = ladder.ladder(session, partner.id, at=at)[0]
    if first.number_id is not None:
        bridges.ring(session, contact, bridge, first.number_id, by=by, at=at)
        flash(f"Ringing {partner.name}, {first.words}")
