"""The page that makes the network fail on purpose: each switch arms what it says."""

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from tests.browser.handset import call_the_helpline, pick_up
from tests.browser.local_exchange import Exchange

SAMS_PHONE = "Sam's phone"
WHAT_EACH_ARMS = [
    (
        "Tell twice",
        {"Of what": "texts that come in", "How often": "3"},
        "webhooks",
        {"match": "/tw/sms/inbound", "kind": "duplicate", "times": 3},
    ),
    (
        "Tell in the wrong order",
        {"Seconds it waits at most": "9"},
        "webhooks",
        {"match": "/tw/", "kind": "reorder", "seconds": 9.0},
    ),
    (
        "Tell late",
        {"Of what": "calls", "Seconds late": "45"},
        "webhooks",
        {"match": "/tw/voice/", "kind": "delay", "seconds": 45.0},
    ),
    ("Never tell", {}, "webhooks", {"match": "/tw/", "kind": "drop", "times": 1}),
    (
        "Say it is too much",
        {"Of what": "sending a text", "How often": "2"},
        "rest",
        {"path": "Messages", "method": "POST", "kind": "429", "times": 2},
    ),
    ("Break before doing it", {}, "rest", {"path": "", "method": "POST", "kind": "500-before"}),
    (
        "Break after doing it",
        {"Of what": "looking something up"},
        "rest",
        {"path": "", "method": "GET", "kind": "500-after"},
    ),
    ("Do it and never answer", {}, "rest", {"kind": "hang-after"}),
    ("Do it and cut the line", {}, "rest", {"kind": "drop-after"}),
    ("Texts don't arrive", {"What happens": "the text is blocked"}, "delivery", {"code": 30004}),
    (
        "A phone is lost in a call",
        {"Seconds after it gets through": "7"},
        "legs",
        {"number": "", "seconds": 7.0, "times": 1},
    ),
]


def open_faults(page: Page, exchange: Exchange) -> Page:
    page.goto(f"{exchange.base}/faults")
    expect(page.locator("#main")).to_have_attribute("data-live", "yes")
    return page


def switch(page: Page, name: str) -> Locator:
    return page.get_by_role("switch", name=name)


def fill_in(page: Page, name: str, fields: dict[str, str]) -> None:
    card = page.get_by_role("group", name=name)
    for label, value in fields.items():
        field = card.get_by_label(label)
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)


def armed(exchange: Exchange) -> dict:
    answer = requests.get(f"{exchange.base}/control/faults", timeout=10)
    answer.raise_for_status()
    return answer.json()


def test_the_page_is_found_from_the_phones_and_leads_back(page: Page, exchange: Exchange):
    page.goto(exchange.base)
    page.get_by_role("link", name="Make it hard").click()
    expect(page.get_by_role("heading", name="Make it hard")).to_be_visible()
    page.get_by_role("link", name="Phones").click()
    expect(page).to_have_url(f"{exchange.base}/")


@pytest.mark.parametrize(("name", "fields", "part", "wanted"), WHAT_EACH_ARMS)
def test_a_switch_arms_what_it_says_and_takes_only_that_off_again(
    page: Page, exchange: Exchange, name: str, fields: dict, part: str, wanted: dict
):
    exchange.ask("/control/faults", {"lists": {"lag_seconds": 12}})
    open_faults(page, exchange)
    one = switch(page, name)
    expect(one).not_to_be_checked()
    fill_in(page, name, fields)
    one.click()
    expect(one).to_be_checked()
    (left,) = armed(exchange)[part]
    assert {key: left[key] for key in wanted} == wanted
    expect(page.locator("#left li").filter(has_text=name)).to_have_count(1)
    one.click()
    expect(one).not_to_be_checked()
    assert armed(exchange)[part] == []
    assert armed(exchange)["lists"] == {"lag_seconds": 12.0}


def test_lists_run_behind_until_the_switch_is_off(page: Page, exchange: Exchange):
    open_faults(page, exchange)
    one = switch(page, "Lists run behind")
    one.click()
    expect(one).to_be_checked()
    expect(page.locator("#left")).to_have_text(
        "Lists run behind: 60 seconds, until you switch it off"
    )
    assert armed(exchange)["lists"] == {"lag_seconds": 60.0}
    one.click()
    expect(page.get_by_text("Nothing. The network works as it should.")).to_be_visible()
    assert armed(exchange)["lists"] == {"lag_seconds": 0.0}


def test_what_is_still_left_is_shown_and_a_fault_used_up_switches_itself_off(
    page: Page, exchange: Exchange
):
    fault = {"path": "Messages", "method": "POST", "kind": "429", "times": 2}
    exchange.ask("/control/faults", {"rest": fault})
    open_faults(page, exchange)
    left = page.locator("#left li")
    expect(left).to_have_text("Say it is too much: sending a text, 2 more times")
    for still in ("once more", None):
        with pytest.raises(requests.HTTPError):
            exchange.rest("Messages", To="+447700900123", Body="Hello")
        if still:
            expect(left).to_contain_text(still)
    expect(left).to_have_count(0)
    expect(switch(page, "Say it is too much")).not_to_be_checked()


