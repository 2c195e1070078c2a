"""A supervisor listens, whispers, joins in: never without a reason, never heard by mistake."""

import uuid
from typing import Any

import hypothesis.strategies as st
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from twilio.base.exceptions import TwilioRestException

from helpline import outbox
from helpline.accounts.models import Role
from helpline.audit import Act, AuditEntry
from helpline.carrier import EVERYBODY, NOBODY
from helpline.carrier.twilio_carrier import TwilioCarrier
from helpline.clock import now
from helpline.contacts import contacts
from helpline.contacts.models import Happening
from helpline.outbox import Kind, Promise
from helpline.voice import jobs, ringing, supervising
from helpline.voice.call_plan import Join
from helpline.voice.models import Leg, LegRole, LegState, ListenBecause, Manner
from helpline.voice.supervising import CannotListenError
from tests.helpline import making
from tests.helpline.voice.test_calls import Line
from tests.system import System


class Watched(Line):
    """A call that goes on, and a supervisor beside it."""

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.taker = self.talk()
        with system.transaction() as session:
            found = making.staff_member(session, since=self.at, role=Role.supervisor)
            self.supervisor_id = found.id

    def come_in(
        self, manner: Manner = Manner.listen, because: ListenBecause = ListenBecause.help_asked
    ) -> Leg:
        with self.system.transaction() as session:
            contact = contacts.locked(session, self.contact_id)
            return supervising.come_in(
                session, contact, self.supervisor_id, manner, because, at=self.later()
            )

    def answers(self, leg: Leg) -> Join:
        sid = f"CA{leg.id.hex}"
        with self.system.transaction() as session:
            session.execute(
                sa.update(Promise)
                .where(Promise.about == leg.id, Promise.kind == Kind.ring_party)
                .values(state=outbox.State.accepted)
            )
            ringing.phone_answered(session, leg.id, sid, at=self.later())
            (join,) = ringing.key_pressed(session, leg.id, "1", at=self.later())
        return join

    def is_in(self, manner: Manner = Manner.listen) -> Leg:
        leg = self.come_in(manner)
        self.answers(leg)
        self.conference("participant-join", f"CA{leg.id.hex}")
        return self.read(leg)

    def heard_by(self, leg: Leg) -> str:
        with self.system.transaction() as session:
            return supervising.heard_by(session, session.get_one(Leg, leg.id))

    def acts(self) -> list[Act]:
        with self.system.transaction() as session:
            mine = sa.select(AuditEntry.act).where(
                AuditEntry.who == self.supervisor_id, AuditEntry.about == self.contact_id
            )
            return list(session.scalars(mine.order_by(AuditEntry.id)))


@pytest.fixture
def call(system: System) -> Watched:
    return Watched(system)


@pytest.mark.parametrize("manner", list(Manner))
def test_whatever_a_supervisor_asked_for_they_come_into_the_room_unheard(
    call: Watched, manner: Manner
) -> None:
    leg = call.come_in(manner)
    assert call.promises().count(Kind.ring_party) == 1
    join = call.answers(leg)
    assert join.is_muted
    assert not join.starts_it
    assert Kind.set_manner not in call.promises()


def test_a_listener_is_heard_by_nobody_and_the_carrier_has_nothing_to_change(
    call: Watched,
) -> None:
    leg = call.is_in()
    assert call.heard_by(leg) == NOBODY
    assert Kind.set_manner not in call.promises()


def test_a_whisper_is_for_the_call_taker_alone_and_joining_in_for_all(call: Watched) -> None:
    leg = call.is_in(Manner.whisper)
    assert call.heard_by(leg) == call.taker.call_sid
    with call.system.transaction() as session:
        contact, mine = contacts.locked(session, call.contact_id), session.get_one(Leg, leg.id)
        supervising.change(session, contact, mine, Manner.join_in, at=call.later())
    assert call.heard_by(leg) == EVERYBODY
    assert call.promises().count(Kind.set_manner) == 2


def test_a_whisper_ends_with_the_one_it_was_for(call: Watched) -> None:
    leg = call.is_in(Manner.whisper)
    call.phone_ends(call.taker)
    assert call.heard_by(leg) == NOBODY
    assert call.read(leg).manner is Manner.listen
    assert call.promises().count(Kind.set_manner) == 2, "and the carrier is told so"


def test_every_listen_is_on_record_with_its_reason(call: Watched) -> None:
    leg = call.come_in(Manner.listen, ListenBecause.alarm)
    assert call.read(leg).listens_because is ListenBecause.alarm
    assert call.acts() == [Act.listened_after_alarm]
    assert set(supervising._REASONS) == set(ListenBecause)


def test_the_timeline_says_who_listened_whispered_and_left(call: Watched) -> None:
    leg = call.is_in(Manner.whisper)
    call.phone_ends(leg)
    assert call.timeline()[-3:] == [
        Happening.supervisor_listens,
        Happening.supervisor_whispers,
        Happening.supervisor_left,
    ]


