"""Pages on which saved replies are written, changed and taken out of use."""

import uuid

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from helpline.clock import now
from helpline.database import transaction
from helpline.sms import saved_replies, segments
from helpline.sms.forms import SavedReplyForm
from helpline.sms.saved_replies import EDITORS, MOST_LETTERS, CannotSaveError, Place
from helpline.web.access import Audience, audience, person
from helpline.web.forms import HelplineForm

blueprint = Blueprint("saved_replies", __name__, url_prefix="/saved-replies")

_INVALID = 422


@blueprint.get("")
@audience(Audience.staff, *EDITORS)
def listed() -> str:
    """List the replies in use, with what each costs."""
    with transaction() as session:
        replies = [
            (each, segments.measure(each.words).parts) for each in saved_replies.in_use(session)
        ]
    return render_template("sms/saved_replies.html", replies=replies)


@blueprint.route("/new", methods=["GET", "POST"])
@audience(Audience.staff, *EDITORS)
def new() -> Response | tuple[str, int]:
    """Write a new reply."""
    return _edit(None, SavedReplyForm())


@blueprint.route("/<uuid:reply_id>", methods=["GET", "POST"])
@audience(Audience.staff, *EDITORS)
def change(reply_id: uuid.UUID) -> Response | tuple[str, int]:
    """Change a reply, and read what it said before."""
    with transaction() as session:
        before = saved_replies.versions(session, reply_id)
    if not before:
        abort(404)
    newest = before[0]
    form = SavedReplyForm(
        name=newest.name, words=newest.words, language=newest.reply.language.value
    )
    return _edit(reply_id, form)


@blueprint.post("/<uuid:reply_id>/retire")
@audience(Audience.staff, *EDITORS)
def retire(reply_id: uuid.UUID) -> Response:
    """Take a reply out of use."""
    if not HelplineForm().validate():
        abort(400)
    try:
        with transaction() as session:
            saved_replies.retire(session, reply_id, by=person().id, at=now())
    except CannotSaveError:
        abort(404)
    flash("It is not offered any more")
    return redirect(url_for("saved_replies.listed"), 303)


def _edit(reply_id: uuid.UUID | None, form: SavedReplyForm) -> Response | tuple[str, int]:
    if form.validate_on_submit():
        try:
            with transaction() as session:
                saved_replies.save(
                    session, form.draft(), by=person().id, at=now(), reply_id=reply_id
                )
        except CannotSaveError as error:
            form.words.errors = [str(error)]
        else:
            flash("Saved. Call-takers see it when they open a conversation")
            return redirect(url_for("saved_replies.listed"), 303)
    with transaction() as session:
        before = saved_replies.versions(session, reply_id) if reply_id is not None else ()
    page = render_template(
        "sms/saved_reply.html",
        form=form,
        before=before,
        reply_id=reply_id,
        places=list(Place),
        most=MOST_LETTERS,
    )
    return page, _INVALID if form.errors else 200
