"""The live process of the tests: started, killed and started again at will."""

import os
import subprocess
import sys
import threading
import time

import requests

from tests.system import ROOT, System


class LiveProcess:
    """What tells browsers that something changed."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return once it answers; one that runs already is left alone."""
        if self._running is not None and self._running.poll() is None:
            return
        port = str(self._system.live_port)
        command = [sys.executable, "-m", "uvicorn", "helpline.console.live_updates:app"]
        command += ["--host", "127.0.0.1", "--port", port, "--no-access-log"]
        with (self._system.data_dir / "live.log").open("ab") as log:
            self._running = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | self._system.environment, stdout=log, stderr=log
            )
        self._wait()

    def kill(self) -> None:
        """End it as the kernel does, with no goodbye."""
        if self._running is not None:
            self._running.kill()
            self._running.wait(10)
            self._running = None

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                if requests.get(f"http://127.0.0.1:{self._system.live_port}/healthz", timeout=2).ok:
                    return
            except requests.ConnectionError:
                pass
            threading.Event().wait(0.05)
        raise AssertionError("The live process does not answer")
