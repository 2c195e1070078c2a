"""Calls on the phone in the browser: captions, keys, and being rung."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.handset import PRIYA, call_the_helpline, menu, pick_up, ring, told_the_exchange
from tests.browser.local_exchange import Customer, Exchange

pytestmark = pytest.mark.browser


def test_a_call_is_captioned_and_can_be_hung_up(page: Page, exchange: Exchange, customer: Customer):
    pick_up(page, exchange)
    call_the_helpline(page, exchange)
    log = page.get_by_role("log", name="What you hear")
    expect(log).to_contain_text("You have reached the helpline.")
    expect(page.locator("#call-time")).to_have_text(re.compile(r"\d:\d\d"))
    page.get_by_role("button", name="Hang up").click()
    expect(page.get_by_role("button", name="Back to the phone")).to_be_focused()
    expect(page.locator("#call-state")).to_have_text(re.compile("ended|hung up"))
    expect(log).to_contain_text("You have reached the helpline.")
    page.get_by_role("button", name="Back to the phone").click()
    expect(page.get_by_role("button", name="Call 116 000")).to_be_visible()
    expect(page.locator("#recent")).to_contain_text("Call to 116 000")
    assert customer.forms("/tw/voice/inbound")[0]["From"] == "+447700900123"


def test_a_caller_who_hides_the_number_calls_anonymously(
    page: Page, exchange: Exchange, customer: Customer
):
    pick_up(page, exchange)
    page.get_by_label("Hide my number when I call").check()
    call_the_helpline(page, exchange)
    (came_in,) = customer.forms("/tw/voice/inbound")
    assert came_in["From"] == "anonymous"


def test_captions_are_added_to_and_never_written_again(page: Page, exchange: Exchange, customer):
    customer.answers["/tw/voice/inbound"] = (
        "<Response><Say>One.</Say><Pause length='20'/><Say>Two.</Say>"
        "<Pause length='60'/></Response>"
    )
    pick_up(page, exchange)
    call_the_helpline(page, exchange)
    expect(page.get_by_text("One.", exact=True)).to_be_visible()
    first = page.locator(".captions .spoken").first.element_handle()
    exchange.pass_time(30)
    expect(page.get_by_text("Two.", exact=True)).to_be_visible()
    assert first.evaluate("entry => entry.isConnected")
    expect(page.get_by_text("One.", exact=True)).to_have_count(1)


def test_a_reader_who_scrolled_back_is_not_pulled_to_the_end(
    page: Page, exchange: Exchange, customer
):
    many = "".join(f"<Say>Sentence number {n} of a long greeting.</Say>" for n in range(30))
    customer.answers["/tw/voice/inbound"] = (
        f"<Response>{many}<Pause length='60'/><Say>Late news.</Say><Pause length='90'/></Response>"
    )
    pick_up(page, exchange)
    call_the_helpline(page, exchange)
    exchange.pass_time(100)
    captions = page.locator("#captions")
    expect(captions).to_contain_text("Sentence number 29")
    captions.evaluate("log => { log.scrollTop = 0; }")
    exchange.pass_time(60)
    expect(captions).to_contain_text("Late news.")
    assert captions.evaluate("log => log.scrollTop") == 0
    page.get_by_role("button", name="New words below").click()
    expect(page.get_by_text("Late news.")).to_be_in_viewport()


def test_a_desk_phone_rings_and_takes_the_call_with_the_keyboard(
    page: Page, exchange: Exchange, customer: Customer
):
    customer.answers["/tw/chosen"] = "<Response><Say>Connecting you.</Say></Response>"
    pick_up(page, exchange, PRIYA)
    ring(exchange, PRIYA, menu(customer.base))
    expect(page).to_have_title(re.compile(r"^\(Ringing\) Priya's desk phone"))
    expect(page.get_by_role("heading", name="116 000")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Answer")).to_be_focused()
    with told_the_exchange(page, "answer"):
        page.keyboard.press("Enter")
    exchange.pass_time(5)
    expect(page.get_by_text("Press a key on the keypad")).to_be_visible()
    with told_the_exchange(page, "keys"):
        page.keyboard.press("1")
    exchange.pass_time(1)
    expect(page.get_by_text("Connecting you.")).to_be_visible()
    assert customer.forms("/tw/chosen")[0]["Digits"] == "1"


def test_an_incoming_call_can_be_declined(page: Page, exchange: Exchange):
    pick_up(page, exchange, PRIYA)
    ring(exchange, PRIYA)
    page.get_by_role("button", name="Decline").click()
    expect(page.locator("#incoming")).to_be_hidden()
    expect(page).to_have_title(re.compile("^Priya"))


def test_a_call_goes_on_while_texts_are_read(page: Page, exchange: Exchange):
    pick_up(page, exchange)
    call_the_helpline(page, exchange)
    page.get_by_role("tab", name="Messages").click()
    page.get_by_role("button", name=re.compile("On a call with 116 000")).click()
    expect(page.get_by_role("button", name="Hang up")).to_be_focused()


def test_digits_typed_outside_a_field_dial_and_inside_a_field_do_not(
    page: Page, exchange: Exchange
):
    pick_up(page, exchange)
    page.locator("body").press("1")
    page.locator("body").press("2")
    expect(page.get_by_label("Or dial a number")).to_have_value("12")
    page.get_by_role("button", name="Delete last digit").click()
    expect(page.get_by_label("Or dial a number")).to_have_value("1")
    page.get_by_role("tab", name="Messages").click()
    page.get_by_label("Your text").press("9")
    expect(page.get_by_label("Your text")).to_have_value("9")
    expect(page.locator("#dialled")).to_have_value("1")


def test_behind_the_curtain_shows_where_news_went_and_no_words_or_numbers(
    page: Page, exchange: Exchange
):
    pick_up(page, exchange)
    page.get_by_text("Behind the curtain").click()
    call_the_helpline(page, exchange)
    row = page.get_by_role("row", name="A call came in")
    expect(row.locator("code")).to_have_text("/tw/voice/inbound")
    expect(row).to_contain_text("200")
    assert "900123" not in page.locator("#curtain").inner_text()
