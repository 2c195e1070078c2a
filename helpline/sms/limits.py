"""How much may leave: texts to one person in an hour, and texts from one number in a second."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline import outbox
from helpline.carrier import Sender
from helpline.clock import in_london
from helpline.confidentiality import departures
from helpline.confidentiality.safe_contact import Way
from helpline.contacts.models import Contact
from helpline.database import Base
from helpline.outbox import Promise
from helpline.sms.models import Direction, Text
from helpline.statements import Written

_HOUR = timedelta(hours=1)
_CLOCKS_DIFFER = timedelta(seconds=15)


class TooManyTextsError(Exception):
    """One person was written to very often; the words say what to do."""


class Pace(Base):
    """How many texts one of our numbers may still send at this instant: a bucket that refills."""

    __tablename__ = "pace"

    sender: Mapped[Sender] = mapped_column(primary_key=True)
    left: Mapped[float]
    filled_at: Mapped[datetime]
    day: Mapped[date]
    sent: Mapped[int]
    """Texts on that day."""


def check_person(session: Session, caller_id: uuid.UUID, *, most: int, at: datetime) -> None:
    """Make sure that one person is not written to too often.

    Raises:
        TooManyTextsError: they were sent `most` texts within the last hour.

    """
    lately = _LATELY.value(session, caller_id=caller_id, since=at - _HOUR, most=most)
    if lately >= most:
        raise TooManyTextsError(
            f"They were sent {most} texts within an hour. Wait a little, or ask a supervisor"
        )


def take_from(
    session: Session, sender: Sender, wanted: int, *, per_second: float, at: datetime
) -> int:
    """Take up to `wanted` texts from what a number may send now; says how many those are.

    One row for each number is locked for the length of the transaction, so all workers together
    keep to the carrier's limit. Clocks that differ a little give nothing and take nothing; one that
    was far ahead, and is set right or belongs to another machine, keeps back no text for longer.
    """
    full = max(per_second, 1.0)
    pace = _held(session, sender)
    if pace is None:
        row = insert(Pace).values(
            sender=sender, left=full, filled_at=at, day=in_london(at).date(), sent=0
        )
        session.execute(row.on_conflict_do_nothing())
        pace = _held(session, sender)
        assert pace is not None  # noqa: S101 - nobody deletes one  # nosec B101
    passed = max((at - pace.filled_at).total_seconds(), 0.0)
    pace.left = min(full, pace.left + passed * per_second)
    is_far_ahead = pace.filled_at - at > _CLOCKS_DIFFER
    pace.filled_at = at if is_far_ahead else max(at, pace.filled_at)
    taken = min(wanted, int(pace.left))
    pace.left -= taken
    today = in_london(at).date()
    pace.sent = taken + (pace.sent if pace.day == today else 0)
    pace.day = today
    return taken


def _held(session: Session, sender: Sender) -> Pace | None:
    return session.get(Pace, sender, with_for_update=True, populate_existing=True)


def keep_to_pace(
    session: Session, claimed: Sequence[Promise], *, per_second: float, at: datetime
) -> list[Promise]:
    """Return the claimed promises that may leave now; texts beyond the pace go back for a while."""
    go_on = [each for each in claimed if departures.WAYS.get(each.kind) is not Way.text]
    texts = [each for each in claimed if departures.WAYS.get(each.kind) is Way.text]
    for sender in Sender:
        mine = [each for each in texts if _leaves_from(each) is sender]
        taken = take_from(session, sender, len(mine), per_second=per_second, at=at) if mine else 0
        go_on += mine[:taken]
        for late, each in enumerate(mine[taken:], start=1):
            outbox.put_off(each, at + timedelta(seconds=late / per_second))
    return go_on


def _leaves_from(text: Promise) -> Sender:
    said = text.details.get("sender")
    # A newer program may know more numbers than we do: none of its texts may be passed over.
    return Sender(said) if said in list(Sender) else Sender.conversation


def sent_on(day: sa.ColumnElement[date]) -> sa.ScalarSelect[int]:
    """Write the number of texts that left on a day."""
    sent = sa.func.coalesce(sa.func.sum(Pace.sent), 0)
    return sa.select(sent).where(Pace.day == day).scalar_subquery()


_SENT_TODAY = sa.select(sent_on(sa.bindparam("today", type_=sa.Date)))


def has_left_today(session: Session, most: int, *, at: datetime) -> bool:
    """Whether the service may still write texts by itself today, by a UK clock."""
    return int(session.scalar(_SENT_TODAY, {"today": in_london(at).date()}) or 0) < most


def _lately() -> sa.Select[int]:
    """Write how many texts somebody was sent since an instant, counted no further than `most`."""
    theirs = (
        sa.select(Text.id)
        .join(Contact, Contact.id == Text.contact_id)
        .where(
            Contact.caller_id == sa.bindparam("caller_id", type_=sa.Uuid),
            Text.direction == Direction.outbound,
            Text.at > sa.bindparam("since", type_=sa.DateTime(timezone=True)),
        )
        .limit(sa.bindparam("most", type_=sa.Integer))
        .subquery()
    )
    return sa.select(sa.func.count()).select_from(theirs)


_LATELY = Written(_lately)
