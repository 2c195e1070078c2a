"""Figures for whoever watches the line: a secret opens them, and nothing personal is in them."""

import sqlalchemy as sa
from flask import Blueprint, Flask, Response, abort, request

from helpline import log
from helpline.clock import now
from helpline.database import transaction
from helpline.operations import failures, figures
from helpline.web.access import Audience, audience
from helpline.web.carrier_webhooks import settings
from helpline.web.watching import FORMAT, may_watch

blueprint = Blueprint("operations", __name__)

_WEBHOOKS = "/tw/"
_REFUSED, _FAILED = 403, 500

_log = log.get(__name__)


@blueprint.get("/metrics")
@audience(Audience.public)
def metrics() -> Response:
    """Give the figures as Prometheus reads them; without the secret there is no such page."""
    if not may_watch(settings().operator_secret, request.headers.get("Authorization", "")):
        abort(404)
    with transaction() as session:
        return Response(figures.as_text(figures.read(session, at=now())), content_type=FORMAT)


def count_webhook_failures(app: Flask) -> None:
    """Count every webhook of the carrier that is refused or fails."""
    counts = failures.Counts()

    @app.after_request
    def count(answer: Response) -> Response:
        if not request.path.startswith(_WEBHOOKS) or answer.status_code < _REFUSED:
            return answer
        if answer.status_code >= _FAILED or answer.status_code == _REFUSED:
            kind = "failed" if answer.status_code >= _FAILED else "refused"
            if counts.add(kind, at=now()):
                _write_down(counts)
        return answer


def _write_down(counts: failures.Counts) -> None:
    taken = counts.take()
    try:
        with transaction() as session:
            failures.write_down(session, taken, at=now())
    except sa.exc.SQLAlchemyError as error:
        counts.put_back(taken)
        _log.warning("failures.not_written", kind=type(error).__name__)
