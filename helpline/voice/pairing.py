"""Who is rung for whom: each of those who wait is given somebody of their own, in one go.

What makes somebody suit, `candidates.py` says.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from helpline.accounts.models import StaffMember
from helpline.contacts import skills
from helpline.contacts.models import Contact, Language, Stream
from helpline.database import AT
from helpline.statements import Written
from helpline.voice import candidates, overflow, wait_rules
from helpline.voice.models import Leg, LegRole, LegState
from helpline.voice.wait_rules import RULES

_OTHER_LANGUAGE = 10
_CONTACTS = sa.bindparam("contacts", type_=ARRAY(sa.Uuid))
_STAFF = sa.bindparam("staff", type_=ARRAY(sa.Uuid))
_NAMED = sa.bindparam("named", type_=ARRAY(sa.Uuid))
_Kind = tuple[Stream, Language, int]
"""What a contact asks of whoever takes it: stream, language, and up to which tier."""


@dataclass(frozen=True)
class Pair:
    """A contact, and whose phone is to ring for it."""

    contact: Contact
    staff_id: uuid.UUID


class _Asked(NamedTuple):
    stream: Stream
    language: Language
    widened: int
    knows: uuid.UUID | None


class _Suited(NamedTuple):
    staff_id: uuid.UUID
    is_able: bool


class _Rung(NamedTuple):
    """How often somebody was rung for this wait, and whether only just now."""

    times: int
    is_resting: bool


def pairs(
    session: Session,
    line: Sequence[Contact],
    at: datetime,
    *,
    first: uuid.UUID | None = None,
    without: Collection[uuid.UUID] = (),
) -> list[Pair]:
    """Say who is to be rung next for each of those who wait, in this order, while people last.

    Whoever is named or knows the caller; then who was rung least for this wait; then the first
    tier; then the longest free. Where nobody new is left to try and a choice is due, no phone
    rings: the caller is asked first how they want to go on.

    `without`: who is not to be rung, as others have their rows at this moment.
    """
    known = wait_rules.given(session, at) | {"contacts": [each.id for each in line]}
    asked = {row[0]: _Asked(*row[1:]) for row in _ASKED_FOR.rows(session, **known)}
    knows = {each: first or row.knows for each, row in asked.items()}
    named = {"named": [each for each in knows.values() if each is not None]}
    suited: dict[_Kind, list[_Suited]] = defaultdict(list)
    for stream, language, widened, who, is_able in _SUITED.rows(session, **known, **named):
        suited[stream, language, widened].append(_Suited(who, is_able))
    rung: dict[uuid.UUID, dict[uuid.UUID, _Rung]] = defaultdict(dict)
    for contact_id, who, times, is_resting in _RUNG.rows(session, **known):
        rung[contact_id][who] = _Rung(times, is_resting)
    choices = overflow.due_among(session, rung, at=at) if rung else ()
    gone, found = set(without), []
    for contact in line:
        if contact.id not in asked:
            # Before its row was held a phone began to ring for it, or a choice was given.
            continue
        row, theirs = asked[contact.id], rung.get(contact.id, {})
        kind = row[:3]
        in_turn = _in_turn(suited[kind], theirs, knows[contact.id])
        staff_id = next((each for each in in_turn if each not in gone), None)
        if staff_id is None:
            continue
        if staff_id in theirs and theirs[staff_id].times and contact.id in choices:
            continue
        gone.add(staff_id)
        found.append(Pair(contact, staff_id))
    return found


def _in_turn(
    suited: Sequence[_Suited], rung: Mapping[uuid.UUID, _Rung], first: uuid.UUID | None
) -> Iterable[uuid.UUID]:
    able = (each.staff_id for each in suited if each.is_able or each.staff_id == first)
    if not rung and first is None:
        return able
    rested = [each for each in able if each not in rung or not rung[each].is_resting]
    return sorted(rested, key=lambda each: (each != first, rung[each].times if each in rung else 0))


def _asked_for() -> sa.Select[uuid.UUID, Stream, Language, int, uuid.UUID | None]:
    """Write what kind of call-taker each contact asks for, and who talked with its caller last.

    Nobody should have to tell everything twice.
    """
    rules, theirs = wait_rules.as_table(RULES), sa.orm.aliased(Contact)
    knows = (
        sa.select(theirs.owner_id)
        .where(
            theirs.caller_id == Contact.caller_id,
            theirs.owner_id.is_not(None),
            theirs.opened_at > AT - candidates.KNOWN_FOR,
        )
        .order_by(theirs.opened_at.desc())
        .limit(1)
        .correlate(Contact)
        .scalar_subquery()
    )
    return (
        sa.select(
            Contact.id,
            Contact.stream,
            Contact.language,
            candidates.widened(rules).label("widened"),
            knows.label("knows"),
        )
        .join(rules, rules.c.stream == Contact.stream)
        .where(Contact.id == sa.any_(_CONTACTS), *candidates.is_left_alone())
    )


def _suited() -> sa.Select[Stream, Language, int, uuid.UUID, bool]:
    """Write who is free for each kind of call that is asked for, or is named, in their order."""
    rules = wait_rules.as_table(RULES)
    free = (
        sa.select(StaffMember.id)
        .where(*candidates.is_free(AT))
        .cte("free")
        .prefix_with("MATERIALIZED")
    )
    kinds = (
        sa.select(Contact.stream, Contact.language, candidates.widened(rules).label("widened"))
        .join(rules, rules.c.stream == Contact.stream)
        .where(Contact.id == sa.any_(_CONTACTS))
        .distinct()
        .cte("kinds")
        .prefix_with("MATERIALIZED")
    )
    kind = kinds.c
    able = candidates.is_able(kind.stream, kind.language, kind.widened)
    other = sa.case((skills.speaks(kind.language), 0), else_=_OTHER_LANGUAGE)
    return (
        sa.select(kind.stream, kind.language, kind.widened, StaffMember.id, able)
        .select_from(StaffMember)
        .join(free, free.c.id == StaffMember.id)
        .join(kinds, sa.or_(able, StaffMember.id == sa.any_(_NAMED)))
        .order_by(skills.tier(kind.stream) + other, StaffMember.ready_since)
    )


def _rung() -> sa.Select[uuid.UUID, uuid.UUID, int, bool]:
    """Write who was rung for each contact since it began to wait."""
    is_resting = sa.func.bool_or(Leg.ended_at > AT - candidates.RING_AGAIN_AFTER)
    return (
        sa.select(
            Leg.contact_id,
            StaffMember.id,
            sa.func.count().filter(Leg.role == LegRole.call_taker),
            sa.func.coalesce(is_resting, sa.false()),
        )
        .join(Contact, Contact.id == Leg.contact_id)
        .join(StaffMember, StaffMember.id == Leg.staff_id)
        .where(
            Leg.contact_id == sa.any_(_CONTACTS),
            Leg.made_at >= Contact.waiting_since,
        )
        .group_by(Leg.contact_id, StaffMember.id)
    )


def held(session: Session, staff_ids: Collection[uuid.UUID], at: datetime) -> set[uuid.UUID]:
    """Hold those of some people who are still free, and whom nobody else holds."""
    found = [each for (each,) in _HELD.rows(session, at=at, staff=list(staff_ids))]
    # Their rows are ours now, so what is read from here on can't change any more.
    return set(found) - {each for (each,) in _IN_USE.rows(session, staff=found)}


def _held() -> sa.Select[uuid.UUID]:
    return (
        sa.select(StaffMember.id)
        .where(StaffMember.id == sa.any_(_STAFF), *candidates.is_free(AT))
        .order_by(StaffMember.id)
        .with_for_update(skip_locked=True, of=StaffMember)
    )


def _in_use() -> sa.Select[uuid.UUID | None]:
    return sa.select(Leg.staff_id).where(
        Leg.staff_id == sa.any_(_STAFF), Leg.state != LegState.ended
    )


_ASKED_FOR, _SUITED, _RUNG = Written(_asked_for), Written(_suited), Written(_rung)
_HELD, _IN_USE = Written(_held), Written(_in_use)
