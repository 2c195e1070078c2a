"""Guessing gets slower and slower: for each account, each second factor and each network.

Five wrong tries are free. Then each further one makes everybody who tries wait twice as long, up to
an hour. A try during the wait is neither looked at nor counted. Known and unknown addresses are
treated alike. A browser in which somebody signed in before has a count of its own: otherwise one
wrong try an hour from anywhere would keep a call-taker out for good.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import encryption
from helpline.accounts.models import FailedSignIn

REMEMBERED = timedelta(hours=24)
LONGEST_WAIT = timedelta(hours=1)
_FIRST_WAIT = timedelta(seconds=30)
_MOST_DOUBLINGS = 12


class TooManyTriesError(Exception):
    """Too many wrong tries lately; `until` is the instant from which one may try again."""

    def __init__(self, until: datetime) -> None:
        super().__init__("Too many wrong tries")
        self.until = until


@dataclass(frozen=True)
class Target:
    """What is being guessed at, or from where."""

    fingerprint: bytes
    free_tries: int = 5
    one_at_a_time: bool = True


def account(email: str) -> Target:
    """Name the password of whoever has this e-mail address, there or not."""
    # As it always was, so that an account held back stays held back over an upgrade.
    return Target(encryption.blind_index(email.strip().lower(), encryption.index_key()))


def browser(email: str, mark: str) -> Target:
    """Name a password typed in a browser in which that person signed in before.

    It has a count of its own, so nobody can keep people out by guessing from elsewhere.
    """
    return Target(_fingerprint("browser", f"{email.strip().lower()}:{mark}"))


def second_factor(staff_id: uuid.UUID) -> Target:
    """Name the second factor of one member of staff."""
    return Target(_fingerprint("second factor", str(staff_id)))


def network(address: str) -> Target:
    """Name the network address that tries come from. A whole office may share one."""
    return Target(_fingerprint("network", address), free_tries=30, one_at_a_time=False)


def check(session: Session, *targets: Target, at: datetime) -> None:
    """Let one try at a time through for each target.

    Raises:
        TooManyTriesError: it is too soon after the last wrong one, or another is under way.

    """
    for target in (each for each in targets if each.one_at_a_time):
        # Tries sent all at once would otherwise all be looked at before the first one is counted.
        if not session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_lock_of(target)))):
            raise TooManyTriesError(at + timedelta(seconds=2))
    until = max((_until(session, target, at) for target in targets), default=at)
    if until > at:
        raise TooManyTriesError(until)


def count(session: Session, *targets: Target, at: datetime) -> bool:
    """Count one wrong try; says whether it makes people wait. The caller must let it commit."""
    session.execute(sa.delete(FailedSignIn).where(FailedSignIn.at < at - REMEMBERED))
    session.add_all(FailedSignIn(who=target.fingerprint, at=at) for target in targets)
    session.flush()
    return any(_until(session, target, at) > at for target in targets)


def forget(session: Session, *targets: Target) -> None:
    """Forget the wrong tries: the right person came, or an administrator said so."""
    session.execute(
        sa.delete(FailedSignIn).where(FailedSignIn.who.in_([each.fingerprint for each in targets]))
    )


def is_held(session: Session, target: Target, *, at: datetime) -> bool:
    """Whether people must wait before they may try again."""
    return _until(session, target, at) > at


def wait_after(wrong: int, free: int) -> timedelta:
    """Return how long to wait after so many wrong tries."""
    if wrong < free:
        return timedelta()
    doubled: int = 2 ** min(wrong - free, _MOST_DOUBLINGS)
    return min(_FIRST_WAIT * doubled, LONGEST_WAIT)


def _until(session: Session, target: Target, at: datetime) -> datetime:
    wrong, last = session.execute(
        sa.select(sa.func.count(), sa.func.max(FailedSignIn.at)).where(
            FailedSignIn.who == target.fingerprint, FailedSignIn.at > at - REMEMBERED
        )
    ).one()
    last_at: datetime = last or at
    return last_at + wait_after(wrong, target.free_tries)


def _lock_of(target: Target) -> int:
    return int.from_bytes(target.fingerprint[:8], "big", signed=True)


def _fingerprint(kind: str, value: str) -> bytes:
    return encryption.blind_index(f"{kind}:{value}", encryption.index_key())
