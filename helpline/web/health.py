"""Whether the system is well, for whoever watches it: no sign-in, nothing about people."""

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify

from helpline import heartbeat
from helpline.clock import now
from helpline.database import transaction
from helpline.web.access import Audience, audience

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@audience(Audience.public)
def healthz() -> tuple[Response, int]:
    """Answer 200 with the state of database, worker and carrier; 503 when one is down."""
    state = {"database": False, "worker": False, "carrier": False}
    try:
        with transaction() as session:
            signs = heartbeat.signs(session, at=now())
        state = {"database": True, "worker": signs.worker, "carrier": signs.carrier}
    except sa.exc.SQLAlchemyError:
        # The answer itself says it.
        pass
    words = {name: "up" if is_up else "down" for name, is_up in state.items()}
    return jsonify(words), 200 if all(state.values()) else 503
