"""A real exchange in its own process, and a small customer for it to telephone."""

import os
import socket
import subprocess
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

TOP = Path(__file__).parents[2]
ACCOUNT = "AC" + "0" * 32
TOKEN = "not a secret"
HELPLINE = "+441632960116"
GREETING = "<Response><Say>You have reached the helpline.</Say><Pause length='60'/></Response>"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Customer:
    """Stands in for the helpline: answers webhooks with the TwiML a test gives for a path."""

    def __init__(self) -> None:
        self.answers = {"/tw/voice/inbound": GREETING}
        self.received: list[tuple[str, dict[str, str]]] = []
        customer = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                form = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode()))
                path = urllib.parse.urlsplit(self.path).path
                customer.received.append((path, form))
                body = customer.answers.get(path, "<Response/>").encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_details) -> None:
                """Stay quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forms(self, path: str) -> list[dict[str, str]]:
        return [form for where, form in self.received if where == path]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Exchange:
    """A real exchange in a process of its own, on a clock that the test drives."""

    def __init__(self, customer: Customer, folder: Path) -> None:
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.settings = os.environ | {
            "EXCHANGE_HOST": "127.0.0.1",
            "EXCHANGE_PORT": str(self.port),
            "EXCHANGE_DATA_DIR": str(folder),
            "EXCHANGE_CLOCK": "driven",
            "CARRIER_ACCOUNT_SID": ACCOUNT,
            "CARRIER_AUTH_TOKEN": TOKEN,
            "CARRIER_API_KEY_SID": "SK" + "0" * 32,
            "CARRIER_API_KEY_SECRET": "not a secret either",
            "HELPLINE_NUMBER": HELPLINE,
            "HELPLINE_SHORT_CODE": "116000",
            "HELPLINE_WEBHOOK_BASE": customer.base,
        }
        self.log = folder / "log.txt"
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "exchange"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=TOP, env=self.settings, stderr=log)
        pause = threading.Event()
        for _ in range(400):
            try:
                requests.get(f"{self.base}/healthz", timeout=2).raise_for_status()
            except requests.RequestException:
                if self.process.poll() is not None:
                    break
                pause.wait(0.05)
            else:
                return
        self.stop()
        pytest.fail(f"the exchange did not start: {self.log.read_text()}")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)

    def ask(self, path: str, body: dict) -> dict:
        """Give the exchange's control API an order; answers what it said."""
        answer = requests.post(self.base + path, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def pass_time(self, seconds: float = 0) -> None:
        self.ask("/control/settle", {})
        if seconds:
            self.ask("/control/clock", {"advance": seconds})
            self.ask("/control/settle", {})

    def rest(self, resource: str, **parameters: str) -> dict:
        """Do what the helpline does: create a call or a message by the carrier's API."""
        answer = requests.post(
            f"{self.base}/2010-04-01/Accounts/{ACCOUNT}/{resource}.json",
            data={"From": HELPLINE} | parameters,
            auth=(ACCOUNT, TOKEN),
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()
