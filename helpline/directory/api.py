"""The directory for everybody's programs: Open Referral UK 3.0, read only, open to any page.

Nothing is asked of whoever asks: no key, no cookie, and what is searched for is written nowhere.
"""

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from functools import wraps
from typing import ParamSpec

from flask import Blueprint, Response, jsonify, request
from sqlalchemy.orm import Session

from helpline.clock import now
from helpline.database import transaction
from helpline.directory.open_referral import asked_for, going_out
from helpline.directory.open_referral.asked_for import Asked, CannotAskError
from helpline.directory.open_referral.shapes import Record
from helpline.web.access import Audience, audience

P = ParamSpec("P")

blueprint = Blueprint("open_referral", __name__, url_prefix="/open-referral")

_DESCRIPTION = "https://raw.githubusercontent.com/openreferral/uk-profile/main/schema/openapi.json"
_PROFILE = "https://docs.openreferraluk.org/"
_LEAST = ("id", "name", "status", "last_modified")
"""What `minimal` gives: id and date, and the name and status without which it is no service."""
_BAD, _MISSING = 400, 404


@blueprint.after_request
def _open_to_any_page(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def answering(view: Callable[P, Response]) -> Callable[P, Response]:
    """Let anybody ask; answer what can't be read with the reason."""

    @audience(Audience.public)
    @wraps(view)
    def answered(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return view(*args, **kwargs)
        except CannotAskError as error:
            return _problem(_BAD, "This can't be answered", str(error))

    return answered


@blueprint.get("/")
@answering
def about() -> Response:
    """Say what this is."""
    return jsonify(version="3.0", profile=_PROFILE, openapi_url=_DESCRIPTION)


@blueprint.get("/services")
@answering
def services() -> Response:
    """List services, or find some."""
    asked = asked_for.read(request.args)
    return _listed(asked, lambda record: [_service(asked, record)])


@blueprint.get("/services/<string:service_id>")
@answering
def service(service_id: str) -> Response:
    """Give one service with all that belongs to it."""
    with transaction() as session:
        found = asked_for.one(session, asked_for.read_id(service_id), at=now())
    return jsonify(found) if found else _none()


@blueprint.get("/organizations")
@answering
def organisations() -> Response:
    """List those who run services."""
    asked = asked_for.read(request.args)
    with transaction() as session:
        found = _organisations(asked_for.everything(session, asked, at=now()), asked)
    return _paged(asked, found)


@blueprint.get("/organizations/<string:organisation_id>")
@answering
def organisation(organisation_id: str) -> Response:
    """Give one organisation with its services."""
    asked = Asked(
        organisation_id=asked_for.read_id(organisation_id), is_full=True, is_full_service=True
    )
    with transaction() as session:
        found = _organisations(asked_for.everything(session, asked, at=now()), asked)
    return jsonify(found[0]) if found else _none()


@blueprint.get("/service_at_locations")
@answering
def service_at_locations() -> Response:
    """List services by where they are."""
    asked = asked_for.read(request.args)
    with transaction() as session:
        found = [
            each
            for record in asked_for.everything(session, asked, at=now())
            for each in going_out.at_locations(record, is_full=asked.is_full)
        ]
    return _paged(asked, found)


@blueprint.get("/service_at_locations/<string:at_location_id>")
@answering
def service_at_location(at_location_id: str) -> Response:
    """Give one service at one place."""
    wanted = str(asked_for.read_id(at_location_id))
    with transaction() as session, closing(_every(session)) as records:
        found = (
            each
            for record in records
            for each in going_out.at_locations(record, is_full=True)
            if each["id"] == wanted
        )
        first = next(found, None)
    return jsonify(first) if first else _none()


@blueprint.get("/taxonomies")
@answering
def taxonomies() -> Response:
    """List the taxonomies that services are filed under."""
    asked = asked_for.read(request.args)
    return _paged(asked, [going_out.taxonomy(is_full=asked.is_full)])


@blueprint.get("/taxonomies/<string:taxonomy_id>")
@answering
def taxonomy(taxonomy_id: str) -> Response:
    """Give one taxonomy with its terms."""
    is_ours = str(asked_for.read_id(taxonomy_id)) == going_out.TAXONOMY_ID
    return jsonify(going_out.taxonomy(is_full=True)) if is_ours else _none()


@blueprint.get("/taxonomy_terms")
@answering
def taxonomy_terms() -> Response:
    """List the terms that services are filed under."""
    asked = asked_for.read(request.args)
    is_ours = asked.taxonomy_id in {"", going_out.TAXONOMY_ID}
    return _paged(asked, going_out.terms() if is_ours else [])


@blueprint.get("/taxonomy_terms/<string:term_id>")
@answering
def taxonomy_term(term_id: str) -> Response:
    """Give one term."""
    wanted = str(asked_for.read_id(term_id))
    found = next((each for each in going_out.terms() if each["id"] == wanted), None)
    return jsonify(found) if found else _none()


def _every(session: Session) -> Generator[Record, None, None]:
    yield from asked_for.everything(session, Asked(), at=now())


def _service(asked: Asked, record: Record) -> Record:
    if asked.is_minimal:
        told = {name: record[name] for name in _LEAST if name in record}
        changed = record.get("last_modified")
        return {**told, "modified_date": changed} if changed else told
    return record if asked.is_full else going_out.plain(record)


def _listed(asked: Asked, shaped: Callable[[Record], list[Record]]) -> Response:
    with transaction() as session:
        if asked.is_ndjson or asked.is_minimal:
            every = asked_for.everything(session, asked, at=now())
            found = [each for record in every for each in shaped(record)]
            return _paged(asked, found)
        records, total = asked_for.page_of(session, asked, at=now())
    shown = [each for record in records for each in shaped(record)]
    return jsonify(_page(asked, shown, total))


def _paged(asked: Asked, found: list[Record]) -> Response:
    """Answer with one page of a list, or with all of it, a line each."""
    if asked.is_ndjson:
        lines = (f"{json.dumps(each, ensure_ascii=False)}\n" for each in found)
        return Response(lines, mimetype="application/x-ndjson")
    if asked.is_minimal and "page" not in request.args:
        return jsonify(_page(Asked(per_page=max(1, len(found))), found, len(found)))
    first = (asked.page - 1) * asked.per_page
    return jsonify(_page(asked, found[first : first + asked.per_page], len(found)))


def _page(asked: Asked, shown: list[Record], total: int) -> Record:
    pages = max(1, -(-total // asked.per_page))
    return {
        "total_items": total,
        "total_pages": pages,
        "page_number": asked.page,
        "size": len(shown),
        "first_page": asked.page == 1,
        "last_page": asked.page >= pages,
        "empty": not shown,
        "contents": shown,
    }


def _organisations(records: Iterator[Record], asked: Asked) -> list[Record]:
    """Gather whoever runs services, in the order of their names."""
    found: dict[str, Record] = {}
    for record in records:
        told = record.get("organization")
        if not told:
            continue
        shaped = dict(told) if asked.is_full else going_out.plain_organisation(told)
        kept = found.setdefault(told["id"], shaped)
        if asked.is_full or asked.is_full_service:
            own = {name: value for name, value in record.items() if name != "organization"}
            kept.setdefault("services", []).append(
                own if asked.is_full_service else going_out.plain(own)
            )
    return sorted(found.values(), key=lambda each: (str(each["name"]).lower(), each["id"]))


def _none() -> Response:
    return _problem(_MISSING, "There is none", "Nothing published here has this id.")


def _problem(status: int, title: str, detail: str) -> Response:
    said = jsonify(type="about:blank", title=title, status=status, detail=detail)
    return Response(said.get_data(), status, mimetype="application/problem+json")
