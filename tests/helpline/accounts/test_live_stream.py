"""A browser's stream ends when its sign-in does, and nobody else's."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import psycopg
import pytest

from helpline import live
from helpline.accounts import sign_in, staff
from helpline.accounts.models import Role
from helpline.clock import now
from helpline.console import live_updates
from helpline.console.live_updates import LiveApp
from helpline.settings import Settings
from tests.helpline import making
from tests.system import Console, System

SECRET = "a-secret-for-whoever-watches"


class Stream:
    """One browser's stream, read as ASGI hands it out."""

    def __init__(self, app: LiveApp, cookie: str, *more: tuple[bytes, bytes]) -> None:
        self.app = app
        self._scope = {
            "type": "http",
            "path": "/live",
            "headers": [(b"cookie", cookie.encode()), (b"host", b"127.0.0.1"), *more],
        }
        self.said: asyncio.Queue[bytes] = asyncio.Queue()
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self._task = asyncio.ensure_future(app(self._scope, self._never_leaves, self._send))

    async def next(self) -> tuple[str, object]:
        """Give the next event that is no beat: its name and its data."""
        while True:
            lines = (await asyncio.wait_for(self.said.get(), 10)).decode().splitlines()
            parts = dict(line.split(": ", 1) for line in lines if ": " in line)
            if parts.get("event", "beat") != "beat":
                return parts["event"], json.loads(parts["data"])

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _never_leaves(self) -> dict[str, str]:
        await asyncio.Event().wait()
        return {}

    async def _send(self, message: dict) -> None:
        self.status = message.get("status", self.status)
        self.headers |= dict(message.get("headers", ()))
        if message.get("body"):
            self.said.put_nowait(message["body"])


@asynccontextmanager
async def listening(
    system: System, *consoles: Console, settings: Settings | None = None
) -> AsyncIterator[list[Stream]]:
    app = LiveApp(settings or system.settings)
    listener = asyncio.ensure_future(app._streams.listen())
    for _ in range(1000):
        if app._streams.is_listening:
            break
        await asyncio.sleep(0.01)
    streams = [Stream(app, cookie_of(console)) for console in consoles]
    try:
        for stream in streams:
            assert (await stream.next())[0] == "hello"
        yield streams
    finally:
        for stream in streams:
            await stream.close()
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)


@pytest.fixture
def people(system: System) -> tuple[Console, Console]:
    return system.call_taker("Priya", None), system.call_taker("Tom", None)


def run(story: Callable[[], Awaitable[None]]) -> None:
    """Let a story happen in a thread of its own: a browser test may hold the loop of this one."""

    async def told() -> None:
        await story()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(told())).result(60)


def test_signing_out_ends_the_stream_of_that_browser_alone(
    system: System, people: tuple[Console, Console]
):
    priya, tom = people

    async def story() -> None:
        async with listening(system, priya, tom) as (hers, his):
            await asyncio.to_thread(sign_out, priya)
            assert await hers.next() == ("bye", {})
            await asyncio.to_thread(change_something, system)
            # He hears what changed, and nothing of her signing out.
            assert await his.next() == ("changed", ["waiting"])

    run(story)


