"""Numbers are kept in one place, locked, and found again without being read."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest
import sqlalchemy as sa

from helpline import encryption
from helpline.confidentiality import vault
from helpline.phone_numbers import PhoneNumber
from tests.helpline import making
from tests.system import System

SAM = PhoneNumber("+447700900123")


def test_the_same_number_has_one_token_for_ever(system: System) -> None:
    with system.transaction() as session:
        first = vault.keep(session, SAM)
    with system.transaction() as session:
        assert vault.keep(session, SAM) == first
        assert vault.number_for_carrier(session, first) == SAM


def test_other_numbers_have_other_tokens(system: System) -> None:
    with system.transaction() as session:
        tokens = {vault.keep(session, PhoneNumber(f"+447700900{n:03}")) for n in range(20)}
    assert len(tokens) == 20


def test_one_number_arriving_everywhere_at_once_has_one_token(system: System) -> None:
    together = Barrier(8, timeout=10)

    def keep(_: int) -> vault.Token:
        together.wait()
        with system.transaction() as session:
            return vault.keep(session, SAM)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(keep, range(8)))) == 1


def test_a_token_that_was_never_given_opens_nothing(system: System) -> None:
    with system.transaction() as session, pytest.raises(vault.NotInVaultError):
        vault.number_for_carrier(session, uuid.uuid4())


def test_a_locked_number_moved_to_another_row_does_not_open(system: System) -> None:
    """Who can write to the table must not be able to have texts sent to another number."""
    with system.transaction() as session:
        sam = vault.keep(session, SAM)
        other = vault.keep(session, PhoneNumber("+447700900124"))
        locked = session.get_one(vault.VaultEntry, sam).locked_number
        session.execute(
            sa.update(vault.VaultEntry)
            .where(vault.VaultEntry.token == other)
            .values(locked_number=locked)
        )
    with system.transaction() as session, pytest.raises(encryption.LockBrokenError):
        vault.number_for_carrier(session, other)


def test_no_number_and_no_word_stands_in_clear_in_any_table(system: System) -> None:
    with system.transaction() as session:
        making.staff_member(session)
    sam = system.handset("07700 900123")
    sam.text("my stepfather found me")
    sam.dial()
    system.advance(30)
    sam.hang_up()
    dump = everything_stored(system)
    assert "sms" in dump, "the texts must be in the dump"
    assert "voice" in dump, "and so must the calls"
    for secret in ("7700", "900123", "stepfather", "7946 0", "207946"):
        assert secret not in dump


def everything_stored(system: System) -> str:
    """Write out every row of every table, as a stolen backup would show it."""
    with psycopg.connect(system.listening_address) as connection:
        tables = connection.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        rows = [
            str(row[0])
            for (table,) in tables
            for row in connection.execute(f"SELECT t::text FROM {table} AS t".encode())  # noqa: S608 - quoted above
        ]
    return "\n".join(rows)


def test_the_vault_alone_knows_numbers(system: System) -> None:
    with system.transaction() as session:
        vault.keep(session, SAM)
        entry = session.scalars(sa.select(vault.VaultEntry)).one()
    assert entry.locked_number.startswith("v1:")
    assert entry.blind_index == encryption.blind_index(SAM.e164, encryption.index_key())
