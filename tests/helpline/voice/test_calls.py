"""The life of a call: it arrives, waits, is taken, is cut off, ends; nobody is left alone."""

import uuid
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from helpline import outbox
from helpline.accounts.models import Availability, StaffMember
from helpline.clock import now
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState, Ending, Happening, TimelineEntry
from helpline.outbox import Kind, Promise
from helpline.voice import calls, ringing, routing
from helpline.voice.call_plan import Ask, HangUp, Join, Say
from helpline.voice.calls import ConferenceEvent
from helpline.voice.models import Leg, LegEnding, LegState
from tests.helpline import making
from tests.system import System

SECOND = timedelta(seconds=1)


class Line:
    """One caller and one call-taker, told about by the carrier."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.at = now()
        self.room = making.sid("CF")
        self.sid = making.sid("CA")
        with system.transaction() as session:
            self.staff_id = making.staff_member(session, since=self.at).id

    def later(self) -> datetime:
        self.at += SECOND
        return self.at

    def arrive(self) -> uuid.UUID:
        with self.system.transaction() as session:
            calls.call_arrived(session, self.sid, None, at=self.later())
            session.flush()
            leg = session.scalars(sa.select(Leg).where(Leg.call_sid == self.sid)).one()
            self.contact_id = leg.contact_id
        return self.contact_id

    def conference(self, kind: str, call_sid: str, room: str | None = None,
                   status: str = "completed") -> None:  # fmt: skip
        event = ConferenceEvent(kind, room or self.room, call_sid, status)
        with self.system.transaction() as session:
            calls.conference_changed(session, self.contact_id, event, at=self.later())

    def wait(self) -> None:
        self.arrive()
        self.conference("participant-join", self.sid)

    @property
    def contact(self) -> Contact:
        with self.system.transaction() as session:
            return session.get_one(Contact, self.contact_id, populate_existing=True)

    @property
    def staff(self) -> StaffMember:
        with self.system.transaction() as session:
            return session.get_one(StaffMember, self.staff_id, populate_existing=True)

    @property
    def offer(self) -> Leg:
        with self.system.transaction() as session:
            leg = routing.live_offer(session, self.contact_id)
            assert leg is not None
            return leg

    def read(self, leg: Leg) -> Leg:
        with self.system.transaction() as session:
            return session.get_one(Leg, leg.id, populate_existing=True)

    def rung(self, leg: Leg) -> str:
        sid = f"CA{leg.id.hex}"
        with self.system.transaction() as session:
            session.execute(
                sa.update(Promise)
                .where(Promise.about == leg.id, Promise.kind == Kind.ring_call_taker)
                .values(state=outbox.State.accepted)
            )
            ringing.rung(session, leg.id, sid, at=self.later())
        return sid

    def talk(self) -> Leg:
        self.wait()
        leg = self.offer
        sid = self.rung(leg)
        with self.system.transaction() as session:
            ringing.phone_answered(session, leg.id, sid, at=self.later())
            ringing.key_pressed(session, leg.id, "1", at=self.later())
        self.conference("participant-join", sid)
        return self.read(leg)

    def call_ends(self) -> None:
        with self.system.transaction() as session:
            calls.caller_call_changed(session, self.sid, "completed", None, at=self.later())

    def phone_ends(self, leg: Leg, status: str = "completed") -> None:
        with self.system.transaction() as session:
            ringing.leg_changed(session, leg.id, str(leg.call_sid), status, at=self.later())

    def promises(self) -> list[Kind]:
        """Name what is still to be done outside."""
        with self.system.transaction() as session:
            waiting = sa.select(Promise.kind).where(Promise.state == outbox.State.waiting)
            return list(session.scalars(waiting.order_by(Promise.number)))

    def timeline(self) -> list[Happening]:
        with self.system.transaction() as session:
            mine = sa.select(TimelineEntry.what).where(TimelineEntry.contact_id == self.contact_id)
            return list(session.scalars(mine.order_by(TimelineEntry.id)))


@pytest.fixture
def line(system: System) -> Line:
    return Line(system)


def test_a_call_that_arrives_hears_the_greeting_and_nobody_is_rung_yet(line: Line) -> None:
    line.arrive()
    assert line.contact.state is ContactState.arriving
    assert line.promises() == []


def test_a_caller_in_the_conference_waits_and_a_phone_is_rung(line: Line) -> None:
    line.wait()
    assert line.contact.state is ContactState.waiting
    assert line.contact.conference_sid == line.room
    assert line.promises() == [Kind.ring_call_taker]


def test_a_call_is_taken_talked_ended_and_wrapped_up(line: Line) -> None:
    leg = line.talk()
    assert (line.contact.state, line.contact.owner_id) == (
        ContactState.with_call_taker,
        line.staff_id,
    )
    assert line.staff.availability is Availability.busy
    assert leg.state is LegState.joined
    line.call_ends()
    line.phone_ends(leg)
    assert line.contact.state is ContactState.wrapping_up
    assert line.staff.availability is Availability.wrapping_up
    with line.system.transaction() as session:
        contact = contacts.locked(session, line.contact_id)
        assert contact is not None
        contacts.close(session, contact, Ending.wrapped_up, at=line.later())
        calls.wrapped_up(session, line.staff_id, at=line.later())
    assert line.staff.availability is Availability.ready


@pytest.mark.parametrize(
    ("reach", "ending"),
    [("arrive", Ending.left_in_greeting), ("wait", Ending.left_while_waiting)],
)
def test_a_caller_who_hangs_up_before_anybody_answers_is_closed_as_such(
    line: Line, reach: str, ending: Ending
) -> None:
    getattr(line, reach)()
    line.call_ends()
    assert (line.contact.state, line.contact.ending) == (ContactState.closed, ending)
    assert line.promises() == [], "the phone that was to be rung is not rung any more"
    assert line.staff.availability is Availability.ready


def test_a_caller_whose_end_is_told_before_their_beginning_is_closed_and_gone(line: Line) -> None:
    line.call_ends()
    with line.system.transaction() as session:
        plan = calls.call_arrived(session, line.sid, None, at=line.later())
        contact = session.scalars(sa.select(Contact)).one()
    assert plan == (HangUp(),)
    assert contact.state is ContactState.closed


def test_a_phone_that_rings_when_the_caller_leaves_is_stopped(line: Line) -> None:
    line.wait()
    leg = line.offer
    line.rung(leg)
    line.call_ends()
    assert line.promises() == [Kind.end_call]
    line.phone_ends(leg, "canceled")
    assert line.staff.availability is Availability.ready


def test_a_phone_that_began_to_ring_too_late_is_stopped(line: Line) -> None:
    """The worker was calling the carrier while the caller hung up."""
    line.wait()
    leg = line.offer
    with line.system.transaction() as session:
        session.execute(sa.update(Promise).values(state=outbox.State.claimed))
    line.call_ends()
    line.rung(leg)
    assert line.promises() == [Kind.end_call]


def test_a_call_taker_who_answers_just_as_the_caller_leaves_is_told_and_freed(line: Line) -> None:
    line.wait()
    leg = line.offer
    sid = line.rung(leg)
    line.call_ends()
    with line.system.transaction() as session:
        plan = ringing.phone_answered(session, leg.id, sid, at=line.later())
        late = ringing.key_pressed(session, leg.id, "1", at=line.later())
    assert plan == late == (Say("too_late"), HangUp())
    line.phone_ends(leg)
    assert line.staff.availability is Availability.ready


def test_only_the_right_key_takes_a_call(line: Line) -> None:
    line.wait()
    leg = line.offer
    line.rung(leg)
    for wrong in ("2", "", "#", "11"):
        with line.system.transaction() as session:
            plan = ringing.key_pressed(session, leg.id, wrong, at=line.later())
        assert isinstance(plan[0], Ask)
    assert line.contact.state is ContactState.waiting
    with line.system.transaction() as session:
        plan = ringing.key_pressed(session, leg.id, "1", at=line.later())
        again = ringing.key_pressed(session, leg.id, "1", at=line.later())
    assert isinstance(plan[0], Join)
    assert plan == again, "the same key told twice leads into the same conference"


def test_a_voicemail_box_that_answers_takes_nobody(line: Line) -> None:
    line.wait()
    leg = line.offer
    sid = line.rung(leg)
    with line.system.transaction() as session:
        ringing.phone_answered(session, leg.id, sid, at=line.later())
    line.phone_ends(leg)
    assert line.contact.state is ContactState.waiting
    assert line.read(leg).ended_because is LegEnding.hung_up
    assert Happening.phone_not_answered in line.timeline()


@pytest.mark.parametrize("status", ["completed", "failed", "busy", "no-answer", "canceled"])
def test_a_caller_whose_call_taker_is_cut_off_is_kept_in_company_and_goes_first(
    line: Line, status: str
) -> None:
    leg = line.talk()
    line.phone_ends(leg, status)
    assert line.contact.state is ContactState.waiting
    assert line.contact.need
    assert line.promises() == [Kind.hold_caller, Kind.ring_call_taker]
    assert line.offer.staff_id == line.staff_id
    assert Happening.call_taker_cut_off in line.timeline()


def test_a_caller_who_was_kept_in_company_is_let_go_on_when_somebody_is_back(line: Line) -> None:
    line.phone_ends(line.talk())
    leg = line.offer
    sid = line.rung(leg)
    with line.system.transaction() as session:
        ringing.key_pressed(session, leg.id, "1", at=line.later())
    line.conference("participant-join", sid)
    assert line.promises() == [Kind.hold_caller, Kind.release_caller]
    assert line.contact.state is ContactState.with_call_taker
    assert not line.contact.need


def test_both_ends_of_a_call_may_be_told_in_either_order(line: Line) -> None:
    leg = line.talk()
    line.phone_ends(leg)
    line.call_ends()
    assert line.contact.state is ContactState.wrapping_up
    assert line.staff.availability is Availability.wrapping_up


def test_a_call_taker_who_lands_in_another_room_is_let_go(line: Line) -> None:
    """The caller's room has ended: to be alone in a new one would help nobody."""
    line.wait()
    leg = line.offer
    sid = line.rung(leg)
    with line.system.transaction() as session:
        ringing.key_pressed(session, leg.id, "1", at=line.later())
    line.conference("participant-join", sid, room=making.sid("CF"))
    assert line.promises() == [Kind.end_call]


