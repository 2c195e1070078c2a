"""Services: loaded as gathered, changed in versions, relied on as far as somebody made sure."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from bs4 import BeautifulSoup
from pydantic import ValidationError
from sqlalchemy.orm import Session

from helpline.accounts.models import Availability, Role
from helpline.clock import now
from helpline.directory import services
from helpline.directory.entries import Entry, TextLine
from helpline.directory.models import Confidence, Service, ServiceVersion
from helpline.directory.services import Standing
from tests.helpline import making
from tests.house_rules.tree import ROOT
from tests.system import Console, System

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
GATHERED = ROOT.parent / "shared" / "domain" / "services.json"


@pytest.fixture
def session(system: System) -> Iterator[Session]:
    with system.transaction() as opened:
        yield opened


def keeper(session: Session) -> uuid.UUID:
    return making.staff_member(session, Availability.off_shift, role=Role.partner_liaison).id


def entry(**known: Any) -> Entry:
    return Entry.model_validate({"name": "A line to ring", "phone": "020 7946 0501"} | known)


def by_key(session: Session, key: str) -> services.Shown:
    found = session.scalars(sa.select(Service).where(Service.key == key)).one()
    return services.shown(session, found.id)


def test_what_was_gathered_is_loaded_once_and_keeps_how_sure_anybody_was(
    session: Session,
) -> None:
    assert services.load_first(session, at=NOON) == 104
    assert services.load_first(session, at=NOON) == 0
    sure = [each for each in services.listed(session) if each.entry.confidence is Confidence.high]
    assert len(sure) == 19
    samaritans = by_key(session, "samaritans")
    standing = services.standing(samaritans.service, samaritans.entry, at=NOON)
    assert standing is Standing.seen
    lost = by_key(session, "lbt-global")
    assert services.standing(lost.service, lost.entry, at=NOON) is Standing.to_be_verified
    assert not services.may_be_texted(lost.service, lost.entry, at=NOON)


def test_the_facts_are_those_that_were_gathered(session: Session) -> None:
    if not GATHERED.exists():
        pytest.skip("the folder with what was gathered is not beside this repository")
    import json

    gathered = {each["name"]: each for each in json.loads(GATHERED.read_text("utf-8"))}
    services.load_first(session, at=NOON)
    for each in services.listed(session):
        known = gathered[each.entry.name]
        assert each.entry.phone == (known["phone"] or "")
        assert each.entry.confidence == known["confidence"]
        assert list(each.entry.topics) == known["topics"]
        assert each.entry.description != known["description"], "say it in our own words"


def test_what_a_person_changed_or_verified_is_never_loaded_over(session: Session) -> None:
    services.load_first(session, at=NOON)
    changed, verified, left = (by_key(session, key) for key in ("mind", "relate", "crisis"))
    by = keeper(session)
    ours = changed.entry.model_copy(update={"description": "ours"})
    services.change(session, changed.service, ours, by=by, at=NOON)
    services.verify(session, verified.service, "Rang it", by=by, at=NOON)
    # As if the file had said something else before.
    for each in (changed, verified, left):
        version = services.shown(session, each.service.id).version
        version.entry = version.entry | {"cost": "a penny"}
    session.flush()
    assert services.load_first(session, at=NOON) == 1
    assert by_key(session, "mind").entry.description == "ours"
    assert by_key(session, "relate").entry.cost == "a penny"
    assert by_key(session, "crisis").entry.cost == ""


def test_a_change_is_a_version_and_the_old_one_can_still_be_shown(session: Session) -> None:
    by = keeper(session)
    service = services.add(session, "one", entry(), by=by, at=NOON)
    services.change(session, service, entry(), by=by, at=NOON)
    assert service.current_number == 1
    services.change(session, service, entry(description="more"), by=by, at=NOON)
    assert services.shown(session, service.id).entry.description == "more"
    assert services.shown(session, service.id, 1).entry.description == ""
    assert [each.number for each in services.versions(session, service.id)] == [2, 1]


def test_a_verified_service_is_verified_until_its_day_or_until_it_is_reached_another_way(
    session: Session,
) -> None:
    by = keeper(session)
    unsure = entry(confidence="low")
    service = services.add(session, "one", unsure, by=by, at=NOON)
    assert services.standing(service, unsure, at=NOON) is Standing.to_be_verified
    services.verify(session, service, "Rang it", date(2026, 12, 1), by=by, at=NOON)
    assert services.standing(service, unsure, at=NOON) is Standing.verified
    later = datetime(2026, 12, 2, 0, 0, tzinfo=UTC)
    assert services.standing(service, unsure, at=later - timedelta(seconds=1)) is Standing.verified
    assert services.standing(service, unsure, at=later) is Standing.stale
    assert services.may_be_texted(service, unsure, at=later)
    services.change(session, service, entry(confidence="low", cost="Free"), by=by, at=NOON)
    assert service.verified_on is not None
    services.change(session, service, entry(phone="020 7946 0502"), by=by, at=NOON)
    shown = services.shown(session, service.id)
    assert services.standing(service, shown.entry, at=NOON) is Standing.to_be_verified
    with pytest.raises(services.CannotVerifyError):
        services.verify(session, service, " ", by=by, at=NOON)


def test_a_service_in_a_crisis_is_checked_more_often(session: Session) -> None:
    assert services.check_holds(entry(topics=("suicide",))) == timedelta(days=90)
    assert services.check_holds(entry(topics=("debt",))) > timedelta(days=90)


@pytest.mark.parametrize(
    ("known", "suits"),
    [
        ({"audiences": ("adult",)}, False),
        ({"audiences": ("adult", "young_person")}, True),
        ({"audiences": ("anyone",), "min_age": 18}, False),
        ({"audiences": ("young_person",), "min_age": 16}, True),
        ({"audiences": ()}, False),
    ],
)
def test_nothing_for_adults_only_is_shown_for_a_child(
    session: Session, known: dict[str, Any], suits: bool
) -> None:
    services.add(session, "one", entry(**known), by=None, at=NOON)
    assert len(services.listed(session, for_under_18s=True)) == suits
    assert len(services.listed(session)) == 1


def test_whether_it_is_open_is_said_only_where_it_is_known(session: Session) -> None:
    weekdays = ({"days": [0, 1, 2, 3, 4], "start": "09:00", "end": "17:00"},)
    office = entry(hours=weekdays, on_bank_holidays="closed")
    assert office.is_open(NOON) is True
    assert office.is_open(datetime(2026, 11, 12, 18, tzinfo=UTC)) is False
    assert office.is_open(datetime(2026, 12, 25, 12, tzinfo=UTC)) is False
    # St Andrew's Day: closed in Scotland, open in England.
    assert office.is_open(datetime(2026, 11, 30, 12, tzinfo=UTC)) is None
    assert entry().is_open(NOON) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"topics": ("nonsense",)},
        {"url": "http://example.org"},
        {"min_age": 20, "max_age": 10},
        {"name": ""},
        {"surprise": 1},
    ],
)
def test_an_entry_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        entry(**wrong)


# --- the pages -----------------------------------------------------------------------------

FORM = {
    "name": "Northmoor night shelter",
    "description": "A bed for tonight",
    "phone": "020 7946 0503",
    "text_number": "07700 900555",
    "text_word": "BED",
    "url": "https://example.org/bed",
    "when": "hours",
    "days": ["0", "1", "2", "3", "4", "5", "6"],
    "start": "18:00",
    "end": "08:00",
    "on_bank_holidays": "as_usual",
    "audiences": ["young_person"],
    "min_age": "16",
    "topics": ["homelessness"],
    "nations": ["england"],
    "areas": "Northmoor, Thornbeck",
    "languages": ["en"],
}


@pytest.fixture
def lena(system: System) -> Console:
    return system.call_taker("Lena", None, Role.partner_liaison)


def send(console: Console, path: str, **fields: Any) -> requests.Response:
    given = {"csrf_token": console.token, "form_key": str(uuid.uuid4())} | fields
    return console.http.post(
        console.system.web + path, data=given, timeout=20, allow_redirects=False
    )


def words_of(console: Console, path: str) -> str:
    return " ".join(console.page(path).get_text(" ").split())


def test_a_service_is_added_verified_and_changed_on_its_pages(
    system: System, lena: Console
) -> None:
    page = send(lena, "/directory/services/new", **FORM).headers["Location"]
    tom = system.call_taker("Tom", None)
    shown = words_of(tom, page)
    assert "To be verified" in shown
    assert "text its number until it is verified" in shown
    assert "BED to 07700 900555" in shown
    assert "Every day, 18:00 to 08:00 the next morning" in shown
    assert "England: only Northmoor, Thornbeck" in shown
    assert send(lena, f"{page}/verify", how="Rang it").status_code == 303
    assert "To be verified" not in words_of(tom, page)
    changed = FORM | {"phone": "020 7946 0504"}
    assert send(lena, f"{page}/change", **changed).status_code == 303
    assert "To be verified" in words_of(tom, page)
    assert "020 7946 0503" in words_of(tom, f"{page}?version=1")
    assert tom.get(f"{page}?version=9").status_code == 404
    with system.transaction() as session:
        stored = session.scalars(sa.select(ServiceVersion.entry).order_by(ServiceVersion.number))
        first = Entry.model_validate(stored.first())
    assert first.text == TextLine(number="07700 900555", word="BED")


def test_call_takers_find_services_and_change_none(system: System, lena: Console) -> None:
    with system.transaction() as session:
        services.load_first(session, at=now())
        service = session.scalars(sa.select(Service.id).limit(1)).one()
    tom = system.call_taker("Tom", None)
    answer = send(tom, "/directory/services", words="home lost", topic="homelessness")
    names = [each.get_text() for each in BeautifulSoup(answer.text, "html5lib").select(".rows a")]
    assert names[0] == "Centrepoint Helpline"
    for path in ("new", f"{service}/change", f"{service}/verify", f"{service}/stop"):
        assert send(tom, f"/directory/services/{path}", **FORM).status_code == 403, path


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"url": "ftp://example.org"}, "begins with https://"),
        ({"min_age": "30", "max_age": "20"}, "The youngest is older than the oldest"),
        ({"name": " "}, "Give the service's name"),
        ({"nations": []}, "Choose at least one nation"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(
    lena: Console, changed: dict[str, Any], sentence: str
) -> None:
    answer = send(lena, "/directory/services/new", **(FORM | changed))
    assert answer.status_code == 422
    said = BeautifulSoup(answer.text, "html5lib").select_one(".govuk-error-summary")
    assert said is not None
    assert sentence in said.get_text(" ")
