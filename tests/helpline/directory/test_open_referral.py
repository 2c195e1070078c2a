"""Open Referral UK: official examples validate, come in and go out whole; wrong feeds are refused.

The issue names `tests/directory/`; the tests mirror `helpline/`, so this stands beside its folder.
"""

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests
import sqlalchemy as sa

from helpline.accounts.models import Availability, Role
from helpline.clock import now
from helpline.directory import services
from helpline.directory.models import DirectoryImport, Service, ServiceVersion
from helpline.directory.open_referral import coming_in, reading, shapes, version_1
from helpline.directory.open_referral.entry_of import entry_of
from tests.helpline import making
from tests.house_rules.tree import ROOT
from tests.system import System

OFFICIAL = ROOT.parent / "shared" / "open-referral"
NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
NOBODYS = "00000000-0000-4000-8000-000000000000"
NIGHT_SHELTER = {
    "id": "0b5c3a9e-6a0a-4f6e-9d7c-0c8a2f1f5d11",
    "name": "Northmoor night shelter",
    "description": "A bed for tonight for people who are homeless",
    "status": "active",
    "url": "https://example.org/bed",
    "minimum_age": 16,
    "maximum_age": 25,
    "fees": "Free",
    "last_modified": "2026-10-01T09:00:00Z",
    "schedules": [
        {
            "id": "1b5c3a9e-6a0a-4f6e-9d7c-0c8a2f1f5d11",
            "freq": "WEEKLY",
            "interval": 1,
            "byday": "MO,TU",
            "opens_at": "18:00:00",
            "closes_at": "08:00:00",
        }
    ],
    "service_areas": [{"id": "2b5c3a9e-6a0a-4f6e-9d7c-0c8a2f1f5d11", "name": "Leeds"}],
    "organization": {
        "id": "3b5c3a9e-6a0a-4f6e-9d7c-0c8a2f1f5d11",
        "name": "Northmoor Trust",
        "description": "Beds and breakfasts",
    },
    "service_at_locations": [
        {
            "id": "4b5c3a9e-6a0a-4f6e-9d7c-0c8a2f1f5d11",
            "location": {
                "id": "5b5c3a9e-6a0a-4f6e-9d7c-0c8a2f1f5d11",
                "location_type": "physical",
                "name": "The old chapel",
                "latitude": 53.8,
                "longitude": -1.55,
                "addresses": [
                    {
                        "id": "6b5c3a9e-6a0a-4f6e-9d7c-0c8a2f1f5d11",
                        "address_1": "1 Example Street",
                        "city": "Leeds",
                        "state_province": "West Yorkshire",
                        "postal_code": "LS1 1AA",
                        "country": "GB",
                        "address_type": "physical",
                    }
                ],
            },
        }
    ],
    "contacts": [
        {
            "id": "7b5c3a9e-6a0a-4f6e-9d7c-0c8a2f1f5d11",
            "name": "Front desk",
            "phones": [{"id": "8b5c3a9e-6a0a-4f6e-9d7c-0c8a2f1f5d11", "number": "020 7946 0601"}],
        }
    ],
}


def official(name: str) -> Any:
    if not OFFICIAL.exists():
        pytest.skip("the official schemas and examples are not beside this repository")
    return json.loads((OFFICIAL / name).read_text("utf-8"))


def check(schema: str, document: Any) -> None:
    validator = jsonschema.Draft202012Validator(
        official(f"schemas/{schema}.json"), format_checker=jsonschema.FormatChecker()
    )
    assert [error.message for error in validator.iter_errors(document)] == []


@pytest.fixture
def feed_file(tmp_path: Path) -> Path:
    return tmp_path / "feed.json"


def bring(system: System, source: Path | str, *records: Any, hosts: Any = ()) -> coming_in.Report:
    if records:
        Path(source).write_text(json.dumps({"contents": list(records)}))
    with system.app.app_context():
        return coming_in.read_in(str(source), hosts, at=NOON)


def get(system: System, path: str, **asked: Any) -> Any:
    answer = requests.get(f"{system.web}/open-referral{path}", params=asked, timeout=20)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers
    return answer.json()


@pytest.mark.parametrize("name", ["service_full", "organization_full", "service_at_location_full"])
def test_the_official_examples_validate(name: str) -> None:
    check(name.removesuffix("_full"), official(f"examples/{name}.json"))


def test_the_official_example_comes_in_and_goes_out_without_losing_a_field(
    system: System, feed_file: Path
) -> None:
    example = official("examples/service_full.json")
    report = bring(system, feed_file, example)
    assert report.refused == []
    assert report.doubtful == [
        (
            example["id"],
            ("latitude 100 is no place on earth",),
        )
    ]
    again = get(system, f"/services/{example['id']}")
    assert again == example
    check("service", again)


