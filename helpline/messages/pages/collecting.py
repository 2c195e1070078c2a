"""The author comes back: reference and word, what waits for them, what they want from now on."""

import uuid
from collections.abc import Callable

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline import audit
from helpline.accounts.throttle import TooManyTriesError
from helpline.clock import now
from helpline.contacts import contacts
from helpline.contacts.models import Channel, Contact
from helpline.database import transaction
from helpline.messages import (
    collection,
    left_messages,
    nudges,
    police,
    replies,
    sight,
    steps,
    threads,
    wishes,
    wording,
)
from helpline.messages.forms import AnswerForm, OpenForm, PoliceForm, WishForm
from helpline.messages.happenings import LeftMessage, Reply
from helpline.messages.models import Message, Party, Thread
from helpline.messages.pages.edge import (
    TALKERS,
    me,
    my_contact,
    status_of,
    thread_in,
)
from helpline.web.access import Audience, audience, person

blueprint = Blueprint(
    "collecting", __name__, url_prefix="/console/contacts/<uuid:contact_id>/messages"
)


@blueprint.route("", methods=["GET", "POST"])
@audience(Audience.staff, *TALKERS)
def contact(contact_id: uuid.UUID) -> Response | tuple[str, int]:
    """Offer what can be done for whoever is here; posted, open a thread by reference and word."""
    form = OpenForm()
    with transaction() as session:
        found = my_contact(session, contact_id)
        if form.validate_on_submit():
            try:
                proof = threads.prove(
                    session,
                    found,
                    form.reference.data or "",
                    form.word.data or "",
                    by=person().id,
                    at=now(),
                )
                if proof is not None:
                    return _thread(contact_id, proof.thread_id)
                form.reference.errors = [threads.NOTHING_OPENS]
            except TooManyTriesError:
                form.reference.errors = ["Too much is going on. Try again in a few seconds"]
        page = _contact_page(session, found, form, AnswerForm(formdata=None))
    return page, status_of(form)


@blueprint.post("/answer/<uuid:party_id>")
@audience(Audience.staff, *TALKERS)
def answer(contact_id: uuid.UUID, party_id: uuid.UUID) -> Response | tuple[str, int]:
    """Take down what somebody answers to a message that they were given."""
    form = AnswerForm()
    with transaction() as session:
        found = my_contact(session, contact_id)
        given_to = {each.id: each for each in sight.given_to(session, found)}
        if party_id not in given_to:
            abort(404)
        if form.validate():
            try:
                replies.take(
                    session,
                    given_to[party_id],
                    form.words.data or "",
                    form.form_key.key,
                    by=person().id,
                    at=now(),
                )
                flash(replies.WHAT_THEY_HEAR)
                return redirect(url_for(".contact", contact_id=contact_id), 303)
            except replies.ReplyRefusedError as error:
                form.words.errors = [str(error)]
        page = _contact_page(session, found, OpenForm(formdata=None), form)
    return page, status_of(form)


@blueprint.route("/<uuid:thread_id>", methods=["GET", "POST"])
@audience(Audience.staff, *TALKERS)
def thread(contact_id: uuid.UUID, thread_id: uuid.UUID) -> Response | tuple[str, int]:
    """Show an author's side of their thread; posted, keep what they want from now on."""
    form = WishForm()
    with transaction() as session:
        found = my_contact(session, contact_id)
        opened = thread_in(session, found, thread_id)
        threads.locked(session, thread_id)
        form.suit(opened)
        if form.validate_on_submit():
            wish, unwanted = form.chosen
            wishes.wish(session, opened, wish, unwanted, by=person().id, at=now())
            flash("Kept. It holds for everybody who works here.")
            return _thread(contact_id, thread_id)
        page = _thread_page(session, found, opened, form)
    return page, status_of(form)


@blueprint.post("/<uuid:thread_id>/collect-only")
@audience(Audience.staff, *TALKERS)
def collect_only(contact_id: uuid.UUID, thread_id: uuid.UUID) -> Response:
    """Let go of the safe number: nothing is pushed from now on."""

    def rule(session: Session, found: Contact, opened: Thread) -> None:
        del found
        threads.locked(session, opened.id)
        nudges.collect_only(session, opened, by=person().id, at=now())

    return _do(contact_id, thread_id, rule, "Kept. From now on they ask, and we never reach out.")


@blueprint.post("/<uuid:thread_id>/message/<uuid:message_id>/take-back")
@audience(Audience.staff, *TALKERS)
def take_back(contact_id: uuid.UUID, thread_id: uuid.UUID, message_id: uuid.UUID) -> Response:
    """Take a message back."""
    with transaction() as session:
        found = my_contact(session, contact_id)
        opened = thread_in(session, found, thread_id)
        message = steps.locked(session, message_id)
        if message is None or message.party.thread_id != opened.id:
            abort(404)
        done = wishes.take_back(session, message, by=person().id, at=now())
        flash(
            "Taken back. Nothing of it was given."
            if done.was_in_time
            else "Noted. It was given already, or may have been: tell them so."
        )
    return _thread(contact_id, thread_id)


