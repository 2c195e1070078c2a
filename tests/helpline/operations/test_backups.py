"""A backup comes back whole, or says why not; nobody reads it without its key."""

import io
import os
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpline import audit_chain
from helpline.clock import now
from helpline.operations import backups, sealed_file
from helpline.operations.backups import BackupError
from helpline.operations.sealed_file import SealBrokenError
from tests.helpline import making
from tests.system import System

KEY, OTHER_KEY = b"b" * 32, b"c" * 32


@given(data=st.binary(max_size=40), pieces=st.lists(st.binary(max_size=30), max_size=5))
def test_what_is_written_is_read_again(data: bytes, pieces: list[bytes]) -> None:
    file = io.BytesIO()
    writer = sealed_file.Writer(file, KEY)
    for each in (data, *pieces):
        writer.write(each)
    writer.close()
    file.seek(0)
    assert b"".join(sealed_file.read(file, KEY)) == data + b"".join(pieces)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: whole[:-1],
        lambda whole: whole[: -(sealed_file.PIECE // 2)],
        lambda whole: whole[: 18 + 32 + sealed_file.PIECE + 16],
        lambda whole: whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:],
        lambda whole: b"something else" + whole,
        lambda whole: whole[: 18 + 32],
    ],
    ids=["last byte gone", "cut in a piece", "cut after a piece", "changed", "other", "empty"],
)
def test_a_file_that_was_changed_or_cut_off_does_not_open(spoil: object) -> None:
    file = io.BytesIO()
    writer = sealed_file.Writer(file, KEY)
    writer.write(os.urandom(2 * sealed_file.PIECE + 1000))
    writer.close()
    with pytest.raises(SealBrokenError):
        list(sealed_file.read(io.BytesIO(spoil(file.getvalue())), KEY))  # type: ignore[operator]


@pytest.fixture
def backup(system: System, tmp_path: Path) -> Path:
    with system.transaction() as session:
        staff = making.staff_member(session)
        making.conversation(session, staff, "nobody may read this")
        making.waiting_call(session, at=now())
    with system.transaction() as session:
        audit_chain.seal(session, at=now(), everything=True)
    file = tmp_path / "helpline.backup"
    made = backups.back_up(system.listening_address, KEY, file, at=now())
    assert made.tables["contact"][0] == 2
    return file


def test_a_backup_comes_back_with_every_row_and_the_chain_of_the_record(
    system: System, backup: Path
) -> None:
    whole = backup.read_bytes()
    # Neither words nor the names of tables: it is locked as a whole.
    assert b"nobody may" not in whole
    assert b"staff_member" not in whole
    assert backup.stat().st_mode & 0o077 == 0
    with backups.drilled(system.listening_address, KEY, backup) as (made, copy):
        with psycopg.connect(copy) as connection:
            now_there = backups.fingerprints(connection)
            connection.execute("UPDATE contact SET is_flagged = NOT is_flagged")
            changed = backups.fingerprints(connection)
        assert backups.differences(made.tables, now_there) == []
        assert backups.differences(made.tables, changed) == ["contact"]
    with system.transaction() as session:
        *_, report = audit_chain.verify(session)
        assert report.faults == []
    with psycopg.connect(system.listening_address) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE '%drill%'")
        assert left.fetchall() == []


def test_a_backup_is_not_restored_with_another_key_or_over_anything(
    system: System, backup: Path
) -> None:
    with (
        pytest.raises(SealBrokenError, match="another BACKUP_KEY"),
        backups.drilled(system.listening_address, OTHER_KEY, backup),
    ):
        pass
    with pytest.raises(BackupError, match="not empty"):
        backups.restore(system.listening_address, KEY, backup)
    with pytest.raises(BackupError, match="exists already"):
        backups.back_up(system.listening_address, KEY, backup, at=now())
