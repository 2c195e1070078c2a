"""The second person: reads exactly these words, decides what stands against them, lets them go."""

import uuid
from collections.abc import Callable

import sqlalchemy as sa
from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from helpline import audit
from helpline.clock import now
from helpline.database import transaction
from helpline.messages import approvals, checks, drafting, safety, sight, wording
from helpline.messages.approvals import Approver, Decision, NotApprovedError
from helpline.messages.forms import ApproveForm, WhyForm
from helpline.messages.models import Message
from helpline.messages.pages.edge import GUARDIANS, INVALID, me, message_for_me
from helpline.messages.states import MessageState
from helpline.web.access import Audience, audience, person
from helpline.web.forms import HelplineForm

blueprint = Blueprint("approving", __name__, url_prefix="/messages/approvals")

# Three forms on one page: each has names of its own.
_APPROVE, _BACK, _CLEAR = "approve-", "back-", "clear-"
_TO_DECIDE = (MessageState.awaiting_approval, MessageState.blocked_safeguarding)


@blueprint.get("")
@audience(Audience.staff, *GUARDIANS)
def listed() -> str:
    """List what waits for a second person, oldest first."""
    with transaction() as session:
        audit.note(session, audit.Act.messages_listed, at=now(), who=person().id)
        staff = me(session)
        found = session.scalars(
            sa.select(Message)
            .where(Message.state.in_(_TO_DECIDE))
            .order_by(Message.state_since)
            .limit(100)
        ).all()
        return render_template(
            "messages/approvals.html",
            waiting=[each for each in found if sight.may_read(each, staff)],
            say=wording,
        )


@blueprint.get("/<uuid:message_id>")
@audience(Audience.staff, *GUARDIANS)
def one(message_id: uuid.UUID) -> tuple[str, int]:
    """Show a message to its second person."""
    return _page(message_id)


@blueprint.post("/<uuid:message_id>/approve")
@audience(Audience.staff, *GUARDIANS)
def approve(message_id: uuid.UUID) -> Response | tuple[str, int]:
    """Let it go."""
    form = ApproveForm(prefix=_APPROVE)

    def rule(session: Session, message: Message) -> None:
        decision = Decision(form.seen, bool(form.passes_flags.data), form.why.data or "")
        approvals.approve(session, message, decision, by=_approver(), at=now())
        flash("Approved. It can be given now.")

    return _do(message_id, form, rule, approve_form=form)


@blueprint.post("/<uuid:message_id>/send-back")
@audience(Audience.staff, *GUARDIANS)
def send_back(message_id: uuid.UUID) -> Response | tuple[str, int]:
    """Send it back to whoever wrote it."""
    form = WhyForm(prefix=_BACK)

    def rule(session: Session, message: Message) -> None:
        approvals.send_back(session, message, form.why.data or "", by=_approver(), at=now())
        flash("Sent back.")

    return _do(message_id, form, rule, back_form=form)


@blueprint.post("/<uuid:message_id>/clear")
@audience(Audience.staff, *GUARDIANS)
def clear(message_id: uuid.UUID) -> Response | tuple[str, int]:
    """Decide that messages may go to this recipient although something stands against it."""
    form = WhyForm(prefix=_CLEAR)

    def rule(session: Session, message: Message) -> None:
        drafting.clear(
            session,
            message.party,
            by=person().id,
            role=person().role,
            why=form.why.data or "",
            at=now(),
        )
        flash("Decided. Now read the words.")

    return _do(message_id, form, rule, clear_form=form)


def _approver() -> Approver:
    return Approver(person().id, person().role, in_training=bool(current_app.config["TRAINING"]))


def _do(
    message_id: uuid.UUID,
    form: HelplineForm,
    rule: Callable[[Session, Message], None],
    **as_sent: HelplineForm,
) -> Response | tuple[str, int]:
    """Do what a form asks, or show the page again with what is wrong."""
    if form.validate():
        try:
            with transaction() as session:
                rule(session, message_for_me(session, message_id))
            return redirect(url_for(".listed"), 303)
        except (NotApprovedError, safety.NotDecidedError) as error:
            flash(f"{error}.")
    return _page(message_id, **as_sent)


def _page(message_id: uuid.UUID, **as_sent: HelplineForm) -> tuple[str, int]:
    forms: dict[str, HelplineForm] = {
        "approve_form": ApproveForm(formdata=None, prefix=_APPROVE),
        "back_form": WhyForm(formdata=None, prefix=_BACK),
        "clear_form": WhyForm(formdata=None, prefix=_CLEAR),
    }
    with transaction() as session:
        message = message_for_me(session, message_id)
        thread, party = message.party.thread, message.party
        flags = checks.flags(session, message)
        page = render_template(
            "messages/approve.html",
            message=message,
            party=party,
            flags=flags,
            pieces=wording.pieces(message.words or "", flags),
            seen=checks.words_mark(message).hex(),
            reasons=safety.reasons(thread, party),
            is_resolved=safety.is_resolved(thread, party),
            is_blocked=safety.handling(thread, party) is safety.Handling.blocked,
            waits=message.state is MessageState.awaiting_approval,
            say=wording,
            **(forms | as_sent),
        )
    return page, INVALID if as_sent else 200
