"""Services to point people to: loaded, changed in versions, verified by a person.

Source: domain.md section 8, and issue 9: an entry of which nobody was sure is shown as to be
verified, and its number is not texted until a person has verified it.
"""

import enum
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live
from helpline.clock import in_london
from helpline.database import one_at_a_time
from helpline.directory import indexing
from helpline.directory.entries import Entry
from helpline.directory.models import Confidence, Service, ServiceVersion
from helpline.directory.partners import TOPIC, words_of

CRISIS_CHECK = timedelta(days=90)
OTHER_CHECK = timedelta(days=182)
LONGEST_CHECK = timedelta(days=366)
MOST_HOW_LETTERS = 300
MOST_LISTED = 2_000
_CRISIS = frozenset(
    {"emergency", "suicide", "domestic_abuse", "sexual_violence", "child_protection", "missing"}
    | {"runaway", "homelessness", "forced_marriage", "trafficking", "mental_health"}
)


class Standing(enum.StrEnum):
    """How far an entry is to be relied on."""

    verified = "verified"
    stale = "stale"
    """Verified once; the next check is overdue."""
    seen = "seen"
    """Nobody here has verified it; whoever gathered it was sure."""
    to_be_verified = "to_be_verified"


@dataclass(frozen=True)
class Shown:
    """A service in one of its versions."""

    service: Service
    version: ServiceVersion

    @property
    def entry(self) -> Entry:
        """What is said of it."""
        return read_entry(self.version)


def read_entry(version: ServiceVersion) -> Entry:
    """Read what a version says. A version never changes, so what was read is kept for a while."""
    known = _read.get(version.id)
    if known is None or known[0] != version.entry:
        known = (version.entry, Entry.model_validate(version.entry))
        if len(_read) >= _MOST_READ:
            _read.clear()
        _read[version.id] = known
    return known[1]


_MOST_READ = 5_000
_read: dict[uuid.UUID, tuple[dict[str, Any], Entry]] = {}


class CannotVerifyError(ValueError):
    """The check can't be noted like that; the words say why."""


def load_first(session: Session, *, at: datetime) -> int:
    """Load the services that come with the system; says how many were added or renewed.

    What a person here has changed or verified stays as it is. Again changes nothing.
    """
    one_at_a_time(session, "first services")
    known = {shown.service.key: shown for shown in _every(session)}
    changed = 0
    for key, entry in _first():
        shown = known.get(key)
        if shown is None:
            add(session, key, entry, by=None, at=at)
        elif shown.version.by is None and shown.service.verified_on is None:
            if shown.entry == entry:
                continue
            _write(session, shown.service, entry, by=None, at=at)
        else:
            continue
        changed += 1
    return changed


def add(  # noqa: PLR0913 - each is a fact of the service
    session: Session,
    key: str,
    entry: Entry,
    *,
    by: uuid.UUID | None,
    at: datetime,
    service_id: uuid.UUID | None = None,
) -> Service:
    """Add a service in its first version; under the id of its publisher where it has one."""
    service = Service(
        id=service_id or uuid.uuid4(), key=key, current_number=0, is_active=True, verified_how=""
    )
    session.add(service)
    session.flush()
    _write(session, service, entry, by=by, at=at)
    audit.note(session, audit.Act.service_added, at=at, who=by, about=service.id)
    return service


def change(
    session: Session, service: Service, entry: Entry, *, by: uuid.UUID, at: datetime
) -> None:
    """Write a new version, unless nothing differs. Reached another way, it must be verified again.

    The service's row must be locked.
    """
    before = shown(session, service.id).entry
    if before == entry:
        return
    if before.reached_differently(entry):
        service.verified_on = service.verified_by = service.next_check = None
        service.verified_how = ""
        entry = entry.model_copy(update={"confidence": Confidence.low})
    _write(session, service, entry, by=by, at=at)
    audit.note(session, audit.Act.service_changed, at=at, who=by, about=service.id)


def renew(session: Session, service: Service, entry: Entry, *, at: datetime) -> None:
    """Write a new version that came from a feed. Only for what nobody here wrote or verified."""
    _write(session, service, entry, by=None, at=at)


def show(session: Session, service: Service, *, is_active: bool) -> None:
    """Show a service to those who look for one, or not, as its publisher says."""
    service.is_active = is_active
    session.flush()
    indexing.set_active(session, service)


