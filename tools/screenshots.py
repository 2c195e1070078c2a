"""`make screenshots`: run the helpline on made-up data, act its story out, and take its pictures.

Writes `docs/images/*.png`. Everything runs on this machine, in a folder that is thrown away.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tools import chromium
from tools.demo_settings import HOST

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "images"
OPEN_SECONDS = 120
# The exchange keeps real time here, and the greeting is spoken in full.
GREETING_MS = 90_000
SAM = "07700 900123"
DESK = "020 7946 0101"


class NoPicturesError(RuntimeError):
    """The pictures can't be taken; the message says why."""


def free_ports() -> int:
    """Return the first of three ports in a row that nobody listens on."""
    for first in range(18400, 18800, 3):
        with socket.socket() as a, socket.socket() as b, socket.socket() as c:
            try:
                for offset, probe in enumerate((a, b, c)):
                    probe.bind((HOST, first + offset))
            except OSError:
                continue
            return first
    raise NoPicturesError("No three free ports in a row between 18400 and 18800")


@contextmanager
def helpline(port: int) -> Iterator[None]:
    """Run the whole helpline at `port` for as long as this is open."""
    with tempfile.TemporaryDirectory(prefix="helpline-pictures-") as folder:
        # The database runs as a user of its own, which must be able to pass through.
        Path(folder).chmod(0o755)
        environment = os.environ | {"PORT": str(port), "DATA_DIR": folder}
        started = subprocess.Popen(
            [sys.executable, "-m", "tools.run"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        # Whatever happens, a start that hangs ends.
        too_long = threading.Timer(OPEN_SECONDS, started.kill)
        too_long.start()
        try:
            _wait_until_open(started)
            too_long.cancel()
            yield
        finally:
            too_long.cancel()
            started.send_signal(signal.SIGINT)
            started.communicate(timeout=60)


def _wait_until_open(started: "subprocess.Popen[str]") -> None:
    said = []
    for line in started.stdout or ():
        said.append(line)
        if line.startswith("Logs are in"):
            return
    raise NoPicturesError("The helpline did not open:\n" + "".join(said))


class Story:
    """What happens while the pictures are taken."""

    def __init__(self, browser: Browser, port: int) -> None:
        self.web, self.handsets = f"http://{HOST}:{port}", f"http://{HOST}:{port + 2}"
        self.browser = browser
        desk = browser.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
        self.console = desk.new_page()
        self.sam, self.desk_phone = self._phone(SAM), self._phone(DESK)

    def tell(self) -> None:
        """Act it all out."""
        self.start()
        self.text()
        self.call()
        self.shift()

    def start(self) -> None:
        self.console.goto(self.web)
        keep(self.console, "start")
        self.console.get_by_role("button", name="Be Priya").click()
        self.console.get_by_role("button", name="Start shift").click()
        expect(self.console.get_by_role("button", name="End shift")).to_be_visible()

    def text(self) -> None:
        self._sam_writes("hi, is this private? i dont want my mum to get a call")
        card = self.console.locator("#waiting .card")
        expect(card).to_have_count(2)
        card.last.get_by_role("button", name="Take").click()
        self._priya_writes("Yes. Nobody is told that you wrote to us. Are you somewhere warm?")
        expect(self.sam.get_by_text("Nobody is told that").first).to_be_visible()
        self._sam_writes("at a friends. left on thursday after a row. she must be worried sick")
        thread = self.console.get_by_role("log")
        expect(thread).to_contain_text("worried sick")
        self._priya_writes("That sounds hard. We can let her know you are all right, if you like.")
        self.console.get_by_label("Write a note").fill("At a friend's tonight. Thinks about mum.")
        self.console.get_by_role("button", name="Keep note").click()
        expect(self.console.locator(".note")).to_have_count(1)
        expect(self.console.locator(".bubble__state--delivered")).to_have_count(2)
        self.console.get_by_label("Reply to caller").fill("Only what you want said is said.")
        keep(self.console, "console")
        expect(self.sam.get_by_text("That sounds hard.").first).to_be_visible()
        keep(self.sam, "handset")

    def call(self) -> None:
        self.sam.get_by_role("tab", name="Phone").click()
        self.sam.get_by_role("button", name="Call 116 000").click()
        answer = self.desk_phone.get_by_role("button", name="Answer")
        answer.click(timeout=GREETING_MS)
        one = self.desk_phone.get_by_role("group", name="Keypad", exact=True)
        one.get_by_role("button", name="1", exact=True).click()
        call = self.console.locator('#mine [data-channel="voice"] a')
        call.click()
        expect(self.console.get_by_text("Talking for")).to_have_text(re.compile(r"0:0[5-9]"))
        note = self.console.get_by_label("Write a note")
        note.fill("Phones because texting is slow. Friend's sofa until Sunday.")
        keep(self.console, "call")
        keep(self.sam, "handset-call")

    def shift(self) -> None:
        self.console.get_by_role("link", name="Switch person").click()
        self.console.get_by_role("button", name="Be Morgan").click()
        expect(self.console.get_by_role("heading", name="People on shift")).to_be_visible()
        keep(self.console, "shift")

    def _phone(self, number: str) -> Page:
        context = self.browser.new_context(
            locale="en-GB", viewport={"width": 420, "height": 820}, device_scale_factor=1.5
        )
        page = context.new_page()
        page.goto(f"{self.handsets}/handset#{number}")
        expect(page.locator("#phone")).to_have_attribute("data-live", "yes")
        return page

    def _sam_writes(self, words: str) -> None:
        self.sam.get_by_role("tab", name="Messages").click()
        self.sam.get_by_label("Your text").fill(words)
        self.sam.get_by_role("button", name="Send").click()
        expect(self.sam.get_by_label("Your text")).to_have_value("")

    def _priya_writes(self, words: str) -> None:
        self.console.get_by_label("Reply to caller").fill(words)
        self.console.get_by_role("button", name="Send text to caller").click()
        expect(self.console.get_by_role("log")).to_contain_text(words)


def keep(page: Page, name: str) -> None:
    """Save what a page shows, with nothing blinking in it."""
    page.screenshot(path=PICTURES / f"{name}.png", animations="disabled", caret="hide")
    print(f"docs/images/{name}.png", flush=True)


def main() -> int:
    program = os.environ.get("CHROMIUM") or chromium.find()
    if program is None:
        print(chromium.HOW_TO_GET_IT, file=sys.stderr)
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    port = free_ports()
    try:
        with helpline(port), sync_playwright() as playwright:
            flags = ["--no-sandbox", "--disable-gpu"]
            browser = playwright.chromium.launch(executable_path=program, args=flags)
            expect.set_options(timeout=20_000)
            Story(browser, port).tell()
            browser.close()
    except NoPicturesError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
