"""What the tests of the phone do again and again: pick it up, call, let it ring."""

import re
from contextlib import AbstractContextManager

from playwright.sync_api import Page, expect

from tests.browser.local_exchange import GREETING, Exchange

SAM = "07700 900123"
PRIYA = "020 7946 0101"


def menu(base: str) -> str:
    """TwiML that asks for one key and sends it to a path of the customer at `base`."""
    return (
        f"<Response><Gather numDigits='1' timeout='30' action='{base}/tw/chosen'>"
        "<Say>Press 1 to take the call.</Say></Gather></Response>"
    )


def pick_up(page: Page, exchange: Exchange, number: str = SAM) -> Page:
    page.goto(f"{exchange.base}/handset#{number}")
    expect(page.locator("#connection")).to_have_text("")
    expect(page.locator("#phone")).to_have_attribute("data-live", "yes")
    return page


def call_the_helpline(page: Page, exchange: Exchange) -> None:
    page.get_by_role("button", name="Call 116 000").click()
    expect(page.get_by_role("button", name="Hang up")).to_be_visible()
    exchange.pass_time(5)
    expect(page.locator("#call-state")).to_have_text("Connected")


def ring(exchange: Exchange, number: str, twiml: str = GREETING) -> None:
    to = "+44" + re.sub(r"\D", "", number)[1:]
    exchange.rest("Calls", To=to, Twiml=twiml)
    exchange.pass_time(1)


def told_the_exchange(page: Page, deed: str) -> AbstractContextManager:
    """Wait until what was pressed inside the block has reached the exchange."""
    return page.expect_response(lambda answer: answer.url.endswith(f"/{deed}"))
