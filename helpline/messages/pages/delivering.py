"""Giving a message: the recipient's side, which shows nothing of where it comes from."""

import uuid
from collections.abc import Callable

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline import audit
from helpline.clock import now
from helpline.confidentiality import consent
from helpline.database import transaction
from helpline.messages import (
    delivery,
    leaving,
    links,
    replies,
    steps,
    texts,
    wishes,
    wording,
)
from helpline.messages.forms import AnswerForm, ButtonForm, TriedForm
from helpline.messages.happenings import Attempt
from helpline.messages.models import Message, Way
from helpline.messages.pages.edge import INVALID, TALKERS
from helpline.messages.states import MessageState
from helpline.web.access import Audience, audience, person
from helpline.web.forms import HelplineForm

blueprint = Blueprint("delivering", __name__, url_prefix="/messages/tasks")

_TRIED, _ANSWER = "tried-", "answer-"
_TO_GIVE = (MessageState.approved, MessageState.attempting)
_REFUSALS = (leaving.MayNotLeaveError, delivery.TaskRefusedError, replies.ReplyRefusedError)


@blueprint.get("")
@audience(Audience.staff, *TALKERS)
def listed() -> str:
    """List the messages that wait to be given: to how many, and how; not the words."""
    with transaction() as session:
        audit.note(session, audit.Act.messages_listed, at=now(), who=person().id)
        found = session.scalars(
            sa.select(Message)
            .where(Message.state.in_(_TO_GIVE))
            .order_by(Message.next_try_at.nulls_first(), Message.state_since)
            .limit(100)
        ).all()
        open_ones = [
            each
            for each in found
            if each.consent_id is not None and consent.holds(session, each.consent_id, at=now())
        ]
        return render_template(
            "messages/tasks.html",
            mine=[each for each in open_ones if each.with_id == person().id],
            others=[each for each in open_ones if each.with_id is None],
            say=wording,
            now=now(),
        )


@blueprint.post("/<uuid:message_id>/take")
@audience(Audience.staff, *TALKERS)
def take(message_id: uuid.UUID) -> Response:
    """Take the task of giving a message."""
    try:
        with transaction() as session:
            message = _locked(session, message_id)
            if message.party.way is Way.call:
                delivery.begin(session, message, by=person().id, at=now())
            else:
                _take_without_call(session, message)
        return redirect(url_for(".one", message_id=message_id), 303)
    except _REFUSALS as error:
        flash(str(error))
    return redirect(url_for(".listed"), 303)


@blueprint.get("/<uuid:message_id>")
@audience(Audience.staff, *TALKERS)
def one(message_id: uuid.UUID) -> tuple[str, int]:
    """Show what to say, what never to say, and whom to make sure of first."""
    return _page(message_id)


@blueprint.post("/<uuid:message_id>/tried")
@audience(Audience.staff, *TALKERS)
def tried(message_id: uuid.UUID) -> Response | tuple[str, int]:
    """Enter what came of a try."""
    form = TriedForm(prefix=_TRIED)
    return _do(
        message_id,
        form,
        lambda session, message: delivery.tried(
            session, message, form.tried(), by=person().id, at=now()
        ),
        tried_form=form,
    )


@blueprint.post("/<uuid:message_id>/answer")
@audience(Audience.staff, *TALKERS)
def answer(message_id: uuid.UUID) -> Response | tuple[str, int]:
    """Take down what they answer, in the same call."""
    form = AnswerForm(prefix=_ANSWER)

    def rule(session: Session, message: Message) -> None:
        replies.take(
            session,
            message.party,
            form.words.data or "",
            form.form_key.key,
            by=person().id,
            at=now(),
        )
        flash(replies.WHAT_THEY_HEAR)

    return _do(message_id, form, rule, answer_form=form)


@blueprint.post("/<uuid:message_id>/<any(confirm, send, back, no_more, talk):what>")
@audience(Audience.staff, *TALKERS)
def do(message_id: uuid.UUID, what: str) -> Response | tuple[str, int]:
    """Confirm whose number it is, send it, put it back, or keep what they want from now on."""
    form = ButtonForm()

    def rule(session: Session, message: Message) -> None:
        match what:
            case "confirm":
                texts.confirm_owner(session, message.party, by=person().id, at=now())
            case "back":
                delivery.put_back(session, message, by=person().id, at=now())
            case "no_more":
                wishes.wants_no_more(session, message.party, by=person().id, at=now())
            case "talk":
                wishes.would_talk(session, message.party, by=person().id, at=now())
            case _ if message.party.way is Way.page:
                links.send(session, message, form.form_key.key, by=person().id, at=now())
            case _:
                texts.send(session, message, form.form_key.key, by=person().id, at=now())

    return _do(message_id, form, rule)


def _take_without_call(session: Session, message: Message) -> None:
    """Take a message that goes as a text or a page."""
    leaving.check(session, message, at=now())
    if message.with_id not in {None, person().id}:
        raise delivery.TaskRefusedError("A colleague is giving this message at this moment")
    message.with_id = message.last_with_id = person().id
    audit.note(session, audit.Act.message_task_taken, at=now(), who=person().id, about=message.id)


def _locked(session: Session, message_id: uuid.UUID) -> Message:
    found = steps.locked(session, message_id)
    if found is None:
        abort(404)
    return found


def _assigned(session: Session, message_id: uuid.UUID) -> Message:
    """Hold a message that I took to give; 404 alike for a missing one and another's."""
    found = _locked(session, message_id)
    if person().id not in {found.with_id, found.last_with_id}:
        abort(404)
    audit.note(session, audit.Act.message_seen, at=now(), who=person().id, about=found.id)
    return found


def _do(
    message_id: uuid.UUID,
    form: HelplineForm,
    rule: Callable[[Session, Message], object],
    **as_sent: HelplineForm,
) -> Response | tuple[str, int]:
    if form.validate():
        try:
            with transaction() as session:
                rule(session, _assigned(session, message_id))
            return redirect(url_for(".one", message_id=message_id), 303)
        except _REFUSALS as error:
            flash(str(error))
    return _page(message_id, **as_sent)


def _page(message_id: uuid.UUID, **as_sent: HelplineForm) -> tuple[str, int]:
    forms: dict[str, HelplineForm] = {
        "tried_form": TriedForm(formdata=None, prefix=_TRIED),
        "answer_form": AnswerForm(formdata=None, prefix=_ANSWER),
        "button_form": ButtonForm(formdata=None),
    }
    with transaction() as session:
        message = _assigned(session, message_id)
        tried_form = forms["tried_form"]
        if isinstance(tried_form, TriedForm):
            tried_form.suit(message.party)
        page = render_template(
            "messages/task.html",
            message=message,
            party=message.party,
            framing=delivery.framing(message),
            voicemail=delivery.voicemail_words(message)
            if message.party.may_leave_voicemail
            else "",
            tries=session.scalars(
                sa.select(Attempt).where(Attempt.message_id == message.id).order_by(Attempt.at)
            ).all(),
            is_mine=message.with_id == person().id,
            was_given=message.state is MessageState.delivered,
            say=wording,
            **(forms | as_sent),
        )
    return page, INVALID if as_sent else 200
