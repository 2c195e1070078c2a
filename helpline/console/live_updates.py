"""The live process: one stream for each browser, saying only what changed.

A small ASGI application of its own, because long-lived answers would starve the web processes.
One connection listens to PostgreSQL for everybody; each stream reads a bounded queue.
"""

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, MutableMapping, Sequence
from datetime import timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import psycopg
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature

from helpline import live, log
from helpline.accounts.models import Role
from helpline.clock import now
from helpline.database import listening_address
from helpline.settings import Settings, read_settings
from helpline.web.headers import cookie_name
from helpline.web.watching import FORMAT, may_watch

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BEAT_SECONDS = 15.0
# Rights are looked at again when the browser comes back.
LONGEST_STREAM = timedelta(minutes=30)
_RECONNECT_MS = 1500
_HELLO = f"retry: {_RECONNECT_MS}\nevent: hello\ndata: {{}}\n\n".encode()
_BYE = b"event: bye\ndata: {}\n\n"
_LISTENER_RETRY_SECONDS = 1.0
_QUEUE_LENGTH = 100
_HEAR_OF_CONTACTS = frozenset({Role.call_taker, Role.supervisor, Role.safeguarding_lead})
# What comes from here is data, never a page.
_DATA_ONLY = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
# When the database comes back every stream asks whether it may go on: not all at once.
_CHECKS_AT_ONCE = 5

_log = log.get(__name__)


def _changed(topics: list[str]) -> bytes:
    return f"event: changed\ndata: {json.dumps(topics)}\n\n".encode() if topics else b""


class Notice:
    """What changed, read and written once for all streams: there may be a thousand."""

    def __init__(self, topics: list[str]) -> None:
        self.topics = topics
        self.may_end = any(
            topic == live.EVERYTHING or topic.startswith(live.SIGN_IN) for topic in topics
        )
        """Whether streams must ask if they go on: most notices end none of a thousand."""
        told = [topic for topic in topics if not topic.startswith(live.SIGN_IN)]
        self.for_those_who_hear_of_contacts = _changed(told)
        self.for_others = _changed([topic for topic in told if topic == live.EVERYTHING])

    def ends(self, sign_in_id: uuid.UUID) -> bool:
        """Whether it ends the stream of a sign-in, by its name."""
        return f"{live.SIGN_IN}{sign_in_id}" in self.topics

    def for_role(self, role: str) -> bytes:
        """Return what somebody in a role may hear of it: when contacts happen is not for all."""
        return self.for_those_who_hear_of_contacts if role in _HEAR_OF_CONTACTS else self.for_others


_BEAT = Notice([])
_BEAT.for_those_who_hear_of_contacts = _BEAT.for_others = b"event: beat\ndata: {}\n\n"


