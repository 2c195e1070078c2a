"""Voicemails: the list of what is to be listened to, and one with its sound."""

import uuid
from collections.abc import Callable
from datetime import datetime

from flask import abort, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline import audit
from helpline.clock import now
from helpline.console.forms import ActionForm
from helpline.console.pages.edge import CONSOLE, REFUSED, blueprint, check, done, look_at
from helpline.console.pages.hours_forms import VoicemailDoneForm
from helpline.contacts import contacts
from helpline.database import transaction
from helpline.voice import voicemail_tasks, voicemails
from helpline.voice.voicemail_tasks import CannotDoError
from helpline.voice.voicemails import Voicemail
from helpline.web.access import Audience, audience, person


@blueprint.get("/voicemails")
@audience(Audience.staff, *CONSOLE)
def voicemail_list() -> str:
    """List the voicemails to be dealt with. What was said in them is not part of the list."""
    return render_template("console/voicemails.html", **_listed())


@blueprint.get("/voicemails/parts/list")
@audience(Audience.staff, *CONSOLE)
def part_voicemails() -> str:
    """Render the list, which refreshes itself."""
    return render_template("console/_voicemails.html", **_listed())


@blueprint.get("/voicemails/<uuid:voicemail_id>")
@audience(Audience.staff, *CONSOLE)
def voicemail(voicemail_id: uuid.UUID) -> tuple[str, int]:
    """Show one voicemail: its sound, how they may be reached, and what was done."""
    return _page(voicemail_id, VoicemailDoneForm(formdata=None))


@blueprint.get("/voicemails/<uuid:voicemail_id>/sound")
@audience(Audience.staff, *CONSOLE)
def voicemail_sound(voicemail_id: uuid.UUID) -> Response:
    """Give the sound of one to whoever may read its contact. Who listened is on record."""
    with transaction() as session:
        found = _may_listen(session, voicemail_id, is_part=True)
        body = voicemails.opened(session, found.id)
        if body is None:
            abort(404)
        audit.note(
            session,
            audit.Act.voicemail_heard,
            at=now(),
            who=person().id,
            about=found.contact_id,
        )
    return Response(body, mimetype="audio/wav")


@blueprint.post("/voicemails/<uuid:voicemail_id>/take")
@audience(Audience.staff, *CONSOLE)
def take_voicemail(voicemail_id: uuid.UUID) -> Response:
    """Take one to listen to it."""
    here = url_for("console.voicemail", voicemail_id=voicemail_id)
    return _do(voicemail_id, voicemail_tasks.take, here)


@blueprint.post("/voicemails/<uuid:voicemail_id>/put-back")
@audience(Audience.staff, *CONSOLE)
def put_back_voicemail(voicemail_id: uuid.UUID) -> Response:
    """Give one back, so that a colleague can take it."""
    return _do(voicemail_id, voicemail_tasks.put_back, url_for("console.voicemail_list"))


@blueprint.post("/voicemails/<uuid:voicemail_id>/put-first")
@audience(Audience.staff, *CONSOLE)
def put_voicemail_first(voicemail_id: uuid.UUID) -> Response:
    """Note that somebody may be in danger."""
    here = url_for("console.voicemail", voicemail_id=voicemail_id)
    return _do(voicemail_id, voicemail_tasks.put_first, here)


@blueprint.post("/voicemails/<uuid:voicemail_id>/fetch-again")
@audience(Audience.staff, *CONSOLE)
def fetch_voicemail_again(voicemail_id: uuid.UUID) -> Response:
    """Ask the carrier once more for one that it did not give."""

    def again(session: Session, found: Voicemail, staff_id: uuid.UUID, *, at: datetime) -> None:
        del staff_id
        voicemail_tasks.fetch_again(session, found, at=at)

    return _do(voicemail_id, again, url_for("console.voicemail_list"))


@blueprint.post("/voicemails/<uuid:voicemail_id>/done")
@audience(Audience.staff, *CONSOLE)
def voicemail_is_done(voicemail_id: uuid.UUID) -> Response | tuple[str, int]:
    """Note what was done about one."""
    form = VoicemailDoneForm()
    if form.validate():
        try:
            with transaction() as session:
                found = voicemail_tasks.locked(session, voicemail_id) or abort(404)
                voicemail_tasks.done(session, found, person().id, form.what(), at=now())
        except (CannotDoError, contacts.WordsMissingError) as error:
            form.words.errors = [str(error)]
        else:
            flash("Done. What you wrote is kept as a note")
            return redirect(url_for("console.voicemail_list"), 303)
    return _page(voicemail_id, form)


def _listed() -> dict[str, object]:
    at = now()
    with transaction() as session:
        found = voicemail_tasks.listed(session)
        audit.note_look(
            session,
            audit.Act.voicemails_listed,
            at=at,
            who=person().id,
            about=person().id,
        )
    return {"voicemails": found, "now": at}


def _do(voicemail_id: uuid.UUID, rule: Callable[..., None], then: str) -> Response:
    def change(session: Session) -> None:
        check(ActionForm())
        found = voicemail_tasks.locked(session, voicemail_id) or abort(404)
        rule(session, found, person().id, at=now())

    return done(change, then)


def _may_listen(session: Session, voicemail_id: uuid.UUID, *, is_part: bool = False) -> Voicemail:
    found = session.get(Voicemail, voicemail_id)
    if found is None or look_at(session, found.contact_id, is_part=is_part) is None:
        abort(404)
    return found


def _page(voicemail_id: uuid.UUID, form: VoicemailDoneForm) -> tuple[str, int]:
    with transaction() as session:
        found = session.get(Voicemail, voicemail_id) or abort(404)
        view = look_at(session, found.contact_id)
        if view is None:
            # Not theirs (yet): the list offers to take it.
            abort(404)
    page = render_template("console/voicemail.html", voicemail=found, view=view, form=form)
    return page, REFUSED if form.errors else 200
