"""What is over is forgotten, on its day and not before, and nothing else is."""

import uuid
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from helpline import audit, encryption
from helpline.accounts.models import FailedSignIn, StaffMember
from helpline.clock import now
from helpline.confidentiality import vault
from helpline.confidentiality.models import Disclosure
from helpline.contacts import records
from helpline.contacts.models import Caller, Contact, Note
from helpline.contacts.records import PersonRecord
from helpline.database import Base
from helpline.outbox import Kind, Promise, State, promise
from helpline.retention import forgetting, holds, jobs, requests
from helpline.retention.models import (
    AskedBy,
    ForgottenRows,
    RightsKind,
    Verified,
)
from helpline.retention.periods import earlier, later, periods
from helpline.web import events
from helpline.web.events import CarrierEvent
from tests.helpline.retention.conftest import Life, Live, caller_of
from tests.system import System

BEGAN = datetime.fromisoformat("2024-02-29T10:00:00+00:00")
MOMENT = timedelta(seconds=1)


def forget(system: System, at: datetime) -> dict[str, int]:
    with system.app.app_context():
        return jobs.forget(at=at)


def is_there(system: System, life: Life) -> bool:
    with system.transaction() as session:
        return session.get(Caller, life.caller_id) is not None


def number_is_kept(system: System, life: Life) -> bool:
    with system.transaction() as session:
        try:
            return vault.number_for_carrier(session, life.token) == life.number
        except vault.NotInVaultError:
            return False


def identify(system: System, life: Life) -> None:
    with system.transaction() as session:
        caller_of(session, life).is_identified = True


def test_every_period_has_a_rule_or_says_what_it_waits_for() -> None:
    with_rule = {name for name, period in periods().items() if not period.waits_for}
    assert with_rule == set(forgetting.RULES)


@pytest.mark.parametrize(("is_identified", "years"), [(False, 2), (True, 6)])
def test_a_person_is_forgotten_when_their_period_ends_and_not_before(
    system: System, live: Live, years: int, *, is_identified: bool
) -> None:
    life = live(BEGAN)
    if is_identified:
        identify(system, life)
    ends = later(BEGAN, 12 * years)
    forget(system, ends)
    assert is_there(system, life)
    forget(system, ends + timedelta(days=1, seconds=1))
    assert not is_there(system, life)
    with system.transaction() as session:
        assert session.scalars(sa.select(Contact)).all() == []
        assert session.scalars(sa.select(Note)).all() == []


def test_the_period_counts_from_the_last_contact(system: System, live: Live) -> None:
    first = live(BEGAN)
    live(BEGAN + timedelta(days=300), sender=first.number)
    forget(system, later(BEGAN, 24) + timedelta(days=200))
    assert is_there(system, first)
    forget(system, later(BEGAN, 24) + timedelta(days=302))
    assert not is_there(system, first)


def test_somebody_whose_contact_is_open_is_not_forgotten(system: System, live: Live) -> None:
    life = live(BEGAN, closes=False)
    forget(system, later(BEGAN, 12 * 9))
    assert is_there(system, life)


def test_all_traces_go_when_somebody_is_forgotten(system: System, live_fully: Live) -> None:
    life = live_fully(BEGAN)
    forget(system, later(BEGAN, 12 * 6) + timedelta(days=2))
    with system.transaction() as session:
        held = {
            table.name
            for table in Base.metadata.sorted_tables
            if session.scalar(sa.select(sa.func.count()).select_from(table))
        }
    assert not is_there(system, life)
    assert held - {"staff_member", "key_proof"} <= {
        "audit_entry",
        "audit_seal",
        # What stands in the directory is about nobody.
        "partner",
        "service",
        "service_index",
        "service_version",
        "retention_log",
        "vault_entry",
    }


def test_a_record_on_which_no_contact_is_any_more_goes(
    system: System, live: Live, staff: StaffMember
) -> None:
    life = live(BEGAN)
    with system.transaction() as session:
        contact = session.get_one(Contact, life.contact_id)
        for name in ("first", "second"):
            records.open_record(
                session,
                contact,
                staff,
                kind=records.RecordKind.missing_person,
                name=name,
                summary="",
                form_key=uuid.uuid4(),
                at=BEGAN,
            )
    forget(system, later(BEGAN, 24) + timedelta(days=2))
    with system.transaction() as session:
        assert [each.name for each in session.scalars(sa.select(PersonRecord))] == ["second"]


def test_a_legal_hold_stops_forgetting_until_its_last_day(
    system: System, live: Live, officer: uuid.UUID
) -> None:
    life = live(BEGAN)
    over = later(BEGAN, 24) + timedelta(days=2)
    last_day = (over + timedelta(days=10)).date()
    with system.transaction() as session:
        wanted = holds.Wanted("a claim", last_day, uuid.uuid4())
        holds.place(session, caller_of(session, life), wanted, by=officer, at=BEGAN)
    forget(system, over)
    assert is_there(system, life)
    assert number_is_kept(system, life)
    forget(system, over + timedelta(days=11))
    assert not is_there(system, life)


def test_an_open_request_for_their_data_stops_forgetting(
    system: System, live: Live, officer: uuid.UUID
) -> None:
    life = live(BEGAN)
    over = later(BEGAN, 24) + timedelta(days=2)
    with system.transaction() as session:
        asked = requests.Asked(
            RightsKind.subject_access,
            AskedBy.themselves,
            Verified.known_facts,
            life.reference,
            uuid.uuid4(),
        )
        requests.log_request(session, asked, by=officer, at=over)
    forget(system, over)
    assert is_there(system, life)


