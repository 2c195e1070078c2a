"""True audio, with the real Voice SDK: browsers hum notes, and look for each other's."""

import io
import json
import threading
import time
import wave
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from playwright.sync_api import BrowserContext, Page
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from tests.browser.local_exchange import ACCOUNT, TOKEN, TOP, Customer, Exchange

pytestmark = pytest.mark.browser
HERE = Path(__file__).parent
VENDOR = TOP / "static" / "vendor"
LUKE, PRIYA, ANA = 700, 1100, 1900
ALL = [LUKE, PRIYA, ANA]
PATIENCE = 10_000
HOLD = "<Response><Play digits='1111111111'/><Redirect/></Response>"
KEY_ONE = 1209
KINDS = {".html": "text/html", ".js": "text/javascript", ".wav": "audio/wav"}
ROOM = (
    "<Response><Dial><Conference startConferenceOnEnter='true' waitUrl='' beep='false'"
    " participantLabel='{label}' {more}>c-true-audio</Conference></Dial></Response>"
)


class RealTimeExchange(Exchange):
    """Sound can't be hurried."""

    def start(self) -> None:
        self.settings["EXCHANGE_CLOCK"] = "real"
        self.settings["CARRIER_API_KEY_SECRET"] = "a secret of the tests, long enough"
        super().start()


class Ears:
    """One browser page in which somebody hums and listens."""

    def __init__(self, page: Page, pages: str, exchange: Exchange, name: str, note: int) -> None:
        self.page, self.exchange, self.name, self.note = page, exchange, name, note
        self.sid = ""
        page.goto(f"{pages}/ears.html")
        page.click("button")
        token = _token(exchange, name)
        host = exchange.base.removeprefix("http://")
        state = page.evaluate("([...all]) => start(...all)", [token, host, note])
        assert state == "registered"

    def join(self, customer: Customer, more: str = "") -> None:
        customer.answers[f"/leg/{self.name}"] = ROOM.format(label=self.name, more=more)
        url = f"{customer.base}/leg/{self.name}"
        self.sid = self.exchange.rest("Calls", To=f"client:{self.name}", Url=url)["sid"]
        self.page.wait_for_function("() => notes.listener !== null", timeout=PATIENCE)

    def hears(self, expected: list[int], among: list[int] | None = None) -> None:
        """Wait until exactly these notes are heard."""
        heard = {"expected": expected, "all": among or ALL}
        self.page.wait_for_function("hears", arg=heard, timeout=PATIENCE)

    def saw(self, event: str) -> None:
        self.page.wait_for_function("name => notes.events.includes(name)", arg=event)


def _files(host: str) -> dict[str, bytes]:
    manifest = VENDOR / "manifest.json"
    if not manifest.is_file():
        pytest.skip("the Voice SDK is not here: `make run` or `make test` fetches it")
    page = (
        "<!doctype html><title>Ears</title><link rel='icon' href='data:,'><button>Begin</button>"
        f"<script src='/transport.js' data-plain-host='{host}'></script>"
        "<script src='/sdk.js'></script><script src='/ears.js'></script>"
    )
    return {
        "/ears.html": page.encode(),
        "/ears.js": (HERE / "ears.js").read_bytes(),
        "/transport.js": (TOP / "static" / "js" / "softphone_transport.js").read_bytes(),
        "/silence.wav": _silence(),
        "/sdk.js": (VENDOR / json.loads(manifest.read_text())["twilio-voice.js"]).read_bytes(),
    }


def _silence() -> bytes:
    """Make the sound of ringing: the SDK waits up to 2 s for one it can play."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(3200))
    return file.getvalue()


def _token(exchange: Exchange, identity: str) -> str:
    key, secret = (
        exchange.settings[name] for name in ("CARRIER_API_KEY_SID", "CARRIER_API_KEY_SECRET")
    )
    token = AccessToken(ACCOUNT, key, secret, identity=identity, ttl=600)
    token.add_grant(VoiceGrant(incoming_allow=True))
    return token.to_jwt()


@pytest.fixture(scope="module")
def real_time(customer: Customer, tmp_path_factory) -> Iterator[RealTimeExchange]:
    running = RealTimeExchange(customer, tmp_path_factory.mktemp("real-time"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def pages(real_time: RealTimeExchange) -> Iterator[str]:
    """Serve the page with the softphone, from another port than the exchange's."""
    files = _files(real_time.base.removeprefix("http://"))

    class Serving(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = files.get(self.path, b"")
            kind = KINDS[Path(self.path).suffix]
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_details) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Serving)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def exchange(real_time: RealTimeExchange, customer: Customer) -> RealTimeExchange:
    real_time.ask("/control/reset", {})
    customer.answers.clear()
    customer.answers["/hold"] = HOLD
    return real_time


