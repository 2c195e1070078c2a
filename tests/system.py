"""The whole system for tests: real PostgreSQL, real exchange, real web server, real worker.

Nothing sleeps. The exchange's clock is driven; the worker works when it is told to; `settle` lets
all that is due happen until nothing moves any more.
"""

import base64
import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from argon2 import PasswordHasher
from bs4 import BeautifulSoup
from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from helpline import embedded_postgres, encryption, phone_numbers
from helpline.accounts import organisations, sign_in, staff
from helpline.accounts.models import Availability, OrganisationKind, Role
from helpline.app import create_app
from helpline.carrier.twilio_carrier import TwilioCarrier
from helpline.clock import now
from helpline.database import db, transaction
from helpline.settings import Settings
from helpline.worker import Worker
from tests.emptying import Emptying

ROOT = Path(__file__).parents[1]
PASSWORD = "correct-horse-battery"
HELPLINE = "+441632960116"
OUTREACH = "+441632960117"
ACCOUNT = "AC" + "0" * 32
TOKEN = "token-of-the-tests-and-nothing-else"
_KEYS = {name: base64.b64encode(name.encode() * 4).decode() for name in ("texts..1", "vault..1")}
_MOST_ROUNDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def straight_session() -> requests.Session:
    """Give a session that looks for no proxy: for each request it would read all that is set."""
    session = requests.Session()
    session.trust_env = False
    return session


class Quiet(WSGIRequestHandler):
    """A request handler that writes no log: addresses of tests are of no interest."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        pass


@dataclass
class Handset:
    """A telephone under a test's finger."""

    system: "System"
    name: str
    number: str

    @property
    def state(self) -> dict[str, Any]:
        return self.system.exchange("GET", f"/control/handsets/{self.name}")

    @property
    def call(self) -> dict[str, Any] | None:
        return self.state["call"]

    @property
    def heard(self) -> str:
        call = self.call
        assert call is not None
        return " ".join(caption["words"] for caption in call["captions"])

    @property
    def received(self) -> list[str]:
        return [text["body"] for text in self.state["texts"] if text["direction"] == "in"]

    def text(self, words: str, to: str = "116 000") -> None:
        self._do("text", to=to, body=words)

    def dial(self, to: str = "116 000", *, withheld: bool = False) -> None:
        self._do("dial", to=to, withheld=withheld)

    def answer(self) -> None:
        self._do("answer")

    def press(self, digits: str) -> None:
        self._do("keys", digits=digits)

    def decline(self) -> None:
        self._do("decline")

    def hang_up(self) -> None:
        self._do("hang-up")

    def do_without_settling(self, what: str, **wish: Any) -> None:
        self.system.exchange("POST", f"/control/handsets/{self.name}/{what}", wish)

    def _do(self, what: str, **wish: Any) -> None:
        self.do_without_settling(what, **wish)
        self.system.settle()


@dataclass
class Console:
    """A call-taker's browser without its scripts: the same forms, posted by hand."""

    system: "System"
    staff_id: uuid.UUID
    name: str
    http: requests.Session = field(default_factory=straight_session)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.http.get(self.system.web + path, timeout=20, **options)

    def page(self, path: str = "/console") -> BeautifulSoup:
        answer = self.get(path)
        assert answer.status_code == 200, answer.status_code
        return BeautifulSoup(answer.text, "html5lib")

    def post(self, path: str, **fields: Any) -> requests.Response:
        """Post a form as a script would: the answer is 204, or the sentence of a refusal."""
        headers = {"HX-Request": "true", "X-CSRFToken": self.token}
        return self.http.post(
            self.system.web + path, data=fields, headers=headers, timeout=20, allow_redirects=False
        )

    def sign_in(self, email: str) -> "Console":
        token = self._token(self.get("/sign-in").text)
        fields = {"email": email, "password": PASSWORD, "csrf_token": token}
        answer = self.http.post(self.system.web + "/sign-in", data=fields, timeout=20)
        assert answer.status_code == 200, answer.status_code
        assert not answer.url.endswith("/sign-in")
        self.token = self._token(answer.text)
        return self

    def _token(self, page: str) -> str:
        found = BeautifulSoup(page, "html5lib").find("input", {"name": "csrf_token"})
        assert found is not None
        return str(found["value"])

    def ready(self) -> "Console":
        return self.become(Availability.ready)

    def become(self, chosen: Availability) -> "Console":
        answer = self.post("/console/availability", availability=chosen.value)
        assert answer.status_code == 204, answer.text
        return self

    def waiting(self) -> BeautifulSoup:
        return self.page("/console/parts/waiting")

    def take(self, contact_id: uuid.UUID) -> requests.Response:
        answer = self.post(f"/console/contacts/{contact_id}/take")
        self.system.settle()
        return answer

    def reply(
        self, contact_id: uuid.UUID, words: str, *, last_seen: int, key: uuid.UUID | None = None
    ) -> requests.Response:
        return self.post(
            f"/console/contacts/{contact_id}/reply",
            words=words,
            last_seen=last_seen,
            form_key=str(key or uuid.uuid4()),
        )

    def end(self, contact_id: uuid.UUID) -> requests.Response:
        answer = self.post(f"/console/contacts/{contact_id}/end")
        self.system.settle()
        return answer

    def wrap_up(self, contact_id: uuid.UUID, **changed: str) -> requests.Response:
        coding = {
            "contact_type": "young_person_away",
            "age_band": "13_15",
            "situation": "missing_now",
            "tonight": "friends",
            "risk": "concern",
            "outcome": "listened_only",
            "reasons": "family_conflict",
            "other_words": "",
        } | changed
        answer = self.post(f"/console/contacts/{contact_id}/wrap-up", **coding)
        self.system.settle()
        return answer


