"""Sends requests to a server of ours on this machine: one after the other, or by the clock."""

import heapq
import http.client
import random
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

_OK = 300


@dataclass(frozen=True)
class Request:
    """A form that is posted."""

    path: str
    body: bytes
    headers: dict[str, str]


@dataclass
class Answers:
    """How long each answer took, in seconds, and how long it all took."""

    seconds: list[float] = field(default_factory=list)
    took: float = 0.0

    @property
    def a_second(self) -> float:
        """Requests answered in a second."""
        return len(self.seconds) / self.took

    def at_most(self, share: float) -> float:
        """Return within how many milliseconds this share of the answers came."""
        return (
            1000 * sorted(self.seconds)[min(int(len(self.seconds) * share), len(self.seconds) - 1)]
        )

    @property
    def longest(self) -> float:
        """The slowest answer, in milliseconds."""
        return 1000 * max(self.seconds)

    @property
    def median(self) -> float:
        """The usual answer, in milliseconds."""
        return 1000 * statistics.median(self.seconds)


class Line:
    """One connection that is kept open."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def send(self, request: Request) -> None:
        """Post one form; an answer that is no success is an error."""
        self._connection.request("POST", request.path, request.body, request.headers)
        answer = self._connection.getresponse()
        answer.read()
        if answer.status >= _OK:
            raise RuntimeError(f"{request.path} was answered with {answer.status}")

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def closed(port: int, requests: Sequence[Request], lines: int = 8) -> Answers:
    """Send everything over a few connections, each waiting for its answer before the next."""
    found = Answers()
    began = time.perf_counter()
    with ThreadPoolExecutor(lines) as pool:
        for seconds in pool.map(lambda part: _one_by_one(port, part), _dealt(requests, lines)):
            found.seconds += seconds
    found.took = time.perf_counter() - began
    return found


def open_loop(
    port: int,
    requests: Sequence[Request],
    a_second: float,
    lines: int = 24,
    note: Callable[[Request], None] = lambda _: None,
) -> Answers:
    """Send by the clock, as people do who don't wait for each other (a Poisson process).

    The time of an answer begins when the request was due, so a server that stalls is not spared.
    `note` is told of each request as it leaves.
    """
    found, lock, chance = Answers(), threading.Lock(), random.Random(7)  # noqa: S311 - no secret
    due: list[tuple[float, int]] = []
    at = 0.0
    for number in range(len(requests)):
        at += chance.expovariate(a_second)
        heapq.heappush(due, (at, number))
    began = time.perf_counter()

    def work() -> None:
        line = Line(port)
        while True:
            with lock:
                if not due:
                    break
                at, number = heapq.heappop(due)
            wait = began + at - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            note(requests[number])
            line.send(requests[number])
            with lock:
                found.seconds.append(time.perf_counter() - began - at)
        line.close()

    threads = [threading.Thread(target=work) for _ in range(lines)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    found.took = time.perf_counter() - began
    return found


def _one_by_one(port: int, requests: Sequence[Request]) -> list[float]:
    line, seconds = Line(port), []
    for each in requests:
        began = time.perf_counter()
        line.send(each)
        seconds.append(time.perf_counter() - began)
    line.close()
    return seconds


def _dealt(requests: Sequence[Request], hands: int) -> list[Sequence[Request]]:
    """Deal the requests out in runs, so that one person's texts stay in order."""
    size = -(-len(requests) // hands)
    return [requests[at : at + size] for at in range(0, len(requests), size)]