@blueprint.post("/<uuid:thread_id>/replies/<uuid:reply_id>/<any(give, text, decline):what>")
@audience(Audience.staff, *TALKERS)
def reply(contact_id: uuid.UUID, thread_id: uuid.UUID, reply_id: uuid.UUID, what: str) -> Response:
    """Enter that an answer was read to them, text it to them, or that they don't want it."""

    def rule(session: Session, found: Contact, opened: Thread) -> None:
        waiting = steps.locked_reply(session, reply_id)
        if waiting is None or waiting.party.thread_id != opened.id:
            abort(404)
        _REPLY_RULES[what](session, waiting, found, by=person().id, at=now())

    return _do(contact_id, thread_id, rule, _REPLY_SAID[what])


@blueprint.post("/<uuid:thread_id>/left/<uuid:enquiry_id>/give")
@audience(Audience.staff, *TALKERS)
def give_left(contact_id: uuid.UUID, thread_id: uuid.UUID, enquiry_id: uuid.UUID) -> Response:
    """Enter that a message that was left for them was read to them."""

    def rule(session: Session, found: Contact, opened: Thread) -> None:
        left = session.get(LeftMessage, enquiry_id, with_for_update=True)
        if left is None:
            abort(404)
        left_messages.give(session, left, opened, found, by=person().id, at=now())

    return _do(contact_id, thread_id, rule, "Noted.")


@blueprint.route("/<uuid:thread_id>/police", methods=["GET", "POST"])
@audience(Audience.staff, *TALKERS)
def tell_police(contact_id: uuid.UUID, thread_id: uuid.UUID) -> Response | tuple[str, int]:
    """Keep exactly what the police are to be told, and which force."""
    form = PoliceForm()
    with transaction() as session:
        found = my_contact(session, contact_id)
        opened = thread_in(session, found, thread_id)
        if form.validate_on_submit():
            try:
                police.agree(session, opened, form.wanted(found), by=person().id, at=now())
                flash("Kept. A supervisor tells the force these words, and nothing else.")
                return _thread(contact_id, thread_id)
            except police.NoticeRefusedError as error:
                form.words.errors = [str(error)]
        page = render_template(
            "messages/police.html",
            form=form,
            contact=found,
            thread=opened,
            reminder=police.REMINDER,
        )
    return page, status_of(form)


_REPLY_RULES: dict[str, Callable[..., object]] = {
    "give": collection.give,
    "text": collection.give_by_text,
    "decline": collection.decline,
}
_REPLY_SAID = {
    "give": "Noted that they heard it.",
    "text": "It is on its way to them.",
    "decline": "Noted. Nobody at home is told.",
}


def _do(
    contact_id: uuid.UUID,
    thread_id: uuid.UUID,
    rule: Callable[[Session, Contact, Thread], None],
    said: str,
) -> Response:
    try:
        with transaction() as session:
            found = my_contact(session, contact_id)
            rule(session, found, thread_in(session, found, thread_id))
        flash(said)
    except (
        collection.NotGivenError,
        contacts.NotYoursError,
        left_messages.LeftMessageError,
    ) as error:
        flash(f"{error}.")
    return _thread(contact_id, thread_id)


def _thread(contact_id: uuid.UUID, thread_id: uuid.UUID) -> Response:
    return redirect(url_for("collecting.thread", contact_id=contact_id, thread_id=thread_id), 303)


def _contact_page(session: Session, found: Contact, form: OpenForm, answer_form: AnswerForm) -> str:
    given_to = sight.given_to(session, found)
    for party in given_to:
        audit.note(session, audit.Act.message_seen, at=now(), who=person().id, about=party.id)
    return render_template(
        "messages/contact.html",
        form=form,
        answer_form=answer_form,
        contact=found,
        threads=sight.threads(session, found),
        given_to=given_to,
        heard=replies.WHAT_THEY_HEAR,
        has_tries=threads.wrong_tries(session, found) < threads.MOST_WRONG_TRIES,
    )


def _thread_page(session: Session, found: Contact, opened: Thread, form: WishForm) -> str:
    waiting: list[Reply] = list(collection.waiting(session, opened))
    for each in waiting:
        audit.note(session, audit.Act.reply_seen, at=now(), who=person().id, about=each.id)
    staff = me(session)
    messages = session.scalars(
        sa.select(Message)
        .join(Party, Party.id == Message.party_id)
        .where(Party.thread_id == opened.id)
        .order_by(Message.number)
    ).all()
    return render_template(
        "messages/thread.html",
        form=form,
        contact=found,
        thread=opened,
        messages=messages,
        readable={each.id for each in messages if sight.may_read(each, staff)},
        waiting=waiting,
        given=collection.given_before(session, opened),
        left=left_messages.waiting(session, opened),
        can_text=found.channel is Channel.sms and found.caller.number_token is not None,
        say=wording,
    )