def test_everything_is_put_right_at_once(page: Page, exchange: Exchange):
    exchange.ask(
        "/control/faults",
        {"webhooks": {"kind": "drop"}, "rest": {"kind": "429"}, "lists": {"lag_seconds": 5}},
    )
    sam = exchange.ask("/control/handsets", {"number": "07700 900123"})["handset"]
    exchange.ask(f"/control/handsets/{sam}/reachable", {"reachable": False})
    open_faults(page, exchange)
    expect(page.get_by_role("switch", checked=True)).to_have_count(3)
    expect(page.locator("#left")).to_contain_text(f"Lost or switched off: {SAMS_PHONE}")
    page.get_by_role("button", name="Put everything right").click()
    expect(page.get_by_role("switch", checked=True)).to_have_count(0)
    expect(page.get_by_text("Nothing. The network works as it should.")).to_be_visible()
    expect(page.locator("#announcer")).to_have_text("Everything works again.")
    left = armed(exchange)
    assert left.pop("lists") == {"lag_seconds": 0.0}
    assert set(map(str, left.values())) == {"[]"}


def test_a_phone_in_a_call_can_be_lost_and_switched_on_again(
    page: Page, exchange: Exchange, context
):
    phone = pick_up(context.new_page(), exchange)
    call_the_helpline(phone, exchange)
    open_faults(page, exchange)
    lose = page.get_by_role("button", name=f"Lose {SAMS_PHONE}")
    lose.focus()
    page.keyboard.press("Enter")
    expect(phone.locator("#call-state")).to_contain_text("The line went dead.")
    expect(page.get_by_text("Nobody is in a call.")).to_be_visible()
    expect(page.get_by_role("heading", name="In a call now")).to_be_focused()
    page.get_by_role("button", name=f"Switch {SAMS_PHONE} back on").click()
    expect(page.get_by_role("heading", name="Lost or switched off")).to_be_hidden()
    phone.get_by_role("button", name="Back to the phone").click()
    call_the_helpline(phone, exchange)


@pytest.mark.parametrize("wrong", ["", "0", "1001", "two", "-1", "1.5"])
def test_a_number_that_makes_no_sense_is_said_beside_its_field(
    page: Page, exchange: Exchange, wrong: str
):
    open_faults(page, exchange)
    fill_in(page, "Never tell", {"How often": wrong})
    switch(page, "Never tell").click()
    field = page.get_by_role("group", name="Never tell").get_by_label("How often")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("How often: type a number from 1 to 1000.")
    expect(switch(page, "Never tell")).not_to_be_checked()
    assert armed(exchange)["webhooks"] == []


def test_the_switches_work_by_keyboard_and_say_what_they_do(page: Page, exchange: Exchange):
    open_faults(page, exchange)
    one = switch(page, "Never tell")
    expect(one).to_have_accessible_description("The news is lost, and nobody says so.")
    one.focus()
    page.keyboard.press("Space")
    expect(one).to_be_checked()
    expect(one).to_be_focused()
    page.keyboard.press("Enter")
    expect(one).not_to_be_checked()


def test_a_network_that_is_down_is_said_and_its_return_is_noticed(
    page: Page, exchange: Exchange, watch
):
    watch.allow("ERR_INTERNET_DISCONNECTED")
    open_faults(page, exchange)
    page.context.set_offline(offline=True)
    switch(page, "Never tell").click()
    error = page.get_by_role("group", name="Never tell").get_by_role("alert")
    expect(error).to_contain_text("can't be reached")
    expect(switch(page, "Never tell")).not_to_be_checked()
    page.context.set_offline(offline=False)
    switch(page, "Never tell").click()
    expect(switch(page, "Never tell")).to_be_checked()
    expect(error).to_have_text("")


@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_is_accessible_and_fits_with_everything_on(
    new_context, exchange: Exchange, axe_faults, width: int
):
    context = new_context(viewport={"width": width, "height": 740})
    phone = pick_up(context.new_page(), exchange)
    call_the_helpline(phone, exchange)
    lost = exchange.ask("/control/handsets", {"number": "07700 900134"})["handset"]
    exchange.ask(f"/control/handsets/{lost}/reachable", {"reachable": False})
    page = open_faults(context.new_page(), exchange)
    assert axe_faults(page) == []
    for one in page.get_by_role("switch").all():
        one.click()
        expect(one).to_be_checked()
    expect(page.locator("#left li")).to_have_count(13)
    assert axe_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
