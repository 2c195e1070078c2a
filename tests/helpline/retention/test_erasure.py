"""Somebody who asks to be forgotten leaves no trace."""

import uuid
from datetime import timedelta

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit_chain
from helpline.accounts.models import StaffMember
from helpline.clock import now
from helpline.confidentiality.models import Disclosure
from helpline.contacts.models import Caller, Contact
from helpline.database import Base
from helpline.messages import ties
from helpline.retention import answers, erasure, holds, requests, traces
from helpline.retention.models import (
    AskedBy,
    ForgottenRows,
    RequestState,
    RightsKind,
    RightsRequest,
    Verified,
)
from helpline.textsafe import ties as textsafe_ties
from tests.helpline import making
from tests.helpline.retention.conftest import SECRETS, Life, Live, caller_of
from tests.system import System

DAYS_AGO = timedelta(days=3)


def plain_dump(system: System) -> str:
    """Write out every row of every table as the program reads it, unlocked where it can be."""
    with system.transaction() as session:
        rows = [
            str(tuple(row))
            for table in Base.metadata.sorted_tables
            # The record of who did what keeps ids: of somebody who is in no other table any more.
            if table.name not in {"audit_entry", "audit_seal"}
            for row in session.execute(sa.select(table)).all()
        ]
    return "\n".join(rows)


def raw_dump(system: System) -> str:
    with psycopg.connect(system.listening_address) as connection:
        rows = [
            str(row[0])
            for table in Base.metadata.sorted_tables
            if table.name not in {"audit_entry", "audit_seal"}
            for row in connection.execute(
                f'SELECT t::text FROM "{table.name}" AS t'.encode()  # noqa: S608 - our own names
            ).fetchall()
        ]
    return "\n".join(rows)


def wish(session: Session, life: Life, officer: uuid.UUID) -> RightsRequest:
    asked = requests.Asked(
        RightsKind.erasure,
        AskedBy.themselves,
        Verified.reference_and_word,
        life.reference,
        uuid.uuid4(),
    )
    return requests.log_request(session, asked, by=officer, at=now())


def erase(system: System, life: Life, officer: uuid.UUID) -> dict[str, int]:
    with system.transaction() as session:
        return dict(answers.erase(session, wish(session, life, officer), officer, at=now()))


def test_the_story_leaves_a_row_in_every_table_that_can_hold_one(
    system: System, live_fully: Live
) -> None:
    life = live_fully(now() - DAYS_AGO, has_disclosure=True)
    with system.transaction() as session:
        person = traces.find(session, caller_of(session, life), at=now() + timedelta(days=9999))
        counted = traces.count(session, person)
    # A step follows once somebody has decided; Message Home and TextSafe have tests of their own.
    tied = (*ties.ROWS, *textsafe_ties.ROWS)
    elsewhere = {"disclosure_step", *(table.__tablename__ for table in tied)}
    assert {table.__tablename__ for table in traces.ROWS} - set(counted) <= elsewhere


def test_somebody_who_is_erased_leaves_no_trace(
    system: System, live_fully: Live, officer: uuid.UUID
) -> None:
    life = live_fully(now() - DAYS_AGO)
    before = plain_dump(system)
    for sign in (*SECRETS, *life.signs[:-1]):
        assert sign in before, f"the dump must be able to show {sign}"

    gone = erase(system, life, officer)

    after = plain_dump(system) + raw_dump(system)
    for sign in (*SECRETS, *life.signs):
        assert sign not in after
    assert gone["caller"] == gone["vault_entry"] == 1
    assert gone["contact"] == 2
    assert gone["carrier_event"] == 1


def test_nobody_else_loses_anything(system: System, live_fully: Live, officer: uuid.UUID) -> None:
    first, other = live_fully(now() - DAYS_AGO), live_fully(now() - DAYS_AGO)
    with system.transaction() as session:
        person = traces.find(session, caller_of(session, other), at=now())
        before = traces.count(session, person)
    erase(system, first, officer)
    with system.transaction() as session:
        person = traces.find(session, caller_of(session, other), at=now())
        assert traces.count(session, person) == before


