"""Seals the record: each row gets a place in a chain of SHA-256 hashes, and the chain is checked.

Rows are numbered when they are written but may be committed in another order. So only rows are
sealed whose transaction is older than every one still running; each seal keeps which transactions
were running then. A row that turns up later with a lower number is honest only if its transaction
was one of those: anything else was put in afterwards.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline.audit import AuditEntry
from helpline.clock import now
from helpline.database import Base

BEGINNING = bytes(32)
MOST_AT_ONCE = 5_000
KEPT_FOR = timedelta(days=6 * 365)
"""The record is kept for six years (domain.md 7.12): what is younger was not forgotten by us."""
# Rows of transactions that overlap lie close together; the whole table is looked over each hour.
_NEAR = 2_000


class AuditSeal(Base):
    """One place in the chain."""

    __tablename__ = "audit_seal"

    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    """1, 2, 3 and so on without a gap."""
    entry_id: Mapped[int] = mapped_column(sa.BigInteger, unique=True)
    """No foreign key: a seal outlives a row that somebody removed, and so names it."""
    oldest: Mapped[int] = mapped_column(sa.BigInteger)
    """Every transaction below this number had ended when the row was sealed."""
    next: Mapped[int] = mapped_column(sa.BigInteger)
    """No transaction with this number or a higher one had begun then."""
    sealed_at: Mapped[datetime]
    hash: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """SHA-256 of the hash before and of everything in the row and this seal."""


@dataclass(frozen=True)
class Head:
    """The end of the chain. Noted elsewhere, it shows later whether the end was cut off."""

    number: int
    hash: bytes

    @classmethod
    def read(cls, noted: str) -> "Head":
        """Read `1234:<hash in hexadecimal>`.

        Raises:
            ValueError: it is something else.

        """
        number, _, digest = noted.partition(":")
        return cls(int(number), bytes.fromhex(digest))

    def __str__(self) -> str:
        """Write it as `read` reads it."""
        return f"{self.number}:{self.hash.hex()}"


@dataclass(frozen=True)
class Fault:
    """One row that is not as it was written."""

    entry_id: int
    what: str


@dataclass
class Report:
    """What walking the chain found."""

    head: Head = field(default_factory=lambda: Head(0, BEGINNING))
    first: int = 1
    """Place at which the chain begins; above 1 once old rows were forgotten."""
    faults: list[Fault] = field(default_factory=list)
    not_sealed_yet: int = 0


_E, _S = AuditEntry.__table__.c, AuditSeal.__table__.c
_FACTS = (
    _E.id,
    _E.at,
    # As text: a row stays readable when the program no longer knows its act.
    sa.type_coerce(_E.act, sa.Text).label("act"),
    _E.who,
    _E.about,
    _E.mark,
    _E.transaction_number,
)


def head(session: Session) -> Head:
    """Return the end of the chain."""
    newest = session.execute(
        sa.select(_S.number, _S.hash).order_by(_S.number.desc()).limit(1)
    ).first()
    return Head(newest.number, newest.hash) if newest is not None else Head(0, BEGINNING)


def seal(session: Session, *, at: datetime, everything: bool = False) -> int:
    """Seal the rows that no running transaction can come before; says how many.

    One process at a time (`database.alone`), in a transaction that has written nothing before.
    `everything` looks at the whole table, not only at
    the newest rows.
    """
    end = head(session)
    seals = []
    for row in session.execute(_unsealed(session, everything=everything)).all():
        place = {"number": end.number + 1, "oldest": row.oldest, "next": row.next, "sealed_at": at}
        end = Head(end.number + 1, _hash(end.hash, row, place))
        seals.append(place | {"entry_id": row.id, "hash": end.hash})
    if seals:
        session.execute(sa.insert(AuditSeal), seals)
    return len(seals)


def verify(session: Session, *, noted: Head | None = None) -> Iterator[Report]:
    """Walk the whole chain; gives the report so far after each few thousand rows, whole at last.

    `noted` is an end of the chain that was written down elsewhere at an earlier time.
    """
    walk = _Walk(Report(), noted)
    after = 0
    while batch := session.execute(_sealed(after)).all():
        for row in batch:
            walk.step(session, row)
        after = batch[-1].number
        yield walk.report
    walk.finish(session)
    yield walk.report


class _Walk:
    """The walk from the first seal to the last."""

    def __init__(self, report: Report, noted: Head | None) -> None:
        self.report = report
        self._noted = noted
        self._highest_entry = 0
        self._doubted: tuple[int, bytes] | None = None
        """Row whose hash did not fit, and the hash that would have."""

    def step(self, session: Session, row: Any) -> None:  # noqa: ANN401 - a row of two tables
        before = self.report.head
        if before.number == 0 and row.number > 1 and row.id is None:
            # What came before was forgotten when its period ended: this seal is the new beginning.
            self.report.first = row.number + 1
            if now() - row.sealed_at < KEPT_FOR:
                self._fault(row.entry_id, "was removed before its time")
        elif before.number == 0 and row.number > 1:
            self._fault(row.entry_id, "follows rows whose seals were removed")
        else:
            self._check_link(row, before)
            self._check_place(session, row)
        self._highest_entry = max(self._highest_entry, row.entry_id)
        self.report.head = Head(row.number, row.hash)
        if self._noted and self._noted.number == row.number and self._noted.hash != row.hash:
            self._fault(row.entry_id, "does not have the hash that was noted")

    def finish(self, session: Session) -> None:
        self._settle_doubt(fits=False)
        if self._noted and self._noted.number > self.report.head.number:
            self._fault(0, f"the chain was cut off after place {self.report.head.number}")
        for row in session.execute(_left_over()).all():
            if row.id < self._highest_entry and not _could_be_late(session, row, None):
                self._fault(row.id, "was inserted afterwards")
            else:
                self.report.not_sealed_yet += 1

    def _check_link(self, row: Any, before: Head) -> None:  # noqa: ANN401
        if row.number != before.number + 1:
            missing = row.number - before.number - 1
            self._fault(row.entry_id, f"stands after {missing} removed seals")
        elif row.id is None:
            self._settle_doubt(fits=False)
            self._fault(row.entry_id, "was removed")
        else:
            self._check_hash(row, before)

    def _check_hash(self, row: Any, before: Head) -> None:  # noqa: ANN401
        place = {
            "number": row.number,
            "oldest": row.oldest,
            "next": row.next,
            "sealed_at": row.sealed_at,
        }
        if self._doubted is not None and _hash(self._doubted[1], row, place) == row.hash:
            # The chain goes on from what the row says, so it was the seal that was changed.
            self._settle_doubt(fits=True)
            return
        self._settle_doubt(fits=False)
        should_be = _hash(before.hash, row, place)
        if should_be != row.hash:
            self._doubted = (row.entry_id, should_be)

    def _settle_doubt(self, *, fits: bool) -> None:
        if self._doubted is not None:
            self._fault(self._doubted[0], "has a changed seal" if fits else "was changed")
        self._doubted = None

    def _check_place(self, session: Session, row: Any) -> None:  # noqa: ANN401
        is_late = row.id is not None and row.id < self._highest_entry
        if is_late and not _could_be_late(session, row, row.number):
            self._fault(row.entry_id, "was inserted afterwards")

    def _fault(self, entry_id: int, what: str) -> None:
        self.report.faults.append(Fault(entry_id, what))


def _unsealed(session: Session, *, everything: bool) -> sa.Select[Any]:
    """Select what can be sealed, in one statement: rows and running transactions are of one look.

    Our own transaction gets its number after that look, so every transaction that had begun by
    then has a lower one. A row that is visible and yet numbered above all that had ended was
    brought in from another server by a restore.
    """
    snapshot = sa.select(
        sa.literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint").label("oldest"),
        sa.literal_column("pg_snapshot_xmax(pg_current_snapshot())::text::bigint").label("ended"),
        sa.literal_column("pg_current_xact_id()::text::bigint").label("next"),
    ).subquery("snapshot")
    sealable = (
        sa.select(*_FACTS, snapshot.c.oldest, snapshot.c.next)
        .select_from(AuditEntry.__table__.join(snapshot, sa.true()))
        .where(
            sa.or_(
                _E.transaction_number < snapshot.c.oldest,
                _E.transaction_number >= snapshot.c.ended,
            ),
            ~sa.exists().where(_S.entry_id == _E.id),
        )
        .order_by(_E.id)
        .limit(MOST_AT_ONCE)
    )
    if everything:
        return sealable
    newest = session.scalar(sa.select(sa.func.max(_S.entry_id))) or 0
    return sealable.where(_E.id > newest - _NEAR)


def _sealed(after: int) -> sa.Select[Any]:
    joined = AuditSeal.__table__.outerjoin(AuditEntry.__table__, _E.id == _S.entry_id)
    return (
        sa.select(AuditSeal.__table__, *_FACTS)
        .select_from(joined)
        .where(_S.number > after)
        .order_by(_S.number)
        .limit(MOST_AT_ONCE)
    )


def _left_over() -> sa.Select[Any]:
    return sa.select(*_FACTS).where(~sa.exists().where(_S.entry_id == _E.id)).order_by(_E.id)


def _could_be_late(session: Session, row: Any, place: int | None) -> bool:  # noqa: ANN401
    """Whether a row's transaction was running whenever a row with a higher number was sealed."""
    passed = sa.select(sa.func.max(_S.oldest), sa.func.min(_S.next)).where(_S.entry_id > row.id)
    if place is not None:
        passed = passed.where(_S.number < place)
    oldest, following = session.execute(passed).one()
    return oldest is None or oldest <= row.transaction_number < following


def _hash(before: bytes, row: Any, place: dict[str, Any]) -> bytes:  # noqa: ANN401
    facts: Sequence[Any] = (
        place["number"],
        place["oldest"],
        place["next"],
        _instant(place["sealed_at"]),
        row.id,
        _instant(row.at),
        row.act,
        str(row.who) if row.who else None,
        str(row.about) if row.about else None,
        row.mark.hex() if row.mark is not None else None,
        row.transaction_number,
    )
    return hashlib.sha256(before + json.dumps(facts, separators=(",", ":")).encode()).digest()


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
