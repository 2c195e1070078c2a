"""Records that come in: checked one by one, refused with reasons, never over what staff verified.

A source is read in steps of 50 records, each step one transaction that also says how far it came:
stopped at any moment, it goes on there. The same record again changes nothing.
"""

import hashlib
import itertools
import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.orm import Session

from helpline import audit
from helpline.clock import in_london
from helpline.database import one_at_a_time, transaction
from helpline.directory import services
from helpline.directory.entries import Entry
from helpline.directory.models import DirectoryImport, Service, ServiceSource
from helpline.directory.open_referral import reading, shapes, version_1
from helpline.directory.open_referral.entry_of import entry_of

STEP = 50
_LISTED_STATUSES = frozenset({"active"})
Progress = Callable[[int], None]


@dataclass
class Report:
    """What came of reading a source."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """Each record that was refused, by what it calls itself, with the reasons."""
    doubtful: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """Each record that was taken although something in it looks wrong."""
    kept: list[str] = field(default_factory=list)
    """What the source says differently from what staff wrote or verified: theirs stays."""
    went_on_from: int = 0


def read_in(
    source: str,
    hosts: Sequence[str],
    *,
    at: datetime,
    progress: Progress = lambda _: None,
) -> Report:
    """Read a file or a feed into the directory. Opens its own units of work.

    Raises:
        reading.CannotReadError: it can't be read (any further); what is done so far stays.

    """
    report = Report()
    digest = _digest_of_file(source)
    with transaction() as session:
        report.went_on_from = _begin(session, source, digest, at)
    coming = reading.records(source, hosts, report.went_on_from)
    done = report.went_on_from
    while step := list(itertools.islice(coming, STEP)):
        with transaction() as session:
            for record in step:
                take(session, record, source, report, at=at)
            done += len(step)
            _note(session, source, done, at, is_over=False)
        progress(done)
    with transaction() as session:
        _note(session, source, done, at, is_over=True)
        audit.note(session, audit.Act.services_imported, at=at)
    return report


def take(session: Session, given: Any, source: str, report: Report, *, at: datetime) -> None:  # noqa: ANN401
    """Take one record, or say in the report why not."""
    name = _called(given)
    try:
        record = _as_record(given)
    except ValueError as error:
        report.counts["refused"] += 1
        report.refused.append((name, tuple(str(each) for each in error.args)))
        return
    known = session.get(ServiceSource, uuid.UUID(record["id"]))
    record = _with_what_is_known(record, known)
    doubts = tuple(shapes.doubts(record))
    if doubts:
        report.doubtful.append((name, doubts))
    try:
        entry = entry_of(record, on=in_london(at).date())
    except ValidationError as error:
        report.counts["refused"] += 1
        report.refused.append((name, tuple(str(each["msg"]) for each in error.errors())))
        return
    done = _put(session, record, entry, source, at)
    report.counts[done] += 1
    if done == "kept":
        report.kept.append(name)


def _as_record(given: Any) -> shapes.Record:  # noqa: ANN401
    if isinstance(given, dict) and version_1.is_version_1(given):
        try:
            given = version_1.as_version_3(given)
        except (AttributeError, KeyError, TypeError):
            raise ValueError("the record can't be read as Open Referral UK 1.0") from None
    found = tuple(shapes.faults(shapes.SERVICE, given))
    if found:
        raise ValueError(*found)
    return shapes.known_fields(shapes.SERVICE, given)


def _with_what_is_known(record: shapes.Record, known: ServiceSource | None) -> shapes.Record:
    """Fill a record as a list shows it, of plain fields only, with what is known of the rest."""
    lists = [name for name, kind in shapes.SERVICE.fields.items() if isinstance(kind, list)]
    if known is None or any(name in record for name in lists):
        return record
    whole = {**known.record, **record}
    for name, kind in shapes.SERVICE.fields.items():
        if isinstance(kind, shapes.Shape) and name in record:
            whole[name] = {**known.record.get(name, {}), **record[name]}
    return whole


def _put(session: Session, record: shapes.Record, entry: Entry, source: str, at: datetime) -> str:
    service_id = uuid.UUID(record["id"])
    one_at_a_time(session, f"service:{service_id}")
    digest = _digest(record)
    known = session.get(ServiceSource, service_id)
    if known is not None and known.digest == digest:
        known.seen_at = at
        return "unchanged"
    service = session.get(Service, service_id, with_for_update=True)
    if service is None:
        service = services.add(
            session, f"open-referral:{service_id}", entry, by=None, at=at, service_id=service_id
        )
        done = "added"
    else:
        done = _renew(session, service, known, entry, at)
    is_active = record["status"] in _LISTED_STATUSES
    if done != "kept" and service.is_active != is_active:
        services.show(session, service, is_active=is_active)
    _keep(session, service_id, known, source, digest, record, entry, at)
    return done


def _renew(
    session: Session, service: Service, known: ServiceSource | None, entry: Entry, at: datetime
) -> str:
    shown = services.shown(session, service.id)
    is_ours = shown.version.by is not None or service.verified_on is not None or known is None
    if shown.entry == entry:
        return "changed"
    if is_ours:
        return "kept"
    services.renew(session, service, entry, at=at)
    return "changed"


def _keep(  # noqa: PLR0913, PLR0917 - each is a fact of the record
    session: Session,
    service_id: uuid.UUID,
    known: ServiceSource | None,
    source: str,
    digest: str,
    record: shapes.Record,
    entry: Entry,
    at: datetime,
) -> None:
    if known is None:
        known = ServiceSource(service_id=service_id)
        session.add(known)
    known.source, known.digest, known.seen_at = source, digest, at
    known.record, known.entry = record, entry.model_dump(mode="json")
    session.flush()


def _begin(session: Session, source: str, digest: str, at: datetime) -> int:
    known = session.get(DirectoryImport, source, with_for_update=True)
    if known is None:
        session.add(
            DirectoryImport(
                source=source, digest=digest, done=0, is_over=False, began_at=at, changed_at=at
            )
        )
        return 0
    if known.is_over or known.digest != digest:
        known.done, known.is_over, known.digest, known.began_at = 0, False, digest, at
    return known.done


def _note(session: Session, source: str, done: int, at: datetime, *, is_over: bool) -> None:
    session.execute(
        sa.update(DirectoryImport)
        .where(DirectoryImport.source == source)
        .values(done=done, is_over=is_over, changed_at=at)
    )


def _called(given: Any) -> str:  # noqa: ANN401
    if not isinstance(given, dict):
        return "a record that is no object"
    return str(given.get("id") or given.get("name") or "a record without id and name")[:80]


def _digest(record: shapes.Record) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _digest_of_file(source: str) -> str:
    if reading.is_feed(source):
        return ""
    try:
        return hashlib.sha256(Path(source).read_bytes()).hexdigest()
    except OSError:
        raise reading.CannotReadError("There is no such file") from None


def lines_of(report: Report) -> Iterator[str]:
    """Say a report in lines: what was done, and each record refused or doubted, with reasons."""
    if report.went_on_from:
        yield f"Went on after the {report.went_on_from} records that were done before."
    for name, reasons in report.refused:
        yield f"Refused {name}: {'; '.join(reasons)}."
    for name, reasons in report.doubtful:
        yield f"Taken with a doubt, {name}: {'; '.join(reasons)}."
    for name in report.kept:
        yield f"Kept as staff wrote or verified it, though the source differs: {name}."
    counted = ("added", "changed", "unchanged", "kept", "refused")
    yield ", ".join(f"{report.counts[each]} {each}" for each in counted) + "."
