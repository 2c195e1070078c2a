"""The API of forces: every answer is described, none breaks, and nobody sees another's requests."""

import json
import uuid
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
import sqlalchemy as sa
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from helpline.accounts import api_keys
from helpline.accounts.api_keys import Scope
from helpline.accounts.models import Organisation, OrganisationKind, Role
from helpline.clock import now
from helpline.textsafe import api_description
from helpline.textsafe.models import TextSafeRequest
from tests.helpline import making
from tests.helpline.textsafe import asking
from tests.system import System

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
BODY: dict[str, Any] = {
    "force_reference": "WM-2026-1187",
    "officer": "PC 4471",
    "officer_email": f"pc.4471@{asking.DOMAIN}",
    "mobile": "07700 900123",
    "age_band": "adult",
    "risk": "medium",
    "basis": "consent",
    "given_by": "partner",
    "given_at": "2026-11-25T10:30:00Z",
    "given_how": "by_telephone",
}


class Program:
    """A force's program."""

    def __init__(self, system: System, *, scopes: tuple[str, ...] = (), **of: Any) -> None:
        self.system = system
        scopes = scopes or (Scope.textsafe_request, Scope.textsafe_read)
        with system.transaction() as session:
            self.force: Organisation = asking.force(session, **of)
            self.force_id = self.force.id
            by = making.staff_member(session, role=Role.administrator)
            wanted = api_keys.Wanted(scopes, 30, uuid.uuid4())
            self.key = api_keys.make(session, self.force_id, wanted, by=by.id, at=now())

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        url = f"{self.system.web}/api/v1{path}"
        return requests.request(method, url, headers=headers, timeout=20, **options)

    def ask(self, key: str = "", **changed: Any) -> requests.Response:
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self.call("POST", "/textsafe/requests", json=BODY | changed, headers=headers)

    def ask_for_another(self) -> dict[str, Any]:
        return dict(self.ask(mobile=making.number().e164).json())


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_keys, "MOST_A_MINUTE", 100_000)


def test_a_request_is_taken_and_shown(system: System) -> None:
    program = Program(system)
    asked = program.ask()
    assert asked.status_code == 201
    told = asked.json()
    assert (told["status"], told["reason"], told["training"]) == ("accepted", None, False)
    again = program.call("GET", f"/textsafe/requests/{told['id']}")
    assert again.content == asked.content


def test_tried_again_with_the_same_key_it_is_one_request(system: System) -> None:
    program = Program(system)
    first, second = program.ask("a-key-of-mine"), program.ask("a-key-of-mine")
    assert first.content == second.content
    other = program.ask("a-key-of-mine", officer="PC 1")
    assert (other.status_code, other.headers["Content-Type"]) == (422, "application/problem+json")


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"headers": {}}, 400),
        ({"headers": {"Idempotency-Key": "x"}}, 400),
        ({"data": "{}", "headers": {"Idempotency-Key": "a-key-of-mine"}}, 415),
        ({"json": [], "headers": {"Idempotency-Key": "a-key-of-mine"}}, 422),
        ({"json": BODY | {"name": "Sam"}, "headers": {"Idempotency-Key": "a-key-of-mine"}}, 422),
    ],
)
def test_what_is_wrong_is_said_as_a_problem(
    system: System, options: dict[str, Any], status: int
) -> None:
    answer = Program(system).call("POST", "/textsafe/requests", **options)
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        status,
        "application/problem+json",
    )


def test_no_problem_repeats_what_was_sent(system: System) -> None:
    secret = "07700 900999 Grimhilde"
    answer = Program(system).ask(mobile=secret, age_band=secret, officer_email=secret)
    assert answer.status_code == 422
    assert "900999" not in answer.text
    assert "Grimhilde" not in answer.text


def test_addresses_that_lead_nowhere_are_problems_too(system: System) -> None:
    program = Program(system)
    for method, path in (("GET", "/nowhere"), ("DELETE", "/textsafe/requests")):
        answer = program.call(method, path)
        assert answer.status_code in {404, 405}
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_found_is_one_call_and_may_be_said_twice(system: System) -> None:
    program = Program(system)
    path = f"/textsafe/requests/{program.ask().json()['id']}/found"
    first, second = program.call("POST", path), program.call("POST", path)
    assert first.json()["found_at"]
    assert first.content == second.content


def test_a_list_goes_on_where_the_last_one_ended(system: System) -> None:
    program = Program(system)
    asked = [program.ask_for_another()["id"] for _ in range(5)]
    found, after = [], ""
    while True:
        path = f"/textsafe/requests?limit=2{'&after=' + after if after else ''}"
        page = program.call("GET", path).json()
        found += [each["id"] for each in page["requests"]]
        after = page["next_after"]
        if not after:
            break
    assert found == asked[::-1]


