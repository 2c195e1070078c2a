"""The keys of stored words and numbers: known at the start, changed while the system runs.

A new key is put first into the settings; from then on it writes. `change_keys` then locks again,
in small batches, what an older key still locks. It can be stopped and started at any moment.
"""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline import encryption
from helpline.confidentiality.vault import VaultEntry, locked_anew
from helpline.database import Base, EncryptedText, transaction

_PROOF = "the right key opens this"
_PURPOSE = "key.proof"
BATCH = 200

Progress = Callable[[str, int], None]
"""Told the name of a store and how many of its values were locked again so far."""


class KeyProof(Base):
    """One value for each key ever written with, so that a lost or wrong key is noticed at once."""

    __tablename__ = "key_proof"

    ring: Mapped[str] = mapped_column(primary_key=True)
    key_id: Mapped[str] = mapped_column(primary_key=True)
    proof: Mapped[str]
    index_proof: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    first_used_at: Mapped[datetime]


class KeyLostError(Exception):
    """A key that stored values need is missing from the settings, or is another key."""


def check(session: Session, *, at: datetime) -> None:
    """Make sure that the settings hold every key in use, and remember a new one.

    Raises:
        KeyLostError: names the key and the setting, never its value.

    """
    for name, ring in (
        ("TEXT_KEYS", encryption.text_keys()),
        ("VAULT_KEYS", encryption.vault_keys()),
    ):
        proofs = session.scalars(sa.select(KeyProof).where(KeyProof.ring == name)).all()
        for proof in proofs:
            _check_one(name, ring, proof)
        _remember(session, name, ring, at)


def _check_one(name: str, ring: encryption.Keyring, proof: KeyProof) -> None:
    try:
        ring.unlock(proof.proof, _PURPOSE)
    except encryption.KeyMissingError:
        raise KeyLostError(
            f"Key '{proof.key_id}' is missing from {name}, and stored values need it. Put it back "
            f"(after the first one: {name}=<new>,{proof.key_id}:...). Without it they are lost."
        ) from None
    except encryption.LockBrokenError:
        raise KeyLostError(
            f"Key '{proof.key_id}' in {name} is not the key that was used before under that name. "
            "Put the right one back, or give the new key a new name."
        ) from None
    if proof.index_proof != encryption.blind_index(_PROOF, encryption.index_key()):
        raise KeyLostError(
            "BLIND_INDEX_KEY is not the key that was used before: no caller would be recognised. "
            "Put the right one back."
        )


def _remember(session: Session, name: str, ring: encryption.Keyring, at: datetime) -> None:
    session.execute(
        insert(KeyProof)
        .values(
            ring=name,
            key_id=ring.writes_with,
            proof=ring.lock(_PROOF, _PURPOSE),
            index_proof=encryption.blind_index(_PROOF, encryption.index_key()),
            first_used_at=at,
        )
        .on_conflict_do_nothing()
    )


def change_keys(progress: Progress) -> int:
    """Lock again with the newest key whatever an older one still locks; returns how many.

    Commits after each batch, so that it never holds up a caller. What can only be added to
    (the record of consents) stays as it is: its key has to be kept.
    """
    changed = _change_vault(progress)
    for table, columns in encrypted_columns():
        if not is_append_only(table):
            changed += _change_table(table, columns, progress)
    return changed


def forget_unneeded(session: Session) -> None:
    """Ask no longer for keys that nothing needs and that don't write any more."""
    writing = {
        "TEXT_KEYS": encryption.text_keys().writes_with,
        "VAULT_KEYS": encryption.vault_keys().writes_with,
    }
    for ring, needed in still_needed(session).items():
        kept = needed | {writing[ring]}
        session.execute(
            sa.delete(KeyProof).where(KeyProof.ring == ring, KeyProof.key_id.not_in(kept))
        )


def encrypted_columns() -> Iterator[tuple[sa.Table, list[sa.Column[str]]]]:
    """Give every table that holds locked words, with the columns that do."""
    for table in Base.metadata.sorted_tables:
        columns = [each for each in table.columns if isinstance(each.type, EncryptedText)]
        if columns:
            yield table, columns


def is_append_only(table: sa.Table) -> bool:
    """Whether the database refuses to change rows of a table."""
    return bool(table.info.get("append_only"))


def still_needed(session: Session) -> dict[str, set[str]]:
    """Return, for each ring, the ids of keys that some stored value still needs."""
    key_of = sa.func.split_part
    vault_ids = session.scalars(
        sa.select(key_of(VaultEntry.locked_number, ":", 1)).distinct()
    ).all()
    text_ids: set[str] = set()
    for table, columns in encrypted_columns():
        for column in columns:
            raw = sa.cast(sa.literal_column(f'"{column.name}"'), sa.Text)
            found = session.scalars(
                sa.select(key_of(raw, ":", 1)).select_from(table).distinct()
            ).all()
            text_ids |= {str(each) for each in found if each}
    return {"VAULT_KEYS": {str(each) for each in vault_ids if each}, "TEXT_KEYS": text_ids}


def _change_vault(progress: Progress) -> int:
    changed, last = 0, uuid.UUID(int=0)
    newest = f"{encryption.vault_keys().writes_with}:%"
    while True:
        with transaction() as session:
            rows = session.scalars(
                sa.select(VaultEntry)
                .where(VaultEntry.token > last, ~VaultEntry.locked_number.like(newest))
                .order_by(VaultEntry.token)
                .limit(BATCH)
                .with_for_update()
            ).all()
            for row in rows:
                row.locked_number = locked_anew(row)
            if not rows:
                return changed
            changed, last = changed + len(rows), rows[-1].token
        progress("telephone numbers", changed)


def _change_table(table: sa.Table, columns: list[sa.Column[str]], progress: Progress) -> int:
    key = next(iter(table.primary_key.columns))
    newest = f"{encryption.text_keys().writes_with}:%"
    raw = {each.name: sa.type_coerce(each, sa.Text) for each in columns}
    is_old = sa.or_(*(sa.and_(each.is_not(None), ~each.like(newest)) for each in raw.values()))
    changed = 0
    while True:
        with transaction() as session:
            rows = session.execute(
                sa.select(key, *columns).where(is_old).order_by(key).limit(BATCH).with_for_update()
            ).all()
            for row in rows:
                words = {each.name: row._mapping[each] for each in columns}  # noqa: SLF001 - SQLAlchemy's public mapping
                session.execute(sa.update(table).where(key == row[0]).values(words))
            if not rows:
                return changed
            changed += len(rows)
        progress(table.name, changed)
