"""Join, hold, mute, drop, hand over, hang up, in any order, with news late and twice: all is sound.

Nobody is alone without a plan, nobody is dropped because another left, and a call is offered to one
call-taker at a time (design.md 6).
"""

import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
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
from helpline.clock import now
from helpline.contacts import contacts, night_plans
from helpline.contacts.models import Contact, ContactState
from helpline.directory.models import Partner, PartnerNumber
from helpline.outbox import Kind
from helpline.voice import (
    bridges,
    calls,
    changes_by_hand,
    company,
    grounds,
    leaving,
    overflow,
    parties,
    ringing,
    roles,
    routing,
    transfers,
)
from helpline.voice.call_plan import Join
from helpline.voice.calls import ConferenceEvent
from helpline.voice.changes_by_hand import CannotChangeError, Deed
from helpline.voice.models import PARTIES, Bridge, Leg, LegRole, LegState
from tests.helpline import making
from tests.helpline.voice.bridging import AGREED, a_partner
from tests.system import System

STAFF = 3
REFUSALS = (
    contacts.NotYoursError,
    contacts.TakenAlreadyError,
    contacts.StepNotAllowedError,
    routing.CannotRingError,
    availability.CannotChooseError,
    bridges.CannotBridgeError,
    transfers.CannotTransferError,
    leaving.PlanFirstError,
    grounds.NoGroundError,
)
GOES_ON = (ContactState.waiting, ContactState.with_call_taker)
_DONE = {"state": outbox.State.accepted}

a_leg = st.integers(0, 4)
a_member = st.integers(0, STAFF - 1)


