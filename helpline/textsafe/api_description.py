"""The API described: one OpenAPI 3.1 document, made from the types that check what comes in."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic.json_schema import models_json_schema

from helpline.accounts.api_keys import MOST_A_MINUTE
from helpline.textsafe.api_words import (
    Holder,
    ListQuery,
    NewRequest,
    Problem,
    Request,
    Requests,
)

_REF = "#/components/schemas/{model}"
_WORDS = {
    400: "Something that is not part of the body is missing or wrong.",
    401: "No key, or one that opens nothing.",
    403: "The key does not open this.",
    404: "Your force has no such request. Another force's request is answered the same way.",
    413: "Too much was sent.",
    415: "The body is not JSON.",
    422: "Some answers need attention: `errors` names each.",
    429: f"More than {MOST_A_MINUTE} questions in a minute, or too many with wrong keys.",
}
_ABOUT = (
    "Police ask the helpline to send one careful text to a missing person. Keys are made by the "
    "helpline. No request has a name, a date of birth or an address. Nothing is told back of what "
    "a phone did: not that a text arrived, was read, or was answered. Ask as often as you need: "
    f"{MOST_A_MINUTE} times a minute for each key. We never call you."
)


@dataclass(frozen=True)
class Operation:
    """One thing that a program can do."""

    method: str
    path: str
    name: str
    summary: str
    gives: str
    status: int = 200
    refusals: tuple[int, ...] = ()
    takes: str = ""
    scope: str = ""


OPERATIONS = (
    Operation(
        "post",
        "/textsafe/requests",
        "ask",
        "Ask for a TextSafe",
        "Request",
        201,
        (400, 413, 415, 422),
        "NewRequest",
        "textsafe:request",
    ),
    Operation(
        "get",
        "/textsafe/requests",
        "list",
        "List your force's requests, the newest first",
        "Requests",
        refusals=(400, 404),
        scope="textsafe:read",
    ),
    Operation(
        "get",
        "/textsafe/requests/{id}",
        "read",
        "Read one request",
        "Request",
        refusals=(404,),
        scope="textsafe:read",
    ),
    Operation(
        "post",
        "/textsafe/requests/{id}/found",
        "found",
        "Say that the person is found",
        "Request",
        refusals=(404, 413),
        scope="textsafe:request",
    ),
    Operation(
        "post",
        "/textsafe/requests/{id}/withdraw",
        "withdraw",
        "Say that the consent or the request no longer holds",
        "Request",
        refusals=(404, 413),
        scope="textsafe:request",
    ),
    Operation("get", "/whoami", "whoami", "Ask whose key it is and what it opens", "Holder"),
)


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    paths: dict[str, dict[str, Any]] = {}
    for each in OPERATIONS:
        paths.setdefault(each.path, {})[each.method] = _described(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "TextSafe of the 116 000 helpline",
            "version": "1",
            "description": _ABOUT,
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`Authorization: Bearer hl_…`",
                }
            },
        },
    }


def for_people() -> dict[str, Any]:
    """Return what a page shows: the operations with their fields, taken from the document."""
    schemas = document()["components"]["schemas"]
    return {
        "about": _ABOUT,
        "operations": OPERATIONS,
        "words": _WORDS,
        "fields": {name: _fields(schemas, name) for name in ("NewRequest", "Request")},
        "example": json.dumps(_example(schemas), indent=2),
    }


def _described(operation: Operation) -> dict[str, Any]:
    answers = {str(operation.status): _content("It is done.", operation.gives, "application/json")}
    for status in sorted({401, 403, 429, *operation.refusals}):
        answers[str(status)] = _content(_WORDS[status], "Problem", "application/problem+json")
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"Needs a key with the scope `{operation.scope}`."
        if operation.scope
        else "Any key will do.",
        "parameters": _parameters(operation),
        "responses": answers,
    }
    if operation.takes:
        schema = {"$ref": _REF.format(model=operation.takes)}
        found["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return found


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    if "{id}" in operation.path:
        schema = {"type": "string", "format": "uuid"}
        return [{"name": "id", "in": "path", "required": True, "schema": schema}]
    if operation.name == "ask":
        return [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": "New for each request; the same when you try one again.",
                "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{8,200}$"},
            }
        ]
    if operation.name == "list":
        described = ListQuery.model_json_schema()["properties"]
        after = {"type": "string", "format": "uuid"}
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": schema["description"],
                "schema": after
                if name == "after"
                else {key: schema[key] for key in ("type", "minimum", "maximum", "default")},
            }
            for name, schema in described.items()
        ]
    return []


def _content(words: str, model: str, kind: str) -> dict[str, Any]:
    return {
        "description": words,
        "content": {kind: {"schema": {"$ref": _REF.format(model=model)}}},
    }


def _schemas() -> dict[str, Any]:
    wanted = [(NewRequest, "validation")]
    gives = [(each, "serialization") for each in (Request, Requests, Problem, Holder)]
    _, described = models_json_schema([*wanted, *gives], ref_template=_REF)  # type: ignore[list-item]
    return dict(described["$defs"])


def _fields(schemas: dict[str, Any], name: str) -> list[dict[str, Any]]:
    needed = schemas[name].get("required", [])
    return [
        {
            "name": field,
            "needed": field in needed,
            "about": schema.get("description", ""),
            "values": _values(schemas, schema),
        }
        for field, schema in schemas[name]["properties"].items()
    ]


def _values(schemas: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    options = [schema, *schema.get("anyOf", []), *schema.get("allOf", [])]
    for each in options:
        if "$ref" in each:
            return list(schemas[each["$ref"].rpartition("/")[2]].get("enum", []))
    return []


def _example(schemas: dict[str, Any]) -> dict[str, Any]:
    known = {
        field: schema["examples"][0]
        for field, schema in schemas["NewRequest"]["properties"].items()
        if "examples" in schema
    }
    return known | {
        "age_band": "adult",
        "risk": "medium",
        "basis": "consent",
        "given_by": "partner",
        "given_at": "2026-11-25T18:30:00Z",
        "given_how": "by_telephone",
    }
