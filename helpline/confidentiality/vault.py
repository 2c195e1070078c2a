"""The vault: the only place where a telephone number is kept.

A number becomes a token at the edge, in the transaction that records the event. It is stored
encrypted, found again by a keyed blind index, and opened only to hand it to the carrier.
"""

import uuid

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
    locked_number: Mapped[str]
    blind_index: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)


class NotInVaultError(LookupError):
    """No number is kept under this token."""


def keep(session: Session, number: PhoneNumber) -> Token:
    """Put a number into the vault and return its token; the same number has one token for ever."""
    index = encryption.blind_index(number.e164, encryption.index_key())
    known = session.scalar(sa.select(VaultEntry.token).where(VaultEntry.blind_index == index))
    if known is not None:
        return known
    token = uuid.uuid4()
    locked = encryption.vault_keys().lock(number.e164, _purpose(token))
    row = {"token": token, "locked_number": locked, "blind_index": index}
    added = session.scalar(
        insert(VaultEntry)
        .values(row)
        .on_conflict_do_nothing(index_elements=[VaultEntry.blind_index])
        .returning(VaultEntry.token)
    )
    if added is not None:
        return token
    return session.scalars(sa.select(VaultEntry.token).where(VaultEntry.blind_index == index)).one()


def number_for_carrier(session: Session, token: Token) -> PhoneNumber:
    """Open one number, to hand it to the carrier and to nobody else.

    Raises:
        NotInVaultError: the token is unknown.

    """
    entry = session.get(VaultEntry, token)
    if entry is None:
        raise NotInVaultError("No number is kept under this token")
    return PhoneNumber(encryption.vault_keys().unlock(entry.locked_number, _purpose(token)))


def locked_anew(entry: VaultEntry) -> str:
    """Lock an entry's number again with the key that writes now."""
    ring, purpose = encryption.vault_keys(), _purpose(entry.token)
    return ring.lock(ring.unlock(entry.locked_number, purpose), purpose)


def _purpose(token: Token) -> str:
    return f"vault.number.{token}"
