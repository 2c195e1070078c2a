"""The vault: the only place where a telephone number is kept.

A number becomes a token at the edge, in the transaction that records the event. It is stored
encrypted, found again by a keyed blind index, and opened only to hand it to the carrier. Once it
is not needed any more it goes, and the index stays: whoever comes back is recognised.
"""

import uuid
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline import encryption
from helpline.database import Base, Id
from helpline.phone_numbers import PhoneNumber

Token = uuid.UUID


class VaultEntry(Base):
    __tablename__ = "vault_entry"

    token: Mapped[Id]
    locked_number: Mapped[str | None]
    """None once the number was forgotten; kept again when its owner comes back."""
    blind_index: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)


class NotInVaultError(LookupError):
    """No number is kept under this token."""


def keep(session: Session, number: PhoneNumber) -> Token:
    """Put a number into the vault and return its token; the same number has one token for ever."""
    index = mark(number)
    known = session.execute(
        sa.select(VaultEntry.token, VaultEntry.locked_number.is_(None))
        .where(VaultEntry.blind_index == index)
        # So that nothing forgets it while its owner is coming back.
        .with_for_update(read=True)
    ).first()
    if known is not None:
        token, is_forgotten = known
        if is_forgotten:
            _keep_again(session, token, number)
        return token
    new = new_entry(number)
    added = session.scalar(
        insert(VaultEntry)
        .values(token=new.token, locked_number=new.locked_number, blind_index=index)
        .on_conflict_do_nothing(index_elements=[VaultEntry.blind_index])
        .returning(VaultEntry.token)
    )
    if added is not None:
        return new.token
    return session.scalars(sa.select(VaultEntry.token).where(VaultEntry.blind_index == index)).one()


def mark(number: PhoneNumber | None) -> bytes:
    """Return the keyed fingerprint by which a number is found again; a withheld one has none."""
    if number is None:
        return b""
    return encryption.blind_index(number.e164, encryption.index_key())


def new_entry(number: PhoneNumber) -> VaultEntry:
    """Lock a number under a token of its own, for whoever stores it with a row that refers to it.

    It must not be stored twice: its fingerprint is unique.
    """
    token = uuid.uuid4()
    return VaultEntry(token=token, locked_number=_lock(token, number), blind_index=mark(number))


def number_for_carrier(session: Session, token: Token) -> PhoneNumber:
    """Open one number, to hand it to the carrier and to nobody else.

    Raises:
        NotInVaultError: the token is unknown.

    """
    entry = session.get(VaultEntry, token, populate_existing=True)
    if entry is None or entry.locked_number is None:
        raise NotInVaultError("No number is kept under this token")
    return PhoneNumber(encryption.vault_keys().unlock(entry.locked_number, _purpose(token)))


def locked(
    token: sa.ColumnElement[Any] | sa.orm.InstrumentedAttribute[Any],
) -> sa.Label[str | None]:
    """Write the number under a token as it is stored, for `numbers_for_carrier` to open."""
    entry = sa.select(VaultEntry.locked_number).where(VaultEntry.token == token)
    return entry.scalar_subquery().label("locked_number")


def numbers_for_carrier(locked_numbers: Mapping[Token, str | None]) -> Mapping[Token, PhoneNumber]:
    """Open several numbers, to hand them to the carrier and to nobody else.

    Those that are unknown, forgotten or do not open are left out.
    """
    opened = {}
    for token, locked_number in locked_numbers.items():
        if locked_number is None:
            continue
        with suppress(encryption.KeyMissingError, encryption.LockBrokenError):
            opened[token] = PhoneNumber(
                encryption.vault_keys().unlock(locked_number, _purpose(token))
            )
    return opened


def forget_numbers(session: Session, tokens: Collection[Token]) -> int:
    """Let numbers go and keep their fingerprints; says how many there were still."""
    gone = session.scalars(
        sa.update(VaultEntry)
        .where(VaultEntry.token.in_(tokens), VaultEntry.locked_number.is_not(None))
        .values(locked_number=None)
        .returning(VaultEntry.token)
    ).all()
    return len(gone)


def locked_anew(entry: VaultEntry) -> str | None:
    """Lock an entry's number again with the key that writes now; a forgotten one stays so."""
    if entry.locked_number is None:
        return None
    ring, purpose = encryption.vault_keys(), _purpose(entry.token)
    return ring.lock(ring.unlock(entry.locked_number, purpose), purpose)


def _keep_again(session: Session, token: Token, number: PhoneNumber) -> None:
    session.execute(
        sa.update(VaultEntry)
        .where(VaultEntry.token == token)
        .values(locked_number=_lock(token, number))
    )


def _lock(token: Token, number: PhoneNumber) -> str:
    return encryption.vault_keys().lock(number.e164, _purpose(token))


def _purpose(token: Token) -> str:
    return f"vault.number.{token}"
