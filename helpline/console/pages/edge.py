"""What the console's pages share: who may come in, what a button does, what is refused."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline import audit
from helpline.accounts import availability
from helpline.accounts.models import Role
from helpline.clock import now
from helpline.console import contact_view, words
from helpline.contacts import contacts, handing_over, switching, wrap_up
from helpline.contacts.models import Contact
from helpline.database import transaction
from helpline.directory.entries import TOPICS
from helpline.directory.forms import FindServiceForm
from helpline.signposting import giving, texting
from helpline.signposting import wording as signposting_wording
from helpline.sms import conversations, limits, saved_replies, segments
from helpline.sms.saved_replies import Place, SavedReplyVersion
from helpline.voice import (
    bridges,
    changes_by_hand,
    first_minute,
    grounds,
    leaving,
    legs,
    may_ring,
    professional_messages,
    routing,
    supervising,
    transfers,
    voicemail_tasks,
)
from helpline.web.access import person
from helpline.web.carrier_webhooks import settings
from helpline.web.forms import HelplineForm, new_key
from helpline.web.headers import exchange_address, live_address

blueprint = Blueprint("console", __name__)

CONSOLE = (Role.call_taker, Role.supervisor)
"""Who talks with callers."""
READERS = (*CONSOLE, Role.safeguarding_lead, Role.data_protection_officer)
"""Who may open a contact at all; how much of it, the matrix says."""

REFUSED = 422
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
    handing_over.CannotHandOverError,
    switching.CannotSwitchError,
    limits.TooManyTextsError,
    supervising.CannotListenError,
    bridges.CannotBridgeError,
    grounds.NoGroundError,
    changes_by_hand.CannotChangeError,
    transfers.CannotTransferError,
    leaving.PlanFirstError,
    professional_messages.CannotPassOnError,
    may_ring.MayNotRingError,
    first_minute.WordsTooLongError,
    voicemail_tasks.CannotDoError,
    giving.CannotGiveError,
    texting.CannotTextError,
)


@blueprint.app_context_processor
def _for_templates() -> dict[str, Any]:
    return {
        "words": words,
        "training": settings().training,
        "wrap_up_time": timedelta(seconds=settings().wrap_up_seconds),
        "short_code": settings().helpline_short_code,
        "live_url": live_address(settings(), request.host),
        "handsets": exchange_address(settings(), request.host),
        "person": person(),
        "new_key": new_key,
        "segments": segments,
        "filled_in": _filled_in,
        "signposting": signposting_wording,
        "find_service": FindServiceForm,
        "topics": TOPICS,
    }


def _filled_in(version: SavedReplyVersion) -> str:
    """Return a saved reply with what is known in its places."""
    values = {
        Place.short_code: settings().helpline_short_code,
        Place.first_name: person().display_name.split()[0],
    }
    return saved_replies.filled_in(version.words, values)


def look_at(
    session: Session, contact_id: uuid.UUID, *, is_part: bool = False
) -> contact_view.ContactView | None:
    """Read a contact for whoever is signed in, and record the look. None: not theirs to see.

    Each page is a look; the parts by which it keeps itself up to date are the same look.
    """
    found = session.get(Contact, contact_id)
    if found is None:
        abort(404)
    known = contact_view.asked_for(session, found, person().role)
    if not contact_view.may_see(found, person().id, person().role, *known):
        return None
    record = audit.note_look if is_part else audit.note
    record(session, audit.Act.contact_seen, at=now(), who=person().id, about=found.id)
    return contact_view.read(session, found, at=now())


def locked(session: Session, contact_id: uuid.UUID) -> Contact:
    found = contacts.locked(session, contact_id)
    if found is None:
        abort(404)
    return found


def check_not_on_the_line(session: Session, contact: Contact) -> None:
    """Make sure that nobody talks in a conversation by text that is to change hands, or to end.

    Raises:
        RefusedError: somebody does.

    """
    if legs.live(session, contact.id):
        raise RefusedError("You are on the telephone with them. End the call first")


def check(form: HelplineForm) -> None:
    if not form.validate():
        problems = [str(problem) for each in form.errors.values() for problem in each]
        raise RefusedError(problems[0] if problems else "Send the form again")


def done(change: Callable[[Session], None], then: str) -> Response:
    """Do what a button asks, in one transaction, and go on; say plainly why where it can't be."""
    try:
        with transaction() as session:
            change(session)
    except (RefusedError, *_SAY_THEMSELVES) as error:
        return _refuse(str(error), REFUSED, then)
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
