"""The shift, the wall, a call that is listened to and calls that go elsewhere, in Chromium."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from helpline.accounts.models import Role
from tests.browser.desk import DESK, Desk
from tests.browser.live_process import LiveProcess
from tests.helpline.voice.test_diverts import switchboard
from tests.journeys.telephones import MORGANS_DESK, SAM, pick_up, talk
from tests.system import System

pytestmark = pytest.mark.browser

# Where pictures of each state go, for whoever wants to look at them.
PICTURES = os.environ.get("PICTURES", "")


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def test_a_supervisor_listens_from_the_board_and_the_call_taker_reads_who_is_there(
    system: System, live: LiveProcess, page: Page, new_context: Callable, axe_faults: Callable
):
    system.call_taker("Priya", DESK).ready()
    system.call_taker("Morgan", MORGANS_DESK, Role.supervisor)
    phone = system.handset(MORGANS_DESK)
    priya = Desk(system, new_context(viewport={"width": 1280, "height": 860}).new_page())
    priya.be("Priya")
    talk(system, system.handset(SAM), system.handset(DESK))
    expect(priya.page.locator("#call-now")).to_contain_text("You on the line")
    page.goto(system.web)
    page.get_by_role("button", name="Be Morgan").click()
    board = page.locator("#board-now")
    expect(board).to_contain_text("On a call")
    assert axe_faults(page) == []
    picture(page, "board")
    board.get_by_role("button", name="Listen").click()
    expect(page.locator(".watchers")).to_contain_text("You are being rung")
    system.settle()
    pick_up(phone)
    for manner, mine, theirs in (
        ("", "You listen. Nobody hears you", "Morgan listens. Nobody hears them"),
        (
            "Talk to call-taker only",
            "You talk to the call-taker alone",
            "Morgan talks to you alone",
        ),
        ("Join in", "You have joined in", "Morgan has joined in"),
    ):
        if manner:
            page.locator(".watching").get_by_role("button", name=manner).click()
            system.settle()
        expect(page.locator(".watchers")).to_contain_text(mine)
        expect(priya.page.locator(".watchers")).to_contain_text(theirs)
        assert axe_faults(page) == []
        picture(page, f"supervisor-{manner or 'listen'}")
        picture(priya.page, f"call-taker-{manner or 'listen'}")
    page.get_by_role("button", name="Leave the call").click()
    system.settle()
    expect(priya.page.locator(".watcher")).to_have_count(0)


def test_the_wall_is_read_from_across_the_room_and_names_no_caller(
    system: System, live: LiveProcess, page: Page, axe_faults: Callable
):
    system.call_taker("Priya", DESK).ready()
    system.call_taker("Morgan", None, Role.supervisor)
    talk(system, system.handset(SAM), system.handset(DESK))
    page.goto(system.web)
    page.get_by_role("button", name="Be Morgan").click()
    page.goto(f"{system.web}/shift/wall")
    expect(page.locator("#wall-now")).to_contain_text("Answered within 20 s")
    expect(page.locator("svg.chart")).to_be_visible()
    assert page.locator("main button, main form").count() == 0, "nothing on a wall is pressed"
    assert axe_faults(page) == []
    picture(page, "wall")
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_kind_of_call_is_diverted_with_one_confirmed_click_and_every_console_says_so(
    system: System, live: LiveProcess, page: Page, new_context: Callable, axe_faults: Callable
):
    system.call_taker("Priya", DESK)
    system.call_taker("Morgan", None, Role.supervisor)
    priya = Desk(system, new_context().new_page()).be("Priya")
    # After the signing in: whoever keeps the directory in a test is called Priya too.
    with system.transaction() as session:
        switchboard(session)
    page.goto(system.web)
    page.get_by_role("button", name="Be Morgan").click()
    page.get_by_role("link", name="Divert calls").click()
    page.get_by_label("Kind of call", exact=True).select_option("Families")
    page.locator("summary", has_text="Divert these calls").click()
    assert axe_faults(page) == []
    picture(page, "divert-confirm")
    page.get_by_role("button", name="Yes, divert them").click()
    expect(page.get_by_text("These callers are now asked")).to_be_visible()
    expect(priya.page.locator(".diverted")).to_contain_text("Families: callers may be put through")
    assert axe_faults(page) == []
    picture(page, "divert-on")
    picture(priya.page, "divert-banner")
    page.get_by_role("button", name="Take the calls back").click()
    expect(page.get_by_text("Every call comes to us.")).to_be_visible()
    expect(priya.page.locator(".diverted")).to_have_count(0)
