"""Web servers for measuring: the helpline's own and the floors', started by the same command."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from bench.workplace import Workplace
from tools.run import live_command, web_command

ROOT = Path(__file__).parents[1]
OURS, FLOOR, LIVE, RELAY = 8240, 8241, 8242, 8243
_READY_SECONDS = 240.0
_STOP_SECONDS = 15.0


@contextlib.contextmanager
def ours(place: Workplace, port: int = OURS) -> Iterator[int]:
    """Serve the helpline; gives the id of the process."""
    with program(place, web_command("wsgi:app", "127.0.0.1", port), port, "/healthz") as pid:
        yield pid


@contextlib.contextmanager
def floor(place: Workplace, name: str, port: int = FLOOR) -> Iterator[int]:
    """Serve a floor of bench/floors."""
    command = web_command(f"bench.floors.{name}:app", "127.0.0.1", port)
    with program(place, command, port, "/") as pid:
        yield pid


@contextlib.contextmanager
def live(place: Workplace, port: int = LIVE) -> Iterator[int]:
    """Serve the consoles' streams."""
    with program(place, live_command("127.0.0.1", port), port, "/healthz") as pid:
        yield pid


@contextlib.contextmanager
def program(place: Workplace, command: list[str], port: int = 0, path: str = "") -> Iterator[int]:
    """Run a program of ours until the block ends; waits until it answers, where it has a port."""
    with (place.data_dir / f"{command[1].rpartition('.')[2]}-{port}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=place.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        if port:
            _wait(process, f"http://127.0.0.1:{port}{path}")
        yield process.pid
    finally:
        _stop(process)


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"The server for {url} has ended")
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address
                return
        except urllib.error.HTTPError:
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise RuntimeError(f"Nobody answers at {url}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
