"""A file that is locked in pieces, so that a large one never lies open or whole in memory.

AES-256-GCM with a key of its own for each file (HKDF from the backup key and a random salt). Each
piece is bound to its place, and the last one is marked, so none can be changed, swapped or cut off
unnoticed. Opening it the wrong way gives nothing, never half of it.
"""

import os
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_MAGIC = b"helpline-backup-1\n"
_SALT_BYTES, _TAG_BYTES = 32, 16
PIECE = 1 << 20
_PURPOSE = b"helpline backup"


class SealBrokenError(Exception):
    """The file can't be trusted or opened; the words say why."""


class Writer:
    """Locks what is written, piece by piece. Not whole before it is closed."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        salt = os.urandom(_SALT_BYTES)
        self._file, self._lock = file, _lock(key, salt)
        self._waiting, self._number = b"", 0
        file.write(_MAGIC + salt)

    def write(self, data: bytes) -> None:
        """Add data to the file."""
        self._waiting += data
        while len(self._waiting) > PIECE:
            self._piece(self._waiting[:PIECE], last=False)
            self._waiting = self._waiting[PIECE:]

    def close(self) -> None:
        """Write what is left, marked as the last of it."""
        self._piece(self._waiting, last=True)
        self._waiting = b""

    def _piece(self, data: bytes, *, last: bool) -> None:
        self._file.write(self._lock.encrypt(_place(self._number), data, _mark(last=last)))
        self._number += 1


def read(file: BinaryIO, key: bytes) -> Iterator[bytes]:
    """Give back what was written, piece by piece.

    Raises:
        SealBrokenError: no backup of ours, another key, changed, or cut off.

    """
    if file.read(len(_MAGIC)) != _MAGIC:
        raise SealBrokenError("This is no backup of the helpline")
    lock = _lock(key, file.read(_SALT_BYTES))
    number, piece = 0, file.read(PIECE + _TAG_BYTES)
    while piece:
        following = file.read(PIECE + _TAG_BYTES)
        try:
            yield lock.decrypt(_place(number), piece, _mark(last=not following))
        except InvalidTag:
            raise SealBrokenError(
                "The backup does not open: another BACKUP_KEY, or the file was changed or cut off"
            ) from None
        number, piece = number + 1, following
    if number == 0:
        raise SealBrokenError("The backup is empty: it was cut off")


def _lock(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt, _PURPOSE).derive(key))


def _place(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _mark(*, last: bool) -> bytes:
    return b"last" if last else b"more"
