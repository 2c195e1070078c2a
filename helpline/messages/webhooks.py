"""What the carrier tells us about texts of the relay (twilio.md section 3)."""

import uuid

from flask import Blueprint
from sqlalchemy.orm import Session

from helpline.clock import now
from helpline.messages import texts
from helpline.web.carrier_webhooks import from_carrier, once, said

blueprint = Blueprint("message_webhooks", __name__, url_prefix="/tw/messages")


@blueprint.post("/status/<uuid:about>")
@from_carrier
def status_changed(about: uuid.UUID) -> str:
    """Hear how a text of the relay stands."""
    sid, status = said("MessageSid"), said("MessageStatus")

    def rule(session: Session) -> None:
        texts.status_changed(session, about, sid, status, at=now())

    return once(f"message:{sid}:{status}", rule)
