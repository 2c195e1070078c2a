"""Signing in as on the real line, in a browser: passkeys, codes, an invitation, one's account."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from werkzeug.serving import make_server

from helpline.accounts import authenticator, staff
from helpline.accounts.models import Role
from helpline.app import create_app
from helpline.clock import now
from helpline.database import db
from tests.system import PASSWORD, Quiet, System, free_port

pytestmark = pytest.mark.browser

ROBIN = "robin@example.org"
A_DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Line:
    """A helpline that is no training instance, with one administrator."""

    address: str


@pytest.fixture
def line(system: System) -> Iterator[Line]:
    port = free_port()
    # Passkeys belong to a name; 127.0.0.1 is none.
    address = f"http://localhost:{port}"
    real = system.settings.model_copy(update={"training": False, "public_base_url": address})
    with system.transaction() as session:
        staff.add(session, ROBIN, "Robin", Role.administrator, PASSWORD, None, at=now())
    app = create_app(real)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Line(address)
    server.shutdown()
    server.server_close()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(autouse=True)
def _expected(watch) -> None:
    watch.allow(r"status of 4\d\d")


@pytest.fixture
def device(context: BrowserContext, page: Page) -> str:
    """Give the browser something that checks a finger; returns its id."""
    tools = context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    made = tools.send("WebAuthn.addVirtualAuthenticator", {"options": A_DEVICE})
    page.tools = tools
    return made["authenticatorId"]


def give_password(page: Page, line: Line, email: str = ROBIN, password: str = PASSWORD) -> None:
    page.goto(f"{line.address}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def make_passkey_at_first_sign_in(page: Page, line: Line) -> list[str]:
    """Set up a passkey and recovery codes; return the codes."""
    give_password(page, line)
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_role("button", name="Make my recovery codes").click()
    codes = page.locator(".secrets code").all_inner_texts()
    page.get_by_role("link", name="I have noted them down").click()
    return codes


def code_for(system: System, email: str, *, later: int = 0) -> str:
    """Read the code as the person's app would show it, some half minutes from now."""
    with system.transaction() as session:
        everybody = {each.person.email: each.person.id for each in staff.everybody(session)}
        one = authenticator.being_set_up(
            session, everybody[email], at=now()
        ) or authenticator.confirmed(session, everybody[email])
        assert one is not None
        return authenticator.code_at(one.secret, int(now().timestamp()) // 30 + later)


def test_a_passkey_is_asked_for_before_anything_else_and_then_opens(
    line: Line, page: Page, device: str, axe_faults
):
    give_password(page, line)
    expect(page.locator("h1")).to_have_text("Set up your second step")
    assert axe_faults(page) == []
    page.goto(f"{line.address}/staff")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=/staff$"))

    codes = make_passkey_at_first_sign_in(page, line)
    assert len(set(codes)) == 10
    expect(page.locator("h1")).to_have_text("Your account")
    expect(page.get_by_text("10 of 10 left")).to_be_visible()
    assert axe_faults(page) == []

    page.get_by_role("button", name="Sign out", exact=True).click()
    give_password(page, line)
    expect(page.locator("h1")).to_have_text("Show that it is you")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.locator("h1")).to_have_text("Staff")


def test_a_finger_that_is_not_recognised_opens_nothing(line: Line, page: Page, device: str):
    make_passkey_at_first_sign_in(page, line)
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.tools.send(
        "WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False}
    )
    give_password(page, line)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("Nothing was used. Try again")).to_be_visible()
    page.goto(f"{line.address}/me")
    expect(page).to_have_url(re.compile("/sign-in"))


def test_a_recovery_code_opens_once_when_the_passkey_is_lost(line: Line, page: Page, device: str):
    codes = make_passkey_at_first_sign_in(page, line)
    for attempt in range(2):
        page.goto(f"{line.address}/me")
        page.get_by_role("button", name="Sign out", exact=True).click()
        give_password(page, line)
        page.get_by_role("link", name="Use a recovery code").click()
        page.get_by_label("Recovery code").fill(codes[0].upper().replace("-", " "))
        page.get_by_role("button", name="Continue").click()
        if attempt == 0:
            expect(page.locator("h1")).to_have_text("Staff")
    expect(page.get_by_text("wrong or was used already").first).to_be_visible()


