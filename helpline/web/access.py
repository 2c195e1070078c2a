"""Who may open which page. Every route names its audience, or the app refuses to start."""

import enum
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar, cast

from flask import Flask, abort, current_app
from flask_login import current_user, login_required

P = ParamSpec("P")
R = TypeVar("R")


class Audience(enum.StrEnum):
    public = "public"
    carrier = "carrier"
    """The telephone company, known by its signature."""
    staff = "staff"
    supervisor = "supervisor"
    training = "training"
    """Anybody, but only on a training instance."""


class UnnamedAudienceError(RuntimeError):
    """A route that does not say whom it is for."""


class SignedInPerson(Protocol):
    """What pages may know of the person who is signed in."""

    id: uuid.UUID
    display_name: str
    role: str


_MARK = "audience"
_UNTRAINED = 404


def audience(who: Audience) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Name whom a route is for, and keep everybody else out."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        guarded = _GUARDS[who](view)
        setattr(guarded, _MARK, who)
        return guarded

    return mark


def person() -> SignedInPerson:
    """Return the person who is signed in. Only in routes for staff."""
    return cast("SignedInPerson", current_user)


def check_every_route(app: Flask) -> None:
    """Refuse to start with a route that names no audience.

    Raises:
        UnnamedAudienceError: names the route.

    """
    for rule in app.url_map.iter_rules():
        if getattr(app.view_functions[rule.endpoint], _MARK, None) is None:
            raise UnnamedAudienceError(
                f"{rule.rule} ({rule.endpoint}) names no audience: add @audience(...)"
            )


def audience_of(app: Flask, endpoint: str) -> Audience:
    """Return whom a route is for."""
    return cast("Audience", getattr(app.view_functions[endpoint], _MARK))


def name_audience(app: Flask, endpoint: str, who: Audience) -> None:
    """Name whom a view is for that a library made, such as static files."""
    setattr(app.view_functions[endpoint], _MARK, who)


def _open(view: Callable[P, R]) -> Callable[P, R]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        return view(*args, **kwargs)

    return guarded


def _for_staff(view: Callable[P, R]) -> Callable[P, R]:
    return cast("Callable[P, R]", login_required(view))


def _for_supervisors(view: Callable[P, R]) -> Callable[P, R]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if person().role != Audience.supervisor:
            abort(403)
        return view(*args, **kwargs)

    return cast("Callable[P, R]", login_required(guarded))


def _in_training(view: Callable[P, R]) -> Callable[P, R]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not current_app.config["TRAINING"]:
            abort(_UNTRAINED)
        return view(*args, **kwargs)

    return guarded


_GUARDS: dict[Audience, Callable[[Callable[..., Any]], Callable[..., Any]]] = {
    Audience.public: _open,
    Audience.carrier: _open,
    Audience.staff: _for_staff,
    Audience.supervisor: _for_supervisors,
    Audience.training: _in_training,
}
