"""A kind of call goes to a switchboard for some hours: asked first, and back if nobody answers."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpline import outbox
from helpline.accounts.models import Role
from helpline.audit import Act, AuditEntry
from helpline.clock import now
from helpline.confidentiality.bank_holidays import Nation
from helpline.contacts.models import ContactState, Ending, Happening, Stream
from helpline.directory.models import Partner, PartnerKind, PartnerNumber, RungKind
from helpline.outbox import Kind, Promise
from helpline.voice import calls, diverts, menu, ringing, routing
from helpline.voice.call_plan import Ask, Join
from helpline.voice.models import Leg, LegRole, LegState
from tests.helpline import making
from tests.helpline.directory.test_ladder import number
from tests.helpline.voice.test_calls import Line
from tests.system import System


class Diverted(Line):
    """A line on which calls of families go to a switchboard."""

    def __init__(self, system: System) -> None:
        super().__init__(system)
        with system.transaction() as session:
            morgan = making.staff_member(session, role=Role.supervisor, has_phone=False)
            self.morgan_id = morgan.id
            self.number_id = switchboard(session)
            self.divert_id = self.start(session).id

    def start(self, session) -> diverts.Divert:
        return diverts.start(session, Stream.family, self.number_id, by=self.morgan_id, at=self.at)

    def press(self, key: str):
        self.arrive()
        with self.system.transaction() as session:
            return menu.pressed(session, self.contact_id, key, 1, self.later())

    def choose(self, key: str):
        with self.system.transaction() as session:
            return diverts.chosen(session, self.contact_id, key, at=self.later())

    @property
    def board_leg(self) -> Leg | None:
        with self.system.transaction() as session:
            mine = sa.select(Leg).where(Leg.role == LegRole.switchboard)
            return session.scalars(mine.execution_options(populate_existing=True)).first()

    def answered(self) -> Join:
        leg = self.board_leg
        with self.system.transaction() as session:
            session.execute(
                sa.update(Promise)
                .where(Promise.about == leg.id)
                .values(state=outbox.State.accepted)
            )
            sid = f"CA{leg.id.hex}"
            ringing.phone_answered(session, leg.id, sid, at=self.later())
            (join,) = ringing.key_pressed(session, leg.id, "1", at=self.later())
        return join


def switchboard(session) -> uuid.UUID:
    partner = Partner(
        id=uuid.uuid4(),
        name=f"Night Line {uuid.uuid4().hex[:6]}",
        kind=PartnerKind.other,
        area="everywhere",
        nation=Nation.england,
        made_at=now(),
    )
    session.add(partner)
    session.flush()
    return number(session, partner, RungKind.duty_team).id


@pytest.fixture
def line(system: System) -> Diverted:
    return Diverted(system)


def test_callers_of_that_kind_are_asked_before_anybody_is_rung(line: Diverted) -> None:
    ask, *_ = line.press("3")
    assert isinstance(ask, Ask)
    assert ask.wording == "divert"
    assert line.promises() == []


def test_callers_of_other_kinds_are_not_asked(line: Diverted) -> None:
    assert not any(isinstance(step, Ask) for step in line.press("1"))


@pytest.mark.parametrize("key", ["2", "", "9"])
def test_whoever_does_not_want_it_waits_for_one_of_us(line: Diverted, key: str) -> None:
    line.press("3")
    *_, join = line.choose(key)
    assert isinstance(join, Join)
    assert line.board_leg is None
    line.conference("participant-join", line.sid)
    assert line.offer.staff_id == line.staff_id


def test_whoever_wants_it_waits_with_us_while_the_switchboard_is_rung(line: Diverted) -> None:
    line.press("3")
    line.choose("1")
    line.choose("1")
    assert line.promises() == [Kind.ring_party], "asked twice, it rings once"
    line.conference("participant-join", line.sid)
    with line.system.transaction() as session:
        assert routing.live_offer(session, line.contact_id) is None, "no other phone rings"


def test_the_switchboard_joins_the_callers_own_room_and_begins_the_talk(line: Diverted) -> None:
    line.press("3")
    line.choose("1")
    line.conference("participant-join", line.sid)
    join = line.answered()
    assert join.starts_it
    assert join.conference_name == line.contact.conference_name
    assert line.contact.state is ContactState.with_switchboard
    line.call_ends()
    assert line.contact.ending is Ending.put_through


def test_nobody_answering_there_brings_the_caller_back_to_our_own(line: Diverted) -> None:
    line.press("3")
    line.choose("1")
    line.conference("participant-join", line.sid)
    with line.system.transaction() as session:
        calls.leg_is_over(session, line.board_leg.id, "no-answer", at=line.later())
    assert line.offer.staff_id == line.staff_id
    assert Happening.back_from_switchboard in line.timeline()


def test_a_switchboard_that_hangs_up_leaves_nobody_in_silence(line: Diverted) -> None:
    line.press("3")
    line.choose("1")
    line.conference("participant-join", line.sid)
    line.answered()
    leg = line.board_leg
    line.conference("participant-join", str(leg.call_sid))
    with line.system.transaction() as session:
        calls.leg_is_over(session, leg.id, "completed", at=line.later())
    assert line.contact.state is ContactState.waiting
    assert Kind.hold_caller in line.promises()
    assert line.offer.staff_id == line.staff_id


def test_a_caller_who_left_meanwhile_is_nobody_elses(line: Diverted) -> None:
    line.press("3")
    line.choose("1")
    line.conference("participant-join", line.sid)
    line.call_ends()
    assert line.contact.state is ContactState.closed
    assert line.board_leg.state is LegState.ended


def test_it_ends_by_itself_after_four_hours_unless_renewed(line: Diverted) -> None:
    late = line.at + diverts.LASTS
    with line.system.transaction() as session:
        assert len(diverts.on_now(session, at=late - timedelta(seconds=1))) == 1
        assert diverts.on_now(session, at=late) == []
        diverts.renew(session, line.divert_id, by=line.morgan_id, at=late - timedelta(hours=1))
        assert len(diverts.on_now(session, at=late)) == 1
        diverts.end(session, line.divert_id, by=line.morgan_id, at=late)
        assert diverts.on_now(session, at=late) == []
        mine = sa.select(AuditEntry.act).where(AuditEntry.about == line.divert_id)
        acts = list(session.scalars(mine.order_by(AuditEntry.id)))
    assert acts == [Act.stream_diverted, Act.divert_renewed, Act.divert_ended]


def test_one_that_ended_by_itself_can_be_started_again(line: Diverted) -> None:
    line.at += diverts.LASTS
    with line.system.transaction() as session:
        assert line.start(session).id != line.divert_id


def test_a_number_that_is_not_checked_or_is_of_a_council_is_refused(line: Diverted) -> None:
    with line.system.transaction() as session:
        session.get_one(PartnerNumber, line.number_id).checked_on = None
    with line.system.transaction() as session, pytest.raises(diverts.CannotDivertError):
        line.start(session)
    with line.system.transaction() as session:
        assert diverts.switchboards(session, at=line.at) == []
    line.press("3")
    assert Happening.switchboard_rung not in line.timeline(), "nor is anybody sent there"


def test_one_kind_of_call_goes_to_one_place(line: Diverted) -> None:
    with line.system.transaction() as session:
        other = switchboard(session)
        with pytest.raises(diverts.CannotDivertError, match="another number"):
            diverts.start(session, Stream.family, other, by=line.morgan_id, at=line.at)
