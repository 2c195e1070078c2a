"""What call-takers do again and again at the console, in Chromium."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.system import System

DESK = "020 7946 0101"


@dataclass
class Desk:
    """One person's browser, with the console open."""

    system: System
    page: Page

    def be(self, name: str) -> "Desk":
        self.page.goto(self.system.web)
        self.page.get_by_role("button", name=f"Be {name}").click()
        return self.wait_for_scripts()

    def wait_for_scripts(self) -> "Desk":
        """Wait until the page's scripts listen: they show this button when they do."""
        expect(self.page.locator("#mute")).to_be_visible()
        return self

    def start_shift(self) -> "Desk":
        self.page.get_by_role("button", name="Start shift").click()
        expect(self.page.locator("#me-now")).to_have_attribute("data-availability", "ready")
        return self

    def take(self) -> "Desk":
        self.page.locator("#waiting").get_by_role("button", name="Take").first.click()
        expect(self.reply_box).to_be_visible()
        return self.wait_for_scripts()

    @property
    def reply_box(self) -> Locator:
        return self.page.get_by_label("Reply to caller")

    @property
    def note_box(self) -> Locator:
        return self.page.get_by_label("Write a note")

    @property
    def thread(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def connection(self) -> Locator:
        return self.page.locator("#connection")

    def send(self, words: str) -> None:
        self.reply_box.fill(words)
        self.page.get_by_role("button", name="Send text to caller").click()


def let_it_arrive(system: System) -> None:
    """Let the worker send what was promised, and the network carry it."""
    system.settle()
    system.advance(30)


def wrap_up(page: Page) -> None:
    page.get_by_label("Who was it?").select_option(label="Young person who is away")
    page.get_by_label("Age", exact=True).select_option(label="16 to 17")
    page.get_by_label("Situation").select_option(label="Missing now")
    page.get_by_label("Where are they tonight?").select_option(label="With friends")
    page.get_by_label("Concern").check()
    page.get_by_label("What came of it?").select_option(label="Listened")
    page.get_by_role("button", name="Close this contact").click()
