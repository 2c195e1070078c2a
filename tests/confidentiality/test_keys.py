"""Keys: a lost one is noticed at the start, an old one is replaced while the system runs."""

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from helpline import encryption
from helpline.clock import now
from helpline.confidentiality import keys, vault
from helpline.confidentiality.vault import VaultEntry
from helpline.encryption import Keyring
from helpline.phone_numbers import PhoneNumber
from helpline.sms.models import Text
from tests.system import System

NUMBER = PhoneNumber("+447700900123")


@pytest.fixture
def rings(system: System) -> Iterator[tuple[Keyring, Keyring]]:
    """Give the rings of the settings; take out again whatever a test loads instead."""
    before = system.settings.text_ring, system.settings.vault_ring
    yield before
    encryption.use_keys(*before, system.settings.index_key)


def with_new_keys(system: System) -> None:
    """Put a new key before the old one, as an operator does."""
    encryption.use_keys(
        Keyring.read(f"t2:{encryption.new_key()},{system.settings.text_keys}"),
        Keyring.read(f"v2:{encryption.new_key()},{system.settings.vault_keys}"),
        system.settings.index_key,
    )


def quietly(store: str, so_far: int) -> None:
    """Show no progress."""


def check(system: System) -> None:
    with system.transaction() as session:
        keys.check(session, at=now())


def test_the_same_keys_again_are_fine_and_a_new_one_in_front_too(
    system: System, rings: tuple[Keyring, Keyring]
) -> None:
    check(system)
    check(system)
    with_new_keys(system)
    check(system)
    check(system)


def test_a_missing_key_is_named_with_what_to_do(
    system: System, rings: tuple[Keyring, Keyring]
) -> None:
    check(system)
    encryption.use_keys(
        Keyring.read(f"t9:{encryption.new_key()}"), rings[1], system.settings.index_key
    )
    with pytest.raises(keys.KeyLostError, match=r"Key 't1' is missing from TEXT_KEYS.*Put it back"):
        check(system)


def test_another_key_under_a_known_name_is_noticed(
    system: System, rings: tuple[Keyring, Keyring]
) -> None:
    check(system)
    encryption.use_keys(
        rings[0], Keyring.read(f"v1:{encryption.new_key()}"), system.settings.index_key
    )
    with pytest.raises(keys.KeyLostError, match="not the key that was used before"):
        check(system)


def test_another_index_key_is_noticed(system: System, rings: tuple[Keyring, Keyring]) -> None:
    check(system)
    encryption.use_keys(*rings, b"x" * 32)
    with pytest.raises(keys.KeyLostError, match="BLIND_INDEX_KEY"):
        check(system)


def test_changing_keys_leaves_everything_readable_and_the_old_key_unneeded(
    system: System, rings: tuple[Keyring, Keyring]
) -> None:
    sam = system.handset(NUMBER.e164)
    for words in ("one", "two", "three"):
        sam.text(words)
    with_new_keys(system)
    seen: list[tuple[str, int]] = []

    with system.app.app_context():
        changed = keys.change_keys(lambda store, so_far: seen.append((store, so_far)))

    assert changed >= 4
    assert ("text", 3) in seen
    with system.transaction() as session:
        needed = keys.still_needed(session)
        words = session.scalars(sa.select(Text.words).order_by(Text.number)).all()
        token = session.scalars(sa.select(VaultEntry.token)).one()
        number = vault.number_for_carrier(session, token)
    assert needed == {"VAULT_KEYS": {"v2"}, "TEXT_KEYS": {"t2"}}
    assert (words, number) == (["one", "two", "three"], NUMBER)


def test_a_change_of_keys_that_is_stopped_goes_on_where_it_was(
    system: System, rings: tuple[Keyring, Keyring], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "BATCH", 2)
    with system.transaction() as session:
        for digits in range(7):
            vault.keep(session, PhoneNumber(f"+44770090010{digits}"))
    with_new_keys(system)

    def stop(store: str, so_far: int) -> None:
        if so_far >= 4:
            raise KeyboardInterrupt

    with system.app.app_context(), pytest.raises(KeyboardInterrupt):
        keys.change_keys(stop)
    with system.app.app_context():
        assert keys.change_keys(quietly) == 3


def test_a_caller_is_recognised_after_a_change_of_keys(
    system: System, rings: tuple[Keyring, Keyring]
) -> None:
    with system.transaction() as session:
        before = vault.keep(session, NUMBER)
    with_new_keys(system)
    with system.app.app_context():
        keys.change_keys(quietly)
    with system.transaction() as session:
        assert vault.keep(session, NUMBER) == before
        assert isinstance(before, uuid.UUID)
