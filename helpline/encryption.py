"""Locks for stored words and numbers: AES-256-GCM, and a keyed index that can be searched.

A locked value names the key that locked it (`k1:...`), so a new key can write while older keys
still read. The purpose of a value ("text.words", "vault.number") is bound into the lock: a value
copied into another column does not open there.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12


class KeyMissingError(Exception):
    """A stored value was locked with a key that is not in the settings."""


class KeyFormatError(ValueError):
    """A key in the settings can't be read."""


class LockBrokenError(Exception):
    """A stored value was changed, or belongs to another column."""


@dataclass(frozen=True)
class Keyring:
    """Keys by id; the one called `writes_with` locks new values."""

    keys: Mapping[str, AESGCM]
    writes_with: str

    @classmethod
    def read(cls, setting: str) -> "Keyring":
        """Read `k2:<base64>,k1:<base64>`; the first key writes, all of them read.

        Raises:
            KeyFormatError: no key, a repeated id, or a key that is not 32 bytes of base64.

        """
        keys: dict[str, AESGCM] = {}
        for part in filter(None, (piece.strip() for piece in setting.split(","))):
            key_id, _, encoded = part.partition(":")
            if not key_id or key_id in keys:
                raise KeyFormatError("Each key needs an id of its own: k1:<base64 of 32 bytes>")
            keys[key_id] = AESGCM(read_key(encoded))
        if not keys:
            raise KeyFormatError("At least one key is needed: k1:<base64 of 32 bytes>")
        return cls(keys, next(iter(keys)))

    def lock(self, words: str, purpose: str) -> str:
        """Encrypt `words` for one `purpose`."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self.keys[self.writes_with].encrypt(nonce, words.encode(), purpose.encode())
        return f"{self.writes_with}:{base64.b64encode(nonce + sealed).decode()}"

    def unlock(self, locked: str, purpose: str) -> str:
        """Decrypt what `lock` returned.

        Raises:
            KeyMissingError: the key it names is not in this ring.
            LockBrokenError: it was tampered with or made for another purpose.

        """
        key_id, _, encoded = locked.partition(":")
        if key_id not in self.keys:
            raise KeyMissingError(
                f"A stored value needs key '{key_id}', which is not in the settings. "
                "Put the key back: without it the value can't be read."
            )
        try:
            sealed = base64.b64decode(encoded, validate=True)
            opened = self.keys[key_id].decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose.encode()
            )
        except (InvalidTag, ValueError):
            # ValueError: no base64 any more, or too short to be anything locked.
            raise LockBrokenError(f"A value stored as {purpose} does not open") from None
        return opened.decode()


def read_key(encoded: str) -> bytes:
    """Read one base64 key of 32 bytes.

    Raises:
        KeyFormatError: it is something else.

    """
    try:
        key = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise KeyFormatError("A key must be written in base64") from None
    if len(key) != KEY_BYTES:
        raise KeyFormatError(f"A key must be {KEY_BYTES} bytes long, not {len(key)}")
    return key


def new_key() -> str:
    """Make a key: 32 random bytes in base64."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def blind_index(value: str, key: bytes) -> bytes:
    """Return a keyed fingerprint (HMAC-SHA-256): equal values match, nobody can read them back."""
    return hmac.new(key, value.encode(), hashlib.sha256).digest()


@dataclass
class _InUse:
    text: Keyring | None = None
    vault: Keyring | None = None
    index_key: bytes | None = None


_in_use = _InUse()


def use_keys(text: Keyring, vault: Keyring, index_key: bytes) -> None:
    """Set the keys that this process works with. Called once, when a process starts."""
    _in_use.text, _in_use.vault, _in_use.index_key = text, vault, index_key


def text_keys() -> Keyring:
    """Return the ring for words: texts, notes, names."""
    if _in_use.text is None:
        raise KeyMissingError("No keys are loaded: call encryption.use_keys() first")
    return _in_use.text


def vault_keys() -> Keyring:
    """Return the ring for telephone numbers."""
    if _in_use.vault is None:
        raise KeyMissingError("No keys are loaded: call encryption.use_keys() first")
    return _in_use.vault


def index_key() -> bytes:
    """Return the key of the blind index."""
    if _in_use.index_key is None:
        raise KeyMissingError("No keys are loaded: call encryption.use_keys() first")
    return _in_use.index_key
