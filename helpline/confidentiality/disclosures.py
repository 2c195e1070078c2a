"""Breaking a confidence: telling somebody what a person has not agreed to, because of serious harm.

Nothing leaves on one person's word: a supervisor or safeguarding lead who is not the one who raised
it decides too. Where a life is in danger it may be told first and confirmed within a day. Source:
domain.md 4.4 and 9 (rule 12). Nothing here is changed later: a correction is a further line.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live
from helpline.clock import in_london
from helpline.confidentiality.access import Viewer
from helpline.confidentiality.models import (
    Disclosure,
    DisclosureFact,
    DisclosureStep,
    PersonTold,
    Recipient,
    Standing,
    Step,
    Threshold,
    reaches_threshold,
)
from helpline.database import one_at_a_time

MOST_LETTERS = 5_000
MOST_FACTS = 20
SECOND_PERSONS = frozenset({Viewer.supervisor, Viewer.safeguarding_lead})
"""Roles that may be the second person."""


YOUNGEST = {"under_11": 0, "11_12": 11, "13_15": 13, "16_17": 16}
"""The age bands of children, with the youngest age in each (years)."""
_KEEP_YEARS = 6
_KEEP_CHILD_UNTIL_AGE = 25


class DisclosureRefusedError(ValueError):
    """It can't be entered as given; the words say why and what to do."""


@dataclass(frozen=True)
class Actor:
    """Who decides: an id, and a role of the matrix (`access.Viewer`)."""

    staff_id: uuid.UUID
    role: str


@dataclass(frozen=True)
class Proposal:
    """What somebody thinks must be told, and why."""

    threshold: Threshold
    reason: str = field(repr=False)
    recipient: Recipient
    recipient_name: str = field(repr=False)
    facts: tuple[str, ...] = field(repr=False)
    person_told: PersonTold
    why_not_told: str = field(repr=False)
    review_on: date
    form_key: uuid.UUID
    age_band: str = "unknown"
    """A code of the taxonomy."""
    contact_id: uuid.UUID | None = None


def raise_(
    session: Session, caller_id: uuid.UUID, proposal: Proposal, *, by: uuid.UUID, at: datetime
) -> Disclosure:
    """Raise that a confidence should be, or had to be, broken. The same form again changes nothing.

    Raises:
        DisclosureRefusedError: something is missing, too long, or the review lies in the past.

    """
    one_at_a_time(session, proposal.form_key)
    known = session.scalar(sa.select(Disclosure).where(Disclosure.form_key == proposal.form_key))
    if known is not None:
        return known
    facts = tuple(filter(None, (_clean(each) for each in proposal.facts)))
    _check(proposal, facts, at)
    today = in_london(at).date()
    raised = Disclosure(
        id=uuid.uuid4(),
        caller_id=caller_id,
        contact_id=proposal.contact_id,
        raised_at=at,
        raised_by=by,
        threshold=proposal.threshold,
        is_child=proposal.age_band in YOUNGEST,
        reason=_clean(proposal.reason),
        recipient=proposal.recipient,
        recipient_name=_clean(proposal.recipient_name),
        person_told=proposal.person_told,
        why_not_told=_clean(proposal.why_not_told) or None,
        review_on=proposal.review_on,
        keep_until=keep_until(today, proposal.age_band),
        form_key=proposal.form_key,
        facts=[
            DisclosureFact(id=uuid.uuid4(), place=place, words=words)
            for place, words in enumerate(facts, start=1)
        ],
    )
    session.add(raised)
    session.flush()
    audit.note(session, audit.Act.disclosure_raised, at=at, who=by, about=raised.id)
    live.tell(session, "safeguarding")
    return raised


def decide(  # noqa: PLR0913 - each is a fact of the decision
    session: Session,
    disclosure_id: uuid.UUID,
    second: Actor,
    *,
    agrees: bool,
    words: str,
    form_key: uuid.UUID,
    at: datetime,
) -> Disclosure:
    """Decide as the second person. Decided already: nothing changes.

    Raises:
        DisclosureRefusedError: not entitled, the same person, or no reason given for a no.

    """
    found = locked(session, disclosure_id)
    if found.decision is not None:
        return found
    if second.role not in SECOND_PERSONS:
        raise DisclosureRefusedError("A supervisor or a safeguarding lead must decide this")
    if second.staff_id == found.raised_by:
        raise DisclosureRefusedError("You raised it, so somebody else must decide")
    if not agrees and not _clean(words):
        raise DisclosureRefusedError("Write why you don't agree")
    _add(
        session,
        found,
        DisclosureStep(
            step=Step.agreed if agrees else Step.not_agreed,
            words=_length_checked(words) or None,
            form_key=form_key,
        ),
        by=second.staff_id,
        at=at,
    )
    audit.note(session, audit.Act.disclosure_decided, at=at, who=second.staff_id, about=found.id)
    return found