class Streams:
    """The open streams, and the one listener that feeds them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._queues: set[asyncio.Queue[Notice]] = set()
        self.is_listening = False

    async def listen(self) -> None:
        """Hand on every notice, for ever; comes back by itself when the database does."""
        while True:
            try:
                await self._listen_once()
            except (psycopg.Error, OSError, ValueError, TypeError) as error:
                # Whatever it was, nobody may be left listening to nothing: it begins anew.
                _log.warning("notices.lost", kind=type(error).__name__)
            self.is_listening = False
            await asyncio.sleep(_LISTENER_RETRY_SECONDS)

    async def _listen_once(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        async with connection:
            await connection.execute(f"LISTEN {live.CHANNEL}")
            self.is_listening = True
            # What was missed while nobody listened is unknown, so everything is looked at again.
            self._hand_on(Notice([live.EVERYTHING]))
            async for notice in connection.notifies():
                self._hand_on(Notice(json.loads(notice.payload)))

    def _hand_on(self, notice: Notice) -> None:
        for queue in list(self._queues):
            try:
                queue.put_nowait(notice)
            except asyncio.QueueFull:
                # Too slow: the stream ends, and the browser comes back and looks at everything.
                self._queues.discard(queue)

    @contextlib.contextmanager
    def queue(self) -> Iterator[asyncio.Queue[Notice]]:
        """Give one stream its queue."""
        queue: asyncio.Queue[Notice] = asyncio.Queue(_QUEUE_LENGTH)
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)

    @property
    def number(self) -> int:
        """How many are open."""
        return len(self._queues)

    def is_open(self, queue: asyncio.Queue[Notice]) -> bool:
        """Whether a stream still gets its notices."""
        return queue in self._queues


class LiveApp:
    """`GET /live` streams; `/healthz` says whether notices arrive, `/metrics` to how many."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._url = listening_address(settings)
        self._streams = Streams(self._url)
        self._cookies = _cookie_reader(settings)
        self._checks = asyncio.Semaphore(_CHECKS_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, as ASGI asks."""
        if scope["type"] == "lifespan":
            await self._live_and_die(receive, send)
        elif scope["type"] == "http" and scope["path"] == "/live":
            await self._stream(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == "/healthz":
            await _answer(send, 200 if self._streams.is_listening else 503, b"{}")
        elif scope["type"] == "http" and scope["path"] == "/metrics" and self._may_watch(scope):
            await _answer(send, 200, self._figures(), kind=FORMAT)
        elif scope["type"] == "http":
            await _answer(send, 404, b"")

    def _may_watch(self, scope: Scope) -> bool:
        given = _headers(scope).get("authorization", "")
        return may_watch(self._settings.operator_secret, given)

    def _figures(self) -> bytes:
        """Give what only this process knows, as Prometheus reads it."""
        return (
            "# HELP helpline_streams Open streams to consoles.\n"
            "# TYPE helpline_streams gauge\n"
            f"helpline_streams {self._streams.number}\n"
            "# HELP helpline_stream_listening 1: notices of the database arrive.\n"
            "# TYPE helpline_stream_listening gauge\n"
            f"helpline_stream_listening {self._streams.is_listening:d}\n"
        ).encode()

    async def _live_and_die(self, receive: Receive, send: Send) -> None:
        listener = asyncio.ensure_future(self._streams.listen())
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            else:
                listener.cancel()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        sign_in_id = self._sign_in_id(headers.get("cookie", ""))
        # The queue first: a sign-out while the sign-in is being checked is then not missed.
        with self._streams.queue() as queue:
            role = await self._role(sign_in_id) if sign_in_id is not None else None
            if sign_in_id is None or role is None:
                await _answer(send, 401, b"", _cross_origin(headers))
                return
            await send(
                {"type": "http.response.start", "status": 200, "headers": _stream_headers(headers)}
            )
            gone = asyncio.ensure_future(_until_gone(receive))
            try:
                await _say(send, _HELLO)
                with _beating(queue):
                    await self._hand_out(queue, gone, send, sign_in_id, role)
                await _say(send, _BYE)
            finally:
                gone.cancel()
        await send({"type": "http.response.body", "body": b""})

    async def _hand_out(
        self,
        queue: asyncio.Queue[Notice],
        gone: "asyncio.Future[None]",
        send: Send,
        sign_in_id: uuid.UUID,
        role: str,
    ) -> None:
        until = time.monotonic() + LONGEST_STREAM.total_seconds()
        while time.monotonic() < until and not gone.done() and self._streams.is_open(queue):
            notices = [await queue.get()]
            # What came while the last was being sent leaves with it: a busy process catches up.
            while not queue.empty():
                notices.append(queue.get_nowait())
            for each in notices:
                if each.may_end and await self._has_ended(sign_in_id, each):
                    return
            if said := b"".join([each.for_role(role) for each in notices]):
                await _say(send, said)

    async def _has_ended(self, sign_in_id: uuid.UUID, notice: Notice) -> bool:
        """Whether a notice ends this stream: by name, or because anything may have happened."""
        if notice.ends(sign_in_id):
            return True
        return live.EVERYTHING in notice.topics and await self._role(sign_in_id) is None

    async def _role(self, sign_in_id: uuid.UUID) -> str | None:
        """Return the role of whoever is signed in; None if the sign-in does not hold."""
        known = self._settings
        try:
            async with (
                self._checks,
                await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection,
            ):
                found = await connection.execute(
                    "SELECT role FROM sign_in JOIN staff_member ON staff_member.id = staff_id "
                    "WHERE sign_in.id = %s AND ended_at IS NULL AND is_active "
                    "AND role <> 'police_partner' "
                    "AND began_at > %s AND seen_at > %s AND (%s OR proof <> 'password_only')",
                    (
                        sign_in_id,
                        now() - timedelta(hours=known.session_hours),
                        now() - timedelta(minutes=known.session_idle_minutes),
                        known.training,
                    ),
                )
                row = await found.fetchone()
                return str(row[0]) if row is not None else None
        except psycopg.Error as error:
            _log.warning("database.lost", kind=type(error).__name__)
            return None

    def _sign_in_id(self, cookie_header: str) -> uuid.UUID | None:
        try:
            cookie = SimpleCookie(cookie_header).get(cookie_name(self._settings))
            session = self._cookies(cookie.value) if cookie is not None else {}
            return uuid.UUID(str(session["sign_in"]))
        except (CookieError, BadSignature, KeyError, ValueError):
            return None


@contextlib.contextmanager
def _beating(queue: asyncio.Queue[Notice]) -> Iterator[None]:
    """Let one stream give a sign of life every few seconds, so that no proxy takes it for dead.

    By a clock of its own: a time-out around each wait would cost more than the notice itself.
    """
    loop = asyncio.get_running_loop()
    timer: asyncio.TimerHandle

    def beat() -> None:
        nonlocal timer
        timer = loop.call_later(BEAT_SECONDS, beat)
        # One that is full has something to say anyway.
        with contextlib.suppress(asyncio.QueueFull):
            queue.put_nowait(_BEAT)

    timer = loop.call_later(BEAT_SECONDS, beat)
    try:
        yield
    finally:
        timer.cancel()


async def _say(send: Send, chunk: bytes) -> None:
    await send({"type": "http.response.body", "body": chunk, "more_body": True})


def _cookie_reader(settings: Settings) -> Callable[[str], dict[str, Any]]:
    """Read the session cookie as the web application writes it."""
    app = Flask("helpline.live")
    app.secret_key = settings.secret_key
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    if serializer is None:
        raise RuntimeError("Without a secret key no cookie can be read")
    longest = int(timedelta(hours=settings.session_hours).total_seconds())

    def read(value: str) -> dict[str, Any]:
        loaded: dict[str, Any] = serializer.loads(value, max_age=longest)
        return loaded

    return read


def _cross_origin(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """Let the console's own page read the stream where no proxy puts both on one address."""
    origin = headers.get("origin", "")
    theirs = _host_name(origin)
    if theirs is None or theirs != _host_name(f"//{headers.get('host', '')}"):
        return []
    return [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"origin"),
    ]


def _host_name(address: str) -> str | None:
    """Return the host of an address; None where there is none, or it is no address at all."""
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _stream_headers(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        *_DATA_ONLY,
        (b"x-accel-buffering", b"no"),
        *_cross_origin(headers),
    ]


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


async def _answer(
    send: Send,
    status: int,
    body: bytes,
    headers: Sequence[tuple[bytes, bytes]] = (),
    *,
    kind: str = "application/json",
) -> None:
    all_headers = [(b"content-type", kind.encode()), *_DATA_ONLY, *headers]
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    await send({"type": "http.response.body", "body": body})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def __getattr__(name: str) -> LiveApp:
    """Make `app` when a server asks for it, so that importing this reads no settings."""
    if name != "app":
        raise AttributeError(name)
    settings = read_settings()
    log.set_up(settings.log_level)
    return LiveApp(settings)