def test_a_supervisor_who_leaves_ends_nobody_elses_part(call: Watched) -> None:
    leg = call.is_in(Manner.join_in)
    with call.system.transaction() as session:
        contact = contacts.locked(session, call.contact_id)
        supervising.leave(session, contact, call.supervisor_id, at=call.later())
    ended = [kind for kind in call.promises() if kind is Kind.end_call]
    assert len(ended) == 1
    call.phone_ends(leg)
    assert call.read(call.taker).state is LegState.joined


def test_asked_again_one_phone_rings_once_and_only_the_manner_changes(call: Watched) -> None:
    leg = call.come_in()
    again = call.come_in(Manner.whisper)
    assert again.id == leg.id
    assert call.promises().count(Kind.ring_party) == 1
    assert call.read(leg).manner is Manner.whisper


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.supervisor])
def test_nobody_listens_whom_the_matrix_does_not_let_read_the_contact(
    call: Watched, role: Role
) -> None:
    with call.system.transaction() as session:
        call.supervisor_id = making.staff_member(session, role=role).id
    with pytest.raises(CannotListenError, match="is not yours"):
        call.come_in()


def test_nobody_listens_to_their_own_call_or_to_one_in_which_nobody_talks(
    call: Watched,
) -> None:
    with call.system.transaction() as session:
        contact = contacts.locked(session, call.contact_id)
        contact.owner_id, owner = call.supervisor_id, contact.owner_id
    with pytest.raises(CannotListenError, match="is yours"):
        call.come_in()
    with call.system.transaction() as session:
        contacts.locked(session, call.contact_id).owner_id = owner
    call.call_ends()
    with pytest.raises(CannotListenError, match="Nobody talks"):
        call.come_in()


def test_without_a_phone_nobody_listens(call: Watched) -> None:
    with call.system.transaction() as session:
        found = making.staff_member(session, role=Role.supervisor, has_phone=False)
        call.supervisor_id = found.id
    with pytest.raises(CannotListenError, match="no phone"):
        call.come_in()


# --- in whatever order ---------------------------------------------------------------------------


class Seat:
    """A participant as the carrier keeps it. Some of its answers are refusals."""

    def __init__(self) -> None:
        self.muted, self.coaches, self.refusals, self.inside = True, "", [], set()

    def update(self, **wish: Any) -> None:
        if self.refusals and self.refusals.pop(0):
            raise TwilioRestException(400, "uri", "no", 20001)
        coached = wish.get("call_sid_to_coach", self.coaches)
        if wish.get("coaching") and coached not in self.inside:
            raise TwilioRestException(400, "uri", "no such call", 20001)
        if "coaching" in wish:
            self.coaches = coached if wish["coaching"] else ""
        self.muted = wish.get("muted", self.muted)


class OneSeat(TwilioCarrier):
    def __init__(self, system: System, seat: Seat) -> None:
        super().__init__(system.settings)
        self.seat = seat

    def _participant(self, conference_sid: str, call_sid: str) -> Seat:
        del conference_sid, call_sid
        return self.seat


