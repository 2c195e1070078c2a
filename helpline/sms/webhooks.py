"""What the carrier tells us about texts (twilio.md section 3)."""

import uuid

from flask import Blueprint, request
from sqlalchemy.orm import Session

from helpline.carrier import Sender
from helpline.clock import now
from helpline.phone_numbers import from_carrier as number_from_carrier
from helpline.sms import delivery, first_answers, inbox
from helpline.sms.pictures import MOST_PICTURES
from helpline.web.carrier_webhooks import (
    from_carrier,
    once,
    once_knowing,
    said,
    said_number,
    settings,
)
from helpline.web.events import Answers

blueprint = Blueprint("sms_webhooks", __name__, url_prefix="/tw/sms")

# An empty answer: replies go through the outbox, where they can't be lost or doubled.
_NO_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@blueprint.post("/inbound")
@from_carrier
def text_arrived() -> str:
    """Receive a text. The same id with other words is another text: both are kept."""
    number_of_pictures = said_number("NumMedia") or 0
    incoming = inbox.IncomingText(
        sid=said("MessageSid"),
        number=number_from_carrier(said("From")),
        words=request.form.get("Body", ""),
        pictures=number_of_pictures,
        picture_addresses=tuple(
            said(f"MediaUrl{number}") for number in range(min(number_of_pictures, MOST_PICTURES))
        ),
        sender=_number_they_texted(),
        opt_out=said("OptOutType"),
    )

    at, how = now(), first_answers.from_settings(settings())

    def rule(session: Session, answers: Answers) -> None:
        inbox.text_arrived(session, incoming, at=at, how=how, answers=answers)

    once_knowing(inbox.event_key(incoming), inbox.questions(incoming, at=at), rule)
    return _NO_REPLY


def _number_they_texted() -> Sender:
    ours = settings().helpline_outreach_number
    return Sender.outreach if ours and said("To") == ours else Sender.conversation


@blueprint.post("/status/<uuid:text_id>")
@from_carrier
def status_changed(text_id: uuid.UUID) -> str:
    """Hear how a text of ours stands."""
    sid = said("MessageSid")
    status = said("MessageStatus")
    code = said_number("ErrorCode")

    def rule(session: Session) -> None:
        delivery.status_changed(session, text_id, sid, status, code, at=now())

    return once(f"text:{sid}:{status}:{code}", rule)
