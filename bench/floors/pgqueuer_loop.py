"""A peer: the same sends as jobs of pgqueuer, in the same PostgreSQL, by as many threads.

Its clock stops with the last send: what it waits for before it ends is not counted.
"""

import asyncio
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
from pgqueuer import Job, PgQueuer, PsycopgDriver, Queries
from pgqueuer.domain.types import QueueExecutionMode

from bench.floors.sending import send

_WARM = 8
"""Sends before the clock starts, as by the other floors."""
_BATCH = 100
"""Whatever is claimed waits in memory for a thread: with fewer it pauses between two batches."""


async def main(number: int) -> None:
    """Queue so many sends, then work them off; prints the seconds and the CPU seconds."""
    ended = 0.0
    pool = ThreadPoolExecutor(int(os.environ["WORKER_THREADS"]))
    async with await psycopg.AsyncConnection.connect(
        os.environ["FLOOR_DATABASE"], autocommit=True
    ) as connection:
        driver = PsycopgDriver(connection)
        queries = Queries(driver)
        await connection.execute("CREATE SCHEMA IF NOT EXISTS pgqueuer")
        await connection.execute("SET search_path TO pgqueuer")
        exists = await connection.execute("SELECT to_regclass('pgqueuer.pgqueuer')")
        if (await exists.fetchone()) == (None,):
            await queries.install()
        worker = PgQueuer(driver)

        @worker.entrypoint("send")
        async def send_one(job: Job) -> None:
            nonlocal ended
            del job
            await asyncio.get_running_loop().run_in_executor(pool, send)
            ended = time.perf_counter()

        for _ in range(_WARM):
            await asyncio.get_running_loop().run_in_executor(pool, send)
        await queries.enqueue(["send"] * number, [None] * number, [0] * number)
        began, spent = time.perf_counter(), time.process_time()
        await worker.qm.run(
            dequeue_timeout=timedelta(seconds=1),
            batch_size=_BATCH,
            mode=QueueExecutionMode.drain,
        )
        print(ended - began, time.process_time() - spent)


asyncio.run(main(int(sys.argv[1])))