def test_a_number_goes_thirty_days_after_the_end_and_its_owner_is_still_recognised(
    system: System, live: Live
) -> None:
    life = live(BEGAN)
    forget(system, BEGAN + timedelta(days=30))
    assert number_is_kept(system, life)
    forget(system, BEGAN + timedelta(days=30) + MOMENT)
    assert not number_is_kept(system, life)

    again = live(BEGAN + timedelta(days=40), sender=life.number)
    assert again.reference == life.reference
    assert number_is_kept(system, life)


def test_the_fingerprint_that_stays_is_keyed(system: System, live: Live) -> None:
    life = live(BEGAN)
    forget(system, BEGAN + timedelta(days=31))
    with system.transaction() as session:
        entry = session.get_one(vault.VaultEntry, life.token)
        assert entry.locked_number is None
        assert entry.blind_index == encryption.blind_index(life.number.e164, encryption.index_key())


def test_a_number_that_something_waits_to_reach_stays(system: System, live: Live) -> None:
    life = live(BEGAN)
    with system.transaction() as session:
        kept = promise(
            session,
            Kind.send_text,
            about=life.contact_id,
            lane=life.caller_id,
            at=BEGAN,
            reaches=life.caller_id,
        )
    forget(system, BEGAN + timedelta(days=31))
    assert number_is_kept(system, life)
    with system.transaction() as session:
        session.get_one(Promise, kept.id).state = State.cancelled
    forget(system, BEGAN + timedelta(days=31))
    assert not number_is_kept(system, life)


def test_a_colleagues_number_is_never_forgotten(system: System, staff: StaffMember) -> None:
    forget(system, later(now(), 12 * 20))
    with system.transaction() as session:
        assert staff.phone_token is not None
        assert vault.number_for_carrier(session, staff.phone_token)


def test_a_breach_of_confidence_outlives_what_was_said_until_its_own_day(
    system: System, live_fully: Live
) -> None:
    life = live_fully(BEGAN, has_disclosure=True)
    with system.transaction() as session:
        caller_of(session, life).is_identified = False
    forget(system, later(BEGAN, 24) + timedelta(days=2))
    with system.transaction() as session:
        assert session.scalars(sa.select(Note)).all() == []
        kept = session.scalars(sa.select(Disclosure)).one()
    assert is_there(system, life)
    again = forget(system, later(BEGAN, 24) + timedelta(days=3))
    assert again["unidentified_person"] == 0, "what is left of them is not forgotten each hour"

    day_after = datetime.combine(kept.keep_until, BEGAN.timetz()) + timedelta(days=1)
    forget(system, day_after)
    assert not is_there(system, life)
    with system.transaction() as session:
        assert session.scalars(sa.select(Disclosure)).all() == []


def test_what_must_be_kept_of_some_holds_up_nobody_elses_forgetting(
    system: System, live: Live, live_fully: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = live_fully(BEGAN, has_disclosure=True)
    with system.transaction() as session:
        caller_of(session, first).is_identified = False
    other = live(BEGAN + timedelta(days=10))
    monkeypatch.setattr(forgetting, "STEP", 1)
    forget(system, later(BEGAN, 24) + timedelta(days=2))
    assert is_there(system, first)
    forget(system, later(BEGAN, 24) + timedelta(days=20))
    assert not is_there(system, other)


def test_settled_promises_events_and_failed_tries_go_and_open_promises_stay(
    system: System,
) -> None:
    with system.transaction() as session:
        ids = [uuid.uuid4() for _ in range(2)]
        for about in ids:
            promise(session, Kind.end_call, about=about, lane=about, at=BEGAN)
        session.flush()
        session.execute(
            sa.update(Promise)
            .where(Promise.about == ids[0])
            .values(state=State.accepted, settled_at=BEGAN)
        )
        events.is_new(session, "call:CA1:completed", at=BEGAN)
        session.add(FailedSignIn(who=b"x" * 32, at=BEGAN))
    gone = forget(system, BEGAN + timedelta(days=30))
    assert (gone["promise"], gone["carrier_event"], gone["failed_sign_in"]) == (0, 0, 1)
    gone = forget(system, BEGAN + timedelta(days=30) + MOMENT)
    assert (gone["promise"], gone["carrier_event"]) == (1, 1)
    with system.transaction() as session:
        assert [each.about for each in session.scalars(sa.select(Promise))] == [ids[1]]
        assert session.scalars(sa.select(CarrierEvent)).all() == []


def test_what_was_forgotten_is_written_down_by_rule_and_table(system: System, live: Live) -> None:
    live(BEGAN)
    at = later(BEGAN, 24) + timedelta(days=2)
    forget(system, at)
    with system.transaction() as session:
        written = session.scalars(sa.select(ForgottenRows)).all()
        assert {(each.rule, each.kind): each.how_many for each in written}[
            ("unidentified_person", "caller")
        ] == 1
        acts = session.scalars(sa.select(audit.AuditEntry.act)).all()
        assert audit.Act.person_forgotten in acts


def test_many_are_forgotten_in_small_steps(
    system: System, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives = [live(BEGAN) for _ in range(5)]
    monkeypatch.setattr(forgetting, "STEP", 2)
    forget(system, later(BEGAN, 24) + timedelta(days=2))
    assert not any(is_there(system, each) for each in lives)


def test_a_period_of_months_ends_on_the_same_day_or_the_last_one() -> None:
    assert earlier(BEGAN, 24).isoformat() == "2022-02-28T10:00:00+00:00"
    assert later(BEGAN, 12).isoformat() == "2025-02-28T10:00:00+00:00"
    assert later(BEGAN, 48).isoformat() == "2028-02-29T10:00:00+00:00"
