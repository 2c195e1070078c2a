"""What supervisors and safeguarding leads look after: alerts, marked answers, what was left."""

import json
import uuid
from collections.abc import Callable

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline import audit
from helpline.accounts.models import Role
from helpline.clock import now
from helpline.database import transaction
from helpline.messages import (
    checks,
    left_messages,
    nudges,
    police,
    proving,
    replies,
    sight,
    steps,
    threads,
    wording,
)
from helpline.messages.forms import ButtonForm, DecideForm, LeftForm, ToldForm, WhyForm
from helpline.messages.happenings import Alert, LeftMessage, PoliceNotice
from helpline.messages.models import Thread
from helpline.messages.pages.edge import GUARDIANS, INVALID, me, or_404
from helpline.web.access import Audience, audience, person

blueprint = Blueprint("watching", __name__, url_prefix="/messages/watch")


@blueprint.get("")
@audience(Audience.staff, *GUARDIANS)
def listed() -> str:
    """List what somebody has to look at."""
    with transaction() as session:
        audit.note(session, audit.Act.messages_listed, at=now(), who=person().id)
        may_read_left = person().role == Role.supervisor
        left = left_messages.to_read(session, at=now()) if may_read_left else ()
        notices = police.to_tell(session, at=now())
        seen = {each.enquiry_id for each in left} | {each.thread_id for each in notices}
        for about in seen:
            audit.note(session, audit.Act.message_seen, at=now(), who=person().id, about=about)
        return render_template(
            "messages/watch.html",
            alerts=_alerts(session),
            replies=replies.to_decide(session),
            left=left,
            notices=notices,
            left_form=LeftForm(formdata=None),
            told_form=ToldForm(formdata=None),
            say=wording,
        )


@blueprint.post("/alerts/<uuid:alert_id>/seen")
@audience(Audience.staff, *GUARDIANS)
def seen(alert_id: uuid.UUID) -> Response:
    """Enter that somebody looks after an alert."""
    with transaction() as session:
        alert = session.get(Alert, alert_id, with_for_update=True)
        if alert is None:
            abort(404)
        if alert.seen_at is None:
            alert.seen_at, alert.seen_by = now(), person().id
            audit.note(
                session,
                audit.Act.message_alert_seen,
                at=now(),
                who=person().id,
                about=alert.thread_id,
            )
    return redirect(url_for(".listed"), 303)


@blueprint.get("/threads/<uuid:thread_id>")
@audience(Audience.staff, *GUARDIANS)
def thread(thread_id: uuid.UUID) -> str:
    """Show how a thread stands, without any words: what left, what stands against it."""
    with transaction() as session:
        found = _thread(session, thread_id)
        return render_template(
            "messages/watched.html",
            thread=found,
            proof=proving.export(session, found, at=now()),
            form=WhyForm(formdata=None),
            button_form=ButtonForm(formdata=None),
            may_nudge=nudges.may_push(found),
            say=wording,
        )


@blueprint.get("/threads/<uuid:thread_id>/proof.json")
@audience(Audience.staff, *GUARDIANS)
def proof(thread_id: uuid.UUID) -> Response:
    """Hand out the proof of a thread as a file: no words, no names, no numbers."""
    with transaction() as session:
        found = _thread(session, thread_id)
        audit.note(session, audit.Act.message_proof_made, at=now(), who=person().id, about=found.id)
        exported = proving.export(session, found, at=now())
    answer = Response(json.dumps(exported, indent=2), mimetype="application/json")
    answer.headers["Content-Disposition"] = "attachment; filename=proof.json"
    return answer