def test_a_key_opens_only_what_it_is_for(system: System) -> None:
    program = Program(system, scopes=(Scope.textsafe_read,))
    assert program.ask().status_code == 403
    assert program.call("GET", "/textsafe/requests").status_code == 200
    assert requests.get(f"{system.web}/api/v1/textsafe/requests", timeout=20).status_code == 401


def test_a_charity_can_not_ask(system: System) -> None:
    program = Program(system)
    with system.transaction() as session:
        session.get_one(Organisation, program.force_id).kind = OrganisationKind.charity
    assert program.ask().status_code == 403


def test_another_forces_requests_are_as_if_they_were_not_there(system: System) -> None:
    mine, theirs = Program(system), Program(system)
    known, unknown = theirs.ask_for_another()["id"], str(uuid.uuid4())
    for method, tail in (("GET", ""), ("POST", "/found"), ("POST", "/withdraw")):
        answers = [
            mine.call(method, f"/textsafe/requests/{each}{tail}") for each in (known, unknown)
        ]
        assert answers[0].status_code == 404
        assert answers[0].content == answers[1].content
    assert mine.call("GET", f"/textsafe/requests?after={known}").status_code == 404
    assert mine.call("GET", f"/textsafe/requests?after={unknown}").status_code == 404
    assert mine.call("GET", "/textsafe/requests").json() == {"requests": [], "next_after": None}
    with system.transaction() as session:
        assert session.get_one(TextSafeRequest, uuid.UUID(known)).found_at is None


def test_nothing_that_is_shown_counts_other_forces_requests(system: System) -> None:
    mine, theirs = Program(system), Program(system)
    before = mine.ask_for_another()
    for _ in range(5):
        theirs.ask_for_another()
    after = mine.ask_for_another()
    alike = {name for name in before if before[name] == after[name]}
    assert set(before) - alike == {"id", "asked_at"}
    assert uuid.UUID(before["id"]).version == uuid.UUID(after["id"]).version == 4


def test_too_many_questions_are_told_to_wait(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_keys, "MOST_A_MINUTE", 2)
    program = Program(system)
    answers = [program.call("GET", "/textsafe/requests") for _ in range(3)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_the_document_is_served_and_rendered(system: System) -> None:
    served = requests.get(f"{system.web}/api/v1/openapi.json", timeout=20).json()
    assert served["openapi"] == "3.1.0"
    page = requests.get(f"{system.web}/api/v1/docs", timeout=20).text
    for operation in api_description.OPERATIONS:
        assert f"/api/v1{operation.path}" in page
    assert "force_reference" in page


@pytest.mark.parametrize("wrong", ["name", "birth", "dob", "address", "postcode"])
def test_no_field_of_the_api_or_the_form_is_for_a_name_a_birth_date_or_an_address(
    wrong: str,
) -> None:
    from helpline.textsafe import forms

    schemas = api_description.document()["components"]["schemas"]
    fields = {
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field in schema.get("properties", {})
    }
    for form in (forms.RequestForm, forms.MisdirectedForm, forms.SamaritansForm):
        fields |= {f"{form.__name__}.{field}" for field in forms.every_field(form)}
    assert len(fields) > 50
    assert [each for each in fields if wrong in each.lower()] == []


def test_whatever_a_program_sends_is_answered_as_described(system: System) -> None:
    """Schemathesis makes up requests from the served document, right ones and wrong ones."""
    program = Program(system)
    known = program.ask().json()["id"]
    schema = schemathesis.openapi.from_dict(json.loads(json.dumps(api_description.document())))
    schema.config.update(base_url=f"{system.web}/api/v1")
    for operation in schema.get_all_operations():
        _try(operation.ok(), program, known)
    with system.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(TextSafeRequest)) >= 1


def _try(operation: Any, program: Program, known: str) -> None:
    strategy = operation.as_strategy() | operation.as_strategy(
        generation_mode=schemathesis.GenerationMode.NEGATIVE
    )

    @hypothesis.given(case=strategy, is_known=hypothesis.strategies.booleans())
    @hypothesis.settings(
        max_examples=30,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    def run(case: Any, is_known: bool) -> None:
        if is_known and case.path_parameters:
            case.path_parameters["id"] = known
        headers = {"Authorization": f"Bearer {program.key}"}
        case.call_and_validate(checks=CHECKS, headers=headers, timeout=20)

    run()
