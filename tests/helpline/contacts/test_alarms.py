"""What supervisors must look at: shown once, until one of them looks after it."""

import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from helpline import audit
from helpline.accounts.models import Role, StaffMember
from helpline.clock import now
from helpline.contacts import alarms
from helpline.contacts.alarms import Alarm, AlarmKind
from tests.helpline import making
from tests.system import System


@pytest.fixture
def people(system: System) -> tuple[StaffMember, StaffMember, StaffMember]:
    with system.transaction() as session:
        return (
            making.staff_member(session),
            making.staff_member(session, role=Role.supervisor),
            making.staff_member(session, role=Role.supervisor),
        )


@pytest.fixture
def shown(system: System) -> Callable[[StaffMember], list[AlarmKind]]:
    def read(who: StaffMember) -> list[AlarmKind]:
        with system.transaction() as session:
            return [each.kind for each in alarms.unseen(session, who.id)]

    return read


def raise_one(system: System, who: StaffMember, kind: AlarmKind = AlarmKind.quiet) -> None:
    with system.transaction() as session:
        alarms.sound(session, kind, who.id, None, at=now())


def test_an_alarm_stays_until_somebody_looks_after_it(system: System, people, shown) -> None:
    priya, morgan, robin = people
    raise_one(system, priya)
    assert shown(morgan) == shown(robin) == [AlarmKind.quiet]
    with system.transaction() as session:
        raised = session.scalars(sa.select(Alarm)).one()
        alarms.look_after(session, raised.id, morgan.id, at=now())
    assert shown(morgan) == shown(robin) == []
    with system.transaction() as session:
        alarms.look_after(session, raised.id, robin.id, at=now())
        assert session.scalars(sa.select(Alarm)).one().seen_by_id == morgan.id


def test_pressed_again_it_is_still_one_alarm_and_afterwards_a_new_one(
    system: System, people, shown
) -> None:
    priya, morgan, _ = people
    for _ in range(3):
        raise_one(system, priya)
    assert shown(morgan) == [AlarmKind.quiet]
    with system.transaction() as session:
        alarms.look_after(session, session.scalars(sa.select(Alarm.id)).one(), morgan.id, at=now())
    raise_one(system, priya)
    assert shown(morgan) == [AlarmKind.quiet]
    with system.transaction() as session:
        acts = session.scalars(sa.select(audit.AuditEntry.act)).all()
    assert acts.count(audit.Act.alarm_raised) == 2


def test_a_supervisor_who_takes_calls_never_sees_their_own(system: System, people, shown) -> None:
    _, morgan, robin = people
    raise_one(system, morgan)
    assert shown(morgan) == []
    assert shown(robin) == [AlarmKind.quiet]


def test_a_contact_stays_quiet_once_help_was_asked_for_quietly(system: System, people) -> None:
    priya, morgan, _ = people
    with system.transaction() as session:
        contact_id = making.waiting_call(session, at=now()).id
        other_id = making.waiting_call(session, at=now()).id
        alarms.sound(session, AlarmKind.quiet, priya.id, contact_id, at=now())
        alarms.sound(session, AlarmKind.danger, priya.id, other_id, at=now())
    with system.transaction() as session:
        for each in session.scalars(sa.select(Alarm.id)).all():
            alarms.look_after(session, each, morgan.id, at=now())
    with system.transaction() as session:
        assert alarms.is_quiet(session, contact_id)
        assert not alarms.is_quiet(session, other_id)
        assert not alarms.is_quiet(session, uuid.uuid4())
