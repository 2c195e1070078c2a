"""The floor of a live console: what is told by NOTIFY goes to every open stream, as it is."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg

streams: set[asyncio.Queue[str]] = set()
Talk = Callable[..., Awaitable[Any]]


async def listen() -> None:
    url = os.environ["FLOOR_DATABASE"]
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
    await connection.execute("LISTEN floor_live")
    async for notice in connection.notifies():
        for queue in streams:
            queue.put_nowait(notice.payload)


async def app(scope: dict[str, Any], receive: Talk, send: Talk) -> None:
    if scope["type"] == "lifespan":
        await receive()
        app.listener = asyncio.ensure_future(listen())  # type: ignore[attr-defined]
        await send({"type": "lifespan.startup.complete"})
        return
    start = {"type": "http.response.start", "status": 200, "headers": []}
    await send(start)
    queue: asyncio.Queue[str] = asyncio.Queue()
    streams.add(queue)
    while True:
        chunk = f"data: {await queue.get()}\n\n".encode()
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
