"""The browser phone: registered, rung, answered here or from the console, and found again."""

import threading

import pytest
import sqlalchemy as sa
from playwright.sync_api import BrowserContext, Page, expect

from helpline.accounts.models import Availability
from helpline.contacts.models import Contact, ContactState
from tests.browser.desk import DESK, Desk
from tests.browser.live_process import LiveProcess
from tests.system import Handset, System

pytestmark = pytest.mark.browser

SAM = "07700 900123"
GREETING = 60


class BrowserPhone:
    """The small window with the phone in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Turn on").click()
        self.says("On. Calls ring here")

    def says(self, words: str) -> None:
        expect(self.page.locator("#phone-state")).to_have_text(words, timeout=15_000)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()


@pytest.fixture
def priya(system: System, live: LiveProcess, context: BrowserContext) -> Desk:
    context.grant_permissions(["microphone"], origin=system.web)
    system.call_taker("Priya", DESK)
    return Desk(system, context.new_page()).be("Priya").start_shift()


@pytest.fixture
def desk_phone(system: System) -> Handset:
    return system.handset(DESK)


@pytest.fixture
def phone(priya: Desk, desk_phone: Handset) -> BrowserPhone:
    with priya.page.context.expect_page() as opened:
        priya.page.get_by_role("button", name="Browser phone off").click()
    phone = BrowserPhone(opened.value)
    expect(priya.page.get_by_role("button", name="Browser phone on")).to_be_visible()
    return phone


@pytest.fixture
def sam(system: System) -> Handset:
    return system.handset(SAM)


def call_in(system: System, sam: Handset) -> None:
    sam.dial()
    system.advance(GREETING)


def state_of_the_contact(system: System) -> ContactState:
    with system.transaction() as session:
        return session.scalars(sa.select(Contact)).one().state


def test_a_call_rings_in_the_browser_and_is_answered_without_pressing_1(
    system: System, phone: BrowserPhone, sam: Handset, desk_phone: Handset
):
    call_in(system, sam)
    phone.says("A call for you")
    assert desk_phone.call is None
    phone.press("Answer")
    phone.says("On a call")
    system.settle()
    assert "You are through to the helpline." in sam.heard
    assert state_of_the_contact(system) is ContactState.with_call_taker


def test_the_console_answers_mutes_and_hangs_up_while_its_pages_change(
    system: System, phone: BrowserPhone, priya: Desk, sam: Handset
):
    call_in(system, sam)
    told = priya.page.locator("#waiting").get_by_text("Press “Answer call” at the top.")
    expect(told).to_be_visible()
    priya.page.get_by_role("button", name="Answer call").click()
    phone.says("On a call")
    system.settle()
    # The console opens the call by itself, and is then loaded once more.
    priya.page.wait_for_url("**/console/contacts/*")
    priya.page.reload()
    priya.page.get_by_role("button", name="Mute", exact=True).click()
    expect(priya.page.get_by_role("button", name="Muted")).to_have_attribute("aria-pressed", "true")
    phone.says("On a call")
    hang_up = priya.page.locator("#softphone [data-do=hang-up]")
    hang_up.click()
    expect(hang_up).to_have_text("Press again to hang up")
    expect(priya.page.locator("#softphone [data-do=mute]")).to_be_visible()
    hang_up.click()
    phone.says("On. Calls ring here")
    system.settle()
    assert "through" in sam.heard


def test_a_declined_call_goes_on_waiting_and_the_phone_stays_on(
    system: System, phone: BrowserPhone, sam: Handset
):
    call_in(system, sam)
    phone.says("A call for you")
    phone.press("Decline")
    phone.says("On. Calls ring here")
    system.settle()
    assert state_of_the_contact(system) is ContactState.waiting


def test_a_caller_who_hangs_up_stops_the_ringing(system: System, phone: BrowserPhone, sam: Handset):
    call_in(system, sam)
    phone.says("A call for you")
    sam.hang_up()
    phone.says("On. Calls ring here")


def test_when_the_caller_hangs_up_the_phone_is_free_again(
    system: System, phone: BrowserPhone, priya: Desk, sam: Handset
):
    call_in(system, sam)
    phone.says("A call for you")
    phone.press("Answer")
    phone.says("On a call")
    system.settle()
    sam.hang_up()
    phone.says("On. Calls ring here")
    expect(priya.page.locator("#me-now")).to_have_attribute(
        "data-availability", Availability.wrapping_up
    )


def test_with_the_window_closed_the_desk_phone_rings_again(
    system: System, phone: BrowserPhone, priya: Desk, sam: Handset, desk_phone: Handset
):
    phone.page.close(run_before_unload=True)
    expect(priya.page.get_by_role("button", name="Browser phone off")).to_be_visible()
    call_in(system, sam)
    assert desk_phone.call is not None
    assert desk_phone.call["state"] == "ringing"


def test_it_is_on_again_after_the_signalling_was_cut(system: System, phone: BrowserPhone):
    system.exchange("POST", "/control/softphones/cut")
    pause = threading.Event()
    tries = (system.exchange("GET", "/control/softphones")["softphones"] for _ in range(150))
    assert any(found or pause.wait(0.1) for found in tries)
    phone.says("On. Calls ring here")


def test_the_window_has_no_faults_that_axe_can_find(phone: BrowserPhone, axe_faults):
    assert axe_faults(phone.page) == []
