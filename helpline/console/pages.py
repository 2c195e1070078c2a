"""The console: a page, the parts of it that refresh themselves, and what its buttons do."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import (
    Blueprint,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline import audit
from helpline.accounts import availability
from helpline.accounts.models import Availability, Role
from helpline.clock import now
from helpline.console import overview, words
from helpline.console.forms import (
    ActionForm,
    AvailabilityForm,
    NoteForm,
    ReplyForm,
    SendAgainForm,
    WrapUpForm,
)
from helpline.contacts import contacts, wrap_up
from helpline.contacts.models import Channel, Contact, ContactState
from helpline.database import transaction
from helpline.sms import conversations
from helpline.voice import calls, routing
from helpline.web.access import Audience, audience, person
from helpline.web.carrier_webhooks import settings
from helpline.web.forms import new_key
from helpline.web.headers import exchange_address, live_address

blueprint = Blueprint("console", __name__)

CONSOLE = (Role.call_taker, Role.supervisor)
"""Who talks with callers."""
READERS = (*CONSOLE, Role.safeguarding_lead, Role.data_protection_officer)
"""Who may open a contact at all; how much of it, the matrix says."""
HOMES: dict[str, str] = {
    Role.safeguarding_lead: "people.flagged",
    Role.partner_liaison: "people.search",
    Role.administrator: "accounts.staff_list",
    Role.data_protection_officer: "record.read",
}
"""Where those begin who don't talk with callers."""

_REFUSED = 422
_CHANGED_MEANWHILE = 409


class RefusedError(Exception):
    """What was asked can't be done now; the words are for the call-taker."""


# What rules may raise, and what the call-taker reads.
_SENTENCES: dict[type[Exception], str] = {
    contacts.TakenAlreadyError: "A colleague has taken this one. Nothing is lost",
    contacts.NotYoursError: "A colleague has this one now, so you can't change it",
    contacts.StepNotAllowedError: "That isn't possible any more. The page shows how it stands now",
    conversations.NewTextArrivedError: "A new text came in. Read it, then send again",
}
_SAY_THEMSELVES = (
    contacts.WordsMissingError,
    conversations.CannotSendError,
    routing.CannotRingError,
    availability.CannotChooseError,
    wrap_up.UnknownCodeError,
)


@blueprint.app_context_processor
def _for_templates() -> dict[str, Any]:
    return {
        "words": words,
        "training": settings().training,
        "short_code": settings().helpline_short_code,
        "live_url": live_address(settings(), request.host),
        "handsets": exchange_address(settings(), request.host),
        "person": person(),
        "new_key": new_key,
    }


# --- the page and its parts ----------------------------------------------------------------


@blueprint.get("/console")
@audience(Audience.staff)
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
        cards = overview.waiting(session, person().id)
        me = overview.me(session, person().id)
    return render_template("console/_waiting.html", waiting=cards, me=me)


@blueprint.get("/console/parts/mine")
@audience(Audience.staff, *CONSOLE)
def part_mine() -> str:
    """Render the lists of my contacts and my colleagues'."""
    open_id = request.args.get("open", type=uuid.UUID)
    with transaction() as session:
        mine = overview.mine(session, person().id)
        others = overview.with_others(session, person().id)
    return render_template("console/_mine.html", mine=mine, others=others, open_id=open_id)


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
        view = _view(session, contact_id, is_part=True)
        return render_template(f"console/_{part}.html", view=view)


@blueprint.get("/shift")
@audience(Audience.staff, Role.supervisor)
def shift() -> str:
    """Show the shift: who is here, what waits, what was closed last."""
    return render_template("console/shift.html", **_shift())


@blueprint.get("/shift/parts/board")
@audience(Audience.staff, Role.supervisor)
def part_board() -> str:
    """Render the part of the shift page that refreshes itself."""
    return render_template("console/_board.html", **_shift())


# --- what the buttons do -------------------------------------------------------------------


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

    return _done(change, url_for("console.console"))


@blueprint.post("/console/contacts/<uuid:contact_id>/take")
@audience(Audience.staff, *CONSOLE)
def take(contact_id: uuid.UUID) -> Response:
    """Take a waiting text, or have one's own phone ring for a waiting call."""

    def change(session: Session) -> None:
        found = _locked(session, contact_id)
        if found.channel is Channel.voice:
            routing.take(session, contact_id, person().id, at=now())
        elif not (found.owner_id == person().id and found.state is ContactState.with_call_taker):
            contacts.take(session, found, person().id, at=now())

    return _done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/reply")
@audience(Audience.staff, *CONSOLE)
def reply(contact_id: uuid.UUID) -> Response:
    """Send a text to the caller."""
    form = ReplyForm()

    def change(session: Session) -> None:
        _check(form)
        answer = conversations.Reply(
            words=form.words.data or "",
            last_seen=form.last_seen.data or 0,
            form_key=form.form_key.key,
        )
        conversations.reply(session, _locked(session, contact_id), person().id, answer, at=now())

    return _done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/texts/<uuid:text_id>/send-again")
@audience(Audience.staff, *CONSOLE)
def send_again(contact_id: uuid.UUID, text_id: uuid.UUID) -> Response:
    """Send a text again that failed or was not confirmed."""
    form = SendAgainForm()

    def change(session: Session) -> None:
        _check(form)
        found = _locked(session, contact_id)
        conversations.send_again(session, found, person().id, text_id, form.form_key.key, at=now())

    return _done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/note")
