"""What the carrier tells us about texts with a service's details (twilio.md section 3)."""

import uuid

from flask import Blueprint
from sqlalchemy.orm import Session

from helpline.clock import now
from helpline.signposting import texting
from helpline.web.carrier_webhooks import from_carrier, once, said

blueprint = Blueprint("signpost_webhooks", __name__, url_prefix="/tw/signposts")


@blueprint.post("/status/<uuid:about>")
@from_carrier
def status_changed(about: uuid.UUID) -> str:
    """Hear how such a text stands."""
    sid, status = said("MessageSid"), said("MessageStatus")

    def rule(session: Session) -> None:
        texting.status_changed(session, about, sid, status, at=now())

    return once(f"signpost:{sid}:{status}", rule)
