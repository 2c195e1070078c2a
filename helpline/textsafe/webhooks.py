"""What the carrier tells us about texts of TextSafe (twilio.md section 3). No force sees it."""

import uuid

from flask import Blueprint
from sqlalchemy.orm import Session

from helpline.clock import now
from helpline.textsafe import delivery
from helpline.web.carrier_webhooks import from_carrier, once, said

blueprint = Blueprint("textsafe_webhooks", __name__, url_prefix="/tw/textsafe")


@blueprint.post("/status/<uuid:text_id>")
@from_carrier
def status_changed(text_id: uuid.UUID) -> str:
    """Hear how a text stands."""
    sid, status = said("MessageSid"), said("MessageStatus")

    def rule(session: Session) -> None:
        delivery.status_changed(session, text_id, sid, status, at=now())

    return once(f"textsafe:{sid}:{status}", rule)
