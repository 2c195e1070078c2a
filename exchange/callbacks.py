"""Webhooks on their way to the customer: signed, logged, tried again, and failing on purpose.

What happened is first written down in order (per call, conference or message); this layer then
carries it, and is the only part that may lose, repeat, delay or reorder.
"""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from exchange.clock import Clock
from exchange.faults import Faults, WebhookFault
from exchange.incidents import Incidents
from exchange.retry_rules import RetryRules, split
from exchange.settings import Settings
from exchange.signing import signature

MOST_BYTES = 65536
MOST_LOGGED = 5000
CONNECT_FAILED, READ_FAILED, HTTP_FAILED = 11205, 11200, 11200


@dataclass(frozen=True, slots=True)
class Webhook:
    """One thing to tell the customer. `url` is as configured, with its #fragment."""

    url: str
    params: dict[str, str]
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `error` is Twilio's code when nothing usable did."""

    status: int = 0
    content_type: str = ""
    body: bytes = b""
    error: int | None = None


@dataclass(slots=True)
class LogEntry:
    n: int
    url: str
    method: str
    params: dict[str, str]
    status: int = 0
    ms: int = 0
    signature_ok_to_check: bool = True
    fault: str = ""


class Callbacks:
    def __init__(
        self, settings: Settings, clock: Clock, faults: Faults, incidents: Incidents
    ) -> None:
        self._settings, self._clock = settings, clock
        self._faults, self._incidents = faults, incidents
        self._session: aiohttp.ClientSession | None = None
        self._chains: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[object]] = set()
        self._passed = asyncio.Event()
        self.in_flight = 0
        self.sent = 0
        self.silent = False
        self.log: deque[LogEntry] = deque(maxlen=MOST_LOGGED)
        self._numbered = 0

    async def open(self) -> None:
        """Get ready to send, on a connection for each webhook.

        One kept alive may be closed by the other side in the moment it is used again, and a
        POST must not be repeated.
        """
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True, limit=200),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def forget_everything(self) -> None:
        await self._stop()
        self._chains.clear()
        self.log.clear()
        self.sent = self._numbered = 0
        self.silent = False

    async def _stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        self.silent = True
        await self._stop()
        if self._session is not None:
            await self._session.close()

    def tell(self, about: str, webhook: Webhook) -> None:
        """Send without waiting; what is told `about` the same thing goes out in order."""
        if not webhook.url or self.silent:
            return
        fault = self._faults.for_webhook(webhook.url)
        if fault is not None and fault.kind in {"delay", "reorder"}:
            self._keep(self._later(webhook, fault))
            return
        previous = self._chains.get(about)
        task = self._keep(self._next(previous, webhook, fault))
        self._chains[about] = task
        task.add_done_callback(lambda done: self._unchain(about, done))

    def _unchain(self, about: str, done: "asyncio.Task[None]") -> None:
        if self._chains.get(about) is done:
            del self._chains[about]

    async def fetch(self, webhook: Webhook) -> Answer:
        """Send and wait for the answer, as for TwiML. A hung-up call doesn't abort it."""
        fault = self._faults.for_webhook(webhook.url)
        if fault is not None and fault.kind in {"delay", "reorder"}:
            await self._clock.sleep(fault.seconds)
            fault = None
        answer: list[Answer] = []
        await asyncio.shield(self._keep(self._deliver(webhook, fault, answer)))
        return answer[0]

    def _keep(self, work: Coroutine[object, object, None]) -> "asyncio.Task[None]":
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _next(
        self, previous: "asyncio.Task[None] | None", webhook: Webhook, fault: WebhookFault | None
    ) -> None:
        if previous is not None:
            await asyncio.wait({previous})
        await self._deliver(webhook, fault, [])

    async def _later(self, webhook: Webhook, fault: WebhookFault) -> None:
        if fault.kind == "delay":
            await self._clock.sleep(fault.seconds)
        else:
            overtaken = asyncio.ensure_future(self._passed.wait())
            await self._clock.within(overtaken, fault.seconds)
            overtaken.cancel()
        await self._deliver(webhook, None, [], f"after {fault.kind}")

    async def _deliver(
        self,
        webhook: Webhook,
        fault: WebhookFault | None,
        answers: list[Answer],
        note: str = "",
    ) -> None:
        kind = fault.kind if fault is not None else note
        if kind == "drop":
            self._write(webhook, "drop").signature_ok_to_check = False
            answers.append(Answer(error=CONNECT_FAILED))
            return
        self.in_flight += 1
        try:
            token = str(uuid.uuid4())
            answers.append(await self._try(webhook, token, kind))
            if kind == "duplicate":
                await self._try(webhook, token, "duplicate again")
        finally:
            self.in_flight -= 1
            self._passed.set()
            self._passed.clear()

    def _write(self, webhook: Webhook, fault: str) -> LogEntry:
        bare, _ = split(webhook.url)
        self._numbered += 1
        entry = LogEntry(self._numbered, bare, webhook.method, dict(webhook.params), fault=fault)
        self.log.append(entry)
        return entry

    async def _try(self, webhook: Webhook, token: str, note: str) -> Answer:
        bare, rules = split(webhook.url)
        began = time.monotonic()
        answer = Answer(error=CONNECT_FAILED)
        for attempt in range(rules.retries + 1):
            left = rules.total - (time.monotonic() - began)
            if left <= 0:
                break
            entry = self._write(webhook, note if attempt == 0 else "retry")
            self.sent += 1
            started = time.monotonic()
            outcome, answer = await self._once(bare, webhook, rules, token)
            entry.status, entry.ms = answer.status, int((time.monotonic() - started) * 1000)
            if not rules.again(outcome):
                break
        self._judge(bare, answer)
        return answer

    def _judge(self, url: str, answer: Answer) -> None:
        if answer.error is not None or answer.status >= 500:  # noqa: PLR2004 - server errors
            self._incidents.note("webhook failed", f"{URL(url).path} answered {answer.status}")

    async def _once(
        self, bare: str, webhook: Webhook, rules: RetryRules, token: str
    ) -> tuple[str, Answer]:
        if self._session is None:
            return "ct", Answer(error=CONNECT_FAILED)
        url, form = bare, webhook.params
        if webhook.method == "GET":
            url, form = _with_query(bare, webhook.params), {}
        timeout = aiohttp.ClientTimeout(
            total=rules.total, sock_connect=rules.connect, sock_read=rules.read
        )
        headers = {
            "X-Twilio-Signature": signature(url, form, self._settings.auth_token),
            "I-Twilio-Idempotency-Token": token,
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }
        try:
            async with self._session.request(
                webhook.method,
                URL(url, encoded=True),
                data=form or None,
                headers=headers,
                timeout=timeout,
            ) as response:
                return await _read(response)
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL, aiohttp.ConnectionTimeoutError):
            return "ct", Answer(error=CONNECT_FAILED)
        except (aiohttp.ClientError, TimeoutError):
            return "rt", Answer(error=READ_FAILED)


def _with_query(url: str, params: dict[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"


async def _read(response: aiohttp.ClientResponse) -> tuple[str, Answer]:
    body = b""
    async for part in response.content.iter_chunked(8192):
        body += part
        if len(body) > MOST_BYTES:
            break
    error = HTTP_FAILED if response.status >= 400 else None  # noqa: PLR2004 - client and server
    outcome = "ok" if error is None else f"{response.status // 100}xx"
    return outcome, Answer(response.status, response.content_type, body, error)
