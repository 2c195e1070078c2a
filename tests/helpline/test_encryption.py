"""Locked values open only with the right key and for the right purpose."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpline import encryption
from helpline.encryption import KeyFormatError, KeyMissingError, Keyring, LockBrokenError

K1 = f"k1:{base64.b64encode(b'1' * 32).decode()}"
K2 = f"k2:{base64.b64encode(b'2' * 32).decode()}"
RING = Keyring.read(K1)


@given(words=st.text(), purpose=st.text())
def test_what_is_locked_opens_again_for_the_same_purpose(words: str, purpose: str) -> None:
    locked = RING.lock(words, purpose)
    assert locked.startswith("k1:")
    assert RING.unlock(locked, purpose) == words


@given(words=st.text(), purposes=st.lists(st.text(), min_size=2, max_size=2, unique=True))
def test_a_value_never_opens_in_another_column(words: str, purposes: list[str]) -> None:
    with pytest.raises(LockBrokenError):
        RING.unlock(RING.lock(words, purposes[0]), purposes[1])


def test_the_same_words_are_never_locked_alike() -> None:
    assert RING.lock("hello", "text.words") != RING.lock("hello", "text.words")


@given(words=st.text(), place=st.integers(min_value=0), change=st.integers(1, 255))
def test_a_value_with_one_byte_changed_does_not_open(words: str, place: int, change: int) -> None:
    sealed = bytearray(base64.b64decode(RING.lock(words, "text.words").removeprefix("k1:")))
    sealed[place % len(sealed)] ^= change
    spoilt = f"k1:{base64.b64encode(bytes(sealed)).decode()}"
    with pytest.raises(LockBrokenError, match=r"text\.words does not open"):
        RING.unlock(spoilt, "text.words")


@given(rubbish=st.text())
def test_rubbish_behind_a_known_key_is_a_broken_lock_and_nothing_else(rubbish: str) -> None:
    with pytest.raises(LockBrokenError):
        RING.unlock(f"k1:{rubbish}", "text.words")


def test_a_value_whose_key_was_taken_away_says_which_key_is_missing() -> None:
    locked = Keyring.read(K2).lock("hello", "text.words")
    with pytest.raises(KeyMissingError, match="needs key 'k2'"):
        RING.unlock(locked, "text.words")


def test_a_new_key_writes_while_the_old_one_still_reads() -> None:
    before = Keyring.read(K1).lock("written before", "text.words")
    ring = Keyring.read(f"{K2}, {K1}")
    assert ring.unlock(before, "text.words") == "written before"
    after = ring.lock("written after", "text.words")
    assert after.startswith("k2:")
    with pytest.raises(KeyMissingError):
        RING.unlock(after, "text.words")


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("", "At least one key is needed"),
        (" , ,", "At least one key is needed"),
        ("k1", "bytes long, not 0"),
        (f"{K1},{K1}", "an id of its own"),
        (K1.replace("k1:", ":"), "an id of its own"),
        ("k1:not base64!", "written in base64"),
        ("k1:c2hvcnQ=", "32 bytes long, not 5"),
    ],
)
def test_a_ring_that_cannot_be_read_says_what_is_wrong(setting: str, sentence: str) -> None:
    with pytest.raises(KeyFormatError, match=sentence):
        Keyring.read(setting)


def test_a_new_key_can_be_read_and_is_never_the_same() -> None:
    first, second = encryption.new_key(), encryption.new_key()
    assert first != second
    assert len(encryption.read_key(first)) == encryption.KEY_BYTES


@given(one=st.text(), other=st.text())
def test_a_blind_index_matches_equal_values_only_and_depends_on_its_key(
    one: str, other: str
) -> None:
    key = b"k" * 32
    assert (encryption.blind_index(one, key) == encryption.blind_index(other, key)) is (
        one == other
    )
    assert encryption.blind_index(one, key) != encryption.blind_index(one, b"K" * 32)