@pytest.fixture
def people(
    pages: str,
    exchange: RealTimeExchange,
    customer: Customer,
    new_context: Callable[..., BrowserContext],
) -> tuple[Ears, Ears, Ears]:
    """Three people in one conference, each in a page of their own."""
    context = new_context(permissions=["microphone"])
    three = tuple(
        Ears(context.new_page(), pages, exchange, name, note)
        for name, note in (("luke", LUKE), ("priya", PRIYA), ("ana", ANA))
    )
    for one in three:
        one.join(customer)
    return three


def change(exchange: Exchange, who: Ears, **changes: str) -> None:
    """Update a participant as the helpline does."""
    base = f"{exchange.base}/2010-04-01/Accounts/{ACCOUNT}/Conferences"
    credentials = (ACCOUNT, TOKEN)
    rooms = requests.get(
        f"{base}.json", params={"Status": "in-progress"}, auth=credentials, timeout=10
    ).json()["conferences"]
    path = f"{base}/{rooms[0]['sid']}/Participants/{who.sid}.json"
    requests.post(path, data=changes, auth=credentials, timeout=10).raise_for_status()


def test_everybody_hears_the_two_others_and_not_themselves(people):
    luke, priya, ana = people
    luke.hears([PRIYA, ANA])
    priya.hears([LUKE, ANA])
    ana.hears([LUKE, PRIYA])


def test_somebody_held_hears_the_hold_sound_and_neither_of_the_others(people, exchange, customer):
    luke, priya, ana = people
    luke.hears([PRIYA, ANA])
    change(exchange, luke, Hold="true", HoldUrl=f"{customer.base}/hold", HoldMethod="POST")
    luke.hears([KEY_ONE], [PRIYA, ANA, KEY_ONE])
    priya.hears([ANA])
    change(exchange, luke, Hold="false")
    luke.hears([PRIYA, ANA], [PRIYA, ANA, KEY_ONE])
    ana.hears([LUKE, PRIYA])


def test_a_whisper_reaches_one_person_only(people, exchange):
    luke, priya, ana = people
    change(exchange, ana, Coaching="true", CallSidToCoach=priya.sid)
    luke.hears([PRIYA])
    priya.hears([LUKE, ANA])
    ana.hears([LUKE, PRIYA])


def test_somebody_muted_is_not_heard(people, exchange):
    luke, priya, ana = people
    change(exchange, luke, Muted="true")
    priya.hears([ANA])
    ana.hears([PRIYA])
    luke.hears([PRIYA, ANA])


def test_when_one_hangs_up_the_others_talk_on(people):
    luke, priya, ana = people
    priya.page.evaluate("() => notes.call.disconnect()")
    luke.hears([ANA])
    ana.hears([LUKE])


def test_sound_goes_on_while_the_signalling_is_cut_and_the_call_is_found_again(people, exchange):
    luke, priya, _ana = people
    luke.hears([PRIYA, ANA])
    exchange.ask("/control/softphones/cut", {})
    luke.hears([PRIYA, ANA])
    for one in people:
        one.saw("call reconnected")
    priya.page.evaluate("() => notes.call.disconnect()")
    luke.hears([ANA])


def test_audio_is_back_within_three_seconds_of_a_restart(
    pages: str,
    exchange: RealTimeExchange,
    customer: Customer,
    new_context: Callable[..., BrowserContext],
    watch,
):
    watch.allow("WebSocket connection to .* failed")
    context = new_context(permissions=["microphone"])
    luke = Ears(context.new_page(), pages, exchange, "luke", LUKE)
    priya = Ears(context.new_page(), pages, exchange, "priya", PRIYA)
    exchange.stop()
    for one in (luke, priya):
        one.saw("unregistered")
        one.page.evaluate("() => { notes.events.length = 0 }")
    exchange.start()
    began = time.monotonic()
    for one in (luke, priya):
        one.saw("registered")
        one.join(customer)
    luke.hears([PRIYA])
    took = time.monotonic() - began
    assert took < 3, f"it took {took:.1f} s"