def test_every_field_that_the_schema_knows_is_known_here() -> None:
    def compare(schema: Any, shape: shapes.Shape, where: str) -> None:
        for name, told in schema["properties"].items():
            assert name in shape.fields, f"{where}.{name}"
            kind = shape.fields[name]
            if told.get("type") == "array":
                assert isinstance(kind, list), f"{where}.{name}"
                compare(told["items"], kind[0], f"{where}.{name}")
            elif told.get("type") == "object":
                assert isinstance(kind, shapes.Shape), f"{where}.{name}"
                compare(told, kind, f"{where}.{name}")

    compare(official("schemas/service.json"), shapes.SERVICE, "service")


def test_what_an_entry_is_read_from_a_record() -> None:
    entry = entry_of(NIGHT_SHELTER, on=NOON.date())
    assert entry.phone == "020 7946 0601"
    assert entry.topics[0] == "homelessness"
    assert entry.areas == ("Leeds",)
    assert [each.value for each in entry.nations] == ["england"]
    assert entry.suits_under_18s
    assert entry.is_open(datetime(2026, 11, 9, 20, tzinfo=UTC)) is True
    assert entry.is_open(NOON) is False
    ageless = {k: v for k, v in NIGHT_SHELTER.items() if not k.endswith("_age")}
    assert not entry_of(ageless, on=NOON.date()).suits_under_18s


def test_a_wrong_feed_is_refused_record_by_record_with_reasons(
    system: System, feed_file: Path
) -> None:
    wrong = [
        {**NIGHT_SHELTER, "id": "seven", "status": "open"},
        {**NIGHT_SHELTER, "id": str(uuid.uuid4()), "name": ""},
        {**NIGHT_SHELTER, "id": str(uuid.uuid4()), "minimum_age": "sixteen"},
        {**NIGHT_SHELTER, "id": str(uuid.uuid4()), "schedules": [{"freq": "DAILY"}]},
        {**NIGHT_SHELTER, "id": str(uuid.uuid4()), "service_areas": "Leeds"},
        "nonsense",
        7,
        None,
    ]
    report = bring(system, feed_file, *wrong, NIGHT_SHELTER)
    assert report.counts["added"] == 1
    assert report.counts["refused"] == len(wrong)
    reasons = dict(report.refused)
    assert reasons["seven"] == ("id is no UUID", "status is no known word")
    said = "\n".join(coming_in.lines_of(report))
    for sentence in (
        "name is missing",
        "minimum_age is no number",
        "schedules[0].id is missing; schedules[0].freq is no known word",
        "service_areas is no list",
        "the record is not an object",
        "1 added, 0 changed, 0 unchanged, 0 kept, 8 refused.",
    ):
        assert sentence in said


def test_the_same_again_changes_nothing_and_a_change_is_a_version(
    system: System, feed_file: Path
) -> None:
    bring(system, feed_file, NIGHT_SHELTER)
    assert bring(system, feed_file).counts == {"unchanged": 1}
    changed = {**NIGHT_SHELTER, "description": "A bed and a breakfast, homeless or not"}
    assert bring(system, feed_file, changed).counts == {"changed": 1}
    with system.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ServiceVersion)) == 2


def test_a_list_of_plain_fields_takes_nothing_away_from_a_whole_record(
    system: System, feed_file: Path
) -> None:
    bring(system, feed_file, NIGHT_SHELTER)
    plain = {name: NIGHT_SHELTER[name] for name in ("id", "name", "status", "organization")}
    assert bring(system, feed_file, plain).counts == {"unchanged": 1}
    assert get(system, f"/services/{NIGHT_SHELTER['id']}") == NIGHT_SHELTER


def test_what_staff_verified_or_wrote_is_never_overwritten(system: System, feed_file: Path) -> None:
    other = {**NIGHT_SHELTER, "id": str(uuid.uuid4())}
    bring(system, feed_file, NIGHT_SHELTER, other)
    with system.transaction() as session:
        by = making.staff_member(session, Availability.off_shift, role=Role.partner_liaison).id
        first = session.get_one(Service, uuid.UUID(NIGHT_SHELTER["id"]))
        services.verify(session, first, "Rang it", by=by, at=NOON)
        second = session.get_one(Service, uuid.UUID(other["id"]))
        ours = services.shown(session, second.id).entry.model_copy(update={"name": "Our name"})
        services.change(session, second, ours, by=by, at=NOON)
    report = bring(
        system,
        feed_file,
        {**NIGHT_SHELTER, "name": "Taken over", "status": "defunct"},
        {**other, "name": "Theirs"},
    )
    assert report.counts == {"kept": 2}
    with system.transaction() as session:
        for record, name in ((NIGHT_SHELTER, "Northmoor night shelter"), (other, "Our name")):
            shown = services.shown(session, uuid.UUID(record["id"]))
            assert shown.entry.name == name
            assert shown.service.is_active
    assert get(system, f"/services/{other['id']}")["name"] == "Our name"


