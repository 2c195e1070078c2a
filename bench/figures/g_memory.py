"""How soon each process answers, and its memory at rest and after work."""

import time
from collections.abc import Sequence

from bench import carrier_news, cpu, load, servers
from bench.registry import Figure
from bench.workplace import Workplace

TITLE = "memory of each process, and seconds until it answers"
PEOPLE, TEXTS = 200, 3


def measure(place: Workplace) -> Sequence[Figure]:
    """Give megabytes (what processes share counts once) and seconds."""
    began = time.perf_counter()
    with servers.ours(place) as web:
        web_ready = time.perf_counter() - began
        began = time.perf_counter()
        with (
            servers.live(place) as live,
            servers.program(place, ["-m", "helpline.worker"]) as worker,
        ):
            live_ready = time.perf_counter() - began
            load.closed(servers.OURS, list(carrier_news.conversations(place, 2, 1)))
            time.sleep(3)
            rest = {name: cpu.megabytes(pid) for name, pid in _named(web, live, worker)}
            load.closed(servers.OURS, list(carrier_news.conversations(place, PEOPLE, TEXTS)))
            after = {name: cpu.megabytes(pid) for name, pid in _named(web, live, worker)}
    return [
        Figure("memory_mb", sum(after.values())),
        *(Figure(f"memory_mb_{name}_at_rest", value) for name, value in rest.items()),
        *(Figure(f"memory_mb_{name}_after_work", value) for name, value in after.items()),
        Figure("seconds_to_ready_web", web_ready),
        Figure("seconds_to_ready_live", live_ready),
    ]


def _named(web: int, live: int, worker: int) -> list[tuple[str, int]]:
    return [("web", web), ("live", live), ("worker", worker)]
