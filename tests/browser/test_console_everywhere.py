"""The console where things are less kind: many tabs, no scripts, texts that don't arrive."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import DESK, Desk, let_it_arrive, wrap_up
from tests.browser.live_process import LiveProcess
from tests.system import System

pytestmark = pytest.mark.browser

SAM = "07700 900123"
# The exchange delivers nothing to numbers that end so: the phone is switched off.
SWITCHED_OFF = "07700 900990"
# One more than the connections that a browser opens to one address.
TABS = 7


def test_more_tabs_than_a_browser_has_connections_all_hear_of_a_new_text(
    system: System, live: LiveProcess, new_context: Callable
):
    system.call_taker("Priya", DESK)
    browser = new_context()
    desks = [Desk(system, browser.new_page()) for _ in range(TABS)]
    desks[0].be("Priya")
    for desk in desks[1:]:
        desk.page.goto(f"{system.web}/console")
        desk.wait_for_scripts()
    system.handset(SAM).text("hello")
    for desk in desks:
        expect(desk.page.locator("#waiting .card")).to_have_count(1)


def test_a_text_that_did_not_arrive_says_why_and_can_be_sent_again_once(
    system: System, live: LiveProcess, page: Page, axe_faults
):
    system.call_taker("Priya", DESK)
    priya = Desk(system, page).be("Priya")
    system.handset(SWITCHED_OFF).text("call me back later")
    priya.take()
    priya.send("We will.")
    expect(priya.thread).to_contain_text("We will.")
    let_it_arrive(system)
    trouble = page.locator(".bubble--trouble")
    expect(trouble).to_contain_text("not delivered")
    expect(trouble).to_contain_text("switched off or has no signal")
    assert axe_faults(page) == []
    trouble.get_by_role("button", name="Send again").click()
    expect(page.locator(".bubble--outbound")).to_have_count(2)
    expect(trouble.first).to_contain_text("Sent again below.")
    expect(trouble.first.get_by_role("button")).to_have_count(0)


def test_without_scripts_a_text_is_still_taken_answered_and_wrapped_up(
    system: System, new_context: Callable
):
    system.call_taker("Priya", DESK)
    sam = system.handset(SAM)
    sam.text("my browser is old")
    page = new_context(java_script_enabled=False).new_page()
    page.goto(system.web)
    page.get_by_role("button", name="Be Priya").click()
    page.get_by_role("button", name="Start shift").click()
    expect(page.get_by_text("Ready", exact=True)).to_be_visible()
    page.get_by_role("button", name="Take").click()
    page.get_by_role("button", name="Send text to caller").click()
    expect(page.locator(".notice")).to_have_text("Write the text first")
    page.get_by_label("Reply to caller").fill("Mine too.")
    page.get_by_role("button", name="Send text to caller").click()
    expect(page.get_by_role("log")).to_contain_text("Mine too.")
    page.get_by_label("Write a note").fill("An old browser.")
    page.get_by_role("button", name="Keep note").click()
    expect(page.locator(".note__words")).to_have_text("An old browser.")
    page.locator("summary", has_text="End conversation").click()
    page.locator(".confirm__box").get_by_role("button", name="End conversation").click()
    page.get_by_role("link", name="Wrap up", exact=True).click()
    wrap_up(page)
    expect(page).to_have_url(re.compile("/console$"))
    let_it_arrive(system)
    assert sam.received == ["Mine too."]


def test_a_call_taken_by_hand_opens_once_the_phone_is_answered(
    system: System, live: LiveProcess, page: Page
):
    system.call_taker("Priya", DESK)
    priya, phone = Desk(system, page).be("Priya"), system.handset(DESK)
    # Somebody must be on shift, or the caller hears that nobody is there.
    system.call_taker("Tom", None).ready()
    system.handset(SAM).dial()
    system.advance(60)
    page.locator("#waiting").get_by_role("button", name="Take").click()
    expect(page.get_by_text("when your phone rings, answer it and press 1")).to_be_visible()
    system.settle()
    expect(page).to_have_title(re.compile(r"^\(Ringing\) "))
    phone.answer()
    phone.press("1")
    expect(priya.page.locator("#call-now")).to_contain_text("You on the line")
    expect(priya.note_box).to_be_visible()
