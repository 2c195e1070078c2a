"""The first minute by keyboard, ringing back, and alarms that come by themselves, in Chromium."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from helpline.accounts.models import Role
from tests.browser.desk import DESK, Desk
from tests.browser.live_process import LiveProcess
from tests.journeys.telephones import SAM, in_a_call, is_ringing, pick_up, talk
from tests.system import System

pytestmark = pytest.mark.browser


def test_a_child_is_noted_by_keyboard_cut_off_alarms_and_is_rung_back(
    system: System, live: LiveProcess, page: Page, browser: Browser, axe_faults: Callable
):
    system.call_taker("Priya", DESK)
    system.call_taker("Morgan", None, Role.supervisor)
    sam, desk = system.handset(SAM), system.handset(DESK)
    priya = Desk(system, page).be("Priya").start_shift()
    watching = browser.new_page()
    morgan = Desk(system, watching)
    watching.goto(system.web)
    watching.get_by_role("button", name="Be Morgan").click()
    expect(watching.locator("#alarms")).to_be_attached()

    talk(system, sam, desk)
    page.wait_for_url("**/console/contacts/*")
    priya.wait_for_scripts()
    page.keyboard.press("F6")
    page.keyboard.press("Space")
    expect(
        page.get_by_role("group", name="Are you safe to talk?").get_by_label("Yes")
    ).to_be_checked()
    page.get_by_label("Ring me back").check()
    page.locator("#first-minute").get_by_label("Under 18").check()
    page.get_by_role("button", name="Keep the answers").click()
    expect(page.locator("#first-minute [data-said]")).to_have_text("Kept.")
    assert axe_faults(page) == []

    page.keyboard.press("Control+Shift+L")
    expect(watching.get_by_text("Calls for help quietly").first).to_be_visible()
    expect(watching).to_have_title(re.compile("LOOK NOW"))
    assert axe_faults(watching) == []
    assert "help quietly" not in page.content()

    sam.hang_up()
    expect(watching.get_by_text("Was cut off from a child").first).to_be_visible()
    expect(page.get_by_text("Was the line cut?")).to_be_visible()
    page.locator("#ring-them summary").click()
    page.get_by_role("button", name="Ring my phone, then theirs").click()
    expect(page.get_by_role("button", name="Stop ringing")).to_be_visible()
    system.settle()
    pick_up(desk)
    assert is_ringing(sam)
    expect(page.get_by_text("Their telephone rings", exact=True)).to_be_visible()
    pick_up(sam)
    assert in_a_call(sam)
    expect(page.get_by_role("button", name="Hold")).to_be_visible()
    expect(watching.get_by_role("button", name="I look after it").first).to_be_visible()
    watching.get_by_role("button", name="I look after it").first.click()
    expect(watching.locator(".alarm")).to_have_count(1)
    del morgan
    watching.close()
