"""What staff see of the requests of all forces: lists, in pages that begin where the last ended."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import encryption
from helpline.accounts.models import Organisation, OrganisationKind
from helpline.confidentiality.vault import VaultEntry
from helpline.contacts.models import Caller
from helpline.phone_numbers import NotANumberError
from helpline.textsafe.intake import read_mobile, reference_mark
from helpline.textsafe.models import Course, TextSafeRequest, TextSafeText

PAGE = 25


@dataclass(frozen=True)
class Line:
    request: TextSafeRequest
    course: Course | None


@dataclass(frozen=True)
class Page:
    lines: Sequence[Line]
    next_after: uuid.UUID | None


def listed(session: Session, *, after: uuid.UUID | None = None) -> Page:
    """List requests, the newest first, from `after` on."""
    wanted = _lines()
    last = session.get(TextSafeRequest, after) if after is not None else None
    if last is not None:
        wanted = wanted.where(TextSafeRequest.number < last.number)
    found = session.execute(wanted.limit(PAGE + 1)).all()
    lines = [Line(row[0], row[1]) for row in found[:PAGE]]
    return Page(lines, lines[-1].request.id if len(found) > PAGE else None)


def search(session: Session, asked: str) -> Sequence[Line]:
    """Find requests by a force's reference or a whole mobile number; neither is read from rows."""
    forces = session.scalars(
        sa.select(Organisation.id).where(Organisation.kind == OrganisationKind.police)
    )
    marks = [reference_mark(each, asked) for each in forces]
    fits: sa.ColumnElement[bool] = TextSafeRequest.reference_mark.in_(marks)
    try:
        index = encryption.blind_index(read_mobile(asked).e164, encryption.index_key())
    except NotANumberError:
        pass
    else:
        theirs = (
            sa.select(Caller.id)
            .join(VaultEntry, VaultEntry.token == Caller.number_token)
            .where(VaultEntry.blind_index == index)
        )
        fits = sa.or_(fits, TextSafeRequest.caller_id.in_(theirs))
    return [Line(row[0], row[1]) for row in session.execute(_lines().where(fits).limit(100))]


def texts(session: Session, request_id: uuid.UUID) -> Sequence[TextSafeText]:
    """List the texts of a request, the oldest first."""
    return session.scalars(
        sa.select(TextSafeText)
        .where(TextSafeText.request_id == request_id)
        .order_by(TextSafeText.made_at, TextSafeText.id)
    ).all()


def _lines() -> sa.Select[TextSafeRequest, Course | None]:
    return (
        sa.select(TextSafeRequest, Course)
        .outerjoin(Course, Course.request_id == TextSafeRequest.id)
        .order_by(TextSafeRequest.number.desc())
    )