class Listening(RuleBasedStateMachine):
    """The supervisor chooses, call-takers come and go, the carrier does as it is told or not."""

    system: System

    def __init__(self) -> None:
        super().__init__()
        self.system.reset()
        self.call, self.seat = Watched(self.system), Seat()
        self.carrier = OneSeat(self.system, self.seat)
        self.taker = self.call.taker
        self.seat.inside = {str(self.taker.call_sid)}
        self.leg = self.call.is_in()

    @rule(manner=st.sampled_from(list(Manner)))
    def choose(self, manner: Manner) -> None:
        with self.system.transaction() as session:
            contact = contacts.locked(session, self.call.contact_id)
            leg = session.get_one(Leg, self.leg.id, populate_existing=True)
            # Whoever has stepped in has the call, and no manner to choose.
            if leg.role is LegRole.supervisor and leg.state is LegState.joined:
                supervising.change(session, contact, leg, manner, at=self.call.later())

    @rule()
    def call_taker_goes(self) -> None:
        self.seat.inside.clear()
        self.call.phone_ends(self.call.read(self.taker))

    @rule()
    def another_call_taker_comes(self) -> None:
        if self.seat.inside:
            return
        with self.system.transaction() as session:
            offered = ringing.routing.live_offer(session, self.call.contact_id)
            if offered is None:
                session.execute(sa.update(Leg).where(Leg.role == LegRole.call_taker).values(
                    ended_at=self.call.at - ringing.routing.RING_AGAIN_AFTER))  # fmt: skip
                contact = contacts.locked(session, self.call.contact_id)
                offered = ringing.routing.offer(session, contact, at=self.call.later())
        if offered is None or offered.id == self.leg.id:
            return
        sid = self.call.rung(offered)
        self.call.answers(offered)
        self.call.conference("participant-join", sid)
        self.taker = self.call.read(offered)
        self.seat.inside.add(sid)

    @rule(refusals=st.lists(st.booleans(), max_size=3))
    def the_carrier_does_what_is_next(self, refusals: list[bool]) -> None:
        self.seat.refusals = refusals
        self._next()

    def _next(self) -> bool:
        return self._manner() or self._hang_up()

    def _hang_up(self) -> bool:
        """Let the carrier hang up on the supervisor, if that was promised."""
        with self.system.transaction() as session:
            done = session.execute(
                sa.update(Promise)
                .where(Promise.kind == Kind.end_call, Promise.about == self.leg.id)
                .where(Promise.state == outbox.State.waiting)
                .values(state=outbox.State.accepted)
                .returning(Promise.id)
            ).all()
        if done:
            self.seat.muted, self.seat.coaches = True, ""
            self.call.phone_ends(self.call.read(self.leg))
        return bool(done)

    def _manner(self) -> bool:
        with self.system.transaction() as session:
            promise = session.scalars(
                sa.select(Promise)
                .where(Promise.kind == Kind.set_manner, Promise.state == outbox.State.waiting)
                .order_by(Promise.number)
            ).first()
            if promise is None:
                return False
            ask = jobs.prepare_manner(session, promise)
        outcome = ask(self.carrier) if ask is not None else None
        with self.system.transaction() as session:
            ringing.lock(session, promise.about)
            promise = session.get_one(Promise, promise.id)
            promise.attempts = 1
            if outcome is None:
                promise.state = outbox.State.cancelled
            else:
                outbox.settle(session, promise, outcome, at=now())
                jobs.manner_settled(session, promise, outcome, at=now())
        return True

    @property
    def is_heard_by_the_caller(self) -> bool:
        return not self.seat.muted and not self.seat.coaches

    @invariant()
    def the_caller_hears_nobody_who_did_not_join_in(self) -> None:
        if self.is_heard_by_the_caller:
            assert self._may_be_heard() or self._is_under_way()

    def _may_be_heard(self) -> bool:
        """Whoever had joined in steps in when the call-taker's phone goes: the call is theirs."""
        leg = self.call.read(self.leg)
        is_theirs = leg.manner is Manner.join_in or leg.role is LegRole.call_taker
        return is_theirs and leg.state is LegState.joined

    def _is_under_way(self) -> bool:
        return not {Kind.set_manner, Kind.end_call}.isdisjoint(self.call.promises())

    @invariant()
    def a_whisper_has_somebody_who_hears_it(self) -> None:
        leg = self.call.read(self.leg)
        if leg.manner is Manner.whisper and leg.state is LegState.joined:
            assert leg.whispers_to_id == self.taker.id
            assert self.call.read(self.taker).state is LegState.joined

    def teardown(self) -> None:
        self.seat.refusals = []
        for _ in range(20):
            if not self._next():
                break
        assert self.is_heard_by_the_caller is self._may_be_heard()
        leg = self.call.read(self.leg)
        if leg.state is LegState.ended:
            return
        if leg.manner is Manner.whisper:
            assert (self.seat.muted, self.seat.coaches) == (False, self.taker.call_sid)
        if leg.manner is Manner.listen:
            assert self.seat.muted


@pytest.mark.timeout(400)
def test_no_caller_ever_hears_a_supervisor_who_did_not_join_in(system: System) -> None:
    class HereListening(Listening):
        pass

    HereListening.system = system
    run_state_machine_as_test(
        HereListening,
        settings=settings(
            max_examples=8,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_manner_the_carrier_refuses_is_not_shown_as_if_it_were_so(call: Watched) -> None:
    leg = call.is_in(Manner.whisper)
    with call.system.transaction() as session:
        supervising.would_not(session, leg.id, at=call.later())
    assert call.read(leg).manner is Manner.listen
    with call.system.transaction() as session:
        supervising.would_not(session, uuid.uuid4(), at=call.later())


def test_a_supervisor_whom_the_carrier_would_not_mute_is_hung_up_on(call: Watched) -> None:
    leg = call.is_in()
    with call.system.transaction() as session:
        supervising.would_not(session, leg.id, at=call.later())
    assert call.promises().count(Kind.end_call) == 1


def test_who_has_the_call_by_now_and_whom_the_carrier_keeps_muted_makes_way(
    system: System,
) -> None:
    """The caller would hear nobody, and nobody would know."""
    story = type("Told", (Listening,), {"system": system})()
    story.choose(manner=Manner.join_in)
    story.call_taker_goes()
    story.the_carrier_does_what_is_next(refusals=[])
    story.the_carrier_does_what_is_next(refusals=[False, True])
    story.teardown()
    assert story.call.read(story.leg).state is LegState.ended
