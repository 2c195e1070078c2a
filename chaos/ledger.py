"""What was acknowledged, and what took effect: the two are compared when a fault is over."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import psycopg

Row = tuple[Any, ...]
_LEGS = "SELECT call_sid FROM leg WHERE role = 'caller' AND call_sid IS NOT NULL"
_EFFECTS = {
    "text": "SELECT carrier_sid FROM text WHERE direction = 'inbound'",
    "call": _LEGS,
    "end": f"{_LEGS} AND state = 'ended'",
}
"""What an event of each kind leaves behind."""


@dataclass
class Findings:
    """What one fault did. Lost, doubled and stranded must all be nought."""

    contacts: int = 0
    kills: int = 0
    lost: int = 0
    """Acknowledged, and without effect."""
    doubled: int = 0
    """Took effect more than once."""
    stranded: int = 0
    """Left half-done: a promise, a call, a call-taker."""
    gave_up: int = 0
    """Not acknowledged although it was tried again as the carrier does."""
    allowed_to_give_up: int = 0
    notes: list[str] = field(default_factory=list)
    skipped: str = ""
    broke_off: bool = False
    """The harness itself came to no end: nothing is known of the line."""

    @property
    def survived(self) -> bool:
        """Whether the fault did no harm."""
        unharmed = not (self.lost or self.doubled or self.stranded)
        return unharmed and self.gave_up <= self.allowed_to_give_up and not self.skipped


class Ledger:
    """Every event that was told to the helpline, and how it was answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.books: dict[str, dict[str, bool]] = {"text": {}, "call": {}, "end": {}}
        self.answers: dict[tuple[str, str], set[str]] = {}

    def told(self, kind: str, sid: str, *, answered: bool, said: str = "") -> None:
        """Write down one event and whether it was acknowledged."""
        with self._lock:
            book = self.books[kind]
            book[sid] = book.get(sid, False) or answered
            if answered and said:
                self.answers.setdefault((kind, sid), set()).add(said)

    def compare(self, address: str, findings: Findings) -> Findings:
        """Count what was acknowledged without effect, and what took effect more than once."""
        for kind, question in _EFFECTS.items():
            book, seen = self.books[kind], _counted(address, question)
            findings.lost += sum(told and not seen[sid] for sid, told in book.items())
            findings.doubled += sum(seen[sid] > 1 for sid in book)
            findings.gave_up += sum(not told for told in book.values())
        findings.contacts += len(self.books["text"]) + len(self.books["call"])
        # Two conversations of one caller are one event with two effects.
        twice = (
            "SELECT caller_id FROM contact WHERE channel = 'sms' AND state <> 'closed' "
            "GROUP BY caller_id HAVING count(*) > 1"
        )
        findings.doubled += len(rows(address, twice))
        return findings


_HALF_DONE = (
    """SELECT count(*) FROM promise
       WHERE state IN ('waiting', 'claimed') AND held_until IS NULL""",
    """SELECT count(*) FROM contact c JOIN leg l ON l.contact_id = c.id AND l.role = 'caller'
       WHERE c.state IN ('arriving', 'waiting', 'with_call_taker')
       AND c.channel = 'voice' AND l.state = 'ended'""",
    """SELECT count(*) FROM staff_member s WHERE availability = 'busy' AND NOT EXISTS
       (SELECT 1 FROM contact WHERE owner_id = s.id AND state = 'with_call_taker')""",
)


def half_done(address: str) -> int:
    """Count what is left half-done: promises under way, calls without a caller, busy with nobody.

    Asked when everything has had its time.
    """
    return sum(int(rows(address, question)[0][0]) for question in _HALF_DONE)


def rows(address: str, question: str) -> list[Row]:
    """Ask the database, past all that is being tested."""
    with psycopg.connect(address, autocommit=True, connect_timeout=30) as connection:
        return connection.execute(question.encode()).fetchall()


def _counted(address: str, question: str) -> Counter[str]:
    return Counter(row[0] for row in rows(address, question))
