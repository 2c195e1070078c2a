"""Something on the way to the carrier answers in its place, with a page that nobody can read."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from helpline import heartbeat
from helpline.carrier import CarrierSilentError, TextToSend, Unsure
from helpline.carrier.twilio_carrier import TwilioCarrier
from helpline.clock import now
from helpline.phone_numbers import PhoneNumber
from helpline.worker import Worker
from tests.system import System

SAM = PhoneNumber("+447700900123")


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # as the library calls it
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.end_headers()
        self.wfile.write(b"<html>We are back soon")

    do_POST = do_GET  # noqa: N815 - as the library calls it

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def status() -> int:
    return 200


@pytest.fixture
def carrier(system: System, status: int) -> Iterator[TwilioCarrier]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        server.status = status  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        yield TwilioCarrier(system.settings.model_copy(update={"carrier_base_url": address}))
        server.shutdown()


def test_a_text_of_which_a_page_is_answered_may_have_been_sent(carrier: TwilioCarrier) -> None:
    text = TextToSend(to=SAM, words="hello", status_url="http://127.0.0.1/")
    assert isinstance(carrier.send_text(text), Unsure)


@pytest.mark.parametrize("status", [200, 404, 502])
@pytest.mark.parametrize(
    "ask",
    [
        lambda carrier: carrier.texts_received(now() - timedelta(hours=1)),
        lambda carrier: carrier.call_status("CA1"),
        lambda carrier: carrier.calls_to_us(),
        lambda carrier: carrier.parties("CF1"),
        lambda carrier: carrier.pictures_of("SM1"),
    ],
)
def test_a_page_says_nothing_of_texts_and_calls(
    carrier: TwilioCarrier, ask: Callable[[TwilioCarrier], object]
) -> None:
    with pytest.raises(CarrierSilentError):
        ask(carrier)


def test_what_the_carrier_itself_does_not_know_is_over(system: System) -> None:
    carrier = TwilioCarrier(system.settings)
    assert carrier.call_status("CA" + "0" * 32) == "completed"
    assert carrier.parties("CF" + "0" * 32) == ()
    assert carrier.pictures_of("SM" + "0" * 32) == ()


def test_a_worker_whose_carrier_answers_with_pages_is_alive(
    system: System, carrier: TwilioCarrier
) -> None:
    assert not carrier.answers()
    worker = Worker(system.app, system.settings, carrier)
    worker.beat()
    with system.transaction() as session:
        assert [each.carrier_answers for each in session.query(heartbeat.Heartbeat)] == [False]
    worker.close()