def test_ending_a_call_from_the_console_hangs_everybody_up_once(line: Line) -> None:
    line.talk()
    for _ in range(2):
        with line.system.transaction() as session:
            contact = contacts.locked(session, line.contact_id)
            assert contact is not None
            calls.end_call(session, contact, line.staff_id, at=line.later())
    assert line.promises() == [Kind.end_call, Kind.end_call, Kind.end_conference]
    assert line.contact.state is ContactState.wrapping_up


def test_nobody_ends_a_colleagues_call(line: Line) -> None:
    line.talk()
    with line.system.transaction() as session:
        contact = contacts.locked(session, line.contact_id)
        assert contact is not None
        with pytest.raises(contacts.NotYoursError):
            calls.end_call(session, contact, uuid.uuid4(), at=line.later())


def test_a_phone_of_which_nothing_is_heard_is_given_up(line: Line) -> None:
    line.wait()
    leg = line.offer
    line.rung(leg)
    with line.system.transaction() as session:
        soon = ringing.give_up_on_silent_legs(session, at=line.at + 30 * SECOND, ring_seconds=20)
        late = ringing.give_up_on_silent_legs(session, at=line.at + 120 * SECOND, ring_seconds=20)
    assert (soon, late) == (0, 1)
    assert line.read(leg).ended_because is LegEnding.lost
    assert Kind.end_call in line.promises()


