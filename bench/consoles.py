"""Many open consoles: streams read as a browser reads them, with the time of each line."""

import asyncio
import contextlib
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Self

_OPEN_AT_ONCE = 50


class Consoles:
    """So many streams from one address, read in a thread of its own."""

    def __init__(self, port: int, path: str, cookie: str, number: int) -> None:
        self._port, self._number = port, number
        self._ask = (f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n").encode()
        self.heard: dict[str, list[float]] = defaultdict(list)
        """For each thing told, when each console heard it (by the clock of `time.perf_counter`)."""
        self._ready, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._read_all()))

    def __enter__(self) -> Self:
        """Open them all."""
        self._thread.start()
        if not self._ready.wait(120):
            raise RuntimeError("The consoles did not open")
        return self

    def __exit__(self, *_: object) -> None:
        """Close them all."""
        self._stop.set()
        self._thread.join(30)

    async def _read_all(self) -> None:
        gate = asyncio.Semaphore(_OPEN_AT_ONCE)
        opened = await asyncio.gather(*(self._open(gate) for _ in range(self._number)))
        tasks = [asyncio.ensure_future(self._read(reader)) for reader, _ in opened]
        self._ready.set()
        await asyncio.to_thread(self._stop.wait)
        for task in tasks:
            task.cancel()
        for _, writer in opened:
            writer.close()

    async def _open(
        self, gate: asyncio.Semaphore
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(self._ask)
            status = await reader.readline()
            if b" 200 " not in status:
                raise RuntimeError(f"A stream was answered with {status.decode().strip()}")
            return reader, writer

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            if line.startswith(b"data: "):
                self.heard[line[6:].decode().strip()].append(time.perf_counter())


@contextlib.contextmanager
def open_consoles(port: int, path: str, cookie: str, number: int) -> Iterator[Consoles]:
    """Open so many streams until the block ends."""
    with Consoles(port, path, cookie, number) as consoles:
        yield consoles
