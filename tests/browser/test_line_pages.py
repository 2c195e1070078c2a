"""The supervisor's pages on the line, and the call-taker's pauses, as people see them."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from helpline.accounts import availability
from helpline.accounts.models import Availability, Because, Role
from helpline.clock import now
from tests.browser.desk import DESK, Desk
from tests.system import System

pytestmark = pytest.mark.browser


def test_a_supervisor_reads_and_changes_who_takes_what(
    system: System, page: Page, axe_faults: Callable
):
    priya = system.call_taker("Priya", DESK)
    system.call_taker("Morgan", None, Role.supervisor)
    page.goto(system.web)
    page.get_by_role("button", name="Be Morgan").click()
    expect(page.get_by_role("heading", name="Shift", exact=True)).to_be_visible()
    page.goto(f"{system.web}/shift/skills/{priya.staff_id}")
    assert axe_faults(page) == []
    page.get_by_label("Families").select_option("Second choice")
    page.get_by_label("Welsh").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Families (second choice)")).to_be_visible()
    assert axe_faults(page) == []
    page.get_by_role("link", name="How long each is tried").click()
    assert axe_faults(page) == []
    page.get_by_role("link", name="Change Families").click()
    page.get_by_label("Try everybody after").fill("45")
    assert axe_faults(page) == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("everybody after 45")).to_be_visible()
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("because", [None, *Because])
def test_a_call_taker_sees_why_nobody_is_sent_and_how_to_come_back(
    system: System, page: Page, axe_faults: Callable, because: Because | None
):
    priya = system.call_taker("Priya", DESK)
    wraps = because in {None, Because.more_time}
    with system.transaction() as session:
        staff = availability.locked(session, priya.staff_id)
        state = Availability.wrapping_up if wraps else Availability.away
        availability.become(session, staff, state, at=now(), because=because)
    Desk(system, page).be("Priya")
    me = page.locator("#me-now")
    if because is None:
        expect(me.locator("[data-until]")).to_contain_text("left")
    assert axe_faults(page) == []
    me.get_by_role("button", name="Ready").click()
    expect(me.locator(".tag")).to_have_text("Ready")
