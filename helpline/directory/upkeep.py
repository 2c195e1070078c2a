"""How well the directory is kept: what is verified, what is stale, what comes up next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.clock import in_london
from helpline.directory.models import Service, ServiceVersion
from helpline.directory.services import Shown, Standing, standing

DUE_SOON = timedelta(days=14)
_MOST_LISTED = 50


@dataclass(frozen=True)
class Upkeep:
    """How many services stand where."""

    verified: int
    stale: int
    seen: int
    to_be_verified: int
    due_soon: int

    @property
    def shown(self) -> int:
        """All that are shown to those who look for a service."""
        return self.verified + self.stale + self.seen + self.to_be_verified


def counted(session: Session, *, at: datetime) -> Upkeep:
    """Count services by how far they are to be relied on."""
    today = in_london(at).date()
    is_over = sa.or_(Service.next_check.is_(None), Service.next_check < today)
    is_verified = Service.verified_on.is_not(None)
    is_sure = ServiceVersion.entry["confidence"].astext == "high"
    soon = Service.next_check.between(today, today + DUE_SOON)
    row = session.execute(
        _current()
        .with_only_columns(
            sa.func.count().filter(is_verified, sa.not_(is_over)),
            sa.func.count().filter(is_verified, is_over),
            sa.func.count().filter(sa.not_(is_verified), is_sure),
            sa.func.count().filter(sa.not_(is_verified), sa.not_(is_sure)),
            sa.func.count().filter(is_verified, soon),
        )
        .order_by(None)
    ).one()
    return Upkeep(*(int(number) for number in row))


def to_verify(session: Session, *, at: datetime) -> Sequence[tuple[Shown, Standing]]:
    """List what to verify first: what is stale, then what nobody ever made sure of."""
    today = in_london(at).date()
    rows = session.execute(
        _current()
        .where(sa.or_(Service.verified_on.is_(None), Service.next_check <= today + DUE_SOON))
        .order_by(Service.next_check.asc().nulls_last(), ServiceVersion.entry["name"].astext)
        .limit(_MOST_LISTED)
    )
    listed = [Shown(row.Service, row.ServiceVersion) for row in rows]
    return [(each, standing(each.service, each.entry, at=at)) for each in listed]


def _current() -> sa.Select[Service, ServiceVersion]:
    return (
        sa.select(Service, ServiceVersion)
        .join(
            ServiceVersion,
            sa.and_(
                ServiceVersion.service_id == Service.id,
                ServiceVersion.number == Service.current_number,
            ),
        )
        .where(Service.is_active.is_(True))
    )
