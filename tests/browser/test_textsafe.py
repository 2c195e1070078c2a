"""The pages of officers and of whoever got a text, in Chromium: labels, errors, small screens."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from helpline.accounts.models import Role
from tests.helpline import making
from tests.helpline.textsafe import asking
from tests.system import System

pytestmark = pytest.mark.browser


def chosen(page: Page, question: str, answer: str) -> None:
    page.get_by_role("group", name=question).get_by_label(answer, exact=True).check()


def is_too_wide(page: Page) -> bool:
    page.set_viewport_size({"width": 320, "height": 640})
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def test_an_officer_asks_mends_the_errors_and_says_found(
    system: System, page: Page, axe_faults: Callable, watch
) -> None:
    watch.allow("status of 422")
    alex = system.call_taker("Alex", None, Role.police_partner)
    with system.transaction() as session:
        person = session.get_one(making.StaffMember, alex.staff_id)
        person.organisation_id = asking.force(session, "Westmoor", domain="example.org").id
    page.goto(system.web)
    page.get_by_role("button", name="Be Alex").click()
    assert axe_faults(page) == []
    page.get_by_role("link", name="Ask for a TextSafe").first.click()
    assert axe_faults(page) == []
    page.get_by_label("Your force's reference").fill("WM-2026-1190")
    page.get_by_label("Somebody agreed to it").check()
    chosen(page, "Who agreed?", "Their husband, wife or partner")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter when they agreed")
    assert axe_faults(page) == []
    assert not is_too_wide(page)
    page.get_by_role("link", name="Enter the mobile number").click()
    expect(page.get_by_label("Mobile number of the missing person")).to_be_focused()
    page.get_by_label("Your rank and collar number").fill("PC 4471")
    page.get_by_label("Mobile number of the missing person").fill("07700 900123")
    page.get_by_label("The same number again").fill("+44 7700 900123")
    chosen(page, "Could somebody else have the phone?", "No")
    chosen(page, "How old are they?", "18 or over")
    chosen(page, "Which risk level have you set?", "Medium")
    chosen(page, "And the risk of suicide?", "Not high")
    page.get_by_label("When did they agree?").fill("2026-11-24T18:30")
    chosen(page, "How did they agree?", "By telephone")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("heading", name="Request WM-2026-1190")).to_be_visible()
    assert axe_faults(page) == []
    page.get_by_role("button", name="They are found").click()
    expect(page.get_by_text("You told us")).to_be_visible()
    assert not is_too_wide(page)


def test_whoever_got_a_text_can_read_why_on_a_small_phone(
    system: System, page: Page, axe_faults: Callable
) -> None:
    for path in ("/why", "/pam"):
        page.goto(system.web + path)
        assert axe_faults(page) == []
        assert not is_too_wide(page)
        expect(page.get_by_role("link", name="Leave this page now")).to_be_visible()
