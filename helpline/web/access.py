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
    """Staff who are signed in, all of them or those in the named roles."""
    officer = "officer"
    """Officers of a police partner who are signed in, and nobody else."""
    signed_in = "signed_in"
    """Whoever is signed in: pages about one's own account."""
    partner = "partner"
    """A partner's program, known by its key."""
    training = "training"
    """Anybody, but only on a training instance."""


class UnnamedAudienceError(RuntimeError):
    """A route that does not say whom it is for."""


class SignedInPerson(Protocol):
    """What pages may know of the person who is signed in."""

    id: uuid.UUID
    display_name: str
    role: str


OUTSIDER = "police_partner"
"""The role of those who sign in and don't belong to the staff: no page for staff lets them in."""
_MARK = "audience"
_ROLES_MARK = "audience_roles"
_UNTRAINED = 404


def audience(who: Audience, *roles: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Name whom a route is for, and keep everybody else out.

    With roles, only staff in one of them come in; the others read that it isn't for them.
    """

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        guarded = _GUARDS[who](_in_role(view, frozenset(roles)) if roles else view)
        setattr(guarded, _MARK, who)
        setattr(guarded, _ROLES_MARK, frozenset(roles))
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


def roles_of(app: Flask, endpoint: str) -> frozenset[str]:
    """Return the roles that a route is kept to; none means everybody of its audience."""
    return cast("frozenset[str]", getattr(app.view_functions[endpoint], _ROLES_MARK, frozenset()))


def name_audience(app: Flask, endpoint: str, who: Audience) -> None:
    """Name whom a view is for that a library made, such as static files."""
    setattr(app.view_functions[endpoint], _MARK, who)


def _open(view: Callable[P, R]) -> Callable[P, R]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        return view(*args, **kwargs)

    return guarded


def _for_staff(view: Callable[P, R]) -> Callable[P, R]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if person().role == OUTSIDER:
            abort(403)
        return view(*args, **kwargs)

    return cast("Callable[P, R]", login_required(guarded))


def _for_officers(view: Callable[P, R]) -> Callable[P, R]:
    return cast("Callable[P, R]", login_required(_in_role(view, frozenset({OUTSIDER}))))


def _for_signed_in(view: Callable[P, R]) -> Callable[P, R]:
    return cast("Callable[P, R]", login_required(view))


def _in_role(view: Callable[P, R], roles: frozenset[str]) -> Callable[P, R]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if person().role not in roles:
            abort(403)
        return view(*args, **kwargs)

    return guarded


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
    Audience.partner: _open,
    Audience.staff: _for_staff,
    Audience.officer: _for_officers,
    Audience.signed_in: _for_signed_in,
    Audience.training: _in_training,
}
