"""R12: deploy with a migration, the old program on the new tables, and back; backup and restore."""

import io
import subprocess
import tarfile
from pathlib import Path

import flask_migrate
import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session

from chaos.ledger import Findings, Ledger, half_done
from chaos.place import ROOT, Place
from chaos.size import Size
from chaos.traffic import Traffic
from helpline import audit_chain
from helpline.clock import now
from helpline.database import transaction
from helpline.operations import backups

NAME, WHAT = "R12", "deploy with a migration, old program on new tables; backup, restore, chain"
_CONTACTS, _A_SECOND = 600, 10.0
_KEY = b"r" * 32


def run(place: Place, size: Size) -> Findings:
    """Nobody notices an upgrade; a backup comes back whole, its chain of the record too."""
    found, ledger = Findings(), Ledger()
    traffic, seconds = Traffic(place, ledger), size.of(_CONTACTS, 60) / _A_SECOND / 4
    old = _old_program(place.folder / "old")
    if old is None:
        found.notes.append("no history here: the old program was left out")
    else:
        _with_old_program(place, traffic, seconds, old)
    place.start_web()
    traffic.flow(_A_SECOND, seconds, lambda: None)
    place.stop("web")
    ledger.compare(place.plain_address, found)
    found.stranded += half_done(place.plain_address)
    _back_up_and_restore(place, found)
    return found


def _with_old_program(place: Place, traffic: Traffic, seconds: float, old: Path) -> None:
    """Run the old program on the old tables, on the new ones while they come, and afterwards."""
    with place.app.app_context():
        flask_migrate.downgrade()
    place.start_web(old)
    traffic.flow(_A_SECOND, seconds, lambda: None)
    todo = [True]

    def migrate() -> None:
        if todo:
            todo.clear()
            with place.app.app_context():
                flask_migrate.upgrade()

    traffic.flow(_A_SECOND, 2 * seconds, migrate)
    place.stop("web")


def _old_program(folder: Path) -> Path | None:
    """Unpack the program as it was before its newest migration; None without its history."""
    newest = max((ROOT / "migrations" / "versions").glob("[0-9]*.py")).relative_to(ROOT)
    added = _git("log", "--diff-filter=A", "--format=%H", "-1", "--", str(newest)).decode().strip()
    packed = _git("archive", "--format=tar", f"{added}^") if added else b""
    if not packed:
        return None
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def _git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False).stdout


def _back_up_and_restore(place: Place, found: Findings) -> None:
    with place.app.app_context(), transaction() as session:
        while audit_chain.seal(session, at=now(), everything=True):
            pass
    file = place.folder / "backup"
    made = backups.back_up(place.plain_address, _KEY, file, at=now())
    with backups.drilled(place.plain_address, _KEY, file) as (_, copy):
        engine = sa.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(copy))
        with Session(engine) as session:
            *_, report = audit_chain.verify(session)
        engine.dispose()
    found.lost += len(report.faults)
    found.notes.append(f"{made.rows} rows came back, chain whole to place {report.head.number}")