class System:
    """Everything that runs, and the hands of everybody who uses it."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.database = embedded_postgres.start(data_dir, durable=False)
        self.web_port, self.exchange_port, self.live_port = free_port(), free_port(), free_port()
        self.web = f"http://127.0.0.1:{self.web_port}"
        self.exchange_url = f"http://127.0.0.1:{self.exchange_port}"
        self.environment = self._environment()
        self.settings = Settings(**{k.lower(): v for k, v in self.environment.items()})
        # The real hash at its least cost: hundreds of tests sign people in.
        sign_in._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        self.app: Flask = create_app(self.settings)
        self._migrate()
        self._exchange = self._start_exchange()
        self._server = self._start_web()
        self.worker = Worker(self.app, self.settings, TwilioCarrier(self.settings))
        self._http = straight_session()
        self.may_lose_webhooks = False
        self._emptying = Emptying(self.listening_address)
        self._wait_for(f"{self.exchange_url}/healthz")

    # --- what tests do ---------------------------------------------------------------------

    def handset(self, number: str) -> Handset:
        opened = self.exchange("POST", "/control/handsets", {"number": number})
        return Handset(self, opened["handset"], opened["number"])

    def call_taker(self, name: str, phone: str | None, role: Role = Role.call_taker) -> Console:
        """Add a member of staff, signed in at a console."""
        email = f"{name.lower()}@example.org"
        with self.transaction() as session:
            number = phone_numbers.read(phone) if phone else None
            added = staff.add(session, email, name, role, PASSWORD, number, at=now())
            if role is Role.police_partner:
                force = organisations.add(
                    session,
                    f"{name}'s force",
                    OrganisationKind.police,
                    "example.org",
                    by=added.id,
                    at=now(),
                )
                added.organisation_id = force.id
        return Console(self, added.id, name).sign_in(email)

    def settle(self) -> None:
        """Let everything that is due happen, until nothing moves any more."""
        for _ in range(_MOST_ROUNDS):
            carried_out = self.worker.work_off()
            self.worker.look_after_waiting()
            self.worker.look_after_textsafe()
            quiet = self.exchange("POST", "/control/settle")
            if not carried_out and not quiet["webhooks"] and not self.worker.work_off():
                return
        raise AssertionError("The system does not come to rest")

    def advance(self, seconds: float) -> None:
        """Let time pass at the exchange."""
        self.exchange("POST", "/control/clock", {"advance": seconds})
        self.settle()

    def exchange(self, method: str, path: str, wish: dict[str, Any] | None = None) -> Any:
        answer = self._http.request(
            method,
            self.exchange_url + path,
            json=(wish or {}) if method == "POST" else None,
            timeout=60,
        )
        assert answer.ok, f"{path}: {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else None

    def carrier_fails(self, fault: dict[str, Any]) -> None:
        """Switch on one of the exchange's faults (docs/exchange.md)."""
        self.exchange("POST", "/control/faults", fault)

    def transaction(self) -> Any:
        """Open a unit of work in the test itself."""
        return _InApp(self.app)

    def webhook(self, path: str, **params: str) -> requests.Response:
        """Send a webhook as the carrier does, rightly signed."""
        from tests.signing import sign

        fields = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01"} | params
        signature = sign(TOKEN, self.web + path, fields)
        return requests.post(
            self.web + path,
            data=fields,
            headers={"X-Twilio-Signature": signature},
            timeout=20,
        )

    # --- starting and stopping -------------------------------------------------------------

    def reset(self) -> None:
        """Forget everybody and everything, keep the processes."""
        self.may_lose_webhooks = False
        # A process has one set of keys, and a test before may have set up another system in it:
        # what was then locked for this system, its own workers could not open.
        known = self.settings
        encryption.use_keys(known.text_ring, known.vault_ring, known.index_key)
        self.exchange("POST", "/control/reset")
        self._emptying.empty()

    def stop_web(self) -> None:
        """Let nobody reach the web process: neither people nor the carrier."""
        self._server.shutdown()
        self._server.server_close()

    def start_web_again(self) -> None:
        self._server = self._start_web()

    def _start_web(self) -> BaseWSGIServer:
        server = make_server(
            "127.0.0.1", self.web_port, self.app, threaded=True, request_handler=Quiet
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def close(self) -> None:
        self.worker.close()
        self._emptying.close()
        self._server.shutdown()
        self._exchange.terminate()
        self._exchange.wait(10)
        with self.app.app_context():
            db.engine.dispose()
        embedded_postgres.stop(self.data_dir)

    @property
    def listening_address(self) -> str:
        return self.database.replace("+psycopg", "", 1)

    def strict_violations(self) -> list[Any]:
        found = self.exchange("GET", "/control/strict")
        return list(found["violations"] if isinstance(found, dict) else found)

    def webhooks(self) -> list[dict[str, Any]]:
        found = self.exchange("GET", "/control/webhooks?since=0")
        return list(found["webhooks"] if isinstance(found, dict) else found)

    def _environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database,
            "DATA_DIR": str(self.data_dir),
            "SECRET_KEY": "a secret key for tests, long enough to be one",
            "TEXT_KEYS": f"t1:{_KEYS['texts..1']}",
            "VAULT_KEYS": f"v1:{_KEYS['vault..1']}",
            "BLIND_INDEX_KEY": base64.b64encode(b"i" * 32).decode(),
            "PUBLIC_BASE_URL": self.web,
            "CARRIER_BASE_URL": self.exchange_url,
            "CARRIER_ACCOUNT_SID": ACCOUNT,
            "CARRIER_AUTH_TOKEN": TOKEN,
            "CARRIER_API_KEY_SID": "SK" + "0" * 32,
            "CARRIER_API_KEY_SECRET": "secret-of-the-tests-thirty-two-letters",
            "CARRIER_TIMEOUT_SECONDS": "3",
            "HELPLINE_OUTREACH_NUMBER": OUTREACH,
            # A test that is about them switches them on.
            "FIRST_ANSWERS": "0",
            # Tests let hundreds of texts leave within one instant.
            "TEXTS_PER_SECOND": "1000",
            "HELPLINE_NUMBER": HELPLINE,
            "HELPLINE_SHORT_CODE": "116000",
            "TRAINING": "1",
            "LIVE_PORT": str(self.live_port),
            "HANDSET_PORT": str(self.exchange_port),
            "SECURE_COOKIES": "0",
            "LOG_LEVEL": "INFO",
        }

    def _migrate(self) -> None:
        import flask_migrate

        with self.app.app_context():
            flask_migrate.upgrade()

    def _start_exchange(self) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            name: self.environment[name]
            for name in self.environment
            if name.startswith(("CARRIER_", "HELPLINE_"))
        }
        environment |= {
            "EXCHANGE_PORT": str(self.exchange_port),
            "EXCHANGE_CLOCK": "driven",
            "EXCHANGE_STRICT": "1",
            "HELPLINE_WEBHOOK_BASE": self.web,
        }
        with (self.data_dir / "exchange.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "exchange"],
                env=environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def _wait_for(self, url: str) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if requests.get(url, timeout=2).ok:
                    return
            except requests.ConnectionError:
                threading.Event().wait(0.05)
        raise AssertionError(f"{url} does not answer")


class _InApp:
    """A unit of work with the application's context around it."""

    def __init__(self, app: Flask) -> None:
        self._context = app.app_context()
        self._work = transaction()

    def __enter__(self) -> Any:
        self._context.push()
        return self._work.__enter__()

    def __exit__(self, *failure: Any) -> Any:
        try:
            return self._work.__exit__(*failure)
        finally:
            self._context.pop()