class Bridging(RuleBasedStateMachine):
    """One child on the line, three call-takers, a council, and a carrier that keeps no order."""

    system: System

    @initialize()
    def begin(self) -> None:
        self.at, self.steps = now(), 0
        self.room = making.sid("CF")
        with self.system.transaction() as session:
            session.execute(sa.delete(outbox.Promise))
            session.execute(
                sa.update(StaffMember).values(availability=Availability.off_shift, ready_since=None)
            )
            self.staff = [making.staff_member(session, since=self.at).id for _ in range(STAFF)]
            self.partner_id = a_partner(session, self.staff[0], at=self.at).id
            leg = making.arriving_call(session, at=self.at)
            self.sid, self.contact_id = str(leg.call_sid), leg.contact_id
        self.may_be_put_out: set[uuid.UUID] = set()
        self.let_in: set[uuid.UUID] = set()
        self.told("participant-join", self.sid)
        self.promises_are_carried_out()
        self.all_answer()

    # --- doing and looking ---------------------------------------------------------------------

    def do(self, what: Callable[[Session, Contact], Any]) -> Any:
        self.at += timedelta(milliseconds=1)
        self.steps += 1
        with self.system.transaction() as session:
            contact = contacts.locked(session, self.contact_id)
            assert contact is not None
            return what(session, contact)

    def ask(self, what: Callable[[Session, Contact], Any]) -> None:
        with suppress(*REFUSALS):
            self.do(what)

    def legs(self, session: Session, *, live: bool = False) -> list[Leg]:
        mine = sa.select(Leg).where(Leg.contact_id == self.contact_id, Leg.role != LegRole.caller)
        if live:
            mine = mine.where(Leg.state != LegState.ended)
        return list(session.scalars(mine.order_by(Leg.made_at.desc(), Leg.id)))

    def pick(self, n: int) -> uuid.UUID | None:
        with self.system.transaction() as session:
            found = self.legs(session)
            return found[n].id if n < len(found) else None

    def is_rung(self, leg_id: uuid.UUID) -> None:
        """Whatever the carrier tells of a phone, a worker has asked it to ring that before."""
        rings = (Kind.ring_call_taker, Kind.ring_party)
        with self.system.transaction() as session:
            session.execute(
                sa.update(outbox.Promise)
                .where(
                    outbox.Promise.about == leg_id,
                    outbox.Promise.kind.in_(rings),
                    outbox.Promise.state == outbox.State.waiting,
                )
                .values(_DONE)
            )

    def told(self, kind: str, sid: str, status: str = "completed") -> None:
        event = ConferenceEvent(kind, self.room, sid, status)
        self.do(lambda s, _: calls.conference_changed(s, self.contact_id, event, at=self.at))

    # --- what the carrier tells, and does --------------------------------------------------------

    @rule()
    def promises_are_carried_out(self) -> None:
        with self.system.transaction() as session:
            session.execute(
                sa.update(outbox.Promise)
                .where(outbox.Promise.state == outbox.State.waiting)
                .values(_DONE)
            )

    @rule(n=a_leg, status=st.sampled_from(["ringing", "completed", "no-answer", "busy", "failed"]))
    def phone_changes(self, n: int, status: str) -> None:
        if (leg_id := self.pick(n)) is not None:
            sid = f"CA{leg_id.hex}"
            self.is_rung(leg_id)
            self.do(lambda s, _: ringing.leg_changed(s, leg_id, sid, status, at=self.at))

    @rule(n=a_leg)
    def phone_is_answered(self, n: int) -> None:
        if (leg_id := self.pick(n)) is not None:
            sid = f"CA{leg_id.hex}"
            self.is_rung(leg_id)
            self.do(lambda s, _: ringing.phone_answered(s, leg_id, sid, at=self.at))

    @rule(n=a_leg)
    def one_is_pressed(self, n: int) -> None:
        if (leg_id := self.pick(n)) is not None:
            self.is_rung(leg_id)
            self.hear(leg_id, lambda s: ringing.key_pressed(s, leg_id, "1", at=self.at))

    @rule(n=a_leg)
    def somebody_knocks(self, n: int) -> None:
        if (leg_id := self.pick(n)) is not None:
            self.hear(leg_id, lambda s: ringing.enter(s, leg_id, 1, at=self.at))

    def hear(self, leg_id: uuid.UUID, ask: Callable[[Session], Any]) -> None:
        """Hear what a phone is told: a partner is never let in while the caller could hear."""

        def look(session: Session, _: Contact) -> None:
            leg = session.get_one(Leg, leg_id, populate_existing=True)
            was_in = leg.state is LegState.joined
            plan = ask(session)
            session.flush()
            if isinstance(plan[0], Join):
                self.let_in.add(leg_id)
            if leg.role is not LegRole.partner or was_in or not isinstance(plan[0], Join):
                return
            caller = session.scalars(sa.select(Leg).where(Leg.call_sid == self.sid)).one()
            hold = outbox.of(session, caller.id, Kind.hold_caller)
            assert caller.is_held, "the partner comes in unannounced"
            assert hold is not None
            assert hold.state is outbox.State.accepted, "the caller may still be heard"

        self.do(look)

    @rule(n=a_leg, kind=st.sampled_from(["participant-join", "participant-leave"]))
    def somebody_comes_or_goes(self, n: int, kind: str) -> None:
        # Nobody comes into the room whom we did not let in.
        if (leg_id := self.pick(n)) in self.let_in:
            self.told(kind, f"CA{leg_id.hex}")

    @rule()
    def all_answer(self) -> None:
        """All in good order, so that much of what happens happens to people who talk."""
        for n in range(3):
            with self.system.transaction() as session:
                live = self.legs(session, live=True)
                states = {leg.id: leg.state for leg in live}
                leg_id = live[n].id if n < len(live) else None
            if leg_id is None or states[leg_id] is LegState.joined:
                continue
            sid = f"CA{leg_id.hex}"
            self.is_rung(leg_id)
            self.do(lambda s, _, i=leg_id, c=sid: ringing.phone_answered(s, i, c, at=self.at))
            self.hear(leg_id, lambda s, i=leg_id: ringing.key_pressed(s, i, "1", at=self.at))
            self.promises_are_carried_out()
            self.hear(leg_id, lambda s, i=leg_id: ringing.enter(s, i, 1, at=self.at))
            if leg_id in self.let_in:
                self.told("participant-join", sid)

    @rule(sure=st.booleans())
    def caller_hangs_up(self, sure: bool) -> None:
        # Not too often: without a caller little can happen.
        if sure and self.steps % 3 == 0:
            self.do(
                lambda s, _: calls.caller_call_changed(s, self.sid, "completed", None, at=self.at)
            )

    # --- what people do --------------------------------------------------------------------------

    def owner(self, session: Session) -> uuid.UUID:
        return session.get_one(Contact, self.contact_id).owner_id or self.staff[0]

    def bridge(self, session: Session) -> Bridge | None:
        found = bridges.of_contact(session, self.contact_id)
        return found[0] if found else None

    @rule(rung=st.integers(0, 2))
    def partner_is_rung(self, rung: int) -> None:
        def ring(session: Session, contact: Contact) -> None:
            by = self.owner(session)
            partner = session.get_one(Partner, self.partner_id)
            ground = grounds.agreed(
                session, contact, partner, AGREED, uuid.uuid4(), by=by, at=self.at
            )
            made = bridges.open_bridge(session, contact, partner, ground, by=by, at=self.at)
            theirs = sa.select(PartnerNumber.id).where(PartnerNumber.partner_id == self.partner_id)
            number_id = session.scalars(theirs.order_by(PartnerNumber.made_at)).all()[rung]
            bridges.ring(session, contact, made, number_id, by=by, at=self.at)

        self.ask(ring)

    @rule(what=st.sampled_from([bridges.join, bridges.join, bridges.brief, bridges.close]))
    def bridge_is_changed(self, what: Callable[..., None]) -> None:
        def change(session: Session, contact: Contact) -> None:
            bridge = self.bridge(session)
            if bridge is None:
                return
            if what is bridges.close:
                self.may_be_put_out |= {leg.id for leg in bridges.legs_of(session, bridge)}
            what(session, contact, bridge, by=self.owner(session), at=self.at)

        self.ask(change)

    @rule(n=a_leg, deed=st.sampled_from(["hold", "release", "mute", "put_out"]))
    def party_is_changed(self, n: int, deed: str) -> None:
        leg_id = self.pick(n)

        def change(session: Session, contact: Contact) -> None:
            leg = session.get_one(Leg, leg_id, populate_existing=True)
            if deed == "put_out":
                self.may_be_put_out.add(leg.id)
            changes_by_hand.change(
                session, contact, leg.id, Deed(deed), by=self.owner(session), at=self.at
            )

        if leg_id is not None:
            with suppress(CannotChangeError):
                self.ask(change)

    @rule(deed=st.sampled_from(["hold", "release"]))
    def caller_is_held_or_released(self, deed: str) -> None:
        def change(session: Session, contact: Contact) -> None:
            caller = session.scalars(sa.select(Leg).where(Leg.call_sid == self.sid)).one()
            changes_by_hand.change(
                session, contact, caller.id, Deed(deed), by=self.owner(session), at=self.at
            )

        with suppress(CannotChangeError):
            self.ask(change)

    @rule(who=a_member, directly=st.booleans())
    def colleague_is_asked(self, who: int, directly: bool) -> None:
        self.ask(
            lambda s, c: transfers.ask(
                s, c, self.staff[who], directly=directly, by=self.owner(s), at=self.at
            )
        )

    @rule(keep=st.booleans())
    def call_goes_over_or_stays(self, keep: bool) -> None:
        def change(session: Session, contact: Contact) -> None:
            by = self.owner(session)
            if keep:
                self.may_be_put_out |= {
                    leg.id for leg in parties.live(session, contact.id, LegRole.colleague)
                }
                transfers.stop(session, contact, by=by, at=self.at)
            else:
                transfers.hand_over(session, contact, by=by, at=self.at)

        self.ask(change)

    @rule(who=a_member)
    def somebody_leaves(self, who: int) -> None:
        def change(session: Session, contact: Contact) -> None:
            theirs = parties.live(session, contact.id, LegRole.colleague)
            mine = [leg.id for leg in theirs if leg.staff_id == self.staff[who]]
            transfers.leave(session, contact, self.staff[who], at=self.at)
            self.may_be_put_out |= set(mine)

        self.ask(change)

    @rule(who=a_member, agreed=st.booleans())
    def call_is_ended(self, who: int, agreed: bool) -> None:
        def end(session: Session, contact: Contact) -> None:
            contact.is_child = not agreed
            calls.end_call(session, contact, self.staff[who], at=self.at)
            assert (
                agreed
                or night_plans.latest(session, contact.id) is not None
                or (legs_gone(session, self.contact_id))
            ), "a child is left with nothing agreed"

        if self.steps % 3 == 0:
            self.ask(end)

    @rule(seconds=st.sampled_from([1, 15, 120]))
    def time_passes(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)
        self.do(lambda s, _: ringing.give_up_on_silent_legs(s, at=self.at, ring_seconds=20))
        self.do(lambda s, _: routing.offer_waiting(s, at=self.at))

    # --- what must always hold -------------------------------------------------------------------

    @invariant()
    def all_is_sound(self) -> None:
        with self.system.transaction() as session:
            contact = session.get_one(Contact, self.contact_id, populate_existing=True)
            caller = session.scalars(sa.select(Leg).where(Leg.call_sid == self.sid)).one()
            live = self.legs(session, live=True)
            self.one_call_taker(contact, live)
            self.nobody_is_alone(session, contact)
            self.nobody_is_dropped(session, contact, caller, live)
            self.those_who_talk_are_busy(session, contact, live)
            talks = contact.state in GOES_ON and caller.state is LegState.joined
            if talks and not caller.is_held:
                strangers = bridges.not_met_yet(session, contact.id)
                unawares = [leg for leg in strangers if leg.state is LegState.joined]
                assert all(leg.is_held for leg in unawares), "a partner hears the caller unawares"
            if caller.state is LegState.ended and contact.state is ContactState.with_call_taker:
                here = [leg for leg in live if leg.state is LegState.joined]
                assert {LegRole.partner, LegRole.call_taker} <= {leg.role for leg in here}

    def one_call_taker(self, contact: Contact, live: list[Leg]) -> None:
        takers = [leg for leg in live if leg.role is LegRole.call_taker]
        assert len(takers) <= 1, "offered to one call-taker at a time"
        if contact.state is ContactState.with_call_taker:
            assert [leg.staff_id for leg in takers] == [contact.owner_id]

    def nobody_is_alone(self, session: Session, contact: Contact) -> None:
        room = company.in_the_room(session, contact.id)
        if contact.state not in GOES_ON or contact.owner_id is None:
            return
        if any(leg.role is LegRole.call_taker for leg in room):
            return
        talking = [leg for leg in room if not leg.is_held]
        takers = [leg for leg in self.legs(session) if leg.role is LegRole.call_taker]
        if not any(leg.joined_at for leg in takers):
            # The room has not begun: its waiting room speaks to whoever is there.
            return
        assert len(talking) != 1, f"{talking[0].role} is alone in silence"
        assert not overflow.chooses_now(session, contact.id, at=self.at) or len(room) <= 1

    def nobody_is_dropped(
        self, session: Session, contact: Contact, caller: Leg, live: list[Leg]
    ) -> None:
        ends = set(
            session.scalars(
                sa.select(outbox.Promise.about).where(outbox.Promise.kind == Kind.end_call)
            )
        )
        if contact.state in GOES_ON and caller.state is not LegState.ended:
            assert caller.id not in ends, "the caller is hung up on"
            dropped = {
                leg.id for leg in live if leg.state is LegState.joined and leg.id in ends
            } - self.may_be_put_out
            assert not dropped, "somebody is dropped because another left"
        if contact.state not in GOES_ON:
            is_ended = outbox.of(session, contact.id, Kind.end_conference) is not None
            left = [leg for leg in live if leg.call_sid and leg.id not in ends]
            assert is_ended or not left, "somebody is left in the room of a call that is over"

    def those_who_talk_are_busy(self, session: Session, contact: Contact, live: list[Leg]) -> None:
        staff = session.scalars(
            sa.select(StaffMember)
            .where(StaffMember.id.in_(self.staff))
            .execution_options(populate_existing=True)
        )
        for member in staff:
            theirs = [leg for leg in live if leg.staff_id == member.id]
            if member.availability is Availability.busy:
                assert theirs, "busy with nobody"
            if contact.state is ContactState.with_call_taker and contact.owner_id == member.id:
                assert member.availability is Availability.busy

    def teardown(self) -> None:
        """When all telephones have been put down, nothing and nobody is left over."""
        if not hasattr(self, "sid"):
            return
        self.do(lambda s, _: calls.caller_call_changed(s, self.sid, "completed", None, at=self.at))
        with self.system.transaction() as session:
            ids = [leg.id for leg in self.legs(session, live=True)]
        for leg_id in ids:
            sid = f"CA{leg_id.hex}"
            self.do(
                lambda s, _, i=leg_id, c=sid: ringing.leg_changed(s, i, c, "completed", at=self.at)
            )
        with self.system.transaction() as session:
            assert self.legs(session, live=True) == []
            contact = session.get_one(Contact, self.contact_id, populate_existing=True)
            assert contact.state in (ContactState.wrapping_up, ContactState.closed)
            staff = session.scalars(sa.select(StaffMember).where(StaffMember.id.in_(self.staff)))
            assert all(each.availability is not Availability.busy for each in staff)


def legs_gone(session: Session, contact_id: uuid.UUID) -> bool:
    """Whether no caller is on the line, or a call was over before."""
    caller = session.scalars(
        sa.select(Leg).where(Leg.contact_id == contact_id, Leg.role == LegRole.caller)
    ).one()
    contact = session.get_one(Contact, contact_id)
    return caller.state is LegState.ended or contact.state is not ContactState.with_call_taker


@pytest.mark.timeout(400)
def test_a_bridge_stays_sound_whatever_is_done_and_told_in_whatever_order(system: System) -> None:
    class HereBridging(Bridging):
        pass

    HereBridging.system = system
    run_state_machine_as_test(
        HereBridging,
        settings=settings(
            max_examples=10,
            stateful_step_count=35,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_every_party_has_a_part() -> None:
    assert set(roles.PARTS) == set(PARTIES)
