"""What TextSafe holds of a person, and how it is forgotten: 90 days after the last text, counted.

Read by `retention`, which knows no more of TextSafe than this.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpline import outbox
from helpline.clock import in_london
from helpline.confidentiality import vault
from helpline.contacts.models import Caller, Contact
from helpline.database import Base
from helpline.outbox import Promise
from helpline.textsafe import figures
from helpline.textsafe.models import (
    Course,
    ForgottenCount,
    HandOver,
    MisdirectedNumber,
    PoliceCase,
    TextSafeRequest,
    TextSafeText,
)

Condition = sa.ColumnElement[bool]


def _requests_of(caller_id: uuid.UUID) -> sa.Select[uuid.UUID]:
    return sa.select(TextSafeRequest.id).where(TextSafeRequest.caller_id == caller_id)


ROWS: Mapping[type[Base], Callable[[uuid.UUID], Condition]] = {
    TextSafeRequest: lambda caller_id: TextSafeRequest.caller_id == caller_id,
    Course: lambda caller_id: Course.request_id.in_(_requests_of(caller_id)),
    TextSafeText: lambda caller_id: TextSafeText.caller_id == caller_id,
    HandOver: lambda caller_id: HandOver.request_id.in_(_requests_of(caller_id)),
    MisdirectedNumber: lambda caller_id: MisdirectedNumber.request_id.in_(_requests_of(caller_id)),
}
"""Every table of TextSafe with rows about a person, and which are theirs."""


def is_of_a_request() -> Condition:
    """Return the condition that a caller's number is still needed for a request."""
    return sa.exists().where(TextSafeRequest.caller_id == Caller.id)


def forget_old(
    session: Session, over: datetime, held: sa.Select[uuid.UUID], *, most: int
) -> dict[str, int]:
    """Forget the requests whose last text, or end, is long over; they are counted first.

    `held`: the callers whom a legal hold keeps. Says how many rows of which table went.
    """
    last = (
        sa.select(sa.func.max(TextSafeText.left_at))
        .where(TextSafeText.request_id == TextSafeRequest.id)
        .scalar_subquery()
    )
    ended = sa.func.coalesce(last, TextSafeRequest.dealt_with_at, TextSafeRequest.asked_at)
    due = session.scalars(
        sa.select(TextSafeRequest)
        .where(ended < over, TextSafeRequest.caller_id.not_in(held))
        .order_by(TextSafeRequest.number)
        .limit(most)
        .with_for_update(of=TextSafeRequest, skip_locked=True)
    ).all()
    for request in due:
        _count(session, request)
    ids, caller_ids = [each.id for each in due], {each.caller_id for each in due}
    texts = session.scalars(
        sa.select(TextSafeText.id).where(TextSafeText.request_id.in_(ids))
    ).all()
    gone = {
        Promise.__tablename__: _delete(
            session, Promise, sa.and_(Promise.about.in_(texts), Promise.state.in_(outbox.SETTLED))
        ),
        TextSafeText.__tablename__: _delete(
            session, TextSafeText, TextSafeText.request_id.in_(ids)
        ),
        HandOver.__tablename__: _delete(session, HandOver, HandOver.request_id.in_(ids)),
        MisdirectedNumber.__tablename__: _delete(
            session, MisdirectedNumber, MisdirectedNumber.request_id.in_(ids)
        ),
        Course.__tablename__: _delete(session, Course, Course.request_id.in_(ids)),
        TextSafeRequest.__tablename__: _delete(
            session, TextSafeRequest, TextSafeRequest.id.in_(ids)
        ),
    }
    gone[PoliceCase.__tablename__] = _delete(session, PoliceCase, _nobodys_case(over))
    gone["vault_entry"] = _forget_numbers(session, caller_ids)
    session.expire_all()
    return {name: number for name, number in gone.items() if number}


def _nobodys_case(over: datetime) -> Condition:
    still = sa.exists().where(
        TextSafeRequest.organisation_id == PoliceCase.organisation_id,
        TextSafeRequest.reference_mark == PoliceCase.reference_mark,
    )
    return sa.and_(PoliceCase.reported_at < over, ~still)


def _forget_numbers(session: Session, caller_ids: set[uuid.UUID]) -> int:
    """Let go of the numbers of people who never got in touch and are asked for no more."""
    tokens = session.scalars(
        sa.select(Caller.number_token).where(
            Caller.id.in_(caller_ids),
            ~is_of_a_request(),
            ~sa.exists().where(Contact.caller_id == Caller.id),
        )
    )
    return vault.forget_numbers(session, [each for each in tokens if each is not None])


def _count(session: Session, request: TextSafeRequest) -> None:
    if request.is_training:
        return
    month = in_london(request.asked_at).strftime("%Y-%m")
    for what in figures.of_request(request, session.get(Course, request.id)):
        row = insert(ForgottenCount).values(
            month=month, organisation_id=request.organisation_id, what=what, how_many=1
        )
        session.execute(
            row.on_conflict_do_update(
                index_elements=["month", "organisation_id", "what"],
                set_={"how_many": ForgottenCount.how_many + 1},
            )
        )


def _delete(session: Session, table: type[Base], condition: Condition) -> int:
    key = next(iter(table.__table__.primary_key))
    gone = session.execute(
        sa.delete(table).where(condition).returning(key),
        execution_options={"synchronize_session": False},
    ).all()
    return len(gone)
