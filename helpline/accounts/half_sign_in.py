"""Between the two steps of signing in: the password was right, the second factor is to come."""

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from helpline.accounts.models import HalfSignIn, StaffMember

LASTS = timedelta(minutes=15)
MOST_WRONG_TRIES = 5


def begin(session: Session, staff: StaffMember, *, at: datetime) -> HalfSignIn:
    """Remember that somebody gave the right password."""
    session.execute(sa.delete(HalfSignIn).where(HalfSignIn.began_at < at - LASTS))
    half = HalfSignIn(id=uuid.uuid4(), staff_id=staff.id, began_at=at, wrong_tries=0)
    session.add(half)
    session.flush()
    return half


def current(session: Session, half_id: uuid.UUID, *, at: datetime) -> HalfSignIn | None:
    """Return it while it holds: a quarter of an hour and five wrong tries, person active."""
    half = session.scalar(
        sa.select(HalfSignIn)
        .options(joinedload(HalfSignIn.staff))
        .where(HalfSignIn.id == half_id, HalfSignIn.began_at > at - LASTS)
    )
    if half is None or half.wrong_tries >= MOST_WRONG_TRIES or not half.staff.is_active:
        return None
    return half


def count_wrong(session: Session, half_id: uuid.UUID) -> None:
    """Count one wrong second step. After the fifth the password is asked for again."""
    session.execute(
        sa.update(HalfSignIn)
        .where(HalfSignIn.id == half_id)
        .values(wrong_tries=HalfSignIn.wrong_tries + 1)
    )


def end(session: Session, half_id: uuid.UUID) -> bool:
    """Forget it, since it became a sign-in; False if another request was quicker."""
    ended = session.execute(
        sa.delete(HalfSignIn).where(HalfSignIn.id == half_id).returning(HalfSignIn.id)
    )
    return ended.first() is not None


def end_all(session: Session, staff_id: uuid.UUID) -> None:
    """Forget all of one person."""
    session.execute(sa.delete(HalfSignIn).where(HalfSignIn.staff_id == staff_id))
