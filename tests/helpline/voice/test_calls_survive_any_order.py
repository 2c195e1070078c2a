"""Whatever the carrier tells, in whatever order and however often: every call stays sound."""

import os
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from helpline import outbox
from helpline.accounts import availability
from helpline.accounts.models import Availability, StaffMember
from helpline.carrier import Accepted, Refused
from helpline.clock import now
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState, Ending
from helpline.voice import calls, jobs, overflow, ringing, routing
from helpline.voice.calls import ConferenceEvent
from helpline.voice.models import RANK, Leg, LegRole, LegState
from tests.helpline import making
from tests.system import System

CALLERS = STAFF = 2
HAS_IT = (LegState.accepted, LegState.joined)
# What a call-taker may be told; anything else that is raised is a fault.
REFUSALS = (
    contacts.NotYoursError,
    contacts.TakenAlreadyError,
    contacts.StepNotAllowedError,
    routing.CannotRingError,
    availability.CannotChooseError,
)

a_caller = st.integers(0, CALLERS - 1)
a_member = st.integers(0, STAFF - 1)
# The newest leg, or one of the three before it.
a_leg = st.integers(0, 3)


class Switchboard(RuleBasedStateMachine):
    """Two callers, two call-takers, and a carrier that keeps no order at all."""

    system: System

    @initialize()
    def begin(self) -> None:
        self.at = now()
        self.contacts: dict[int, uuid.UUID] = {}
        self.rooms = [making.sid("CF") for _ in range(CALLERS)]
        self.sids = [making.sid("CA") for _ in range(CALLERS)]
        self.legs: list[uuid.UUID] = []
        with self.system.transaction() as session:
            session.execute(sa.delete(outbox.Promise))
            session.execute(
                sa.update(StaffMember).values(availability=Availability.off_shift, ready_since=None)
            )
            self.staff = [making.staff_member(session, since=self.at).id for _ in range(STAFF)]

    def do(self, what: Callable[[Session], Any]) -> None:
        self.at += timedelta(milliseconds=1)
        with self.system.transaction() as session:
            what(session)
        with self.system.transaction() as session:
            for n, sid in enumerate(self.sids):
                found = session.scalar(sa.select(Leg.contact_id).where(Leg.call_sid == sid))
                if found is not None:
                    self.contacts[n] = found
            mine = list(self.contacts.values())
            legs = session.scalars(
                sa.select(Leg)
                .where(Leg.contact_id.in_(mine), Leg.role == LegRole.call_taker)
                .order_by(Leg.made_at)
            )
            for leg in sorted(legs, key=lambda leg: (leg.made_at, mine.index(leg.contact_id))):
                if leg.id not in self.legs:
                    self.legs.append(leg.id)

    # --- what the carrier tells about callers -------------------------------------------------

    @rule(n=a_caller)
    def call_arrives(self, n: int) -> None:
        self.do(lambda s: calls.call_arrived(s, self.sids[n], None, at=self.at))

    @rule(n=a_caller, status=st.sampled_from(["ringing", "in-progress", "completed", "canceled"]))
    def callers_call_changes(self, n: int, status: str) -> None:
        self.do(lambda s: calls.caller_call_changed(s, self.sids[n], status, None, at=self.at))

    @rule(n=a_caller, kind=st.sampled_from(["participant-join", "participant-leave"]),
          status=st.sampled_from(["in-progress", "completed"]))  # fmt: skip
    def caller_comes_or_goes(self, n: int, kind: str, status: str) -> None:
        if n in self.contacts:
            event = ConferenceEvent(kind, self.rooms[n], self.sids[n], status)
            self.do(lambda s: calls.conference_changed(s, self.contacts[n], event, at=self.at))

    @rule(n=a_caller)
    def call_gets_through(self, n: int) -> None:
        """All in good order, so that much of what happens happens to people who talk."""
        self.call_arrives(n)
        self.caller_comes_or_goes(n, "participant-join", "in-progress")
        if self.legs:
            self.phone_is_answered(0)
            self.key_is_pressed(0, "1")
            self.call_taker_comes_or_goes(0, n, "participant-join")

    # --- what the carrier tells about call-takers' phones -------------------------------------

    def leg(self, n: int) -> uuid.UUID | None:
        return self.legs[-1 - n] if n < len(self.legs) else None

    def sid_of(self, leg_id: uuid.UUID) -> str:
        return f"CA{leg_id.hex}"

    @rule(n=a_leg, accepted=st.booleans())
    def carrier_was_asked_to_ring(self, n: int, accepted: bool) -> None:
        if (leg_id := self.leg(n)) is None:
            return
        outcome = Accepted(self.sid_of(leg_id)) if accepted else Refused(21211, "")

        def settled(session: Session) -> None:
            made = outbox.of(session, leg_id, outbox.Kind.ring_call_taker)
            assert made is not None
            if made.state in outbox.SETTLED:
                return
            session.expunge(made)
            ringing.lock(session, leg_id)
            made = outbox.of(session, leg_id, outbox.Kind.ring_call_taker)
            assert made is not None
            made.attempts = 1
            outbox.settle(session, made, outcome, at=self.at)
            jobs.ringing_settled(session, made, outcome, at=self.at)

        self.do(settled)

    @rule(n=a_leg, status=st.sampled_from(
        ["initiated", "ringing", "in-progress", "completed", "no-answer", "busy", "failed",
         "canceled"]))  # fmt: skip
    def phone_changes(self, n: int, status: str) -> None:
        if (leg_id := self.leg(n)) is not None:
            sid = self.sid_of(leg_id)
            self.do(lambda s: ringing.leg_changed(s, leg_id, sid, status, at=self.at))

    @rule(n=a_leg)
    def phone_is_answered(self, n: int) -> None:
        if (leg_id := self.leg(n)) is not None:
            sid = self.sid_of(leg_id)
            self.do(lambda s: ringing.phone_answered(s, leg_id, sid, at=self.at))

    @rule(n=a_leg, digits=st.sampled_from(["1", "1", "2", ""]))
    def key_is_pressed(self, n: int, digits: str) -> None:
        if (leg_id := self.leg(n)) is not None:
            self.do(lambda s: ringing.key_pressed(s, leg_id, digits, at=self.at))

    @rule(n=a_leg, room=a_caller, kind=st.sampled_from(["participant-join", "participant-leave"]))
    def call_taker_comes_or_goes(self, n: int, room: int, kind: str) -> None:
        if (leg_id := self.leg(n)) is None or room not in self.contacts:
            return
        event = ConferenceEvent(kind, self.rooms[room], self.sid_of(leg_id), "completed")
        self.do(lambda s: calls.conference_changed(s, self.contacts[room], event, at=self.at))

    # --- what people and the clock do ----------------------------------------------------------

    def ask(self, what: Callable[[Session], Any]) -> None:
        with suppress(*REFUSALS):
            self.do(what)

    @rule(who=a_member, chosen=st.sampled_from(list(Availability)))
    def choose(self, who: int, chosen: Availability) -> None:
        self.ask(lambda s: availability.choose(s, self.staff[who], chosen, at=self.at))

    @rule(who=a_member, n=a_caller)
    def take(self, who: int, n: int) -> None:
        if n in self.contacts:
            self.ask(lambda s: routing.take(s, self.contacts[n], self.staff[who], at=self.at))

    @rule(who=a_member, n=a_caller)
    def end(self, who: int, n: int) -> None:
        def hang_up(session: Session) -> None:
            contact = contacts.locked(session, self.contacts[n])
            assert contact is not None
            calls.end_call(session, contact, self.staff[who], at=self.at)

        if n in self.contacts:
            self.ask(hang_up)

    @rule(who=a_member, n=a_caller)
    def wrap_up(self, who: int, n: int) -> None:
        def close(session: Session) -> None:
            contact = contacts.locked(session, self.contacts[n])
            assert contact is not None
            if contact.owner_id == self.staff[who] and contact.state is ContactState.wrapping_up:
                contacts.close(session, contact, Ending.wrapped_up, at=self.at)
                calls.wrapped_up(session, self.staff[who], at=self.at)

        if n in self.contacts:
            self.ask(close)

    @rule(seconds=st.sampled_from([1, 11, 100]))
    def time_passes(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)
        self.do(lambda s: ringing.give_up_on_silent_legs(s, at=self.at, ring_seconds=20))
        self.do(lambda s: routing.offer_waiting(s, at=self.at))
        # A phone given up just now is not rung again for the same caller at once.
        self.at += routing.RING_AGAIN_AFTER
        self.do(lambda s: routing.offer_waiting(s, at=self.at))
        self.do(lambda s: overflow.give_choices(s, at=self.at))
        self.nobody_waits_while_somebody_is_free()

    # --- what must always hold -----------------------------------------------------------------

    def nobody_waits_while_somebody_is_free(self) -> None:
        state = self.look()
        talking = {leg.staff_id for leg in state["live"]}
        free = [each for each in state["staff"] if each.availability is Availability.ready]
        free = [each for each in free if each.id not in talking]
        offered = {leg.contact_id for leg in state["live"]}
        for contact in state["contacts"]:
            if contact.state is ContactState.waiting and contact.id not in offered:
                with self.system.transaction() as session:
                    # Who hears a choice is rung for again as soon as they are back.
                    if overflow.chooses_now(session, contact.id, at=self.at):
                        continue
                assert not free, "a caller waits although somebody is free"

    def look(self) -> dict[str, Any]:
        with self.system.transaction() as session:
            mine = list(self.contacts.values())
            found = session.scalars(sa.select(Contact).where(Contact.id.in_(mine))).unique().all()
            legs = session.scalars(sa.select(Leg).where(Leg.contact_id.in_(mine))).all()
            staff = session.scalars(sa.select(StaffMember).where(StaffMember.id.in_(self.staff)))
            takers = [leg for leg in legs if leg.role is LegRole.call_taker]
            return {
                "contacts": found,
                "callers": {leg.contact_id: leg for leg in legs if leg.role is LegRole.caller},
                "live": [leg for leg in takers if leg.state is not LegState.ended],
                "staff": staff.all(),
            }

    @invariant()
    def all_is_sound(self) -> None:
        state = self.look()
        self.every_call_is_sound(state)
        self.nobody_is_stuck(state)

    def every_call_is_sound(self, state: dict[str, Any]) -> None:
        for contact in state["contacts"]:
            caller = state["callers"][contact.id]
            live = [leg for leg in state["live"] if leg.contact_id == contact.id]
            assert len(live) <= 1, "offered to one call-taker at a time"
            if caller.state is LegState.ended:
                over = (ContactState.wrapping_up, ContactState.closed)
                assert contact.state in over, "a caller who has left waits or talks"
            if contact.state is ContactState.with_call_taker:
                assert [leg.staff_id for leg in live] == [contact.owner_id]
                assert live[0].state in HAS_IT
            if contact.state is ContactState.waiting:
                assert contact.waiting_since is not None
                assert all(leg.state not in HAS_IT for leg in live)
            if contact.state is ContactState.closed:
                assert contact.ending is not None
                assert contact.closed_at is not None

    def nobody_is_stuck(self, state: dict[str, Any]) -> None:
        has = {c.owner_id for c in state["contacts"] if c.state is ContactState.with_call_taker}
        for member in state["staff"]:
            if member.availability is Availability.busy:
                assert member.id in has, "busy with nobody"
            if member.id in has:
                assert member.availability is Availability.busy, "talking and not busy"
            is_free = member.availability is Availability.ready
            assert (member.ready_since is not None) is is_free

    def teardown(self) -> None:
        """When all telephones have been put down, nothing and nobody is left over."""
        if not hasattr(self, "sids"):
            return
        for n in self.contacts:
            self.callers_call_changes(n, "completed")
        for n in range(len(self.legs)):
            self.phone_changes(n, "completed")
        state = self.look()
        assert state["live"] == []
        assert all(member.availability is not Availability.busy for member in state["staff"])
        for n in self.contacts:
            for who in range(STAFF):
                self.wrap_up(who, n)
        ended = self.look()
        assert all(each.state is ContactState.closed for each in ended["contacts"])
        wrapping = Availability.wrapping_up
        assert all(each.availability is not wrapping for each in ended["staff"])


def test_calls_stay_sound_whatever_is_told_in_whatever_order(system: System) -> None:
    class HereSwitchboard(Switchboard):
        pass

    HereSwitchboard.system = system
    run_state_machine_as_test(
        HereSwitchboard,
        settings=settings(
            max_examples=int(os.environ.get("MACHINE_RUNS", "12")),
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_leg_only_moves_up() -> None:
    assert [state for state, _ in sorted(RANK.items(), key=lambda item: item[1])] == [
        LegState.promised,
        LegState.ringing,
        LegState.answered,
        LegState.accepted,
        LegState.joined,
        LegState.ended,
    ]