def test_passkeys_are_several_named_and_removed_but_never_the_last(
    line: Line, page: Page, device: str, axe_faults
):
    make_passkey_at_first_sign_in(page, line)
    expect(page.get_by_role("button", name="Remove")).to_have_count(0)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="has a passkey for you")).to_be_visible()

    page.tools.send(
        "WebAuthn.addVirtualAuthenticator", {"options": A_DEVICE | {"transport": "usb"}}
    )
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("button", name="Remove Passkey 2")).to_be_visible()
    page.get_by_text("Rename Passkey 2").click()
    page.get_by_label("Name of the passkey").last.fill("Key on my ring")
    page.get_by_role("button", name="Save name").last.click()
    assert axe_faults(page) == []
    page.get_by_role("button", name="Remove Passkey 1").click()
    expect(page.get_by_text("Key on my ring").first).to_be_visible()
    expect(page.get_by_role("button", name="Remove")).to_have_count(0)


def test_somebody_invited_joins_by_the_link_and_sets_up_an_app(
    system: System, line: Line, page: Page, device: str, new_context, axe_faults
):
    make_passkey_at_first_sign_in(page, line)
    page.goto(f"{line.address}/staff/invite")
    page.get_by_label("E-mail address").fill("kim@example.org")
    page.get_by_label("Name that colleagues see").fill("Kim")
    page.get_by_label("Role").select_option("Call-taker")
    assert axe_faults(page) == []
    page.get_by_role("button", name="Make the invitation").click()
    link = page.get_by_label("Link").input_value()
    assert axe_faults(page) == []

    kims = new_context().new_page()
    asked: list[str] = []
    kims.on("request", lambda request: asked.append(request.url))
    kims.goto(link)
    expect(kims).to_have_url(f"{line.address}/join")
    assert axe_faults(kims) == []
    kims.get_by_label("Choose a password").fill("kim likes long walks")
    kims.get_by_role("button", name="Continue").click()
    kims.get_by_role("button", name="Set up an app").click()
    assert axe_faults(kims) == []
    drawn = kims.get_by_alt_text("QR code of the key below")
    assert drawn.evaluate("picture => picture.naturalWidth") > 100
    kims.get_by_label("Code of six digits").fill(code_for(system, "kim@example.org"))
    kims.get_by_role("button", name="Continue").click()
    expect(kims.locator("h1")).to_have_text("Recovery codes")
    secret = link.split("#")[1]
    assert [url for url in asked if secret in url.split("#")[0]] == []

    again = new_context().new_page()
    again.goto(link)
    again.get_by_label("Choose a password").fill("somebody else entirely")
    again.get_by_role("button", name="Continue").click()
    expect(again.get_by_text("used, withdrawn or over").first).to_be_visible()


def test_every_page_of_an_administrator_is_in_order_wide_and_narrow(
    line: Line, page: Page, device: str, axe_faults
):
    make_passkey_at_first_sign_in(page, line)
    page.goto(f"{line.address}/partners")
    page.get_by_label("Name").fill("Example Police")
    page.get_by_label("addresses end in").fill("example.police.uk")
    page.get_by_role("button", name="Add the organisation").click()
    page.get_by_label("See what became of its own requests").check()
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_label("Key", exact=True)).to_have_value(
        re.compile(r"^hl_[0-9a-f]{8}_.{43}$")
    )
    assert axe_faults(page) == []
    page.get_by_role("link", name="Back to Example Police").click()
    partner = page.url
    page.goto(f"{line.address}/staff")
    colleague = page.get_by_role("link", name="Robin", exact=True).get_attribute("href")
    paths = (partner, f"{line.address}/partners", f"{line.address}/staff", f"{line.address}/me")
    for url in (*paths, f"{line.address}{colleague}", f"{line.address}/me/password"):
        page.set_viewport_size({"width": 1280, "height": 860})
        page.goto(url)
        assert axe_faults(page) == [], url
        page.set_viewport_size({"width": 320, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, url
