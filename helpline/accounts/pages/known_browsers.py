"""A mark in the browsers in which people signed in, so that others can't keep them out.

It opens nothing. It only says that wrong passwords typed here are counted apart from those typed
anywhere else, and it holds no address in clear.
"""

import secrets
from datetime import timedelta

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from helpline import encryption

_LASTS = timedelta(days=180)
_MARK_BYTES = 16


def mark(email: str) -> None:
    """Mark this browser as one in which the person of this address signed in."""
    signed = _signer().dumps([_whose(email), secrets.token_urlsafe(_MARK_BYTES)])

    @after_this_request
    def _keep(response: Response) -> Response:
        response.set_cookie(
            _cookie(),
            signed,
            max_age=_LASTS,
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
            httponly=True,
            samesite="Lax",
        )
        return response


def mark_for(email: str) -> str:
    """Return this browser's mark if the person of this address signed in here; else nothing."""
    try:
        whose, found = _signer().loads(request.cookies.get(_cookie(), ""), max_age=_seconds())
    except (BadSignature, ValueError, TypeError):
        return ""
    return str(found) if whose == _whose(email) else ""


def _whose(email: str) -> str:
    address = email.strip().lower()
    return encryption.blind_index(f"known browser:{address}", encryption.index_key()).hex()


def _cookie() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-known"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="known browser")


def _seconds() -> int:
    return int(_LASTS.total_seconds())
