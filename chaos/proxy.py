"""A small proxy in front of several hosts: passes a dead one over, as deploy/nginx.conf does."""

import itertools
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

_SECONDS = 14
_PASSED_ON = ("Content-Type", "X-Twilio-Signature")


class Proxy:
    """Listens on a port of its own until it is closed."""

    def __init__(self, hosts: Sequence[str]) -> None:
        turns = itertools.count()

        class Door(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                first = next(turns)
                for each in range(len(hosts)):
                    answer = self._ask(hosts[(first + each) % len(hosts)], body)
                    if answer is not None:
                        break
                status = answer.status_code if answer is not None else 502
                said = answer.content if answer is not None else b""
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def _ask(self, host: str, body: bytes) -> requests.Response | None:
                headers = {name: self.headers.get(name, "") for name in _PASSED_ON}
                try:
                    return requests.post(
                        host + self.path, data=body, headers=headers, timeout=_SECONDS
                    )
                except requests.RequestException:
                    return None

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - its name
                """Say nothing: paths hold ids."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self._server.daemon_threads = True
        # Whoever asked may have gone meanwhile: nothing to report.
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
