"""`make run`: the whole helpline on this machine, from the database to the pretend telephones.

Starts the parts in order, waits until each answers, prints where to go, keeps the parts running,
and stops them cleanly on Ctrl-C. Where it listens and keeps its data: PORT and DATA_DIR.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType

from helpline import embedded_postgres
from tools import demo_settings, log_watch
from tools.demo_settings import HOST, Place, SettingsError
from tools.processes import GaveUpError, Program, Supervisor, end_left_overs, last_lines

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 90.0
LOOK_SECONDS = 0.1
DATABASE_LOOK_SECONDS = 2.0
# First who asks the carrier for things, so that each answer still finds its way home; then the
# carrier, whose last events still find the web process; the database outlives them all.
STOP_ORDER = ("worker", "exchange", "web", "live")


class StopRequestedError(Exception):
    """Somebody pressed Ctrl-C or ended the launcher."""


class StartError(RuntimeError):
    """The helpline cannot be started; the message says why and what to do."""


def say(line: str = "") -> None:
    print(line, flush=True)


def check_ports(spot: Place) -> None:
    """Raise StartError naming the first port that another program listens on."""
    for process, port in spot.ports.items():
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                raise StartError(
                    f"Port {port} (for {process}) cannot be used: {error.strerror}.\n"
                    f"Choose other ports, three in a row are used:  make run PORT={port + 1000}"
                ) from error


@contextlib.contextmanager
def sole_launcher(spot: Place) -> Iterator[None]:
    """Hold the data folder; raises StartError while another launcher holds it."""
    spot.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    with (spot.data_dir / "run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StartError(
                f"A helpline is already running with the data in {spot.data_dir}.\n"
                "Stop it with Ctrl-C, or choose another folder:  make run DATA_DIR=./other-data"
            ) from error
        yield


def run_once(spot: Place, settings: Mapping[str, str], command: str) -> str:
    """Run one of the helpline's own commands to its end; return what it printed.

    Raises StartError with its last words when it fails.
    """
    log = spot.logs / f"{command}.log"
    with log.open("wb") as errors:
        done = subprocess.run(
            [sys.executable, "-m", "helpline.commands", command],
            cwd=ROOT,
            env=dict(settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            check=False,
        )
    if done.returncode != 0:
        raise StartError(f"The step '{command}' failed:\n{last_lines(log)}")
    return done.stdout.decode("utf-8")


def web_command(app: str, host: str, port: int) -> list[str]:
    """Return how Python is told to serve a web application: threads, for short answers."""
    web = ["-m", "gunicorn", app, "--bind", f"{host}:{port}", "--no-control-socket"]
    web += ["--worker-class", "gthread", "--workers", "2", "--threads", "8"]
    return [*web, "--graceful-timeout", "3", "--keep-alive", "75"]


def live_command(host: str, port: int) -> list[str]:
    """Return how Python is told to serve the consoles' streams: one loop, for long answers."""
    live = ["-m", "uvicorn", "helpline.console.live_updates:app", "--host", host]
    live += ["--port", str(port), "--no-access-log"]
    return [*live, "--timeout-graceful-shutdown", "2"]


def programs(spot: Place, settings: Mapping[str, str]) -> list[Program]:
    """Return the programs that make up a running helpline, in the order they are started."""
    web = web_command("wsgi:app", HOST, spot.port)
    live = live_command(HOST, spot.ports["live"])
    commands = {"web": web, "live": live, "worker": ["-m", "helpline.worker"]}
    environments = dict.fromkeys(commands, settings)
    if not demo_settings.has_own_carrier(os.environ):
        commands = {"exchange": ["-m", "exchange"], **commands}
        environments["exchange"] = demo_settings.exchange_settings(spot, settings)
    return [
        Program(name, [sys.executable, *command], environments[name], spot.logs / f"{name}.log")
        for name, command in commands.items()
    ]


def not_ready(spot: Place, names: list[str]) -> list[str]:
    """Return those of `names` that do not yet answer that they are well."""
    return [name for name in names if not answers_well(f"{spot.address(name)}/healthz")]


