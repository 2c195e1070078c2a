"""Message Home in Chromium: a message taken, approved, given and answered; every page is sound."""

import os
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from helpline.accounts.models import Role
from tests.browser.conftest import Watch
from tests.browser.desk import DESK, Desk
from tests.system import Handset, System

pytestmark = pytest.mark.browser

PHONE, SCREEN = 320, 1280
AxeFaults = Callable[[Page], list[str]]
Look = Callable[[Page], None]


@pytest.fixture
def luke(system: System) -> Handset:
    return system.handset("07700 900834")


@pytest.fixture
def priya(system: System, page: Page, luke: Handset) -> Desk:
    """Let Luke write and Priya take it."""
    for name, phone, role in (
        ("Priya", DESK, Role.call_taker),
        ("Tom", None, Role.call_taker),
        ("Morgan", None, Role.supervisor),
    ):
        system.call_taker(name, phone, role)
    desk = Desk(system, page).be("Priya").start_shift()
    luke.text("I feel alone and isolated, and unable to cope")
    page.reload()
    return desk.take()


@pytest.fixture
def look(axe_faults: AxeFaults, watch: Watch) -> Look:
    """Look at a page wide and narrow: no fault of access, nothing that scrolls sideways.

    With PICTURES naming a folder, the pages are kept there as they looked.
    """
    watch.allow("status of 422")
    numbers, folder = count(1), os.environ.get("PICTURES")

    def one(page: Page) -> None:
        assert axe_faults(page) == []
        number = next(numbers)
        for width in (PHONE, SCREEN):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if folder:
                picture = Path(folder) / f"{number:02}-{width}.png"
                page.screenshot(path=str(picture), full_page=True)

    return one


def go_on(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()


def choose(page: Page, question: str, answer: str) -> None:
    page.get_by_role("group", name=question).get_by_label(answer, exact=True).check()


def take_the_message(page: Page, look: Look) -> str:
    """Take it from the contact to "they agree"; gives the reference."""
    page.get_by_role("link", name="Message Home").click()
    look(page)
    page.get_by_role("link", name="Take a message from somebody who is away").click()
    go_on(page, "Go on")
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    look(page)
    page.get_by_label("I told them all of this").check()
    choose(page, "How old are they?", "18 or over")
    choose(page, "Are they detained", "No")
    choose(page, "Ask about suicide and safety", "No")
    page.get_by_label("Name that the people at home").fill("Luke")
    page.get_by_label("Date of birth").fill("3 February 1992")
    page.get_by_label("They gave a fact").check()
    page.get_by_label("A word that only they know").fill("bluebird")
    go_on(page, "Go on")

    expect(page.get_by_role("heading", name="Whom it is for")).to_be_visible()
    reference = page.locator(".govuk-caption-l strong").inner_text()
    page.get_by_label("Their name").fill("Karen")
    page.get_by_label("Who are they to the caller?").select_option(label="Partner, wife or husband")
    page.get_by_label("Their telephone number").fill("12")
    page.get_by_role("textbox", name="A question that only they").fill(
        "What was your first dog called?"
    )
    page.get_by_role("textbox", name="The answer").fill("Biscuit")
    page.get_by_label("We phone them and say it").check()
    choose(page, "Was there abuse", "No")
    choose(page, "Is there a court order", "No")
    choose(page, "Is the number shared", "No")
    go_on(page, "Go on")
    look(page)
    page.get_by_label("Their telephone number").fill("07700 900845")
    go_on(page, "Go on")

    look(page)
    page.get_by_label("Their exact words").fill("I am safe. Ring me on 07700 900834. I love you.")
    go_on(page, "Check the words")
    expect(page.locator("mark").first).to_contain_text("07700 900834")
    look(page)
    page.get_by_text("Change the words", exact=True).click()
    page.get_by_label("Their exact words").fill("I am safe. I love you.")
    go_on(page, "Keep the change")
    expect(page.locator("mark")).to_have_count(0)
    page.get_by_label("I read it back").check()
    go_on(page, "They agree")
    expect(page.get_by_text("Waits for a second person").first).to_be_visible()
    return reference


def somebody(system: System, new_context: Callable[..., BrowserContext], name: str) -> Page:
    page = new_context(viewport={"width": SCREEN, "height": 800}).new_page()
    page.goto(system.web)
    page.get_by_role("button", name=f"Be {name}").click()
    page.get_by_role("button", name="Sign out").wait_for()
    return page


def test_a_message_is_taken_approved_given_answered_and_collected(
    system: System,
    priya: Desk,
    new_context: Callable[..., BrowserContext],
    look: Look,
) -> None:
    reference = take_the_message(priya.page, look)

    morgan = somebody(system, new_context, "Morgan")
    morgan.get_by_role("link", name="Approve messages").click()
    look(morgan)
    morgan.get_by_role("link", name="Message 1").click()
    look(morgan)
    go_on(morgan, "Approve these words")

    tom = somebody(system, new_context, "Tom")
    tom.get_by_role("link", name="Messages to give").click()
    look(tom)
    go_on(tom, "Take it message 1")
    expect(tom.get_by_text("I am safe. I love you.")).to_be_visible()
    look(tom)
    tom.get_by_label("I spoke to them").check()
    go_on(tom, "Keep what happened")
    tom.get_by_label("Their exact words").fill("We both love and miss you. Where are you?")
    look(tom)
    go_on(tom, "Keep their answer")

    morgan.get_by_role("link", name="Approve messages").click()
    morgan.get_by_role("link", name="Alerts, answers and what was left").click()
    look(morgan)
    morgan.get_by_role("link", name="Answer 1").click()
    look(morgan)
    morgan.get_by_label("It may wait for them").check()
    morgan.get_by_label("Why, in a sentence or two").fill("She asks because she is worried")
    go_on(morgan, "Decide")

    page = priya.page
    page.get_by_role("link", name="Back to the messages of Luke").click()
    page.get_by_role("link", name="Back to Message Home").click()
    page.get_by_label("Reference").fill(reference.lower())
    page.get_by_label("Their word").fill("magpie")
    go_on(page, "Open")
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    look(page)
    page.get_by_label("Reference").fill(reference.lower())
    page.get_by_label("Their word").fill("Blue bird")
    go_on(page, "Open")
    expect(page.get_by_text("We both love and miss you")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Tell the police that they are safe").click()
    look(page)
    page.go_back()
    go_on(page, "I read it to them from Karen")
    expect(page.get_by_text("Noted that they heard it")).to_be_visible()