def make(  # noqa: PLR0913 - each is a fact of the telling
    session: Session,
    disclosure_id: uuid.UUID,
    *,
    by: uuid.UUID,
    told_at: datetime,
    incident_number: str,
    words: str,
    form_key: uuid.UUID,
    at: datetime,
) -> Disclosure:
    """Enter that it was told: when, and under which number of theirs. Entered already: no change.

    Raises:
        DisclosureRefusedError: it may not be told (yet), or the time lies ahead.

    """
    found = locked(session, disclosure_id)
    if found.made is not None:
        return found
    if not found.may_be_made:
        raise DisclosureRefusedError(_why_not_yet(found))
    if told_at > at:
        raise DisclosureRefusedError("The time when it was told can't lie ahead")
    _add(
        session,
        found,
        DisclosureStep(
            step=Step.made,
            told_at=told_at,
            incident_number=_length_checked(incident_number) or None,
            words=_length_checked(words) or None,
            form_key=form_key,
        ),
        by=by,
        at=at,
    )
    audit.note(session, audit.Act.disclosure_made, at=at, who=by, about=found.id)
    return found


def add_line(  # noqa: PLR0913 - each is a fact of the line
    session: Session,
    disclosure_id: uuid.UUID,
    step: Step,
    *,
    by: uuid.UUID,
    words: str,
    form_key: uuid.UUID,
    at: datetime,
    next_review_on: date | None = None,
) -> Disclosure:
    """Add a correction or a review. What stood before stays. The same form again changes nothing.

    Raises:
        DisclosureRefusedError: it is neither, the words are missing, or the day is over.

    """
    found = locked(session, disclosure_id)
    if any(each.form_key == form_key for each in found.steps):
        return found
    if step not in (Step.corrected, Step.reviewed):
        raise DisclosureRefusedError("Choose a correction or a review")
    if not _clean(words):
        raise DisclosureRefusedError("Write what is corrected, or what the review found")
    if next_review_on is not None and next_review_on < in_london(at).date():
        raise DisclosureRefusedError("Choose a day for the next review that is still to come")
    line = DisclosureStep(
        step=step, words=_length_checked(words), next_review_on=next_review_on, form_key=form_key
    )
    _add(session, found, line, by=by, at=at)
    act = {
        Step.corrected: audit.Act.disclosure_corrected,
        Step.reviewed: audit.Act.disclosure_reviewed,
    }[step]
    audit.note(session, act, at=at, who=by, about=found.id)
    return found


def locked(session: Session, disclosure_id: uuid.UUID) -> Disclosure:
    """Read one disclosure afresh and hold its row until the transaction ends.

    Raises:
        NoResultFound: there is none.

    """
    return session.scalars(
        sa.select(Disclosure)
        .where(Disclosure.id == disclosure_id)
        .with_for_update(of=Disclosure)
        .execution_options(populate_existing=True)
    ).one()


def listed(session: Session, *, most: int = 200) -> Sequence[Disclosure]:
    """List the disclosures that were raised last, newest first."""
    return session.scalars(
        sa.select(Disclosure).order_by(Disclosure.raised_at.desc()).limit(most)
    ).all()


def is_late(disclosure: Disclosure, at: datetime) -> bool:
    """Whether the second person should have decided by now."""
    return disclosure.decision is None and at > disclosure.decide_by


def keep_until(raised_on: date, age_band: str) -> date:
    """Return until when the log of a disclosure is kept (domain.md 7.12)."""
    years = _KEEP_YEARS
    if age_band in YOUNGEST:
        years = max(years, _KEEP_CHILD_UNTIL_AGE - YOUNGEST[age_band])
    try:
        return raised_on.replace(year=raised_on.year + years)
    except ValueError:  # 29 February
        return date(raised_on.year + years, 3, 1)


def _add(
    session: Session, found: Disclosure, line: DisclosureStep, *, by: uuid.UUID, at: datetime
) -> None:
    line.disclosure_id, line.staff_id, line.at = found.id, by, at
    session.add(line)
    session.flush()
    session.refresh(found, ["steps"])
    live.tell(session, "safeguarding")


def _why_not_yet(found: Disclosure) -> str:
    if found.standing is Standing.not_agreed:
        return "The second person did not agree, so nothing may be told"
    if not reaches_threshold(found.threshold, is_child=found.is_child):
        return "A concern about an adult is noted and may not be told without their consent"
    return "A second person must agree before anything is told"


def _check(proposal: Proposal, facts: tuple[str, ...], at: datetime) -> None:
    if not _clean(proposal.reason):
        raise DisclosureRefusedError("Write why their confidence must be broken")
    if not _clean(proposal.recipient_name):
        raise DisclosureRefusedError("Write to whom exactly it is told")
    if not facts:
        raise DisclosureRefusedError("Write at least one fact that is told")
    if len(facts) > MOST_FACTS:
        raise DisclosureRefusedError(f"Tell the smallest facts, and {MOST_FACTS} at most")
    told_first = proposal.person_told is PersonTold.told_first
    if not told_first and not _clean(proposal.why_not_told):
        raise DisclosureRefusedError("Write why the person was not told first")
    if proposal.review_on < in_london(at).date():
        raise DisclosureRefusedError("Choose a day for the review that is still to come")
    for words in (proposal.reason, proposal.recipient_name, proposal.why_not_told, *facts):
        _length_checked(words)


def _length_checked(words: str) -> str:
    cleaned = _clean(words)
    if len(cleaned) > MOST_LETTERS:
        raise DisclosureRefusedError("Shorten what you wrote to 5,000 characters or fewer")
    return cleaned


def _clean(words: str) -> str:
    return words.replace("\r\n", "\n").replace("\x00", "").strip()
