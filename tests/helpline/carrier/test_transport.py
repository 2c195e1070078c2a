"""How requests travel to the carrier: once, over few connections, and never where they are sent."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from helpline.carrier import transport
from helpline.carrier.transport import NoAnswer, Transport, never_left
from tests.system import free_port

ASKED = "https://api.example.org/2010-04-01/Accounts/AC1/Messages.json"


class Carrier(ThreadingHTTPServer):
    """A carrier that notes what it is asked, and over how many connections."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.connections = 0
        self.asked: list[tuple[str, str, str, str]] = []
        self.drops = False
        self.sends_elsewhere = False
        self.all_at_once: threading.Barrier | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Carrier

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        who = self.headers.get("Authorization", "")
        self.server.asked.append((self.command, self.path, body, who))
        if self.server.all_at_once is not None:
            self.server.all_at_once.wait(10)
        if self.server.drops:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self.send_response(307 if self.server.sends_elsewhere else 201)
        if self.server.sends_elsewhere:
            self.send_header("Location", f"{self.server.address}/elsewhere")
        self.send_header("Content-Length", "12")
        self.end_headers()
        self.wfile.write('{"a": "ö"} '.encode())

    do_GET = do_POST = answer  # noqa: N815 - as the library calls them

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with Carrier() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def to(address: str, connections: int = 4) -> Transport:
    return Transport(address, timeout=5, connections=connections)


def test_a_form_a_question_and_who_asks_arrive_as_the_client_meant_them(carrier: Carrier) -> None:
    answer = to(carrier.address).request(
        "post",
        f"{ASKED}?Page=1",
        params={"PageSize": 50, "From": None},
        data={"Body": "is £5 & more", "Event": ["ringing", "answered"]},
        auth=("key", "word"),
    )
    assert (answer.status_code, answer.text.strip()) == (201, '{"a": "ö"}')
    assert carrier.asked == [
        (
            "POST",
            "/2010-04-01/Accounts/AC1/Messages.json?Page=1&PageSize=50",
            "Body=is+%C2%A35+%26+more&Event=ringing&Event=answered",
            "Basic a2V5OndvcmQ=",
        )
    ]


def test_what_the_carrier_drops_after_hearing_it_is_not_asked_again(carrier: Carrier) -> None:
    carrier.drops = True
    with pytest.raises(NoAnswer) as failed:
        to(carrier.address).request("POST", ASKED, data={"Body": "once"})
    assert len(carrier.asked) == 1
    assert not never_left(failed.value)


def test_nobody_is_followed_to_another_address(carrier: Carrier) -> None:
    carrier.sends_elsewhere = True
    answer = to(carrier.address).request("POST", ASKED, data={"Body": "once"})
    assert answer.status_code == 307
    assert len(carrier.asked) == 1


@pytest.mark.parametrize("nowhere", ["http://127.0.0.1:{port}", "http://nobody.invalid"])
def test_what_reaches_nobody_is_known_never_to_have_left(nowhere: str) -> None:
    with pytest.raises(NoAnswer) as failed:
        to(nowhere.format(port=free_port())).request("POST", ASKED, data={"Body": "once"})
    assert never_left(failed.value)


def test_what_a_host_s_own_way_out_does_not_take_never_left_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        transport, "getproxies", lambda: {"https": f"http://127.0.0.1:{free_port()}"}
    )
    with pytest.raises(NoAnswer) as failed:
        to("").request("POST", ASKED, data={"Body": "once"})
    assert never_left(failed.value)


def test_a_carrier_that_hangs_is_waited_for_no_longer_than_was_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asks = Transport(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2, connections=1)
        with pytest.raises(NoAnswer) as failed:
            asks.request("POST", ASKED, data={"Body": "once"})
    assert not never_left(failed.value)


def test_as_many_connections_stay_open_as_there_are_threads(carrier: Carrier) -> None:
    threads = 12
    asks = to(carrier.address, connections=threads)
    carrier.all_at_once = threading.Barrier(threads)
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(3):
            list(pool.map(lambda _: asks.request("GET", ASKED), range(threads)))
    assert carrier.connections == threads