def test_reading_goes_on_where_it_was_stopped(
    system: System, feed_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [{**NIGHT_SHELTER, "id": str(uuid.uuid4())} for _ in range(7)]
    monkeypatch.setattr(coming_in, "STEP", 3)
    feed_file.write_text(json.dumps({"contents": records}))
    steps: list[int] = []

    def stop(done: int) -> None:
        steps.append(done)
        if done == 6:
            raise KeyboardInterrupt

    with system.app.app_context(), pytest.raises(KeyboardInterrupt):
        coming_in.read_in(str(feed_file), (), at=NOON, progress=stop)
    report = bring(system, feed_file)
    assert steps == [3, 6]
    assert report.went_on_from == 6
    assert report.counts == {"added": 1}
    with system.transaction() as session:
        assert session.scalars(sa.select(DirectoryImport)).one().is_over


def test_the_older_profile_is_read_as_well(system: System, feed_file: Path) -> None:
    old = {
        "id": "1234",
        "name": "Debt advice",
        "description": "Help with debt",
        "status": "active",
        "eligibilitys": [{"id": "1", "minimum_age": 18, "maximum_age": 99}],
        "regular_schedules": [
            {"id": "1", "byday": "MO", "opens_at": "09:00", "closes_at": "17:00", "freq": "WEEKLY"}
        ],
        "service_taxonomys": [
            {"id": "1", "taxonomy": {"id": "x", "name": "Debt", "vocabulary": "own"}}
        ],
        "contacts": [
            {"id": "1", "name": "Desk", "phones": [{"id": "1", "number": "020 7946 0602"}]}
        ],
        "organization": {"id": "9", "name": "Northmoor Trust", "url": "https://example.org"},
    }
    assert bring(system, feed_file, old).counts == {"added": 1}
    again = get(system, f"/services/{version_1.known_id('1234')}")
    check("service", again)
    assert again["minimum_age"] == 18
    assert again["organization"]["website"] == "https://example.org"
    assert again["contacts"][0]["phones"][0]["number"] == "020 7946 0602"


@contextmanager
def feed(records: list[Any]) -> Iterator[str]:
    """Publish records as a feed does: a list of plain fields, and each one whole."""

    class Publisher(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            document: Any = next(
                (each for each in records if path == f"/api/services/{each['id']}"), None
            )
            if path == "/api/services":
                page = int(self.path.split("page=")[1].split("&")[0])
                plain = [{"id": each["id"], "name": each["name"]} for each in records]
                shown = plain[(page - 1) * 50 : page * 50]
                document = {"contents": shown, "last_page": page * 50 >= len(plain)}
            self.send_response(200 if document else 302)
            self.send_header("Location", "http://169.254.169.254/")
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_feed_is_read_page_by_page_and_only_from_hosts_that_are_allowed(system: System) -> None:
    records = [{**NIGHT_SHELTER, "id": str(uuid.uuid4())} for _ in range(53)]
    with feed(records) as address:
        with pytest.raises(reading.CannotReadError, match="DIRECTORY_FEED_HOSTS"):
            bring(system, address)
        report = bring(system, address, hosts=("127.0.0.1",))
        assert report.counts == {"added": 53}
        with pytest.raises(reading.CannotReadError, match="302"):
            bring(system, f"{address}/elsewhere", hosts=("127.0.0.1",))
    with pytest.raises(reading.CannotReadError, match="no such file"):
        bring(system, "ftp://127.0.0.1/feed")


@pytest.fixture
def published(system: System, feed_file: Path) -> None:
    with system.transaction() as session:
        services.load_first(session, at=now())
    bring(system, feed_file, NIGHT_SHELTER)


@pytest.mark.usefixtures("published")
def test_the_answers_of_every_endpoint_validate(system: System) -> None:
    root = get(system, "/")
    assert root["version"] == "3.0"
    lists = {
        "/services": "service_list",
        "/service_at_locations": "service_at_location_list",
        "/organizations": "organization_list",
    }
    whole = {
        "/services": "service",
        "/service_at_locations": "service_at_location",
        "/organizations": "organization",
    }
    for path, schema in lists.items():
        page = get(system, path, per_page=500)
        assert page["total_items"] == len(page["contents"]) == page["size"] > 0
        for each in page["contents"]:
            check(schema, each)
        for each in page["contents"][:8]:
            check(whole[path], get(system, f"{path}/{each['id']}"))
    for each in get(system, "/services", per_page=500, full="true")["contents"]:
        check("service", each)
        assert all(value not in (None, "", []) for value in each.values())
    terms = official("schemas/service.json")["properties"]["attributes"]["items"]["properties"]
    for each in get(system, "/taxonomy_terms", per_page=100)["contents"]:
        jsonschema.validate(each, terms["taxonomy_term"])
        assert get(system, f"/taxonomy_terms/{each['id']}") == each
    only = get(system, "/taxonomies")["contents"][0]
    assert len(get(system, f"/taxonomies/{only['id']}")["taxonomy_terms"]) > 40


@pytest.mark.usefixtures("published")
def test_every_parameter_does_what_the_descriptions_say(system: System) -> None:
    def names(**asked: Any) -> list[str]:
        asked.setdefault("per_page", 500)
        return [each["name"] for each in get(system, "/services", **asked)["contents"]]

    shelter = "Northmoor night shelter"
    everything = names()
    assert len(everything) == 105
    assert names(per_page=10, page=2) == everything[10:20]
    last = get(system, "/services", per_page=100, page=2)
    assert (last["total_pages"], last["size"], last["last_page"]) == (2, 5, True)
    assert names(search="night shelter") == [shelter]
    assert shelter in names(minimum_age=16)
    assert shelter not in names(minimum_age=17)
    assert shelter in names(maximum_age=25)
    assert shelter not in names(maximum_age=24)
    term = next(
        each
        for each in get(system, "/taxonomy_terms", per_page=100)["contents"]
        if each["term"] == "homelessness"
    )
    assert {shelter, "StreetLink"} <= set(names(taxonomy_term_id=term["id"]))
    assert "FRANK" not in names(taxonomy_term_id=term["id"])
    assert len(names(taxonomy_id=term["taxonomy_id"])) == 105
    assert names(organization_id=NIGHT_SHELTER["organization"]["id"]) == [shelter]
    assert shelter in names(day="MO", start_time="17:00", end_time="08:00")
    assert shelter not in names(day="WE")
    assert shelter not in names(modified_after="2026-10-02T00:00:00Z")
    assert shelter in names(modified_after="2026-10-01T09:00:00Z")
    assert names(postcode="LS1 1AA", proximity=100) == [shelter]
    assert shelter in names(postcode="LS1 1AA")
    assert set(get(system, "/services", minimal="true")["contents"][0]) <= {
        "id",
        "name",
        "status",
        "last_modified",
        "modified_date",
    }
    assert get(system, "/services", minimal="true")["size"] == 105
    whole = get(system, "/organizations", full_service="true", search="night shelter")
    assert whole["contents"][0]["services"][0]["schedules"]
    lines = requests.get(
        f"{system.web}/open-referral/services", params={"format": "ndjson"}, timeout=20
    )
    assert len([json.loads(line) for line in lines.text.splitlines()]) == 105


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("/services", {"page": "0"}, 400),
        ("/services", {"per_page": "many"}, 400),
        ("/services", {"day": "someday"}, 400),
        ("/services", {"start_time": "noon"}, 400),
        ("/services", {"minimum_age": "NaN"}, 400),
        ("/services", {"modified_after": "yesterday"}, 400),
        ("/services", {"format": "xml"}, 400),
        ("/services", {"postcode": "LS1 1AA' OR 1"}, 400),
        ("/services", {"postcode": "ZZ9 9ZZ"}, 400),
        ("/services", {"proximity": "5"}, 400),
        ("/services/seven", {}, 400),
        (f"/services/{NOBODYS}", {}, 404),
        (f"/organizations/{NOBODYS}", {}, 404),
        (f"/taxonomies/{NOBODYS}", {}, 404),
    ],
)
def test_what_cannot_be_answered_is_said_to_be_so(
    system: System, path: str, asked: dict[str, str], status: int
) -> None:
    answer = requests.get(f"{system.web}/open-referral{path}", params=asked, timeout=20)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"]


@pytest.mark.usefixtures("published")
def test_what_nobody_has_verified_says_so_and_what_is_stopped_is_not_published(
    system: System,
) -> None:
    mind = get(system, "/services", search="mind", full="true")["contents"]
    mind = next(each for each in mind if each["name"] == "Mind")
    assert "not checked" in mind["alert"]
    with system.transaction() as session:
        by = making.staff_member(session).id
        service = session.get_one(Service, uuid.UUID(mind["id"]))
        services.set_active(session, service, active=False, by=by, at=NOON)
    gone = requests.get(f"{system.web}/open-referral/services/{mind['id']}", timeout=20)
    assert gone.status_code == 404
