"""Voicemails: told of in any order or not at all, fetched once, deleted there, dealt with once."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, outbox
from helpline.accounts.models import StaffMember
from helpline.carrier import Accepted, RecordingSeen, Refused, Unavailable
from helpline.clock import now
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState, Ending, Note
from helpline.outbox import Kind, Promise
from helpline.voice import calls, choices, overflow, routing, voicemail_tasks, voicemails
from helpline.voice.call_plan import HangUp, Join, Record
from helpline.voice.voicemail_tasks import CannotDoError, Done
from helpline.voice.voicemails import Voicemail, VoicemailOutcome, VoicemailState
from tests.helpline import making
from tests.system import System

SOUND = b"RIFF what was said"


class Line:
    """A caller who may leave a voicemail, and a carrier that tells of it as it likes."""

    def __init__(self, system: System, *, waits: bool = False, child: bool = False) -> None:
        self.system, self.at, self.sid = system, now(), making.sid("RE")
        with system.transaction() as session:
            if waits:
                self.contact_id = making.waiting_call(session, at=self.at).id
            else:
                self.contact_id = making.arriving_call(session, at=self.at).contact_id
            session.get_one(Contact, self.contact_id).is_child = child

    def begins(self) -> object:
        with self.system.transaction() as session:
            contact = contacts.locked(session, self.contact_id)
            assert contact is not None
            return voicemails.begin(session, contact, at=self.at)[1]

    def speaks(self, seconds: int = 20) -> object:
        with self.system.transaction() as session:
            sid = self.sid if seconds else ""
            return voicemails.spoken(session, self.contact_id, sid, seconds, at=self.at)[-1]

    def is_told(self, *, is_there: bool = True) -> None:
        with self.system.transaction() as session:
            voicemails.told(session, self.contact_id, self.sid, 20, is_there=is_there, at=self.at)

    def hangs_up(self) -> None:
        with self.system.transaction() as session:
            contact = session.get_one(Contact, self.contact_id)
            calls.caller_left(session, making.caller_leg(session, contact), at=self.at)

    def carries_out(self, kind: Kind, outcome: object, *, times: int = 1) -> None:
        with self.system.transaction() as session:
            promise = session.scalars(sa.select(Promise).where(Promise.kind == kind)).one()
            for _ in range(times):
                promise.attempts += 1
                outbox.settle(session, promise, outcome, at=self.at)  # type: ignore[arg-type]
                voicemails.settled(session, promise, outcome, at=self.at)  # type: ignore[arg-type]

    @property
    def voicemail(self) -> Voicemail:
        with self.system.transaction() as session:
            return session.scalars(sa.select(Voicemail)).one()

    @property
    def contact(self) -> Contact:
        with self.system.transaction() as session:
            return session.get_one(Contact, self.contact_id)

    def promises(self, kind: Kind) -> int:
        with self.system.transaction() as session:
            return session.scalar(sa.select(sa.func.count()).where(Promise.kind == kind)) or 0


@pytest.fixture
def line(system: System) -> Line:
    return Line(system)


def staff(system: System) -> StaffMember:
    with system.transaction() as session:
        return making.staff_member(session)


@pytest.mark.parametrize(
    "news",
    [
        ("speaks", "is_told", "hangs_up"),
        ("is_told", "speaks", "hangs_up"),
        ("hangs_up", "speaks", "is_told"),
        ("hangs_up", "is_told", "speaks", "is_told", "speaks"),
        ("speaks", "speaks", "hangs_up", "is_told", "is_told"),
    ],
)
def test_news_of_it_in_any_order_and_repeated_makes_one_voicemail(
    line: Line, news: tuple[str, ...]
) -> None:
    assert isinstance(line.begins(), Record)
    for each in news:
        getattr(line, each)()
    assert line.voicemail.state is VoicemailState.left
    assert line.promises(Kind.fetch_recording) == 1
    assert (line.contact.state, line.contact.ending) == (
        ContactState.closed,
        Ending.left_voicemail,
    )


def test_asked_to_speak_twice_there_is_one_voicemail(line: Line) -> None:
    line.begins()
    line.begins()
    assert line.voicemail.state is VoicemailState.begun


def test_it_is_kept_locked_and_only_then_deleted_at_the_carrier(line: Line) -> None:
    line.begins()
    line.speaks()
    line.is_told()
    assert line.promises(Kind.delete_recording) == 0
    line.carries_out(Kind.fetch_recording, Accepted("", body=SOUND))
    assert line.voicemail.state is VoicemailState.kept
    with line.system.transaction() as session:
        assert voicemails.opened(session, line.voicemail.id) == SOUND
        raw = session.execute(sa.text("SELECT body FROM voicemail")).scalar_one()
        assert "RIFF" not in raw
        assert not raw.startswith("UklG"), "not in clear in base64 either"
    line.carries_out(Kind.delete_recording, Accepted(""))
    assert line.voicemail.deleted_at is not None


def test_what_the_carrier_does_not_give_stays_there_and_can_be_asked_for_again(line: Line) -> None:
    line.begins()
    line.is_told()
    line.carries_out(Kind.fetch_recording, Unavailable("away"), times=outbox.MOST_ATTEMPTS)
    assert line.voicemail.state is VoicemailState.not_had
    assert line.promises(Kind.delete_recording) == 0
    with line.system.transaction() as session:
        found = voicemail_tasks.locked(session, line.voicemail.id)
        assert found is not None
        voicemail_tasks.fetch_again(session, found, at=line.at)
    assert line.voicemail.state is VoicemailState.left
    assert line.promises(Kind.fetch_recording) == 2


def test_a_deletion_that_failed_is_asked_for_again_an_hour_later(line: Line) -> None:
    line.begins()
    line.is_told()
    line.carries_out(Kind.fetch_recording, Accepted("", body=SOUND))
    line.carries_out(Kind.delete_recording, Refused(1, "no"))
    with line.system.transaction() as session:
        assert voicemails.delete_what_stayed(session, at=line.at) == 0
        assert voicemails.delete_what_stayed(session, at=line.at + timedelta(hours=2)) == 1


def test_whoever_says_nothing_goes_on_to_a_person(line: Line) -> None:
    line.begins()
    assert isinstance(line.speaks(0), Join)
    assert line.voicemail.state is VoicemailState.empty
    assert line.contact.state is ContactState.arriving


def test_whoever_hangs_up_without_a_word_is_treated_as_before(line: Line) -> None:
    line.begins()
    line.hangs_up()
    line.is_told(is_there=False)
    assert line.voicemail.state is VoicemailState.empty
    assert line.contact.ending is Ending.left_in_greeting


def test_news_that_never_comes_is_asked_for(line: Line) -> None:
    line.begins()
    line.hangs_up()
    later = line.at + timedelta(minutes=5)
    with line.system.transaction() as session:
        assert not voicemails.unheard_of(session, at=line.at)
        ((contact_id, _),) = voicemails.unheard_of(session, at=later)
        seen = [RecordingSeen(line.sid, 20, is_ready=True)]
        assert voicemails.found(session, contact_id, seen, at=later) == 1
    assert line.voicemail.state is VoicemailState.left
    assert line.promises(Kind.fetch_recording) == 1
    with line.system.transaction() as session:
        assert not voicemails.unheard_of(session, at=later)


def test_with_nothing_at_the_carrier_nothing_was_said(line: Line) -> None:
    line.begins()
    line.hangs_up()
    with line.system.transaction() as session:
        assert voicemails.found(session, line.contact_id, [], at=line.at) == 0
    assert line.voicemail.state is VoicemailState.empty


def test_a_voicemail_of_which_only_the_call_told_is_fetched_too(line: Line) -> None:
    line.begins()
    line.speaks()
    with line.system.transaction() as session:
        assert voicemails.fetch_untold(session, at=line.at) == 0
        assert voicemails.fetch_untold(session, at=line.at + timedelta(minutes=5)) == 1
        assert voicemails.fetch_untold(session, at=line.at + timedelta(minutes=6)) == 0


def test_no_phone_rings_for_a_caller_who_is_leaving_one(system: System) -> None:
    line = Line(system, waits=True)
    member = staff(system)
    with system.transaction() as session:
        contact = contacts.locked(session, line.contact_id)
        assert contact is not None
        made = choices.chosen(session, contact.id, choices.LEAVE_A_MESSAGE, at=line.at)
        assert any(isinstance(step, Record) for step in made)
        for seconds in (1, 60, 119, 200):
            at = line.at + timedelta(seconds=seconds)
            assert routing.offer_waiting(session, at=at) == 0
            assert overflow.give_choices(session, at=at) == 0
        with pytest.raises(routing.CannotRingError):
            routing.take(session, contact.id, member.id, at=line.at + timedelta(seconds=100))
    assert isinstance(line.speaks(), HangUp)
    assert line.contact.ending is Ending.left_voicemail


def test_danger_and_children_come_first_and_at_any_hour(system: System) -> None:
    Line(system).is_told()
    child = Line(system, child=True)
    child.is_told()
    with system.transaction() as session:
        first, second = voicemail_tasks.listed(session)
        assert first.contact_id == child.contact_id
        assert first.due_at == child.at + voicemails.URGENT_WITHIN
        assert second.due_at is not None
        voicemail_tasks.put_first(session, second, making.staff_member(session).id, at=child.at)
        assert second.is_urgent
        assert second.due_at == child.at


def test_one_of_two_who_want_it_has_it_and_with_it_the_contact(line: Line) -> None:
    line.is_told()
    one, other = staff(line.system), staff(line.system)
    with line.system.transaction() as session:
        found = voicemail_tasks.locked(session, line.voicemail.id)
        assert found is not None
        voicemail_tasks.take(session, found, one.id, at=line.at)
        voicemail_tasks.take(session, found, one.id, at=line.at)
        with pytest.raises(CannotDoError, match="A colleague"):
            voicemail_tasks.take(session, found, other.id, at=line.at)
        with pytest.raises(CannotDoError, match="Take it first"):
            voicemail_tasks.done(session, found, other.id, what(), at=line.at)
    assert line.contact.owner_id == one.id
    with line.system.transaction() as session:
        found = voicemail_tasks.locked(session, line.voicemail.id)
        assert found is not None
        voicemail_tasks.put_back(session, found, other.id, at=line.at)
        voicemail_tasks.take(session, found, other.id, at=line.at)
    assert line.contact.owner_id == other.id


def what(words: str = "She is safe at her aunt's") -> Done:
    return Done(VoicemailOutcome.passed_on, words, uuid.uuid4())


def test_what_was_done_is_a_note_and_happens_once(line: Line) -> None:
    line.is_told()
    member = staff(line.system)
    with line.system.transaction() as session:
        found = voicemail_tasks.locked(session, line.voicemail.id)
        assert found is not None
        voicemail_tasks.take(session, found, member.id, at=line.at)
        voicemail_tasks.done(session, found, member.id, what(), at=line.at)
        voicemail_tasks.done(session, found, member.id, what("again"), at=line.at)
        assert [note.words for note in session.scalars(sa.select(Note))] == [
            "She is safe at her aunt's"
        ]
        assert not voicemail_tasks.listed(session)
        assert _acts(session) >= {audit.Act.voicemail_taken, audit.Act.voicemail_done}


def _acts(session: Session) -> set[audit.Act]:
    return set(session.scalars(sa.select(audit.AuditEntry.act)))
