"""`make run` as a newcomer meets it: opens, answers, survives, and closes without a trace."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpline import embedded_postgres
from tests.tools.ports import three_free_ports
from tools.demo_settings import HOST
from tools.processes import ROOT, born

pytestmark = [pytest.mark.whole, pytest.mark.timeout(240)]

OPEN = "Ctrl-C stops everything"


class Launcher:
    """`make run` after its set-up, with ports and data of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.port = three_free_ports()
        self.data_dir = data_dir
        self.said: list[str] = []
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> float:
        """Start and wait until it says that it is open; return the seconds that took."""
        began = time.monotonic()
        named = {"PORT": str(self.port), "DATA_DIR": str(self.data_dir)}
        inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools.run"],
            cwd=ROOT,
            env={**inherited, **named},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for line in self.process.stdout:
            self.said.append(line)
            if OPEN in line:
                return time.monotonic() - began
        pytest.fail("it never opened:\n" + "".join(self.said))

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        rest, _ = self.process.communicate(timeout=40)
        self.said.append(rest)
        return self.process.returncode

    def well(self, offset: int = 0) -> int:
        with urllib.request.urlopen(f"http://{HOST}:{self.port + offset}/healthz") as answer:
            return answer.status

    def children(self) -> list[int]:
        return [entry["pid"] for entry in json.loads((self.data_dir / "run.json").read_text())]


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="helpline-run-"))
    yield folder / "data"
    embedded_postgres.stop(folder / "data")
    shutil.rmtree(folder)


@pytest.fixture
def launcher(data_dir: Path) -> Iterator[Launcher]:
    one = Launcher(data_dir)
    yield one
    if one.process is not None and one.process.poll() is None:
        one.process.kill()
        one.process.communicate()


def test_it_opens_answers_and_closes_without_a_trace(launcher: Launcher):
    launcher.start()
    assert [launcher.well(offset) for offset in range(3)] == [200, 200, 200]
    children = launcher.children()
    assert launcher.stop() == 0
    assert [pid for pid in children if born(pid)] == []
    assert not embedded_postgres.is_running(launcher.data_dir)
    said = "".join(launcher.said)
    assert "Traceback" not in said
    for line in (launcher.data_dir / "settings.env").read_text("utf-8").splitlines()[1:]:
        assert line.partition("=")[2] not in said, "a secret was printed"


def test_after_a_kill_the_next_start_opens_by_itself(launcher: Launcher):
    launcher.start()
    launcher.process.kill()
    launcher.process.communicate()
    # How long a start takes is a matter for `make bench`: here other tests run beside it.
    assert launcher.start() < 60
    assert launcher.well() == 200
    assert launcher.stop() == 0


def test_a_program_that_is_killed_comes_back(launcher: Launcher):
    launcher.start()
    before = launcher.children()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    for line in launcher.process.stdout:
        launcher.said.append(line)
        if "Starting worker again" in line:
            break
    deadline = time.monotonic() + 120
    while len(set(launcher.children()) - set(before)) < 4 or not answers(launcher):
        assert time.monotonic() < deadline, "".join(launcher.said)
        # A loop that never rests would take the time of the very programs that it waits for.
        threading.Event().wait(0.1)
    assert launcher.stop() == 0


def answers(launcher: Launcher) -> bool:
    try:
        return all(launcher.well(offset) == 200 for offset in range(3))
    except OSError:
        return False
