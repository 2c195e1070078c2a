"""Who agreed to what: kept in order, never changed, and stopped the moment it is taken back."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, encryption, outbox
from helpline.clock import now
from helpline.confidentiality import consent
from helpline.confidentiality.consent import (
    Agreed,
    ConsentEntry,
    ConsentRefusedError,
    Heard,
    NoSuchConsentError,
    Scope,
    TakenBack,
    Towards,
)
from helpline.contacts import callers
from tests.helpline import making
from tests.system import System

WORDS = "Tell Mum I am OK and nothing else"


@pytest.fixture
def people(system: System) -> tuple[uuid.UUID, uuid.UUID]:
    """Give a caller and a call-taker."""
    with system.transaction() as session:
        caller = callers.recognise(session, making.number(), at=now())
        return caller.id, making.staff_member(session).id


def agreed(**changed: Any) -> Agreed:
    facts = {
        "scopes": frozenset({Scope.safe_and_well}),
        "towards": Towards.family,
        "words": WORDS,
        "heard": Heard.text,
        "form_key": uuid.uuid4(),
        "recipient": "their mother",
    }
    return Agreed(**(facts | changed))


def taken_back(entry_id: uuid.UUID, words: str = "Please don't tell her") -> TakenBack:
    return TakenBack(entry_id, words, Heard.text, uuid.uuid4())


@pytest.fixture
def record(system: System, people: tuple[uuid.UUID, uuid.UUID]) -> Callable[..., uuid.UUID]:
    caller_id, staff_id = people

    def enter(at: datetime | None = None, **changed: Any) -> uuid.UUID:
        with system.transaction() as session:
            wish = agreed(**changed)
            return consent.record(session, caller_id, wish, by=staff_id, at=at or now()).id

    return enter


Record = Callable[..., uuid.UUID]
People = tuple[uuid.UUID, uuid.UUID]


def test_a_consent_holds_until_it_is_withdrawn(
    system: System, people: People, record: Record
) -> None:
    entry_id = record()
    caller_id, staff_id = people
    with system.transaction() as session:
        assert consent.holds(session, entry_id, at=now())
        consent.withdraw(session, caller_id, taken_back(entry_id), by=staff_id, at=now())
    with system.transaction() as session:
        assert not consent.holds(session, entry_id, at=now())
        assert consent.in_force(session, caller_id, at=now()) == []
        assert [each.withdraws for each in consent.ledger(session, caller_id)] == [entry_id, None]


def test_a_consent_ends_with_its_last_instant(system: System, record: Record) -> None:
    ends = now() + timedelta(hours=1)
    entry_id = record(valid_until=ends)
    with system.transaction() as session:
        assert consent.holds(session, entry_id, at=ends - timedelta(seconds=1))
        assert not consent.holds(session, entry_id, at=ends)


def test_a_withdrawal_is_no_consent(system: System, people: People, record: Record) -> None:
    caller_id, staff_id = people
    entry_id = record()
    with system.transaction() as session:
        gone = consent.withdraw(session, caller_id, taken_back(entry_id), by=staff_id, at=now())
        assert not consent.holds(session, gone.entry.id, at=now())
        with pytest.raises(NoSuchConsentError):
            consent.withdraw(session, caller_id, taken_back(gone.entry.id), by=staff_id, at=now())


def test_nobody_withdraws_the_consent_of_somebody_else(
    system: System, people: People, record: Record
) -> None:
    entry_id = record()
    with system.transaction() as session:
        other = callers.recognise(session, making.number(), at=now())
        with pytest.raises(NoSuchConsentError):
            consent.withdraw(session, other.id, taken_back(entry_id), by=people[1], at=now())
        assert consent.holds(session, entry_id, at=now())


def test_what_is_in_force_is_found_by_scope_and_by_whom_it_is_towards(
    system: System, people: People, record: Record
) -> None:
    to_mother = record()
    back = record(scopes=frozenset({Scope.call_back}), towards=Towards.themselves)
    with system.transaction() as session:

        def found(**asked: Any) -> list[uuid.UUID]:
            return [each.id for each in consent.in_force(session, people[0], at=now(), **asked)]

        assert found() == [back, to_mother]
        assert found(scope=Scope.call_back) == [back]
        assert found(towards=Towards.family) == [to_mother]
        assert found(scope=Scope.call_back, towards=Towards.family) == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"scopes": frozenset()}, "Choose what they agree to"),
        ({"words": "  \x00 "}, "Write down what they said"),
        ({"words": "x" * 5001}, "Shorten what they said"),
        ({"recipient": "x" * 5001}, "Shorten who it is"),
        ({"valid_until": datetime.fromisoformat("2020-01-01T00:00:00+00:00")}, "still to come"),
    ],
)
def test_what_cannot_be_entered_says_what_to_do(
    record: Record, wrong: dict[str, Any], says: str
) -> None:
    with pytest.raises(ConsentRefusedError, match=says):
        record(**wrong)


def test_the_same_form_twice_is_one_entry(system: System, people: People, record: Record) -> None:
    key = uuid.uuid4()
    assert record(form_key=key) == record(form_key=key)
    with system.transaction() as session:
        assert len(consent.ledger(session, people[0])) == 1


def test_words_and_recipient_are_not_in_the_table_in_clear(system: System, record: Record) -> None:
    record()
    with psycopg.connect(system.listening_address) as connection:
        row = str(connection.execute("SELECT * FROM consent_entry").fetchone())
    assert "Mum" not in row
    assert "mother" not in row


# --- withdrawal stops what waits -----------------------------------------------------------


def promised(session: Session, caller_id: uuid.UUID, entry_id: uuid.UUID) -> outbox.Promise:
    made = outbox.promise(
        session,
        outbox.Kind.send_text,
        about=uuid.uuid4(),
        lane=caller_id,
        reaches=caller_id,
        relies_on=entry_id,
        at=now() + timedelta(days=1),
    )
    session.flush()
    return made


def test_a_withdrawal_stops_what_waits_on_it_and_nothing_else(
    system: System, people: People, record: Record
) -> None:
    caller_id, staff_id = people
    first, second = record(), record()
    with system.transaction() as session:
        doomed = promised(session, caller_id, first).id
        kept = promised(session, caller_id, second).id
    with system.transaction() as session:
        gone = consent.withdraw(session, caller_id, taken_back(first), by=staff_id, at=now())
        assert [each.id for each in gone.stopped] == [doomed]
        assert gone.under_way == 0
    with system.transaction() as session:
        assert session.get_one(outbox.Promise, doomed).state is outbox.State.cancelled
        assert session.get_one(outbox.Promise, kept).state is outbox.State.waiting


def test_a_withdrawal_says_what_is_under_way_already(
    system: System, people: People, record: Record
) -> None:
    caller_id, staff_id = people
    entry_id = record()
    with system.transaction() as session:
        promised(session, caller_id, entry_id)
    with system.transaction() as session:
        assert len(outbox.claim(session, at=now() + timedelta(days=2), most=1)) == 1
    with system.transaction() as session:
        gone = consent.withdraw(session, caller_id, taken_back(entry_id), by=staff_id, at=now())
        assert (gone.stopped, gone.under_way) == ([], 1)


def test_the_database_refuses_a_promise_on_a_consent_that_it_does_not_name(
    system: System, people: People
) -> None:
    def promise_on_nothing() -> None:
        with system.transaction() as session:
            made = outbox.promise(
                session, outbox.Kind.send_text, about=uuid.uuid4(), lane=people[0], at=now()
            )
            made.basis = outbox.Basis.consent

    with pytest.raises(sa.exc.IntegrityError, match="consent_names_its_entry"):
        promise_on_nothing()


# --- the chain -----------------------------------------------------------------------------


def fault(system: System, caller_id: uuid.UUID) -> tuple[int, uuid.UUID | None] | None:
    with system.transaction() as session:
        found = consent.verify_chain(session, caller_id)
        return None if found is None else (found.number, found.entry_id)


def as_owner(system: System, statement: str, *values: Any) -> None:
    """Change the table as somebody who may switch its trigger off."""
    with psycopg.connect(system.listening_address, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(statement.encode(), values).rowcount > 0


@pytest.fixture
def chain(system: System, people: People, record: Record) -> list[uuid.UUID]:
    """Enter five lines: the fourth takes the second back."""
    entries = [record() for _ in range(3)]
    with system.transaction() as session:
        wish = taken_back(entries[1])
        entries.append(consent.withdraw(session, people[0], wish, by=people[1], at=now()).entry.id)
    return [*entries, record()]


def test_an_untouched_chain_is_whole(
    system: System, people: People, chain: list[uuid.UUID]
) -> None:
    assert fault(system, people[0]) is None


CHANGES = {
    "number_of_scopes": "UPDATE consent_entry SET scopes = '[\"tell_police\"]' WHERE id = %s",
    "time": "UPDATE consent_entry SET at = at - interval '1 microsecond' WHERE id = %s",
    "towards": "UPDATE consent_entry SET towards = 'police' WHERE id = %s",
    "nonsense": "UPDATE consent_entry SET heard = 'by owl' WHERE id = %s",
    "end": "UPDATE consent_entry SET valid_until = '2099-01-01' WHERE id = %s",
    "words_spoilt": "UPDATE consent_entry SET words = 'gone' WHERE id = %s",
    "seal": "UPDATE consent_entry SET seal = '\\x00' WHERE id = %s",
    "worker": "UPDATE consent_entry SET staff_id = id WHERE id = %s",
}


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_row_is_named(
    system: System, people: People, chain: list[uuid.UUID], place: int, change: str
) -> None:
    as_owner(system, change, chain[place])
    assert fault(system, people[0]) == (place + 1, chain[place])


def test_a_withdrawal_that_was_undone_in_the_table_is_noticed(
    system: System, people: People, chain: list[uuid.UUID]
) -> None:
    as_owner(system, "UPDATE consent_entry SET withdraws = NULL WHERE id = %s", chain[3])
    assert fault(system, people[0]) == (4, chain[3])


def test_words_changed_with_the_right_key_are_noticed(
    system: System, people: People, chain: list[uuid.UUID]
) -> None:
    forged = encryption.text_keys().lock("Tell everybody", "consent_entry.words")
    as_owner(system, "UPDATE consent_entry SET words = %s WHERE id = %s", forged, chain[2])
    assert fault(system, people[0]) == (3, chain[2])


def test_words_locked_anew_leave_the_chain_whole(
    system: System, people: People, chain: list[uuid.UUID]
) -> None:
    same = encryption.text_keys().lock(WORDS, "consent_entry.words")
    as_owner(system, "UPDATE consent_entry SET words = %s WHERE id = %s", same, chain[2])
    assert fault(system, people[0]) is None


@pytest.mark.parametrize("place", range(4))
def test_a_missing_row_is_named_by_its_place(
    system: System, people: People, chain: list[uuid.UUID], place: int
) -> None:
    as_owner(system, "DELETE FROM consent_entry WHERE id = %s", chain[place])
    assert fault(system, people[0]) == (place + 1, chain[place + 1])


def test_rows_missing_at_the_end_are_noticed(
    system: System, people: People, chain: list[uuid.UUID]
) -> None:
    as_owner(system, "DELETE FROM consent_entry WHERE id = %s", chain[4])
    assert fault(system, people[0]) == (5, None)


def test_two_rows_that_changed_places_are_named(
    system: System, people: People, chain: list[uuid.UUID]
) -> None:
    as_owner(system, "UPDATE consent_entry SET number = 99 WHERE id = %s", chain[0])
    as_owner(system, "UPDATE consent_entry SET number = 1 WHERE id = %s", chain[1])
    as_owner(system, "UPDATE consent_entry SET number = 2 WHERE id = %s", chain[0])
    assert fault(system, people[0]) == (1, chain[1])


def test_a_row_put_in_is_named(system: System, people: People, chain: list[uuid.UUID]) -> None:
    as_owner(
        system,
        "INSERT INTO consent_entry SELECT gen_random_uuid(), caller_id, 6, at, scopes, about, "
        "towards, recipient, words, heard, staff_id, contact_id, valid_until, withdraws, "
        "gen_random_uuid(), seal FROM consent_entry WHERE id = %s",
        chain[4],
    )
    found = fault(system, people[0])
    assert found is not None
    assert found[0] == 6
    assert found[1] not in chain


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent_entry SET number = 7",
        "DELETE FROM consent_entry",
        "TRUNCATE consent_entry CASCADE",
    ],
)
def test_the_database_refuses_to_change_the_ledger(
    system: System, record: Record, statement: str
) -> None:
    record()
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), system.transaction() as session:
        session.execute(sa.text(statement))


def test_forgetting_a_person_may_remove_rows_but_not_change_them(
    system: System, record: Record
) -> None:
    def forgetting(statement: str) -> None:
        with system.transaction() as session:
            session.execute(sa.text("SET LOCAL helpline.forgetting = 'yes'"))
            session.execute(sa.text(statement))

    record()
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        forgetting("UPDATE consent_entry SET number = 7")
    forgetting("DELETE FROM consent_entry")
    with system.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ConsentEntry)) == 0


def test_entries_made_in_the_same_instant_stand_in_one_chain(
    system: System, people: People, record: Record
) -> None:
    with ThreadPoolExecutor(6) as together:
        list(together.map(lambda _: record(), range(18)))
    with system.transaction() as session:
        numbers = [each.number for each in consent.ledger(session, people[0])]
    assert numbers == list(range(18, 0, -1))
    assert fault(system, people[0]) is None


def test_each_entry_is_on_the_record(system: System, people: People, record: Record) -> None:
    caller_id, staff_id = people
    entry_id = record()
    with system.transaction() as session:
        consent.withdraw(session, caller_id, taken_back(entry_id), by=staff_id, at=now())
    with system.transaction() as session:
        noted = session.execute(
            sa.select(audit.AuditEntry.act, audit.AuditEntry.who)
            .where(audit.AuditEntry.about == caller_id)
            .order_by(audit.AuditEntry.id)
        ).all()
    assert noted == [
        (audit.Act.consent_recorded, staff_id),
        (audit.Act.consent_withdrawn, staff_id),
    ]
