"""Signposting beside the live contact: find a service, give it, text it, follow it up.

What was looked for is posted and forgotten: it is kept with nobody and written into no log.
"""

import uuid
from collections.abc import Callable

from flask import abort, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline.clock import now
from helpline.console import contact_view
from helpline.console.pages.edge import CONSOLE, RefusedError, blueprint, check, done, locked
from helpline.contacts.models import Contact
from helpline.database import transaction
from helpline.directory import entries, searching, services, wording
from helpline.directory.forms import FindServiceForm
from helpline.signposting import giving, texting
from helpline.signposting.forms import AnswerForm, FollowUpForm, GiveForm, TextForm, UnmetForm
from helpline.signposting.models import Signpost, SignpostState
from helpline.sms import segments
from helpline.web.access import Audience, audience, person

MOST_FOUND = 8
_ONE = "/console/contacts/<uuid:contact_id>/signposts/<uuid:signpost_id>"
Change = Callable[[Session, Contact, Signpost], None]


@blueprint.post("/console/contacts/<uuid:contact_id>/services")
@audience(Audience.staff, *CONSOLE)
def find_services(contact_id: uuid.UUID) -> str:
    """Find services while somebody talks; none for adults only where they are a child."""
    form = FindServiceForm()
    form.validate()
    with transaction() as session:
        contact = session.get(Contact, contact_id)
        if contact is None or not contact_view.may_see(contact, person().id, person().role):
            abort(404)
        wish = form.wish(is_child=contact.is_child)
        given = {each.service_id for each in giving.of_contact(session, contact_id)}
        return render_template(
            "console/_services.html",
            found=searching.find(session, wish, at=now(), most=MOST_FOUND),
            is_asked=wish.is_anything,
            form=form,
            given=given,
            open_id=contact_id,
            standing=services.standing,
            say=wording,
            codes=entries,
            now=now(),
        )


@blueprint.post("/console/contacts/<uuid:contact_id>/signposts")
@audience(Audience.staff, *CONSOLE)
def give_service(contact_id: uuid.UUID) -> Response:
    """Give a service, as it is shown now."""
    form = GiveForm()

    def change(session: Session) -> None:
        check(form)
        gift = giving.Gift(
            form.service_id.key,
            SignpostState(form.state.data or ""),
            form.topic.data or "",
            form.form_key.key,
        )
        giving.give(session, locked(session, contact_id), gift, by=person().id, at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post(f"{_ONE}/answer")
@audience(Audience.staff, *CONSOLE)
def answer_signpost(contact_id: uuid.UUID, signpost_id: uuid.UUID) -> Response:
    """Note how they took it."""
    form = AnswerForm()

    def change(session: Session, contact: Contact, signpost: Signpost) -> None:
        check(form)
        state = SignpostState(form.state.data or "")
        giving.take(session, contact, signpost, state, by=person().id, at=now())

    return _changed(contact_id, signpost_id, change)


@blueprint.post(f"{_ONE}/called")
@audience(Audience.staff, *CONSOLE)
def signpost_called(contact_id: uuid.UUID, signpost_id: uuid.UUID) -> Response:
    """Note that the service was called for them."""

    def change(session: Session, contact: Contact, signpost: Signpost) -> None:
        giving.note_call(session, contact, signpost, by=person().id, at=now())

    return _changed(contact_id, signpost_id, change)


@blueprint.post(f"{_ONE}/text")
@audience(Audience.staff, *CONSOLE)
def text_signpost(contact_id: uuid.UUID, signpost_id: uuid.UUID) -> Response:
    """Text a service's details, if that is safe."""
    form = TextForm()

    def change(session: Session, contact: Contact, signpost: Signpost) -> None:
        check(form)
        is_safe = bool(form.said_safe.data) or not texting.must_ask(contact)
        texting.text(session, contact, signpost, fits, said_safe=is_safe, by=person().id, at=now())

    return _changed(contact_id, signpost_id, change)


@blueprint.post(f"{_ONE}/follow-up")
@audience(Audience.staff, *CONSOLE)
def follow_up_signpost(contact_id: uuid.UUID, signpost_id: uuid.UUID) -> Response:
    """Set the day from which to ask what came of it."""
    form = FollowUpForm()

    def change(session: Session, contact: Contact, signpost: Signpost) -> None:
        check(form)
        giving.follow_up(session, contact, signpost, form.on.data, by=person().id, at=now())

    return _changed(contact_id, signpost_id, change)


@blueprint.post("/console/contacts/<uuid:contact_id>/unmet")
@audience(Audience.staff, *CONSOLE)
def unmet_need(contact_id: uuid.UUID) -> Response:
    """Note that nothing was found."""
    form = UnmetForm()

    def change(session: Session) -> None:
        check(form)
        contact = locked(session, contact_id)
        giving.note_unmet(session, contact, form.topic.data or "", by=person().id, at=now())

    return done(change, url_for("console.contact", contact_id=contact_id))


def fits(words: str) -> bool:
    """Whether words go in one text."""
    return segments.measure(words).parts == 1


def _changed(contact_id: uuid.UUID, signpost_id: uuid.UUID, change: Change) -> Response:
    def with_both(session: Session) -> None:
        contact = locked(session, contact_id)
        signpost = giving.locked(session, signpost_id, contact_id)
        if signpost is None:
            raise RefusedError("This was not given in this contact")
        change(session, contact, signpost)

    return done(with_both, url_for("console.contact", contact_id=contact_id))
