"""Signing in and out: argon2 passwords, and sign-ins that can be ended from the server."""

import uuid
from datetime import datetime, timedelta
from functools import cache
from threading import Semaphore

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy.orm import Session, joinedload

from helpline import audit, encryption
from helpline.accounts.models import FailedSignIn, SignIn, StaffMember

# A hash costs as much as a hundred webhooks: one at a time, or sign-ins would starve calls.
_one_at_a_time = Semaphore(1)
_hasher = PasswordHasher()

MOST_FAILURES = 8
FAILURES_COUNT_FOR = timedelta(minutes=15)
# The row is touched at most this often, so that reading a page is not a write each time.
_TOUCH_EVERY = timedelta(minutes=1)


class TooManyTriesError(Exception):
    """Too many wrong passwords for this address lately."""


def hash_password(password: str) -> str:
    """Hash a password with argon2id."""
    with _one_at_a_time:
        return _hasher.hash(password)


def check(session: Session, email: str, password: str, *, at: datetime) -> StaffMember | None:
    """Find the member of staff whose address and password these are; None if they are wrong.

    A wrong try is recorded, so the caller must let the transaction commit.

    Raises:
        TooManyTriesError: eight wrong tries for this address in a quarter of an hour.

    """
    address = email.strip().lower()
    who = encryption.blind_index(address, encryption.index_key())
    failures = session.scalar(
        sa.select(sa.func.count())
        .select_from(FailedSignIn)
        .where(FailedSignIn.who == who, FailedSignIn.at > at - FAILURES_COUNT_FOR)
    )
    if (failures or 0) >= MOST_FAILURES:
        raise TooManyTriesError
    staff = session.scalar(sa.select(StaffMember).where(StaffMember.email == address))
    if _matches(staff, password) and staff is not None and staff.is_active:
        return staff
    session.add(FailedSignIn(who=who, at=at))
    audit.note(session, audit.Act.sign_in_failed, at=at, about=staff.id if staff else None)
    return None


def begin(session: Session, staff: StaffMember, *, at: datetime) -> SignIn:
    """Sign somebody in, in one browser."""
    sign_in = SignIn(staff_id=staff.id, began_at=at, seen_at=at)
    session.add(sign_in)
    session.flush()
    audit.note(session, audit.Act.signed_in, at=at, who=staff.id, about=staff.id)
    return sign_in


def end(session: Session, sign_in_id: uuid.UUID, *, at: datetime) -> None:
    """Sign one browser out. Ended already changes nothing."""
    sign_in = session.get(SignIn, sign_in_id)
    if sign_in is not None and sign_in.ended_at is None:
        sign_in.ended_at = at
        audit.note(
            session, audit.Act.signed_out, at=at, who=sign_in.staff_id, about=sign_in.staff_id
        )


def current(
    session: Session, sign_in_id: uuid.UUID, *, at: datetime, longest: timedelta, idle: timedelta
) -> SignIn | None:
    """Return the sign-in if it still holds: not ended, not too old, not idle, person active."""
    sign_in = session.scalar(
        sa.select(SignIn).options(joinedload(SignIn.staff)).where(SignIn.id == sign_in_id)
    )
    if sign_in is None or sign_in.ended_at is not None or not sign_in.staff.is_active:
        return None
    if at - sign_in.began_at > longest or at - sign_in.seen_at > idle:
        return None
    return sign_in


def needs_touch(sign_in: SignIn, *, at: datetime) -> bool:
    """Whether it is time to write down that this browser is still in use."""
    return at - sign_in.seen_at > _TOUCH_EVERY


def touch(session: Session, sign_in_id: uuid.UUID, *, at: datetime) -> None:
    """Write down that this browser is in use."""
    session.execute(sa.update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=at))


def _matches(staff: StaffMember | None, password: str) -> bool:
    with _one_at_a_time:
        try:
            return _hasher.verify(staff.password_hash if staff else _nobodys_hash(), password)
        except (VerifyMismatchError, InvalidHashError):
            return False


@cache
def _nobodys_hash() -> str:
    """Return a hash to check when the address is unknown, so that both answers take as long."""
    return _hasher.hash(uuid.uuid4().hex)
