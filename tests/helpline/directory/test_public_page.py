"""Anybody may look for help without leaving a trace, and a child sees nothing for adults only."""

import pytest
import requests
from bs4 import BeautifulSoup

from helpline.clock import now
from helpline.directory import services
from tests.system import System


@pytest.fixture(autouse=True)
def loaded(system: System) -> None:
    with system.transaction() as session:
        services.load_first(session, at=now())


def found(system: System, **asked: str) -> BeautifulSoup:
    answer = requests.post(f"{system.web}/find-help", data=asked, timeout=20)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    return BeautifulSoup(answer.text, "html5lib")


def names(page: BeautifulSoup) -> list[str]:
    return [each.get_text() for each in page.select("section.service h3")]


def test_help_is_found_without_account_cookie_or_script(system: System) -> None:
    first = requests.get(f"{system.web}/find-help", timeout=20)
    assert "Set-Cookie" not in first.headers
    assert "<script" not in first.text
    assert "Leave this page now" in first.text
    page = found(system, words="owe loan shark")
    assert "National Debtline" in names(page)[:5]
    assert page.select_one('a[href^="tel:"]') is not None


def test_a_child_sees_nothing_for_adults_only(system: System) -> None:
    assert "StreetLink" in names(found(system, words="sleeping rough"))
    assert "StreetLink" not in names(found(system, words="sleeping rough", only="under_18"))
    assert "StreetLink" not in names(found(system, words="sleeping rough", age="17"))


def test_what_is_not_checked_says_so_and_what_is_wrong_is_said_plainly(system: System) -> None:
    assert "not checked this ourselves" in found(system, words="mind").get_text()
    assert "know this place" in found(system, words="debt", place="Atlantis").get_text()
    assert "as a number" in found(system, words="debt", age="old").get_text()
    assert "Nothing found" in found(system, words="zzzz").get_text()
    assert found(system, words="debt", large="y").select_one(".large") is not None


def test_advice_on_hiding_tracks_is_a_page_of_its_own(system: System) -> None:
    answer = requests.get(f"{system.web}/find-help/hide-your-tracks", timeout=20)
    assert "private window" in answer.text
    assert "Set-Cookie" not in answer.headers
