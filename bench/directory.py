"""How well and how fast the directory answers what callers say."""

import random
import statistics
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.workplace import Workplace
from helpline.clock import now
from helpline.database import db, transaction
from helpline.directory import indexing, places, searching, services
from helpline.directory.entries import AUDIENCES, TOPICS, Entry
from helpline.directory.models import Service, ServiceIndex, ServiceVersion, ServiceWord
from helpline.directory.searching import Wish

QUESTIONS = Path(__file__).with_name("data") / "directory" / "questions.tsv"
SIZES = (100, 5_000, 50_000)
_AT_ONCE = 1_000
_FIRST = 5


@dataclass(frozen=True)
class Question:
    """What a caller says, and the keys of the services that should come among the first five."""

    half: str
    words: str
    keys: frozenset[str]


def questions(half: str | None = None) -> list[Question]:
    """Read the questions, all or those of one half."""
    read = []
    for line in QUESTIONS.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            which, words, keys = line.split("\t")
            read.append(Question(which, words, frozenset(keys.split())))
    return [each for each in read if half in {None, each.half}]


def first_five(session: Session, words: str) -> list[str]:
    """Return the keys of the services that come first."""
    found = searching.find(session, Wish(words), at=now(), most=_FIRST)
    return [each.shown.service.key for each in found]


def share_found(session: Session, asked: Sequence[Question]) -> float:
    """Return the share of the services that should come first which do."""
    found = wanted = 0
    for question in asked:
        came = first_five(session, question.words)
        found += len(question.keys & set(came))
        wanted += len(question.keys)
    return found / wanted


def figures(place: Workplace) -> dict[str, float]:
    """Return the share found, by half, and milliseconds for one search at each size."""
    results: dict[str, float] = {}
    with place.app.app_context():
        try:
            with transaction() as session:
                services.load_first(session, at=now())
            with transaction() as session:
                results["directory_hit_at_5"] = share_found(session, questions())
                for half in ("open", "held"):
                    name = f"directory_hit_at_5_{half}"
                    results[name] = share_found(session, questions(half))
            for size in SIZES:
                with transaction() as session:
                    fill_up(session, size)
                results |= _latency(size)
        finally:
            with transaction() as session:
                _empty(session)
            db.session.remove()
            db.engine.dispose()
    return results


def fill_up(session: Session, size: int) -> None:
    """Add made-up local services until there are so many."""
    known = session.scalar(sa.select(sa.func.count()).select_from(Service)) or 0
    chance = random.Random(known)  # noqa: S311 - made-up data
    batch: list[tuple[Service, Entry]] = []
    for number in range(known, size):
        batch.append((_service(number), _made_up(chance, number)))
        if len(batch) == _AT_ONCE or number == size - 1:
            _add(session, batch)
            batch = []


def _add(session: Session, batch: Sequence[tuple[Service, Entry]]) -> None:
    session.add_all([service for service, _ in batch])
    session.flush()
    session.add_all(
        ServiceVersion(
            id=uuid.uuid4(),
            service_id=service.id,
            number=1,
            at=now(),
            by=None,
            entry=entry.model_dump(mode="json"),
        )
        for service, entry in batch
    )
    session.flush()
    indexing.index(session, *batch)
    session.expunge_all()


def _latency(size: int) -> dict[str, float]:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE service_index"))
        connection.execute(sa.text("VACUUM ANALYZE service_word"))
    times = []
    with transaction() as session:
        for question in questions():
            began = time.perf_counter()
            searching.find(session, Wish(question.words, is_typing=True), at=now())
            times.append((time.perf_counter() - began) * 1000)
            session.expunge_all()
    times.sort()
    return {
        f"directory_search_ms_{size}": statistics.median(times),
        f"directory_search_ms_{size}_p95": times[int(len(times) * 0.95)],
    }


def _empty(session: Session) -> None:
    for table in (ServiceWord, ServiceIndex, ServiceVersion, Service):
        session.execute(sa.delete(table))


def _service(number: int) -> Service:
    return Service(
        id=uuid.uuid4(),
        key=f"made-up-{number}",
        current_number=1,
        is_active=True,
        verified_how="",
    )


def _made_up(chance: random.Random, number: int) -> Entry:
    council = chance.choice(places.councils())
    topics = chance.sample(sorted(TOPICS), chance.randint(1, 4))
    kind = chance.choice(("Project", "Centre", "Trust", "Advice", "Friends", "House", "Line"))
    return Entry.model_validate(
        {
            "name": f"{council.name} {TOPICS[topics[0]]} {kind} {number}",
            "description": " ".join(_sentence(chance, topics)),
            "phone": f"020 7946 0{number % 1000:03}",
            "topics": topics,
            "audiences": chance.sample(sorted(AUDIENCES), chance.randint(1, 3)),
            "nations": [council.nation],
            "areas": [council.name] if chance.random() < 0.9 else [],  # noqa: PLR2004 - most are local
            "min_age": chance.choice((None, None, 16, 18)),
            "hours": [{"days": [0, 1, 2, 3, 4], "start": "09:00", "end": "17:00"}],
            "on_bank_holidays": "closed",
            "confidence": "medium",
        }
    )


def _sentence(chance: random.Random, topics: Sequence[str]) -> Iterator[str]:
    words = QUESTIONS.read_text("utf-8").split()
    yield from (TOPICS[each] for each in topics)
    yield from chance.choices([word for word in words if word.isalpha()], k=25)
