"""Everything that runs on a real line, as real processes that may be killed at any instant."""

import base64
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask_migrate
import requests

from helpline import embedded_postgres
from helpline.app import create_app
from helpline.database import db
from helpline.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
ACCOUNT, TOKEN = "AC" + "0" * 32, "token-of-the-chaos-and-nothing-else"
HELPLINE = "+441632960116"
PATIENCE = 900.0
"""Seconds that a process may take to come up on a busy machine."""


class NotReadyError(RuntimeError):
    """Something does not come up; the words say what."""


class Place:
    """A database, and whichever of web, worker, live and exchange a fault needs.

    `plant` names a fault of `chaos/plants.py` that is put into the children, to see it caught.
    """

    def __init__(self, folder: Path, plant: str = "") -> None:
        self.folder, self.plant = folder, plant
        self.database = embedded_postgres.start(folder)
        self.ports = {name: _free_port() for name in ("web", "second", "live", "exchange")}
        self.web = f"http://{HOST}:{self.ports['web']}"
        self.live = f"http://{HOST}:{self.ports['live']}"
        self.exchange = f"http://{HOST}:{self.ports['exchange']}"
        self.environment = self._settings()
        self.settings = Settings.model_validate({k.lower(): v for k, v in self.environment.items()})
        self.app = create_app(self.settings)
        with self.app.app_context():
            flask_migrate.upgrade()
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def seam(self) -> dict[str, str]:
        """What lets a planted fault into a child: Python runs the seam before anything else."""
        path = os.pathsep.join([str(ROOT / "chaos" / "seam"), str(ROOT)])
        return {"PYTHONPATH": path, "CHAOS_PLANT": self.plant}

    # --- processes -----------------------------------------------------------------------------

    def start_web(self, code: Path = ROOT, name: str = "web") -> None:
        """Start two web processes, forked from one that is ready, so that a new one is quick.

        `code`: the folder of another version of the program; `name`: which port it listens on.
        """
        command = ["-m", "gunicorn", "wsgi:app", "--bind", f"{HOST}:{self.ports[name]}"]
        command += ["--preload", "--config", str(ROOT / "chaos" / "gunicorn_settings.py")]
        address = f"http://{HOST}:{self.ports[name]}/healthz"
        self._start(name, command, lambda: _answers(address), code)

    def start_workers(self, number: int) -> None:
        """Start workers from a nursery, which makes a new one as soon as one dies."""
        self._start("worker", ["-m", "chaos.nursery", str(number)], lambda: self.children("worker"))

    def start_live(self) -> None:
        """Start the live process."""
        command = ["-m", "uvicorn", "helpline.console.live_updates:app", "--host", HOST]
        command += ["--port", str(self.ports["live"]), "--no-access-log"]
        self._start("live", command, lambda: _answers(f"{self.live}/healthz"))

    def start_exchange(self) -> None:
        """Start the pretend carrier."""
        self._start("exchange", ["-m", "exchange"], lambda: _answers(f"{self.exchange}/healthz"))

    def stop(self, name: str) -> None:
        """Stop one of them with everything that it started."""
        process = self.running.pop(name, None)
        if process is not None:
            _end(process)

    def close(self) -> None:
        """Stop everything and forget the database."""
        for name in list(self.running):
            self.stop(name)
        with self.app.app_context():
            db.engine.dispose()
        embedded_postgres.stop(self.folder)

    def children(self, name: str) -> list[int]:
        """List the processes that do the work of one name."""
        pid = self.running[name].pid
        try:
            listed = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
        except OSError:
            return []
        return [int(each) for each in listed.split()]

    def kill_one(self, name: str) -> bool:
        """Kill -9 one of the processes of a name, if there is one at this instant."""
        pids = self.children(name)
        if not pids:
            return False
        try:
            os.kill(random.choice(pids), signal.SIGKILL)  # noqa: S311 - not a secret
        except ProcessLookupError:
            return False
        return True

    def _start(
        self, name: str, command: list[str], is_up: Callable[[], object], code: Path = ROOT
    ) -> None:
        parent = ["-m", "tools.with_parent", str(os.getpid()), sys.executable]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, *parent, *command],
                cwd=code,
                env=os.environ | self.environment | self.seam,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE
        while not is_up():
            if self.running[name].poll() is not None or time.monotonic() > deadline:
                last = (self.folder / f"{name}.log").read_text("utf-8", "replace")[-2000:]
                raise NotReadyError(f"{name} did not come up:\n{last}")
            time.sleep(0.1)

    # --- the database --------------------------------------------------------------------------

    def restart_database(self) -> float:
        """Stop the database as a crash does and start it again; returns the seconds without it."""
        cluster = embedded_postgres.Cluster(self.folder)
        began = time.monotonic()
        cluster.run("pg_ctl", "stop", "-D", str(cluster.data), "-m", "immediate", "-w")
        embedded_postgres.start(self.folder)
        return time.monotonic() - began

    @property
    def plain_address(self) -> str:
        """The database's address for psycopg alone."""
        return self.database.replace("+psycopg", "", 1)

    # --- the exchange --------------------------------------------------------------------------

    def control(self, path: str, wish: Any) -> None:  # noqa: ANN401 - whatever JSON may hold
        """Tell the exchange something (docs/exchange.md)."""
        answer = requests.post(f"{self.exchange}/control/{path}", json=wish, timeout=60)
        answer.raise_for_status()

    def texts_at_exchange(self) -> list[str]:
        """Return the words of every text that the exchange took from us."""
        page: str | None = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?PageSize=1000"
        words: list[str] = []
        while page:
            answer = requests.get(self.exchange + page, auth=(ACCOUNT, TOKEN), timeout=60).json()
            words += [e["body"] for e in answer["messages"] if e["direction"] != "inbound"]
            page = answer.get("next_page_uri")
        return words

    def _settings(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database,
            "DATA_DIR": str(self.folder),
            "SECRET_KEY": "a secret key for chaos, long enough to be one",
            "TEXT_KEYS": f"t1:{_key(b't')}",
            "VAULT_KEYS": f"v1:{_key(b'v')}",
            "BLIND_INDEX_KEY": _key(b"i"),
            "PUBLIC_BASE_URL": self.web,
            "CARRIER_BASE_URL": self.exchange,
            "CARRIER_ACCOUNT_SID": ACCOUNT,
            "CARRIER_AUTH_TOKEN": TOKEN,
            "CARRIER_API_KEY_SID": "SK" + "0" * 32,
            "CARRIER_API_KEY_SECRET": "secret-of-the-chaos-thirty-two-letters",
            "CARRIER_TIMEOUT_SECONDS": "3",
            "FIRST_ANSWERS": "0",
            "TEXTS_PER_SECOND": "1000",
            "HELPLINE_NUMBER": HELPLINE,
            "TRAINING": "1",
            "LIVE_PORT": str(self.ports["live"]),
            "SECURE_COOKIES": "0",
            "LOG_LEVEL": "WARNING",
            "EXCHANGE_PORT": str(self.ports["exchange"]),
            "HELPLINE_WEBHOOK_BASE": self.web,
        }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    """Whether anything answers there, well or not: without a worker /healthz is 503."""
    try:
        requests.get(url, timeout=5)
    except requests.RequestException:
        return False
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, signal_number)
        except ProcessLookupError:
            break
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def _key(letter: bytes) -> str:
    return base64.b64encode(letter * 32).decode()
