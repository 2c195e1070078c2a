"""The phone in the browser: picking one up, texting, staying live, and fitting every screen."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.handset import SAM, call_the_helpline, pick_up, ring
from tests.browser.local_exchange import Customer, Exchange

pytestmark = pytest.mark.browser

PHONES_OF_ONE_BROWSER = 7  # one more than the connections a browser gives one server


def test_choosing_sam_opens_sams_phone_and_no_address_carries_the_number(
    page: Page, exchange: Exchange
):
    addresses: list[str] = []
    page.context.on("request", lambda request: addresses.append(request.url.split("#")[0]))
    page.goto(exchange.base)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sam 15").click()
    phone = opened.value
    expect(phone.get_by_role("heading", name="Sam's phone")).to_be_visible()
    expect(phone.get_by_text(SAM)).to_be_visible()
    assert len(addresses) > 5
    assert not [one for one in addresses if "900123" in one]


def test_a_number_that_is_none_is_refused_in_words_and_stays_in_the_field(
    page: Page, exchange: Exchange, watch
):
    watch.allow("status of 400")
    page.goto(exchange.base)
    field = page.get_by_label("Phone number")
    field.fill("12")
    page.get_by_role("button", name="Pick up this phone").click()
    expect(page.get_by_role("alert")).not_to_be_empty()
    expect(field).to_have_value("12")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()


def test_a_typed_number_opens_its_own_phone(page: Page, exchange: Exchange):
    page.goto(exchange.base)
    page.get_by_label("Phone number").fill("+44 7700 900168")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="07700 900168")).to_be_visible()


def test_enter_makes_a_new_line_and_control_enter_sends(
    page: Page, exchange: Exchange, customer: Customer
):
    pick_up(page, exchange)
    page.get_by_role("button", name="Text 116 000").click()
    expect(page.get_by_label("Your text")).to_be_focused()
    page.keyboard.type("hi")
    page.keyboard.press("Enter")
    page.keyboard.type("are you there 1 2 3")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".bubble.mine")).to_contain_text("hi\nare you there 1 2 3")
    expect(page.get_by_label("Your text")).to_have_value("")
    exchange.pass_time(10)
    expect(page.locator(".bubble.mine .state")).to_contain_text("sent")
    (arrived,) = customer.forms("/tw/sms/inbound")
    assert arrived["Body"] == "hi\nare you there 1 2 3"
    assert arrived["From"] == "+447700900123"


def test_an_answer_arrives_without_reloading_and_is_counted_until_it_is_read(
    page: Page, exchange: Exchange
):
    pick_up(page, exchange)
    exchange.rest("Messages", To="+447700900123", Body="Hello, you are through to us.")
    exchange.pass_time(10)
    expect(page.locator("#unread")).to_have_text("1 new")
    expect(page).to_have_title(re.compile(r"^\(1 new\) Sam's phone"))
    expect(page.locator("#announcer")).to_have_text("New text from 116 000")
    page.get_by_role("tab", name="Messages").click()
    expect(page.locator(".bubble.theirs")).to_contain_text("Hello, you are through to us.")
    expect(page.locator("#unread")).to_be_hidden()


def test_a_draft_survives_a_reload(page: Page, exchange: Exchange):
    pick_up(page, exchange)
    page.get_by_role("tab", name="Messages").click()
    page.get_by_label("Your text").fill("half a thou")
    page.reload()
    expect(page.get_by_label("Your text")).to_have_value("half a thou")
    expect(page.locator("#parts")).to_have_text("1 text, 149 characters left.")


def test_a_text_that_cannot_go_is_explained_and_kept(page: Page, exchange: Exchange, watch):
    watch.allow("status of 40[09]")
    pick_up(page, exchange)
    page.get_by_role("tab", name="Messages").click()
    page.get_by_label("With").select_option("Another number…")
    page.get_by_label("Number", exact=True).fill("nobody")
    page.get_by_label("Your text").fill("hello?")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).not_to_be_empty()
    expect(page.get_by_label("Your text")).to_have_value("hello?")


@pytest.mark.parametrize(
    ("words", "size"),
    [
        ("a" * 160, "1 text, 0 characters left."),
        ("a" * 161, "1 text in 2 parts, 145 characters left."),
        ("€" * 80, "1 text, 0 characters left."),
        ("ŵ" * 70, "1 text, 0 characters left (uses special characters)."),
        ("ŵ" * 71, "1 text in 2 parts, 63 characters left (uses special characters)."),
    ],
)
def test_the_size_of_a_text_is_shown_as_it_leaves_the_phone(
    page: Page, exchange: Exchange, words, size
):
    pick_up(page, exchange)
    page.get_by_role("tab", name="Messages").click()
    page.get_by_label("Your text").fill(words)
    expect(page.locator("#parts")).to_have_text(size)


def test_a_phone_that_was_cut_off_says_so_and_catches_up_by_itself(
    page: Page, exchange: Exchange, watch
):
    watch.allow("ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY_RESPONSE|status of 404")
    pick_up(page, exchange)
    page.get_by_role("tab", name="Messages").click()
    page.get_by_label("Your text").fill("are you th")
    exchange.stop()
    expect(page.locator("#connection")).to_have_text("Reconnecting…")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("What you typed is kept")
    exchange.start()
    exchange.rest("Messages", To="+447700900123", Body="We are back.")
    exchange.pass_time(10)
    expect(page.get_by_text("We are back.")).to_be_visible(timeout=8_000)
    expect(page.locator("#connection")).to_have_text("")
    expect(page.get_by_label("Your text")).to_have_value("are you th")


def test_more_phones_than_the_browser_has_connections_all_stay_live(
    context: BrowserContext, exchange: Exchange
):
    phones = [
        pick_up(context.new_page(), exchange, f"07700 9002{n:02}")
        for n in range(PHONES_OF_ONE_BROWSER)
    ]
    for n in range(PHONES_OF_ONE_BROWSER):
        exchange.rest("Messages", To=f"+4477009002{n:02}", Body="To every one of you.")
    exchange.pass_time(10)
    for phone in phones:
        expect(phone.locator("#unread")).to_have_text("1 new")


def test_a_payphone_has_no_messages(page: Page, exchange: Exchange):
    pick_up(page, exchange, "020 7946 0123")
    expect(page.get_by_role("heading", name="Lucy at a payphone")).to_be_visible()
    expect(page.get_by_role("tab", name="Messages")).to_have_count(0)
    expect(page.get_by_role("button", name="Text 116 000")).to_have_count(0)


@pytest.mark.parametrize("width", [320, 1280])
def test_every_screen_of_the_phone_is_accessible_and_fits(
    new_context, exchange: Exchange, axe_faults, width
):
    context = new_context(viewport={"width": width, "height": 740})
    index, page = context.new_page(), context.new_page()

    def check(one: Page) -> None:
        assert axe_faults(one) == []
        assert one.evaluate("document.documentElement.scrollWidth") <= width

    index.goto(exchange.base)
    expect(index.get_by_role("link")).not_to_have_count(0)
    check(index)
    pick_up(page, exchange)
    check(page)
    page.get_by_role("button", name="Text 116 000").click()
    page.keyboard.type("hello")
    page.keyboard.press("Control+Enter")
    exchange.rest("Messages", To="+447700900123", Body="https://example.org/" + "a" * 90)
    exchange.pass_time(10)
    expect(page.locator(".bubble")).to_have_count(2)
    check(page)
    page.get_by_role("tab", name="Phone").click()
    call_the_helpline(page, exchange)
    check(page)
    page.get_by_role("button", name="Hang up").click()
    page.get_by_role("button", name="Back to the phone").click()
    ring(exchange, SAM)
    expect(page.get_by_role("button", name="Answer")).to_be_visible()
    check(page)
