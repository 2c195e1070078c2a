"""Backups: the whole database in one locked file, and back, compared table by table.

PostgreSQL's own pg_dump and pg_restore do the work; here is what they don't do: the fingerprint of
every table, taken in the very same look as the dump, so that a restore proves itself.
"""

import json
import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import conninfo, sql

from helpline import embedded_postgres
from helpline.operations import sealed_file
from helpline.operations.sealed_file import SealBrokenError

Fingerprints = dict[str, list[int]]
_HEAD_BYTES = 8
_ENVIRONMENT = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}


class BackupError(Exception):
    """A backup or a restore failed; the words say why and what to do."""


@dataclass(frozen=True)
class Backup:
    """What a backup says of itself."""

    made_at: str
    tables: Fingerprints
    """For each table its number of rows, and the sum of their fingerprints."""

    @property
    def rows(self) -> int:
        """How many rows it holds."""
        return sum(count for count, _ in self.tables.values())


def back_up(address: str, key: bytes, to: Path, *, at: datetime) -> Backup:
    """Write a locked backup of a database, all of one instant. The file is whole or not there.

    `address` is a psycopg address. The line goes on meanwhile.

    Raises:
        BackupError: the file exists, or pg_dump failed.

    """
    if to.exists():
        raise BackupError(f"{to} exists already. Name another file: backups are never written over")
    unfinished = to.with_name(f"{to.name}.{uuid.uuid4().hex[:6]}.new")
    try:
        with psycopg.connect(address) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            made = Backup(at.isoformat(), fingerprints(connection))
            look = connection.execute("SELECT pg_export_snapshot()").fetchone()
            with _opened(unfinished) as file:
                _write(file, key, made, address, str(look[0]) if look else "")
        unfinished.rename(to)
    finally:
        unfinished.unlink(missing_ok=True)
    return made


def restore(address: str, key: bytes, backup: Path) -> Backup:
    """Restore a backup into an empty database, and compare every table with what it was.

    All of it or nothing: one transaction.

    Raises:
        BackupError: the database is not empty, pg_restore failed, or a table differs.
        SealBrokenError: the backup does not open.

    """
    with psycopg.connect(address) as connection:
        if _tables(connection):
            raise BackupError("The database is not empty. Restore into a new one: nothing is lost")
    command = [_program("pg_restore"), "--single-transaction", "--exit-on-error", "--no-owner"]
    command += ["--no-privileges", "--dbname", _name(address)]
    with backup.open("rb") as file, _running(command, address, reads=True) as running:
        pieces = sealed_file.read(file, key)
        made, first = _head(pieces)
        try:
            running.stdin.write(first)
            for piece in pieces:
                running.stdin.write(piece)
            running.stdin.close()
        except (SealBrokenError, BrokenPipeError) as error:
            running.kill()
            if isinstance(error, SealBrokenError):
                raise
    _check_ended(running, "pg_restore")
    with psycopg.connect(address) as connection:
        differing = differences(made.tables, fingerprints(connection))
    if differing:
        raise BackupError(f"These tables are not as they were: {', '.join(differing)}")
    return made


@contextmanager
def drilled(address: str, key: bytes, backup: Path) -> Iterator[tuple[Backup, str]]:
    """Restore a backup beside the real database, to be looked at; it is gone afterwards.

    Gives what the backup says and the address of the copy.

    Raises:
        BackupError: no second database may be made, or the restore failed.

    """
    name = f"helpline_drill_{uuid.uuid4().hex[:8]}"
    copy = conninfo.make_conninfo(address, dbname=name)
    named = sql.Identifier(name)
    try:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(named))
    except psycopg.errors.InsufficientPrivilege:
        raise BackupError("The drill needs a role that may create databases (CREATEDB)") from None
    try:
        yield restore(copy, key, backup), copy
    finally:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(named))


def fingerprints(connection: psycopg.Connection[Any]) -> Fingerprints:
    """Return for each table its number of rows and the sum of their fingerprints, in any order."""
    found: Fingerprints = {}
    # Written alike on every server, whatever its own settings are.
    connection.execute("SET LOCAL timezone = 'UTC'")
    connection.execute("SET LOCAL datestyle = 'ISO'")
    connection.execute("SET LOCAL extra_float_digits = 1")
    for table in _tables(connection):
        row = connection.execute(
            sql.SQL(
                "SELECT count(*),"
                " coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0) FROM {} t"
            ).format(sql.Identifier(table))
        ).fetchone()
        found[table] = [int(each) for each in row or (0, 0)]
    return found


def differences(one: Fingerprints, other: Fingerprints) -> list[str]:
    """Name the tables that are not the same in both."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _tables(connection: psycopg.Connection[Any]) -> list[str]:
    found = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    )
    return [str(row[0]) for row in found]


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _write(file: Any, key: bytes, made: Backup, address: str, look: str) -> None:  # noqa: ANN401
    sealed = sealed_file.Writer(file, key)
    head = json.dumps({"made_at": made.made_at, "tables": made.tables}).encode()
    sealed.write(len(head).to_bytes(_HEAD_BYTES, "big") + head)
    command = [_program("pg_dump"), "--format=custom", f"--snapshot={look}", _name(address)]
    with _running(command, address, reads=False) as running:
        while data := running.stdout.read(sealed_file.PIECE):
            sealed.write(data)
    _check_ended(running, "pg_dump")
    sealed.close()


def _head(pieces: Iterator[bytes]) -> tuple[Backup, bytes]:
    """Read what the backup says of itself, and the beginning of the dump behind it."""
    data = next(pieces)
    length = int.from_bytes(data[:_HEAD_BYTES], "big")
    while len(data) < _HEAD_BYTES + length:
        data += next(pieces)
    head = json.loads(data[_HEAD_BYTES : _HEAD_BYTES + length])
    return Backup(head["made_at"], head["tables"]), data[_HEAD_BYTES + length :]


def _program(name: str) -> str:
    """Return the program to run: ours, which knows every server up to its own version."""
    ours = embedded_postgres.program(name)
    return str(ours) if ours is not None else name


def _name(address: str) -> str:
    return str(conninfo.conninfo_to_dict(address).get("dbname") or "")


@contextmanager
def _running(command: list[str], address: str, *, reads: bool) -> Iterator[Any]:
    """Run one of PostgreSQL's programs; who it connects as is told where no other user can look.

    `reads`: it is given data; otherwise it gives some.
    """
    parts = conninfo.conninfo_to_dict(address)
    told = {name: str(parts[part]) for part, name in _ENVIRONMENT.items() if parts.get(part)}
    try:
        running: Any = subprocess.Popen(  # noqa: S603 - a program of PostgreSQL, no shell
            command,
            env={"PATH": os.environ.get("PATH", os.defpath), **told},
            stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if reads else subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except FileNotFoundError:
        words = f"{command[0]} is not installed here (package postgresql-client)"
        raise BackupError(words) from None
    with running:
        yield running
        running.said = running.stderr.read()


def _check_ended(running: Any, name: str) -> None:  # noqa: ANN401
    if running.returncode != 0:
        # Its words may quote a row: only the first line, which says what failed, is shown.
        lines = running.said.decode("utf-8", "replace").splitlines() or ["no reason given"]
        raise BackupError(f"{name} failed: {lines[0][:200]}")
