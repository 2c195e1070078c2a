"""Consents, safe contact and disclosures in Chromium: usable by anybody, seen at the console."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from helpline.accounts.models import Role
from tests.browser.conftest import Watch
from tests.browser.desk import DESK, Desk
from tests.system import Handset, System

pytestmark = pytest.mark.browser

PHONE, SCREEN = 320, 1280
AxeFaults = Callable[[Page], list[str]]


@pytest.fixture
def sam(system: System) -> Handset:
    return system.handset("07700 900123")


@pytest.fixture
def priya(system: System, page: Page, sam: Handset) -> Desk:
    """Let Sam write and Priya take it."""
    system.call_taker("Priya", DESK)
    desk = Desk(system, page).be("Priya").start_shift()
    sam.text("are you there")
    page.reload()
    return desk.take()


@pytest.fixture
def sound(axe_faults: AxeFaults, watch: Watch) -> Callable[[Page], None]:
    """Look at a page wide and narrow: no fault of access, nothing that scrolls sideways."""
    watch.allow("status of 422")

    def look(page: Page) -> None:
        assert axe_faults(page) == []
        page.set_viewport_size({"width": PHONE, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
        page.set_viewport_size({"width": SCREEN, "height": 800})

    return look


def test_a_plan_that_says_never_text_is_agreed_seen_and_kept(
    system: System, priya: Desk, sam: Handset, sound: Callable[[Page], None]
) -> None:
    page = priya.page
    page.get_by_role("link", name="Change how we may reach them").click()
    sound(page)
    page.get_by_role("button", name="Keep the plan").click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    page.get_by_role("link", name="Choose when they may be reached").click()
    expect(page.get_by_label("At any time")).to_be_focused()
    sound(page)
    page.get_by_label("Phone them").check()
    page.get_by_label("At any time").check()
    page.get_by_role("group", name="Do others use this phone?").get_by_label("No").check()
    page.get_by_role("button", name="Keep the plan").click()

    expect(page.locator("#about")).to_contain_text("Phone only. Never text.")
    expect(page.locator("#talk")).to_contain_text("Their plan says never to text")
    priya.wait_for_scripts().send("hello Sam")
    expect(priya.thread).to_contain_text("hello Sam")
    system.settle()
    page.reload()
    expect(priya.thread).to_contain_text("Their plan says never to text.")
    assert sam.received == []


def test_a_consent_is_noted_and_taken_back(priya: Desk, sound: Callable[[Page], None]) -> None:
    page = priya.page
    page.get_by_role("link", name="Note or take back a consent").click()
    page.get_by_label("Say that they are safe and well").check()
    page.get_by_label("Towards whom?").select_option(label="Family")
    page.get_by_label("What they said, as nearly as you can").fill("tell mum im ok")
    page.get_by_role("button", name="Keep what they agree to").click()
    sound(page)
    page.get_by_role("link", name=re.compile("They take it back")).click()
    sound(page)
    page.get_by_label("What they said, as nearly as you can").fill("no dont")
    page.get_by_label("By text").check()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("alert")).to_contain_text("It counts no more")
    expect(page.get_by_role("link", name=re.compile("They take it back"))).to_have_count(0)


def test_two_people_break_a_confidence(
    system: System, priya: Desk, sound: Callable[[Page], None]
) -> None:
    page = priya.page
    system.call_taker("Morgan", None, Role.supervisor)
    page.get_by_role("link", name="Tell somebody without agreement").click()
    page.get_by_role("button", name="Ask for a second person").click()
    sound(page)
    page.get_by_label("A life is in danger now").check()
    page.get_by_label("Their age").select_option(label="13 to 15")
    page.get_by_label("Why must it be told?").fill("She is on the bridge")
    page.get_by_label("To whom?").select_option(label="Police")
    page.get_by_label("Who exactly").fill("Kent Police")
    page.get_by_label("The facts to tell").fill("A girl is on the bridge")
    page.get_by_role("radio", name="Told before").check()
    page.get_by_role("button", name="Ask for a second person").click()
    expect(page.get_by_role("main")).to_contain_text("Waits for a second person")
    disclosure = page.url
    sound(page)

    page.goto(system.web)
    page.get_by_role("button", name="Be Morgan").click()
    page.goto(f"{system.web}/disclosures")
    sound(page)
    page.goto(disclosure)
    page.get_by_label("Yes, I agree").check()
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("main")).to_contain_text("Agreed by two, not told yet")
    sound(page)
    page.get_by_role("link", name="Disclosure pack, to print").click()
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation")).to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text("A girl is on the bridge")
