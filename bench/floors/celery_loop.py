"""A peer: the same sends as tasks of celery over a Redis of their own, by four processes.

As many processes did best on two cores. Its clock runs from the first send to the last, as the
pretended carrier saw them, so starting it costs it nothing.
"""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator

PORT, PROCESSES, PATIENCE_SECONDS = 8246, 4, 120.0
BROKER = f"redis://127.0.0.1:{PORT}/0"
CARRIER = os.environ["CARRIER_BASE_URL"]


@contextlib.contextmanager
def running(command: list[str]) -> Iterator[None]:
    """Run a program until the block ends."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=os.environ | {"PEER_BROKER": BROKER}, **quiet)  # type: ignore[call-overload]
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def taken() -> tuple[int, float]:
    """Return how many texts the carrier took, and the seconds from the first to the last."""
    with urllib.request.urlopen(f"{CARRIER}/taken") as answer:  # noqa: S310 - our own address
        said = json.load(answer)
    return int(said["texts"]), float(said["seconds"])


def main(number: int) -> None:
    """Queue so many sends, then work them off; prints the seconds and the CPU seconds."""
    os.environ["PEER_BROKER"] = BROKER
    from bench.floors.celery_app import send_one  # noqa: PLC0415 - it needs its broker's address

    with tempfile.TemporaryDirectory() as folder:
        redis = ["redis-server", "--port", str(PORT), "--dir", folder, "--save", ""]
        worker = [sys.executable, "-m", "celery", "-A", "bench.floors.celery_app", "worker"]
        worker += ["--pool", "prefork", "--concurrency", str(PROCESSES), "--loglevel", "ERROR"]
        with running(redis):
            for _ in range(number):
                send_one.delay()
            urllib.request.urlopen(f"{CARRIER}/begin").close()  # noqa: S310 - our own address
            with running(worker):
                until = time.monotonic() + PATIENCE_SECONDS
                while taken()[0] < number and time.monotonic() < until:
                    time.sleep(0.1)
    texts, seconds = taken()
    if texts != number:
        raise RuntimeError(f"Only {texts} of {number} were sent")
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(seconds, spent.ru_utime + spent.ru_stime)


if __name__ == "__main__":
    main(int(sys.argv[1]))
