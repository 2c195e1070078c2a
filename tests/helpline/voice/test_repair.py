"""What the carrier shows of a call, and what is put right by it."""

import uuid
from collections import Counter
from datetime import datetime, timedelta
from unittest.mock import Mock

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.carrier import CallSeen, PartySeen
from helpline.clock import now
from helpline.contacts.models import Contact, ContactState
from helpline.outbox import Kind, Promise
from helpline.voice import jobs, repair
from helpline.voice.models import Leg, LegEnding, LegState
from helpline.voice.repair import Mended, Question, Seen
from tests.helpline import making
from tests.system import System

LATER = timedelta(minutes=2)


class Call:
    """A caller who waits in a room, and a call-taker whose phone rings."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.at = now()
        with system.transaction() as session:
            making.staff_member(session, since=self.at)
            contact = making.waiting_call(session, at=self.at)
            self.id = contact.id
            self.room = str(contact.conference_sid)
            caller = making.caller_leg(session, contact)
            self.caller_sid = str(caller.call_sid)
            session.execute(sa.delete(Promise))

    @property
    def question(self) -> Question:
        with self.system.transaction() as session:
            (asked,) = repair.questions(session, at=self.at + LATER)
        return asked

    def mend(self, rooms: dict[str, list[PartySeen]], **statuses: str) -> Counter[Mended]:
        seen = Seen(self.question, statuses, rooms)
        with self.system.transaction() as session:
            return repair.mend(session, seen, at=self.at + LATER)

    @property
    def contact(self) -> Contact:
        with self.system.transaction() as session:
            return session.get_one(Contact, self.id, populate_existing=True)

    def promises(self) -> list[tuple[Kind, dict[str, str]]]:
        with self.system.transaction() as session:
            rows = session.execute(
                sa.select(Promise.kind, Promise.details).order_by(Promise.number)
            )
            return [(kind, details) for kind, details in rows]


def party(call_sid: str, label: str = "") -> PartySeen:
    return PartySeen(call_sid, label, is_held=False, is_muted=False, coaches="")


@pytest.fixture
def call(system: System) -> Call:
    return Call(system)


def test_a_call_that_has_only_begun_is_not_asked_about(call: Call) -> None:
    with call.system.transaction() as session:
        assert repair.questions(session, at=call.at + timedelta(seconds=5)) == []
        asked = repair.questions(session, at=call.at + LATER)
    assert [(each.contact_id, each.room) for each in asked] == [(call.id, call.room)]


def test_a_room_of_the_call_without_the_caller_is_closed(call: Call) -> None:
    other = making.sid("CF")
    done = call.mend(
        {call.room: [party(call.caller_sid, "caller")], other: [party(making.sid("CA"), "x")]}
    )
    assert done == {Mended.closed_room: 1}
    assert call.promises() == [(Kind.end_conference, {"conference_sid": other})]


def test_a_room_that_is_empty_is_left_to_end_by_itself(call: Call) -> None:
    done = call.mend({call.room: [party(call.caller_sid, "caller")], making.sid("CF"): []})
    assert done == Counter()


def test_the_room_into_which_the_caller_came_back_unnoticed_is_theirs(call: Call) -> None:
    other = making.sid("CF")
    done = call.mend({call.room: [], other: [party(call.caller_sid, "caller")]})
    assert done == {Mended.found: 1}
    assert call.contact.conference_sid == other


def test_a_phone_whose_id_was_never_stored_is_known_by_its_label(call: Call) -> None:
    with call.system.transaction() as session:
        offered = session.scalars(sa.select(Leg).where(Leg.staff_id.is_not(None))).one()
        offered.state = LegState.accepted
        session.get_one(Contact, call.id).state = ContactState.with_call_taker
        session.get_one(Contact, call.id).owner_id = offered.staff_id
    sid = making.sid("CA")
    done = call.mend(
        {call.room: [party(call.caller_sid, "caller"), party(sid, f"taker-{offered.id.hex}")]}
    )
    assert done == {Mended.found: 1}
    with call.system.transaction() as session:
        found = session.get_one(Leg, offered.id)
        assert (found.call_sid, found.state) == (sid, LegState.joined)


@pytest.mark.parametrize("status", ["completed", "busy", "no-answer", "canceled", "failed"])
def test_a_call_that_is_over_is_ended_once(call: Call, status: str) -> None:
    done = call.mend({call.room: []}, **{call.caller_sid: status})
    assert done == {Mended.ended: 1}
    assert call.contact.state is ContactState.closed
    with call.system.transaction() as session:
        assert [
            each
            for each in repair.questions(session, at=call.at + LATER)
            if call.caller_sid in each.call_sids
        ] == []


def test_whoever_is_over_for_us_never_comes_back_by_what_the_carrier_shows(call: Call) -> None:
    with call.system.transaction() as session:
        leg = session.scalars(sa.select(Leg).where(Leg.call_sid == call.caller_sid)).one()
        leg.state, leg.ended_at, leg.ended_because = LegState.ended, call.at, LegEnding.hung_up
    done = call.mend({call.room: [party(call.caller_sid, "caller")]})
    assert done == {Mended.put_out: 1}
    assert call.promises() == [(Kind.end_call, {"call_sid": call.caller_sid})]


def test_what_was_asked_before_they_moved_on_changes_nothing(call: Call) -> None:
    old = call.question
    with call.system.transaction() as session:
        session.get_one(Contact, call.id).conference_sid = making.sid("CF")
    with call.system.transaction() as session:
        seen = Seen(old, {}, {call.room: [party(making.sid("CA"), "stranger")]})
        assert repair.mend(session, seen, at=call.at + LATER) == Counter()
    assert call.promises() == []


def test_of_a_contact_that_is_no_more_nothing_is_made(call: Call) -> None:
    gone = Seen(Question(uuid.uuid4(), None, "c-none", ()), {}, {})
    with call.system.transaction() as session:
        assert repair.mend(session, gone, at=call.at) == Counter()


def silence(strangers: list[CallSeen]) -> Mock:
    """Make a carrier that knows of no room, says that calls go on, and shows two strangers."""
    carrier = Mock()
    carrier.conferences_named.return_value = carrier.parties.return_value = ()
    carrier.call_status.return_value = "in-progress"
    carrier.calls_to_us.return_value = strangers
    return carrier


def test_a_call_that_cannot_be_mended_keeps_no_other_from_it(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    strangers = [CallSeen(making.sid("CA"), "+447700900001", call.at) for _ in range(2)]
    take_in = repair.take_in

    def fails(*_: object, **__: object) -> Counter[Mended]:
        raise LookupError("damaged")

    def fails_once(session: Session, seen: CallSeen, *, at: datetime) -> bool:
        return fails() and False if seen is strangers[0] else take_in(session, seen, at=at)

    monkeypatch.setattr(repair, "mend", fails)
    monkeypatch.setattr(repair, "take_in", fails_once)
    with call.system.app.app_context():
        done = jobs.look_after_calls(silence(strangers), at=call.at + LATER)
    assert done == {Mended.taken_in: 1}
