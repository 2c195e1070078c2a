"""The directory of partners and the search for contacts in Chromium: by keyboard, for anybody."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from helpline.accounts.models import Role
from helpline.clock import now
from helpline.directory import sample, services
from tests.browser.conftest import Watch
from tests.browser.desk import DESK, Desk
from tests.system import System

pytestmark = pytest.mark.browser

PHONE, SCREEN = 320, 1280
AxeFaults = Callable[[Page], list[str]]


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


def test_a_number_is_added_and_checked_by_whoever_keeps_the_directory(
    system: System, page: Page, sound: Callable[[Page], None]
) -> None:
    robin = system.call_taker("Robin", None, Role.administrator)
    with system.transaction() as session:
        sample.load(session, by=robin.staff_id, at=now())
    page.goto(system.web)
    page.get_by_role("button", name="Be Robin").click()
    page.get_by_role("link", name="Directory").click()
    page.get_by_role("link", name="Partners for calls").click()
    page.get_by_label("Council, force or place").fill("glan y lyn")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Found")).to_be_visible()
    sound(page)
    page.get_by_role("link", name="Cyngor Glan-y-Llyn", exact=True).first.click()
    expect(page.get_by_text("In the next seven days nobody but the police")).to_be_visible()
    sound(page)
    page.get_by_role("button", name="Add a number").click()
    sound(page)
    page.get_by_role("button", name="Keep").click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    sound(page)
    page.get_by_label("Team manager").check()
    page.get_by_label("What they call themselves").fill("Manager on call")
    page.get_by_label("Telephone number").fill("020 7946 0413")
    page.get_by_label("At any time").check()
    page.get_by_label("As on any other day").check()
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("+442079460413")).to_be_visible()
    sound(page)
    page.get_by_label("How did you make sure?").fill("Rang it")
    page.get_by_role("button", name="I have checked it").click()
    expect(page.get_by_text("Team manager: Manager on call (5 minutes")).to_be_visible()
    expect(page.get_by_text("In the next seven days nobody but the police")).to_have_count(0)
    page.get_by_role("link", name="Something is wrong here").click()
    sound(page)


def test_a_service_is_found_verified_and_changed(
    system: System, page: Page, sound: Callable[[Page], None]
) -> None:
    system.call_taker("Robin", None, Role.administrator)
    with system.transaction() as session:
        services.load_first(session, at=now())
    page.goto(system.web)
    page.get_by_role("button", name="Be Robin").click()
    page.get_by_role("link", name="Directory").click()
    page.get_by_label("What do they need?").fill("centrepoint helpline")
    page.get_by_label("for under 18").check()
    page.get_by_label("What do they need?").press("Enter")
    expect(page.get_by_role("heading", name=re.compile(r"^\d+ services?$"))).to_be_focused()
    sound(page)
    page.get_by_role("link", name="Centrepoint Helpline").first.click()
    expect(page.get_by_text("To be verified")).to_be_visible()
    sound(page)
    page.get_by_role("button", name="Change").click()
    sound(page)
    page.get_by_role("link", name="Back").click()
    page.get_by_role("button", name="Verify").click()
    sound(page)
    page.get_by_label("How did you make sure?").fill("Read its own page")
    page.get_by_role("button", name="I have verified it").click()
    expect(page.get_by_text("Verified", exact=True).first).to_be_visible()
    expect(page.get_by_text("To be verified")).to_have_count(0)


def test_a_contact_is_found_by_a_word_of_its_note_with_the_keyboard_alone(
    system: System, page: Page, sound: Callable[[Page], None]
) -> None:
    priya = system.call_taker("Priya", DESK)
    sam = system.handset("07700 900123")
    desk = Desk(system, page).be("Priya").start_shift()
    sam.text("are you there")
    page.reload()
    desk.take()
    contact_id = page.url.rsplit("/", 1)[-1]
    key = "00000000-0000-4000-8000-000000000001"
    priya.post(f"/console/contacts/{contact_id}/note", words="Waits by the mill", form_key=key)
    page.get_by_role("link", name="Records").click()
    page.get_by_role("link", name="Contacts", exact=True).click()
    sound(page)
    page.get_by_label("Words in notes").focus()
    page.keyboard.type("MILL wait")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Found, newest first")).to_be_focused()
    sound(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{system.web}/console/contacts/{contact_id}")
