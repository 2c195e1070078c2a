"""Erasing a person: all that is kept about one caller, across all tables, at their own wish."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit
from helpline.contacts.models import Caller, Contact, ContactState
from helpline.retention import forgetting, holds, traces
from helpline.retention.requests import Decider, locked_caller

# The carrier's list of texts is searched for missed ones meanwhile: a text erased sooner than this
# would be taken for one that never reached us, and come back.
SETTLES_AFTER = timedelta(hours=24)


class ErasureRefusedError(Exception):
    """The person can't be erased now; the words say why."""


@dataclass(frozen=True)
class Plan:
    """What erasing somebody would do: a dry run."""

    rows: Mapping[str, int]
    """How many rows would go from which table."""
    stays: tuple[str, ...]
    """What has to stay, and why."""
    hindered_by: tuple[str, ...]
    """Why it can't be done now; empty where it can."""


def plan(session: Session, caller: Caller, *, at: datetime) -> Plan:
    """Count what would go; nothing changes."""
    person = traces.find(session, caller, at=at)
    stays = ["That somebody asked for erasure and what was decided, without who it was"]
    stays.append("In the record of who did what: ids that lead to nothing any more")
    if person.is_kept:
        number = len(person.kept_disclosures)
        noun = "a breach of confidence" if number == 1 else f"{number} breaches of confidence"
        stays.append(f"The safeguarding log of {noun}, for the time that it must be kept")
        stays.append("The caller's reference, which that log needs")
    return Plan(
        traces.count(session, person), tuple(stays), tuple(_hindrances(session, caller, at))
    )


def erase(session: Session, caller: Caller, decider: Decider, *, at: datetime) -> Mapping[str, int]:
    """Erase a person; says how many rows went from which table. The words are gone for good.

    Raises:
        ErasureRefusedError: a legal hold, a contact that is open, or one that ended just now.

    """
    caller = locked_caller(session, caller.id)
    hindrances = _hindrances(session, caller, at)
    if hindrances:
        raise ErasureRefusedError(". ".join(hindrances))
    caller_id = caller.id
    gone = traces.remove(session, traces.find(session, caller, at=at))
    forgetting.log(session, "erasure", gone, at=at)
    audit.note(session, audit.Act.person_erased, at=at, who=decider, about=caller_id)
    return gone


def _hindrances(session: Session, caller: Caller, at: datetime) -> list[str]:
    found = []
    if holds.in_force(session, caller.id, at=at):
        found.append("A legal hold is on this caller: lift it first")
    newest = session.execute(
        sa.select(
            sa.func.bool_or(Contact.state != ContactState.closed).label("is_open"),
            sa.func.max(Contact.closed_at).label("closed_at"),
        ).where(Contact.caller_id == caller.id)
    ).one()
    if newest.is_open:
        found.append("A contact is still open: wrap it up first")
    elif newest.closed_at is not None and at - newest.closed_at < SETTLES_AFTER:
        found.append("Their last contact ended less than a day ago: the carrier may still report")
    return found
