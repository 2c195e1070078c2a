"""Wrapping up: how a contact is coded when the talking is over."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit
from helpline.contacts import contacts
from helpline.contacts.models import (
    Contact,
    ContactState,
    Ending,
    Happening,
    WrapUp,
)

Code = str
Label = str

SEVERE = frozenset({"significant_harm_likely", "immediate_danger"})
"""Risks after which whoever talked with them is offered a break."""


@dataclass(frozen=True)
class Taxonomy:
    """The lists of one version, each a sequence of code and label."""

    version: str
    lists: Mapping[str, tuple[tuple[Code, Label], ...]]

    def allows(self, name: str, code: Code) -> bool:
        """Whether a list has this code."""
        return any(code == known for known, _ in self.lists[name])


@dataclass(frozen=True)
class Coding:
    """What the call-taker chose."""

    contact_type: Code
    age_band: Code
    situation: Code
    tonight: Code
    risk: Code
    outcome: Code
    reasons: tuple[Code, ...] = ()
    other_words: str = ""


class UnknownCodeError(ValueError):
    """A code that the taxonomy does not have."""


@cache
def taxonomy() -> Taxonomy:
    """Read the taxonomy in force (`taxonomy.json`, from domain.md 6.4)."""
    data = json.loads(resources.files(__package__).joinpath("taxonomy.json").read_text("utf-8"))
    return Taxonomy(
        data["version"],
        {
            name: tuple((code, label) for code, label in rows)
            for name, rows in data["lists"].items()
        },
    )


def wrap_up(
    session: Session, contact: Contact, staff_id: uuid.UUID, coding: Coding, *, at: datetime
) -> None:
    """Record how a contact is coded and close it. Wrapped up already: nothing changes.

    Raises:
        contacts.NotYoursError: somebody else has the contact.
        contacts.StepNotAllowedError: the talking isn't over.
        UnknownCodeError: a code is not in the taxonomy.

    """
    if contact.owner_id != staff_id:
        raise contacts.NotYoursError
    if contact.state is ContactState.closed:
        return
    if contact.state is not ContactState.wrapping_up:
        # Not by the table of steps alone: a caller who waits again still has an owner, and a form
        # that was opened before must not close them unheard.
        raise contacts.StepNotAllowedError("The talking isn't over")
    _check(coding)
    contacts.close(session, contact, Ending.wrapped_up, at=at)
    session.add(
        WrapUp(
            contact_id=contact.id,
            staff_id=staff_id,
            at=at,
            taxonomy_version=taxonomy().version,
            contact_type=coding.contact_type,
            age_band=coding.age_band,
            situation=coding.situation,
            tonight=coding.tonight,
            risk=coding.risk,
            outcome=coding.outcome,
            reasons=list(coding.reasons),
            other_words=coding.other_words.replace("\x00", "").strip() or None,
        )
    )
    contacts.happened(session, contact, Happening.wrapped_up, at=at, staff_id=staff_id)
    audit.note(session, audit.Act.contact_wrapped_up, at=at, who=staff_id, about=contact.id)


def latest(session: Session, contact_id: uuid.UUID) -> WrapUp | None:
    """Return the newest wrap-up of a contact."""
    return session.scalars(
        sa.select(WrapUp).where(WrapUp.contact_id == contact_id).order_by(WrapUp.at.desc()).limit(1)
    ).first()


def _check(coding: Coding) -> None:
    single = ("contact_type", "age_band", "situation", "tonight", "risk", "outcome")
    wrong = [name for name in single if not taxonomy().allows(name, getattr(coding, name))]
    if not all(taxonomy().allows("reason", code) for code in coding.reasons):
        wrong.append("reasons")
    if wrong:
        raise UnknownCodeError(f"Choose again: {', '.join(wrong)}")
