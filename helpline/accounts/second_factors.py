"""What somebody shows beside their password; there is always one to show."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit
from helpline.accounts import (
    authenticator,
    half_sign_in,
    passkeys,
    recovery_codes,
    sign_in,
    throttle,
)
from helpline.accounts.availability import locked
from helpline.accounts.models import (
    Authenticator,
    Passkey,
    RecoveryCode,
    SecondFactorReset,
)

LEAST_REASON_LETTERS = 10


class LastFactorError(Exception):
    """The last second factor can't be removed."""


class ReasonMissingError(ValueError):
    """Second factors aren't reset without a reason."""


@dataclass(frozen=True)
class Factors:
    """What one person has set up."""

    authenticator: Authenticator | None
    passkeys: Sequence[Passkey]
    codes_left: int

    @property
    def number(self) -> int:
        """How many there are. Recovery codes don't count: they are for the day these are lost."""
        return len(self.passkeys) + (self.authenticator is not None)


def of(session: Session, staff_id: uuid.UUID) -> Factors:
    """Return what somebody has set up."""
    return Factors(
        authenticator.confirmed(session, staff_id),
        passkeys.of(session, staff_id),
        recovery_codes.left(session, staff_id),
    )


def attempt(
    session: Session, staff_id: uuid.UUID, shown: Callable[[], bool], *, at: datetime
) -> bool:
    """Let somebody show a second factor once; a wrong one is counted and slows the next.

    The caller must let the transaction commit.

    Raises:
        TooManyTriesError: too many wrong ones lately.

    """
    target = throttle.second_factor(staff_id)
    throttle.check(session, target, at=at)
    if shown():
        return True
    audit.note(session, audit.Act.second_factor_failed, at=at, about=staff_id)
    if throttle.count(session, target, at=at):
        audit.note(session, audit.Act.sign_in_held, at=at, about=staff_id)
    return False


def added(session: Session, staff_id: uuid.UUID, *, at: datetime) -> None:
    """Put on record that there is one more."""
    audit.note(session, audit.Act.second_factor_added, at=at, who=staff_id, about=staff_id)


def remove_authenticator(session: Session, staff_id: uuid.UUID, *, at: datetime) -> None:
    """Remove the authenticator app.

    Raises:
        LastFactorError: there is no other factor.

    """
    found = _one_of_several(session, staff_id).authenticator
    if found is not None:
        session.delete(found)
        audit.note(session, audit.Act.second_factor_removed, at=at, who=staff_id, about=staff_id)


def remove_passkey(
    session: Session, staff_id: uuid.UUID, passkey_id: uuid.UUID, *, at: datetime
) -> None:
    """Remove one passkey of somebody's own.

    Raises:
        LastFactorError: there is no other factor.

    """
    factors = _one_of_several(session, staff_id)
    found = next((each for each in factors.passkeys if each.id == passkey_id), None)
    if found is not None:
        session.delete(found)
        audit.note(session, audit.Act.second_factor_removed, at=at, who=staff_id, about=staff_id)


def rename_passkey(
    session: Session, staff_id: uuid.UUID, passkey_id: uuid.UUID, name: str, *, at: datetime
) -> None:
    """Call a passkey of one's own something else."""
    found = session.get(Passkey, passkey_id)
    if found is not None and found.staff_id == staff_id:
        passkeys.rename(found, name)
        audit.note(session, audit.Act.second_factor_renamed, at=at, who=staff_id, about=staff_id)


def reset(
    session: Session, staff_id: uuid.UUID, *, by: uuid.UUID, reason: str, at: datetime
) -> None:
    """Take all second factors away, so that the person sets up new ones, and sign them out.

    Raises:
        ReasonMissingError: no reason of ten letters or more.

    """
    if len(reason.strip()) < LEAST_REASON_LETTERS:
        raise ReasonMissingError(f"Give a reason of {LEAST_REASON_LETTERS} letters or more")
    locked(session, staff_id)
    for table in (Authenticator, Passkey, RecoveryCode):
        session.execute(sa.delete(table).where(table.staff_id == staff_id))
    session.add(SecondFactorReset(staff_id=staff_id, by=by, at=at, reason=reason.strip()))
    throttle.forget(session, throttle.second_factor(staff_id))
    sign_in.end_all(session, staff_id, at=at, by=by)
    # Whoever stood between the steps would otherwise set up what takes their place.
    half_sign_in.end_all(session, staff_id)
    audit.note(session, audit.Act.second_factors_reset, at=at, who=by, about=staff_id)


def _one_of_several(session: Session, staff_id: uuid.UUID) -> Factors:
    # Two removals at once must not leave nothing.
    locked(session, staff_id)
    factors = of(session, staff_id)
    if factors.number < 2:  # noqa: PLR2004 - this one and another
        raise LastFactorError("Set up another way first. You always need one beside your password")
    return factors
