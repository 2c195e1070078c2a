"""The doors of a training instance, signing in, and what every page has."""

import re

import pytest
from playwright.sync_api import Page, expect

from helpline.accounts.models import Role
from tests.system import PASSWORD, System

pytestmark = pytest.mark.browser

FIELDS = (("email", "Enter your e-mail address"), ("password", "Enter your password"))
PAGES = ("/", "/sign-in", "/no-such-page")


@pytest.fixture(autouse=True)
def _people(system: System) -> None:
    system.call_taker("Priya", "020 7946 0101")
    system.call_taker("Morgan", None, Role.supervisor)


@pytest.fixture(autouse=True)
def _expected(watch) -> None:
    # Chromium reports every answer of 4xx as a fault; these are the ones asked for here.
    watch.allow(r"status of 4\d\d")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_that_this_is_training_and_has_no_fault_that_axe_can_see(
    system: System, page: Page, axe_faults, path: str
):
    page.goto(system.web + path)
    expect(page.get_by_text("Nothing here reaches a real phone.")).to_be_visible()
    expect(page.locator("h1")).to_have_count(1)
    assert axe_faults(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_narrow_screen_without_scrolling_sideways(
    system: System, page: Page, path: str
):
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(system.web + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_each_door_opens_and_the_person_can_be_switched(system: System, page: Page):
    page.goto(system.web)
    handset = page.get_by_role("link", name="Pick up a handset")
    expect(handset).to_have_attribute("href", f"{system.exchange_url}/")
    page.get_by_role("button", name="Be Priya").click()
    expect(page).to_have_url(f"{system.web}/console")
    expect(page.get_by_role("link", name="Your account: Priya")).to_be_visible()
    page.get_by_role("link", name="Switch person").click()
    page.get_by_role("button", name="Be Morgan").click()
    expect(page).to_have_url(f"{system.web}/shift")
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{system.web}/console")
    expect(page).to_have_url(f"{system.web}/sign-in?next=/console")


def test_the_supervisor_sees_the_shift_and_nobody_else_does(system: System, page: Page, axe_faults):
    page.goto(system.web)
    page.get_by_role("button", name="Be Morgan").click()
    expect(page.get_by_role("heading", name="People on shift")).to_be_visible()
    assert axe_faults(page) == []
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.goto(system.web)
    page.get_by_role("button", name="Be Priya").click()
    expect(page.get_by_role("link", name="Shift")).to_have_count(0)
    page.goto(f"{system.web}/shift")
    expect(page.locator("h1")).to_have_text("You can't open this page")


def test_each_error_of_the_sign_in_leads_to_its_field_and_is_tied_to_it(
    system: System, page: Page, axe_faults
):
    page.goto(f"{system.web}/sign-in")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_title(re.compile("^Error: Sign in .* 116 000 Helpline .training.$"))
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    for field, error in FIELDS:
        page.get_by_role("link", name=error).click()
        expect(page.locator(f"#{field}")).to_be_focused()
        expect(page.locator(f"#{field}")).to_have_accessible_description(f"Error: {error}")
    assert axe_faults(page) == []


def test_a_call_taker_signs_in_with_a_password(system: System, page: Page):
    page.goto(f"{system.web}/sign-in")
    page.get_by_label("E-mail address").fill("priya@example.org")
    page.locator("#password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("e-mail address or the password is wrong")
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{system.web}/console")