@audience(Audience.staff, *CONSOLE)
def note(contact_id: uuid.UUID) -> Response:
    """Write a note."""
    form = NoteForm()

    def change(session: Session) -> None:
        _check(form)
        found = _locked(session, contact_id)
        if not overview.may_see(found, person().id, person().role):
            raise contacts.NotYoursError
        contacts.write_note(
            session, found, person().id, form.words.data or "", form.form_key.key, at=now()
        )

    return _done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/end")
@audience(Audience.staff, *CONSOLE)
def end(contact_id: uuid.UUID) -> Response:
    """End the talking and go on to the wrap-up."""

    def change(session: Session) -> None:
        found = _locked(session, contact_id)
        if found.channel is Channel.voice:
            calls.end_call(session, found, person().id, at=now())
        else:
            conversations.end_conversation(session, found, person().id, at=now())

    return _done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/go-on")
@audience(Audience.staff, *CONSOLE)
def go_on(contact_id: uuid.UUID) -> Response:
    """Go on with a conversation by text that was ended too soon."""

    def change(session: Session) -> None:
        found = _locked(session, contact_id)
        if found.channel is not Channel.sms:
            raise RefusedError("A call that has ended can't be taken up again")
        conversations.go_on(session, found, person().id)

    return _done(change, url_for("console.contact", contact_id=contact_id))


@blueprint.post("/console/contacts/<uuid:contact_id>/hand-back")
@audience(Audience.staff, *CONSOLE)
def hand_back(contact_id: uuid.UUID) -> Response:
    """Put a conversation by text back among those who wait; a supervisor may do it for others."""

    def change(session: Session) -> None:
        found = _locked(session, contact_id)
        if not overview.may_see(found, person().id, person().role):
            raise contacts.NotYoursError
        if found.channel is not Channel.sms or found.owner_id is None:
            raise RefusedError("Only a conversation by text can be handed back")
        contacts.hand_back(session, found, at=now(), by=person().id)

    return _done(change, url_for("console.console"))


@blueprint.route("/console/contacts/<uuid:contact_id>/wrap-up", methods=["GET", "POST"])
@audience(Audience.staff, *CONSOLE)
def wrap_up_contact(contact_id: uuid.UUID) -> Response | str | tuple[str, int]:
    """Wrap a contact up."""
    form = WrapUpForm()
    if not form.validate_on_submit():
        with transaction() as session:
            view = _view(session, contact_id)
            said = render_template("console/wrap_up.html", view=view, form=form)
        return said, _REFUSED if form.is_submitted() else 200

    def change(session: Session) -> None:
        found = _locked(session, contact_id)
        wrap_up.wrap_up(session, found, person().id, form.coding(), at=now())
        calls.wrapped_up(session, person().id, at=now())

    return _done(change, url_for("console.console"))


# --- what they share -----------------------------------------------------------------------


def _page(contact_id: uuid.UUID | None) -> str:
    with transaction() as session:
        view = _view(session, contact_id) if contact_id is not None else None
        return render_template(
            "console/console.html",
            me=overview.me(session, person().id),
            waiting=overview.waiting(session, person().id),
            mine=overview.mine(session, person().id),
            others=overview.with_others(session, person().id),
            open_id=contact_id,
            view=view,
        )


def _view(
    session: Session, contact_id: uuid.UUID, *, is_part: bool = False
) -> overview.ContactView | None:
    """Read a contact for whoever is signed in, and record the look. None: not theirs to see.

    Each page is a look; the parts by which it keeps itself up to date are the same look.
    """
    found = session.get(Contact, contact_id)
    if found is None:
        abort(404)
    known = overview.asked_for(session, found, person().role)
    if not overview.may_see(found, person().id, person().role, *known):
        return None
    record = audit.note_look if is_part else audit.note
    record(session, audit.Act.contact_seen, at=now(), who=person().id, about=found.id)
    return overview.contact_view(session, found, at=now())


def _shift() -> dict[str, Any]:
    with transaction() as session:
        return {
            "people": overview.people_on_shift(session),
            "waiting": overview.waiting(session, person().id),
            "others": overview.with_others(session, uuid.UUID(int=0)),
            "closed": overview.latest_closed(session),
        }


def _locked(session: Session, contact_id: uuid.UUID) -> Contact:
    found = contacts.locked(session, contact_id)
    if found is None:
        abort(404)
    return found


def _check(form: ActionForm | ReplyForm | NoteForm | SendAgainForm) -> None:
    if not form.validate():
        problems = [str(problem) for each in form.errors.values() for problem in each]
        raise RefusedError(problems[0] if problems else "Send the form again")


def _done(change: Callable[[Session], None], then: str) -> Response:
    """Do what a button asks, in one transaction, and go on; say plainly why where it can't be."""
    try:
        with transaction() as session:
            change(session)
    except (RefusedError, *_SAY_THEMSELVES) as error:
        return _refuse(str(error), _REFUSED, then)
    except tuple(_SENTENCES) as error:
        return _refuse(_SENTENCES[type(error)], _CHANGED_MEANWHILE, then)
    if request.headers.get("HX-Request"):
        return make_response("", 204, {"HX-Trigger": "done"})
    return redirect(then, 303)


def _refuse(sentence: str, status: int, then: str) -> Response:
    """Answer a script with the sentence; show anybody else the page again with it on top."""
    if request.headers.get("HX-Request"):
        return make_response(render_template("console/_refused.html", sentence=sentence), status)
    flash(sentence)
    return redirect(then, 303)
