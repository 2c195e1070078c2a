"""Giving a number to Samaritans: each gate holds, two people, once, and no word to the force."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpline.accounts.models import Role
from helpline.audit import Act, AuditEntry
from helpline.clock import now
from helpline.contacts import outreach
from helpline.textsafe import police_view, samaritans, stopping
from helpline.textsafe.models import AgeBand, Basis, How, Relation, SuicideRisk
from helpline.textsafe.samaritans import Gate, GateShutError, KinConsent
from tests.helpline import making
from tests.helpline.textsafe import asking
from tests.system import System

SAM = "+447700900123"
OPEN: dict[str, object] = {
    "mobile": SAM,
    "age_band": AgeBand.adult,
    "suicide_risk": SuicideRisk.high,
    "given_by": Relation.partner,
}
CLOSED = {
    Gate.adult: [{"age_band": AgeBand.under_18}, {"age_band": AgeBand.not_known}],
    Gate.high_suicide_risk: [
        {"suicide_risk": SuicideRisk.not_high},
        {"suicide_risk": SuicideRisk.not_told},
    ],
    Gate.next_of_kin_agreed: [
        {"given_by": Relation.themselves},
        {"given_by": Relation.carer},
        {"basis": Basis.vital_interests, "why": "x" * 30},
    ],
}


def test_with_every_gate_open_the_number_leaves_once(system: System) -> None:
    with system.transaction() as session:
        request = asking.request(session, asking.force(session), **OPEN)
        liaison = making.staff_member(session, role=Role.partner_liaison)
        supervisor = making.staff_member(session, role=Role.supervisor)
        before = police_view.view(request)
        consent = samaritans.consent_of(request)
        samaritans.propose(session, request.id, consent, by=liaison.id, at=now())
        samaritans.approve(session, request.id, by=supervisor.id, at=now())
        number = samaritans.hand_over_number(session, request.id, by=liaison.id, at=now())
        assert number.e164 == SAM
        with pytest.raises(GateShutError):
            samaritans.hand_over_number(session, request.id, by=liaison.id, at=now())
        acts = set(session.scalars(sa.select(AuditEntry.act)))
        assert {Act.samaritans_proposed, Act.samaritans_approved, Act.samaritans_given} <= acts
        assert police_view.view(request) == before


@pytest.mark.parametrize(
    ("gate", "changed"), [(gate, each) for gate, all_ in CLOSED.items() for each in all_]
)
def test_a_shut_gate_keeps_the_number_here(
    system: System, gate: Gate, changed: dict[str, object]
) -> None:
    with system.transaction() as session:
        request = asking.request(session, asking.force(session), **(OPEN | changed))
        with pytest.raises(GateShutError) as refused:
            samaritans.propose(
                session,
                request.id,
                samaritans.consent_of(request),
                by=making.staff_member(session).id,
                at=now(),
            )
        assert refused.value.gates == (gate,)


def test_a_consent_of_the_next_of_kin_may_be_recorded_here(system: System) -> None:
    with system.transaction() as session:
        request = asking.request(
            session, asking.force(session), **(OPEN | {"given_by": Relation.themselves})
        )
        agreed = KinConsent(Relation.parent, now() - timedelta(hours=1), How.by_telephone)
        by = making.staff_member(session)
        assert samaritans.propose(session, request.id, agreed, by=by.id, at=now())


@pytest.mark.parametrize(
    "role", [Role.partner_liaison, Role.safeguarding_lead, Role.call_taker, Role.administrator]
)
def test_only_a_supervisor_approves(system: System, role: Role) -> None:
    with system.transaction() as session:
        request = asking.request(session, asking.force(session), **OPEN)
        by = making.staff_member(session, role=Role.partner_liaison)
        samaritans.propose(session, request.id, samaritans.consent_of(request), by=by.id, at=now())
        with pytest.raises(GateShutError) as refused:
            samaritans.approve(
                session, request.id, by=making.staff_member(session, role=role).id, at=now()
            )
        assert refused.value.gates == (Gate.supervisor,)
        with pytest.raises(GateShutError):
            samaritans.hand_over_number(session, request.id, by=by.id, at=now())


def test_a_supervisor_can_not_approve_what_they_proposed(system: System) -> None:
    with system.transaction() as session:
        request = asking.request(session, asking.force(session), **OPEN)
        by = making.staff_member(session, role=Role.supervisor)
        samaritans.propose(session, request.id, samaritans.consent_of(request), by=by.id, at=now())
        with pytest.raises(GateShutError):
            samaritans.approve(session, request.id, by=by.id, at=now())


@pytest.mark.parametrize("what", ["found", "stop"])
def test_a_gate_that_shuts_after_the_approval_keeps_the_number_here(
    system: System, what: str
) -> None:
    with system.transaction() as session:
        force = asking.force(session)
        request = asking.request(session, force, **OPEN)
        by = making.staff_member(session, role=Role.partner_liaison)
        samaritans.propose(session, request.id, samaritans.consent_of(request), by=by.id, at=now())
        supervisor = making.staff_member(session, role=Role.supervisor)
        samaritans.approve(session, request.id, by=supervisor.id, at=now())
        if what == "found":
            stopping.found(session, force.id, request.id, by=None, at=now())
        else:
            outreach.stop(session, request.caller, at=now())
        with pytest.raises(GateShutError) as refused:
            samaritans.hand_over_number(session, request.id, by=by.id, at=now())
        assert refused.value.gates == (Gate.still_missing,)
