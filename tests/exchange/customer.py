"""A stand-in for the customer: a real HTTP server that answers webhooks as a test says."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import web
from twilio.request_validator import RequestValidator

Reply = str | tuple[int, str] | Callable[[dict[str, str]], str]


@dataclass
class Received:
    path: str
    method: str
    params: dict[str, str]
    headers: dict[str, str]
    signed: bool


@dataclass
class Customer:
    """`replies` maps a path to TwiML, to (status, body), or to a function of the parameters."""

    auth_token: str
    replies: dict[str, Reply] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    content_types: dict[str, str] = field(default_factory=dict)
    hang: set[str] = field(default_factory=set)
    base: str = ""
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        application = web.Application()
        application.router.add_route("*", "/{anything:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        raw = await request.text()
        form = dict(parse_qsl(raw, keep_blank_values=True))
        signature = request.headers.get("X-Twilio-Signature", "")
        url = self.base + request.raw_path
        signed = RequestValidator(self.auth_token).validate(url, form, signature)
        params = form or dict(request.query)
        self.received.append(
            Received(request.path, request.method, params, dict(request.headers), signed)
        )
        if request.path in self.hang:
            await asyncio.Event().wait()
        reply = self.replies.get(request.path, "")
        if callable(reply):
            reply = reply(params)
        status, body = reply if isinstance(reply, tuple) else (200 if reply else 204, reply)
        await asyncio.sleep(0)
        kind = self.content_types.get(request.path, "text/xml")
        return web.Response(status=status, text=body, content_type=kind)

    def at(self, path: str) -> list[dict[str, str]]:
        return [one.params for one in self.received if one.path == path]

    def clear(self) -> None:
        self.replies.clear()
        self.received.clear()
        self.content_types.clear()
