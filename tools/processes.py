"""Keep a few programs running side by side: start, watch, start again, stop, leave none behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEATHS_ALLOWED = 5
WITHIN_SECONDS = 60.0
STOP_SECONDS = 10.0
BIG_LOG = 5_000_000  # bytes


class GaveUpError(RuntimeError):
    """A program keeps dying; the message names it and its log."""


@dataclass
class Program:
    """One program that is to run all the time, with its output in a log of its own."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    deaths: deque[float] = field(default_factory=deque)
    start_at: float = 0.0  # monotonic seconds; when the next start is due

    def start(self) -> None:
        """Start the program in a session of its own, so that Ctrl-C reaches only the launcher."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > BIG_LOG:
            self.log.replace(self.log.with_name(self.log.name + ".1"))
        command = [sys.executable, "-m", "tools.with_parent", str(os.getpid()), *self.command]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=dict(self.environment),
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Ask the program to end; after `seconds` end it."""
        if self.process is None:
            return
        stop_group(self.process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        # What the program itself started may have outlived it.
        stop_group(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def note_death(self, now: float) -> None:
        """Count a death and set when to start again; raises GaveUpError after too many."""
        self.deaths.append(now)
        while now - self.deaths[0] > WITHIN_SECONDS:
            self.deaths.popleft()
        if len(self.deaths) >= DEATHS_ALLOWED:
            raise GaveUpError(
                f"{self.name} ended {len(self.deaths)} times within a minute. Its log: {self.log}"
            )
        self.start_at = now + 0.25 * 2 ** len(self.deaths)


class Supervisor:
    """Several programs, started in order, stopped in an order of their own.

    `record` is the file that lists what runs, for the next start after this one was killed.
    """

    def __init__(
        self, programs: Iterable[Program], record: Path, say: Callable[[str], None]
    ) -> None:
        self.programs = list(programs)
        self.record = record
        self.say = say

    def start(self) -> None:
        for program in self.programs:
            program.start()
        self.write_record()

    def step(self, now: float) -> None:
        """Look after each program once; raises GaveUpError when one keeps dying."""
        for program in self.programs:
            if program.running:
                continue
            if program.process is not None:
                code, program.process = program.process.returncode, None
                self.say(f"{program.name} has ended (exit code {code}). Its last words:")
                self.say(last_lines(program.log))
                program.note_death(now)
            elif now >= program.start_at:
                self.say(f"Starting {program.name} again")
                program.start()
                self.write_record()

    def stop(self, order: Iterable[str]) -> None:
        """Stop every program, those named in `order` first and in that order."""
        wanted = list(order)
        rank = {name: place for place, name in enumerate(wanted)}
        for program in sorted(self.programs, key=lambda each: rank.get(each.name, len(wanted))):
            program.stop()
        self.record.unlink(missing_ok=True)

    def write_record(self) -> None:
        running = [each.process.pid for each in self.programs if each.process is not None]
        entries = [{"pid": pid, "born": born(pid)} for pid in running]
        unfinished = self.record.with_name(self.record.name + ".new")
        unfinished.write_text(json.dumps(entries), "utf-8")
        unfinished.replace(self.record)


def born(pid: int) -> str:
    """Return what tells this process from a later one with the same number; "" if there is none."""
    try:
        # The fields after the name, which stands in brackets and may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in {"Z", "X"} else fields[19]


def end_left_overs(record: Path) -> int:
    """End what a killed launcher left running; return how many programs that were."""
    if not record.exists():
        return 0
    try:
        entries = json.loads(record.read_text("utf-8"))
        alive = [entry["pid"] for entry in entries if entry["born"] == born(entry["pid"]) != ""]
    except (ValueError, TypeError, KeyError):
        alive = []  # written only half before the power went: nothing in it to go by
    for pid in alive:
        stop_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while any(born(pid) for pid in alive) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in alive:
        stop_group(pid, signal.SIGKILL)
    record.unlink(missing_ok=True)
    return len(alive)


def stop_group(leader: int, how: signal.Signals) -> None:
    """Send a signal to a program and all it started, if any of it is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, how)


def last_lines(log: Path, count: int = 12) -> str:
    """Return the end of a log, set in from the margin."""
    if not log.exists():
        return "    (nothing)"
    with log.open("rb") as opened:
        opened.seek(max(0, log.stat().st_size - 8_000))
        lines = opened.read().decode("utf-8", errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-count:]) or "    (nothing)"
