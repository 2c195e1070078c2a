"""Signing in and out: argon2 passwords, and sign-ins that can be ended from the server."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from threading import Semaphore

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy.orm import Session, joinedload

from helpline import audit, live
from helpline.accounts import organisations, throttle
from helpline.accounts.models import Proof, SignIn, StaffMember
from helpline.clock import now

# A hash costs as much as a hundred webhooks: one at a time, or sign-ins would starve calls.
_one_at_a_time = Semaphore(1)
_LONGEST_QUEUE = timedelta(seconds=3)
_hasher = PasswordHasher()

# The row is touched at most this often, so that reading a page is not a write each time.
_TOUCH_EVERY = timedelta(minutes=1)


@contextmanager
def _hashing() -> Iterator[None]:
    """Hash one password at a time, and let nobody queue for long in the threads of webhooks.

    Raises:
        TooManyTriesError: too many passwords are being checked at this moment.

    """
    if not _one_at_a_time.acquire(timeout=_LONGEST_QUEUE.total_seconds()):
        raise throttle.TooManyTriesError(now() + _LONGEST_QUEUE)
    try:
        yield
    finally:
        _one_at_a_time.release()


def hash_password(password: str) -> str:
    """Hash a password with argon2id."""
    with _hashing():
        return _hasher.hash(password)


def check(  # noqa: PLR0913 - each decides
    session: Session,
    email: str,
    password: str,
    *,
    at: datetime,
    network: str = "",
    known_browser: str = "",
) -> StaffMember | None:
    """Find the member of staff whose address and password these are; None if they are wrong.

    A wrong try is counted, so the caller must let the transaction commit. `network` is the IP
    address the try comes from, where it says anything; `known_browser` the mark of a browser in
    which the person of this address signed in before.

    Raises:
        TooManyTriesError: too many wrong tries for this account or from this network lately.

    """
    here = throttle.browser(email, known_browser) if known_browser else throttle.account(email)
    targets = [here, *([throttle.network(network)] if network else [])]
    throttle.check(session, *targets, at=at)
    staff = session.scalar(sa.select(StaffMember).where(StaffMember.email == email.strip().lower()))
    is_theirs = is_password_of(staff, password)
    is_let_in = staff is not None and staff.is_active and organisations.lets_in(session, staff)
    if is_theirs and is_let_in and staff is not None:
        if known_browser:
            throttle.forget(session, here)
        return staff
    about = staff.id if staff else None
    audit.note(session, audit.Act.sign_in_failed, at=at, about=about)
    if throttle.count(session, *targets, at=at):
        audit.note(session, audit.Act.sign_in_held, at=at, about=about)
    return None


def begin(
    session: Session,
    staff: StaffMember,
    *,
    at: datetime,
    proof: Proof = Proof.password_only,
    browser: str = "",
) -> SignIn:
    """Sign somebody in, in one browser. Earlier wrong tries are forgotten."""
    sign_in = SignIn(
        staff_id=staff.id, began_at=at, seen_at=at, proved_at=at, proof=proof, browser=browser
    )
    session.add(sign_in)
    session.flush()
    throttle.forget(session, throttle.account(staff.email), throttle.second_factor(staff.id))
    audit.note(session, audit.Act.signed_in, at=at, who=staff.id, about=staff.id)
    return sign_in


def begin_anew(session: Session, sign_in_id: uuid.UUID, proof: Proof, *, at: datetime) -> SignIn:
    """End a sign-in and begin another in the same browser, now that its person proved more."""
    old = session.get_one(SignIn, sign_in_id)
    old.ended_at = at
    anew = SignIn(
        staff_id=old.staff_id,
        # Proving oneself again doesn't lengthen the day.
        began_at=old.began_at,
        seen_at=at,
        proved_at=at,
        proof=proof,
        browser=old.browser,
    )
    session.add(anew)
    session.flush()
    live.tell(session, live_topic(sign_in_id))
    audit.note(session, audit.Act.proved_again, at=at, who=old.staff_id, about=old.staff_id)
    return anew


def end(session: Session, sign_in_id: uuid.UUID, *, at: datetime) -> None:
    """Sign one browser out. Ended already changes nothing."""
    sign_in = session.get(SignIn, sign_in_id)
    if sign_in is not None and sign_in.ended_at is None:
        _end(session, sign_in, at=at, by=sign_in.staff_id)


def end_all(
    session: Session,
    staff_id: uuid.UUID,
    *,
    at: datetime,
    by: uuid.UUID,
    but: uuid.UUID | None = None,
) -> int:
    """Sign somebody out of every browser, or all but one; says out of how many."""
    open_ones = session.scalars(
        sa.select(SignIn).where(SignIn.staff_id == staff_id, SignIn.ended_at.is_(None))
    )
    ended = [each for each in open_ones if each.id != but]
    for each in ended:
        _end(session, each, at=at, by=by)
    return len(ended)


def where_signed_in(
    session: Session, staff_id: uuid.UUID, *, at: datetime, longest: timedelta, idle: timedelta
) -> Sequence[SignIn]:
    """Return the sign-ins of one person that still hold, the latest used first."""
    return session.scalars(
        sa.select(SignIn)
        .where(
            SignIn.staff_id == staff_id,
            SignIn.ended_at.is_(None),
            SignIn.began_at > at - longest,
            SignIn.seen_at > at - idle,
        )
        .order_by(SignIn.seen_at.desc())
    ).all()


def current(  # noqa: PLR0913 - each decides whether it holds
    session: Session,
    sign_in_id: uuid.UUID,
    *,
    at: datetime,
    longest: timedelta,
    idle: timedelta,
    password_is_enough: bool = False,
) -> SignIn | None:
    """Return the sign-in if it still holds: not ended, not too old, not idle, person active.

    One begun with a password alone holds only where that is enough (a training instance).
    """
    sign_in = session.scalar(_with_its_person(), {"sign_in_id": sign_in_id})
    if sign_in is None or sign_in.ended_at is not None or not sign_in.staff.is_active:
        return None
    if at - sign_in.began_at > longest or at - sign_in.seen_at > idle:
        return None
    if sign_in.proof is Proof.password_only and not password_is_enough:
        return None
    return sign_in if organisations.lets_in(session, sign_in.staff) else None


@cache
def _with_its_person() -> sa.Select[SignIn]:
    """Write once what every request of staff asks first."""
    wanted = SignIn.id == sa.bindparam("sign_in_id", type_=sa.Uuid)
    return sa.select(SignIn).options(joinedload(SignIn.staff)).where(wanted)


def needs_touch(sign_in: SignIn, *, at: datetime) -> bool:
    """Whether it is time to write down that this browser is still in use."""
    return at - sign_in.seen_at > _TOUCH_EVERY


def touch(session: Session, sign_in_id: uuid.UUID, *, at: datetime) -> None:
    """Write down that this browser is in use."""
    session.execute(sa.update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=at))


def is_password_of(staff: StaffMember | None, password: str) -> bool:
    """Whether this is their password; nobody's takes as long to say no."""
    return is_hash_of(staff.password_hash if staff else None, password)


def is_hash_of(stored: str | None, said: str) -> bool:
    """Whether a kept hash is of what was said; nobody's takes as long to say no.

    Raises:
        TooManyTriesError: too many are being compared at this moment.

    """
    with _hashing():
        try:
            return _hasher.verify(stored or _nobodys_hash(), said)
        except (VerifyMismatchError, InvalidHashError):
            return False


def live_topic(sign_in_id: uuid.UUID) -> str:
    """Return the topic that tells a browser's stream that its sign-in has ended."""
    return f"{live.SIGN_IN}{sign_in_id}"


def _end(session: Session, sign_in: SignIn, *, at: datetime, by: uuid.UUID) -> None:
    sign_in.ended_at = at
    live.tell(session, live_topic(sign_in.id))
    audit.note(session, audit.Act.signed_out, at=at, who=by, about=sign_in.staff_id)


@cache
def _nobodys_hash() -> str:
    """Return a hash to check when the address is unknown, so that both answers take as long."""
    return _hasher.hash(uuid.uuid4().hex)
