"""What can do great harm asks again who is there, unless they showed it only just now."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec, Protocol, TypeVar, cast
from urllib.parse import urlsplit

from flask import Response, abort, flash, redirect, request, url_for
from flask_login import current_user

from helpline.clock import now

P = ParamSpec("P")
R = TypeVar("R")

FRESH_FOR = timedelta(minutes=10)


class ProvenPerson(Protocol):
    """What must be known of whoever is signed in."""

    proved_at: datetime


def fresh(view: Callable[P, R]) -> Callable[P, R]:
    """Let people in who showed within ten minutes that it is them; the others show it first.

    Only for those who sign in. Put it on the page with the form as well as on what the
    form does: what was filled in is lost when only the second one asks.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        require_fresh()
        return view(*args, **kwargs)

    return guarded


def require_fresh() -> None:
    """Go no further unless whoever is signed in showed within ten minutes that it is them."""
    person = cast("ProvenPerson", current_user)
    if now() - person.proved_at > FRESH_FOR:
        abort(_ask_again())


def _ask_again() -> Response:
    way = url_for("accounts.prove", next=_back_to())
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": way})
    if request.method != "GET":
        flash("Show that it is still you, then do it again")
    return cast("Response", redirect(way, 303))


def _back_to() -> str:
    if request.method == "GET":
        return request.full_path.removesuffix("?")
    came_from = urlsplit(request.referrer or "")
    return came_from.path if came_from.netloc == request.host else "/"