def test_the_dry_run_counts_what_the_erasure_then_takes_and_changes_nothing(
    system: System, live_fully: Live, officer: uuid.UUID
) -> None:
    life = live_fully(now() - DAYS_AGO)
    before = raw_dump(system)
    with system.transaction() as session:
        plan = erasure.plan(session, caller_of(session, life), at=now())
    assert raw_dump(system) == before
    assert plan.hindered_by == ()
    assert erase(system, life, officer) == plan.rows


def test_what_went_is_written_down_without_saying_what_it_was(
    system: System, live_fully: Live, officer: uuid.UUID
) -> None:
    life = live_fully(now() - DAYS_AGO)
    gone = erase(system, life, officer)
    with system.transaction() as session:
        written = session.scalars(sa.select(ForgottenRows)).all()
        assert {each.kind: each.how_many for each in written} == gone
        assert {each.rule for each in written} == {"erasure"}
        audit_chain.seal(session, at=now())


def test_the_request_stays_and_tells_only_whoever_has_the_reference(
    system: System, live: Live, officer: uuid.UUID
) -> None:
    life = live(now() - DAYS_AGO)
    erase(system, life, officer)
    with system.transaction() as session:
        request = session.scalars(sa.select(RightsRequest)).one()
        assert request.caller_id is None
        assert request.state is RequestState.done
        assert request.mark == requests.mark(life.reference)


def test_a_legal_hold_stops_erasure_until_it_is_lifted(
    system: System, live: Live, officer: uuid.UUID
) -> None:
    life = live(now() - DAYS_AGO)
    with system.transaction() as session:
        wanted = holds.Wanted("a claim", None, uuid.uuid4())
        hold = holds.place(session, caller_of(session, life), wanted, by=officer, at=now())
    with pytest.raises(erasure.ErasureRefusedError, match="legal hold"):
        erase(system, life, officer)
    with system.transaction() as session:
        holds.lift(session, session.merge(hold), by=officer, at=now())
    assert erase(system, life, officer)["caller"] == 1


def test_an_open_contact_stops_erasure(system: System, live: Live, officer: uuid.UUID) -> None:
    life = live(now() - DAYS_AGO, closes=False)
    with pytest.raises(erasure.ErasureRefusedError, match="still open"):
        erase(system, life, officer)


def test_a_contact_that_ended_just_now_could_come_back_from_the_carrier(
    system: System, live: Live, officer: uuid.UUID
) -> None:
    life = live(now() - timedelta(hours=2))
    with pytest.raises(erasure.ErasureRefusedError, match="less than a day"):
        erase(system, life, officer)


def test_a_breach_of_confidence_stays_with_nothing_but_its_own_log(
    system: System, live_fully: Live, officer: uuid.UUID
) -> None:
    life = live_fully(now() - DAYS_AGO, has_disclosure=True)
    with system.transaction() as session:
        plan = erasure.plan(session, caller_of(session, life), at=now())
    assert any("breach of confidence" in each for each in plan.stays)

    assert erase(system, life, officer) == plan.rows

    after = plain_dump(system) + raw_dump(system)
    for secret in (*SECRETS, str(life.token)):
        assert secret not in after
    with system.transaction() as session:
        assert session.scalars(sa.select(Disclosure.caller_id)).all() == [life.caller_id]
        caller = caller_of(session, life)
        assert caller.number_token is None
        kept = session.scalars(sa.select(Contact).where(Contact.caller_id == caller.id)).all()
        assert [each.id for each in kept] == [life.contact_id]


def test_a_number_that_is_also_a_colleagues_stays_theirs(
    system: System, live: Live, officer: uuid.UUID, staff: StaffMember
) -> None:
    with system.transaction() as session:
        phone = making.number()
        making.staff_member(session, has_phone=False).phone_token = making.vault.keep(
            session, phone
        )
    life = live(now() - DAYS_AGO, sender=phone)
    assert "vault_entry" not in erase(system, life, officer)


def test_whoever_comes_back_after_erasure_is_somebody_new(
    system: System, live: Live, officer: uuid.UUID
) -> None:
    first = live(now() - DAYS_AGO)
    erase(system, first, officer)
    again = live(now(), sender=first.number)
    assert again.reference != first.reference
    assert again.token != first.token
    with system.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Caller)) == 1
