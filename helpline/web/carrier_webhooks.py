"""Webhooks of the carrier: signature first, each event once, patience with the database.

Facts: ../shared/carrier/twilio.md 1.3 (traps of the validator) and 2.6 (delivery guarantees).
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import ParamSpec

import sqlalchemy as sa
from flask import Response, abort, current_app, request
from sqlalchemy.orm import Session
from twilio.request_validator import RequestValidator

from helpline import log
from helpline.clock import now
from helpline.database import persistently, transaction
from helpline.round_trips import Question
from helpline.settings import Settings
from helpline.web import events
from helpline.web.access import Audience, audience
from helpline.web.events import Answers

P = ParamSpec("P")
_LONGEST = 200
_MOST = 2**31 - 1

_log = log.get(__name__)


def settings() -> Settings:
    """Return the settings of this application."""
    found: Settings = current_app.extensions["helpline_settings"]
    return found


def from_carrier(view: Callable[P, str]) -> Callable[P, Response]:
    """Let only the carrier in: anything not rightly signed is 403, whatever it looks like.

    The view returns TwiML, or an empty text.
    """

    @audience(Audience.carrier)
    @wraps(view)
    def signed(*args: P.args, **kwargs: P.kwargs) -> Response:
        if not is_rightly_signed(settings()):
            _log.warning("webhook.refused", path=request.url_rule and request.url_rule.rule)
            abort(403)
        return answer(view(*args, **kwargs))

    return signed


def is_rightly_signed(known: Settings) -> bool:
    """Whether the request in hand was signed with our account's token, for exactly this URL."""
    signature = request.headers.get("X-Twilio-Signature", "")
    if not signature or request.mimetype != "application/x-www-form-urlencoded":
        return False
    # Never rebuilt from the request's own host: a proxy may have changed that.
    url = known.public_base_url + request.full_path.removesuffix("?")
    tokens = filter(None, (known.carrier_auth_token, known.carrier_auth_token_next))
    try:
        signed = any(_signed_with(token, url, signature) for token in tokens)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError):
        return False
    account = request.form.get("AccountSid", "")
    return signed and hmac.compare_digest(account.encode(), known.carrier_account_sid.encode())


def _signed_with(token: str, url: str, signature: str) -> bool:
    """Whether a token made the signature: over the URL as it stands, or with a port more or less.

    Nearly always it is the first, and each costs a tenth of a millisecond.
    """
    validator = RequestValidator(token)
    as_it_stands = validator.compute_signature(url, request.form)
    return hmac.compare_digest(as_it_stands.encode(), signature.encode()) or bool(
        validator.validate(url, request.form, signature)
    )


def said(name: str) -> str:
    """Return a parameter of the carrier, cut to a length that no real one exceeds."""
    given = request.form.get(name, "").replace("\x00", "")
    return given if len(given) <= _LONGEST else hashlib.sha256(given.encode()).hexdigest()


def said_number(name: str) -> int | None:
    """Return a parameter that is a count or a code; None where it is missing or can't be one."""
    given = request.form.get(name, type=int)
    return given if given is not None and 0 <= given <= _MOST else None


def once(key: str, rule: Callable[[Session], str | None]) -> str:
    """Let an event take effect once, in one transaction, and answer a repeat as before.

    Waits some seconds for a database that is restarting: the carrier drops a text whose webhook
    fails, and nobody would know.
    """
    return once_knowing(key, (), lambda session, _: rule(session))


def once_knowing(
    key: str, questions: Sequence[Question], rule: Callable[[Session, Answers], str | None]
) -> str:
    """Let an event take effect as `once` does; what the rule asks first travels with the event."""

    def work() -> str:
        return _once(key, questions, rule)

    try:
        return persistently(work)
    except sa.exc.IntegrityError:
        # Another event of the same call came in the same instant, and each began it: whoever was
        # second finds it now.
        return persistently(work)


def _once(
    key: str, questions: Sequence[Question], rule: Callable[[Session, Answers], str | None]
) -> str:
    with transaction() as session:
        return events.answer_once(session, key, questions, partial(rule, session), at=now())


def answer(said: str) -> Response:
    """Answer the carrier: TwiML, or nothing at all."""
    if said:
        return Response(said, mimetype="text/xml")
    return Response(status=204)
