"""Every page says whom it is for, keeps everybody else out, and an unnamed one stops the app."""

import re
import uuid

import flask
import pytest
import requests

from helpline.accounts.models import Role
from helpline.app import create_app
from helpline.web import access
from helpline.web.access import Audience, UnnamedAudienceError, audience_of, roles_of
from tests.system import Console, System

# Who is let in on sight, without a sign-in of a person: everybody, a signature, training doors,
# and programs of partners, who bring a key.
NO_SIGN_IN = {"public", "carrier", "training", "partner"}


def routes(system: System) -> list[tuple[Audience, str, str]]:
    """Give audience, method and address of every route, its ids made up."""
    found = []
    for rule in system.app.url_map.iter_rules():
        found += [
            (audience_of(system.app, rule.endpoint), method, address(rule.rule))
            for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE"})
        ]
    return found


def address(rule: str) -> str:
    """Fill in ids that belong to nobody."""
    path = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule)
    path = re.sub(r"<uuid:[^>]*>", str(uuid.UUID(int=7)), path)
    path = re.sub(r"<int:[^>]*>", "1", path)
    return re.sub(r"<[^>]*>", "x", path)


def status(system: System, method: str, path: str, http: requests.Session | None = None) -> int:
    answer = (http or requests.Session()).request(
        method, system.web + path, timeout=20, allow_redirects=False
    )
    if answer.status_code in {301, 302, 303, 307, 308}:
        assert "/sign-in" in answer.headers["Location"] or http is not None
    return answer.status_code


def posted(console: Console, method: str, path: str) -> int:
    """Ask for a page as somebody signed in, with a right token where one is needed."""
    if method == "GET":
        return console.get(path, allow_redirects=False).status_code
    headers = {"X-CSRFToken": console.token}
    return console.http.request(
        method, console.system.web + path, headers=headers, timeout=20, allow_redirects=False
    ).status_code


def test_every_route_names_its_audience(system: System) -> None:
    named = routes(system)
    assert len(named) > 30
    kinds = {audience for audience, _, _ in named}
    assert {Audience.public, Audience.carrier, Audience.staff, Audience.training} <= kinds


def test_a_route_that_names_no_audience_stops_the_app() -> None:
    app = flask.Flask("empty", static_folder=None)
    access.check_every_route(app)
    app.add_url_rule("/forgotten", "forgotten", lambda: "everybody sees this")
    with pytest.raises(UnnamedAudienceError, match=r"/forgotten \(forgotten\) names no audience"):
        access.check_every_route(app)


def test_the_application_checks_its_routes_when_it_is_put_together(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check is part of starting, not a thing that somebody has to remember."""
    from helpline.web import health

    def add_forgotten(state: flask.blueprints.BlueprintSetupState) -> None:
        state.app.add_url_rule("/forgotten", "forgotten", lambda: "everybody sees this")

    monkeypatch.setattr(
        health.blueprint,
        "deferred_functions",
        [*health.blueprint.deferred_functions, add_forgotten],
    )
    with pytest.raises(UnnamedAudienceError, match="/forgotten"):
        create_app(system.settings)


def test_somebody_who_is_not_signed_in_gets_nowhere_else(system: System) -> None:
    open_doors = []
    for audience, method, path in routes(system):
        if audience.value in NO_SIGN_IN:
            continue
        # Without a token a form is refused before anybody asks who it is (400).
        allowed = {302, 401, 403} | ({400} if method != "GET" else set())
        if status(system, method, path) not in allowed:
            open_doors.append(f"{method} {path}")
    assert open_doors == []


def test_a_form_with_a_token_and_nobody_signed_in_is_still_refused(system: System) -> None:
    http = requests.Session()
    page = http.get(f"{system.web}/sign-in", timeout=10).text
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None
    http.headers["X-CSRFToken"] = found.group(1)
    open_doors = [
        f"{method} {path}"
        for audience, method, path in routes(system)
        if audience.value not in NO_SIGN_IN and method != "GET"
        if status(system, method, path, http) not in {302, 303, 401, 403}
    ]
    assert open_doors == []


def test_a_call_taker_is_refused_at_every_door_that_is_not_theirs(system: System) -> None:
    priya = system.call_taker("Priya", None)
    let_in = []
    for rule in system.app.url_map.iter_rules():
        roles = roles_of(system.app, rule.endpoint)
        if not roles or Role.call_taker in roles:
            continue
        method, path = ("POST" if "GET" not in (rule.methods or ()) else "GET"), address(rule.rule)
        if posted(priya, method, path) != 403:
            let_in.append(f"{method} {path}")
    assert let_in == []


def test_a_supervisor_sees_the_shift(system: System) -> None:
    sue = system.call_taker("Sue", None, Role.supervisor)
    assert posted(sue, "GET", "/shift") == 200


def test_outside_training_the_doors_of_training_are_not_there(system: System) -> None:
    doors = [(method, path) for audience, method, path in routes(system) if audience == "training"]
    assert doors
    system.app.config["TRAINING"] = False
    try:
        http = requests.Session()
        page = http.get(f"{system.web}/sign-in", timeout=10).text
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found is not None
        http.headers["X-CSRFToken"] = found.group(1)
        for method, path in doors:
            assert status(system, method, path, http) == 404, path
    finally:
        system.app.config["TRAINING"] = True
