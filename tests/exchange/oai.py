"""Checks REST answers against Twilio's own OpenAPI description, made strict.

As published, no answer schema requires anything, so an empty object would pass. Here every
property is required, nothing else is allowed, and date forms are checked.
"""

import json
import re
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

SPEC = Path(__file__).parents[3] / "shared" / "carrier" / "twilio_api_v2010.json"
# Oddities of the published description, seen in Twilio's own examples.
MAY_BE_NULL = {"reason_conference_ended"}
MAY_BE_ABSENT = {"fax"}
MAY_BE_EMPTY = {"sms_fallback_url", "voice_fallback_url", "status_callback"}

formats = FormatChecker(formats=())
_DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} \+0000")


@formats.checks("date-time-rfc-2822", raises=ValueError)
def _is_date(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return bool(_DATE.fullmatch(value)) and parsedate_to_datetime(value) is not None


@formats.checks("uri")
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or value == "" or value.startswith(("/", "http"))


@formats.checks("currency")
def _is_currency(value: object) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch("[A-Za-z]{3}", value))


@cache
def specification() -> dict[str, Any]:
    return json.loads(SPEC.read_text())


def strict(schema: Any, name: str = "") -> Any:
    """Harden one schema: all properties required, no others, null only where said."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    nullable = schema.get("nullable", False) or name in MAY_BE_NULL
    if "$ref" in schema:
        target = specification()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        hard = strict(target)
        return {"anyOf": [hard, {"type": "null"}]} if nullable else hard
    left_out = {"nullable", "properties", "description", "example", "examples", "x-twilio"}
    hard = {key: strict(value) for key, value in schema.items() if key not in left_out}
    if "properties" in schema:
        named = schema["properties"]
        hard["properties"] = {key: strict(value, key) for key, value in named.items()}
        hard["required"] = sorted(set(named) - MAY_BE_ABSENT)
        hard["additionalProperties"] = False
    if nullable and isinstance(hard.get("type"), str):
        hard["type"] = [hard["type"], "null"]
    if nullable and "enum" in hard:
        hard["enum"] = [*hard["enum"], None]
    return hard


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    found = []
    for path in specification()["paths"]:
        pattern = re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(path))
        found.append((re.compile(pattern), path))
    return found


@cache
def _validator(method: str, path: str, status: int) -> Draft202012Validator | None:
    matching = [template for pattern, template in _paths() if pattern.fullmatch(path)]
    template = min(matching, key=lambda one: one.count("{"))
    answer = specification()["paths"][template][method.lower()]["responses"].get(str(status))
    if answer is None:
        raise LookupError(f"{method} {template} never answers {status}")
    if not answer.get("content"):
        return None
    schema = next(iter(answer["content"].values()))["schema"]
    return Draft202012Validator(strict(schema), format_checker=formats)


def faults(method: str, path: str, status: int, body: Any) -> list[str]:
    """Everything that is wrong with an answer; errors (4xx, 5xx) are checked for their form."""
    if status >= 400:
        wanted = {"code", "message", "more_info", "status"}
        right = isinstance(body, dict) and wanted <= set(body) and body["status"] == status
        return [] if right else [f"not an error of Twilio's form: {body!r:.100}"]
    validator = _validator(method, path, status)
    if validator is None:
        return [] if body is None else ["the body must be empty"]
    return [
        f"{'/'.join(map(str, error.path)) or '.'}: {error.message[:120]}"
        for error in validator.iter_errors(body)
    ]