@blueprint.post("/threads/<uuid:thread_id>/<any(unlock, stop, go_on, nudge):what>")
@audience(Audience.staff, *GUARDIANS)
def do(thread_id: uuid.UUID, what: str) -> Response:
    """Unlock a thread, stop everything in it, let it go on, or send the neutral sign."""
    form = WhyForm() if what == "stop" else ButtonForm()
    if not form.validate():
        flash("Write why")
        return redirect(url_for(".thread", thread_id=thread_id), 303)
    try:
        with transaction() as session:
            found = _thread(session, thread_id)
            threads.locked(session, thread_id)
            if what == "stop":
                threads.stop(session, found, form.why.data or "", by=person().id, at=now())
            elif what == "nudge":
                nudges.send(session, found, form.form_key.key, by=person().id, at=now())
            else:
                _PLAIN[what](session, found, by=person().id, at=now())
    except nudges.NeverPushedError:
        flash("Nothing may be sent to them: they ask, or nothing happens.")
    return redirect(url_for(".thread", thread_id=thread_id), 303)


@blueprint.route("/replies/<uuid:reply_id>", methods=["GET", "POST"])
@audience(Audience.staff, *GUARDIANS)
def reply(reply_id: uuid.UUID) -> Response | tuple[str, int]:
    """Show an answer with what is marked in it, and decide."""
    form = DecideForm()
    with transaction() as session:
        steps.locked_reply(session, reply_id)
        found = or_404(lambda: sight.reply(session, reply_id, me(session)))
        audit.note(session, audit.Act.reply_seen, at=now(), who=person().id, about=found.id)
        if form.validate_on_submit():
            try:
                rule = replies.release if form.may_wait.data == "yes" else replies.hold
                rule(session, found, form.why.data or "", by=person().id, at=now())
                flash("Decided.")
                return redirect(url_for(".listed"), 303)
            except replies.ReplyRefusedError as error:
                form.why.errors = [str(error)]
        flags = checks.reply_flags(found.words or "")
        page = render_template(
            "messages/reply.html",
            reply=found,
            form=form,
            flags=flags,
            pieces=wording.pieces(found.words or "", flags),
            say=wording,
        )
    return page, INVALID if form.is_submitted() else 200


@blueprint.post("/left/<uuid:enquiry_id>")
@audience(Audience.staff, Role.supervisor)
def left(enquiry_id: uuid.UUID) -> Response:
    """Note for whom a message was left, and whether it may wait for them."""
    form = LeftForm()
    try:
        with transaction() as session:
            found = session.get(LeftMessage, enquiry_id, with_for_update=True)
            if found is None:
                abort(404)
            if form.validate():
                may_wait = form.may_wait.data == "yes"
                left_messages.decide(
                    session,
                    found,
                    form.name.data or "",
                    may_wait=may_wait,
                    by=person().id,
                    at=now(),
                )
                flash("Decided.")
            else:
                flash("Choose whether it may wait, and write the name of whom it is for")
    except left_messages.LeftMessageError as error:
        flash(f"{error}.")
    return redirect(url_for(".listed"), 303)


@blueprint.post("/police/<uuid:notice_id>/told")
@audience(Audience.staff, *GUARDIANS)
def told(notice_id: uuid.UUID) -> Response:
    """Enter that the force was told these words."""
    form = ToldForm()
    try:
        with transaction() as session:
            found = session.get(PoliceNotice, notice_id, with_for_update=True)
            if found is None:
                abort(404)
            if form.validate():
                police.told(
                    session, found, form.force_reference.data or "", by=person().id, at=now()
                )
                flash("Noted.")
    except police.NoticeRefusedError as error:
        flash(f"{error}.")
    return redirect(url_for(".listed"), 303)


_PLAIN: dict[str, Callable[..., None]] = {"unlock": threads.unlock, "go_on": threads.go_on}


def _thread(session: Session, thread_id: uuid.UUID) -> Thread:
    found = or_404(lambda: sight.whole_thread(session, thread_id, me(session)))
    audit.note(session, audit.Act.thread_seen, at=now(), who=person().id, about=found.id)
    return found


def _alerts(session: Session) -> list[tuple[Alert, Thread]]:
    rows = session.execute(
        sa.select(Alert, Thread)
        .join(Thread, Thread.id == Alert.thread_id)
        .where(Alert.seen_at.is_(None))
        .order_by(Alert.at)
        .limit(100)
    )
    return [(alert, found) for alert, found in rows]
