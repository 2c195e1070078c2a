"""R8: the disk of the database is full while callers write, and then has room again."""

import os
import subprocess
import time
from pathlib import Path

import requests

from chaos.ledger import Findings, Ledger, half_done
from chaos.place import Place
from chaos.size import Size
from chaos.traffic import Traffic
from helpline import embedded_postgres

NAME, WHAT = "R8", "the database's disk full, then not"
NEEDS_SMALL_DISK = True
_CONTACTS, _A_SECOND = 300, 5.0


def small_disk(folder: Path, megabytes: int = 400) -> bool:
    """Put a small disk of memory under a folder; False where this user may not."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    return os.geteuid() == 0 and subprocess.run(command, check=False).returncode == 0


def take_away(folder: Path) -> None:
    """Take the small disk off again."""
    subprocess.run(["umount", "--lazy", str(folder)], check=False)


def run(place: Place, size: Size) -> Findings:
    """Nothing is acknowledged that was not stored; it says so; it comes back by itself."""
    found, ledger = Findings(), Ledger()
    place.start_web()
    traffic, seconds = Traffic(place, ledger), size.of(_CONTACTS, 60) / _A_SECOND
    filler, began = place.folder / "filler", time.monotonic()
    states: list[str] = []

    def fill_and_free() -> None:
        passed = time.monotonic() - began
        if passed > seconds / 4 and not states:
            _fill(filler)
            states.append("full")
        elif passed > seconds / 2 and states == ["full"]:
            states.append(f"healthz {_health(place)}")
            filler.unlink()
            # As a service manager does with a server that has ended.
            embedded_postgres.start(place.folder)
            states.append("free")
        time.sleep(0.2)

    traffic.flow(_A_SECOND, seconds, fill_and_free)
    filler.unlink(missing_ok=True)
    embedded_postgres.start(place.folder)
    # While nothing can be stored nothing may be acknowledged: giving up is right then.
    found.allowed_to_give_up = 10**6
    ledger.compare(place.plain_address, found)
    found.stranded += half_done(place.plain_address)
    before = len(traffic.waited)
    traffic.text()
    found.lost += len(traffic.waited) == before
    found.notes.append(f"{', '.join(states)}; {found.gave_up} tellings refused meanwhile")
    return found


def _fill(filler: Path) -> None:
    block = b"0" * 65_536
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(block)
        except OSError:
            return


def _health(place: Place) -> int | str:
    try:
        return requests.get(f"{place.web}/healthz", timeout=10).status_code
    except requests.RequestException as error:
        return type(error).__name__
