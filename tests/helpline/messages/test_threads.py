"""Reference and word open a thread; nothing else does, and nobody learns whether it exists."""

import time
import uuid

import pytest
import sqlalchemy as sa

from helpline.clock import now
from helpline.messages import threads
from helpline.messages.happenings import Alert, AlertKind, Proof, WrongTry
from helpline.messages.models import Thread
from helpline.messages.threads import ThreadRefusedError
from tests.helpline import making
from tests.helpline.messages import relaying
from tests.system import System


@pytest.mark.parametrize("said", ["bluebird", "BLUEBIRD", " Blue Bird! ", "blue-bird"])
def test_the_word_opens_it_as_it_sounds(system: System, said: str) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        thread = relaying.thread(session, relaying.author(session, staff), staff)
        later = relaying.author(session, staff)
        assert threads.prove(session, later, thread.reference, said, by=staff.id, at=now())


def test_neither_word_stands_anywhere_as_it_was_said(system: System) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        relaying.thread(session, relaying.author(session, staff), staff)
    with system.transaction() as session:
        stored = str(session.execute(sa.text("SELECT * FROM message_thread")).mappings().all())
    assert relaying.WORD not in stored
    assert relaying.DURESS not in stored
    assert "Luke" not in stored


def test_three_wrong_words_lock_it_and_a_supervisor_opens_it_again(system: System) -> None:
    with system.transaction() as session:
        staff, boss = relaying.call_taker(session), relaying.supervisor(session)
        thread = relaying.thread(session, relaying.author(session, staff), staff)
        for word in ("robin", "sparrow", "magpie"):
            stranger = relaying.author(session, staff)
            assert not threads.prove(
                session, stranger, thread.reference, word, by=staff.id, at=now()
            )
        luke = relaying.author(session, staff)
        assert thread.locked_at is not None
        assert not threads.prove(
            session, luke, thread.reference, relaying.WORD, by=staff.id, at=now()
        )
        assert session.scalars(sa.select(Alert)).one().kind is AlertKind.locked

        threads.unlock(session, thread, by=boss.id, at=now())

        assert threads.prove(session, luke, thread.reference, relaying.WORD, by=staff.id, at=now())


def test_a_contact_in_which_three_tries_failed_opens_nothing_any_more(system: System) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        thread = relaying.thread(session, relaying.author(session, staff), staff)
        stranger = relaying.author(session, staff)
        for _ in range(3):
            threads.prove(session, stranger, "ZZZ-ZZZ", "robin", by=staff.id, at=now())
        assert not threads.prove(
            session, stranger, thread.reference, relaying.WORD, by=staff.id, at=now()
        )
        assert thread.locked_at is None


def test_the_word_for_danger_opens_it_alike_and_those_who_guard_hear_of_it(
    system: System,
) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        thread = relaying.thread(session, relaying.author(session, staff), staff)
        later = relaying.author(session, staff)
        proof = threads.prove(
            session, later, thread.reference, relaying.DURESS, by=staff.id, at=now()
        )
        assert proof is not None
        assert proof.is_duress
        alert = session.scalars(sa.select(Alert)).one()
        assert (alert.kind, alert.contact_id) == (AlertKind.duress, later.id)


def test_a_wrong_word_and_a_reference_of_nobody_leave_the_same_rows(system: System) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        thread = relaying.thread(session, relaying.author(session, staff), staff)
        for reference in (thread.reference, "ZZZ-ZZZ"):
            stranger = relaying.author(session, staff)
            assert not threads.prove(session, stranger, reference, "robin", by=staff.id, at=now())
            assert threads.wrong_tries(session, stranger) == 1
        assert len(session.scalars(sa.select(WrongTry)).all()) == 2
        assert len(session.scalars(sa.select(Proof)).all()) == 1, "the author's own, at its begin"


def test_the_time_an_answer_takes_tells_nothing(system: System) -> None:
    """Interleaved, and the quickest of each, so that a busy machine weighs on both alike."""
    known, unknown = [], []
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        contact = relaying.author(session, staff)
        thread = relaying.thread(session, contact, staff)
        for _ in range(60):
            thread.wrong_tries, thread.locked_at = 0, None
            session.execute(sa.delete(WrongTry))
            session.flush()
            for reference, times in ((thread.reference, known), ("ZZZ-ZZZ", unknown)):
                began = time.perf_counter()
                threads.prove(session, contact, reference, "robin", by=staff.id, at=now())
                times.append(time.perf_counter() - began)
    # The hash at its least cost is what tests use: what is left is the noise of the database.
    assert abs(min(known) - min(unknown)) < 0.004


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"rights_explained": False}, "Explain their rights"),
        ({"name": "  "}, "Write the name"),
        ({"word": "abc"}, "4 to 60 letters"),
        ({"duress_word": "Blue bird"}, "must be another one"),
        ({"is_at_risk": relaying.YesNo.not_asked}, "Ask every question"),
    ],
)
def test_nothing_begins_before_it_was_explained_and_asked(
    system: System, changed: dict[str, object], says: str
) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        contact = relaying.author(session, staff)
        with pytest.raises(ThreadRefusedError, match=says):
            relaying.thread(session, contact, staff, **changed)
        assert session.scalars(sa.select(Thread)).all() == []


def test_the_same_form_twice_is_one_thread(system: System) -> None:
    key = uuid.uuid4()
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        contact = relaying.author(session, staff)
        made = {relaying.thread(session, contact, staff, form_key=key).id for _ in range(2)}
        assert len(made) == 1


def test_a_number_that_is_the_authors_own_is_no_recipient(system: System) -> None:
    number = making.number()
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        text = making.inbox.text_arrived(session, making.incoming("hi", number), at=now())
        contact = making.contact_of(session, text)
        thread = relaying.thread(session, contact, staff)
        with pytest.raises(relaying.drafting.MessageRefusedError, match="author's own number"):
            relaying.party(session, thread, staff, number=number)
