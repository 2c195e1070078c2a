"""Programs kept running: started again when they end, stopped for certain, none left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools import processes
from tools.processes import GaveUpError, Program, Supervisor

WAITS = "import signal; print('up', flush=True); signal.pause()"
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('up', flush=True); signal.pause()"
)
LEAVES_A_CHILD = (
    "import subprocess, sys; "
    "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']); "
    "print(child.pid, flush=True); child.wait()"
)


def until(true: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        os.sched_yield()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    made: list[Program] = []

    def program(source: str, name: str = "part") -> Program:
        command = [sys.executable, "-c", source]
        made.append(Program(name, command, dict(os.environ), tmp_path / f"{name}.log"))
        return made[-1]

    yield program
    for each in made:
        each.stop(0)


def is_up(program: Program) -> bool:
    return program.log.exists() and "up" in program.log.read_text("utf-8")


def test_a_program_that_ended_is_started_again_after_a_pause(make, tmp_path: Path):
    said: list[str] = []
    program = make("print('last words')")
    supervisor = Supervisor([program], tmp_path / "run.json", said.append)
    supervisor.start()
    until(lambda: not program.running)
    supervisor.step(100.0)
    assert "last words" in "\n".join(said)
    supervisor.step(100.1)
    assert program.process is None
    supervisor.step(101.0)
    assert program.process is not None


def test_each_pause_is_longer_than_the_one_before(make):
    program = make("")
    pauses = []
    for _ in range(processes.DEATHS_ALLOWED - 1):
        program.note_death(1000.0)
        pauses.append(program.start_at - 1000.0)
    assert pauses == sorted(set(pauses))


def test_five_deaths_in_a_minute_are_given_up_naming_the_program(make):
    program = make("", name="worker")
    for second in range(4):
        program.note_death(1000.0 + second)
    with pytest.raises(GaveUpError, match="worker ended 5 times"):
        program.note_death(1030.0)


def test_deaths_far_apart_are_not_given_up(make):
    program = make("")
    for minute in range(20):
        program.note_death(1000.0 + 31 * minute)
    assert len(program.deaths) <= 2


def test_a_program_that_will_not_end_is_ended(make):
    program = make(STUBBORN)
    program.start()
    until(lambda: is_up(program))
    program.stop(seconds=0.05)
    assert program.process.returncode == -signal.SIGKILL


def test_what_a_program_itself_started_ends_with_it(make):
    program = make(LEAVES_A_CHILD)
    program.start()
    until(lambda: program.log.exists() and program.log.read_text("utf-8").strip())
    child = int(program.log.read_text("utf-8"))
    program.stop()
    until(lambda: not processes.born(child))


def test_programs_stop_in_the_order_asked_for(make, tmp_path: Path):
    ended = tmp_path / "ended"
    source = (
        "import signal, sys; from pathlib import Path\n"
        "def end(*_):\n"
        f"    with Path({str(ended)!r}).open('a') as out: out.write(NAME + ' ')\n"
        "    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True)\n"
        "while True: signal.pause()\n"
    )
    programs = [
        make(f"NAME = {name!r}\n{source}", name=name) for name in ("web", "worker", "other")
    ]
    supervisor = Supervisor(programs, tmp_path / "run.json", print)
    supervisor.start()
    until(lambda: all(is_up(each) for each in programs))
    supervisor.stop(["worker", "web"])
    assert ended.read_text("utf-8").split() == ["worker", "web", "other"]
    assert not (tmp_path / "run.json").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel does this on Linux only")
def test_programs_end_when_their_launcher_is_killed_outright(tmp_path: Path):
    log = tmp_path / "part.log"
    launcher = (
        "import os, signal, sys; from pathlib import Path; from tools.processes import Program\n"
        f"p = Program('part', [sys.executable, '-c', {WAITS!r}], dict(os.environ), "
        f"Path({str(log)!r}))\n"
        "p.start(); print(p.process.pid, flush=True); signal.pause()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", launcher], cwd=processes.ROOT, stdout=subprocess.PIPE, text=True
    ) as killed:
        pid = int(killed.stdout.readline())
        until(lambda: log.exists() and "up" in log.read_text("utf-8"))
        killed.kill()
        until(lambda: not processes.born(pid))


def test_the_next_start_ends_what_a_killed_launcher_left(make, tmp_path: Path):
    program = make(WAITS)
    program.start()
    record = tmp_path / "run.json"
    Supervisor([program], record, print).write_record()
    assert processes.end_left_overs(record) == 1
    until(lambda: not program.running)
    assert not record.exists()


def test_a_stranger_who_got_the_same_process_number_is_left_alone(make, tmp_path: Path):
    program = make(WAITS)
    program.start()
    record = tmp_path / "run.json"
    record.write_text(json.dumps([{"pid": program.process.pid, "born": "12"}]), "utf-8")
    assert processes.end_left_overs(record) == 0
    assert program.running


@pytest.mark.parametrize("record", ["", "[{", "{}", "[1]", '[{"pid": 1}]'])
def test_a_record_that_makes_no_sense_is_put_aside(record: str, tmp_path: Path):
    file = tmp_path / "run.json"
    file.write_text(record, "utf-8")
    assert processes.end_left_overs(file) == 0
    assert not file.exists()


def test_a_log_that_grew_big_is_begun_anew_and_the_old_one_kept(make, tmp_path: Path):
    program = make(WAITS)
    program.log.write_bytes(b"x" * (processes.BIG_LOG + 1))
    program.start()
    until(lambda: is_up(program))
    assert program.log.stat().st_size < 100
    assert (tmp_path / "part.log.1").exists()
