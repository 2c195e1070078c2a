"""The recipient's page in Chromium, at the size of a telephone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.helpline.messages import relaying
from tests.journeys.test_recipient_page import Page as Karen
from tests.system import System

pytestmark = pytest.mark.browser


def test_karen_reads_word_from_luke_and_answers_on_her_telephone(
    system: System, new_context: Callable, axe_faults: Callable, watch
) -> None:
    watch.allow("status of 422")
    karen = Karen(system)
    page = new_context(viewport={"width": 320, "height": 568}, java_script_enabled=True).new_page()
    page.goto(system.web + karen.path)
    assert axe_faults(page) == []
    page.get_by_label("What was your first dog called?").fill("Rover")
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("alert")).to_contain_text("not the answer we have")
    assert axe_faults(page) == []
    page.get_by_label("What was your first dog called?").fill("BISCUIT")
    page.get_by_role("button", name="Read it").click()
    expect(page.locator(".words")).to_have_text(relaying.SAFE)
    assert axe_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Your answer").fill(relaying.ANSWER)
    page.get_by_role("button", name="Keep my answer for them").click()
    expect(page.get_by_role("heading", name="Your answer is kept")).to_be_visible()
    assert axe_faults(page) == []