def answers_well(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own http address  # nosec B310
            return int(answer.status) == 200  # noqa: PLR2004 - the one good answer
    except (urllib.error.URLError, OSError):
        return False


def keep_running(spot: Place, supervisor: Supervisor, welcome: str, *, own_database: bool) -> None:
    """Look after everything until told to stop; print `welcome` once all is ready.

    Raises StartError when it does not become ready, GaveUpError when a program keeps dying.
    """
    started = time.monotonic()
    names = [each.name for each in supervisor.programs if each.name in spot.ports]
    database_due = started
    watch = log_watch.LogWatch({each.name: each.log for each in supervisor.programs})
    ready = False
    while True:
        now = time.monotonic()
        supervisor.step(now)
        for line in watch.new_errors(now):
            say(line)
        if own_database and now >= database_due:
            keep_database(spot)
            database_due = now + DATABASE_LOOK_SECONDS
        if not ready:
            missing = not_ready(spot, names)
            ready = not missing
            if ready:
                say(welcome)
            elif now - started > READY_SECONDS:
                raise StartError(not_well(spot, missing))
        time.sleep(LOOK_SECONDS)


def keep_database(spot: Place) -> None:
    if not embedded_postgres.is_running(spot.data_dir):
        say("The database has ended. Starting it again")
        embedded_postgres.start(spot.data_dir)


def not_well(spot: Place, missing: list[str]) -> str:
    parts = [f"Not ready after {READY_SECONDS:.0f} seconds: {', '.join(missing)}."]
    parts += [f"{name}:\n{last_lines(spot.logs / f'{name}.log')}" for name in missing]
    return "\n".join(parts)


def welcome(spot: Place, sign_ins: str, *, with_exchange: bool) -> str:
    """Return what is printed when everything answers."""
    web = spot.address("web")
    lines = [
        "",
        "The helpline is open.",
        "",
        f"  Start here   {web}/",
        f"  Console      {web}/console",
    ]
    if with_exchange:
        lines.append(f"  Handsets     {spot.address('exchange')}/")
    lines += [f"  Health       {web}/healthz", ""]
    if sign_ins.strip():
        lines += [*(f"  {line}".rstrip() for line in sign_ins.strip().splitlines()), ""]
    lines.append(f"Logs are in {spot.logs}. Ctrl-C stops everything; the data stays.")
    return "\n".join(lines)


def run(spot: Place) -> None:
    """Start everything and stay until told to stop. Raises StartError or GaveUpError."""
    with sole_launcher(spot):
        record = spot.data_dir / "run.json"
        if end_left_overs(record):
            say("Ended what an earlier start had left running")
        check_ports(spot)
        spot.logs.mkdir(mode=0o700, exist_ok=True)
        settings = demo_settings.child_settings(spot, os.environ)
        own_database = not settings.get("DATABASE_URL")
        try:
            if own_database:
                say(f"Starting the database in {spot.data_dir}")
                settings["DATABASE_URL"] = embedded_postgres.start(spot.data_dir)
            serve(spot, settings, record, own_database=own_database)
        finally:
            if own_database:
                say("Stopping the database")
                embedded_postgres.stop(spot.data_dir)


def serve(spot: Place, settings: Mapping[str, str], record: Path, *, own_database: bool) -> None:
    with_samples = " and loading sample data" if settings["TRAINING"] == "1" else ""
    say(f"Bringing its tables up to date{with_samples}")
    sign_ins = run_once(spot, settings, "make-ready")
    supervisor = Supervisor(programs(spot, settings), record, say)
    names = [each.name for each in supervisor.programs]
    say(f"Starting {', '.join(names[:-1])} and {names[-1]}")
    try:
        supervisor.start()
        greeting = welcome(spot, sign_ins, with_exchange="exchange" in names)
        keep_running(spot, supervisor, greeting, own_database=own_database)
    finally:
        say(f"Stopping {', '.join(name for name in STOP_ORDER if name in names)}")
        supervisor.stop(STOP_ORDER)


def request_stop(_signal: int, _frame: FrameType | None) -> None:
    # Once is enough: a second Ctrl-C must not cut the stopping short.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise StopRequestedError


def main() -> int:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, request_stop)
    try:
        run(demo_settings.place(os.environ))
    except StopRequestedError:
        say("Stopped. The data is kept for next time.")
        return 0
    except (SettingsError, StartError) as error:
        print(error, file=sys.stderr)
        return 2
    except (GaveUpError, embedded_postgres.EmbeddedPostgresError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
