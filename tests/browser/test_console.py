"""The console in Chromium, with everything behind it real: database, exchange, worker, live."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from helpline.accounts.models import Role
from tests.browser.desk import DESK, Desk, let_it_arrive, wrap_up
from tests.browser.live_process import LiveProcess
from tests.system import Handset, System

pytestmark = pytest.mark.browser

SAM = "07700 900123"
GREETING = 60
RINGS = "Your phone is ringing. Answer it and press 1."
NEW_TEXT = "A new text came in. Read it, then send again."


@pytest.fixture
def sam(system: System) -> Handset:
    return system.handset(SAM)


@pytest.fixture
def priya(system: System, live: LiveProcess, page: Page) -> Desk:
    system.call_taker("Priya", DESK)
    return Desk(system, page).be("Priya").start_shift()


@pytest.fixture
def in_conversation(priya: Desk, sam: Handset) -> Desk:
    sam.text("are you there")
    return priya.take()


def test_a_text_arrives_by_itself_is_answered_and_wrapped_up(
    system: System, priya: Desk, sam: Handset
):
    page = priya.page
    page.evaluate("window.neverReloaded = true")
    sam.text("hi is this confidential")
    expect(page.locator("#waiting .card")).to_have_count(1)
    expect(page).to_have_title(re.compile(r"^\(1 waiting\) "))
    expect(page.locator("#announcer")).to_have_text("1 person is waiting")
    assert page.evaluate("window.neverReloaded")
    priya.take()
    expect(priya.thread).to_contain_text("hi is this confidential")
    page.evaluate("window.neverReloaded = true")
    priya.send("Yes, it is.")
    expect(priya.thread).to_contain_text("Yes, it is.")
    expect(priya.reply_box).to_have_value("")
    let_it_arrive(system)
    assert "Yes, it is." in sam.received
    expect(priya.thread).to_contain_text("delivered")
    sam.text("ok thanks")
    expect(priya.thread).to_contain_text("ok thanks")
    assert page.evaluate("window.neverReloaded")
    priya.send("Take care.")
    expect(priya.thread).to_contain_text("Take care.")
    page.locator("summary", has_text="End conversation").click()
    page.locator(".confirm__box").get_by_role("button", name="End conversation").click()
    wrap_up(page)
    expect(page).to_have_url(f"{system.web}/console")
    expect(page.locator("#mine")).to_contain_text("You have no open contacts.")


def test_drafts_survive_a_reload_and_go_once_the_server_has_them(in_conversation: Desk):
    desk = in_conversation
    desk.reply_box.fill("I am still wri")
    desk.note_box.fill("sounds tired")
    desk.page.reload()
    expect(desk.reply_box).to_have_value("I am still wri")
    expect(desk.note_box).to_have_value("sounds tired")
    desk.page.get_by_role("button", name="Keep note").click()
    expect(desk.page.locator(".note__words")).to_have_text("sounds tired")
    expect(desk.note_box).to_have_value("")
    desk.page.reload()
    expect(desk.note_box).to_have_value("")
    expect(desk.reply_box).to_have_value("I am still wri")


def test_a_text_that_comes_in_leaves_what_is_being_written_alone(
    in_conversation: Desk, sam: Handset
):
    desk = in_conversation
    desk.reply_box.press_sequentially("half a tho")
    sam.text("sorry signal went")
    expect(desk.thread).to_contain_text("sorry signal went")
    expect(desk.reply_box).to_have_value("half a tho")
    expect(desk.reply_box).to_be_focused()


def test_a_cut_line_is_said_and_mends_by_itself_with_nothing_missed(
    in_conversation: Desk, live: LiveProcess, sam: Handset, watch
):
    watch.allow(r"ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE")
    desk = in_conversation
    desk.reply_box.fill("this stays")
    live.kill()
    expect(desk.connection).to_have_text("Connection lost. Trying again… What you type is kept.")
    sam.text("can you hear me")
    expect(desk.thread).not_to_contain_text("can you hear me")
    live.start()
    expect(desk.connection).to_have_text("")
    expect(desk.thread).to_contain_text("can you hear me")
    expect(desk.reply_box).to_have_value("this stays")


def test_a_reply_begun_before_a_new_text_is_held_back_until_that_is_read(
    system: System, in_conversation: Desk, live: LiveProcess, sam: Handset, watch
):
    watch.allow(r"ERR_|status of 409")
    desk = in_conversation
    live.kill()
    # What the page asked for before it knew would bring the new text with it.
    expect(desk.connection).to_contain_text("Connection lost")
    sam.text("please don't tell anyone")
    desk.send("Shall I ring your mum?")
    expect(desk.page.get_by_role("alert").filter(has_text="A new text")).to_have_text(NEW_TEXT)
    expect(desk.reply_box).to_have_value("Shall I ring your mum?")
    expect(desk.thread).to_contain_text("please don't tell anyone")
    expect(desk.thread).not_to_contain_text("Shall I ring your mum?")
    desk.send("I won't.")
    expect(desk.thread).to_contain_text("I won't.")
    let_it_arrive(system)
    assert sam.received[-1] == "I won't."


def test_ctrl_enter_twice_sends_once_and_enter_alone_makes_a_line(
    system: System, in_conversation: Desk, sam: Handset, watch
):
    # Where the first press is through already, the second one finds an empty box and is refused.
    watch.allow("status of 422")
    desk = in_conversation
    desk.reply_box.press_sequentially("one")
    desk.reply_box.press("Enter")
    desk.reply_box.press_sequentially("two")
    desk.reply_box.press("Control+Enter")
    desk.reply_box.press("Control+Enter")
    expect(desk.reply_box).to_have_value("")
    expect(desk.page.locator(".bubble--outbound")).to_have_count(1)
    let_it_arrive(system)
    assert sam.received.count("one\ntwo") == 1


def test_an_empty_reply_is_refused_beside_the_form(in_conversation: Desk, watch):
    watch.allow("status of 422")
    in_conversation.page.get_by_role("button", name="Send text to caller").click()
    expect(in_conversation.page.locator("#reply [role=alert]")).to_have_text(
        "Write the text first."
    )
    expect(in_conversation.reply_box).to_be_focused()


def test_a_call_rings_is_answered_talked_and_ended_from_the_console(
    system: System, priya: Desk, sam: Handset, axe_faults
):
    page = priya.page
    phone = system.handset(DESK)
    sam.dial()
    system.advance(GREETING)
    expect(page).to_have_title(re.compile(r"^\(Ringing\) "))
    expect(page.locator("#waiting")).to_contain_text(RINGS)
    expect(page.locator("#announcer")).to_have_text(RINGS)
    phone.answer()
    phone.press("1")
    expect(page.locator("#call-now")).to_contain_text("You on the line")
    expect(page.locator("#call-now")).to_contain_text(re.compile(r"Talking for \d+:\d\d"))
    expect(page).to_have_title(re.compile(r"^Caller "))
    assert axe_faults(page) == []
    page.locator("summary", has_text="End call").click()
    page.get_by_role("button", name="Keep talking").click()
    expect(page.locator(".confirm__box")).to_be_hidden()
    assert sam.call is not None
    assert sam.call["state"] == "in-progress"
    page.locator("summary", has_text="End call").click()
    page.locator(".confirm__box").get_by_role("button", name="End call").click()
    expect(page.get_by_role("heading", name="Wrap up")).to_be_visible()
    system.settle()
    assert sam.call is not None
    assert sam.call["state"] == "ended"
    wrap_up(page)
    expect(page.locator("#me-now")).to_have_attribute("data-availability", "ready")


def test_what_one_takes_goes_from_the_others_list_at_once(
    system: System,
    priya: Desk,
    sam: Handset,
    new_context: Callable,
):
    system.call_taker("Tom", None)
    tom = Desk(system, new_context().new_page()).be("Tom")
    sam.text("hello")
    expect(tom.page.locator("#waiting .card")).to_have_count(1)
    priya.take()
    expect(tom.page.locator("#waiting .card")).to_have_count(0)
    expect(tom.page.locator("#mine")).to_contain_text("Priya: text")


def test_f2_takes_whoever_waits_longest_even_while_writing(priya: Desk, sam: Handset):
    sam.text("first")
    expect(priya.page.locator("#waiting .card")).to_have_count(1)
    priya.page.keyboard.press("F2")
    expect(priya.thread).to_contain_text("first")


def test_a_question_mark_lists_the_shortcuts_unless_somebody_is_writing(in_conversation: Desk):
    desk = in_conversation
    shortcuts = desk.page.get_by_role("dialog", name="Keyboard shortcuts")
    desk.reply_box.press("?")
    expect(shortcuts).to_be_hidden()
    expect(desk.reply_box).to_have_value("?")
    desk.page.locator("#main-content").focus()
    desk.page.keyboard.press("?")
    expect(shortcuts).to_be_visible()
    desk.page.keyboard.press("Escape")
    expect(shortcuts).to_be_hidden()


def test_somebody_signed_out_elsewhere_is_told_and_keeps_the_draft(in_conversation: Desk, watch):
    watch.allow(r"status of 40[01]|ERR_")
    desk = in_conversation
    desk.reply_box.fill("not lost")
    other_tab = desk.page.context.new_page()
    other_tab.goto(desk.page.url)
    other_tab.get_by_role("button", name="Sign out").click()
    expect(other_tab.get_by_role("heading", name="Take the calls")).to_be_visible()
    desk.page.get_by_role("button", name="Send text to caller").click()
    expect(desk.page.locator("#reply [role=alert]")).to_contain_text(re.compile("signed out"))
    expect(desk.connection).to_contain_text("Sign in again")
    expect(desk.reply_box).to_have_value("not lost")


def test_choices_of_a_wrap_up_survive_a_reload_and_errors_lead_to_fields(
    in_conversation: Desk, axe_faults, watch
):
    watch.allow("status of 422")
    page = in_conversation.page
    page.locator("summary", has_text="End conversation").click()
    page.locator(".confirm__box").get_by_role("button", name="End conversation").click()
    page.get_by_label("Age", exact=True).select_option(label="16 to 17")
    page.get_by_label("Bereavement").check()
    page.reload()
    expect(page.get_by_label("Age", exact=True)).to_have_value("16_17")
    expect(page.get_by_label("Bereavement")).to_be_checked()
    page.get_by_role("button", name="Close this contact").click()
    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.locator("h1")).to_have_count(1)
    expect(page.get_by_label("Bereavement")).to_be_checked()
    for name, field in (("Choose who it was", "contact_type"), ("Choose the risk", "risk")):
        page.get_by_role("link", name=name).click()
        expect(page.locator(f"#{field}")).to_be_focused()
    expect(page.locator("#contact_type")).to_have_accessible_description("Error: Choose who it was")
    assert axe_faults(page) == []


@pytest.mark.parametrize("width", [1440, 320])
def test_axe_finds_no_fault_and_nothing_scrolls_sideways(
    priya: Desk, sam: Handset, axe_faults, width: int
):
    page = priya.page
    page.set_viewport_size({"width": width, "height": 900})
    expect(page.locator("h1")).to_have_count(1)
    assert axe_faults(page) == []
    sam.text("a-word-that-has-no-end-" * 20)
    priya.take()
    priya.send("I am here.")
    expect(priya.thread).to_contain_text("I am here.")
    assert axe_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_supervisor_reads_a_conversation_but_does_not_answer_it(
    system: System, in_conversation: Desk, new_context: Callable
):
    system.call_taker("Morgan", None, Role.supervisor)
    morgan = Desk(system, new_context().new_page())
    morgan.page.goto(system.web)
    morgan.page.get_by_role("button", name="Be Morgan").click()
    expect(morgan.page.get_by_role("heading", name="Shift", exact=True)).to_be_visible()
    morgan.page.goto(in_conversation.page.url)
    expect(morgan.thread).to_contain_text("are you there")
    expect(morgan.reply_box).to_have_count(0)
    expect(morgan.page.get_by_text("You are reading only.")).to_be_visible()


def test_the_start_of_the_shift_sounds_and_sound_can_be_switched_off(priya: Desk, sam: Handset):
    page = priya.page
    expect(page.locator("body")).to_have_attribute("data-played", "test")
    page.get_by_role("button", name="Sound on").click()
    sam.text("hello")
    expect(page.locator("#waiting .card")).to_have_count(1)
    expect(page.locator("body")).to_have_attribute("data-played", "test")
    page.reload()
    page.get_by_role("button", name="Sound off").click()
    priya.system.handset("07700 900124").text("hello too")
    expect(page.locator("body")).to_have_attribute("data-played", "waiting")
