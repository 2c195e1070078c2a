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
from playwright.sync_api import BrowserContext, Page, expect
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from helpline.carrier import EVERYBODY, NOBODY
from helpline.carrier.twilio_carrier import TwilioCarrier
from helpline.settings import Settings
from tests.browser.local_exchange import ACCOUNT, TOKEN, TOP, Customer, Exchange

pytestmark = pytest.mark.browser
HERE = Path(__file__).parent
VENDOR = TOP / "static" / "vendor"
LUKE, PRIYA, ANA, MORGAN = 700, 1100, 1900, 2600
ALL = [LUKE, PRIYA, ANA]
PATIENCE = 10_000
SAM = "+447700900123"
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
        self.ring(customer, more)
        self.page.wait_for_function("() => notes.listener !== null", timeout=PATIENCE)

    def ring(self, customer: Customer, more: str = "") -> None:
        customer.answers[f"/leg/{self.name}"] = ROOM.format(label=self.name, more=more)
        url = f"{customer.base}/leg/{self.name}"
        self.sid = self.exchange.rest("Calls", To=f"client:{self.name}", Url=url)["sid"]

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


def seconds_until_heard_again(exchange: Exchange, customer: Customer, *people: Ears) -> float:
    """Kill and start the exchange; say how long after its start the first hears the second."""
    exchange.stop()
    for one in people:
        one.saw("unregistered")
        one.page.evaluate("() => { notes.events.length = 0; notes.listener = null }")
    exchange.start()
    began = time.monotonic()
    for one in people:
        one.saw("registered")
        one.ring(customer)
    people[0].hears([people[1].note])
    return time.monotonic() - began


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
    # A machine that is busy with something else may be slow once or twice.
    took = (seconds_until_heard_again(exchange, customer, luke, priya) for _ in range(3))
    assert any(seconds < 3 for seconds in took)


def one_of_us(exchange: Exchange) -> TwilioCarrier:
    """Ask the exchange for changes as the helpline itself does."""
    # Without reading the environment: all that isn't named here is as it is by itself.
    return TwilioCarrier(
        Settings.model_construct(
            carrier_base_url=exchange.base,
            carrier_account_sid=ACCOUNT,
            carrier_api_key_sid=exchange.settings["CARRIER_API_KEY_SID"],
            carrier_api_key_secret=exchange.settings["CARRIER_API_KEY_SECRET"],
            helpline_number="",
            training=False,
        )
    )


def test_a_supervisor_listens_to_all_whispers_to_one_and_is_heard_by_all_only_when_joining_in(
    people, pages, exchange, customer, new_context
):
    caller, call_taker, social_worker = people
    everybody = [*ALL, MORGAN]
    context = new_context(permissions=["microphone"])
    supervisor = Ears(context.new_page(), pages, exchange, "morgan", MORGAN)
    supervisor.join(customer, "muted='true'")
    carrier = one_of_us(exchange)
    (room,) = carrier.conferences_named("c-true-audio")

    def heard(*, by_caller: list[int], by_call_taker: list[int], by_social_worker: list[int]):
        supervisor.hears(ALL, everybody)
        caller.hears(by_caller, everybody)
        call_taker.hears(by_call_taker, everybody)
        social_worker.hears(by_social_worker, everybody)

    three = {"by_caller": [PRIYA, ANA], "by_social_worker": [LUKE, PRIYA]}
    heard(**three, by_call_taker=[LUKE, ANA])
    assert carrier.be_heard(room, supervisor.sid, by=call_taker.sid).sid is not None
    heard(**three, by_call_taker=[LUKE, ANA, MORGAN])
    carrier.be_heard(room, supervisor.sid, by=EVERYBODY)
    heard(
        by_caller=[PRIYA, ANA, MORGAN],
        by_call_taker=[LUKE, ANA, MORGAN],
        by_social_worker=[LUKE, PRIYA, MORGAN],
    )
    carrier.be_heard(room, supervisor.sid, by=call_taker.sid)
    call_taker.page.evaluate("() => notes.call.disconnect()")
    caller.hears([ANA], everybody)
    carrier.be_heard(room, supervisor.sid, by=NOBODY)
    caller.hears([ANA], everybody)
    supervisor.hears([LUKE, ANA], everybody)


class SoundingHandset:
    """A handset page with its sound turned on. Its browser has a made-up microphone that beeps."""

    def __init__(self, page: Page, exchange: Exchange) -> None:
        self.page = page
        page.goto(f"{exchange.base}/handset#{SAM}")
        page.get_by_label("Speak and listen (microphone)").check()

    def says(self, words: str) -> None:
        expect(self.page.locator("#sound-words")).to_have_text(words)

    def hears(self, note: int) -> None:
        self.page.evaluate(
            """() => {
                window.sound = new AudioContext({ sampleRate: 48000 });
                window.ear = sound.createAnalyser();
                ear.fftSize = 16384;
                const line = document.getElementById("line").srcObject;
                sound.createMediaStreamSource(line).connect(ear);
            }"""
        )
        self.page.wait_for_function(
            """note => {
                const bins = new Float32Array(ear.frequencyBinCount);
                ear.getFloatFrequencyData(bins);
                return bins[Math.round(note / (48000 / 16384))] > -60;
            }""",
            arg=note,
            timeout=PATIENCE,
        )


def call_the_room(handset: SoundingHandset, customer: Customer) -> None:
    customer.answers["/tw/voice/inbound"] = ROOM.format(label="sam", more="")
    handset.page.get_by_role("button", name="Call 116 000").click()


def test_a_handset_with_sound_hears_the_other_and_is_heard(
    pages: str,
    exchange: RealTimeExchange,
    customer: Customer,
    new_context: Callable[..., BrowserContext],
):
    context = new_context(permissions=["microphone"])
    sam = SoundingHandset(context.new_page(), exchange)
    sam.says("Sound is on: speak and listen.")
    call_the_room(sam, customer)
    priya = Ears(context.new_page(), pages, exchange, "priya", PRIYA)
    priya.join(customer)
    sam.hears(PRIYA)
    priya.page.wait_for_function("() => loudest() > -60", timeout=PATIENCE)


def test_a_handset_without_a_microphone_listens_and_says_so(
    pages: str,
    exchange: RealTimeExchange,
    customer: Customer,
    new_context: Callable[..., BrowserContext],
):
    context = new_context()
    context.add_init_script(
        "if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = () =>"
        " Promise.reject(new DOMException('none', 'NotFoundError'))"
    )
    sam = SoundingHandset(context.new_page(), exchange)
    sam.says("No microphone: you can listen, and nobody hears you.")
    call_the_room(sam, customer)
    heard = new_context(permissions=["microphone"])
    priya = Ears(heard.new_page(), pages, exchange, "priya", PRIYA)
    priya.join(customer)
    sam.hears(PRIYA)
    sam.page.get_by_label("What you hear").wait_for()
