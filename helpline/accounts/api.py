"""The edge for partners' programs: who asks is known by a key, and answers are JSON.

Refusals are problem details (RFC 9457): 401 without a key that opens anything, 403 where it opens
other things, 429 after too many questions. None of them repeats what was sent.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, cast

from flask import Blueprint, Response, g, jsonify, make_response, request

from helpline.accounts import api_keys, throttle
from helpline.accounts.api_keys import Holder, Scope
from helpline.clock import now
from helpline.database import transaction
from helpline.web.access import Audience, audience
from helpline.web.networks import network

P = ParamSpec("P")

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

_SCHEME = "bearer "
_MINUTE = 60
_WORDS = {
    401: ("A key is needed", "Send a key that still opens something: Authorization: Bearer hl_…"),
    403: ("This key does not open that", "Ask the helpline for a key with the scope you need."),
    429: ("Too many questions", "Wait as long as Retry-After says, then ask again."),
}


def api_key(scope: Scope | None) -> Callable[[Callable[P, Response]], Callable[P, Response]]:
    """Let in only programs with a key that opens `scope`; None: any key that opens anything."""

    def mark(view: Callable[P, Response]) -> Callable[P, Response]:
        @audience(Audience.partner)
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
            refused = _refusal(scope)
            return problem(refused) if refused else view(*args, **kwargs)

        return guarded

    return mark


def holder() -> Holder:
    """Return whose key it is. Only in routes under `@api_key`."""
    return cast("Holder", g.api_key_holder)


def problem(status: int, title: str = "", detail: str = "", **more: object) -> Response:
    """Answer with problem details; what is not said is said in our usual words."""
    usual = _WORDS.get(status, ("", ""))
    answer = jsonify(
        type="about:blank",
        title=title or usual[0],
        status=status,
        detail=detail or usual[1],
        **more,
    )
    answer.mimetype = "application/problem+json"
    headers = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": str(_MINUTE)}}
    return make_response(answer, status, headers.get(status, {}))


@blueprint.get("/whoami")
@api_key(None)
def whoami() -> Response:
    """Say whose key it is, what it opens and until when."""
    known = holder()
    return jsonify(
        organisation=known.organisation,
        scopes=sorted(known.scopes),
        expires_at=known.expires_at.isoformat(),
    )


def _refusal(scope: Scope | None) -> int:
    """Return the status of a refusal, 0 if the key opens the scope; wrong keys are counted."""
    sent = request.headers.get("Authorization", "")
    words = sent[len(_SCHEME) :] if sent.lower().startswith(_SCHEME) else ""
    where = [throttle.network(network())] if network() else []
    # Refusals are answered inside, so that what was counted is kept.
    with transaction() as session:
        try:
            throttle.check(session, *where, at=now())
            g.api_key_holder = api_keys.check(session, words, scope, at=now())
        except api_keys.UnknownKeyError:
            throttle.count(session, *where, at=now())
            return 401
        except api_keys.ScopeMissingError:
            return 403
        except (api_keys.TooOftenError, throttle.TooManyTriesError):
            return 429
    return 0
