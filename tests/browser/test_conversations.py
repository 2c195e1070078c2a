"""Conversations by text at the console: shared by colleagues, kept by nobody else, lost never."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from helpline.accounts.models import Role
from helpline.clock import now
from helpline.sms import sample, segments
from tests.browser.desk import DESK, Desk, let_it_arrive
from tests.browser.live_process import LiveProcess
from tests.helpline.sms.test_segments import VECTORS, words_of
from tests.system import Handset, System

pytestmark = pytest.mark.browser

SAM = "07700 900123"


@pytest.fixture
def sam(system: System) -> Handset:
    return system.handset(SAM)


@pytest.fixture
def priya(system: System, live: LiveProcess, page: Page) -> Desk:
    person = system.call_taker("Priya", DESK)
    with system.transaction() as session:
        sample.load(session, by=person.staff_id, at=now())
    return Desk(system, page).be("Priya").start_shift()


@pytest.fixture
def colleague(system: System, new_context: Callable) -> Callable[..., Desk]:
    def come(name: str, role: Role = Role.call_taker) -> Desk:
        system.call_taker(name, None, role)
        page = new_context().new_page()
        page.goto(system.web)
        page.get_by_role("button", name=f"Be {name}").click()
        page.goto(f"{system.web}/console")
        return Desk(system, page).wait_for_scripts().start_shift()

    return come


@pytest.fixture
def in_conversation(priya: Desk, sam: Handset) -> Desk:
    sam.text("are you there")
    return priya.take()


def test_a_conversation_goes_to_a_colleague_who_agrees_and_the_caller_notices_nothing(
    in_conversation: Desk, sam: Handset, colleague: Callable[..., Desk], axe_faults: Callable
) -> None:
    tom = colleague("Tom")
    priya = in_conversation
    priya.page.reload()
    priya.page.locator("#hand-over summary").click()
    priya.page.get_by_label("To", exact=True).select_option(label="Tom (ready)")
    assert axe_faults(priya.page) == []
    priya.page.get_by_role("button", name="Ask them to go on").click()
    expect(priya.page.locator("#actions")).to_contain_text("Offered to a colleague")
    expect(priya.reply_box).to_be_visible()
    expect(tom.page.locator("#mine")).to_contain_text("Priya asks you to go on")
    assert axe_faults(tom.page) == []
    tom.page.get_by_role("button", name=re.compile("Go on")).click()
    expect(tom.reply_box).to_be_visible()
    expect(priya.reply_box).to_be_hidden()
    assert sam.received == []


def test_a_supervisor_who_looks_and_writes_is_named_to_whoever_has_the_conversation(
    in_conversation: Desk, colleague: Callable[..., Desk]
) -> None:
    morgan = colleague("Morgan", Role.supervisor)
    priya = in_conversation
    morgan.page.goto(priya.page.url)
    expect(priya.page.locator("#presence")).to_contain_text("Morgan is looking")
    morgan.note_box.press_sequentially("h")
    expect(priya.page.locator("#presence")).to_contain_text("Morgan is writing")
    morgan.page.goto(f"{morgan.system.web}/shift")
    expect(priya.page.locator("#presence")).not_to_contain_text("Morgan")


def test_a_saved_reply_is_found_filled_in_and_sent_by_keyboard_alone(
    in_conversation: Desk, system: System, sam: Handset, axe_faults: Callable, watch
) -> None:
    watch.allow("status of 422")
    page = in_conversation.page
    page.keyboard.press("F4")
    expect(page.get_by_label("Search saved replies")).to_be_focused()
    assert axe_faults(page) == []
    page.keyboard.type("service help")
    page.keyboard.press("Enter")
    expect(in_conversation.reply_box).to_be_focused()
    expect(in_conversation.reply_box).to_have_value(re.compile(r"^\{service\} may be able"))
    page.keyboard.press("Control+Enter")
    expect(page.locator("#reply [role=alert]")).to_contain_text("Fill in {service} first")
    in_conversation.reply_box.fill("Shelter may be able to help with this.")
    page.keyboard.press("Control+Enter")
    expect(in_conversation.thread).to_contain_text("Shelter may be able to help")
    let_it_arrive(system)
    assert sam.received == ["Shelter may be able to help with this."]


def test_the_page_counts_parts_as_the_server_does(in_conversation: Desk) -> None:
    counted = in_conversation.page.evaluate(
        """async (texts) => {
            const { measure, mend, tables } = await import("/static/js/segments.js");
            const known = tables(document.getElementById("reply-count").dataset);
            return texts.map((words) => {
                const { parts, units, left } = measure(words, known);
                return [parts, units, left, mend(words, known)];
            });
        }""",
        [words_of(vector) for vector in VECTORS],
    )
    expected = [[v["parts"], v["units"], v["left"], segments.mend(words_of(v))] for v in VECTORS]
    assert counted == expected


def test_one_curly_apostrophe_is_warned_of_and_mended_with_a_button(
    in_conversation: Desk, axe_faults: Callable
) -> None:
    page = in_conversation.page
    in_conversation.reply_box.fill("I\u2019m here. " + "You can text at any hour. " * 6)
    expect(page.locator("#reply-count")).to_contain_text("3 parts")
    expect(page.locator("#reply-costs")).to_contain_text("With plain letters it is 2 parts")
    assert axe_faults(page) == []
    page.get_by_role("button", name="Use plain letters").click()
    expect(in_conversation.reply_box).to_have_value(re.compile("^I'm here"))
    expect(page.locator("#reply-costs")).to_be_hidden()


def test_whoever_is_put_first_stands_first_with_the_reason(
    system: System, priya: Desk, sam: Handset
) -> None:
    sam.text("first come")
    system.handset("07700 900124").text("second")
    cards = priya.page.locator("#waiting .card")
    expect(cards).to_have_count(2)
    second = cards.nth(1).locator(".card__who").inner_text()
    cards.nth(1).locator("details.more summary").click()
    cards.nth(1).get_by_role("button", name="Put first").click()
    expect(cards.nth(0).locator(".card__who")).to_have_text(second)
    expect(cards.nth(0)).to_contain_text("Put first")


def test_nothing_that_was_typed_stays_behind_when_somebody_signs_out(
    in_conversation: Desk,
) -> None:
    page = in_conversation.page
    in_conversation.reply_box.fill("not for the next person")
    page.reload()
    expect(in_conversation.reply_box).to_have_value("not for the next person")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Take the calls")).to_be_visible()
    assert page.evaluate("Object.keys(sessionStorage).length") == 0


def test_a_server_that_restarts_under_an_open_console_loses_no_text_and_no_draft(
    in_conversation: Desk, system: System, sam: Handset, watch
) -> None:
    watch.allow(r"ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|Failed to fetch")
    page = in_conversation.page
    in_conversation.reply_box.fill("I am still here")
    system.stop_web()
    page.get_by_role("button", name="Send text to caller").click()
    expect(page.locator("#reply [role=alert]")).to_contain_text("What you wrote is kept")
    system.start_web_again()
    page.get_by_role("button", name="Send text to caller").click()
    expect(in_conversation.thread).to_contain_text("I am still here")
    expect(in_conversation.reply_box).to_have_value("")
    let_it_arrive(system)
    assert sam.received == ["I am still here"]


def test_everything_listed_under_the_question_mark_does_what_it_says(
    in_conversation: Desk,
) -> None:
    page = in_conversation.page
    page.keyboard.press("F8")
    expect(in_conversation.note_box).to_be_focused()
    page.keyboard.press("F7")
    expect(in_conversation.reply_box).to_be_focused()
    page.keyboard.press("F9")
    expect(page.locator("#actions summary, #actions button").first).to_be_focused()
