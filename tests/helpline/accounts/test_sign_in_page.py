"""Signing in and out in a browser: who gets in, for how long, and where they land."""

import time
from datetime import timedelta
from urllib.parse import quote

import pytest
import requests
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup, Tag

from helpline.accounts.models import SignIn, StaffMember
from helpline.clock import now
from tests.system import PASSWORD, Console, System

PRIYA = "priya@example.org"


@pytest.fixture
def priya(system: System) -> Console:
    return system.call_taker("Priya", None)


def try_to_sign_in(
    system: System, email: str, password: str, wanted: str = ""
) -> requests.Response:
    http = requests.Session()
    address = f"{system.web}/sign-in{wanted}"
    page = BeautifulSoup(http.get(address, timeout=20).text, "html5lib")
    token = page.find("input", {"name": "csrf_token"})
    assert isinstance(token, Tag)
    fields = {"email": email, "password": password, "csrf_token": str(token["value"])}
    return http.post(address, data=fields, timeout=20, allow_redirects=False)


def seen(answer: requests.Response) -> str:
    """Give what a person reads, without what differs from form to form."""
    page = BeautifulSoup(answer.text, "html5lib")
    main = page.find("main")
    assert main is not None
    return " ".join(main.get_text(" ").split())


def test_the_right_password_leads_to_the_console(system: System, priya: Console) -> None:
    answer = try_to_sign_in(system, f"  {PRIYA.upper()} ", PASSWORD)
    assert answer.status_code in {302, 303}
    assert answer.headers["Location"] == "/console"
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]


def test_wrong_and_unknown_and_gone_read_alike(system: System, priya: Console) -> None:
    """Who works here is nobody's business."""
    wrong = try_to_sign_in(system, PRIYA, "not the password")
    unknown = try_to_sign_in(system, "nobody@example.org", "not the password")
    with system.transaction() as session:
        session.get_one(StaffMember, priya.staff_id).is_active = False
    gone = try_to_sign_in(system, PRIYA, PASSWORD)
    assert {each.status_code for each in (wrong, unknown, gone)} == {422}
    assert len({seen(each).replace(PRIYA, "").replace("nobody@example.org", "")
                for each in (wrong, unknown, gone)}) == 1  # fmt: skip
    assert "is wrong" in seen(wrong)


def test_an_unknown_address_costs_as_much_time_as_a_known_one(
    system: System, priya: Console
) -> None:
    """Interleaved, and the quickest of each, so that a busy machine weighs on both alike."""
    known, unknown = [], []
    for _ in range(5):
        for email, times in ((PRIYA, known), ("nobody@example.org", unknown)):
            began = time.perf_counter()
            try_to_sign_in(system, email, "wrong")
            times.append(time.perf_counter() - began)
    assert 0.3 < min(unknown) / min(known) < 3


def test_signing_out_ends_the_session_at_the_server_too(system: System, priya: Console) -> None:
    """A cookie that somebody copied opens nothing any more."""
    copied = dict(priya.http.cookies)
    assert priya.post("/sign-out").status_code in {204, 302, 303}
    answer = requests.get(
        f"{system.web}/console", cookies=copied, timeout=20, allow_redirects=False
    )
    assert answer.status_code in {302, 303}
    assert "/sign-in" in answer.headers["Location"]


def is_let_in(console: Console) -> bool:
    return console.get("/console", allow_redirects=False).status_code == 200


def test_a_sign_in_ends_when_nobody_has_used_it_for_long(system: System, priya: Console) -> None:
    idle = timedelta(minutes=system.settings.session_idle_minutes)
    with time_machine.travel(now() + idle - timedelta(minutes=1)):
        assert is_let_in(priya)
    with time_machine.travel(now() + idle * 2 - timedelta(minutes=2)):
        assert is_let_in(priya), "using it keeps it"
    with time_machine.travel(now() + idle * 4):
        assert not is_let_in(priya)


def test_a_sign_in_ends_at_last_however_much_it_is_used(system: System, priya: Console) -> None:
    began, hours = now(), system.settings.session_hours
    for half_hours in range(1, hours * 2):
        with time_machine.travel(began + timedelta(minutes=30 * half_hours)):
            assert is_let_in(priya)
    with time_machine.travel(began + timedelta(hours=hours, minutes=1)):
        assert not is_let_in(priya)


def test_somebody_who_has_left_is_out_at_once(system: System, priya: Console) -> None:
    assert is_let_in(priya)
    with system.transaction() as session:
        session.get_one(StaffMember, priya.staff_id).is_active = False
    assert not is_let_in(priya)


def test_a_sign_in_that_was_ended_elsewhere_is_over(system: System, priya: Console) -> None:
    with system.transaction() as session:
        session.execute(sa.update(SignIn).values(ended_at=now()))
    assert not is_let_in(priya)


def test_a_script_is_told_where_to_sign_in_and_a_person_is_led_there(system: System) -> None:
    part = requests.get(
        f"{system.web}/console/parts/waiting", headers={"HX-Request": "true"}, timeout=20
    )
    assert part.status_code == 401
    assert part.headers["HX-Redirect"].startswith("/sign-in")
    page = requests.get(f"{system.web}/shift", timeout=20, allow_redirects=False)
    assert page.headers["Location"] == "/sign-in?next=/shift"


def test_after_signing_in_one_lands_where_one_wanted_to_go(system: System, priya: Console) -> None:
    answer = try_to_sign_in(system, PRIYA, PASSWORD, "?next=/console/parts/me")
    assert answer.headers["Location"] == "/console/parts/me"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example.org/",
        "//evil.example.org",
        "/\\evil.example.org",
        "\\\\evil.example.org",
        "/\t/evil.example.org",
        "/\n/evil.example.org",
        "/\r\n\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "evil.example.org",
        "\t//evil.example.org",
        "/%09/evil.example.org",
        "/\x00/evil.example.org",
        "///evil.example.org",
        "http:/evil.example.org",
        "https:evil.example.org",
    ],
)
def test_signing_in_never_leads_to_another_site(
    system: System, priya: Console, elsewhere: str
) -> None:
    answer = try_to_sign_in(system, PRIYA, PASSWORD, f"?next={quote(elsewhere, safe='')}")
    assert answer.status_code in {302, 303}
    target = answer.headers["Location"]
    # Browsers drop tabs and line ends, and read a backslash as a slash.
    plain = target.translate({9: None, 10: None, 13: None}).replace("\\", "/")
    assert plain.startswith("/"), target
    assert not plain.startswith("//"), target
    assert "Set-Cookie: a" not in str(answer.headers)


def test_guessing_is_stopped_and_says_so(system: System, priya: Console) -> None:
    answers = [try_to_sign_in(system, PRIYA, f"guess {n}") for n in range(10)]
    assert answers[-1].status_code == 429
    assert try_to_sign_in(system, PRIYA, PASSWORD).status_code == 429, "even with the right one"