def test_a_stream_that_has_nothing_to_tell_gives_a_sign_of_life(
    system: System, people: tuple[Console, Console], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(live_updates, "BEAT_SECONDS", 0.05)
    priya, _ = people

    async def story() -> None:
        async with listening(system, priya) as (hers,):
            for _ in range(3):
                assert await asyncio.wait_for(hers.said.get(), 10) == b"event: beat\ndata: {}\n\n"

    run(story)


def test_letting_somebody_go_ends_their_stream(system: System, people: tuple[Console, Console]):
    priya, _ = people

    def let_go() -> None:
        with system.transaction() as session:
            robin = making.staff_member(session, role=Role.administrator, has_phone=False)
            staff.deactivate(session, priya.staff_id, by=robin.id, at=now())

    async def story() -> None:
        async with listening(system, priya) as (hers,):
            await asyncio.to_thread(let_go)
            assert await hers.next() == ("bye", {})

    run(story)


def test_when_anything_may_have_happened_each_stream_looks_whether_it_may_go_on(
    system: System, people: tuple[Console, Console]
):
    priya, tom = people

    def end_unheard() -> None:
        with system.transaction() as session:
            sign_in.end_all(session, priya.staff_id, at=now(), by=priya.staff_id)
            session.info.pop("live_topics")
        with system.transaction() as session:
            live.tell(session, live.EVERYTHING)

    async def story() -> None:
        async with listening(system, priya, tom) as (hers, his):
            await asyncio.to_thread(end_unheard)
            assert await hers.next() == ("bye", {})
            assert await his.next() == ("changed", [live.EVERYTHING])

    run(story)


@pytest.mark.parametrize(
    ("role", "heard"),
    [
        (Role.safeguarding_lead, ["waiting", live.EVERYTHING]),
        (Role.administrator, [live.EVERYTHING]),
        (Role.partner_liaison, [live.EVERYTHING]),
        (Role.data_protection_officer, [live.EVERYTHING]),
    ],
)
def test_when_contacts_happen_is_told_to_those_alone_who_may_know_of_them(
    system: System, role: Role, heard: list[str]
):
    robin = system.call_taker("Robin", None, role)

    def everything() -> None:
        with system.transaction() as session:
            live.tell(session, live.EVERYTHING)

    async def story() -> None:
        async with listening(system, robin) as (stream,):
            await asyncio.to_thread(change_something, system)
            await asyncio.to_thread(everything)
            assert [await stream.next() for _ in heard] == [("changed", [each]) for each in heard]

    run(story)


def test_what_a_stream_says_is_never_taken_for_a_page(
    system: System, people: tuple[Console, Console]
):
    priya, _ = people

    async def story() -> None:
        async with listening(system, priya) as (hers,):
            assert hers.headers[b"x-content-type-options"] == b"nosniff"
            assert hers.headers[b"content-security-policy"].startswith(b"default-src 'none'")
            assert hers.headers[b"cache-control"] == b"no-store"

    run(story)


def test_a_stream_is_refused_to_whoever_is_signed_out(
    system: System, people: tuple[Console, Console]
):
    priya, _ = people
    cookie = cookie_of(priya)
    sign_out(priya)

    async def story() -> None:
        stream = Stream(LiveApp(system.settings), cookie)
        await asyncio.wait_for(asyncio.shield(stream._task), 10)
        assert stream.status == 401

    run(story)


@pytest.mark.parametrize("unreadable", ["no list at all", "7"])
def test_after_a_notice_that_cannot_be_read_consoles_look_at_everything_anew(
    system: System, people: tuple[Console, Console], unreadable: str
):
    priya, _ = people

    def say() -> None:
        with psycopg.connect(system.listening_address, autocommit=True) as connection:
            connection.execute("SELECT pg_notify(%s, %s)", (live.CHANNEL, unreadable))

    async def story() -> None:
        async with listening(system, priya) as (hers,):
            await asyncio.to_thread(say)
            assert await hers.next() == ("changed", [live.EVERYTHING])

    run(story)


def test_whoever_watches_the_line_reads_how_many_streams_are_open_and_nobody_else_does(
    system: System, people: tuple[Console, Console]
):
    watched = system.settings.model_copy(update={"operator_secret": SECRET})

    async def story() -> None:
        async with listening(system, *people, settings=watched) as (hers, _):
            assert "helpline_streams 2\n" in (await figures(hers.app, f"Bearer {SECRET}"))[1]
            await hers.close()
            status, said = await figures(hers.app, f"Bearer {SECRET}")
            assert status == 200
            assert "helpline_streams 1\n" in said
            assert "helpline_stream_listening 1\n" in said
            assert await figures(hers.app, "Bearer another") == (404, "")
        assert await figures(LiveApp(system.settings), "Bearer ") == (404, "")

    run(story)


async def figures(app: LiveApp, authorization: str) -> tuple[int, str]:
    said: list[dict] = []

    async def send(message: dict) -> None:
        said.append(message)

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    headers = [(b"authorization", authorization.encode())]
    await app({"type": "http", "path": "/metrics", "headers": headers}, receive, send)
    return said[0]["status"], said[1]["body"].decode()


def cookie_of(console: Console) -> str:
    return f"helpline={console.http.cookies['helpline']}"


def sign_out(console: Console) -> None:
    answer = console.post("/sign-out")
    assert answer.status_code == 303


def change_something(system: System) -> None:
    with system.transaction() as session:
        live.tell(session, "waiting")


@pytest.mark.parametrize(
    ("origin", "may_read"),
    [
        ("http://127.0.0.1:8116", True),
        ("https://elsewhere.example", False),
        ("http://[", False),
        ("null", False),
    ],
)
def test_only_a_page_of_our_own_host_may_read_a_stream(
    system: System, people: tuple[Console, Console], origin: str, may_read: bool
) -> None:
    async def story() -> None:
        async with listening(system, people[0]) as (stream,):
            asked = Stream(stream.app, cookie_of(people[0]), (b"origin", origin.encode()))
            assert (await asked.next())[0] == "hello"
            assert (b"access-control-allow-origin" in asked.headers) is may_read
            await asked.close()

    run(story)
