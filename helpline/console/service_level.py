"""How well today's calls were answered: by the hour and by kind of call. Read only.

A call counts in the hour in which it came. Source: domain.md 4.3 (80 % answered within 20 seconds,
under 5 % abandoned); whoever hangs up within five seconds of waiting has not waited.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.clock import LONDON, in_london
from helpline.contacts.models import Channel, Contact, ContactState, Ending, Stream

QUICKLY = timedelta(seconds=20)
TOO_SHORT = timedelta(seconds=5)
AIM = 80
"""Per cent answered quickly."""
MOST_GIVEN_UP = 5


@dataclass(frozen=True)
class Counts:
    """Calls that came to those who wait, by what became of them."""

    quickly: int = 0
    """Answered within 20 seconds."""
    later: int = 0
    gave_up: int = 0
    """Hung up after more than five seconds, before anybody answered."""
    still_waiting: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.quickly + other.quickly,
            self.later + other.later,
            self.gave_up + other.gave_up,
            self.still_waiting + other.still_waiting,
        )

    @property
    def settled(self) -> int:
        """All of which it is known whether they were answered."""
        return self.quickly + self.later + self.gave_up

    @property
    def level(self) -> int | None:
        """Per cent answered quickly; None before the first call."""
        return round(100 * self.quickly / self.settled) if self.settled else None

    @property
    def given_up(self) -> int | None:
        """Per cent who gave up."""
        return round(100 * self.gave_up / self.settled) if self.settled else None


@dataclass(frozen=True)
class Today:
    by_hour: tuple[tuple[int, Counts], ...]
    """Every hour from the first call of the day up to now."""
    by_stream: tuple[tuple[Stream, Counts], ...]
    """Kinds of call of which there were some."""
    all: Counts

    @property
    def busiest(self) -> tuple[int, Counts] | None:
        """The hour with most calls, the latest of equals."""
        return max(self.by_hour, key=lambda each: (each[1].settled, each[0]), default=None)


def today(session: Session, *, at: datetime) -> Today:
    """Count the calls since midnight in London: one statement, by the index of their coming."""
    there = in_london(at)
    midnight = there.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = session.execute(_counted(midnight)).all()
    hours: defaultdict[int, Counts] = defaultdict(Counts)
    streams: defaultdict[Stream, Counts] = defaultdict(Counts)
    for hour, stream, quickly, later, gave_up, waits in rows:
        counts = Counts(quickly, later, gave_up, waits)
        hours[int(hour)] += counts
        streams[stream] += counts
    span = range(min(hours, default=there.hour), there.hour + 1)
    return Today(
        by_hour=tuple((hour, hours[hour]) for hour in span),
        by_stream=tuple((stream, streams[stream]) for stream in Stream if stream in streams),
        all=_sum(hours.values()),
    )


def _sum(many: Iterable[Counts]) -> Counts:
    total = Counts()
    for each in many:
        total += each
    return total


def _counted(since: datetime) -> sa.Select[int, Stream, int, int, int, int]:
    hour = sa.extract("hour", sa.func.timezone(LONDON.key, Contact.opened_at))
    waited = Contact.first_taken_at - Contact.first_waited_at
    is_answered = Contact.first_taken_at.is_not(None)
    gave_up = sa.and_(
        ~is_answered,
        Contact.ending == Ending.left_while_waiting,
        Contact.ended_at - Contact.first_waited_at > TOO_SHORT,
    )
    waits = sa.and_(~is_answered, Contact.state == ContactState.waiting)
    count = sa.func.count
    return (
        sa.select(
            hour,
            Contact.stream,
            count().filter(is_answered, waited <= QUICKLY),
            count().filter(is_answered, waited > QUICKLY),
            count().filter(gave_up),
            count().filter(waits),
        )
        .where(
            Contact.channel == Channel.voice,
            Contact.opened_at >= since,
            Contact.first_waited_at.is_not(None),
        )
        .group_by(hour, Contact.stream)
    )
