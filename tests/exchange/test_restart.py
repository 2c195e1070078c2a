"""The exchange as a program: settings, its own port, and what outlives a restart."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from exchange.settings import SettingError, from_environment
from tests.exchange.conftest import ACCOUNT, CALLER, KEY, NUMBER, SECRET, TOKEN, Loop
from tests.exchange.customer import Customer

TOP = Path(__file__).parents[2]
ENVIRONMENT = {
    "CARRIER_ACCOUNT_SID": ACCOUNT,
    "CARRIER_AUTH_TOKEN": TOKEN,
    "CARRIER_API_KEY_SID": KEY,
    "CARRIER_API_KEY_SECRET": SECRET,
    "HELPLINE_NUMBER": NUMBER,
    "HELPLINE_WEBHOOK_BASE": "http://127.0.0.1:9",
}


def test_settings_are_read_and_have_defaults():
    settings = from_environment(ENVIRONMENT)
    assert (settings.host, settings.port, settings.data_dir) == ("127.0.0.1", 8118, None)
    assert settings.voice_url == "http://127.0.0.1:9/tw/voice/inbound"
    assert not settings.driven


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "") for name in ENVIRONMENT),
        ("CARRIER_ACCOUNT_SID", "AC1"),
        ("HELPLINE_NUMBER", "116000"),
        ("EXCHANGE_PORT", "99999"),
        ("EXCHANGE_PORT", "x"),
        ("EXCHANGE_CLOCK", "fast"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named_and_not_repeated(name: str, value: str):
    with pytest.raises(SettingError) as wrong:
        from_environment(ENVIRONMENT | {name: value})
    assert name in str(wrong.value)
    assert not value or f" {value}" not in str(wrong.value)


class Program:
    """The exchange as `python -m exchange`, with a folder."""

    def __init__(self, folder: Path, customer: Customer, **otherwise: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self._environment = os.environ | ENVIRONMENT
        self._environment |= {
            "EXCHANGE_PORT": str(self.port),
            "EXCHANGE_DATA_DIR": str(folder),
            "EXCHANGE_CLOCK": "driven",
            "HELPLINE_WEBHOOK_BASE": customer.base,
        } | otherwise
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "exchange"],
            cwd=TOP,
            env=self._environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        self.said = self.process.stderr.readline()
        assert "ready" in self.said

    def stop(self, how: signal.Signals) -> tuple[int, str]:
        self.process.send_signal(how)
        assert self.process.stderr is not None
        rest = self.process.stderr.read()
        self.process.stderr.close()
        return self.process.wait(10), rest

    def post(self, path: str, wish: dict) -> dict:
        answer = requests.post(self.base + path, json=wish, timeout=30)
        assert answer.ok, answer.text
        return answer.json()


@pytest.fixture
def customer(loop: Loop):
    customer = Customer(TOKEN)
    loop.run(customer.start())
    yield customer
    loop.run(customer.stop())


def test_texts_outlive_a_kill_and_calls_that_were_cut_off_are_told(
    tmp_path: Path, customer: Customer
):
    customer.replies["/tw/voice/inbound"] = (
        "<Response><Dial><Conference waitUrl='' statusCallback='/conf'"
        " statusCallbackEvent='join leave end'>c-1</Conference></Dial></Response>"
    )
    program = Program(tmp_path, customer)
    sam = program.post("/control/handsets", {"number": CALLER, "name": "Sam"})["handset"]
    program.post(f"/control/handsets/{sam}/text", {"to": "116000", "body": "secret words"})
    program.post(f"/control/handsets/{sam}/dial", {"to": "116000"})
    program.post("/control/settle", {})
    requests.post(
        f"{program.base}/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        data={"To": CALLER, "From": NUMBER, "Body": "on its way"},
        auth=(ACCOUNT, TOKEN),
        timeout=10,
    ).raise_for_status()
    _, first_log = program.stop(signal.SIGKILL)
    program.start()
    program.post("/control/clock", {"advance": 2})
    state = requests.get(f"{program.base}/control/handsets/{sam}", timeout=10).json()
    assert [one["body"] for one in state["texts"]] == ["secret words", "on its way"]
    assert state["recent_calls"][0]["ended_because"] == "The line went dead."
    (status,) = customer.at("/tw/voice/status")
    assert status["CallStatus"] == "completed"
    ended = customer.at("/conf")[-1]
    assert (ended["StatusCallbackEvent"], ended["SequenceNumber"]) == ("conference-end", "2")
    code, second_log = program.stop(signal.SIGTERM)
    assert code == 0
    for log in (first_log, second_log):
        assert "secret" not in log
        assert "900123" not in log


def test_a_port_in_use_is_said_plainly(tmp_path: Path, customer: Customer):
    program = Program(tmp_path, customer)
    second = subprocess.run(
        [sys.executable, "-m", "exchange"],
        cwd=TOP,
        env=os.environ | ENVIRONMENT | {"EXCHANGE_PORT": str(program.port)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    program.stop(signal.SIGINT)
    assert second.returncode == 2
    assert "can't listen" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.parametrize(
    ("strict", "is_wrong", "is_reset", "code"),
    [("1", True, False, 3), ("1", True, True, 0), ("1", False, False, 0), ("0", True, False, 0)],
)
def test_in_strict_mode_what_the_application_did_wrong_shows_in_the_exit_code(
    tmp_path: Path, customer: Customer, strict: str, is_wrong: bool, is_reset: bool, code: int
):
    program = Program(tmp_path, customer, EXCHANGE_STRICT=strict)
    customer.replies["/tw/sms/inbound"] = (500, "") if is_wrong else "<Response/>"
    sam = program.post("/control/handsets", {"number": CALLER})["handset"]
    program.post(f"/control/handsets/{sam}/text", {"to": "116000", "body": "hi"})
    program.post("/control/settle", {})
    noted = requests.get(f"{program.base}/control/strict", timeout=10).json()
    assert bool(noted) is is_wrong
    if is_reset:
        program.post("/control/reset", {})
    ended, log = program.stop(signal.SIGTERM)
    assert ended == code
    assert ("broke the rules" in log) is (code == 3)
