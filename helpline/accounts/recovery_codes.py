"""Codes on paper for the day the telephone is lost: ten, each opens once, none can be read back."""

import secrets
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, encryption
from helpline.accounts.models import RecoveryCode

HOW_MANY = 10
# No letter that could be taken for another one on paper: 49 bits in ten of them.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_HALF = 5


def make(session: Session, staff_id: uuid.UUID, *, at: datetime) -> list[str]:
    """Make ten new codes and forget all older ones. This is the only time they can be read."""
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    codes = [_new() for _ in range(HOW_MANY)]
    session.add_all(
        RecoveryCode(
            id=uuid.uuid4(),
            staff_id=staff_id,
            fingerprint=_fingerprint(staff_id, code),
            made_at=at,
        )
        for code in codes
    )
    session.flush()
    audit.note(session, audit.Act.recovery_codes_made, at=at, who=staff_id, about=staff_id)
    return codes


def use(session: Session, staff_id: uuid.UUID, typed: str, *, at: datetime) -> bool:
    """Whether this code opens. Each one opens once, however often it is sent at the same time."""
    used = session.execute(
        sa.update(RecoveryCode)
        .where(
            RecoveryCode.staff_id == staff_id,
            RecoveryCode.fingerprint == _fingerprint(staff_id, typed),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=at)
        .returning(RecoveryCode.id)
    ).first()
    if used is None:
        return False
    audit.note(session, audit.Act.recovery_code_used, at=at, who=staff_id, about=staff_id)
    return True


def left(session: Session, staff_id: uuid.UUID) -> int:
    """Count the codes that still open."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(RecoveryCode)
            .where(RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))
        )
        or 0
    )


def _new() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(2 * _HALF))
    return f"{letters[:_HALF]}-{letters[_HALF:]}"


def _fingerprint(staff_id: uuid.UUID, code: str) -> bytes:
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return encryption.blind_index(f"recovery code:{staff_id}:{plain}", encryption.index_key())
