"""The bridge: a ground first, then the ladder, a briefing in private, and nobody left alone."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpline.accounts.models import Availability, Role
from helpline.confidentiality import consent, disclosures
from helpline.confidentiality.consent import Heard, TakenBack
from helpline.confidentiality.models import PersonTold, Recipient, Threshold
from helpline.contacts import contacts, night_plans
from helpline.contacts.alarms import Alarm, AlarmKind
from helpline.contacts.models import ContactState, Happening
from helpline.directory import faults
from helpline.directory.models import FaultKind, Partner, RungKind
from helpline.outbox import Kind
from helpline.voice import (
    bridges,
    calls,
    changes_by_hand,
    grounds,
    holding,
    leaving,
    overflow,
    parties,
    ringing,
    supervising,
)
from helpline.voice.bridge_standing import Phase
from helpline.voice.call_plan import GoTo, Join, Say
from helpline.voice.grounds import Ground
from helpline.voice.models import Bridge, LegRole, LegState, ListenBecause, Manner
from tests.helpline import making
from tests.helpline.voice.bridging import AGREED, BridgeLine, a_partner
from tests.system import System

FAR_KEY = uuid.UUID(int=7)


@pytest.fixture
def line(system: System) -> BridgeLine:
    return BridgeLine(system)


# --- the ground ---------------------------------------------------------------------------------


def open_on(line: BridgeLine, ground: Ground) -> None:
    with line.work() as (session, contact):
        partner = session.get_one(Partner, line.partner_id)
        made = bridges.open_bridge(
            session, contact, partner, ground, by=line.staff_id, at=line.later()
        )
        line.bridge_id = made.id


def raise_disclosure(line: BridgeLine, threshold: Threshold) -> Ground:
    with line.work() as (session, contact):
        raised = disclosures.raise_(
            session,
            contact.caller_id,
            disclosures.Proposal(
                threshold=threshold,
                reason="14, nowhere to sleep, a man outside",
                recipient=Recipient.childrens_services,
                recipient_name="Northmoor, duty team",
                facts=("She is 14 and has nowhere to stay",),
                person_told=PersonTold.told_first,
                why_not_told="",
                review_on=line.at.date(),
                form_key=uuid.uuid4(),
                age_band="13_15",
                contact_id=contact.id,
            ),
            by=line.staff_id,
            at=line.later(),
        )
        return Ground(disclosure_id=raised.id)


def test_nobody_is_rung_without_a_ground(line: BridgeLine) -> None:
    for nothing in (Ground(), Ground(consent_id=FAR_KEY), Ground(disclosure_id=FAR_KEY)):
        with pytest.raises(grounds.NoGroundError):
            open_on(line, nothing)
    assert Kind.ring_party not in line.promises()


def test_what_was_agreed_is_in_the_ledger_with_its_conditions(line: BridgeLine) -> None:
    line.begin()
    with line.work() as (session, contact):
        (entry,) = consent.in_force(session, contact.caller_id, at=line.later())
        assert entry.words == AGREED
        assert set(entry.scopes) == set(grounds.SCOPES)


def test_an_agreement_towards_somebody_else_is_none_for_this_partner(line: BridgeLine) -> None:
    line.begin()
    with line.work() as (session, contact):
        other = bridges.of_contact(session, contact.id)[0].consent_id
        elsewhere = a_partner(session, line.staff_id)
        with pytest.raises(grounds.NoGroundError):
            bridges.open_bridge(
                session, contact, elsewhere, Ground(other), by=line.staff_id, at=line.later()
            )


def test_an_agreement_taken_back_stops_the_next_ring_and_lets_nobody_in(line: BridgeLine) -> None:
    line.begin()
    leg = line.ring()
    with line.work() as (session, contact):
        entry_id = session.get_one(Bridge, line.bridge_id).consent_id
        back = TakenBack(entry_id, "no, don't", Heard.call, uuid.uuid4())
        consent.withdraw(session, contact.caller_id, back, by=line.staff_id, at=line.later())
    assert line.answer(leg)[0] == Say("party_too_late")
    line.phone_ends(line.read(leg))
    with pytest.raises(grounds.NoGroundError):
        line.ring()


def test_immediate_danger_lets_us_ring_at_once_and_less_waits_for_a_second_person(
    line: BridgeLine,
) -> None:
    with pytest.raises(grounds.NoGroundError, match="second person"):
        open_on(line, raise_disclosure(line, Threshold.significant_harm))
    open_on(line, raise_disclosure(line, Threshold.immediate_danger))
    assert line.ring().state is LegState.promised


def test_a_missing_number_leads_to_the_police_by_hand_and_is_a_fault_of_the_directory(
    system: System,
) -> None:
    line = BridgeLine(system, rungs=())
    line.begin()
    assert line.standing.phase is Phase.by_hand
    with system.transaction() as session:
        (fault,) = faults.to_mend(session, line.partner_id)
        assert fault.kind is FaultKind.number_missing


# --- ringing ------------------------------------------------------------------------------------


def test_while_the_partner_is_rung_caller_and_call_taker_talk_on(line: BridgeLine) -> None:
    line.begin()
    leg = line.ring()
    assert line.ring().id == leg.id, "asked twice, it rings once"
    assert not line.caller.is_held
    assert line.standing.phase is Phase.rings


def test_a_partner_hears_who_rings_and_nothing_of_the_caller(line: BridgeLine) -> None:
    line.begin()
    leg = line.ring()
    question = line.answer(leg)[0]
    assert question.wording == "press_1_partner"


def test_a_voicemail_box_of_a_partner_never_comes_in(line: BridgeLine) -> None:
    line.begin()
    leg = line.ring()
    line.answer(leg)
    assert line.standing.phase is Phase.picked_up
    line.conference("participant-join", f"CA{uuid.uuid4().hex}")
    line.phone_ends(line.read(leg))
    assert line.standing.phase is Phase.not_answered
    assert not line.caller.is_held


def test_when_nobody_answers_the_next_rung_is_offered_when_the_ladder_says(
    line: BridgeLine,
) -> None:
    line.begin()
    assert line.standing.following.kind is RungKind.social_worker
    for rung, following in (
        (RungKind.social_worker, RungKind.duty_team),
        (RungKind.duty_team, RungKind.team_manager),
        (RungKind.team_manager, RungKind.by_hand),
    ):
        leg = line.ring(rung)
        with line.system.transaction() as session:
            sid = f"CA{leg.id.hex}"
            ringing.leg_changed(session, leg.id, sid, "no-answer", at=line.later())
        standing = line.standing
        assert standing.phase is Phase.not_answered
        assert standing.following.kind is following
        assert (standing.next_at - line.read(leg).made_at).total_seconds() == 300


def test_only_one_partner_is_rung_at_a_time(line: BridgeLine) -> None:
    line.begin()
    line.ring()
    with pytest.raises(bridges.CannotBridgeError, match="Stop that first"):
        line.ring(RungKind.duty_team)


def test_a_number_that_is_no_rung_of_theirs_is_never_rung(line: BridgeLine) -> None:
    line.begin()
    with line.work() as (session, contact):
        bridge = session.get_one(Bridge, line.bridge_id)
        with pytest.raises(bridges.CannotBridgeError):
            bridges.ring(session, contact, bridge, FAR_KEY, by=line.staff_id, at=line.later())


# --- briefing, joining --------------------------------------------------------------------------


def test_a_partner_comes_in_only_when_the_caller_is_held(line: BridgeLine) -> None:
    line.begin()
    leg = line.ring()
    line.answer(leg)
    first = line.press(leg)
    assert first[0] == Say("one_moment")
    assert isinstance(first[-1], GoTo)
    assert line.caller.is_held
    assert isinstance(line.knock(leg)[-1], GoTo), "the carrier has not confirmed it yet"
    line.carry_out()
    (join,) = line.knock(leg)
    assert isinstance(join, Join)
    line.conference("participant-join", f"CA{leg.id.hex}")
    assert line.standing.phase is Phase.briefing


def test_no_button_lets_caller_and_partner_meet_unawares(line: BridgeLine) -> None:
    line.begin()
    line.comes_in(line.ring())
    with line.work() as (session, contact):
        with pytest.raises(bridges.CannotBridgeError, match="not met"):
            holding.hold_caller(session, contact, line.staff_id, held=False, at=line.later())
        caller = making.caller_leg(session, contact)
        with pytest.raises(changes_by_hand.CannotChangeError, match="not met"):
            changes_by_hand.change(
                session,
                contact,
                caller.id,
                changes_by_hand.Deed.release,
                by=line.staff_id,
                at=line.later(),
            )
    assert line.caller.is_held


def test_caller_and_partner_are_brought_together(line: BridgeLine) -> None:
    line.joined()
    assert line.standing.phase is Phase.joined
    assert not line.caller.is_held
    assert Happening.partner_joined in line.timeline()


def test_a_partner_who_leaves_in_the_briefing_brings_the_caller_back(line: BridgeLine) -> None:
    line.begin()
    leg = line.comes_in(line.ring())
    assert line.caller.is_held
    line.phone_ends(leg)
    assert not line.caller.is_held
    assert line.promises()[-1] is Kind.release_caller
    assert line.standing.phase is Phase.left


def test_the_briefing_can_be_taken_up_again(line: BridgeLine) -> None:
    leg = line.joined()
    line.do(bridges.brief)
    assert line.caller.is_held
    assert line.standing.phase is Phase.briefing
    with line.work() as (session, contact):
        parties.hold(session, contact, session.merge(leg), held=True, at=line.later())
    assert line.standing.phase is Phase.on_hold
    line.do(bridges.join)
    assert line.standing.phase is Phase.joined


def test_a_partner_who_is_let_go_ends_nobody_elses_part(line: BridgeLine) -> None:
    leg = line.joined()
    line.do(bridges.close)
    assert line.promises() == [Kind.end_call]
    line.phone_ends(leg)
    assert line.contact.state is ContactState.with_call_taker
    assert line.read(line.taker).state is LegState.joined


# --- leaving ------------------------------------------------------------------------------------


def test_a_caller_who_leaves_ends_nothing_for_call_taker_and_partner(line: BridgeLine) -> None:
    leg = line.joined()
    line.call_ends()
    assert line.contact.state is ContactState.with_call_taker
    assert Kind.end_call not in line.promises()
    line.phone_ends(leg)
    assert line.contact.state is ContactState.wrapping_up
    assert Kind.end_call in line.promises(), "the call-taker is not left alone in the room"


def test_a_partner_on_hold_is_brought_to_the_call_taker_when_the_caller_leaves(
    line: BridgeLine,
) -> None:
    leg = line.joined()
    with line.work() as (session, contact):
        parties.hold(session, contact, session.merge(leg), held=True, at=line.later())
    line.call_ends()
    assert not line.read(leg).is_held


def test_a_partner_who_is_only_rung_is_not_needed_when_the_caller_leaves(line: BridgeLine) -> None:
    line.begin()
    leg = line.ring()
    line.call_ends()
    assert line.contact.state is ContactState.wrapping_up
    assert line.read(leg).state is LegState.ended


def test_a_call_taker_cut_off_leaves_caller_and_partner_talking_and_is_rung_again(
    line: BridgeLine,
) -> None:
    leg = line.joined()
    line.phone_ends(line.taker)
    assert line.contact.state is ContactState.waiting
    assert not line.caller.is_held
    assert not line.read(leg).is_held
    assert Kind.ring_call_taker in line.promises()


def test_a_call_taker_cut_off_in_the_briefing_leaves_both_with_words(line: BridgeLine) -> None:
    line.begin()
    leg = line.comes_in(line.ring())
    line.phone_ends(line.taker)
    assert line.caller.is_held
    assert line.read(leg).is_held


def test_whoever_is_left_last_is_held_with_words(line: BridgeLine) -> None:
    leg = line.joined()
    line.phone_ends(line.taker)
    line.phone_ends(leg)
    assert line.caller.is_held
    assert Kind.hold_caller in line.promises()


def test_nobody_is_taken_out_of_a_talk_with_a_partner_to_hear_a_choice(line: BridgeLine) -> None:
    line.joined()
    line.phone_ends(line.taker)
    with line.system.transaction() as session:
        session.execute(sa.update(making.Leg).where(making.Leg.role == LegRole.call_taker).values(
            state=LegState.ended))  # fmt: skip
        session.flush()
        assert overflow.give_choices(session, at=line.at + timedelta(hours=1)) == 0


# --- a child ------------------------------------------------------------------------------------


def mark_child(line: BridgeLine) -> None:
    with line.work() as (_, contact):
        contact.is_child = True


def end(line: BridgeLine) -> None:
    with line.work() as (session, contact):
        calls.end_call(session, contact, line.staff_id, at=line.later())


def agree(line: BridgeLine, **changes) -> None:
    agreed = night_plans.Agreed(
        **{
            "form_key": uuid.uuid4(),
            "tonight": "Back to the children's home",
            "safe_to_wait": night_plans.SafeToWait.yes,
        }
        | changes
    )
    with line.work() as (session, contact):
        night_plans.agree(session, contact, agreed, by=line.staff_id, at=line.later())


def alarms_of(line: BridgeLine) -> list[AlarmKind]:
    with line.system.transaction() as session:
        return list(session.scalars(sa.select(Alarm.kind).order_by(Alarm.raised_at)))


def test_a_child_is_not_left_before_a_plan_is_agreed(line: BridgeLine) -> None:
    mark_child(line)
    line.joined()
    with pytest.raises(leaving.PlanFirstError, match="what is agreed"):
        end(line)
    agree(line)
    end(line)
    assert line.contact.state is ContactState.wrapping_up


def test_a_supervisor_who_is_in_may_let_the_call_end(line: BridgeLine) -> None:
    mark_child(line)
    with line.work() as (session, contact):
        supervisor = making.staff_member(session, Availability.ready, since=line.at)
        supervisor.role = Role.supervisor
        why = ListenBecause.alarm
        leg = supervising.come_in(
            session, contact, supervisor.id, Manner.join_in, why, at=line.later()
        )
    with pytest.raises(leaving.PlanFirstError):
        end(line)
    line.comes_in(leg)
    end(line)


def test_a_child_who_is_gone_with_nothing_agreed_is_a_supervisors_matter(line: BridgeLine) -> None:
    mark_child(line)
    line.call_ends()
    assert alarms_of(line) == [AlarmKind.gone]


def test_a_child_who_is_gone_after_a_plan_sounds_nothing(line: BridgeLine) -> None:
    mark_child(line)
    agree(line)
    line.call_ends()
    assert alarms_of(line) == []


def test_supervisors_hear_that_a_childs_call_taker_was_cut_off(line: BridgeLine) -> None:
    mark_child(line)
    line.phone_ends(line.taker)
    assert alarms_of(line) == [AlarmKind.cut_off]


def test_only_whoever_has_the_call_may_ring_join_or_let_go(line: BridgeLine) -> None:
    line.begin()
    line.comes_in(line.ring())
    line.staff_id = uuid.uuid4()
    for rule in (bridges.join, bridges.brief, bridges.close):
        with pytest.raises(contacts.NotYoursError):
            line.do(rule)
    with pytest.raises(contacts.NotYoursError):
        line.ring()
