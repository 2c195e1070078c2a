"""What whoever watches the line needs to know, as numbers: never who, what or from where.

Read from the database, so every process on every host gives the same answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import heartbeat, outbox
from helpline.accounts.models import Availability, StaffMember
from helpline.contacts.models import Channel, Contact, ContactState
from helpline.operations.failures import WebhookFailure
from helpline.outbox import Promise

LATELY = timedelta(hours=24)


@dataclass(frozen=True)
class Figure:
    """One figure as Prometheus reads it; a value for each label, or one without."""

    name: str
    help: str
    values: Mapping[str, float]
    label: str = ""


def read(session: Session, *, at: datetime) -> list[Figure]:
    """Read every figure. Each question uses an index of what is open, never of history."""
    return [*_waiting(session, at), *_promises(session, at), *_staff(session), *_signs(session, at)]


def as_text(figures: list[Figure]) -> str:
    """Write figures in the text format of Prometheus (version 0.0.4)."""
    lines = []
    for each in figures:
        lines += [f"# HELP {each.name} {each.help}", f"# TYPE {each.name} gauge"]
        for key, value in each.values.items():
            label = f'{{{each.label}="{key}"}}' if each.label else ""
            lines.append(f"{each.name}{label} {value:g}")
    return "\n".join(lines) + "\n"


def _waiting(session: Session, at: datetime) -> list[Figure]:
    rows = session.execute(
        sa.select(Contact.channel, sa.func.count(), sa.func.min(Contact.waiting_since))
        .where(Contact.state == ContactState.waiting)
        .group_by(Contact.channel)
    ).all()
    number = dict.fromkeys((each.value for each in Channel), 0.0)
    longest = dict(number)
    for channel, count, since in rows:
        number[channel.value] = float(count)
        longest[channel.value] = (at - since).total_seconds() if since else 0.0
    return [
        Figure("helpline_waiting", "People who wait.", number, "channel"),
        Figure("helpline_longest_wait_seconds", "Wait of who waits longest.", longest, "channel"),
    ]


def _promises(session: Session, at: datetime) -> list[Figure]:
    due = sa.and_(Promise.state == outbox.State.waiting, Promise.due_at <= at)
    open_ = Promise.state.in_((outbox.State.waiting, outbox.State.claimed))
    oldest, number = session.execute(
        sa.select(sa.func.min(Promise.due_at).filter(due), sa.func.count()).where(open_)
    ).one()
    unsure = session.scalar(sa.select(sa.func.count()).where(Promise.state == outbox.State.unsure))
    age = (at - oldest).total_seconds() if oldest else 0.0
    return [
        Figure("helpline_promises_open", "Promises not settled.", {"": float(number)}),
        Figure("helpline_promise_age_seconds", "How long the oldest one is due.", {"": age}),
        Figure(
            "helpline_promises_unsure",
            "Of which nobody knows whether the carrier did them.",
            {"": float(unsure or 0)},
        ),
    ]


def _staff(session: Session) -> list[Figure]:
    rows = session.execute(
        sa.select(StaffMember.availability, sa.func.count())
        .where(StaffMember.is_active)
        .group_by(StaffMember.availability)
    ).all()
    values = dict.fromkeys((each.value for each in Availability), 0.0)
    values |= {availability.value: float(count) for availability, count in rows}
    return [Figure("helpline_staff", "Members of staff.", values, "availability")]


def _signs(session: Session, at: datetime) -> list[Figure]:
    workers = session.scalar(
        sa.select(sa.func.count()).where(heartbeat.Heartbeat.at > at - heartbeat.ALIVE_FOR)
    )
    signs = heartbeat.signs(session, at=at)
    failures = session.execute(
        sa.select(WebhookFailure.kind, sa.func.sum(WebhookFailure.number))
        .where(WebhookFailure.hour > at - LATELY)
        .group_by(WebhookFailure.kind)
    ).all()
    values = dict.fromkeys(("refused", "failed"), 0.0) | {k: float(n) for k, n in failures}
    return [
        Figure("helpline_workers", "Workers with a sign of life.", {"": float(workers or 0)}),
        Figure("helpline_carrier_up", "1: the carrier answers.", {"": float(signs.carrier)}),
        Figure("helpline_webhook_failures_day", "In the last 24 hours.", values, "kind"),
    ]