def verify(  # noqa: PLR0913 - each is a fact of the check
    session: Session,
    service: Service,
    how: str,
    next_check: date | None = None,
    *,
    by: uuid.UUID,
    at: datetime,
) -> None:
    """Note that a person made sure that the entry is right.

    Raises:
        CannotVerifyError: it isn't said how, or the next check is past or over a year away.

    """
    today = in_london(at).date()
    until = next_check or today + check_holds(shown(session, service.id).entry)
    how = " ".join(how.split())
    if not how or len(how) > MOST_HOW_LETTERS:
        raise CannotVerifyError("Say in a few words how you made sure")
    if not today < until <= today + LONGEST_CHECK:
        raise CannotVerifyError("Choose a day of the next check within a year from tomorrow")
    service.verified_on, service.verified_by, service.verified_how = today, by, how
    service.next_check = until
    audit.note(session, audit.Act.service_verified, at=at, who=by, about=service.id)
    live.tell(session, TOPIC)


def set_active(
    session: Session, service: Service, *, active: bool, by: uuid.UUID, at: datetime
) -> None:
    """Stop or resume showing a service to those who look for one."""
    show(session, service, is_active=active)
    audit.note(session, audit.Act.service_changed, at=at, who=by, about=service.id)
    live.tell(session, TOPIC)


def check_holds(entry: Entry) -> timedelta:
    """Return how long a check counts, unless another day is chosen."""
    return OTHER_CHECK if _CRISIS.isdisjoint(entry.topics) else CRISIS_CHECK


def shown(session: Session, service_id: uuid.UUID, number: int | None = None) -> Shown:
    """Return a service in its current version, or as it was shown in another.

    Raises:
        sqlalchemy.exc.NoResultFound: there is none.

    """
    wanted = sa.select(Service, ServiceVersion).join(
        ServiceVersion, ServiceVersion.service_id == Service.id
    )
    is_it = ServiceVersion.number == (Service.current_number if number is None else number)
    row = session.execute(wanted.where(Service.id == service_id, is_it)).one()
    return Shown(row.Service, row.ServiceVersion)


def versions(session: Session, service_id: uuid.UUID) -> Sequence[ServiceVersion]:
    """List all versions of a service, newest first."""
    return session.scalars(
        sa.select(ServiceVersion)
        .where(ServiceVersion.service_id == service_id)
        .order_by(ServiceVersion.number.desc())
        .limit(100)
    ).all()


def listed(
    session: Session,
    words: str = "",
    topic: str = "",
    *,
    for_under_18s: bool = False,
    only_active: bool = True,
) -> list[Shown]:
    """List services by name, those with all the words and the topic; none for adults to a child."""
    asked = words_of(words)
    found = []
    for each in _every(session):
        entry = each.entry
        if only_active and not each.service.is_active:
            continue
        if for_under_18s and not entry.suits_under_18s:
            continue
        if topic and topic not in entry.topics:
            continue
        own = words_of(" ".join((entry.name, entry.description, *entry.topics, *entry.areas)))
        if all(any(mine.startswith(word) for mine in own) for word in asked):
            found.append(each)
    return found


def standing(service: Service, entry: Entry, *, at: datetime) -> Standing:
    """Say how far an entry is to be relied on."""
    if service.verified_on is not None:
        is_over = service.next_check is None or in_london(at).date() > service.next_check
        return Standing.stale if is_over else Standing.verified
    return Standing.seen if entry.confidence is Confidence.high else Standing.to_be_verified


def may_be_texted(service: Service, entry: Entry, *, at: datetime) -> bool:
    """Whether its number may be sent to somebody by text."""
    return standing(service, entry, at=at) is not Standing.to_be_verified


def _every(session: Session) -> list[Shown]:
    rows = session.execute(
        sa.select(Service, ServiceVersion)
        .join(
            ServiceVersion,
            sa.and_(
                ServiceVersion.service_id == Service.id,
                ServiceVersion.number == Service.current_number,
            ),
        )
        .order_by(ServiceVersion.entry["name"].astext)
        .limit(MOST_LISTED)
    )
    return [Shown(row.Service, row.ServiceVersion) for row in rows]


def _write(
    session: Session, service: Service, entry: Entry, *, by: uuid.UUID | None, at: datetime
) -> None:
    service.current_number += 1
    session.add(
        ServiceVersion(
            id=uuid.uuid4(),
            service_id=service.id,
            number=service.current_number,
            at=at,
            by=by,
            entry=entry.model_dump(mode="json"),
        )
    )
    session.flush()
    indexing.index(session, (service, entry))
    live.tell(session, TOPIC)


@cache
def _first() -> Sequence[tuple[str, Entry]]:
    stored = json.loads(
        resources.files(__package__).joinpath("first_services.json").read_text("utf-8")
    )
    return [
        (each["key"], Entry.model_validate({k: v for k, v in each.items() if k != "key"}))
        for each in stored["services"]
    ]
