"""Whoever joins a call beside caller and call-taker: rung, let in with a key, and never its end."""

import pytest

from helpline import outbox
from helpline.contacts import contacts
from helpline.contacts.models import ContactState
from helpline.outbox import Kind
from helpline.voice import parties, ringing
from helpline.voice.call_plan import Ask, HangUp, Join, Plan, Say
from helpline.voice.models import Leg, LegEnding, LegRole, LegState
from tests.helpline import making
from tests.helpline.voice.test_calls import Line
from tests.system import System


@pytest.fixture
def line(system: System) -> Line:
    made = Line(system)
    made.taker = made.talk()
    return made


def ring_supervisor(line: Line) -> Leg:
    with line.system.transaction() as session:
        supervisor = making.staff_member(session, since=line.at)
        contact = contacts.locked(session, line.contact_id)
        asked = {"asked_by": line.staff_id, "staff_id": supervisor.id}
        leg = parties.ring(session, contact, LegRole.supervisor, **asked, at=line.later())
        again = parties.ring(session, contact, LegRole.supervisor, **asked, at=line.later())
    assert again is leg
    return leg


def answer(line: Line, leg: Leg) -> Plan:
    with line.system.transaction() as session:
        return ringing.phone_answered(session, leg.id, f"CA{leg.id.hex}", at=line.later())


def press(line: Line, leg: Leg, key: str) -> Plan:
    with line.system.transaction() as session:
        return ringing.key_pressed(session, leg.id, key, at=line.later())


def let_in(line: Line, leg: Leg) -> Leg:
    answer(line, leg)
    press(line, leg, "1")
    line.conference("participant-join", f"CA{leg.id.hex}")
    return line.read(leg)


def test_a_party_is_asked_for_a_key_and_joins_the_same_room_without_starting_it(
    line: Line,
) -> None:
    leg = ring_supervisor(line)
    assert line.promises().count(Kind.ring_party) == 1
    assert isinstance(answer(line, leg)[0], Ask)
    assert isinstance(press(line, leg, "7")[0], Ask), "a wrong key is asked again"
    (join,) = press(line, leg, "1")
    assert isinstance(join, Join)
    assert join.conference_name == line.contact.conference_name
    assert not join.starts_it
    assert press(line, leg, "1") == (join,), "a repeat is answered alike"


def test_a_party_that_leaves_ends_nobody_elses_part(line: Line) -> None:
    leg = let_in(line, ring_supervisor(line))
    assert leg.state is LegState.joined
    line.phone_ends(leg)
    assert line.read(leg).ended_because is LegEnding.hung_up
    assert line.contact.state is ContactState.with_call_taker
    assert line.read(line.taker).state is LegState.joined
    assert Kind.end_call not in line.promises()


def test_a_party_who_answers_when_the_call_is_over_is_told_so(line: Line) -> None:
    leg = ring_supervisor(line)
    with line.system.transaction() as session:
        made = outbox.of(session, leg.id, Kind.ring_party)
        made.state = outbox.State.accepted
    line.call_ends()
    words, end = answer(line, leg)
    assert words == Say("too_late")
    assert isinstance(end, HangUp)


def test_holding_reaches_the_carrier_in_its_order_and_nobody_else_unmutes_a_supervisor(
    line: Line,
) -> None:
    leg = let_in(line, ring_supervisor(line))
    with line.system.transaction() as session:
        contact = contacts.locked(session, line.contact_id)
        leg = session.merge(leg)
        parties.hold(session, contact, leg, held=True, at=line.later())
        parties.mute(session, contact, leg, muted=False, at=line.later())
        parties.hold(session, contact, leg, held=False, at=line.later())
    assert line.promises()[-2:] == [Kind.hold_party, Kind.release_party]
    assert Kind.unmute_party not in line.promises()
