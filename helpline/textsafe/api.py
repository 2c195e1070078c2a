"""The API for programs of police: the same questions as the form, the same view as the pages.

Nothing is ever sent to a force by itself: an answer that came when a phone did something would
tell what it did. A program asks when it wants to know.
"""

import re
import uuid
from collections.abc import Callable

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from pydantic import ValidationError
from sqlalchemy.orm import Session

from helpline import audit
from helpline.accounts.api import api_key, holder, problem
from helpline.accounts.api_keys import Scope
from helpline.clock import now
from helpline.database import transaction
from helpline.textsafe import api_description, forces, intake, police_view, stopping
from helpline.textsafe.api_words import ListQuery, NewRequest, Request, Requests
from helpline.textsafe.intake import Asked, Asker
from helpline.textsafe.models import TextSafeRequest
from helpline.textsafe.stopping import NotTheirsError
from helpline.web.access import Audience, audience

blueprint = Blueprint("textsafe_api", __name__, url_prefix="/api/v1")

_KEY = re.compile(r"[\x21-\x7e]{8,200}")
_JSON = "application/json"
_NOT_THERE = ("There is no such request", "Your force has no request with this id.")
_KEY_MISSING = (
    "Send an Idempotency-Key",
    "A header of 8 to 200 plain characters: new for each request, the same when you try it again.",
)
_OTHER_CONTENT = (
    "This Idempotency-Key stands for another request",
    "You sent something else with it before. Use a new key for a new request.",
)
_NOT_POLICE = ("Only police may ask", "Your organisation is not a force that we work with.")


@blueprint.post("/textsafe/requests")
@api_key(Scope.textsafe_request)
def ask() -> Response:
    """Ask for a TextSafe."""
    asked = _asked()
    if isinstance(asked, Response):
        return asked
    asker = Asker(holder().organisation_id, api_key_id=holder().key_id)
    try:
        with transaction() as session:
            kept = intake.ask(session, asker, asked, at=now())
            return _shown(session, kept.id, 201)
    except forces.NotPoliceError:
        return problem(403, *_NOT_POLICE)
    except intake.AskedWronglyError as error:
        return _wrong([{"field": name, "message": why} for name, why in error.problems.items()])
    except intake.OtherContentError:
        return problem(422, *_OTHER_CONTENT)


@blueprint.get("/textsafe/requests")
@api_key(Scope.textsafe_read)
def listed() -> Response:
    """List the force's own requests, the newest first."""
    try:
        query = ListQuery.model_validate(request.args.to_dict())
    except ValidationError as error:
        return _invalid(error, 400)
    try:
        with transaction() as session:
            found = police_view.listed(
                session, holder().organisation_id, after=query.after, most=query.limit
            )
            _note(session, audit.Act.textsafe_listed, holder().organisation_id)
    except NotTheirsError:
        return problem(404, *_NOT_THERE)
    shown = Requests(
        requests=[Request.of(each) for each in found.seen], next_after=found.next_after
    )
    return _json(shown.model_dump_json(), 200)


@blueprint.get("/textsafe/requests/<uuid:textsafe_id>")
@api_key(Scope.textsafe_read)
def one(textsafe_id: uuid.UUID) -> Response:
    """Show one of the force's own requests."""
    try:
        with transaction() as session:
            _note(session, audit.Act.textsafe_seen, textsafe_id)
            return _shown(session, textsafe_id, 200)
    except NotTheirsError:
        return problem(404, *_NOT_THERE)


@blueprint.post("/textsafe/requests/<uuid:textsafe_id>/found")
@api_key(Scope.textsafe_request)
def found(textsafe_id: uuid.UUID) -> Response:
    """Hear that the person is found: no further text goes."""
    return _tell(stopping.found, textsafe_id)


@blueprint.post("/textsafe/requests/<uuid:textsafe_id>/withdraw")
@api_key(Scope.textsafe_request)
def withdraw(textsafe_id: uuid.UUID) -> Response:
    """Hear that the consent or the request no longer holds: no further text goes."""
    return _tell(stopping.withdraw, textsafe_id)


@blueprint.get("/openapi.json")
@audience(Audience.public)
def openapi() -> Response:
    """Describe the API for programs (OpenAPI 3.1)."""
    return make_response(jsonify(api_description.document()))


@blueprint.get("/docs")
@audience(Audience.public)
def described() -> str:
    """Describe the API for people."""
    return render_template("textsafe/api.html", described=api_description.for_people())


def _asked() -> Asked | Response:
    """Read what was sent, or say what is wrong with it."""
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        return problem(400, *_KEY_MISSING)
    if request.mimetype != _JSON:
        return problem(415, "Send JSON", "Set Content-Type: application/json.")
    try:
        return NewRequest.model_validate_json(request.get_data(), strict=True).asked(key)
    except ValidationError as error:
        return _invalid(error)


def _tell(rule: Callable[..., TextSafeRequest], textsafe_id: uuid.UUID) -> Response:
    try:
        with transaction() as session:
            rule(session, holder().organisation_id, textsafe_id, by=None, at=now())
            return _shown(session, textsafe_id, 200)
    except NotTheirsError:
        return problem(404, *_NOT_THERE)


def _shown(session: Session, textsafe_id: uuid.UUID, status: int) -> Response:
    seen = police_view.one(session, holder().organisation_id, textsafe_id)
    return _json(Request.of(seen).model_dump_json(), status)


def _note(session: Session, act: audit.Act, about: uuid.UUID) -> None:
    audit.note(session, act, at=now(), about=about)


def _json(body: str, status: int) -> Response:
    return make_response(body, status, {"Content-Type": _JSON, "Cache-Control": "no-store"})


def _invalid(error: ValidationError, status: int = 422) -> Response:
    return _wrong(
        [
            {
                "field": ".".join(str(part) for part in each["loc"] if isinstance(part, str))[:80],
                "message": each["msg"],
            }
            for each in error.errors(include_url=False, include_input=False, include_context=False)
        ],
        status,
    )


def _wrong(errors: list[dict[str, str]], status: int = 422) -> Response:
    return problem(
        status,
        "Some answers need attention",
        "Mend what `errors` names, then send it again with the same Idempotency-Key.",
        errors=errors,
    )