def test_a_conversation_is_never_given_up_for_being_long(line: Line) -> None:
    line.talk()
    with line.system.transaction() as session:
        later = line.at + timedelta(hours=5)
        assert ringing.give_up_on_silent_legs(session, at=later, ring_seconds=20) == 0


def test_a_phone_that_the_carrier_will_not_ring_leads_to_the_next_one(line: Line) -> None:
    with line.system.transaction() as session:
        other = making.staff_member(session, since=line.at + SECOND)
    line.wait()
    first = line.offer
    with line.system.transaction() as session:
        ringing.could_not_ring(session, first.id, at=line.later())
    assert line.read(first).ended_because is LegEnding.failed
    assert line.offer.staff_id == other.id


def test_news_of_nobodys_call_changes_nothing(line: Line) -> None:
    line.wait()
    with line.system.transaction() as session:
        ringing.leg_changed(session, uuid.uuid4(), "CA1", "completed", at=line.later())
        ringing.rung(session, uuid.uuid4(), "CA1", at=line.later())
        assert ringing.phone_answered(session, uuid.uuid4(), "CA1", at=line.later())[-1] == HangUp()
        assert ringing.key_pressed(session, uuid.uuid4(), "1", at=line.later())[-1] == HangUp()
    line.conference("participant-leave", "CA-of-nobody")
    line.conference("participant-join", "CA-of-nobody")
    assert line.contact.state is ContactState.waiting


def test_one_callers_news_never_touches_anothers_conference(line: Line, system: System) -> None:
    other = Line(system)
    line.wait()
    other.wait()
    event = ConferenceEvent("participant-leave", other.room, line.sid, "completed")
    with system.transaction() as session:
        calls.conference_changed(session, other.contact_id, event, at=other.later())
    assert line.contact.state is ContactState.waiting
    assert other.contact.state is ContactState.waiting


def test_a_caller_taken_out_of_the_room_by_us_has_not_left(line: Line) -> None:
    line.wait()
    line.conference("participant-leave", line.sid, status="in-progress")
    assert line.contact.state is ContactState.waiting


def test_a_caller_whose_coming_was_never_told_is_noticed_in_the_waiting_room(
    line: Line, system: System
) -> None:
    """The news that they joined got lost; they hear the music all the same."""
    line.arrive()
    path = f"/tw/voice/wait/{line.contact_id}?turn=0"
    for _ in range(2):
        answer = system.webhook(path, CallSid=line.sid, ConferenceSid=line.room)
        assert answer.status_code == 200
    assert line.contact.state is ContactState.waiting
    assert line.contact.conference_sid == line.room
    assert line.offer.staff_id == line.staff_id
